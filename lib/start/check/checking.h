/* SPDX-License-Identifier: MIT */
/*
 * A check of a start state in the making: what has been read, what was found, and where
 * everything lies. Each rule stands where it is checked; start.h lists them all.
 */
#ifndef PVHB_START_CHECKING_H
#define PVHB_START_CHECKING_H

#include <pvhboot/wire/boot_params.h>

#include "../../base/diag.h"
#include "../../base/range.h"
#include "../../entry/guests.h"
#include "../start.h"

/* Guest memory that something lies in, and where its address stands. */
struct pvhb_extent {
	struct pvhboot_range range;
	struct pvhb_at at;
};

/* A module with its command line each; start_info, both lists, command line, RSDP, entry. Or
 * setup_data and page tables; boot_params, command line, initrd, RSDP, GDT, kernel. */
#define PVHB_START_MAX_EXTENTS (2 * PVHBOOT_START_CHECK_MODULES + 6)
_Static_assert(PVHBOOT_START_CHECK_SETUP_DATA + PVHBOOT_START_CHECK_TABLES <=
		       2 * PVHBOOT_START_CHECK_MODULES,
	       "those of a boot_params have room too");

/* What lies in the workspace. */
struct pvhb_start_work {
	/* Nothing asks for room before it keeps something: each thing that is counted above is
	 * kept once at most. */
	struct pvhb_extent extents[PVHB_START_MAX_EXTENTS];
	struct pvhb_extent entries[PVHBOOT_START_CHECK_MAP]; /* of the map */
	struct pvhboot_range ram[PVHBOOT_START_CHECK_MAP];
	uint8_t text[PVHBOOT_START_CHECK_TEXT]; /* a command line */
	uint8_t params[PVHBOOT_BOOT_PARAMS_SIZE];
};

struct pvhb_start_checking {
	struct pvhboot_start start;
	struct pvhboot_start_report *report;
	bool ram_is_known; /* all of the map was read, and it has RAM */
	bool may_be_high;  /* boot_params: above 4 GiB */

	struct pvhb_start_work *work;
	size_t n_extents; /* in use there */
	size_t n_entries;
	struct pvhb_ranges ram;      /* of the map, in work->ram */
	struct pvhboot_bytes params; /* the boot_params, in work->params; empty: a start_info */
};

/* check.c: what they find goes into the report. */

void pvhb_start_report(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		       uint32_t guests, struct pvhboot_finding finding);

/* A rule of the ABI does not hold. */
void pvhb_start_found(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule);
void pvhb_start_found_plain(struct pvhb_start_checking *c, enum pvhboot_severity severity,
			    struct pvhb_at at, const char *rule);
void pvhb_start_found_unreadable(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t size,
				 int result);

/* A rule of guests does not hold. */
void pvhb_start_found_guest(struct pvhb_start_checking *c, enum pvhb_guest_rule rule,
			    struct pvhb_at at, uint64_t found);

/* Whether it does, where it allows a number at most. */
void pvhb_start_at_most(struct pvhb_start_checking *c, enum pvhb_guest_rule rule, struct pvhb_at at,
			uint64_t found);

/* A note where only n of them are looked at. */
void pvhb_start_looked_at(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t total,
			  uint32_t n, const char *rule);

void pvhb_start_reserved(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t reserved);

static inline struct pvhb_at pvhb_start_at(enum pvhboot_subject subject, uint64_t gpa)
{
	return pvhb_at_offset(PVHBOOT_STAGE_START, subject, gpa);
}

static inline struct pvhb_at pvhb_start_at_element(enum pvhboot_subject subject, uint32_t index,
						   uint64_t gpa)
{
	return pvhb_at_element(PVHBOOT_STAGE_START, subject, index, gpa);
}

static inline struct pvhb_at pvhb_start_at_info(const struct pvhb_start_checking *c)
{
	return pvhb_start_at(PVHBOOT_SUBJECT_INFO, c->start.gpa);
}

/* info.c: the start_info, its command line, and the modules. False: there is no start_info. */
bool pvhb_start_check_info(struct pvhb_start_checking *c);
void pvhb_start_check_cmdline(struct pvhb_start_checking *c);
void pvhb_start_check_modules(struct pvhb_start_checking *c);

/* info.c: the command line at at.offset, which is not 0. Returns the length of the text. */
size_t pvhb_start_check_text(struct pvhb_start_checking *c, struct pvhb_at at);

/* map.c: the memory map, from which the RAM is known then. */
void pvhb_start_check_map(struct pvhb_start_checking *c);

/* map.c: the same in parts: one entry, of which there are at most PVHBOOT_START_CHECK_MAP; and
 * behind the last one, what they are together. all: none was left out. */
void pvhb_start_check_entry(struct pvhb_start_checking *c, struct pvhb_at at,
			    const struct pvhboot_map_entry *entry);
void pvhb_start_check_entries(struct pvhb_start_checking *c, struct pvhb_at at, bool all);

/* boot_params.c: the boot_params, its command line, initrd and map. False: there is no
 * boot_params. */
bool pvhb_start_check_boot_params(struct pvhb_start_checking *c);

/* boot_params.c: keeps where the kernel lies that is entered there. */
void pvhb_start_keep_kernel(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/* boot_params.c: an entry of 20 bytes of the map, which was read from gpa. False: there were as
 * many as are checked before it. */
bool pvhb_start_check_e820_entry(struct pvhb_start_checking *c, uint64_t gpa,
				 struct pvhboot_bytes entry);

/* setup_data.c: the chain, with those entries of the map that are in it. False: not all of it was
 * looked at. */
bool pvhb_start_check_setup_data(struct pvhb_start_checking *c);

/* rsdp.c */
void pvhb_start_check_rsdp(struct pvhb_start_checking *c);

/* registers.c: of an entry with a start_info; with a boot_params, and the GDT too. */
void pvhb_start_check_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);
void pvhb_start_check_linux_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/* paging.c: whether what was kept is mapped as far as the kernel needs that. */
void pvhb_start_check_paging(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/* places.c: keeps where something lies. */
void pvhb_start_keep(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa, uint64_t size);

/* places.c: the same, and checks the address as far as that needs no map. False: it wraps, so
 * nothing in it can be read. */
bool pvhb_start_place(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa,
		      uint64_t size);

/* places.c: the same for a list of n elements, whose address is at.offset. False: there is
 * nothing to read. */
bool pvhb_start_place_list(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t n,
			   uint64_t element_size);

/* places.c: by where they start. */
void pvhb_start_sort(struct pvhb_extent *extents, size_t n);

/* places.c: checks all that was kept against the map, and against each other. */
void pvhb_start_check_places(struct pvhb_start_checking *c);

#endif
