/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* The longest escape, \xNN, and its NUL. */
#define MAX_ESCAPE 5

static const char hex_digits[] = "0123456789abcdef";

/* Returns the length of what stands for one byte. */
static size_t escape_byte(char out[MAX_ESCAPE], unsigned char byte)
{
	size_t size = 0;

	if (byte >= 0x20 && byte < 0x7f) {
		if (byte == '\\')
			out[size++] = '\\';
		out[size++] = (char)byte;
	} else if (byte == '\n') {
		out[size++] = '\\';
		out[size++] = 'n';
	} else {
		out[size++] = '\\';
		out[size++] = 'x';
		out[size++] = hex_digits[byte >> 4];
		out[size++] = hex_digits[byte & 0xf];
	}
	out[size] = '\0';
	return size;
}

void text_put(FILE *out, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;
	char escape[MAX_ESCAPE];

	for (size_t i = 0; i < size; i++) {
		escape_byte(escape, from[i]);
		fputs(escape, out);
	}
}

void text_escape(char *out, size_t out_size, const void *bytes, size_t size)
{
	static const char dots[] = "...";
	const unsigned char *from = bytes;
	char escape[MAX_ESCAPE];
	size_t used = 0;
	size_t cut = 0; /* the longest prefix that leaves room for the dots */

	for (size_t i = 0; i < size; i++) {
		size_t length = escape_byte(escape, from[i]);

		if (length >= out_size - used) {
			memcpy(out + cut, dots, sizeof(dots));
			return;
		}
		memcpy(out + used, escape, length);
		used += length;
		if (used + sizeof(dots) <= out_size)
			cut = used;
	}
	out[used] = '\0';
}

void text_size(char out[TEXT_MAX_SIZE], uint64_t size)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;
	uint64_t whole = size;
	uint64_t rest, tenths;

	while (whole >= 1024) {
		whole >>= 10;
		unit++;
	}
	rest = size - (whole << (10 * unit));
	if (rest == 0) {
		snprintf(out, TEXT_MAX_SIZE, "%" PRIu64 " %s", whole, units[unit]);
		return;
	}
	/* rest is below 2^60, so ten times it and a half still fit. */
	tenths = (rest * 10 + ((uint64_t)1 << (10 * unit - 1))) >> (10 * unit);
	whole += tenths / 10;
	tenths %= 10;
	if (whole == 1024) { /* 1023.96 KiB is 1.0 MiB */
		whole = 1;
		unit++;
	}
	snprintf(out, TEXT_MAX_SIZE, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths, units[unit]);
}

static void print_row(const struct table_column *columns, const struct table_row *row,
		      const int *widths)
{
	int pending = 0; /* blanks before the next cell: none are left at the line's end */

	for (size_t i = 0; columns[i].title; i++) {
		int length = (int)strlen(row->cells[i]);
		int padding = widths[i] - length;

		pending += 2;
		if (columns[i].right)
			pending += padding;
		if (length > 0) {
			printf("%*s%s", pending, "", row->cells[i]);
			pending = 0;
		}
		if (!columns[i].right)
			pending += padding;
	}
	putchar('\n');
}

static void measure_row(const struct table_column *columns, const struct table_row *row,
			int *widths)
{
	for (size_t i = 0; columns[i].title; i++) {
		int length = (int)strlen(row->cells[i]);

		if (length > widths[i])
			widths[i] = length;
	}
}

void table_print(const struct table *table)
{
	struct table_cursor cursor = { .index = 0 };
	struct table_row titles, row;
	int widths[TABLE_MAX_COLUMNS] = { 0 };
	int empty = 1;

	memset(&row, 0, sizeof(row));
	for (size_t i = 0; table->columns[i].title; i++)
		snprintf(titles.cells[i], TABLE_MAX_CELL, "%s", table->columns[i].title);
	measure_row(table->columns, &titles, widths);
	while (table->next(table->subject, &cursor, &row)) {
		measure_row(table->columns, &row, widths);
		empty = 0;
	}
	if (empty)
		return;

	printf("\n%s\n", table->title);
	print_row(table->columns, &titles, widths);
	memset(&cursor, 0, sizeof(cursor));
	while (table->next(table->subject, &cursor, &row))
		print_row(table->columns, &row, widths);
}

void text_start(const char *title)
{
	printf("%-12s ", title);
}

void text_field(const char *title, const char *format, ...)
{
	va_list arguments;

	text_start(title);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}
