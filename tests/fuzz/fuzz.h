/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets have in common: an input that is read piece by piece, and
 * properties that must hold. Each target is one property of the library for any
 * input at all; libFuzzer, or replay.c, calls it.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <pvhboot/base.h>

#include "../support/blob.h"
#include "../support/msan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where a property does not hold. */
#define MUST(property) ((property) ? (void)0 : fuzz_broken(#property, __FILE__, __LINE__))

__attribute__((noreturn)) void fuzz_broken(const char *property, const char *file, int line);

/* 1 when a status is one of those listed, which end in 0; success always is. */
int fuzz_is_one_of(enum pvhboot_status status, const uint8_t *list);

/* Reads past the end are 0. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* A number of 1 to 8 bytes. */
uint64_t input_take(struct input *input, unsigned int width);

/* One byte: most are themselves, times the unit; the upper ones stand for numbers near
 * the powers of two, where sums wrap. For addresses and sizes that should mostly be
 * small multiples. */
uint64_t input_number(struct input *input, uint64_t unit);

/* What is left, copied to a block of its own that ends where the bytes end, so that a
 * sanitizer sees each byte that is read too far. To be released with free(). */
struct pvhboot_bytes input_rest(struct input *input);

/* An exact block of size bytes, at least 1, and an exact copy of bytes. */
uint8_t *fuzz_alloc(size_t size);
struct pvhboot_bytes fuzz_copy(struct pvhboot_bytes bytes);

/* Fills what the library is to write with odd bytes, which count as not written. */
void fuzz_clobber(void *at, size_t size);

/* 1 when bytes are empty, or a part of outer. */
int fuzz_lies_in(struct pvhboot_bytes bytes, struct pvhboot_bytes outer);

/* Both diagnostics say the same, word by word. */
int fuzz_says_same(const struct pvhboot_diag *a, const struct pvhboot_diag *b);

/* What a diagnostic must be after a call with this status: nothing in it may be out of
 * its range, and all of it can be printed. */
void fuzz_check_diag(const struct pvhboot_diag *diag, enum pvhboot_status status);

#endif
