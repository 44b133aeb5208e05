/* SPDX-License-Identifier: MIT */
/*
 * A random address for the kernel, among those that it would choose from itself.
 * Source: Linux arch/x86/boot/compressed/kaslr.c, Documentation/admin-guide/kernel-parameters.txt.
 */

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/elf.h>

#include "../base/span.h"
#include "../kernel/segment.h"
#include "planning.h"
#include "request.h"

#define LOW_END ((uint64_t)512 << 20) /* the lowest address of a slot is this at most */

const char *pvhboot_fixed_reason_name(enum pvhboot_fixed_reason reason)
{
	switch (reason) {
	case PVHBOOT_FIXED_NOT:
		return "";
	case PVHBOOT_FIXED_NOT_WANTED:
		return "not asked for";
	case PVHBOOT_FIXED_BY_CMDLINE:
		return "command line";
	case PVHBOOT_FIXED_BY_ENTRY:
		return "entry";
	case PVHBOOT_FIXED_NOT_RELOCATABLE:
		return "not relocatable";
	case PVHBOOT_FIXED_NO_RELOCS:
		return "no relocations";
	case PVHBOOT_FIXED_NO_ROOM:
		return "no room";
	}
	return "?";
}

bool pvhb_kaslr_is_on(const struct pvhboot_kaslr *kaslr)
{
	return kaslr->virtual_fixed == PVHBOOT_FIXED_NOT ||
	       kaslr->virtual_fixed == PVHBOOT_FIXED_NO_RELOCS ||
	       kaslr->virtual_fixed == PVHBOOT_FIXED_NO_ROOM;
}

/* What the command line says of it. */
struct wishes {
	bool is_off;         /* nokaslr */
	bool has_memmap;     /* the map is not what it seems */
	uint64_t memory_end; /* mem= */
};

static bool starts_with(struct pvhboot_bytes word, const char *start, size_t size)
{
	return word.size >= size && memcmp(word.data, start, size) == 0;
}

static uint32_t digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - (uint32_t)'0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10 : 16;
}

/* A number with one of the suffixes K, M, G, T, P, E, as memparse() of Linux reads it. */
static uint64_t read_size(struct pvhboot_bytes text)
{
	static const char suffixes[] = "kmgtpe";
	uint32_t base = 10;
	uint64_t value = 0;
	size_t i = 0;
	size_t k;

	if (starts_with(text, "0x", 2) || starts_with(text, "0X", 2)) {
		base = 16;
		i = 2;
	} else if (starts_with(text, "0", 1)) {
		base = 8;
	}
	for (; i < text.size && digit_of(text.data[i]) < base; i++) {
		if (value >> 59 != 0)
			return UINT64_MAX;
		value = value * base + digit_of(text.data[i]);
	}
	for (k = 0; i < text.size && k < sizeof(suffixes) - 1; k++) {
		if ((text.data[i] | 0x20) == suffixes[k])
			return value >> (64 - 10 * (k + 1)) != 0 ? UINT64_MAX :
								   value << 10 * (k + 1);
	}
	return value;
}

/* Quotes may be around a word, or around a value. */
static struct pvhboot_bytes without_quote(struct pvhboot_bytes text)
{
	return starts_with(text, "\"", 1) ? pvhb_slice(text, 1, text.size - 1) : text;
}

static void read_word(struct pvhboot_bytes word, struct wishes *wishes)
{
	static const char nokaslr[] = "nokaslr", mem[] = "mem=", memmap[] = "memmap=";

	if (word.size == sizeof(nokaslr) - 1 && starts_with(word, nokaslr, word.size))
		wishes->is_off = true;
	word = without_quote(word);
	if (starts_with(word, memmap, sizeof(memmap) - 1))
		wishes->has_memmap = true;
	if (starts_with(word, mem, sizeof(mem) - 1)) {
		uint64_t end = read_size(without_quote(
			pvhb_slice(word, sizeof(mem) - 1, word.size - (sizeof(mem) - 1))));

		if (end != 0) /* "nopentium" */
			wishes->memory_end = pvhb_min(wishes->memory_end, end);
	}
}

static struct wishes read_cmdline(struct pvhboot_bytes cmdline)
{
	struct wishes wishes = { .memory_end = UINT64_MAX };
	size_t start = 0;
	size_t i;

	for (i = 0; i <= cmdline.size; i++) {
		if (i < cmdline.size && cmdline.data[i] > ' ')
			continue;
		if (i != start)
			read_word(pvhb_slice(cmdline, start, i - start), &wishes);
		start = i + 1;
	}
	return wishes;
}

/* floor(random / 2^64 * n): of 64 bits so few are lost that all are as likely. */
static uint32_t pick(uint64_t random, uint32_t n)
{
	uint64_t low = (random & UINT32_MAX) * n;

	return (uint32_t)(((random >> 32) * n + (low >> 32)) >> 32);
}

/* Addresses in steps of a power of two. */
struct steps {
	uint64_t low;
	uint64_t end; /* the kernel ends here or below */
	uint64_t align;
	uint64_t size;
	uint64_t linked; /* an address that is aligned */
};

/* How many there are in a range; *first is the lowest. */
static uint64_t count(const struct steps *steps, struct pvhboot_range range, uint64_t *first)
{
	uint64_t low = pvhb_max(range.start, steps->low);
	uint64_t end = pvhb_min(range.end, steps->end);
	uint64_t room;
	uint64_t align = steps->align;

	if (!pvhb_add(low, (steps->linked - low) & (align - 1), first) || *first >= end ||
	    end - *first < steps->size)
		return 0;
	room = end - *first - steps->size;
	for (; align > 1; align >>= 1)
		room >>= 1;
	return room + 1;
}

/* All that lies in memory but the kernel. */
static void find_free_without_kernel(struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;
	size_t i;

	p->taken.n = 0;
	pvhb_plan_take(p, (struct pvhboot_range){ 0, PVHB_PAGE_SIZE });
	for (i = 0; i < request->n_avoid; i++)
		pvhb_plan_take(p, request->avoid[i]);
	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];
		struct pvhboot_range taken = { place->gpa, place->gpa + place->size };

		if (place->kind == PVHBOOT_PLACE_BLOB)
			taken = pvhb_request_blob_pages(&request->blobs[place->index], place->gpa);
		if (place->kind != PVHBOOT_PLACE_SEGMENT && place->kind != PVHBOOT_PLACE_SYMBOLS)
			pvhb_plan_take(p, taken);
	}
	pvhb_plan_find_free(p);
}

static void move_to(struct pvhb_planning *p, uint64_t start)
{
	uint64_t by = start - p->kernel.start;
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		struct pvhboot_place *place = &p->places[i];

		if (place->kind == PVHBOOT_PLACE_SEGMENT || place->kind == PVHBOOT_PLACE_SYMBOLS)
			place->gpa += by;
	}
	p->slide += by;
	p->kernel.start += by;
	p->kernel.end += by;
}

/* Chooses one of all addresses in free memory. */
static void choose_physical(struct pvhb_planning *p, const struct steps *steps, uint64_t random)
{
	uint64_t n = 0;
	uint64_t first;
	uint64_t number;
	size_t i;

	find_free_without_kernel(p);
	for (i = 0; i < p->free.n; i++)
		n += count(steps, p->free.at[i], &first);
	if (n <= 1) {
		p->kaslr.physical_fixed = PVHBOOT_FIXED_NO_ROOM;
		return;
	}
	p->kaslr.physical_fixed = PVHBOOT_FIXED_NOT;
	p->kaslr.physical_slots = (uint32_t)pvhb_min(n, UINT32_MAX);
	number = pick(random, p->kaslr.physical_slots);
	for (i = 0; i < p->free.n; i++) {
		n = count(steps, p->free.at[i], &first);
		if (number < n)
			break;
		number -= n;
	}
	for (n = steps->align; n > 1; n >>= 1)
		number <<= 1;
	move_to(p, first + number);
}

static void randomise_physical(struct pvhb_planning *p, const struct wishes *wishes)
{
	struct pvhboot_range linked = pvhb_kernel_range(p->request->kernel);
	struct steps steps = {
		.low = p->entry.reloc.min,
		.end = pvhb_min(p->ceiling, p->entry.reloc.max + 1),
		.align = p->entry.reloc.align,
		.size = linked.end - linked.start,
		.linked = linked.start,
	};

	if (!p->entry.is_relocatable) {
		p->kaslr.physical_fixed = PVHBOOT_FIXED_NOT_RELOCATABLE;
		return;
	}
	if (p->entry.kind == PVHBOOT_ENTRY_LINUX64) {
		steps.low = pvhb_min(linked.start, LOW_END);
		steps.end = pvhb_request_random_ceiling(p->request, p->entry.kind);
	}
	steps.end = pvhb_min(steps.end, wishes->memory_end);
	choose_physical(p, &steps, pvhb_load64(p->request->entropy, 0));
}

/* An i386 kernel is linked to run where it lies: it has relocations, and one slide. */
static bool has_one_slide(const struct pvhb_planning *p)
{
	return p->request->kernel->machine == PVHBOOT_ELF_EM_386 &&
	       p->request->kernel->linux_boot.relocs.n_32 != 0;
}

static void randomise_both(struct pvhb_planning *p, const struct wishes *wishes)
{
	struct pvhboot_range linked = pvhb_kernel_range(p->request->kernel);
	struct steps steps = {
		.low = linked.start,
		.end = pvhb_min(pvhb_min(p->ceiling, PVHB_KERNEL_MAX_32), wishes->memory_end),
		.align = p->request->kernel->linux_boot.align,
		.size = linked.end - linked.start,
		.linked = linked.start,
	};

	choose_physical(p, &steps, pvhb_load64(p->request->entropy, 0));
	p->kaslr.virtual_fixed = p->kaslr.physical_fixed;
	p->kaslr.virtual_slots = p->kaslr.physical_slots;
}

static void randomise_virtual(struct pvhb_planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t image = pvhb_max(kernel->elf.size, kernel->end - kernel->start);
	struct steps steps = { kernel->start, PVHB_KERNEL_MAX_64, kernel->linux_boot.align, image,
			       kernel->start };
	struct pvhboot_range all = { 0, PVHB_KERNEL_MAX_64 };
	uint64_t first;
	uint64_t n;

	p->kaslr.virtual_fixed = PVHBOOT_FIXED_NO_RELOCS;
	if (kernel->linux_boot.relocs.n_32 == 0)
		return;
	n = count(&steps, all, &first);
	p->kaslr.virtual_fixed = PVHBOOT_FIXED_NO_ROOM;
	if (n <= 1)
		return;
	p->kaslr.virtual_fixed = PVHBOOT_FIXED_NOT;
	p->kaslr.virtual_slots = (uint32_t)n;
	p->kaslr.virtual_slide =
		pick(pvhb_load64(p->request->entropy, 8), (uint32_t)n) * kernel->linux_boot.align;
}

/* Why no address is random, or PVHBOOT_FIXED_NOT. */
static enum pvhboot_fixed_reason reason_for_all(const struct pvhb_planning *p,
						const struct wishes *wishes)
{
	if ((p->request->flags & PVHBOOT_REQUEST_KASLR) == 0)
		return PVHBOOT_FIXED_NOT_WANTED;
	if (wishes->is_off)
		return PVHBOOT_FIXED_BY_CMDLINE;
	if (p->entry.kind != PVHBOOT_ENTRY_PVH && p->entry.kind != PVHBOOT_ENTRY_LINUX64)
		return PVHBOOT_FIXED_BY_ENTRY;
	return PVHBOOT_FIXED_NOT;
}

static void randomise(struct pvhb_planning *p)
{
	struct wishes wishes = read_cmdline(p->request->cmdline);
	enum pvhboot_fixed_reason reason = reason_for_all(p, &wishes);

	p->kaslr = (struct pvhboot_kaslr){ .physical_slots = 1,
					   .virtual_slots = 1,
					   .physical_fixed = (uint32_t)reason,
					   .virtual_fixed = (uint32_t)reason };
	if (reason != PVHBOOT_FIXED_NOT)
		return;
	if (p->entry.kind == PVHBOOT_ENTRY_LINUX64)
		randomise_virtual(p);
	else
		p->kaslr.virtual_fixed = PVHBOOT_FIXED_BY_ENTRY;
	if (wishes.has_memmap)
		p->kaslr.physical_fixed = PVHBOOT_FIXED_BY_CMDLINE;
	else if (has_one_slide(p))
		randomise_both(p, &wishes);
	else
		randomise_physical(p, &wishes);
}

void pvhb_plan_randomise(struct pvhb_planning *p)
{
	randomise(p);
	if (has_one_slide(p)) /* also where it had to move */
		p->kaslr.virtual_slide = p->slide;
}
