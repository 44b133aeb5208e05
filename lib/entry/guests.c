/* SPDX-License-Identifier: MIT */
#include "guests.h"

#include <pvhboot/start.h>

#include "../base/span.h"

#define LINUX PVHBOOT_FOR_LINUX
#define FREEBSD PVHBOOT_FOR_FREEBSD
#define GRUB PVHBOOT_FOR_GRUB
#define OVMF PVHBOOT_FOR_OVMF
#define XEN PVHBOOT_FOR_XEN

#define WARNING PVHBOOT_SEVERITY_WARNING

#define COUNT(n) .has_numbers = true, .unit = PVHBOOT_UNIT_COUNT, .bound = (n)
#define BYTES(n) .has_numbers = true, .unit = PVHBOOT_UNIT_BYTES, .bound = (n)
#define ADDRESS(gpa) .has_numbers = true, .unit = PVHBOOT_UNIT_NONE, .bound = (gpa)

/* Where the numbers come from:
 * - 128 is the size of boot_params.e820_table of Linux, and 2047 its COMMAND_LINE_SIZE without
 *   the NUL.
 * - FreeBSD puts its shared info into the one page, and its environment into the other.
 * - Xen has an array of 8 modules, and adds itself as one. */
/* clang-format off */
const struct pvhb_guest_row pvhb_guest_rows[PVHB_N_GUEST_RULES] = {
	[PVHB_GUEST_MAP] = {
		"a memory map, without which Linux, FreeBSD, GRUB and OVMF start under Xen only",
		.guests = LINUX | FREEBSD | GRUB | OVMF, .severity = WARNING },
	[PVHB_GUEST_MAP_ENTRIES] = {
		"a map of at most 128 entries: Linux reads no more",
		COUNT(128), .guests = LINUX, .severity = WARNING },
	[PVHB_GUEST_CMDLINE_SIZE] = {
		"a command line of at most 2047 bytes: Linux cuts it off there",
		BYTES(2047), .guests = LINUX, .severity = WARNING },
	[PVHB_GUEST_LOW] = {
		"an end at 1 GiB or below: older versions of Linux map no more to read it",
		ADDRESS(PVHB_LINUX_OLD_MAPPED), .guests = LINUX, .severity = WARNING },
	[PVHB_GUEST_32_BITS] = {
		"an end at 4 GiB or below: Linux, GRUB and Xen read 32 bits of an address",
		ADDRESS(PVHB_4GIB), .guests = LINUX | GRUB | XEN, .severity = WARNING },
	[PVHB_GUEST_FREE_BEHIND] = {
		"two pages of free RAM behind all that is loaded: FreeBSD takes them for itself",
		BYTES(2 * PVHB_PAGE_SIZE), .guests = FREEBSD, .severity = WARNING },
	[PVHB_GUEST_RSDP] = {
		"the address of an RSDP: OVMF finds the ACPI tables by nothing else",
		.guests = OVMF, .severity = WARNING },
	[PVHB_GUEST_MAX_MODULES] = {
		"at most 7 modules: Xen has no room for more",
		COUNT(7), .guests = XEN, .severity = WARNING },
	[PVHB_GUEST_ONE_MODULE] = {
		"one module: Linux takes the first and no other; "
		"join them into one (PVHBOOT_REQUEST_JOIN)",
		COUNT(1), .guests = LINUX, .severity = PVHBOOT_SEVERITY_NOTE },
	[PVHB_GUEST_CMDLINE] = {
		"a command line, if an empty one: GRUB reads it even at address 0",
		.guests = GRUB, .severity = WARNING },
	[PVHB_GUEST_NO_LIST] = {
		"modlist_paddr 0 where nr_modules is 0: FreeBSD reads a list that has an address",
		ADDRESS(0), .guests = FREEBSD, .severity = WARNING },
	[PVHB_GUEST_FIRST_CMDLINE] = {
		"the first module to have a command line: FreeBSD reads it even at address 0",
		.guests = FREEBSD, .severity = WARNING },
};
/* clang-format on */
