/* SPDX-License-Identifier: MIT */
/*
 * The chain of setup_data behind a boot_params.
 * Source: Linux Documentation/arch/x86/boot.rst; arch/x86/include/uapi/asm/setup_data.h.
 */

#include "checking.h"

#include "../../base/span.h"

#define LAST_TYPE 10u                /* SETUP_KEXEC_KHO */
#define INDIRECT ((uint32_t)1 << 31) /* the data says where it lies */
#define PROTOCOL 0x0209              /* the first one with setup_data */

/* False: not all of them were looked at. */
static bool check_e820_ext(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t size)
{
	uint64_t gpa = at.offset + PVHBOOT_SETUP_DATA_HEADER_SIZE;
	uint32_t rest = size;

	for (; rest >= PVHBOOT_E820_ENTRY_SIZE; rest -= PVHBOOT_E820_ENTRY_SIZE) {
		uint8_t copy[PVHBOOT_E820_ENTRY_SIZE];
		int result;

		if (!pvhb_memory_read(c->start.memory, gpa, copy, sizeof(copy), &result)) {
			at.offset = gpa;
			pvhb_start_found_unreadable(c, at, sizeof(copy), result);
			return false;
		}
		if (!pvhb_start_check_e820_entry(c, gpa,
						 (struct pvhboot_bytes){ copy, sizeof(copy) }))
			return false;
		gpa += sizeof(copy);
	}
	if (rest != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_bytes(at), size,
				 PVHBOOT_E820_ENTRY_SIZE, "whole entries in SETUP_E820_EXT");
	return true;
}

/* Whether the chain has been at this address. */
static bool comes_back(const struct pvhb_start_checking *c, uint64_t gpa)
{
	size_t i;

	for (i = 0; i < c->n_extents; i++) {
		if (c->work->extents[i].at.subject == PVHBOOT_SUBJECT_SETUP_DATA &&
		    c->work->extents[i].range.start == gpa)
			return true;
	}
	return false;
}

/* One of the chain, and then *next becomes the address of the one behind it. False: the chain
 * cannot be followed, or not all of it was looked at. */
static bool check_one(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t *next)
{
	uint8_t copy[PVHBOOT_SETUP_DATA_HEADER_SIZE];
	const struct pvhboot_bytes header = { copy, sizeof(copy) };
	uint32_t type, size;
	int result;

	if (!pvhb_memory_read(c->start.memory, at.offset, copy, sizeof(copy), &result)) {
		pvhb_start_found_unreadable(c, at, sizeof(copy), result);
		return false;
	}
	*next = pvhb_load64(header, 0);
	type = pvhb_load32(header, 8);
	size = pvhb_load32(header, 12);
	if ((type & ~INDIRECT) > LAST_TYPE)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, at, type, LAST_TYPE,
				 "a type of setup_data that is known here");
	if (!pvhb_start_place(c, at, at.offset, sizeof(copy) + (uint64_t)size))
		return false;
	return type != PVHBOOT_SETUP_DATA_E820_EXT || check_e820_ext(c, at, size);
}

bool pvhb_start_check_setup_data(struct pvhb_start_checking *c)
{
	const uint16_t protocol = pvhb_load16(c->params, PVHBOOT_BOOT_PARAMS_VERSION);
	uint64_t gpa = pvhb_load64(c->params, PVHBOOT_BOOT_PARAMS_SETUP_DATA);
	uint32_t i;

	for (i = 0; gpa != 0; i++) {
		const struct pvhb_at at = pvhb_start_at_element(PVHBOOT_SUBJECT_SETUP_DATA, i, gpa);

		if (i == 0 && protocol < PROTOCOL)
			pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, protocol, PROTOCOL,
					 "protocol 2.09 or later, which has setup_data");
		if (comes_back(c, gpa)) {
			pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at,
					       "a chain that does not come back to itself");
			return true; /* all that there is */
		}
		if (i == PVHBOOT_START_CHECK_SETUP_DATA) {
			pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at,
					       "no more of the chain than is checked here");
			return false;
		}
		if (!check_one(c, at, &gpa))
			return false;
	}
	return true;
}
