/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "command.h"
#include "report.h"

#include <pvhboot/wire/elf.h>
#include <stdlib.h>
#include <string.h>

/* Unpacks the image. The library limits how much a file can ask for. */
static int unpack(const char *path, struct loaded *out, struct pvhboot_bytes *elf)
{
	struct pvhboot_buffer buffer = { NULL, 0 };

	if (pvhboot_image_need(&out->image, NULL, &buffer.size, &out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	if (buffer.size > 0) {
		out->unpacked = malloc(buffer.size);
		if (!out->unpacked) {
			complain("%s: cannot allocate %zu bytes to unpack it", file_label(path),
				 buffer.size);
			return EXIT_REFUSED;
		}
		buffer.data = out->unpacked;
	}
	if (pvhboot_image_unpack(&out->image, NULL, buffer, elf, &out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	return NO_EXIT;
}

int load_kernel(const char *path, struct loaded *out)
{
	struct pvhboot_bytes elf;
	int code;

	memset(out, 0, sizeof(*out));
	code = file_read(path, &out->file);
	if (code != NO_EXIT)
		return code;
	if (pvhboot_image_probe(out->file.bytes, &out->image, &out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	code = unpack(path, out, &elf);
	if (code != NO_EXIT)
		return code;
	if (pvhboot_kernel_open(elf, &out->kernel, &out->diag) != PVHBOOT_OK)
		return refuse(path, &out->diag);
	return NO_EXIT;
}

void load_release(struct loaded *loaded)
{
	free(loaded->unpacked);
	file_release(&loaded->file);
}

const char *load_machine(const struct pvhboot_kernel *kernel)
{
	return kernel->machine == PVHBOOT_ELF_EM_386 ? "i386" : "x86-64";
}
