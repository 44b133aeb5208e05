/* SPDX-License-Identifier: MIT */
/*
 * What known guests want beyond what the ABI says: one row a rule. The planner warns of the
 * rules that its plan breaks, and the check of a start_info reports those that anybody's
 * breaks, both by this table. The sources are named beside PVHBOOT_FOR_LINUX in entry.h.
 */
#ifndef PVHB_GUESTS_H
#define PVHB_GUESTS_H

#include <pvhboot/entry.h>

#include "../base/env.h"

/* As much as older versions of Linux map when they read a start_info. */
#define PVHB_LINUX_OLD_MAPPED ((uint64_t)1 << 30)

enum pvhb_guest_rule {
	PVHB_GUEST_MAP,           /* there is a memory map */
	PVHB_GUEST_MAP_ENTRIES,   /* at most so many */
	PVHB_GUEST_CMDLINE_SIZE,  /* at most so many bytes, without the NUL */
	PVHB_GUEST_LOW,           /* start_info, lists and command line end so low */
	PVHB_GUEST_32_BITS,       /* modules end so low; and all else, where a host puts it */
	PVHB_GUEST_FREE_BEHIND,   /* at least so many bytes are free */
	PVHB_GUEST_RSDP,          /* there is one */
	PVHB_GUEST_MAX_MODULES,   /* at most so many */
	PVHB_GUEST_ONE_MODULE,    /* at most one */
	PVHB_GUEST_CMDLINE,       /* there is one: every plan has it */
	PVHB_GUEST_NO_LIST,       /* no list without modules: no plan has it */
	PVHB_GUEST_FIRST_CMDLINE, /* of the first module, there is one: every plan has it */
	PVHB_N_GUEST_RULES
};

struct pvhb_guest_row {
	const char *rule;
	uint64_t bound;
	uint32_t guests;  /* PVHBOOT_FOR_* */
	uint8_t severity; /* of a finding: enum pvhboot_severity */
	uint8_t unit;     /* enum pvhboot_unit */
	bool has_numbers; /* else there is only "yes" or "no" */
};

extern const struct pvhb_guest_row pvhb_guest_rows[PVHB_N_GUEST_RULES];

#endif
