/* SPDX-License-Identifier: MIT */
/* Writes the EFI environment that is linked into this program: C or C++. */

#include <pvhboot/efi.h>
#include <stdio.h>

int main(void)
{
	const struct pvhboot_bytes bytes = pvhboot_efi_environment;

	return fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size ? 0 : 1;
}
