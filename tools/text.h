/* SPDX-License-Identifier: MIT */
/* Text for people: escaped strings, sizes with units, aligned tables. */
#ifndef TEXT_H
#define TEXT_H

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes bytes of a file, or a file's name, such that no terminal can take them
 * for anything but text: all but printable ASCII becomes \n or \xNN, and a
 * backslash is doubled.
 */
void text_put(FILE *out, const void *bytes, size_t size);

/* The same into out, which always ends in a NUL; text that does not fit is cut
 * at a whole character and ends in "...". out_size is at least 8. */
void text_escape(char *out, size_t out_size, const void *bytes, size_t size);

/* Fits any size. */
#define TEXT_MAX_SIZE 48

/* "640 KiB", "50.8 MiB": without a decimal it is exact. */
void text_size(char out[TEXT_MAX_SIZE], uint64_t size);

#define TABLE_MAX_COLUMNS 8
#define TABLE_MAX_CELL 80

struct table_row {
	char cells[TABLE_MAX_COLUMNS][TABLE_MAX_CELL];
};

/* Where a row comes from; each table uses what suits it. */
struct table_cursor {
	struct pvhboot_segment_iter segment;
	struct pvhboot_note_iter note;
	struct pvhboot_profile_iter profile;
	size_t index;
};

struct table_column {
	const char *title; /* ends the list when NULL */
	int right;         /* 1: aligned to the right */
};

struct table {
	const char *title;
	const struct table_column *columns;
	/* Fills the row and returns 1, or returns 0 at the end. Called for all rows
	 * twice, from a cursor of zeros: to measure, and to print. So a table needs
	 * no memory, however long a hostile file makes it. */
	int (*next)(const void *subject, struct table_cursor *cursor, struct table_row *row);
	const void *subject; /* handed to next */
};

/* Prints an empty line, the title and the table; nothing when it has no rows. */
void table_print(const struct table *table);

/* Prints "TITLE  " such that what follows is aligned with other such lines. */
void text_start(const char *title);

/* The same, then the text and a line feed. */
__attribute__((format(printf, 2, 3))) void text_field(const char *title, const char *format, ...);

#endif
