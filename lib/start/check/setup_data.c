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

/* False: they cannot be read. */
static bool read_bytes(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t *copy, size_t size)
{
	int result;

	if (pvhb_memory_read(c->start.memory, at.offset, copy, size, &result))
		return true;
	pvhb_start_found_unreadable(c, at, size, result);
	return false;
}

/* False: it cannot be read, or there were as many as are checked before it. */
static bool check_e820_at(struct pvhb_start_checking *c, struct pvhb_at at)
{
	uint8_t copy[PVHBOOT_E820_ENTRY_SIZE];

	if (!read_bytes(c, at, copy, sizeof(copy)))
		return false;
	return pvhb_start_check_e820_entry(c, at.offset,
					   (struct pvhboot_bytes){ copy, sizeof(copy) });
}

/* False: not all of them were looked at. */
static bool check_e820_entries(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n)
{
	uint32_t i;

	at.offset += PVHBOOT_SETUP_DATA_HEADER_SIZE;
	//@ GROWS(loop invariant); loop assigns i, at, GROWN;
	for (i = 0; i < n; i++) {
		if (!check_e820_at(c, at))
			return false;
		at.offset += PVHBOOT_E820_ENTRY_SIZE;
	}
	return true;
}

/* The same, with what is behind them. */
static bool check_e820_ext(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t size)
{
	if (!check_e820_entries(c, at, size / PVHBOOT_E820_ENTRY_SIZE))
		return false;
	if (size % PVHBOOT_E820_ENTRY_SIZE != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_bytes(at), size,
				 PVHBOOT_E820_ENTRY_SIZE, "whole entries in SETUP_E820_EXT");
	return true;
}

/* Whether the chain has been at this address. */
static bool comes_back(const struct pvhb_start_checking *c, uint64_t gpa)
{
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < c->n_extents; i++) {
		if (c->work->extents[i].at.subject == PVHBOOT_SUBJECT_SETUP_DATA &&
		    c->work->extents[i].range.start == gpa)
			return true;
	}
	return false;
}

struct header {
	uint64_t next;
	uint32_t type;
	uint32_t size; /* of the data behind it */
	bool is_read;  /* else it cannot be */
};

static struct header load_header(struct pvhboot_bytes bytes)
{
	return (struct header){ .next = pvhb_load64(bytes, 0),
				.type = pvhb_load32(bytes, 8),
				.size = pvhb_load32(bytes, 12),
				.is_read = true };
}

static struct header read_header(struct pvhb_start_checking *c, struct pvhb_at at)
{
	uint8_t copy[PVHBOOT_SETUP_DATA_HEADER_SIZE];

	if (!read_bytes(c, at, copy, sizeof(copy)))
		return (struct header){ 0 };
	return load_header((struct pvhboot_bytes){ copy, sizeof(copy) });
}

/* What it is, and where it lies. False: it can lie nowhere. */
static bool check_header(struct pvhb_start_checking *c, struct pvhb_at at, struct header header)
{
	if ((header.type & ~INDIRECT) > LAST_TYPE)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, at, header.type, LAST_TYPE,
				 "a type of setup_data that is known here");
	return pvhb_start_place(c, at, at.offset,
				PVHBOOT_SETUP_DATA_HEADER_SIZE + (uint64_t)header.size);
}

/* False: it can lie nowhere, or not all of it was looked at. */
static bool check_data(struct pvhb_start_checking *c, struct pvhb_at at, struct header header)
{
	if (!check_header(c, at, header))
		return false;
	return header.type != PVHBOOT_SETUP_DATA_E820_EXT || check_e820_ext(c, at, header.size);
}

/* How the chain goes on. */
struct link {
	uint64_t next; /* its address; 0: the chain ends here, or cannot be followed */
	bool is_all;   /* of it was looked at, so far */
};

static struct link check_one(struct pvhb_start_checking *c, struct pvhb_at at)
{
	const struct header header = read_header(c, at);

	if (!header.is_read || !check_data(c, at, header))
		return (struct link){ 0, false };
	return (struct link){ header.next, true };
}

/* It ends here: where it has been, or where no more of it is checked. */
static struct link end_chain(struct pvhb_start_checking *c, struct pvhb_at at, bool has_been)
{
	if (has_been)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at,
				       "a chain that does not come back to itself");
	else
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at,
				       "no more of the chain than is checked here");
	return (struct link){ 0, has_been };
}

/* Number i of the chain. */
static struct link check_link(struct pvhb_start_checking *c, uint32_t i, uint64_t gpa)
{
	const struct pvhb_at at = pvhb_start_at_element(PVHBOOT_SUBJECT_SETUP_DATA, i, gpa);
	const bool has_been = comes_back(c, gpa);

	if (has_been || i == PVHBOOT_START_CHECK_SETUP_DATA)
		return end_chain(c, at, has_been);
	return check_one(c, at);
}

/* From its first address on. False: not all of it was looked at. */
static bool check_chain(struct pvhb_start_checking *c, uint64_t gpa)
{
	struct link link = { gpa, true };
	uint32_t i;

	//@ CHAINS(loop invariant, TAKEN(i)); loop invariant LINKED(i); loop assigns i, link, CHAIN;
	for (i = 0; link.next != 0; i++)
		link = check_link(c, i, link.next);
	return link.is_all;
}

/* What is not 0 at gpa is the first of the chain. */
static void check_protocol(struct pvhb_start_checking *c, uint64_t gpa)
{
	const uint16_t protocol = pvhb_load16(c->params, PVHBOOT_BOOT_PARAMS_VERSION);

	if (gpa != 0 && protocol < PROTOCOL)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING,
				 pvhb_start_at_element(PVHBOOT_SUBJECT_SETUP_DATA, 0, gpa),
				 protocol, PROTOCOL,
				 "protocol 2.09 or later, which has setup_data");
}

bool pvhb_start_check_setup_data(struct pvhb_start_checking *c)
{
	const uint64_t gpa = pvhb_load64(c->params, PVHBOOT_BOOT_PARAMS_SETUP_DATA);

	check_protocol(c, gpa);
	return check_chain(c, gpa);
}
