/* SPDX-License-Identifier: MIT */
#include "pebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LFANEW 0x80u
#define COFF (LFANEW + 4)
#define COFF_SIZE 20u
#define OPTIONAL_SIZE 0xf0u
#define TABLE (COFF + COFF_SIZE + OPTIONAL_SIZE)
#define SECTION_SIZE 40u
#define ALIGN 512u

static const struct field {
	const char *name;
	size_t at;
	unsigned int width;
	int of_section;
} fields[] = {
	{ "e_lfanew", 0x3c, 4, 0 },
	{ "Signature", LFANEW, 4, 0 },
	{ "Machine", COFF, 2, 0 },
	{ "NumberOfSections", COFF + 2, 2, 0 },
	{ "SizeOfOptionalHeader", COFF + 16, 2, 0 },
	{ "Magic", COFF + COFF_SIZE, 2, 0 },
	{ "Subsystem", COFF + COFF_SIZE + 68, 2, 0 },
	{ "Name", 0, 8, 1 },
	{ "VirtualSize", 8, 4, 1 },
	{ "VirtualAddress", 12, 4, 1 },
	{ "SizeOfRawData", 16, 4, 1 },
	{ "PointerToRawData", 20, 4, 1 },
};

static const struct field *find(const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	fprintf(stderr, "pebuild: no field %s\n", name);
	abort();
}

size_t pe_where(const char *field, size_t index)
{
	const struct field *found = find(field);

	return found->of_section ? TABLE + index * SECTION_SIZE + found->at : found->at;
}

uint64_t pe_read(const struct blob *file, const char *field, size_t index)
{
	return load_le(file->data + pe_where(field, index), find(field)->width);
}

void pe_patch(struct blob *file, const char *field, size_t index, uint64_t value)
{
	store_le(file->data + pe_where(field, index), find(field)->width, value);
}

void pe_build(struct blob *out, const struct pe_section *sections, size_t n)
{
	struct blob file = { 0 };

	blob_pattern(&file, 31, TABLE);
	memcpy(file.data, "MZ", 2);
	pe_patch(&file, "e_lfanew", 0, LFANEW);
	pe_patch(&file, "Signature", 0, 0x4550);
	pe_patch(&file, "Machine", 0, 0x8664);
	pe_patch(&file, "NumberOfSections", 0, n);
	pe_patch(&file, "SizeOfOptionalHeader", 0, OPTIONAL_SIZE);
	pe_patch(&file, "Magic", 0, 0x20b);  /* PE32+ */
	pe_patch(&file, "Subsystem", 0, 10); /* an EFI program */
	blob_fill(&file, 0, n * SECTION_SIZE);
	blob_pad(&file, ALIGN);
	for (size_t i = 0; i < n; i++) {
		size_t size = sections[i].bytes.size;
		size_t at = file.size;
		size_t length = strlen(sections[i].name);

		memcpy(file.data + pe_where("Name", i), sections[i].name, length < 8 ? length : 8);
		pe_patch(&file, "VirtualSize", i, size);
		pe_patch(&file, "VirtualAddress", i, 0x10000 * (i + 1));
		pe_patch(&file, "PointerToRawData", i, at);
		blob_append(&file, sections[i].bytes.data, size);
		blob_pad(&file, ALIGN);
		pe_patch(&file, "SizeOfRawData", i, file.size - at);
	}
	blob_append(out, file.data, file.size);
	blob_free(&file);
}
