/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "command.h"
#include "report.h"
#include "sandbox.h"

#include <pvhboot/wire/elf.h>
#include <stdlib.h>
#include <string.h>

int load_file(const char *path, struct loaded *out)
{
	memset(out, 0, sizeof(*out));
	return file_read(path, &out->file);
}

/* A look at headers and notes. Whatever is not plain there is left to the whole
 * image to tell. */
static int load_head(const struct load_options *options, struct loaded *out)
{
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_buffer buffer = { NULL, 0 };

	if (pvhboot_image_probe(out->file.bytes, &out->unpacked.image, &diag) != PVHBOOT_OK ||
	    pvhboot_image_need(&out->unpacked.image, NULL, &buffer.size, &diag) != PVHBOOT_OK ||
	    buffer.size == 0 || !out->unpacked.image.size_is_exact)
		return 0;
	buffer.data = calloc(1, buffer.size); /* pages that nothing is decoded to cost nothing */
	if (!buffer.data)
		return 0;
	if (pvhboot_image_unpack_head(&out->unpacked.image, NULL, buffer, &out->unpacked.elf,
				      &diag) == PVHBOOT_OK &&
	    pvhboot_kernel_open(out->unpacked.elf, options->kernel_flags, &out->kernel, &diag) ==
		    PVHBOOT_OK &&
	    diag.n_warnings == 0) {
		out->unpacked.buffer = buffer;
		return 1;
	}
	free(buffer.data);
	return 0;
}

int load_kernel(const char *path, const struct load_options *options, struct loaded *out)
{
	out->diag.flags = options->strict ? PVHBOOT_STRICT : 0;
	sandbox_enter();
	if (options->head_is_enough && !options->strict && load_head(options, out))
		return NO_EXIT;
	/* the library limits how much a file can ask for */
	if (pvhboot_image_load(out->file.bytes, NULL, &out->unpacked, &out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	if (pvhboot_kernel_open(out->unpacked.elf, options->kernel_flags, &out->kernel,
				&out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	return NO_EXIT;
}

void load_release(struct loaded *loaded)
{
	free(loaded->unpacked.buffer.data);
	file_release(&loaded->file);
}

const char *load_machine(const struct pvhboot_kernel *kernel)
{
	return kernel->machine == PVHBOOT_ELF_EM_386 ? "i386" : "x86-64";
}
