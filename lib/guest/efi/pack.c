/* SPDX-License-Identifier: MIT */

#include "pack.h"

#include "../../base/cpio.h"
#include "console.h"

#define MODE_TYPE 0170000u /* S_IFMT */
#define MODE_FILE 0100000u /* S_IFREG */

bool efi_pack_is(struct pvhboot_bytes module)
{
	return pvhb_cpio_is(module);
}

bool efi_pack_read(struct pvhboot_bytes module)
{
	struct pvhb_cpio_file file = { .end = 0 };

	for (;;) {
		uint64_t at = file.end;
		uint32_t mode;

		if (!pvhb_cpio_read(module, at, &file) ||
		    !pvhb_cpio_digits(module, at + PVHB_CPIO_MODE, &mode))
			return console_refuse("files of a cpio archive up to its trailer", at,
					      module.size);
		if (file.is_last)
			break;
		if (file.data.size == 0)
			continue;
		if ((mode & MODE_TYPE) != MODE_FILE)
			return console_refuse("files in the archive, which are no links",
					      mode & MODE_TYPE, MODE_FILE);
		if (!efi_part_add(file.data.data, file.data.size))
			return false;
	}
	return efi_n_parts != 0 || console_refuse("an image as the archive's first file", 0, 1);
}
