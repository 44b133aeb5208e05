/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "system.h"

static char buffer[1 << 16];
static size_t used;

void print_flush(void)
{
	system_write(buffer, used);
	used = 0;
}

static void put(char c)
{
	if (used == sizeof(buffer))
		print_flush();
	buffer[used++] = c;
}

void print_text(const char *text)
{
	while (*text != '\0')
		put(*text++);
}

void print_end(void)
{
	put('\n');
}

static void print_name(const char *name)
{
	put(' ');
	print_text(name);
	put('=');
}

void print_number(const char *name, uint64_t value)
{
	int shift = 60;

	print_name(name);
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 15]);
}

void print_word(const char *name, const char *value)
{
	print_name(name);
	print_text(value);
}

uint64_t hash_bytes(uint64_t sum, struct pvhboot_bytes bytes)
{
	size_t i;

	for (i = 0; i < bytes.size; i++)
		sum = (sum ^ bytes.data[i]) * 0x100000001b3;
	return sum;
}

uint64_t hash_number(uint64_t sum, uint64_t value)
{
	uint8_t bytes[8];
	unsigned int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	return hash_bytes(sum, (struct pvhboot_bytes){ bytes, 8 });
}

void print_bytes(const char *name, struct pvhboot_bytes bytes)
{
	put(' ');
	print_text(name);
	print_number("size", bytes.size);
	print_number("hash", hash_bytes(HASH_EMPTY, bytes));
}

void print_result(const char *name, enum pvhboot_status status, const struct pvhboot_diag *diag)
{
	char line[512];
	unsigned int i;

	print_text(name);
	put(' ');
	print_text(pvhboot_status_name(status));
	if (diag->n_lost > 0)
		print_number("lost", diag->n_lost);
	if (status != PVHBOOT_OK) {
		(void)pvhboot_diag_format(diag, line, sizeof(line));
		print_word("failure", line);
	}
	print_end();
	for (i = 0; i < diag->n_warnings; i++) {
		(void)pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		print_text("warning ");
		print_text(line);
		print_end();
	}
}
