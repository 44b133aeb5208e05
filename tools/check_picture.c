/* SPDX-License-Identifier: MIT */
#include "check_picture.h"

#include "bytes.h"
#include "file.h"
#include "text.h"

#include <inttypes.h>
#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/start_info.h>
#include <stdarg.h>
#include <string.h>

#define PAGE 4096u
#define RSDP_SIZE 36u /* of ACPI 2.0 and later; older ones have 20 bytes */

__attribute__((format(printf, 4, 5))) static void add_block(struct picture *picture, uint64_t gpa,
							    uint64_t size, const char *format, ...)
{
	struct picture_range *range = picture_add(picture, PICTURE_BLOCK, gpa, size);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(range->name, sizeof(range->name), format, arguments);
	va_end(arguments);
}

/* A core of Xen has each page as a piece: neighbours are drawn as one. */
static void add_dump(const struct dump *dump, struct picture *out)
{
	const struct dump_piece *first = dump->pieces;

	for (size_t i = 0; i < dump->n_pieces; i++) {
		const struct dump_piece *piece = &dump->pieces[i];

		if (i + 1 < dump->n_pieces && piece[1].gpa - piece->gpa == piece->size)
			continue;
		picture_add(out, PICTURE_DUMP, first->gpa, piece->gpa - first->gpa + piece->size);
		first = piece + 1;
	}
}

/* A type that does not exist is no RAM to any guest. */
static void add_map_entry(uint64_t gpa, uint64_t size, uint32_t type, struct picture *out)
{
	const int is_known = type >= PVHBOOT_MAP_RAM && type <= PVHBOOT_MAP_PMEM;

	picture_add(out, is_known ? (enum picture_kind)type : PICTURE_RESERVED, gpa, size);
}

static void add_text(struct checked *checked, uint64_t gpa, const char *name, struct picture *out)
{
	const char *text = check_read_text(checked, gpa);

	if (text)
		add_block(out, gpa, strlen(text) + 1, "%s", name);
}

static void add_start_info(struct checked *checked, struct picture *out)
{
	const struct pvhboot_start *start = &checked->start;
	struct pvhboot_map_entry entry;

	add_block(out, checked->address,
		  start->version > 0 ? PVHBOOT_WIRE_START_INFO_SIZE :
				       PVHBOOT_WIRE_START_INFO_SIZE_0,
		  "start_info");
	if (start->n_map > 0)
		add_block(out, start->map, (uint64_t)start->n_map * PVHBOOT_WIRE_MAP_ENTRY_SIZE,
			  "memory map, entries: %" PRIu32, start->n_map);
	if (start->n_modules > 0)
		add_block(out, start->modules,
			  (uint64_t)start->n_modules * PVHBOOT_WIRE_MODULE_SIZE, "module list");
	for (uint32_t i = 0; i < start->n_map && i < PVHBOOT_START_CHECK_MAP; i++)
		if (pvhboot_start_map_entry(start, i, &entry, NULL) == PVHBOOT_OK)
			add_map_entry(entry.gpa, entry.size, entry.type, out);
	if (start->rsdp != 0)
		add_block(out, start->rsdp, RSDP_SIZE, "RSDP");
}

static void add_boot_params(struct checked *checked, struct picture *out)
{
	uint8_t copy[PVHBOOT_BOOT_PARAMS_SIZE];
	const struct pvhboot_bytes params = { copy, sizeof(copy) };
	uint64_t n, rsdp;

	if (dump_read(&checked->dump, checked->address, copy, sizeof(copy)) != 0)
		return;
	add_block(out, checked->address, sizeof(copy), "boot_params");
	n = bytes_load(params, PVHBOOT_BOOT_PARAMS_E820_ENTRIES, 1);
	for (uint64_t i = 0; i < n && i < PVHBOOT_BOOT_PARAMS_E820_MAX; i++) {
		const uint64_t at = PVHBOOT_BOOT_PARAMS_E820_TABLE + i * PVHBOOT_E820_ENTRY_SIZE;

		add_map_entry(bytes_load(params, at, 8), bytes_load(params, at + 8, 8),
			      (uint32_t)bytes_load(params, at + 16, 4), out);
	}
	rsdp = bytes_load(params, PVHBOOT_BOOT_PARAMS_ACPI_RSDP, 8);
	if (rsdp != 0)
		add_block(out, rsdp, RSDP_SIZE, "RSDP");
}

static void add_modules(struct checked *checked, struct picture *out)
{
	struct pvhboot_listed_module module;

	for (uint32_t i = 0; i < check_n_modules(checked) && i < PVHBOOT_START_CHECK_MODULES; i++) {
		struct picture_range *range;
		char name[PICTURE_MAX_NAME];

		if (!check_read_module(checked, i, &module))
			continue;
		range = picture_add(out, PICTURE_MODULE, module.gpa, module.size);
		snprintf(range->name, sizeof(range->name), "module %" PRIu32, i);
		snprintf(name, sizeof(name), "command line of module %" PRIu32, i);
		add_text(checked, module.cmdline, name, out);
	}
}

static void add_registers(const struct checked *checked, struct picture *out)
{
	const struct pvhboot_cpu *cpu = &checked->dump.cpu;

	picture_mark(out, checked->address, "%s 0x%" PRIx64,
		     checked->is_linux ? "boot_params" : "start_info", checked->address);
	if (checked->dump.registers != DUMP_REGISTERS_ALL)
		return;
	picture_mark(out, cpu->rip, "%s 0x%" PRIx64 ": entry", cpu->is_64bit ? "rip" : "eip",
		     cpu->rip);
	if (cpu->cr3 != 0)
		add_block(out, cpu->cr3 & ~(uint64_t)(PAGE - 1), PAGE, "page tables, the first");
	if (cpu->gdt_base != 0)
		add_block(out, cpu->gdt_base, (uint64_t)cpu->gdt_limit + 1, "GDT");
}

void check_draw(struct checked *checked, struct picture *out)
{
	const char *label = file_label(checked->path);

	text_escape(out->title, sizeof(out->title), label, strlen(label));
	snprintf(out->subtitle, sizeof(out->subtitle), "%s, errors %zu, warnings %zu",
		 dump_format_name(checked->dump.format), checked->report.n_errors,
		 checked->report.n_warnings);
	add_dump(&checked->dump, out);
	if (checked->is_linux)
		add_boot_params(checked, out);
	else if (checked->start.memory)
		add_start_info(checked, out);
	add_modules(checked, out);
	add_text(checked, checked->start.cmdline, "command line", out);
	add_registers(checked, out);
}
