/* SPDX-License-Identifier: MIT */
#include "relocmodel.h"

#include <stdlib.h>

#include "blob.h"

struct segment {
	uint64_t offset;
	uint64_t address; /* as targets count */
	uint64_t filesz;
	uint64_t memsz;
};

struct target {
	uint64_t address;
	uint64_t slide;
	unsigned int width;
	size_t word; /* which it is */
};

static int is_64(const uint8_t *elf)
{
	return elf[4] == 2;
}

/* A table of the ELF header: where, how large an entry is, and how many there are. */
struct table {
	uint64_t at, entry, n;
};

static struct table segments_of(const uint8_t *elf)
{
	struct table table = is_64(elf) ?
				     (struct table){ load_le(elf + 32, 8), load_le(elf + 54, 2),
						     load_le(elf + 56, 2) } :
				     (struct table){ load_le(elf + 28, 4), load_le(elf + 42, 2),
						     load_le(elf + 44, 2) };

	if (table.n == 0xffff) /* section 0 says how many */
		table.n = is_64(elf) ? load_le(elf + load_le(elf + 40, 8) + 44, 4) :
				       load_le(elf + load_le(elf + 32, 4) + 28, 4);
	return table;
}

/* Where it cannot be used there are no sections. */
static struct table sections_of(const uint8_t *elf, uint64_t size)
{
	struct table table = is_64(elf) ?
				     (struct table){ load_le(elf + 40, 8), load_le(elf + 58, 2),
						     load_le(elf + 60, 2) } :
				     (struct table){ load_le(elf + 32, 4), load_le(elf + 46, 2),
						     load_le(elf + 48, 2) };

	if (table.at == 0 || table.at > size || table.entry < (is_64(elf) ? 64 : 40))
		return (struct table){ 0 };
	if (table.n == 0 && table.entry <= size - table.at)
		table.n = is_64(elf) ? load_le(elf + table.at + 32, 8) :
				       load_le(elf + table.at + 20, 4);
	if (table.n > (size - table.at) / table.entry)
		return (struct table){ 0 };
	return table;
}

/* Returns 0 where it is no PT_LOAD. */
static int segment_at(const uint8_t *elf, uint64_t at, struct segment *out)
{
	const uint8_t *header = elf + at;

	if (is_64(elf))
		*out = (struct segment){ load_le(header + 8, 8),
					 load_le(header + 24, 8) + 0x80000000u,
					 load_le(header + 32, 8), load_le(header + 40, 8) };
	else
		*out = (struct segment){ load_le(header + 4, 4), load_le(header + 8, 4),
					 load_le(header + 16, 4), load_le(header + 20, 4) };
	return load_le(header, 4) == 1 && out->memsz != 0;
}

static void reach(uint64_t *end, uint64_t offset, uint64_t length, uint64_t size)
{
	if (length != 0 && (offset > size || length > size - offset))
		*end = size;
	else if (length != 0 && offset + length > *end)
		*end = offset + length;
}

static uint64_t end_of(const uint8_t *elf, uint64_t size)
{
	struct table segments = segments_of(elf), sections = sections_of(elf, size);
	uint64_t end = 0;

	reach(&end, segments.at, segments.n * segments.entry, size);
	reach(&end, sections.at, sections.n * sections.entry, size);
	for (uint64_t i = 0; i < segments.n; i++) {
		uint64_t at = segments.at + i * segments.entry;
		struct segment segment;

		(void)segment_at(elf, at, &segment);
		if (load_le(elf + at, 4) != 0)
			reach(&end, segment.offset, segment.filesz, size);
	}
	for (uint64_t i = 0; i < sections.n; i++) {
		const uint8_t *header = elf + sections.at + i * sections.entry;
		uint64_t type = load_le(header + 4, 4);

		if (type != 0 && type != 8)
			reach(&end, is_64(elf) ? load_le(header + 24, 8) : load_le(header + 16, 4),
			      is_64(elf) ? load_le(header + 32, 8) : load_le(header + 20, 4), size);
	}
	return end;
}

int relocmodel_find(struct pvhboot_bytes image, struct pvhboot_relocs *out)
{
	uint64_t end = end_of(image.data, image.size);
	const uint8_t *tail = image.data + end;
	size_t size = image.size - (size_t)end, n = size / 4, n_zeros = 0;
	size_t zeros[4] = { 0 };

	*out = (struct pvhboot_relocs){ 0 };
	if (size == 0)
		return 1;
	for (size_t i = 0; i < n && n_zeros < 4; i++) {
		if (load_le(tail + 4 * i, 4) == 0)
			zeros[n_zeros++] = i;
	}
	/* from the first word on, and none behind the last */
	if (size % 4 || n_zeros == 0 || zeros[0] != 0 || zeros[n_zeros - 1] == n - 1)
		return 0;
	if (is_64(image.data) ? n_zeros < 2 || n_zeros > 3 || zeros[1] == 1 : n_zeros != 1)
		return 0;
	out->offset = end;
	out->n_32 = (uint32_t)(n - zeros[n_zeros - 1] - 1);
	if (n_zeros > 1)
		out->n_64 = (uint32_t)(zeros[1] - 1);
	if (n_zeros > 2)
		out->n_inverse = (uint32_t)(zeros[2] - zeros[1] - 1);
	return 1;
}

static int compare(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->word < y->word ? -1 : 1;
}

/* The bytes of a target: NULL where they are not all in one of the segments. */
static uint8_t *bytes_of(uint8_t *elf, const struct target *target)
{
	struct table table = segments_of(elf);

	for (uint64_t i = 0; i < table.n; i++) {
		struct segment segment;

		if (segment_at(elf, table.at + i * table.entry, &segment) &&
		    target->address >= segment.address &&
		    target->address + target->width <= segment.address + segment.filesz)
			return elf + segment.offset + (target->address - segment.address);
	}
	return NULL;
}

static int segments_are_good(const uint8_t *elf)
{
	struct table table = segments_of(elf);
	uint64_t address = 0, offset = table.at + table.n * table.entry, n = 0;

	for (uint64_t i = 0; i < table.n; i++) {
		struct segment segment;

		if (!segment_at(elf, table.at + i * table.entry, &segment))
			continue;
		if (++n > 16 || segment.address < address)
			return 0;
		address = segment.address + segment.memsz;
		if (segment.filesz && segment.offset < offset)
			return 0;
		if (segment.filesz)
			offset = segment.offset + segment.filesz;
	}
	return 1;
}

static int targets_are_good(uint8_t *elf, const struct target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!bytes_of(elf, &targets[i]))
			return 0;
		if (i > 0 && targets[i].address < targets[i - 1].address + targets[i - 1].width)
			return 0;
	}
	return 1;
}

/* The targets of one list, which ascend. */
static int take_list(const uint8_t *words, size_t n, uint64_t slide, unsigned int width,
		     struct target *targets, size_t *n_targets)
{
	for (size_t i = 0; i < n; i++) {
		targets[*n_targets] =
			(struct target){ load_le(words + 4 * i, 4), slide, width, *n_targets };
		if (i > 0 && targets[*n_targets].address <= targets[*n_targets - 1].address)
			return 0;
		++*n_targets;
	}
	return 1;
}

static void add(uint8_t *bytes, unsigned int width, uint64_t slide)
{
	unsigned int carry = 0;

	for (unsigned int i = 0; i < width; i++) {
		carry += bytes[i] + (unsigned int)(slide >> (8 * i) & 0xff);
		bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

int relocmodel_apply(struct pvhboot_buffer image, const struct pvhboot_relocs *relocs,
		     uint64_t slide)
{
	size_t total = (size_t)relocs->n_64 + relocs->n_inverse + relocs->n_32, n = 0;
	struct target *targets = must_alloc(total * sizeof(*targets));
	const uint8_t *words_32 = image.data + image.size - 4 * (size_t)relocs->n_32;
	const uint8_t *inverse = words_32 - 4 - 4 * (size_t)relocs->n_inverse;
	int good =
		take_list(image.data + relocs->offset + 4, relocs->n_64, slide, 8, targets, &n) &&
		take_list(inverse, relocs->n_inverse, 0 - slide, 4, targets, &n) &&
		take_list(words_32, relocs->n_32, slide, 4, targets, &n) &&
		segments_are_good(image.data);

	if (good) {
		qsort(targets, n, sizeof(*targets), compare);
		good = targets_are_good(image.data, targets, n);
	}
	for (size_t i = 0; good && i < n; i++)
		add(bytes_of(image.data, &targets[i]), targets[i].width, targets[i].slide);
	free(targets);
	return good;
}
