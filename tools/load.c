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

int load_kernel(const char *path, const struct load_options *options, struct loaded *out)
{
	out->diag.flags = options->strict ? PVHBOOT_STRICT : 0;
	sandbox_enter();
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
