/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_broken(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
	abort();
}

int fuzz_is_one_of(enum pvhboot_status status, const uint8_t *list)
{
	while (*list && *list != status)
		list++;
	return status == PVHBOOT_OK || *list != 0;
}

uint64_t input_take(struct input *input, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < width && input->size > 0; i++) {
		value |= (uint64_t)*input->data++ << (8 * i);
		input->size--;
	}
	return value;
}

uint64_t input_number(struct input *input, uint64_t unit)
{
	uint64_t byte = input_take(input, 1);

	if (byte < 0xd0)
		return byte * unit;
	if (byte < 0xe0) /* 2^32 - 8 and on */
		return (UINT64_C(1) << 32) - 8 + (byte - 0xd0);
	if (byte < 0xf0) /* 2^63 - 8 and on */
		return (UINT64_C(1) << 63) - 8 + (byte - 0xe0);
	return UINT64_MAX - (0xff - byte);
}

uint8_t *fuzz_alloc(size_t size)
{
	uint8_t *memory = malloc(size ? size : 1);

	MUST(memory != NULL);
	return memory;
}

struct pvhboot_bytes fuzz_copy(struct pvhboot_bytes bytes)
{
	uint8_t *copy = fuzz_alloc(bytes.size);

	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	return (struct pvhboot_bytes){ copy, bytes.size };
}

void fuzz_clobber(void *at, size_t size)
{
	memset(at, 0xee, size);
	msan_not_written(at, size);
}

struct pvhboot_bytes input_rest(struct input *input)
{
	struct pvhboot_bytes rest = fuzz_copy((struct pvhboot_bytes){ input->data, input->size });

	input->size = 0;
	return rest;
}

int fuzz_lies_in(struct pvhboot_bytes bytes, struct pvhboot_bytes outer)
{
	uintptr_t offset = (uintptr_t)bytes.data - (uintptr_t)outer.data;

	return bytes.size == 0 || (offset <= outer.size && bytes.size <= outer.size - offset);
}

int fuzz_says_same(const struct pvhboot_diag *a, const struct pvhboot_diag *b)
{
	char text[2][512];

	if (a->status != b->status || a->n_warnings != b->n_warnings || a->n_lost != b->n_lost)
		return 0;
	pvhboot_diag_format(a, text[0], sizeof(text[0]));
	pvhboot_diag_format(b, text[1], sizeof(text[1]));
	if (strcmp(text[0], text[1]) != 0)
		return 0;
	for (size_t i = 0; i < a->n_warnings; i++) {
		pvhboot_finding_format(&a->warnings[i], text[0], sizeof(text[0]));
		pvhboot_finding_format(&b->warnings[i], text[1], sizeof(text[1]));
		if (strcmp(text[0], text[1]) != 0)
			return 0;
	}
	return 1;
}

static void check_text(const char *text, size_t length)
{
	MUST(strlen(text) == length);
	for (size_t i = 0; i < length; i++)
		MUST(text[i] >= 0x20 && text[i] < 0x7f);
}

void fuzz_check_diag(const struct pvhboot_diag *diag, enum pvhboot_status status)
{
	char text[1024];

	MUST(diag->status == status);
	MUST((diag->failure.rule != NULL) == (status != PVHBOOT_OK));
	MUST(diag->n_warnings <= PVHBOOT_MAX_WARNINGS);
	MUST(diag->n_lost == 0 || diag->n_warnings == PVHBOOT_MAX_WARNINGS);
	MUST(memchr(diag->detail, 0, sizeof(diag->detail)) != NULL);
	if (status)
		check_text(text, pvhboot_diag_format(diag, text, sizeof(text)));
	for (size_t i = 0; i < diag->n_warnings; i++) {
		MUST(diag->warnings[i].rule != NULL);
		check_text(text, pvhboot_finding_format(&diag->warnings[i], text, sizeof(text)));
	}
}
