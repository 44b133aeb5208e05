/* SPDX-License-Identifier: MIT */
/*
 * Reads the start_info with loads of its own, so that an error of the library's
 * layouts shows. Source: xen/include/public/arch-x86/hvm/start_info.h.
 */

#include <stddef.h>

#include "console.h"
#include "probe.h"

#define MAGIC 0x336ec578

/* Offsets in hvm_start_info, hvm_modlist_entry and hvm_memmap_table_entry. */
#define INFO_MAGIC 0
#define INFO_VERSION 4
#define INFO_FLAGS 8
#define INFO_NR_MODULES 12
#define INFO_MODLIST 16
#define INFO_CMDLINE 24
#define INFO_RSDP 32
#define INFO_MEMMAP 40
#define INFO_MEMMAP_ENTRIES 48
#define INFO_RESERVED 52

#define MODULE_ADDRESS 0
#define MODULE_SIZE 8
#define MODULE_CMDLINE 16
#define MODULE_RESERVED 24
#define MODULE_STEP 32

#define MEMMAP_ADDRESS 0
#define MEMMAP_SIZE 8
#define MEMMAP_TYPE 16
#define MEMMAP_RESERVED 20
#define MEMMAP_STEP 24
#define MEMMAP_RAM 1

static uint32_t load32(uint32_t address)
{
	return *(const uint32_t *)physical(address);
}

static uint64_t load64(uint32_t address)
{
	return load32(address) | (uint64_t)load32(address + 4) << 32;
}

/* The part of an address that this guest can reach: all of it, or it is an error. */
static uint32_t address_at(const char *what, uint32_t address)
{
	expect(what, 0, load32(address + 4));
	return load32(address);
}

const char *start_info_cmdline(uint32_t start_info)
{
	if (load32(start_info + INFO_MAGIC) != MAGIC || load64(start_info + INFO_CMDLINE) == 0)
		return NULL;
	return physical(load32(start_info + INFO_CMDLINE));
}

/* CRC-32 of gzip and zip (RFC 1952, section 8). */
static uint32_t crc32(const uint8_t *bytes, uint32_t size)
{
	static uint32_t table[256];
	uint32_t crc = 0xffffffff;
	uint32_t i;
	int bit;

	for (i = 0; i < 256; i++) {
		table[i] = i;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
	return ~crc;
}

/* One entry holds all of it: loaders merge neighbours, or have only one. */
static bool is_ram(uint32_t start_info, uint64_t address, uint64_t size)
{
	uint32_t entry = load32(start_info + INFO_MEMMAP);
	uint32_t n = load32(start_info + INFO_MEMMAP_ENTRIES);

	for (; n > 0; n--, entry += MEMMAP_STEP) {
		uint64_t start = load64(entry + MEMMAP_ADDRESS);
		uint64_t length = load64(entry + MEMMAP_SIZE);

		if (load32(entry + MEMMAP_TYPE) == MEMMAP_RAM && address >= start &&
		    address - start <= length && size <= length - (address - start))
			return true;
	}
	return false;
}

static void check_module(uint32_t start_info, uint32_t index, uint32_t entry)
{
	uint32_t address = address_at("module", entry + MODULE_ADDRESS);
	uint32_t size = address_at("module", entry + MODULE_SIZE);
	uint32_t cmdline = address_at("module", entry + MODULE_CMDLINE);

	expect_true("module", "it lies in RAM", is_ram(start_info, address, size));
	expect("module", 0, load32(entry + MODULE_RESERVED));
	console_text("PROBE: module ");
	console_decimal(index);
	console_text(" size ");
	console_decimal(size);
	console_text(" crc32 ");
	console_hex(crc32(physical(address), size));
	console_text(" cmdline ");
	if (cmdline != 0)
		console_text(physical(cmdline));
	console_text("\r\n");
}

static void report_memmap(uint32_t entry, uint32_t n)
{
	for (; n > 0; n--, entry += MEMMAP_STEP) {
		uint64_t start = load64(entry + MEMMAP_ADDRESS);

		console_text("PROBE: memmap ");
		console_hex(start);
		console_text("-");
		console_hex(start + load64(entry + MEMMAP_SIZE));
		console_text(" ");
		console_decimal(load32(entry + MEMMAP_TYPE));
		console_text("\r\n");
		expect("memmap", 0, load32(entry + MEMMAP_RESERVED));
	}
}

/* ACPI 6.5, 5.2.5.3: its first 20 bytes, those of every revision, sum to 0. */
static void check_rsdp(uint32_t address)
{
	const uint8_t *bytes = physical(address);
	uint8_t sum = 0;
	int i;

	console_text("PROBE: rsdp ");
	console_hex(address);
	console_text("\r\n");
	if (address == 0)
		return;
	for (i = 0; i < 20; i++)
		sum = (uint8_t)(sum + bytes[i]);
	expect("rsdp", 0x20445352, load32(address));     /* "RSD " */
	expect("rsdp", 0x20525450, load32(address + 4)); /* "PTR " */
	expect("rsdp", 0, sum);
}

static void report(const char *what, uint32_t value)
{
	console_text(" ");
	console_text(what);
	console_text(" ");
	console_hex(value);
}

void start_info_check(uint32_t start_info)
{
	const char *cmdline = start_info_cmdline(start_info);
	uint32_t n_modules = load32(start_info + INFO_NR_MODULES);
	uint32_t module;
	uint32_t i;

	console_text("PROBE: start_info");
	report("at", start_info);
	report("version", load32(start_info + INFO_VERSION));
	report("flags", load32(start_info + INFO_FLAGS));
	report("modules", n_modules);
	console_text("\r\n");

	expect("magic", MAGIC, load32(start_info + INFO_MAGIC));
	expect("version", 1, load32(start_info + INFO_VERSION));
	if (load32(start_info + INFO_MAGIC) != MAGIC || load32(start_info + INFO_VERSION) != 1)
		return; /* nothing else would mean anything */
	expect("flags", 0, load32(start_info + INFO_FLAGS));
	expect("reserved", 0, load32(start_info + INFO_RESERVED));
	expect_true("cmdline", "there is one", cmdline != NULL);
	console_text("PROBE: cmdline ");
	console_text(cmdline != NULL ? cmdline : "");
	console_text("\r\n");

	report_memmap(address_at("memmap", start_info + INFO_MEMMAP),
		      load32(start_info + INFO_MEMMAP_ENTRIES));
	expect_true("memmap", "the start_info lies in RAM",
		    is_ram(start_info, start_info, INFO_RESERVED + 4));
	module = address_at("modlist", start_info + INFO_MODLIST);
	expect_true("modlist", "it is 0 exactly when there is no module",
		    (module == 0) == (n_modules == 0));
	for (i = 0; i < n_modules; i++)
		check_module(start_info, i, module + i * MODULE_STEP);
	check_rsdp(address_at("rsdp", start_info + INFO_RSDP));
}
