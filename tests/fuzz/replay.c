/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without a fuzzer, by any compiler: it is given every file that the
 * arguments name, and every file in the folders that they name.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_PATH 4096

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct blob content = { 0 };
	uint8_t part[4096];
	size_t n;

	if (!file) {
		perror(path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		blob_append(&content, part, n);
	fclose(file);
	/* Should it end here, this is the one. */
	fprintf(stderr, "%s\r", path);
	LLVMFuzzerTestOneInput(content.data, content.size);
	blob_free(&content);
}

/* A file, or all files of a folder. Returns how many there were. */
static size_t replay(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	if (!folder) { /* replay_file() says so if there is none at all */
		replay_file(path);
		return 1;
	}
	while ((entry = readdir(folder))) {
		char name[MAX_PATH];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay_file(name);
		n++;
	}
	closedir(folder);
	return n;
}

int main(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	fprintf(stderr, "\n%zu inputs\n", n);
	return n > 0 ? 0 : 1;
}
