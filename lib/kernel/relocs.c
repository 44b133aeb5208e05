/* SPDX-License-Identifier: MIT */
/* Relocations are found by where the ELF image ends, and read forwards, so that no byte of them is
 * taken for something else. (Linux itself reads backwards, up to the words of 0.) */

#include "relocs.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "segment.h"

#define WORD 4
#define MAX_LISTS 3
#define MAX_SEGMENTS 16 /* Linux has up to 5 */

/* Linux, arch/x86: __START_KERNEL_map, of which words have the low half. */
#define START_KERNEL_MAP_64 ((uint64_t)0x80000000)

/* ---- Finding --------------------------------------------------------------------- */

/* The end of the file so far, and of one more part of it. One that leaves the image ends with it,
 * and nothing is behind. */
static uint64_t later_end(const struct pvhb_elf *elf, uint64_t end, uint64_t offset, uint64_t size)
{
	if (size == 0) /* then the offset may be anything */
		return end;
	if (!pvhb_within(elf->image.size, offset, size))
		return elf->image.size;
	return pvhb_max(end, offset + size);
}

uint64_t pvhb_relocs_offset(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf)
{
	const struct pvhboot_elf_tables *tables = &elf->tables;
	uint64_t end = 0; /* the header is in front of the program headers */
	uint32_t i;

	end = later_end(elf, end, tables->phoff, (uint64_t)tables->phnum * tables->phentsize);
	end = later_end(elf, end, tables->shoff, (uint64_t)tables->shnum * tables->shentsize);
	for (i = 0; i < tables->phnum; i++) {
		struct pvhb_elf_phdr phdr;

		pvhb_elf_load_phdr(reader, elf, i, &phdr);
		if (phdr.type != PVHBOOT_ELF_PT_NULL)
			end = later_end(elf, end, phdr.offset, phdr.filesz);
	}
	for (i = 0; i < tables->shnum; i++) {
		struct pvhb_elf_shdr shdr;

		pvhb_elf_load_shdr(reader, elf, i, &shdr);
		if (shdr.type != PVHBOOT_ELF_SHT_NULL && shdr.type != PVHBOOT_ELF_SHT_NOBITS)
			end = later_end(elf, end, shdr.offset, shdr.size);
	}
	return end;
}

/* How many words each list has. Returns how many lists there are; 0: these are none. */
static uint32_t count_lists(struct pvhboot_bytes tail, uint32_t counts[MAX_LISTS])
{
	uint32_t n_lists = 0, n = 0;
	size_t at;

	if (tail.size % WORD != 0 || tail.size > UINT32_MAX)
		return 0;
	for (at = 0; at < tail.size; at += WORD) {
		if (pvhb_load32(tail, at) != 0) {
			if (n_lists == 0)
				return 0;
			n++;
			continue;
		}
		if (n_lists == MAX_LISTS)
			return 0;
		if (n_lists != 0)
			counts[n_lists - 1] = n;
		n_lists++;
		n = 0;
	}
	if (n_lists != 0)
		counts[n_lists - 1] = n;
	return n_lists;
}

void pvhb_relocs_find(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		      struct pvhboot_relocs *out, struct pvhboot_diag *diag)
{
	uint64_t end = pvhb_relocs_offset(reader, elf);
	struct pvhboot_bytes tail = pvhb_slice(elf->image, end, elf->image.size - end);
	bool is64 = elf->elf_class == 64;
	uint32_t counts[MAX_LISTS] = { 0 };
	uint32_t n_lists = count_lists(tail, counts);

	*out = (struct pvhboot_relocs){ 0 };
	if (tail.size == 0)
		return;
	/* A kernel for one processor has no inverse ones, but the others every kernel has. */
	if ((is64 ? n_lists < 2 : n_lists != 1) || counts[0] == 0 || counts[n_lists - 1] == 0) {
		pvhb_warn_plain(diag,
				pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL, end),
				"nothing or relocations behind the ELF image; the bytes there are "
				"ignored");
		return;
	}
	out->offset = end;
	out->n_64 = is64 ? counts[0] : 0;
	out->n_inverse = n_lists == 3 ? counts[1] : 0;
	out->n_32 = counts[n_lists - 1];
}

/* ---- Relocating ------------------------------------------------------------------ */

/* Where the values of one segment lie, by the words that name them. */
struct window {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the image, of its first byte */
};

/* A list, of which some words were read. */
struct list {
	const uint8_t *at; /* behind the word that says target */
	const uint8_t *end;
	uint64_t target; /* the next value; UINT64_MAX: there is none left */
	uint64_t slide;
	uint32_t width; /* of a value */
};

struct walk {
	struct window windows[MAX_SEGMENTS + 1]; /* ascend; behind them one that no word reaches */
	const struct window *window;             /* of the last target */
	uint64_t behind;                         /* the last value */
	struct list lists[MAX_LISTS];
	struct pvhboot_buffer image;
	struct pvhboot_diag *diag;
};

static void next_word(struct list *list)
{
	list->target = UINT64_MAX;
	if (list->at != list->end) {
		list->target = pvhb_load32((struct pvhboot_bytes){ list->at, WORD }, 0);
		list->at += WORD;
	}
}

static enum pvhboot_status fail_target(const struct walk *walk, const struct list *list,
				       uint64_t behind, uint64_t start)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL,
					   (uint64_t)(list->at - WORD - walk->image.data));

	if (list->target < behind)
		return pvhb_fail(walk->diag, PVHBOOT_MALFORMED, at, list->target, behind,
				 "relocations that ascend and do not overlap");
	return pvhb_fail(walk->diag, PVHBOOT_MALFORMED, at, list->target, start,
			 "a relocation in the bytes of one segment, >= start of the next");
}

static void add(uint8_t *value, uint32_t width, uint64_t slide)
{
	struct pvhboot_bytes bytes = { value, width };

	if (width == 8)
		pvhb_store64(value, pvhb_load64(bytes, 0) + slide);
	else
		pvhb_store32(value, (uint32_t)(pvhb_load32(bytes, 0) + slide));
}

/* Behind the last target that has all of its bytes in the window. */
static uint64_t targets_end(const struct window *window, uint32_t width)
{
	return window->end - pvhb_min(window->end - window->start, width - 1);
}

/* Checks, or applies too, one list while its targets are below limit. What it needs for each word
 * it has in copies: a byte that is written may be any byte in C. */
static enum pvhboot_status walk_list(struct walk *walk, struct list *of, uint64_t limit,
				     bool applies)
{
	struct list list = *of;
	const struct window *window = walk->window;
	uint8_t *image = walk->image.data;
	uint64_t behind = walk->behind;
	uint64_t end = targets_end(window, list.width);

	while (list.target < limit) {
		while (list.target >= end) {
			window++;
			end = targets_end(window, list.width);
		}
		if (list.target < behind || list.target < window->start)
			return fail_target(walk, &list, behind, window->start);
		if (applies)
			add(image + window->offset + (list.target - window->start), list.width,
			    list.slide);
		behind = list.target + list.width;
		next_word(&list);
	}
	walk->window = window;
	walk->behind = behind;
	*of = list;
	return PVHBOOT_OK;
}

/* All lists at once, by ascending targets: what overlaps is seen, whichever lists name it. */
static enum pvhboot_status check_lists(struct walk *walk)
{
	struct list *lists = walk->lists;
	enum pvhboot_status status = PVHBOOT_OK;

	while (status == PVHBOOT_OK) {
		struct list *lowest = &lists[0];
		uint64_t limit = UINT64_MAX; /* the lowest target of the others */
		uint32_t i;

		for (i = 1; i < MAX_LISTS; i++) {
			limit = pvhb_min(limit, pvhb_max(lowest->target, lists[i].target));
			if (lists[i].target < lowest->target)
				lowest = &lists[i];
		}
		if (lowest->target == UINT64_MAX)
			break;
		/* where two lists have the same one, one is read, and the other fails */
		status = walk_list(walk, lowest, pvhb_max(limit, lowest->target + 1), false);
	}
	return status;
}

/* Fails only where others have changed the image since it was checked. */
static enum pvhboot_status apply_lists(struct walk *walk)
{
	enum pvhboot_status status = PVHBOOT_OK;
	uint32_t i;

	for (i = 0; i < MAX_LISTS && status == PVHBOOT_OK; i++) {
		walk->window = walk->windows;
		walk->behind = 0;
		status = walk_list(walk, &walk->lists[i], UINT64_MAX, true);
	}
	return status;
}

/* In the order of the file, where the words end the image. */
static void start_lists(struct walk *walk, const struct pvhboot_relocs *relocs, uint64_t slide)
{
	const uint8_t *end_32 = walk->image.data + walk->image.size;
	const uint8_t *start_32 = end_32 - (size_t)relocs->n_32 * WORD;
	const uint8_t *end_inverse = start_32 - WORD;
	const uint8_t *start_inverse = end_inverse - (size_t)relocs->n_inverse * WORD;
	const uint8_t *start_64 = walk->image.data + (size_t)relocs->offset + WORD;
	const uint8_t *end_64 = start_64 + (size_t)relocs->n_64 * WORD;
	uint32_t i;

	walk->window = walk->windows;
	walk->behind = 0;
	walk->lists[0] = (struct list){ start_64, end_64, 0, slide, 8 };
	walk->lists[1] = (struct list){ start_inverse, end_inverse, 0, 0 - slide, 4 };
	walk->lists[2] = (struct list){ start_32, end_32, 0, slide, 4 };
	for (i = 0; i < MAX_LISTS; i++)
		next_word(&walk->lists[i]);
}

/* Where the windows so far end, as targets and in the file. */
struct ends {
	uint64_t target;
	uint64_t offset;
};

static enum pvhboot_status add_window(struct window *out, const struct pvhb_elf *elf,
				      const struct pvhboot_segment *segment, uint64_t start,
				      struct ends *ends, struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_segment_where(elf, segment->index);

	if (start < ends->target)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, start, ends->target,
				 "segments that ascend, of a kernel with relocations");
	*out = (struct window){ start, start, 0 };
	ends->target = start + segment->size;
	if (segment->bytes.size == 0)
		return PVHBOOT_OK;
	if (segment->offset < ends->offset)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, segment->offset, ends->offset,
				 "segments that ascend in the file, behind the program headers, of "
				 "a kernel with relocations");
	out->end = start + segment->bytes.size;
	out->offset = segment->offset;
	ends->offset = segment->offset + segment->bytes.size;
	return PVHBOOT_OK;
}

/* No byte of the file is in two windows, where it would be changed twice. Program headers are in
 * none, so that the kernel has the same segments afterwards, nor are the relocations. */
static enum pvhboot_status read_windows(struct walk *walk, const struct pvhboot_kernel *kernel)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	uint64_t phsize = (uint64_t)elf.tables.phnum * elf.tables.phentsize;
	struct ends ends = { 0, elf.tables.phoff + phsize };
	enum pvhboot_status status = PVHBOOT_OK;
	uint32_t i, n = 0;

	elf.image.data = walk->image.data;
	elf.image.size = (size_t)kernel->linux_boot.relocs.offset;
	for (i = 0; i < elf.tables.phnum && status == PVHBOOT_OK; i++) {
		struct pvhb_at at = pvhb_segment_where(&elf, i);
		struct pvhboot_segment segment;
		struct pvhb_elf_phdr phdr;

		pvhb_elf_core_phdr(&elf, i, &phdr);
		if (!pvhb_segment_is_loadable(&phdr))
			continue;
		if (n == MAX_SEGMENTS)
			return pvhb_fail(walk->diag, PVHBOOT_LIMIT, pvhb_in_count(at),
					 kernel->n_segments, MAX_SEGMENTS,
					 "segments of a kernel with relocations <= 16");
		/* all this held when the image was opened */
		if (pvhb_segment_check(&elf, i, &phdr, &segment, NULL) != PVHBOOT_OK ||
		    segment.gpa + segment.size > kernel->end)
			return pvhb_fail_plain(walk->diag, PVHBOOT_MALFORMED, at,
					       "the segment that the image was opened with");
		status = add_window(&walk->windows[n++], &elf, &segment,
				    elf.elf_class == 64 ? START_KERNEL_MAP_64 + segment.gpa :
							  phdr.vaddr,
				    &ends, walk->diag);
	}
	walk->windows[n] = (struct window){ PVHB_4GIB, UINT64_MAX, 0 };
	return status;
}

/* Its size, so that -slide is as good as slide. */
static enum pvhboot_status check_slide(const struct pvhboot_kernel *kernel, uint64_t slide,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL);
	uint64_t size = slide >> 63 != 0 ? 0 - slide : slide;
	uint64_t range = kernel->elf_class == 64 ? PVHB_KERNEL_MAX_64 : PVHB_KERNEL_MAX_32;

	if ((size & (kernel->linux_boot.align - 1)) != 0)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, size, kernel->linux_boot.align,
				 "a slide that is a multiple of linux_boot.align");
	if (!pvhb_within(range, kernel->end, size))
		return pvhb_fail(diag, PVHBOOT_RANGE, at, size,
				 range - pvhb_min(range, kernel->end),
				 "a slide <= range of Linux's addresses - end of the kernel");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_kernel_relocate(const struct pvhboot_kernel *kernel,
					    struct pvhboot_buffer elf, uint64_t slide,
					    struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL);
	enum pvhboot_status status;
	struct walk walk;

	if (kernel == NULL || elf.data == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "kernel and elf.data that are not NULL");
	if (kernel->linux_boot.relocs.offset == 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "a kernel with relocations");
	if (elf.size != kernel->elf.size)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at), elf.size, kernel->elf.size,
				 "elf.size = size of the kernel's image");
	walk.image = elf;
	walk.diag = diag;
	status = check_slide(kernel, slide, diag);
	if (status == PVHBOOT_OK)
		status = read_windows(&walk, kernel);
	if (status != PVHBOOT_OK)
		return status;
	start_lists(&walk, &kernel->linux_boot.relocs, slide);
	status = check_lists(&walk);
	if (status != PVHBOOT_OK)
		return status;
	start_lists(&walk, &kernel->linux_boot.relocs, slide);
	return apply_lists(&walk);
}
