/* SPDX-License-Identifier: MIT */
/* The root of the ACPI tables: ACPI 6.5, table 5.3. */

#include "checking.h"

#include "../../base/span.h"

#define FIRST_SIZE 20 /* of ACPI 1.0, under the first checksum */
#define SIZE 36       /* from revision 2 on, under both */
#define REVISION 15
#define LENGTH 20

static uint8_t sum(const uint8_t *bytes, size_t size)
{
	unsigned total = 0;

	//@ loop invariant 0 <= size <= \at(size, Pre); loop assigns size, total;
	while (size > 0)
		total += bytes[--size];
	return (uint8_t)total;
}

/* The part that revision 2 adds. copy has the first. */
static void check_extended(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t *copy)
{
	const struct pvhboot_bytes bytes = { copy, SIZE };
	int result;

	if (!pvhb_memory_read(c->start.memory, c->start.rsdp + FIRST_SIZE, copy + FIRST_SIZE,
			      SIZE - FIRST_SIZE, &result))
		pvhb_start_found_unreadable(c, at, SIZE, result);
	else if (pvhb_load32(bytes, LENGTH) != SIZE)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_bytes(at),
				 pvhb_load32(bytes, LENGTH), SIZE, "the length of an RSDP");
	else if (sum(copy, SIZE) != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, sum(copy, SIZE), 0,
				 "all 36 bytes of the RSDP to add up to 0");
}

void pvhb_start_check_rsdp(struct pvhb_start_checking *c)
{
	struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_RSDP, c->start.rsdp);
	uint8_t copy[SIZE];
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };
	bool is_extended;
	int result;

	if (c->start.rsdp == 0) {
		pvhb_start_found_guest(c, PVHB_GUEST_RSDP, pvhb_start_at_info(c), 0);
		return;
	}
	if (!pvhb_memory_read(c->start.memory, c->start.rsdp, copy, FIRST_SIZE, &result)) {
		pvhb_start_found_unreadable(c, at, FIRST_SIZE, result);
		return;
	}
	is_extended = copy[REVISION] >= 2;
	pvhb_start_keep(c, at, c->start.rsdp,
			is_extended && c->start.rsdp <= UINT64_MAX - SIZE ? SIZE : FIRST_SIZE);
	if (!pvhb_equal(pvhb_slice(bytes, 0, 8), "RSD PTR ", 8)) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, pvhb_load64(bytes, 0),
				 UINT64_C(0x2052545020445352), "the signature 'RSD PTR '");
		return;
	}
	if (sum(copy, FIRST_SIZE) != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, sum(copy, FIRST_SIZE), 0,
				 "the first 20 bytes of the RSDP to add up to 0");
	if (is_extended)
		check_extended(c, at, copy);
}
