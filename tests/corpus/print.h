/* SPDX-License-Identifier: MIT */
/*
 * Facts as text: a line is a word, then "name=number" and "name=text". Numbers
 * are hexadecimal, since decimal ones of 64 bits need a division that i386 has
 * in a library only.
 */
#ifndef TESTS_CORPUS_PRINT_H
#define TESTS_CORPUS_PRINT_H

#include <pvhboot/base.h>

void print_text(const char *text);
void print_number(const char *name, uint64_t value);
void print_word(const char *name, const char *value);
void print_end(void); /* of the line */

/* name_size= and name_hash=: never where bytes lie. */
void print_bytes(const char *name, struct pvhboot_bytes bytes);

/* "NAME STATUS", a line with the failure as text, and one for each warning. */
void print_result(const char *name, enum pvhboot_status status, const struct pvhboot_diag *diag);

/* To standard output. */
void print_flush(void);

/* FNV-1a; of bytes that follow those that gave sum. */
#define HASH_EMPTY 0xcbf29ce484222325
uint64_t hash_bytes(uint64_t sum, struct pvhboot_bytes bytes);
uint64_t hash_number(uint64_t sum, uint64_t value);

#endif
