/* SPDX-License-Identifier: MIT */
#include "cpiobuild.h"

#include <stdio.h>
#include <string.h>

void cpio_header(struct blob *to, const char *magic, uint32_t mode, uint32_t filesize,
		 uint32_t namesize)
{
	char header[CPIO_HEADER + 1];

	snprintf(header, sizeof(header), "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 magic, 1u, mode, 0u, 0u, 1u, 0u, filesize, 0u, 0u, 0u, 0u, namesize, 0u);
	blob_append(to, header, CPIO_HEADER);
}

void cpio_entry(struct blob *to, uint32_t mode, const char *name, uint32_t size)
{
	cpio_header(to, "070701", mode, size, (uint32_t)strlen(name) + 1);
	blob_append(to, name, strlen(name) + 1);
	blob_pad(to, 4);
	blob_pattern(to, size, size);
	blob_pad(to, 4);
}

void cpio_file(struct blob *to, const char *name, uint32_t size)
{
	cpio_entry(to, CPIO_REGULAR, name, size);
}

void cpio_trailer(struct blob *to)
{
	cpio_file(to, "TRAILER!!!", 0);
}
