/* SPDX-License-Identifier: MIT */
#include "multiboot.h"

#include <stdbool.h>

#include "acpi.h"
#include "physical.h"
#include "report.h"

#define MAGIC 0x2badb002

/* Offsets in the information structure, and the bits of its flags that say
 * which of them are there. */
#define INFO_FLAGS 0
#define INFO_MEM_LOWER 4
#define INFO_MEM_UPPER 8
#define INFO_CMDLINE 16
#define INFO_MODS_COUNT 20
#define INFO_MODS_ADDR 24
#define INFO_MMAP_LENGTH 44
#define INFO_MMAP_ADDR 48
#define INFO_BOOT_LOADER_NAME 64
#define INFO_SIZE 68 /* as much of it as is read here */

#define FLAG_MEM (1u << 0)
#define FLAG_CMDLINE (1u << 2)
#define FLAG_MODS (1u << 3)
#define FLAG_MMAP (1u << 6)
#define FLAG_BOOT_LOADER_NAME (1u << 9)

#define MODULE_START 0
#define MODULE_END 4
#define MODULE_STRING 8
#define MODULE_SIZE 16

#define MMAP_SIZE 0 /* of the entry, without this field */
#define MMAP_BASE 4
#define MMAP_LENGTH 12
#define MMAP_TYPE 20
#define MMAP_MIN_SIZE 20

#define KIB ((uint64_t)1024)
#define MIB (KIB * 1024)

/* All of it must be mapped, or reading it would be an exception. */
static void check_reach(const char *what, uint64_t address, uint64_t size)
{
	if (size > PHYSICAL_END - address)
		fail_rule(what, "address <= 16 GiB - size", address, PHYSICAL_END - size);
}

static uint32_t map_type(uint32_t type)
{
	switch (type) {
	case 1:
		return PVHBOOT_MAP_RAM;
	case 3:
		return PVHBOOT_MAP_ACPI;
	case 4:
		return PVHBOOT_MAP_NVS;
	case 5:
		return PVHBOOT_MAP_UNUSABLE;
	}
	return PVHBOOT_MAP_RESERVED; /* so say the specification, and prudence */
}

static void read_map(uint64_t address, uint64_t length, struct handover *out)
{
	uint64_t offset = 0;

	check_reach("multiboot: memory map", address, length);
	while (offset < length) {
		uint64_t left = length - offset;
		uint64_t entry = address + offset;
		uint64_t size;

		if (left < MMAP_BASE + MMAP_MIN_SIZE)
			fail_rule("multiboot: memory map", "bytes left >= size of an entry", left,
				  MMAP_BASE + MMAP_MIN_SIZE);
		size = physical_load32(entry + MMAP_SIZE);
		if (size < MMAP_MIN_SIZE)
			fail_rule("multiboot: memory map", "size of an entry >= 20", size,
				  MMAP_MIN_SIZE);
		if (size > left - MMAP_BASE)
			fail_rule("multiboot: memory map", "size of an entry <= bytes left", size,
				  left - MMAP_BASE);
		handover_add_memory(out, physical_load64(entry + MMAP_BASE),
				    physical_load64(entry + MMAP_LENGTH),
				    map_type(physical_load32(entry + MMAP_TYPE)));
		offset += MMAP_BASE + size;
	}
}

static void read_memory(uint64_t info, uint32_t flags, struct handover *out)
{
	if (flags & FLAG_MMAP) {
		read_map(physical_load32(info + INFO_MMAP_ADDR),
			 physical_load32(info + INFO_MMAP_LENGTH), out);
	} else if (flags & FLAG_MEM) {
		handover_add_memory(out, 0, physical_load32(info + INFO_MEM_LOWER) * KIB,
				    PVHBOOT_MAP_RAM);
		handover_add_memory(out, MIB, physical_load32(info + INFO_MEM_UPPER) * KIB,
				    PVHBOOT_MAP_RAM);
	}
}

/* A copy of the string at the address; 0 is none. */
static const char *copy_text(uint64_t address, struct handover *out)
{
	char *copy = out->text + out->n_text;
	size_t room = sizeof(out->text) - out->n_text;
	size_t n = 0;

	if (address == 0)
		return "";
	do {
		if (n == room)
			handover_no_room_for_text();
		check_reach("multiboot: string", address + n, 1);
		copy[n] = *(const char *)physical(address + n);
	} while (copy[n++] != '\0');
	out->n_text += n;
	return copy;
}

static bool begins_with(const char *text, const char *beginning)
{
	while (*beginning != '\0' && *text == *beginning) {
		text++;
		beginning++;
	}
	return *beginning == '\0';
}

/*
 * Does a module's string begin with the name of its file? It does with QEMU,
 * GRUB Legacy, iPXE and Syslinux; GRUB 2 passes what follows the name. Their own
 * names tell them apart: "GRUB 2.06", "GNU GRUB 0.97", others. Xen goes by this
 * rule, too.
 */
static bool has_file_names(const char *boot_loader)
{
	for (; *boot_loader != '\0'; boot_loader++)
		if (begins_with(boot_loader, "GRUB "))
			return boot_loader[5] == '0';
	return true;
}

static const char *skip_spaces(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static const char *skip_word(const char *text)
{
	text = skip_spaces(text);
	while (*text != ' ' && *text != '\0')
		text++;
	return skip_spaces(text);
}

static void read_modules(uint64_t list, uint64_t count, bool file_names, struct handover *out)
{
	uint64_t i;

	check_reach("multiboot: list of modules", list, count * MODULE_SIZE);
	for (i = 0; i < count; i++) {
		uint64_t entry = list + i * MODULE_SIZE;
		const char *text = copy_text(physical_load32(entry + MODULE_STRING), out);

		handover_add_module(out,
				    (struct pvhboot_range){
					    physical_load32(entry + MODULE_START),
					    physical_load32(entry + MODULE_END),
				    },
				    file_names ? skip_word(text) : text);
	}
}

void multiboot_read(uint32_t magic, uint32_t address, struct handover *out)
{
	const char *boot_loader = "";
	const char *cmdline = "";
	uint32_t flags;

	if (magic != MAGIC)
		fail_rule("multiboot: eax at the entry", "it is the magic number of Multiboot 1",
			  magic, MAGIC);
	check_reach("multiboot: information structure", address, INFO_SIZE);
	flags = physical_load32(address + INFO_FLAGS);

	read_memory(address, flags, out);
	if (flags & FLAG_BOOT_LOADER_NAME)
		boot_loader = copy_text(physical_load32(address + INFO_BOOT_LOADER_NAME), out);
	if (flags & FLAG_CMDLINE)
		cmdline = copy_text(physical_load32(address + INFO_CMDLINE), out);
	out->cmdline = has_file_names(boot_loader) ? skip_word(cmdline) : cmdline;
	if (flags & FLAG_MODS)
		read_modules(physical_load32(address + INFO_MODS_ADDR),
			     physical_load32(address + INFO_MODS_COUNT),
			     has_file_names(boot_loader), out);

	/* Multiboot 1 does not pass it on. */
	out->rsdp = acpi_find_rsdp();
}
