/* SPDX-License-Identifier: MIT */
/* The values of options, read strictly: nothing in front, between or behind. */
#ifndef VALUE_H
#define VALUE_H

#include "command.h"

#include <stdint.h>

/* Reads a number, hex behind 0x, else decimal. Returns what follows it, or NULL where
 * there is none or it does not fit. */
const char *value_number(const char *text, uint64_t *out);

/* A number and nothing else. Returns 1, or 0 where there is something else. */
int value_whole_number(const char *text, uint64_t *out);

/* START-END with START below END. Returns what follows, or NULL. */
const char *value_range(const char *text, uint64_t *start, uint64_t *end);

/* The size of a guest's memory, such as 512M. Returns NO_EXIT, or EXIT_USAGE after a
 * complaint. */
int value_memory(const struct command *command, const char *text, uint64_t *out);

/* The same for the limit that an option of this name sets, which may be any size but 0. */
int value_limit(const struct command *command, const char *option, const char *text, uint64_t *out);

struct value_word {
	const char *word; /* ends the list when NULL */
	uint32_t value;
};

/* Returns 1, or 0 where text is none of the words. */
int value_word(const struct value_word *words, const char *text, uint32_t *out);

#endif
