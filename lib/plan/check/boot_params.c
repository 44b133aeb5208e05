/* SPDX-License-Identifier: MIT */
/* The block of the Linux entries, read back as the kernel reads it. */

#include <pvhboot/wire/boot_params.h>

#include "../../base/span.h"
#include "../request.h"
#include "checking.h"

#define MAX_SETUP_DATA 2 /* as many as the block can have */

static struct pvhb_at at_block(const struct pvhb_check *c, uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO,
			      c->plan->start_info + offset);
}

static enum pvhboot_status malformed(const struct pvhb_check *c, uint64_t offset, const char *rule)
{
	return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_block(c, offset), rule);
}

/* The bytes at an address; none where they are not all in the block. An address below it wraps
 * to an offset far behind it, since the block lies below 4 GiB by then. */
static struct pvhboot_bytes bytes_at(const struct pvhb_check *c, uint64_t gpa, uint64_t size)
{
	uint64_t offset = gpa - c->plan->start_info;

	if (!pvhb_within(c->plan->info.size, offset, size))
		return (struct pvhboot_bytes){ NULL, 0 };
	return pvhb_slice(c->plan->info, offset, size);
}

static enum pvhboot_status check_cmdline(const struct pvhb_check *c)
{
	struct pvhboot_bytes wanted = c->request->cmdline;
	uint64_t gpa = pvhb_load_halves(c->plan->info, PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR,
					PVHBOOT_BOOT_PARAMS_EXT_CMD_LINE_PTR);
	struct pvhboot_bytes text = bytes_at(c, gpa, (uint64_t)wanted.size + 1);

	if (text.data == NULL ||
	    !pvhb_equal(pvhb_slice(text, 0, wanted.size), wanted.data, wanted.size) ||
	    pvhb_load8(text, wanted.size) != 0)
		return malformed(c, PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR,
				 "the address of the request's command line");
	return PVHBOOT_OK;
}

/* The first module that has bytes, and where they are joined all behind it. */
static enum pvhboot_status check_ramdisk(const struct pvhb_check *c)
{
	uint64_t gpa = pvhb_load_halves(c->plan->info, PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE,
					PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE);
	uint64_t size = pvhb_load_halves(c->plan->info, PVHBOOT_BOOT_PARAMS_RAMDISK_SIZE,
					 PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_SIZE);
	const struct pvhboot_place *first = NULL;
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < c->request->n_modules; i++) {
		const struct pvhboot_place *place = pvhb_check_find(c, PVHBOOT_PLACE_MODULE, i);

		if (place == NULL)
			continue;
		if (first == NULL)
			first = place;
		if (first == place || (c->request->flags & PVHBOOT_REQUEST_JOIN) != 0)
			end = place->gpa + c->request->modules[i].bytes.size;
	}
	if (first == NULL ? gpa != 0 || size != 0 : gpa != first->gpa || gpa + size != end)
		return malformed(c, PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE,
				 "the address and the size of the first module");
	return PVHBOOT_OK;
}

static bool is_map_entry(const struct pvhboot_map_entry *wanted, struct pvhboot_bytes entry)
{
	return pvhb_load64(entry, 0) == wanted->gpa && pvhb_load64(entry, 8) == wanted->size &&
	       pvhb_load32(entry, 16) == wanted->type;
}

static size_t n_wanted(const struct pvhb_check *c)
{
	return pvhb_e820_count(c->plan->n_map);
}

static bool are_map_entries(const struct pvhb_check *c, size_t first, struct pvhboot_bytes table)
{
	size_t n = table.size / PVHBOOT_E820_ENTRY_SIZE;
	size_t i;

	for (i = 0; i < n; i++) {
		struct pvhboot_map_entry wanted =
			pvhb_e820_entry(c->plan->map, c->plan->n_map, first + i);

		if (!is_map_entry(&wanted, pvhb_slice(table, (uint64_t)i * PVHBOOT_E820_ENTRY_SIZE,
						      PVHBOOT_E820_ENTRY_SIZE)))
			return false;
	}
	return true;
}

static enum pvhboot_status check_e820(const struct pvhb_check *c)
{
	size_t n = (size_t)pvhb_min(n_wanted(c), PVHBOOT_BOOT_PARAMS_E820_MAX);

	if (pvhb_load8(c->plan->info, PVHBOOT_BOOT_PARAMS_E820_ENTRIES) != n ||
	    !are_map_entries(c, 0,
			     pvhb_slice(c->plan->info, PVHBOOT_BOOT_PARAMS_E820_TABLE,
					(uint64_t)n * PVHBOOT_E820_ENTRY_SIZE)))
		return malformed(c, PVHBOOT_BOOT_PARAMS_E820_TABLE,
				 "the plan's map, in e820_table");
	return PVHBOOT_OK;
}

/* Whether a setup_data is one that the request leads to. */
static bool is_setup_data(const struct pvhb_check *c, uint32_t type, struct pvhboot_bytes data)
{
	struct pvhboot_bytes seed = pvhb_rng_seed(c->request);

	if (type == PVHBOOT_SETUP_DATA_RNG_SEED)
		return seed.size != 0 && pvhb_equal(data, seed.data, seed.size);
	return type == PVHBOOT_SETUP_DATA_E820_EXT && n_wanted(c) > PVHBOOT_BOOT_PARAMS_E820_MAX &&
	       data.size ==
		       (n_wanted(c) - PVHBOOT_BOOT_PARAMS_E820_MAX) * PVHBOOT_E820_ENTRY_SIZE &&
	       are_map_entries(c, PVHBOOT_BOOT_PARAMS_E820_MAX, data);
}

static enum pvhboot_status check_setup_data(const struct pvhb_check *c)
{
	uint64_t gpa = pvhb_load64(c->plan->info, PVHBOOT_BOOT_PARAMS_SETUP_DATA);
	size_t wanted = (n_wanted(c) > PVHBOOT_BOOT_PARAMS_E820_MAX ? 1u : 0u) +
			(pvhb_rng_seed(c->request).size != 0 ? 1u : 0u);
	uint32_t before = 0;
	size_t n;

	/* the chain ends at 0, where no block lies */
	for (n = 0; n < MAX_SETUP_DATA; n++) {
		struct pvhboot_bytes head = bytes_at(c, gpa, PVHBOOT_SETUP_DATA_HEADER_SIZE);
		struct pvhboot_bytes data = { NULL, 0 };
		uint32_t type;

		if (head.data == NULL)
			break;
		type = pvhb_load32(head, 8);
		data = bytes_at(c, gpa + PVHBOOT_SETUP_DATA_HEADER_SIZE, pvhb_load32(head, 12));
		if (type == before || !is_setup_data(c, type, data))
			break;
		before = type;
		gpa = pvhb_load64(head, 0);
	}
	if (gpa != 0 || n != wanted)
		return malformed(c, PVHBOOT_BOOT_PARAMS_SETUP_DATA,
				 "the setup_data that the map and the entropy lead to");
	return PVHBOOT_OK;
}

/* What an address is mapped to, by tables in the block; UINT64_MAX: it is not. */
static uint64_t translate(const struct pvhb_check *c, uint64_t address)
{
	uint64_t entry = c->plan->page_tables;
	unsigned int shift;

	for (shift = 39; shift >= 21; shift -= 9) {
		uint64_t index = address >> shift & 511;
		uint64_t table = entry & ~(uint64_t)0xfff;
		struct pvhboot_bytes bytes = bytes_at(c, table + 8 * index, 8);

		if (bytes.data == NULL)
			return UINT64_MAX;
		entry = pvhb_load64(bytes, 0);
		if ((entry & 0xfff) != (shift == 21 ? 0x83 : 0x3)) /* present, writable, large */
			return UINT64_MAX;
	}
	return (entry & ~(uint64_t)0xfff) | (address & 0x1fffff);
}

/* All below 4 GiB, and the kernel, page by page. */
static enum pvhboot_status check_tables(const struct pvhb_check *c)
{
	struct pvhboot_range ranges[2] = { { 0, PVHB_4GIB }, { UINT64_MAX, 0 } };
	size_t i;

	if ((c->plan->page_tables & 0xfff) != 0)
		return malformed(c, 0, "page tables at the start of a page");
	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (place->kind != PVHBOOT_PLACE_SEGMENT)
			continue;
		ranges[1].start = pvhb_min(ranges[1].start, place->gpa);
		ranges[1].end = pvhb_max(ranges[1].end, place->gpa + place->size);
	}
	for (i = 0; i < 2; i++) {
		uint64_t at = ranges[i].start & ~(uint64_t)0x1fffff;

		for (; at < ranges[i].end; at += 0x200000) {
			if (translate(c, at) != at)
				return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_block(c, 0),
						 translate(c, at), at,
						 "page tables that map memory one to one");
		}
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status check_gdt(const struct pvhb_check *c)
{
	bool is_64bit = pvhb_entry_is_64bit(c->entry.kind);
	struct pvhboot_bytes gdt = bytes_at(c, c->plan->gdt, PVHBOOT_BOOT_DS + 8);

	if (gdt.data == NULL || pvhb_load64(gdt, 0) != 0 || pvhb_load64(gdt, 8) != 0 ||
	    pvhb_load64(gdt, PVHBOOT_BOOT_CS) !=
		    (is_64bit ? 0x00af9b000000ffff : 0x00cf9b000000ffff) ||
	    pvhb_load64(gdt, PVHBOOT_BOOT_DS) != 0x00cf93000000ffff)
		return malformed(c, 0, "a GDT with flat segments of Linux");
	return PVHBOOT_OK;
}

/* What the block has at an offset where a loader does not fill in anything: a byte of the header
 * that is there, or what is assumed of one that is not. One that is there is never so short that
 * a field in `assumed` lies behind it. */
static uint8_t wanted_byte(const struct pvhboot_linux *boot, uint64_t offset)
{
	static const struct {
		uint16_t offset;
		uint16_t width;
		uint32_t value;
	} assumed[] = {
		{ PVHBOOT_BOOT_PARAMS_VERSION, 2, 0x20c },
		{ PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX, 4, 0x7fffffff },
		{ PVHBOOT_BOOT_PARAMS_XLOADFLAGS, 2, 0x3 },
		{ PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE, 4, 2047 },
	};
	size_t i;

	if (offset - PVHBOOT_BOOT_PARAMS_HEADER < boot->header.size)
		return pvhb_load8(boot->header, offset - PVHBOOT_BOOT_PARAMS_HEADER);
	for (i = 0; i < sizeof(assumed) / sizeof(assumed[0]); i++) {
		if (offset - assumed[i].offset < assumed[i].width)
			return (uint8_t)(assumed[i].value >> 8 * (offset - assumed[i].offset));
	}
	return 0;
}

/* What other checks look at: first offset and size of each range. */
static bool is_filled_in(uint64_t offset, size_t n_map)
{
	static const uint16_t filled[][2] = {
		{ PVHBOOT_BOOT_PARAMS_ACPI_RSDP, 8 },
		{ PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE, 12 },
		{ PVHBOOT_BOOT_PARAMS_E820_ENTRIES, 1 },
		{ PVHBOOT_BOOT_PARAMS_BOOT_FLAG, 2 },
		{ PVHBOOT_BOOT_PARAMS_MAGIC, 4 },
		{ PVHBOOT_BOOT_PARAMS_TYPE_OF_LOADER, 2 },
		{ PVHBOOT_BOOT_PARAMS_CODE32_START, 4 },
		{ PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE, 8 },
		{ PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR, 4 },
		{ PVHBOOT_BOOT_PARAMS_SETUP_DATA, 8 },
	};
	size_t i;

	for (i = 0; i < sizeof(filled) / sizeof(filled[0]); i++) {
		if (offset - filled[i][0] < filled[i][1])
			return true;
	}
	return offset - PVHBOOT_BOOT_PARAMS_E820_TABLE < (uint64_t)n_map * PVHBOOT_E820_ENTRY_SIZE;
}

/* The kernel's header, and 0 all around it. */
static enum pvhboot_status check_rest(const struct pvhb_check *c)
{
	size_t n_map = (size_t)pvhb_min(n_wanted(c), PVHBOOT_BOOT_PARAMS_E820_MAX);
	uint64_t i;

	for (i = 0; i < PVHBOOT_BOOT_PARAMS_SIZE; i++) {
		uint8_t wanted = wanted_byte(&c->request->kernel->linux_boot, i);

		if (!is_filled_in(i, n_map) && pvhb_load8(c->plan->info, i) != wanted)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_block(c, i),
					 pvhb_load8(c->plan->info, i), wanted,
					 "the kernel's header, and 0 around it");
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status check_fields(const struct pvhb_check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhboot_bytes block = c->plan->info;
	uint8_t flags = kernel->linux_boot.header.size != 0 ?
				wanted_byte(&kernel->linux_boot, PVHBOOT_BOOT_PARAMS_LOADFLAGS) :
				PVHBOOT_LOADFLAGS_LOADED_HIGH;

	flags &= (uint8_t)~PVHBOOT_LOADFLAGS_KASLR;
	if (pvhb_kaslr_is_on(&c->plan->kaslr))
		flags |= PVHBOOT_LOADFLAGS_KASLR;
	if (pvhb_load32(block, PVHBOOT_BOOT_PARAMS_MAGIC) != PVHBOOT_BOOT_PARAMS_HDRS ||
	    pvhb_load16(block, PVHBOOT_BOOT_PARAMS_BOOT_FLAG) != PVHBOOT_BOOT_PARAMS_FLAG ||
	    pvhb_load8(block, PVHBOOT_BOOT_PARAMS_TYPE_OF_LOADER) == 0 ||
	    pvhb_load8(block, PVHBOOT_BOOT_PARAMS_LOADFLAGS) != flags ||
	    pvhb_load32(block, PVHBOOT_BOOT_PARAMS_CODE32_START) !=
		    (uint32_t)(kernel->start + c->plan->slide))
		return malformed(c, PVHBOOT_BOOT_PARAMS_HEADER,
				 "HdrS, boot_flag, a type_of_loader, loadflags and code32_start");
	if (pvhb_load64(block, PVHBOOT_BOOT_PARAMS_ACPI_RSDP) != pvhb_check_wanted_rsdp(c))
		return malformed(c, PVHBOOT_BOOT_PARAMS_ACPI_RSDP, "the rsdp that the request has");
	return check_rest(c);
}

enum pvhboot_status pvhb_check_boot_params(const struct pvhb_check *c)
{
	enum pvhboot_status status;

	if (c->plan->info.size < PVHBOOT_BOOT_PARAMS_SIZE)
		return malformed(c, 0, "a block that holds boot_params");
	status = check_fields(c);
	if (status == PVHBOOT_OK)
		status = check_cmdline(c);
	if (status == PVHBOOT_OK)
		status = check_ramdisk(c);
	if (status == PVHBOOT_OK)
		status = check_e820(c);
	if (status == PVHBOOT_OK)
		status = check_setup_data(c);
	if (status == PVHBOOT_OK)
		status = check_gdt(c);
	if (status == PVHBOOT_OK && pvhb_entry_is_64bit(c->entry.kind))
		status = check_tables(c);
	return status;
}
