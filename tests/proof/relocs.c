/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/relocs.c */

#include "opening.h"

/* Of values of some width that start in [start, end), by the words that name them, all bytes lie
 * in an image of this size, the first of them at offset. No word reaches 4 GiB. */
#define VALUES(targets, width, image_size)                                                         \
	((targets).start >= PVHB_4GIB || (targets).start == (targets).end ||                       \
	 ((targets).start < (targets).end &&                                                       \
	  within(image_size, (targets).offset, (targets).end - (targets).start + (width) - 1)))

/* Words reach nothing of this window. */
#define SENTINEL(window) ((window).start == PVHB_4GIB && (window).end == UINT64_MAX)

/* Words that are not read yet, and the next target. */
#define LIST(list)                                                                                 \
	(((list).width == 4 || (list).width == 8) &&                                               \
	 ((list).n_left == 0 || \valid_read((list).at + (0 .. 4 * (list).n_left - 1))) &&          \
	 ((list).target <= UINT32_MAX || (list).target == UINT64_MAX))

#define LISTS(lists) (\forall integer k; 0 <= k < MAX_LISTS ==> LIST((lists).at[k]))

/* The bytes of an image, which a walk writes. The walk does not leave the windows, and the last one
 * has no targets. */
#define BYTES(image) (image).data[0 .. (image).size - 1]
#define TARGETS(word)                                                                              \
	word walk.window < MAX_SEGMENTS ||                                                         \
		(walk.window == MAX_SEGMENTS && targets.end > UINT32_MAX);                         \
	word VALUES(targets, walk.list.width, map->image.size) && LIST(walk.list)
#define WALKS_LISTS (walk.window <= MAX_SEGMENTS && LISTS(lists))

/* The words of n lists are counted, up to word number at. */
#define COUNTS(word, n)                                                                            \
	word n <= MAX_LISTS && at <= tail.size / WORD;                                             \
	word n + counts[0] + counts[1] + counts[2] == at;                                          \
	word \forall integer k; n <= k < MAX_LISTS ==> counts[k] == 0

#define SENTINELS(n) \forall integer k; 0 <= k < n ==> SENTINEL(windows.at[k])
#define WINDOWS(word)                                                                              \
	word n <= MAX_SEGMENTS && SENTINEL(windows.at[MAX_SEGMENTS]);                              \
	word \forall integer k; 0 <= k <= MAX_SEGMENTS ==> VALUES(windows.at[k], 1, image.size)
/* A struct is equal in all its windows. (Provers do not see it alone.) */
#define COPIED(out)                                                                                \
	\forall integer k; 0 <= k <= MAX_SEGMENTS ==> \let all = *out; all.at[k] == out->at[k]

#include "../../lib/kernel/relocs.c"

/*@
  predicate window(struct window w, integer image_size) = VALUES(w, 1, image_size);
  predicate windows(struct windows *w, integer image_size) =
    (\forall integer i; 0 <= i <= MAX_SEGMENTS ==> window(w->at[i], image_size)) &&
    SENTINEL(w->at[MAX_SEGMENTS]);
  predicate image(struct pvhboot_buffer b) = b.size == 0 || \valid(b.data + (0 .. b.size - 1));
  predicate map(struct map *m) =
    \valid_read(m) && image(m->image) && windows(&m->windows, m->image.size) &&
    \separated(m, m->image.data + (0 .. m->image.size - 1));
  predicate walk(struct walk w) = LIST(w.list) && w.window <= MAX_SEGMENTS;
  predicate lists(struct lists l) = LISTS(l);
  predicate apart(struct map *m, struct pvhboot_diag *diag) = optional(diag) &&
    \separated(diag, m, m->image.data + (0 .. m->image.size - 1));
*/

/* ---- Finding --------------------------------------------------------------------- */

/*@ requires \valid_read(elf) && end <= elf->image.size;
    assigns \nothing;
    ensures end <= \result <= elf->image.size;
    ensures size != 0 && within(elf->image.size, offset, size) ==> offset + size <= \result; */
static uint64_t later_end(const struct pvhb_elf *elf, uint64_t end, uint64_t offset, uint64_t size);

/*@ requires \valid_read(elf) && elf_at(elf);
    assigns \nothing;
    ensures \result <= elf->image.size;
    ensures table(\result, elf->tables.phoff, elf->tables.phnum, elf->tables.phentsize,
                  phdr_size(elf->elf_class)); */
uint64_t pvhb_relocs_offset(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf);

/*@ requires bytes(tail) && tail.size <= UINT32_MAX && first <= tail.size / 4;
    assigns \nothing;
    ensures first + \result <= tail.size / 4; */
static uint32_t count_words(struct pvhboot_bytes tail, uint32_t first);

/*@ requires bytes(tail) && \valid(counts + (0 .. MAX_LISTS - 1));
    requires counts[0] == 0 && counts[1] == 0 && counts[2] == 0;
    assigns counts[0 .. MAX_LISTS - 1];
    ensures \result <= MAX_LISTS;
    ensures \result != 0 ==>
      4 * (\result + counts[0] + counts[1] + counts[2]) <= tail.size; */
static uint32_t count_lists(struct pvhboot_bytes tail, uint32_t counts[MAX_LISTS]);

/*@ requires bytes(tail) && \valid(out) && out->n_64 == 0 && out->n_inverse == 0;
    assigns out->offset, out->n_64, out->n_inverse, out->n_32;
    ensures \result ==> out->offset == offset;
    ensures \result ==> relocs(*out, offset + tail.size);
    ensures !\result ==> out->offset == \old(out->offset); */
static bool read_lists(bool is64, struct pvhboot_bytes tail, uint64_t offset,
		       struct pvhboot_relocs *out);

/* ---- Relocating ------------------------------------------------------------------ */

/*@ requires LIST(list);
    assigns \nothing;
    ensures LIST(\result);
    ensures \result.width == list.width; */
static struct list next_word(struct list list);

/*@ requires \valid_read(map) && walk.window <= MAX_SEGMENTS && optional(diag);
    requires \separated(map, diag);
    assigns *diag; */
static enum pvhboot_status fail_target(const struct map *map, struct walk walk,
				       struct pvhboot_diag *diag);

/*@ requires width == 4 || width == 8;
    requires \valid(value + (0 .. width - 1));
    assigns value[0 .. width - 1]; */
static void add(uint8_t *value, uint32_t width, uint64_t slide);

/*@ requires width == 4 || width == 8;
    assigns \nothing;
    ensures \forall integer size; window(window, size) ==> VALUES(\result, width, size);
    ensures SENTINEL(window) ==> \result.end > UINT32_MAX; */
static struct window targets_in(struct window window, uint32_t width);

/*@ requires map(map) && walk(walk);
    assigns BYTES(map->image);
    ensures walk(\result); */
static struct walk walk_list(const struct map *map, struct walk walk, uint64_t limit, bool applies);

/*@ assigns \nothing;
    ensures \result < MAX_LISTS; */
static uint32_t lowest_of(struct lists lists);

/*@ requires one < MAX_LISTS;
    assigns \nothing; */
static uint64_t lowest_beside(struct lists lists, uint32_t one);

/*@ requires map(map) && lists(lists) && apart(map, diag);
    assigns BYTES(map->image), *diag;
    ensures \result == PVHBOOT_OK ==> map(map); */
static enum pvhboot_status check_lists(const struct map *map, struct lists lists,
				       struct pvhboot_diag *diag);

/*@ requires map(map) && lists(lists) && apart(map, diag);
    assigns BYTES(map->image), *diag; */
static enum pvhboot_status apply_lists(const struct map *map, struct lists lists,
				       struct pvhboot_diag *diag);

/*@ requires width == 4 || width == 8;
    requires n == 0 || \valid_read(at + (0 .. 4 * n - 1));
    assigns \nothing;
    ensures LIST(\result); */
static struct list start_list(const uint8_t *at, uint32_t n, uint32_t width, uint64_t slide);

/*@ requires image(image) && relocs(relocs, image.size);
    assigns \nothing;
    ensures lists(\result); */
static struct lists start_lists(struct pvhboot_buffer image, struct pvhboot_relocs relocs,
				uint64_t slide);

/*@ assigns \nothing;
    ensures \forall integer i; 0 <= i <= MAX_SEGMENTS ==> SENTINEL(\result.at[i]); */
static struct windows no_windows(void);

/*@ requires \valid_read(elf) && \valid_read(phdr) && \valid_read(segment) && segment(*segment);
    assigns \nothing;
    ensures \result <= START_KERNEL_MAP_64 + PVHB_4GIB; */
static uint64_t start_of(const struct pvhb_elf *elf, const struct pvhb_elf_phdr *phdr,
			 const struct pvhboot_segment *segment);

/*@ requires \valid_read(segment);
    assigns \nothing; */
static bool is_behind(struct ends ends, const struct pvhboot_segment *segment, uint64_t start);

/*@ requires \valid_read(segment) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_MALFORMED; */
static enum pvhboot_status fail_order(struct pvhb_at at, struct ends ends,
				      const struct pvhboot_segment *segment, uint64_t start,
				      struct pvhboot_diag *diag);

/*@ requires \valid_read(segment) && segment(*segment);
    requires start <= START_KERNEL_MAP_64 + PVHB_4GIB;
    assigns \nothing;
    ensures \forall integer size; segment->bytes.size == 0 ||
      within(size, segment->offset, segment->bytes.size) ==> window(\result, size); */
static struct window window_of(const struct pvhboot_segment *segment, uint64_t start);

/*@ requires \valid_read(kernel) && image(image) && \valid(out) && optional(diag);
    requires \separated(kernel, out, diag);
    requires relocs(kernel->linux_boot.relocs, image.size) && relocs_behind(kernel);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> windows(out, image.size); */
static enum pvhboot_status read_windows(const struct pvhboot_kernel *kernel,
					struct pvhboot_buffer image, struct windows *out,
					struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel) && optional(diag) && \separated(kernel, diag);
    assigns *diag; */
static enum pvhboot_status check_slide(const struct pvhboot_kernel *kernel, uint64_t slide,
				       struct pvhboot_diag *diag);
