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
	//@ loop invariant \at(end, LoopEntry) <= end <= elf->image.size; loop assigns i, end;
	for (i = 0; i < tables->phnum; i++) {
		struct pvhb_elf_phdr phdr;

		pvhb_elf_load_phdr(reader, elf, i, &phdr);
		if (phdr.type != PVHBOOT_ELF_PT_NULL)
			end = later_end(elf, end, phdr.offset, phdr.filesz);
	}
	//@ loop invariant \at(end, LoopEntry) <= end <= elf->image.size; loop assigns i, end;
	for (i = 0; i < tables->shnum; i++) {
		struct pvhb_elf_shdr shdr;

		pvhb_elf_load_shdr(reader, elf, i, &shdr);
		if (shdr.type != PVHBOOT_ELF_SHT_NULL && shdr.type != PVHBOOT_ELF_SHT_NOBITS)
			end = later_end(elf, end, shdr.offset, shdr.size);
	}
	return end;
}

/* How many words there are in front of the next one of 0, or of the end. */
static uint32_t count_words(struct pvhboot_bytes tail, uint32_t first)
{
	uint32_t n_words = (uint32_t)(tail.size / WORD);
	uint32_t i;

	//@ loop invariant first <= i <= n_words; loop assigns i;
	for (i = first; i < n_words && pvhb_load32(tail, (uint64_t)i * WORD) != 0; i++)
		;
	return i - first;
}

/* How many words each list has. Returns how many lists there are; 0: these are none. */
static uint32_t count_lists(struct pvhboot_bytes tail, uint32_t counts[MAX_LISTS])
{
	uint32_t n_lists = 0, at = 0;

	if (tail.size % WORD != 0 || tail.size > UINT32_MAX)
		return 0;
	//@ COUNTS(loop invariant, n_lists); loop assigns n_lists, at, counts[0 .. MAX_LISTS - 1];
	while (at < tail.size / WORD) {
		if (n_lists == MAX_LISTS || pvhb_load32(tail, (uint64_t)at * WORD) != 0)
			return 0;
		counts[n_lists] = count_words(tail, at + 1);
		at += 1 + counts[n_lists++];
	}
	return n_lists;
}

/* Fills *out, all 0 before, where the tail of an image from offset on is relocations. */
static bool read_lists(bool is64, struct pvhboot_bytes tail, uint64_t offset,
		       struct pvhboot_relocs *out)
{
	uint32_t counts[MAX_LISTS] = { 0 };
	uint32_t n_lists = count_lists(tail, counts);

	/* A kernel for one processor has no inverse ones, but the others every kernel has. */
	if ((is64 ? n_lists < 2 : n_lists != 1) || counts[0] == 0 || counts[n_lists - 1] == 0)
		return false;
	out->offset = offset;
	out->n_64 = is64 ? counts[0] : 0;
	out->n_inverse = n_lists == 3 ? counts[1] : 0;
	out->n_32 = counts[n_lists - 1];
	return true;
}

void pvhb_relocs_find(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		      struct pvhboot_relocs *out, struct pvhboot_diag *diag)
{
	uint64_t end = pvhb_relocs_offset(reader, elf);
	struct pvhboot_bytes tail = pvhb_slice(elf->image, end, elf->image.size - end);
	struct pvhboot_relocs relocs = { 0 };

	if (tail.size != 0 && !read_lists(elf->elf_class == 64, tail, end, &relocs))
		pvhb_warn_plain(diag,
				pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL, end),
				"nothing or relocations behind the ELF image; the bytes there are "
				"ignored");
	*out = relocs;
}

/* ---- Relocating ------------------------------------------------------------------ */

/* Where the values of one segment lie, by the words that name them. */
struct window {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the image, of its first byte */
};

/* They ascend. Behind them are those that no word reaches. */
struct windows {
	struct window at[MAX_SEGMENTS + 1];
};

/* A list, of which some words were read. */
struct list {
	const uint8_t *at; /* behind the word that says target */
	uint64_t target;   /* the next value; UINT64_MAX: there is none left */
	uint64_t slide;
	uint32_t n_left; /* words at `at` */
	uint32_t width;  /* of a value */
};

struct lists {
	struct list at[MAX_LISTS];
};

/* What is not changed while lists are walked, but for the bytes of the image. */
struct map {
	struct windows windows;
	struct pvhboot_buffer image;
};

/* Where one list is walked. */
struct walk {
	struct list list;
	uint64_t behind; /* the last value */
	uint32_t window; /* of the last target */
	bool is_wrong;   /* the next target; then it ends here */
};

/* inline: it is called for each word */
static inline struct list next_word(struct list list)
{
	list.target = UINT64_MAX;
	if (list.n_left != 0) {
		list.target = pvhb_load32((struct pvhboot_bytes){ list.at, WORD }, 0);
		list.at += WORD;
		list.n_left--;
	}
	return list;
}

/* Of a walk that ended by it. */
static enum pvhboot_status fail_target(const struct map *map, struct walk walk,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL,
					   (uint64_t)(walk.list.at - WORD - map->image.data));

	if (walk.list.target < walk.behind)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, walk.list.target, walk.behind,
				 "relocations that ascend and do not overlap");
	return pvhb_fail(diag, PVHBOOT_MALFORMED, at, walk.list.target,
			 map->windows.at[walk.window].start,
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

/* Of values of this width, where those start that have all of their bytes in the window. */
static struct window targets_in(struct window window, uint32_t width)
{
	window.end -= pvhb_min(window.end - window.start, width - 1);
	return window;
}

/* Checks, or applies too, one list while its targets are below limit. What it needs for each word
 * it has in copies: a byte that is written may be any byte in C. */
static struct walk walk_list(const struct map *map, struct walk walk, uint64_t limit, bool applies)
{
	struct window targets = targets_in(map->windows.at[walk.window], walk.list.width);
	uint8_t *image = map->image.data;
	uint64_t at;

	//@ TARGETS(loop invariant); loop assigns walk, targets, at, BYTES(map->image);
	while (walk.list.target < limit) {
		if (walk.list.target >= targets.end) {
			targets = targets_in(map->windows.at[++walk.window], walk.list.width);
			continue;
		}
		walk.is_wrong = walk.list.target < walk.behind || walk.list.target < targets.start;
		if (walk.is_wrong)
			break;
		at = targets.offset + (walk.list.target - targets.start);
		//@ assert within(map->image.size, at, walk.list.width);
		if (applies)
			add(image + at, walk.list.width, walk.list.slide);
		walk.behind = walk.list.target + walk.list.width;
		walk.list = next_word(walk.list);
	}
	return walk;
}

static uint32_t lowest_of(struct lists lists)
{
	uint32_t i, lowest = 0;

	//@ loop invariant lowest < MAX_LISTS; loop assigns i, lowest;
	for (i = 1; i < MAX_LISTS; i++) {
		if (lists.at[i].target < lists.at[lowest].target)
			lowest = i;
	}
	return lowest;
}

/* The lowest target of all lists but one. */
static uint64_t lowest_beside(struct lists lists, uint32_t one)
{
	uint64_t lowest = UINT64_MAX;
	uint32_t i;

	//@ loop assigns i, lowest;
	for (i = 0; i < MAX_LISTS; i++) {
		if (i != one)
			lowest = pvhb_min(lowest, lists.at[i].target);
	}
	return lowest;
}

/* All lists at once, by ascending targets: what overlaps is seen, whichever lists name it. */
static enum pvhboot_status check_lists(const struct map *map, struct lists lists,
				       struct pvhboot_diag *diag)
{
	struct walk walk = { .window = 0 };

	//@ loop invariant WALKS_LISTS; loop assigns walk, lists, BYTES(map->image);
	while (true) {
		uint32_t i = lowest_of(lists);
		/* where two lists have the same one, one is read, and the other fails */
		uint64_t limit = pvhb_max(lowest_beside(lists, i), lists.at[i].target + 1);

		if (lists.at[i].target == UINT64_MAX)
			return PVHBOOT_OK;
		walk.list = lists.at[i];
		walk = walk_list(map, walk, limit, false);
		if (walk.is_wrong)
			return fail_target(map, walk, diag);
		lists.at[i] = walk.list;
	}
}

/* Fails only where others have changed the image since it was checked. */
static enum pvhboot_status apply_lists(const struct map *map, struct lists lists,
				       struct pvhboot_diag *diag)
{
	uint32_t i;

	//@ loop assigns i, BYTES(map->image);
	for (i = 0; i < MAX_LISTS; i++) {
		struct walk walk = { .list = lists.at[i] };

		walk = walk_list(map, walk, UINT64_MAX, true);
		if (walk.is_wrong)
			return fail_target(map, walk, diag);
	}
	return PVHBOOT_OK;
}

static struct list start_list(const uint8_t *at, uint32_t n, uint32_t width, uint64_t slide)
{
	struct list list = { .at = at, .slide = slide, .n_left = n, .width = width };

	return next_word(list);
}

/* In the order of the file, where the words end the image. */
static struct lists start_lists(struct pvhboot_buffer image, struct pvhboot_relocs relocs,
				uint64_t slide)
{
	const uint8_t *end_32 = image.data + image.size;
	const uint8_t *start_32 = end_32 - (size_t)relocs.n_32 * WORD;
	const uint8_t *end_inverse = start_32 - WORD;
	const uint8_t *start_inverse = end_inverse - (size_t)relocs.n_inverse * WORD;
	const uint8_t *start_64 = image.data + (size_t)relocs.offset + WORD;

	return (struct lists){ {
		start_list(start_64, relocs.n_64, 8, slide),
		start_list(start_inverse, relocs.n_inverse, 4, 0 - slide),
		start_list(start_32, relocs.n_32, 4, slide),
	} };
}

static struct windows no_windows(void)
{
	struct windows windows;
	uint32_t i;

	//@ loop invariant SENTINELS(i); loop assigns i, windows;
	for (i = 0; i <= MAX_SEGMENTS; i++)
		windows.at[i] = (struct window){ PVHB_4GIB, UINT64_MAX, 0 };
	return windows;
}

/* Where the windows so far end, as targets and in the file. */
struct ends {
	uint64_t target;
	uint64_t offset;
};

/* How words name the first byte of a segment. */
static uint64_t start_of(const struct pvhb_elf *elf, const struct pvhb_elf_phdr *phdr,
			 const struct pvhboot_segment *segment)
{
	/* in an ELF32 image addresses have 32 bits */
	return elf->elf_class == 64 ? START_KERNEL_MAP_64 + segment->gpa : (uint32_t)phdr->vaddr;
}

static bool is_behind(struct ends ends, const struct pvhboot_segment *segment, uint64_t start)
{
	return start >= ends.target && (segment->bytes.size == 0 || segment->offset >= ends.offset);
}

/* Of a segment that is not behind the others. */
static enum pvhboot_status fail_order(struct pvhb_at at, struct ends ends,
				      const struct pvhboot_segment *segment, uint64_t start,
				      struct pvhboot_diag *diag)
{
	if (start < ends.target)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, start, ends.target,
				 "segments that ascend, of a kernel with relocations");
	return pvhb_fail(diag, PVHBOOT_MALFORMED, at, segment->offset, ends.offset,
			 "segments that ascend in the file, behind the program headers, of "
			 "a kernel with relocations");
}

/* The bytes of a segment that the file has. Where it has none, the offset is not used. */
static struct window window_of(const struct pvhboot_segment *segment, uint64_t start)
{
	return (struct window){ start, start + segment->bytes.size, segment->offset };
}

/* No byte of the file is in two windows, where it would be changed twice. Program headers are in
 * none, so that the kernel has the same segments afterwards, nor are the relocations. */
static enum pvhboot_status read_windows(const struct pvhboot_kernel *kernel,
					struct pvhboot_buffer image, struct windows *out,
					struct pvhboot_diag *diag)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	uint64_t phsize = (uint64_t)elf.tables.phnum * elf.tables.phentsize;
	struct ends ends = { 0, elf.tables.phoff + phsize };
	struct windows windows = no_windows();
	uint32_t i, n = 0;

	elf.image.data = image.data;
	elf.image.size = (size_t)kernel->linux_boot.relocs.offset;
	//@ WINDOWS(loop invariant); loop assigns i, n, ends, windows;
	for (i = 0; i < elf.tables.phnum; i++) {
		struct pvhb_at at = pvhb_segment_where(&elf, i);
		struct pvhboot_segment segment;
		struct pvhb_elf_phdr phdr;
		uint64_t start;

		pvhb_elf_core_phdr(&elf, i, &phdr);
		if (!pvhb_segment_is_loadable(&phdr))
			continue;
		if (n == MAX_SEGMENTS)
			return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_in_count(at), kernel->n_segments,
					 MAX_SEGMENTS,
					 "segments of a kernel with relocations <= 16");
		/* all this held when the image was opened */
		if (pvhb_segment_check(&elf, i, &phdr, &segment, NULL) != PVHBOOT_OK ||
		    segment.gpa + segment.size > kernel->end)
			return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at,
					       "the segment that the image was opened with");
		start = start_of(&elf, &phdr, &segment);
		if (!is_behind(ends, &segment, start))
			return fail_order(at, ends, &segment, start, diag);
		windows.at[n++] = window_of(&segment, start);
		ends.target = start + segment.size;
		if (segment.bytes.size != 0)
			ends.offset = segment.offset + segment.bytes.size;
	}
	*out = windows;
	//@ assert COPIED(out);
	return PVHBOOT_OK;
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
	struct map map;

	if (kernel == NULL || elf.data == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "kernel and elf.data that are not NULL");
	if (kernel->linux_boot.relocs.offset == 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "a kernel with relocations");
	if (elf.size != kernel->elf.size)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at), elf.size, kernel->elf.size,
				 "elf.size = size of the kernel's image");
	map.image = elf;
	status = check_slide(kernel, slide, diag);
	if (status == PVHBOOT_OK)
		status = read_windows(kernel, elf, &map.windows, diag);
	if (status == PVHBOOT_OK)
		status =
			check_lists(&map, start_lists(elf, kernel->linux_boot.relocs, slide), diag);
	if (status == PVHBOOT_OK)
		status =
			apply_lists(&map, start_lists(elf, kernel->linux_boot.relocs, slide), diag);
	return status;
}
