/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include "command.h"
#include "core.h"
#include "elf.h"
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *dump_format_name(enum dump_format format)
{
	switch (format) {
	case DUMP_ELF_CORE:
		return "elf-core";
	case DUMP_XEN_CORE:
		return "xen-core";
	default:
		return "raw";
	}
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int dump_reserve(struct dump *dump, size_t n)
{
	dump->pieces = calloc(n > 0 ? n : 1, sizeof(*dump->pieces));
	return dump->pieces != NULL;
}

static int compare(const void *a, const void *b)
{
	const struct dump_piece *x = a;
	const struct dump_piece *y = b;

	if (x->gpa != y->gpa)
		return x->gpa < y->gpa ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return 0;
}

/* Takes away its first n bytes, which are fewer than it has. */
static void cut(struct dump_piece *piece, uint64_t n)
{
	const uint64_t in_file = min_u64(n, piece->filesz);

	piece->gpa += n;
	piece->size -= n;
	piece->offset += in_file;
	piece->filesz -= in_file;
}

void dump_settle(struct dump *dump)
{
	size_t n = 0;

	qsort(dump->pieces, dump->n_pieces, sizeof(*dump->pieces), compare);
	for (size_t i = 0; i < dump->n_pieces; i++) {
		struct dump_piece *piece = &dump->pieces[i];

		if (n > 0) {
			const struct dump_piece *last = &dump->pieces[n - 1];
			const uint64_t from = piece->gpa - last->gpa;
			const uint64_t shared = from < last->size ? last->size - from : 0;

			if (shared >= piece->size)
				continue;
			cut(piece, shared);
		}
		dump->pieces[n++] = *piece;
	}
	dump->n_pieces = n;
}

/* The first piece that does not end at or below gpa, or n_pieces. */
static size_t find(const struct dump *dump, uint64_t gpa)
{
	size_t low = 0;
	size_t high = dump->n_pieces;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct dump_piece *piece = &dump->pieces[middle];

		if (piece->gpa <= gpa && gpa - piece->gpa >= piece->size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* n bytes of the piece from its byte number `from` on, all of which it has. */
static void copy(const struct dump *dump, const struct dump_piece *piece, uint64_t from,
		 uint8_t *to, size_t n)
{
	size_t in_file = 0;

	if (from < piece->filesz)
		in_file = (size_t)min_u64(n, piece->filesz - from);
	if (in_file > 0)
		memcpy(to, dump->file.data + (size_t)(piece->offset + from), in_file);
	memset(to + in_file, 0, n - in_file);
}

int dump_read(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const struct dump *dump = ctx;
	uint8_t *to = bytes;

	for (size_t i = find(dump, gpa); size > 0; i++) {
		const struct dump_piece *piece = &dump->pieces[i];
		size_t n;

		/* behind the last piece, or in a hole */
		if (i == dump->n_pieces || gpa < piece->gpa)
			return EFAULT;
		n = (size_t)min_u64(size, piece->size - (gpa - piece->gpa));
		copy(dump, piece, gpa - piece->gpa, to, n);
		gpa += n;
		to += n;
		size -= n;
	}
	return 0;
}

void dump_take_ebx(struct dump *dump, uint64_t rbx, uint64_t rsi)
{
	if (rbx > UINT32_MAX)
		return;
	dump->cpu.rbx = rbx;
	dump->cpu.rsi = rsi;
	dump->registers = DUMP_REGISTERS_EBX;
}

/* What has no address is left out. */
static int open_raw(struct dump *dump, uint64_t base)
{
	uint64_t size = dump->file.size;

	if (!dump_reserve(dump, 1))
		return 0;
	if (size > 0 && size - 1 > UINT64_MAX - base)
		size = UINT64_MAX - base + 1;
	if (size > 0)
		dump->pieces[dump->n_pieces++] = (struct dump_piece){ base, size, 0, size };
	return 1;
}

/* What dumps of other formats start with. Read as raw memory, they would be found to break the
 * ABI, which says nothing of the guest.
 * Source: QEMU include/sysemu/dump.h; makedumpfile.h; LiME src/lime.h; RFC 1952, 2.3.1. */
static const char *other_format(struct pvhboot_bytes file)
{
	static const struct {
		const char *magic;
		const char *what;
	} others[] = {
		{ "KDUMP   ", "a dump in the format of kdump" },
		{ "makedumpfile", "a dump in the flattened format of makedumpfile" },
		{ "EMiL", "a dump in the format of LiME" },
		{ "\x1f\x8b\x08", "a dump that is compressed" },
		{ "\xfd\x37zXZ", "a dump that is compressed" },
		{ "\x28\xb5\x2f\xfd", "a dump that is compressed" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const size_t size = strlen(others[i].magic);

		if (file.size >= size && memcmp(file.data, others[i].magic, size) == 0)
			return others[i].what;
	}
	return NULL;
}

int dump_open(const char *path, struct pvhboot_bytes file, uint64_t base, struct dump *out)
{
	const char *other = other_format(file);

	memset(out, 0, sizeof(*out));
	out->file = file;
	if (elf_is_core(file))
		return core_open(path, out);
	/* memory from elsewhere may start with anything, with an initrd for example */
	if (other && base == 0) {
		complain("%s: %s: give an ELF core or raw memory", file_label(path), other);
		return EXIT_REFUSED;
	}
	if (open_raw(out, base))
		return NO_EXIT;
	complain("%s: cannot allocate memory", file_label(path));
	return EXIT_REFUSED;
}

void dump_release(struct dump *dump)
{
	free(dump->pieces);
	memset(dump, 0, sizeof(*dump));
}
