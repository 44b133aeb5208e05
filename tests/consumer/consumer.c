/* SPDX-License-Identifier: MIT */
/* A program of somebody else: C or C++, against the installed library. */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static const uint8_t elf[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	struct pvhboot_bytes file = { elf, sizeof(elf) };
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", PVHBOOT_VERSION_MAJOR, PVHBOOT_VERSION_MINOR,
		 PVHBOOT_VERSION_PATCH);
	if (strcmp(version, pvhboot_version()) != 0) {
		fprintf(stderr, "header %s, library %s\n", version, pvhboot_version());
		return 1;
	}
	memset(&diag, 0, sizeof(diag));
	if (pvhboot_image_probe(file, NULL, &image, &diag) != PVHBOOT_OK) {
		char line[256];

		pvhboot_diag_format(&diag, line, sizeof(line));
		fprintf(stderr, "%s\n", line);
		return 1;
	}
	/* Data, and what needs every library behind this one. */
	if (pvhboot_codecs()[0]->decode == NULL || image.stream.size != sizeof(elf))
		return 1;
	printf("%s %s\n", pvhboot_version(),
	       pvhboot_container_name((enum pvhboot_container)image.container));
	return 0;
}
