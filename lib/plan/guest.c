/* SPDX-License-Identifier: MIT */
/* Warns of what the guests of a request want beyond the ABI, and its plan does not have. */

#include "planning.h"

#include "../base/span.h"
#include "../entry/guests.h"

static struct pvhb_at at_info(void)
{
	return pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO);
}

/* Whether the request names a guest that has this rule. */
static bool is_wanted(const struct pvhb_planning *p, enum pvhb_guest_rule rule)
{
	return (p->request->guests & pvhb_guest_rows[rule].guests) != 0;
}

static void warn(const struct pvhb_planning *p, enum pvhb_guest_rule rule, struct pvhb_at at,
		 uint64_t found)
{
	const struct pvhb_guest_row *row = &pvhb_guest_rows[rule];

	if (row->has_numbers)
		pvhb_warn(p->diag, pvhb_in((enum pvhboot_unit)row->unit, at), found, row->bound,
			  row->rule);
	else
		pvhb_warn_plain(p->diag, at, row->rule);
}

static void expect(const struct pvhb_planning *p, enum pvhb_guest_rule rule, bool holds)
{
	if (is_wanted(p, rule) && !holds)
		warn(p, rule, at_info(), 0);
}

static void expect_at_most(const struct pvhb_planning *p, enum pvhb_guest_rule rule,
			   struct pvhb_at at, uint64_t found)
{
	if (is_wanted(p, rule) && found > pvhb_guest_rows[rule].bound)
		warn(p, rule, at, found);
}

static void check_module_ends(const struct pvhb_planning *p)
{
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];

		if (place->kind == PVHBOOT_PLACE_MODULE)
			expect_at_most(p, PVHB_GUEST_32_BITS,
				       pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE,
						       place->index, place->gpa),
				       place->gpa + place->size);
	}
}

/* Where the last of the places ends that FreeBSD looks for: no blob, and 32 bits. */
static uint64_t last_end(const struct pvhb_planning *p)
{
	uint64_t end = p->kernel.end;
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];

		if (place->kind != PVHBOOT_PLACE_BLOB && place->gpa < PVHB_4GIB)
			end = pvhb_max(end, place->gpa + place->size);
	}
	return end;
}

static void check_free_behind(const struct pvhb_planning *p, const struct pvhb_holes *holes)
{
	const struct pvhb_guest_row *row = &pvhb_guest_rows[PVHB_GUEST_FREE_BEHIND];
	const struct pvhb_ranges free = { holes->at, holes->n };
	struct pvhboot_range wanted;
	uint64_t size;

	wanted.start = (last_end(p) + PVHB_PAGE_SIZE - 1) & ~(PVHB_PAGE_SIZE - 1); /* <= 4 GiB */
	wanted.end = wanted.start + row->bound;
	size = pvhb_ranges_first_gap(&free, wanted) - wanted.start;
	if (is_wanted(p, PVHB_GUEST_FREE_BEHIND) && size < row->bound)
		warn(p, PVHB_GUEST_FREE_BEHIND,
		     pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE, wanted.start), size);
}

/* What the entries of Linux have no room for. */
static void warn_for_linux(const struct pvhb_planning *p)
{
	uint32_t most = p->request->kernel->linux_boot.cmdline_size;
	struct pvhb_listed module = { .next = 0 };
	size_t n = 0;

	while (pvhb_info_next_module(p->request, &module))
		n++;
	if (n > 1)
		warn(p, PVHB_GUEST_ONE_MODULE, at_info(), n);
	if (p->request->cmdline.size > most)
		pvhb_warn(p->diag, pvhb_in_bytes(at_info()), p->request->cmdline.size, most,
			  "a command line that the kernel has room for; it cuts it off there");
}

void pvhb_plan_warn_for_guests(const struct pvhb_planning *p, const struct pvhb_block *block,
			       uint64_t info_at, const struct pvhb_holes *holes)
{
	const struct pvhboot_request *request = p->request;
	const struct pvhb_info_layout *info = &block->info;
	bool has_rsdp = request->rsdp != 0 || (request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB) != 0;
	/* Linux does not read what lies behind: command lines of modules */
	uint64_t read_end = info_at + info->cmdline + request->cmdline.size + 1;

	if (pvhb_entry_is_linux(p->entry.kind)) {
		warn_for_linux(p);
		return;
	}
	/* the environment reads the start_info, and no guest */
	if (p->entry.kind == PVHBOOT_ENTRY_EFI)
		return;
	/* whoever names no guest starts Linux as a rule */
	if (p->n_map > pvhb_guest_rows[PVHB_GUEST_MAP_ENTRIES].bound)
		warn(p, PVHB_GUEST_MAP_ENTRIES, pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP),
		     p->n_map);
	expect(p, PVHB_GUEST_MAP, info->version != 0);
	expect(p, PVHB_GUEST_RSDP, has_rsdp);
	expect_at_most(p, PVHB_GUEST_CMDLINE_SIZE, at_info(), request->cmdline.size);
	expect_at_most(p, PVHB_GUEST_LOW, at_info(), read_end);
	expect_at_most(p, PVHB_GUEST_MAX_MODULES, at_info(), info->n_modules);
	expect_at_most(p, PVHB_GUEST_ONE_MODULE, at_info(), info->n_modules);
	check_module_ends(p);
	check_free_behind(p, holes);
}
