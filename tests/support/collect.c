/* SPDX-License-Identifier: MIT */
#include "collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_SIZE ((size_t)1 << 20)

/* FNV-1a: files that differ need different names, and no one attacks these. */
static uint64_t hash(struct pvhboot_bytes bytes)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < bytes.size; i++)
		sum = (sum ^ bytes.data[i]) * 0x100000001b3;
	return sum;
}

void collect(struct pvhboot_bytes bytes)
{
	const char *folder = getenv("PVHBOOT_TEST_CORPUS");
	char path[4096];
	FILE *file;

	if (!folder || bytes.size == 0 || bytes.size > MAX_SIZE)
		return;
	snprintf(path, sizeof(path), "%s/%016" PRIx64, folder, hash(bytes));
	file = fopen(path, "wbx"); /* several programs may write the same folder */
	if (!file && errno == EEXIST)
		return;
	if (!file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size || fclose(file)) {
		perror(path);
		abort();
	}
}
