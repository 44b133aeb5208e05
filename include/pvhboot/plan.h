/* SPDX-License-Identifier: MIT */
/*
 * Where everything will lie in guest memory, decided before a byte is written.
 *
 *	struct pvhboot_request -> pvhboot_plan_make -> struct pvhboot_plan
 *
 * The plan is plain data: print it, hash it, edit it, reserve from it, or let
 * pvhboot_plan_commit() carry it out.
 */
#ifndef PVHBOOT_PLAN_H
#define PVHBOOT_PLAN_H

#include "base.h"
#include "kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Types of guest memory, as in the start_info.
 * Source: xen/include/public/arch-x86/hvm/start_info.h, XEN_HVM_MEMMAP_TYPE_*. */
enum pvhboot_map_type {
	PVHBOOT_MAP_RAM = 1,
	PVHBOOT_MAP_RESERVED = 2,
	PVHBOOT_MAP_ACPI = 3, /* reclaimable */
	PVHBOOT_MAP_NVS = 4,
	PVHBOOT_MAP_UNUSABLE = 5,
	PVHBOOT_MAP_DISABLED = 6,
	PVHBOOT_MAP_PMEM = 7
};

struct pvhboot_map_entry {
	uint64_t gpa;
	uint64_t size;     /* bytes; an entry of 0 is left out */
	uint32_t type;     /* enum pvhboot_map_type */
	uint32_t reserved; /* 0 */
};

/* A file for the guest: an initrd, a kernel for the loader that is booted, … */
struct pvhboot_module {
	struct pvhboot_bytes bytes; /* must stay until the plan was committed; a module
	                               of 0 bytes is left out */
	const char *cmdline;        /* NUL-terminated; NULL is the same as "" */
};

/* The kernel moves by request.slide exactly, or planning fails. Without the flag
 * it moves only when it must. For hosts that randomise its address (KASLR). */
#define PVHBOOT_REQUEST_SLIDE 1u

/* Zero in any member but kernel and map means "none" or the default. */
struct pvhboot_request {
	const struct pvhboot_kernel *kernel;
	const struct pvhboot_map_entry *map; /* of the guest; any order; where entries
	                                        overlap the later one of this order wins:
	                                        RAM, ACPI, NVS, PMEM, RESERVED, DISABLED,
	                                        UNUSABLE */
	size_t n_map;
	const struct pvhboot_range *avoid; /* RAM where nothing may be placed, e.g. the
	                                      loader itself; any order, may overlap */
	size_t n_avoid;
	const struct pvhboot_module *modules; /* for a Linux guest the first is the initrd */
	size_t n_modules;
	const char *cmdline; /* of the kernel, NUL-terminated; NULL is the same as "" */
	uint64_t rsdp;       /* gpa of the ACPI RSDP, 0: none */
	uint64_t ceiling;    /* gpa, exclusive: nothing is placed above; 0: 4 GiB, which
	                        is also the most */
	uint64_t info_ceiling; /* the same for the start_info block alone; 0: 1 GiB,
	                          older Linux maps no more when it reads the block */
	uint64_t slide;        /* with PVHBOOT_REQUEST_SLIDE: added to the link addresses
	                          modulo 2^64; 0, or what PHYS32_RELOC allows */
	uint32_t flags;        /* PVHBOOT_REQUEST_* */
	uint32_t reserved;     /* 0 */
};

enum pvhboot_place_kind {
	PVHBOOT_PLACE_SEGMENT = 1, /* index: the program header's number */
	PVHBOOT_PLACE_MODULE = 2,  /* index: in request.modules */
	PVHBOOT_PLACE_INFO = 3     /* the start_info block; index 0 */
};

/* "segment", "module", "start_info", or "?". */
PVHBOOT_API const char *pvhboot_place_kind_name(enum pvhboot_place_kind kind);

/* A piece of guest memory: source at gpa, then zeros up to size. */
struct pvhboot_place {
	uint64_t gpa;
	uint64_t size;               /* bytes, above 0 and at least source.size */
	struct pvhboot_bytes source; /* borrowed from the ELF image, a module or the workspace */
	uint32_t kind;               /* enum pvhboot_place_kind */
	uint32_t index;
};

/*
 * What pvhboot_plan_make() decided. places, info and map point into the
 * workspace, which must stay as long as the plan is used.
 */
struct pvhboot_plan {
	const struct pvhboot_place *places; /* ascending, disjoint */
	size_t n_places;
	struct pvhboot_bytes info; /* the start_info block: hvm_start_info, memory map,
	                              module list, command lines */
	const struct pvhboot_map_entry *map; /* of info: ascending, merged, disjoint */
	size_t n_map;
	uint64_t start_info; /* gpa, below 4 GiB; goes into ebx */
	uint64_t entry;      /* gpa, below 4 GiB; goes into eip */
	uint64_t slide;      /* added to the kernel's link addresses modulo 2^64; 0: not moved */
};

/*
 * How many bytes of workspace pvhboot_plan_make() needs for a request.
 *
 * INVAL  size is NULL, or as pvhboot_plan_make() but for map entries and avoid ranges
 * LIMIT  an array has more than 2^28 elements, or the size does not fit in a size_t
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request,
						      size_t *size, struct pvhboot_diag *diag);

/*
 * Plans a boot. Writes nothing but the workspace and, on success, *out. Equal
 * requests give equal plans. Allocates nothing; time grows as n log n in the
 * number of map entries, avoid ranges, modules and segments together.
 *
 * The kernel goes to its link address; when that is not all free RAM and the
 * kernel is relocatable, to the highest address that its note allows and where
 * one free range holds it with its gaps. Then the start_info
 * block and the modules, in this order, each at the start of a page
 * in the first free range above the kernel that holds it, else in the first
 * from 1 MiB on. Nothing touches page 0, an avoid range, memory that is not
 * RAM, or the gaps between the kernel's segments.
 *
 * INVAL      request, its kernel, out, or the workspace is NULL, an array or a
 *            module's bytes are NULL with a count, a map entry has a type of 0 or above 7, an avoid
 *            range ends before it starts, a ceiling is above 4 GiB, or flags has
 *            a bit that is not known
 * NOSPACE    the workspace is smaller than pvhboot_plan_need() says (found, bound)
 * LIMIT      as pvhboot_plan_need()
 * RANGE      a map entry wraps around 2^64, the kernel lies above the ceiling, or
 *            the slide that is wanted is not what its note allows
 * OVERLAP    the kernel's address is not free RAM, and it is not relocatable or
 *            must have this one; the segment that is wanted starts at offset and
 *            ends at found, bound is the first address in it that is not free
 * NOROOM     no free range holds the kernel (where it may move), the start_info
 *            block or a module; found is the size, bound the most that a free
 *            range has, for the kernel at an address that it may move to
 * MALFORMED  the ELF image has changed since it was opened
 * Warns about map entries that overlap with different types, about more than
 * 128 entries in the map, as many as Linux reads, and about modules of 0 bytes,
 * which are left out.
 * Source: docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_make(const struct pvhboot_request *request,
						      struct pvhboot_buffer workspace,
						      struct pvhboot_plan *out,
						      struct pvhboot_diag *diag);

/*
 * Checks a plan against its request without relying on how it was made: for a
 * plan that was edited, or stored and given the request's sources again (they
 * are compared by their addresses). Plain loops, meant for plans of ordinary
 * size: the time grows with the number of places and map entries times that of
 * map entries and avoid ranges, and where RAM is cut into many adjacent entries,
 * once more with these.
 *
 * INVAL      a pointer is NULL, an array is NULL with a count, or the request is
 *            invalid as for pvhboot_plan_make()
 * LIMIT      as pvhboot_plan_need()
 * MALFORMED  a place is empty or smaller than its source, places are not
 *            ascending, a place or the block differs from what the request asks
 *            for, or the block is malformed
 * OVERLAP    a place overlaps another, an avoid range, page 0 or, not being a
 *            segment, a gap of the kernel
 * RANGE      a map entry wraps around 2^64, a place leaves RAM or a ceiling, the
 *            entry is not in the bytes or zeros of a segment, an address in the
 *            block is not in the place it must be in, or the slide is not allowed
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_check(const struct pvhboot_plan *plan,
						       const struct pvhboot_request *request,
						       struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
