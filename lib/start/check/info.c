/* SPDX-License-Identifier: MIT */
/* The start_info with what it points at: the command line, and the modules with theirs. */

#include "checking.h"

#include "../../base/span.h"

#define KNOWN_FLAGS 0xff1fu /* SIF_* of xen/include/public/xen.h, SIF_PM_MASK included */

/* False: there is no start_info. */
static bool read_info(struct pvhb_start_checking *c, struct pvhb_at at)
{
	uint32_t magic;
	int result;

	if (!pvhb_start_fetch(&c->start, &magic, &result)) {
		pvhb_start_found_unreadable(c, at, pvhb_start_size(c->start.version), result);
		return false;
	}
	if (magic != PVHBOOT_WIRE_START_MAGIC) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, magic, PVHBOOT_WIRE_START_MAGIC,
				 "the magic of a start_info");
		return false;
	}
	return true;
}

static void check_fields(struct pvhb_start_checking *c, struct pvhb_at at)
{
	if (c->start.version > 1)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, pvhb_in_count(at), c->start.version,
				 1, "version 0 or 1");
	if ((c->start.flags & ~KNOWN_FLAGS) != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, c->start.flags, KNOWN_FLAGS,
				 "no flags but SIF_*");
	pvhb_start_reserved(c, at, c->start.reserved);
}

bool pvhb_start_check_info(struct pvhb_start_checking *c)
{
	struct pvhb_at at = pvhb_start_at_info(c);

	if (!read_info(c, at))
		return false;
	pvhb_start_place(c, at, c->start.gpa, pvhb_start_size(c->start.version));
	check_fields(c, at);
	return true;
}

size_t pvhb_start_check_text(struct pvhb_start_checking *c, struct pvhb_at at)
{
	const struct pvhboot_buffer buffer = { c->work->text, sizeof(c->work->text) };
	const struct pvhb_start_text text = pvhb_start_fetch_text(c->start.memory, at, buffer);

	switch (text.status) {
	case PVHBOOT_OK:
		pvhb_start_place(c, at, at.offset, text.size);
		return text.size - 1;
	case PVHBOOT_NOSPACE:
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at,
				       "a NUL within the first 16384 bytes");
		return 0;
	default: /* it cannot be read, or runs up to 2^64 */
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, text.fault.at, text.fault.found,
				 text.fault.bound, text.fault.rule);
		return 0;
	}
}

_Static_assert(PVHBOOT_START_CHECK_TEXT == 16384, "as the rule above says");

void pvhb_start_check_cmdline(struct pvhb_start_checking *c)
{
	struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_CMDLINE, c->start.cmdline);

	if (c->start.cmdline == 0)
		pvhb_start_found_guest(c, PVHB_GUEST_CMDLINE, pvhb_start_at_info(c), 0);
	else
		pvhb_start_at_most(c, PVHB_GUEST_CMDLINE_SIZE, at, pvhb_start_check_text(c, at));
}

static void check_module_place(struct pvhb_start_checking *c, struct pvhb_at at,
			       const struct pvhboot_listed_module *module)
{
	if (module->size == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at, "a module of at least 1 byte");
	else if (module->gpa == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at, "an address above 0");
	else
		pvhb_start_place(c, at, module->gpa, module->size);
}

static void check_module_cmdline(struct pvhb_start_checking *c, uint32_t i, struct pvhb_at at,
				 uint64_t cmdline)
{
	if (cmdline != 0)
		pvhb_start_check_text(c,
				      pvhb_start_at_element(PVHBOOT_SUBJECT_CMDLINE, i, cmdline));
	else if (i == 0) /* of the others FreeBSD reads none */
		pvhb_start_found_guest(c, PVHB_GUEST_FIRST_CMDLINE, at, 0);
}

static void check_module(struct pvhb_start_checking *c, uint32_t i, struct pvhb_at at,
			 struct pvhboot_listed_module module)
{
	pvhb_start_reserved(c, at, module.reserved);
	check_module_place(c, at, &module);
	check_module_cmdline(c, i, at, module.cmdline);
}

static void check_each_module(struct pvhb_start_checking *c, uint32_t n)
{
	uint32_t i;

	//@ PLACES(loop invariant, 2 * i); loop invariant i <= n; loop assigns i, PLACED;
	for (i = 0; i < n; i++) {
		struct pvhb_at at = pvhb_start_at_element(
			PVHBOOT_SUBJECT_MODULE, i,
			c->start.modules + PVHBOOT_WIRE_MODULE_SIZE * (uint64_t)i);
		struct pvhboot_listed_module module;
		int result;

		if (!pvhb_start_fetch_module(&c->start, i, &module, &result)) {
			pvhb_start_found_unreadable(c, at, PVHBOOT_WIRE_MODULE_SIZE, result);
			return;
		}
		check_module(c, i, at, module);
	}
}

/* So many are looked at. */
static void check_number(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n)
{
	pvhb_start_at_most(c, PVHB_GUEST_ONE_MODULE, at, c->start.n_modules);
	pvhb_start_at_most(c, PVHB_GUEST_MAX_MODULES, at, c->start.n_modules);
	pvhb_start_looked_at(c, at, c->start.n_modules, n, "no more modules than are checked here");
}

static void check_list(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n)
{
	check_number(c, at, n);
	check_each_module(c, n);
}

void pvhb_start_check_modules(struct pvhb_start_checking *c)
{
	struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_LIST, c->start.modules);
	uint32_t n = (uint32_t)pvhb_min(c->start.n_modules, PVHBOOT_START_CHECK_MODULES);

	if (n == 0) {
		pvhb_start_at_most(c, PVHB_GUEST_NO_LIST, at, c->start.modules);
		return;
	}
	if (pvhb_start_place_list(c, at, c->start.n_modules, PVHBOOT_WIRE_MODULE_SIZE))
		check_list(c, at, n);
}
