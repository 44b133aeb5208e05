/* SPDX-License-Identifier: MIT */
/* What Linux is handed. Source: Linux Documentation/arch/x86/boot.rst and zero-page.rst. */

#include "boot_params.h"

#include <pvhboot/wire/boot_params.h>

#include "../base/span.h"
#include "entry.h"

#define GDT_SIZE 32u
#define ALIGN 8u
#define LOADER_UNKNOWN 0xff /* a loader without a number of its own */

#define PAGE_PRESENT_WRITE 0x3u
#define PAGE_LARGE 0x80u
#define LARGE_PAGE ((uint64_t)1 << 21)
#define GIB_SHIFT 30

struct pvhboot_bytes pvhb_rng_seed(const struct pvhboot_request *request)
{
	struct pvhboot_bytes seed = request->entropy;
	size_t used = request->flags & PVHBOOT_REQUEST_KASLR ? PVHBOOT_KASLR_ENTROPY : 0;

	if ((request->flags & PVHBOOT_REQUEST_RNG_SEED) == 0)
		return (struct pvhboot_bytes){ NULL, 0 };
	return pvhb_slice(seed, used, seed.size - used);
}

size_t pvhb_e820_count(size_t n_map)
{
	return n_map == 1 ? 2 : n_map;
}

struct pvhboot_map_entry pvhb_e820_entry(const struct pvhboot_map_entry *map, size_t n_map,
					 size_t i)
{
	struct pvhboot_map_entry entry = map[n_map == 1 ? 0 : i];
	uint64_t half = entry.size / 2 & ~(PVHB_PAGE_SIZE - 1);

	/* Linux has no number for memory that is disabled */
	if (entry.type == PVHBOOT_MAP_DISABLED)
		entry.type = PVHBOOT_MAP_RESERVED;
	if (n_map != 1)
		return entry;
	if (i == 0) {
		entry.size = half;
	} else {
		entry.gpa += half;
		entry.size -= half;
	}
	return entry;
}

/* Appends a part of the block. */
static bool append(uint64_t *size, uint64_t part, uint64_t *offset)
{
	return pvhb_align_up(*size, ALIGN, offset) && pvhb_add(*offset, part, size);
}

bool pvhb_boot_params_lay_out(const struct pvhboot_request *request, bool is_64bit, size_t n_map,
			      struct pvhb_boot_params_layout *out, uint64_t *size)
{
	struct pvhboot_bytes seed = pvhb_rng_seed(request);
	uint64_t more =
		n_map > PVHBOOT_BOOT_PARAMS_E820_MAX ? n_map - PVHBOOT_BOOT_PARAMS_E820_MAX : 0;

	n_map = pvhb_e820_count(n_map);
	*out = (struct pvhb_boot_params_layout){ .n_map = n_map };
	*size = PVHBOOT_BOOT_PARAMS_SIZE;
	if (is_64bit && !append(size, (uint64_t)PVHB_N_TABLES * PVHB_TABLE_SIZE, &out->tables))
		return false;
	if (!append(size, GDT_SIZE, &out->gdt))
		return false;
	/* the count has 32 bits, so that the product does not wrap */
	if (more != 0 &&
	    !append(size, PVHBOOT_SETUP_DATA_HEADER_SIZE + more * PVHBOOT_E820_ENTRY_SIZE,
		    &out->map))
		return false;
	if (seed.size != 0 &&
	    !append(size, PVHBOOT_SETUP_DATA_HEADER_SIZE + (uint64_t)seed.size, &out->seed))
		return false;
	return append(size, (uint64_t)request->cmdline.size + 1, &out->cmdline);
}

/* The kernel's header as its file has it, or one for a kernel that has none. */
static void write_header(const struct pvhboot_kernel *kernel, uint8_t *to)
{
	const struct pvhboot_linux *boot = &kernel->linux_boot;

	if (boot->header.size != 0) {
		memcpy(to + PVHBOOT_BOOT_PARAMS_HEADER, boot->header.data, boot->header.size);
	} else {
		pvhb_store16(to + PVHBOOT_BOOT_PARAMS_VERSION, 0x20c);
		to[PVHBOOT_BOOT_PARAMS_LOADFLAGS] = PVHBOOT_LOADFLAGS_LOADED_HIGH;
		pvhb_store32(to + PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX, (uint32_t)boot->initrd_max);
		pvhb_store32(to + PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE, boot->cmdline_size);
		pvhb_store16(to + PVHBOOT_BOOT_PARAMS_XLOADFLAGS, boot->xloadflags);
	}
	pvhb_store16(to + PVHBOOT_BOOT_PARAMS_BOOT_FLAG, PVHBOOT_BOOT_PARAMS_FLAG);
	pvhb_store32(to + PVHBOOT_BOOT_PARAMS_MAGIC, PVHBOOT_BOOT_PARAMS_HDRS);
	to[PVHBOOT_BOOT_PARAMS_TYPE_OF_LOADER] = LOADER_UNKNOWN;
	to[PVHBOOT_BOOT_PARAMS_LOADFLAGS] &= (uint8_t)~PVHBOOT_LOADFLAGS_KASLR;
	/* what the file has there is of no meaning, and is read if it is not 0 */
	pvhb_store64(to + PVHBOOT_BOOT_PARAMS_SETUP_DATA, 0);
	pvhb_store64(to + PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE, 0); /* and its size */
}

/* The first module of the list: there can be one ramdisk. */
static void write_ramdisk(const struct pvhb_block_parts *parts, uint8_t *to)
{
	struct pvhb_listed module = { .next = 0 };
	uint64_t gpa;

	if (!pvhb_info_next_module(parts->request, &module))
		return;
	gpa = parts->modules_at[module.index];
	pvhb_store32(to + PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE, (uint32_t)gpa);
	pvhb_store32(to + PVHBOOT_BOOT_PARAMS_RAMDISK_SIZE, (uint32_t)module.size);
	pvhb_store32(to + PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE, (uint32_t)(gpa >> 32));
	pvhb_store32(to + PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_SIZE, (uint32_t)(module.size >> 32));
}

static void write_map_entry(const struct pvhb_block_parts *parts, size_t i, uint8_t *to)
{
	struct pvhboot_map_entry entry = pvhb_e820_entry(parts->map, parts->n_map, i);

	pvhb_store64(to, entry.gpa);
	pvhb_store64(to + 8, entry.size);
	pvhb_store32(to + 16, entry.type);
}

/* Puts a setup_data in front of those that there are. */
static void add_setup_data(const struct pvhb_block_parts *parts, uint64_t offset, uint32_t type,
			   uint64_t size, uint8_t *block)
{
	struct pvhboot_bytes params = { block, PVHBOOT_BOOT_PARAMS_SIZE };

	pvhb_store64(block + offset, pvhb_load64(params, PVHBOOT_BOOT_PARAMS_SETUP_DATA));
	pvhb_store32(block + offset + 8, type);
	pvhb_store32(block + offset + 12, (uint32_t)size);
	pvhb_store64(block + PVHBOOT_BOOT_PARAMS_SETUP_DATA, parts->gpa + offset);
}

static void write_map(const struct pvhb_boot_params_layout *layout,
		      const struct pvhb_block_parts *parts, uint8_t *block)
{
	size_t n = layout->map != 0 ? PVHBOOT_BOOT_PARAMS_E820_MAX : layout->n_map;
	uint8_t *more = block + layout->map + PVHBOOT_SETUP_DATA_HEADER_SIZE;
	size_t i;

	block[PVHBOOT_BOOT_PARAMS_E820_ENTRIES] = (uint8_t)n;
	for (i = 0; i < n; i++)
		write_map_entry(parts, i,
				block + PVHBOOT_BOOT_PARAMS_E820_TABLE +
					i * PVHBOOT_E820_ENTRY_SIZE);
	if (layout->map == 0)
		return;
	add_setup_data(parts, layout->map, PVHBOOT_SETUP_DATA_E820_EXT,
		       (uint64_t)(layout->n_map - n) * PVHBOOT_E820_ENTRY_SIZE, block);
	for (; i < layout->n_map; i++, more += PVHBOOT_E820_ENTRY_SIZE)
		write_map_entry(parts, i, more);
}

static void write_seed(const struct pvhb_boot_params_layout *layout,
		       const struct pvhb_block_parts *parts, uint8_t *block)
{
	struct pvhboot_bytes seed = pvhb_rng_seed(parts->request);

	if (seed.size == 0)
		return;
	add_setup_data(parts, layout->seed, PVHBOOT_SETUP_DATA_RNG_SEED, seed.size, block);
	memcpy(block + layout->seed + PVHBOOT_SETUP_DATA_HEADER_SIZE, seed.data, seed.size);
}

static void write_gdt(bool is_64bit, uint8_t *gdt)
{
	/* flat, of 4 GiB: Intel SDM vol. 3, "Segment Descriptors" */
	pvhb_store64(gdt + PVHBOOT_BOOT_CS, is_64bit ? 0x00af9b000000ffff : 0x00cf9b000000ffff);
	pvhb_store64(gdt + PVHBOOT_BOOT_DS, 0x00cf93000000ffff);
}

/* Maps one GiB in the next free table. */
static void map_gib(uint64_t tables, uint64_t gib, uint32_t table, uint8_t *block)
{
	uint8_t *directory = block + PVHB_TABLE_SIZE * (uint64_t)table;
	uint64_t i;

	pvhb_store64(block + PVHB_TABLE_SIZE + 8 * gib,
		     (tables + PVHB_TABLE_SIZE * (uint64_t)table) | PAGE_PRESENT_WRITE);
	for (i = 0; i < 512; i++)
		pvhb_store64(directory + 8 * i, ((gib << GIB_SHIFT) + i * LARGE_PAGE) |
							PAGE_PRESENT_WRITE | PAGE_LARGE);
}

static void write_tables(uint64_t gpa, const struct pvhboot_range *kernel, uint8_t *to)
{
	uint64_t last = (kernel->end - 1) >> GIB_SHIFT;
	uint32_t table = 2;
	uint64_t gib;

	pvhb_store64(to, (gpa + PVHB_TABLE_SIZE) | PAGE_PRESENT_WRITE);
	for (gib = 0; gib < 4; gib++)
		map_gib(gpa, gib, table++, to);
	for (gib = pvhb_max(gib, kernel->start >> GIB_SHIFT); gib <= last; gib++)
		map_gib(gpa, gib, table++, to);
}

void pvhb_boot_params_write(const struct pvhb_boot_params_layout *layout,
			    const struct pvhb_block_parts *parts, uint8_t *block)
{
	const struct pvhboot_request *request = parts->request;
	bool is_64bit = pvhb_entry_is_64bit(parts->entry->kind);
	uint64_t cmdline = parts->gpa + layout->cmdline;

	memset(block, 0, (size_t)layout->cmdline + request->cmdline.size + 1);
	write_header(request->kernel, block);
	if (parts->is_kaslr)
		block[PVHBOOT_BOOT_PARAMS_LOADFLAGS] |= PVHBOOT_LOADFLAGS_KASLR;
	pvhb_store32(block + PVHBOOT_BOOT_PARAMS_CODE32_START, (uint32_t)parts->kernel.start);
	pvhb_store32(block + PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR, (uint32_t)cmdline);
	pvhb_store64(block + PVHBOOT_BOOT_PARAMS_ACPI_RSDP, parts->rsdp);
	write_ramdisk(parts, block);
	write_map(layout, parts, block);
	write_seed(layout, parts, block);
	write_gdt(is_64bit, block + layout->gdt);
	if (is_64bit)
		write_tables(parts->gpa + layout->tables, &parts->kernel, block + layout->tables);
	if (request->cmdline.size != 0)
		memcpy(block + layout->cmdline, request->cmdline.data, request->cmdline.size);
}
