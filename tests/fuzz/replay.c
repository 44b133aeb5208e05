/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without a fuzzer, by any compiler: it is given every file that the
 * arguments name, every file in the folders that they name, and every seed of the
 * archives, *.zip, which tests/fuzz/seeds writes.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_PATH 4096

static struct blob read_file(const char *path)
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
	return content;
}

static void replay_file(const char *path)
{
	struct blob content = read_file(path);

	/* Should it end here, this is the one. */
	fprintf(stderr, "%s\r", path);
	LLVMFuzzerTestOneInput(content.data, content.size);
	blob_free(&content);
}

static size_t number(const uint8_t *at, unsigned int width)
{
	size_t value = 0;

	while (width-- > 0)
		value = value << 8 | at[width];
	return value;
}

/* Each seed in a copy of its own, whose end a sanitizer knows. What lies in the archive is to be
 * there as it is: header, name, nothing or more, and content. Returns how many there were. */
static size_t replay_archive(const char *path)
{
	static const uint8_t magic[4] = { 'P', 'K', 3, 4 };
	struct blob archive = read_file(path);
	size_t at = 0, n = 0;

	for (; archive.size - at >= 30 && !memcmp(archive.data + at, magic, 4); n++) {
		const uint8_t *header = archive.data + at;
		size_t size = number(header + 18, 4), name = number(header + 26, 2);
		size_t begin = at + 30 + name + number(header + 28, 2);
		struct blob content = { 0 };

		if (number(header + 6, 2) || number(header + 8, 2) || begin > archive.size ||
		    size > archive.size - begin) {
			fprintf(stderr, "%s: not as tests/fuzz/seeds writes it, at %zu\n", path,
				at);
			exit(1);
		}
		fprintf(stderr, "%s %.*s\r", path, (int)name, (const char *)header + 30);
		blob_append(&content, archive.data + begin, size);
		LLVMFuzzerTestOneInput(content.data, content.size);
		blob_free(&content);
		at = begin + size;
	}
	blob_free(&archive);
	return n;
}

/* A file, or all files of a folder or an archive. Returns how many there were. */
static size_t replay(const char *path)
{
	const char *end = strrchr(path, '.');
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	if (!folder && end && !strcmp(end, ".zip"))
		return replay_archive(path);
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
