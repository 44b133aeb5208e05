/* SPDX-License-Identifier: MIT */

#include "pack.h"

#include "../../base/cpio.h"

#define MODE_TYPE 0170000u /* S_IFMT */
#define MODE_FILE 0100000u /* S_IFREG */

static bool fail(struct efi_failure *failure, const char *rule, uint64_t found, uint64_t bound)
{
	*failure = (struct efi_failure){ rule, found, bound };
	return false;
}

bool efi_pack_is(struct pvhboot_bytes module)
{
	return pvhb_cpio_is(module);
}

bool efi_pack_read(struct pvhboot_bytes module, struct efi_part files[EFI_MAX_PACKED], uint32_t *n,
		   struct efi_failure *failure)
{
	struct pvhb_cpio_file file = { .end = 0 };

	*n = 0;
	for (;;) {
		uint64_t at = file.end;
		uint32_t mode;

		if (!pvhb_cpio_read(module, at, &file) ||
		    !pvhb_cpio_digits(module, at + PVHB_CPIO_MODE, &mode))
			return fail(failure, "files of a cpio archive up to its trailer", at,
				    module.size);
		if (file.is_last)
			break;
		if (file.data.size == 0)
			continue;
		if ((mode & MODE_TYPE) != MODE_FILE)
			return fail(failure, "files in the archive, which are no links",
				    mode & MODE_TYPE, MODE_FILE);
		if (*n == EFI_MAX_PACKED)
			return fail(failure, "an image and at most 16 initrds in the archive",
				    (uint64_t)*n + 1, EFI_MAX_PACKED);
		files[(*n)++] = (struct efi_part){ file.data.data, file.data.size };
	}
	return *n != 0 || fail(failure, "an image as the archive's first file", 0, 1);
}
