/* SPDX-License-Identifier: MIT */
/* Contracts of lib/start/check/. */
#ifndef PROOF_CHECKING_H
#define PROOF_CHECKING_H

#include "range.h"
#include "start.h"

#include "../../lib/start/check/checking.h"

/* What is written where a finding is reported, where something is kept, where an entry of the map
 * is added, and where n elements are sorted: for lines `assigns`. */
#define FINDINGS(c)                                                                                \
	(c)->report->n_findings, (c)->report->n_errors, (c)->report->n_warnings,                   \
		(c)->report->n_notes,                                                              \
		(c)->report->findings[0 .. (c)->report->max_findings - 1]
#define EXTENTS(c) (c)->n_extents, (c)->work->extents[0 .. PVHB_START_MAX_EXTENTS - 1]
#define ENTRIES(c)                                                                                 \
	(c)->n_entries, (c)->work->entries[0 .. PVHBOOT_START_CHECK_MAP - 1], (c)->ram.n,          \
		(c)->work->ram[0 .. PVHBOOT_START_CHECK_MAP - 1]
#define TEXT(c) (c)->work->text[0 .. PVHBOOT_START_CHECK_TEXT - 1]
#define SORTED(at, n) ((uint8_t *)(at))[0 .. (n) * sizeof(*(at)) - 1]

/* The same for lines `loop assigns`, which must name what they write by what it was before. */
#define LOOP_FINDINGS(c)                                                                           \
	\at((c)->report, Pre)->n_findings, \at((c)->report, Pre)->n_errors,                        \
		\at((c)->report, Pre)->n_warnings, \at((c)->report, Pre)->n_notes,                 \
		\at((c)->report->findings, Pre)[0 .. \at((c)->report->max_findings, Pre) - 1]
#define LOOP_EXTENTS(c)                                                                            \
	(c)->n_extents, \at((c)->work, Pre)->extents[0 .. PVHB_START_MAX_EXTENTS - 1]
#define LOOP_TEXT(c) \at((c)->work, Pre)->text[0 .. PVHBOOT_START_CHECK_TEXT - 1]
#define LOOP_ENTRIES(c)                                                                            \
	(c)->n_entries, \at((c)->work, Pre)->entries[0 .. PVHBOOT_START_CHECK_MAP - 1],            \
		(c)->ram.n, \at((c)->work, Pre)->ram[0 .. PVHBOOT_START_CHECK_MAP - 1]

/* What stays as it was where a finding is reported: one property each, as provers want it. The word
 * is `ensures` or `loop invariant`. */
#define FOUND(word)                                                                                \
	word checking(c); word kept{Pre, Here}(c); word c->n_extents == \at(c->n_extents, Pre)

/* What a loop writes that adds entries of the map, and what stays as it was behind each. */
#define GROWN LOOP_FINDINGS(c), LOOP_ENTRIES(c), c->start.n_map
#define GROWS(word)                                                                                \
	word checking(c); word mapping{Pre, Here}(c);                                              \
	word c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;                            \
	word c->n_extents == \at(c->n_extents, Pre)

/*@
  predicate report(struct pvhboot_start_report *r) =
    \valid(r) &&
    (r->max_findings == 0 || \valid(r->findings + (0 .. r->max_findings - 1))) &&
    \separated(r, r->findings + (0 .. r->max_findings - 1));

  // Where something lies; and the same memory, as the bytes that sorting moves.
  predicate extents(struct pvhb_extent *e, integer n) =
    \valid(e + (0 .. n - 1)) &&
    \valid((uint8_t *)e + (0 .. n * sizeof(struct pvhb_extent) - 1));

  // A check in the making.
  predicate checking(struct pvhb_start_checking *c) =
    \valid(c) && \valid_read(c->start.memory) && report(c->report) && \valid(c->work) &&
    bytes(c->params) && c->n_extents <= PVHB_START_MAX_EXTENTS &&
    c->ram.at == &c->work->ram[0] && c->ram.n <= c->n_entries <= PVHBOOT_START_CHECK_MAP &&
    \separated(c, c->report, c->work) && \separated(c, c->start.memory) &&
    \separated(c->work, c->start.memory) &&
    \separated(c, c->report->findings + (0 .. c->report->max_findings - 1));

  // There is room for n more places.
  predicate room(struct pvhb_start_checking *c, integer n) =
    c->n_extents + n <= PVHB_START_MAX_EXTENTS;

  // What is done moves none of what it leads to. (Provers do not see it alone where a function has
  // arrays of its own: at its end they would have to see again that all others are still valid.)
  predicate fixed{A, B}(struct pvhb_start_checking *c) =
    \at(c->start.memory, A) == \at(c->start.memory, B) &&
    \at(c->work, A) == \at(c->work, B) && \at(c->report, A) == \at(c->report, B) &&
    \at(c->report->findings, A) == \at(c->report->findings, B) &&
    \at(c->report->max_findings, A) == \at(c->report->max_findings, B);
  // Nor what is known of the map, and of the boot_params.
  predicate kept{A, B}(struct pvhb_start_checking *c) =
    fixed{A, B}(c) && \at(c->params, A) == \at(c->params, B) &&
    \at(c->n_entries, A) == \at(c->n_entries, B) &&
    \at(c->ram.n, A) == \at(c->ram.n, B) &&
    \at(c->start.n_map, A) == \at(c->start.n_map, B);
  // The same where entries of the map are added.
  predicate mapping{A, B}(struct pvhb_start_checking *c) =
    fixed{A, B}(c) && \at(c->params, A) == \at(c->params, B);

  // What holds in a loop: at most n more places are kept than before.
  predicate going{A, B}(struct pvhb_start_checking *c, integer n) =
    checking{B}(c) && kept{A, B}(c) && \at(c->n_extents, B) <= \at(c->n_extents, A) + n;
  // The same where entries are added.
  predicate adding{A, B}(struct pvhb_start_checking *c, integer n) =
    checking{B}(c) && mapping{A, B}(c) &&
    \at(c->n_entries, B) <= \at(c->start.n_map, B) <= PVHBOOT_START_CHECK_MAP &&
    \at(c->n_extents, B) <= \at(c->n_extents, A) + n;
*/

/* ---- check.c ------------------------------------------------------------------------------- */

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_report(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		       uint32_t guests, struct pvhboot_finding finding);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_found(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_found_plain(struct pvhb_start_checking *c, enum pvhboot_severity severity,
			    struct pvhb_at at, const char *rule);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_found_unreadable(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t size,
				 int result);

/*@ requires checking(c) && rule < PVHB_N_GUEST_RULES;
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_found_guest(struct pvhb_start_checking *c, enum pvhb_guest_rule rule,
			    struct pvhb_at at, uint64_t found);

/*@ requires checking(c) && rule < PVHB_N_GUEST_RULES;
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_at_most(struct pvhb_start_checking *c, enum pvhb_guest_rule rule, struct pvhb_at at,
			uint64_t found);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_looked_at(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t total,
			  uint32_t n, const char *rule);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_reserved(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t reserved);

/* ---- checking.h ---------------------------------------------------------------------------- */

/*@ assigns \nothing;
    ensures \result.offset == gpa; */
static inline struct pvhb_at pvhb_start_at(enum pvhboot_subject subject, uint64_t gpa);

/*@ assigns \nothing;
    ensures \result.offset == gpa; */
static inline struct pvhb_at pvhb_start_at_element(enum pvhboot_subject subject, uint32_t index,
						   uint64_t gpa);

/*@ requires \valid_read(c);
    assigns \nothing; */
static inline struct pvhb_at pvhb_start_at_info(const struct pvhb_start_checking *c);

/* ---- info.c -------------------------------------------------------------------------------- */

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), c->start.version, c->start.flags, c->start.n_modules,
      c->start.modules, c->start.cmdline, c->start.rsdp, c->start.map, c->start.n_map,
      c->start.reserved;
    ensures checking(c);
    ensures fixed{Pre, Here}(c) && c->n_entries == \old(c->n_entries);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
bool pvhb_start_check_info(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
void pvhb_start_check_cmdline(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, 2 * PVHBOOT_START_CHECK_MODULES + 1);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 2 * PVHBOOT_START_CHECK_MODULES + 1; */
void pvhb_start_check_modules(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
size_t pvhb_start_check_text(struct pvhb_start_checking *c, struct pvhb_at at);

/* ---- map.c --------------------------------------------------------------------------------- */

/*@ requires checking(c) && room(c, 1) && c->n_entries == 0;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
void pvhb_start_check_map(struct pvhb_start_checking *c);

/*@ requires checking(c) && c->n_entries < PVHBOOT_START_CHECK_MAP && \valid_read(entry);
    assigns FINDINGS(c), ENTRIES(c);
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->start.n_map == \old(c->start.n_map);
    ensures c->n_entries <= \old(c->n_entries) + 1;
    ensures c->n_extents == \old(c->n_extents); */
void pvhb_start_check_entry(struct pvhb_start_checking *c, struct pvhb_at at,
			    const struct pvhboot_map_entry *entry);

/*@ requires checking(c);
    assigns FINDINGS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents); */
void pvhb_start_check_entries(struct pvhb_start_checking *c, struct pvhb_at at, bool all);

/* ---- boot_params.c, setup_data.c, paging.c ------------------------------------------------- */

/*@ requires checking(c) && room(c, PVHBOOT_START_CHECK_SETUP_DATA + 4);
    requires c->n_entries == 0 && c->start.n_map == 0;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c), c->params,
      c->may_be_high, c->start.rsdp, c->start.n_map,
      c->work->params[0 .. PVHBOOT_BOOT_PARAMS_SIZE - 1];
    ensures checking(c);
    ensures fixed{Pre, Here}(c);
    ensures \result ==> c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    ensures c->n_extents <= \old(c->n_extents) + PVHBOOT_START_CHECK_SETUP_DATA + 4; */
bool pvhb_start_check_boot_params(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, 1) && \valid_read(cpu);
    requires c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
void pvhb_start_keep_kernel(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
    requires bytes(entry) && entry.size == PVHBOOT_E820_ENTRY_SIZE;
    assigns FINDINGS(c), ENTRIES(c), c->start.n_map;
    ensures checking(c);
    ensures c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents); */
bool pvhb_start_check_e820_entry(struct pvhb_start_checking *c, uint64_t gpa,
				 struct pvhboot_bytes entry);

/*@ requires checking(c) && room(c, PVHBOOT_START_CHECK_SETUP_DATA);
    requires c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
    requires c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), c->start.n_map;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + PVHBOOT_START_CHECK_SETUP_DATA; */
bool pvhb_start_check_setup_data(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, PVHBOOT_START_CHECK_TABLES) && \valid_read(cpu);
    assigns FINDINGS(c), EXTENTS(c), SORTED(c->work->extents, PVHB_START_MAX_EXTENTS);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + PVHBOOT_START_CHECK_TABLES; */
void pvhb_start_check_paging(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/* ---- rsdp.c, registers.c, places.c --------------------------------------------------------- */

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
void pvhb_start_check_rsdp(struct pvhb_start_checking *c);

/*@ requires checking(c) && \valid_read(cpu);
    assigns FINDINGS(c);
    FOUND(ensures); */
void pvhb_start_check_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && room(c, 1) && \valid_read(cpu);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
void pvhb_start_check_linux_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && room(c, 1);
    assigns EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents) + 1; */
void pvhb_start_keep(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa, uint64_t size);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
bool pvhb_start_place(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa,
		      uint64_t size);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
bool pvhb_start_place_list(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t n,
			   uint64_t element_size);

/*@ requires n <= PVHBOOT_START_CHECK_MAP && extents(extents, n);
    assigns extents[0 .. n - 1], ((uint8_t *)extents)[0 .. n * sizeof(struct pvhb_extent) - 1]; */
void pvhb_start_sort(struct pvhb_extent *extents, size_t n);

/*@ requires checking(c);
    assigns FINDINGS(c), EXTENTS(c), SORTED(c->work->extents, PVHB_START_MAX_EXTENTS);
    ensures checking(c); */
void pvhb_start_check_places(struct pvhb_start_checking *c);

#endif
