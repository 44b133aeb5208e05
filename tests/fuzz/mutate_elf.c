/* SPDX-License-Identifier: MIT */
/*
 * Mutants of ELF images with better chances: half of them get an odd value in one
 * field of a header or of a note's, where a byte taken at random seldom lands.
 */

#include <string.h>

#include "../support/blob.h"
#include "../support/msan.h"
#include "mutate.h"

/* Where the fields of a table's entry lie: offset and width. */
struct field {
	uint8_t at;
	uint8_t width;
};

static const struct field ehdr32[] = { { 16, 2 }, { 18, 2 }, { 28, 4 }, { 32, 4 },
				       { 42, 2 }, { 44, 2 }, { 46, 2 }, { 48, 2 } };
static const struct field ehdr64[] = { { 16, 2 }, { 18, 2 }, { 32, 8 }, { 40, 8 },
				       { 54, 2 }, { 56, 2 }, { 58, 2 }, { 60, 2 } };
static const struct field phdr32[] = { { 0, 4 },  { 4, 4 },  { 8, 4 },  { 12, 4 },
				       { 16, 4 }, { 20, 4 }, { 24, 4 }, { 28, 4 } };
static const struct field phdr64[] = { { 0, 4 },  { 4, 4 },  { 8, 8 },  { 16, 8 },
				       { 24, 8 }, { 32, 8 }, { 40, 8 }, { 48, 8 } };
static const struct field shdr32[] = { { 0, 4 },  { 4, 4 },  { 8, 4 },  { 12, 4 },
				       { 16, 4 }, { 20, 4 }, { 24, 4 }, { 28, 4 } };
static const struct field shdr64[] = { { 0, 4 },  { 4, 4 },  { 8, 8 },  { 16, 8 },
				       { 24, 8 }, { 32, 8 }, { 40, 4 }, { 44, 4 } };
static const struct field note[] = { { 0, 4 }, { 4, 4 }, { 8, 4 },  { 12, 4 },
				     { 0, 4 }, { 4, 4 }, { 16, 8 }, { 16, 4 } };
#define N_FIELDS 8

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static uint64_t odd_value(uint64_t before, uint64_t size, uint32_t *state)
{
	static const uint64_t ends[] = { 0x7fffffff,     0xffffffff, UINT64_C(1) << 32,
					 UINT64_MAX / 2, UINT64_MAX, 0x1000 };

	switch (next(state) % 8) {
	case 0:
		return before + next(state) % 16;
	case 1:
		return before - next(state) % 16;
	case 2:
		return size - next(state) % 16;
	case 3:
		return ends[next(state) % 6] - next(state) % 8;
	case 4:
		return UINT64_C(1) << next(state) % 64;
	case 5:
		return before + (next(state) % 32 << 12);
	case 6:
		return before - (next(state) % 32 << 12);
	default:
		return next(state) % 32;
	}
}

/* Some entry of the table whose offset and count these fields of the header are. */
static uint64_t entry_of(const uint8_t *elf, size_t offset, unsigned int width, size_t count,
			 uint64_t entry_size, uint32_t *state)
{
	uint64_t n = load_le(elf + count, 2);

	return load_le(elf + offset, width) + entry_size * (next(state) % (n % 64 + 1));
}

static void change_field(uint8_t *elf, size_t size, uint32_t *state)
{
	int is64 = elf[4] != 1;
	unsigned int width = is64 ? 8 : 4;
	const struct field *fields = is64 ? ehdr64 : ehdr32;
	uint64_t at = 0;

	switch (next(state) % 8) {
	case 0:
		break;
	case 1:
	case 2:
		fields = is64 ? shdr64 : shdr32;
		at = entry_of(elf, is64 ? 40 : 32, width, is64 ? 60 : 48, is64 ? 64 : 40, state);
		break;
	case 3: /* a note, as the notes of such an entry start */
		fields = note;
		at = entry_of(elf, is64 ? 32 : 28, width, is64 ? 56 : 44, is64 ? 56 : 32, state);
		if (at >= size || size - at < 16)
			return;
		at = load_le(elf + at + (is64 ? 8 : 4), width) + next(state) % 8 * 4;
		break;
	default:
		fields = is64 ? phdr64 : phdr32;
		at = entry_of(elf, is64 ? 32 : 28, width, is64 ? 56 : 44, is64 ? 56 : 32, state);
	}
	fields += next(state) % N_FIELDS;
	if (at >= size || size - at < 64)
		return;
	elf += at + fields->at;
	store_le(elf, fields->width, odd_value(load_le(elf, fields->width), size, state));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint32_t state = seed;

	msan_written(data, size); /* by libFuzzer, which no sanitizer looks at */
	if (size < fuzz_head_size + 64 || next(&state) % 2)
		return LLVMFuzzerMutate(data, size, max_size);
	do
		change_field(data + fuzz_head_size, size - fuzz_head_size, &state);
	while (next(&state) % 2);
	return size;
}
