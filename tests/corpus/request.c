/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "../support/text.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text)                                              \
	}

/* Kernels of the unit tests lie at 16 MiB. */
static const struct pvhboot_map_entry pc[] = {
	{ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 },
	{ 0xe0000, 0x20000, PVHBOOT_MAP_RESERVED, 0 },
	{ 1 * MIB, 63 * MIB, PVHBOOT_MAP_RAM, 0 },
};
static const struct pvhboot_map_entry holes[] = {
	{ 0x9f000, 0x1000, PVHBOOT_MAP_RESERVED, 0 },
	{ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 },
	{ 4 * GIB, 60 * GIB, PVHBOOT_MAP_RAM, 0 },
	{ 1 * MIB, 15 * MIB + 0x800, PVHBOOT_MAP_RAM, 0 }, /* a byte of the kernel may be free */
	{ 32 * MIB, 3 * GIB, PVHBOOT_MAP_RAM, 0 },
	{ 3 * GIB - 0x10000, 0x10000, PVHBOOT_MAP_ACPI, 0 },
	{ 0xfffffffffffff000, 0xfff, PVHBOOT_MAP_RESERVED, 0 },
};
static const struct pvhboot_map_entry tiny[] = {
	{ 16 * MIB, 0x4000, PVHBOOT_MAP_RAM, 0 },
};
static const struct pvhboot_map_entry large[] = {
	{ 0, 4 * GIB, PVHBOOT_MAP_RAM, 0 },
	{ 4 * GIB, (uint64_t)1 << 40, PVHBOOT_MAP_RAM, 0 },
};
static const struct pvhboot_map_entry wraps[] = {
	{ 0, 64 * MIB, PVHBOOT_MAP_RAM, 0 },
	{ 0xfffffffffffff000, 0x1001, PVHBOOT_MAP_RAM, 0 },
};

static const struct pvhboot_range avoid[] = {
	{ 32 * MIB, 34 * MIB },
	{ 33 * MIB, 35 * MIB + 1 },
	{ 4 * GIB, 5 * GIB },
};
static const struct pvhboot_module modules[] = {
	{ .bytes = BYTES("the first module"), .cmdline = TEXT("initrd") },
	{ .cmdline = TEXT("left out") },
	{ .bytes = BYTES("aligned"), .align = 2 * MIB },
};
static const struct pvhboot_blob blobs[] = {
	{ .bytes = BYTES("RSDP"), .gpa = 0xe0000, .type = PVHBOOT_MAP_RESERVED },
	{ .bytes = BYTES("a table"),
	  .window = { 1 * MIB, 3 * GIB },
	  .align = 64,
	  .type = PVHBOOT_MAP_ACPI },
};

const struct named_request requests[N_REQUESTS] = {
	{ "pc",
	  { .map = pc,
	    .n_map = COUNT(pc),
	    .modules = modules,
	    .n_modules = COUNT(modules),
	    .blobs = blobs,
	    .n_blobs = COUNT(blobs),
	    .cmdline = TEXT("console=ttyS0"),
	    .rsdp = 0xe0000,
	    .guests = PVHBOOT_FOR_LINUX | PVHBOOT_FOR_GRUB | PVHBOOT_FOR_XEN } },
	{ "holes",
	  { .map = holes,
	    .n_map = COUNT(holes),
	    .avoid = avoid,
	    .n_avoid = COUNT(avoid),
	    .modules = modules,
	    .n_modules = COUNT(modules),
	    .cmdline = TEXT("quiet"),
	    .flags = PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_MODULES_ABOVE_4GIB,
	    .guests = PVHBOOT_FOR_FREEBSD } },
	{ "tiny",
	  { .map = tiny,
	    .n_map = COUNT(tiny),
	    .modules = modules,
	    .n_modules = 1,
	    .flags = PVHBOOT_REQUEST_VERSION_0 | PVHBOOT_REQUEST_BELOW_1MIB,
	    .guests = PVHBOOT_FOR_OVMF } },
	{ "slide",
	  { .map = large,
	    .n_map = COUNT(large),
	    .slide = 2 * MIB,
	    .flags = PVHBOOT_REQUEST_SLIDE } },
	{ "wraps", { .map = wraps, .n_map = COUNT(wraps) } },
	{ "large",
	  { .map = large,
	    .n_map = COUNT(large),
	    .modules = modules,
	    .n_modules = COUNT(modules),
	    .ceiling = 3 * GIB,
	    .info_ceiling = 2 * GIB,
	    .flags = PVHBOOT_REQUEST_LOWEST } },
};
