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
#include "entry.h"
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
	uint64_t size;     /* bytes; an entry of 0 bytes is left out */
	uint32_t type;     /* enum pvhboot_map_type */
	uint32_t reserved; /* 0 */
};

/* A file for the guest: an initrd, a kernel for the loader that is booted, … */
struct pvhboot_module {
	struct pvhboot_bytes bytes;   /* must stay until the plan was committed; a module
	                                 of 0 bytes is left out */
	struct pvhboot_bytes cmdline; /* see request.cmdline */
	uint64_t gpa;                 /* where it must lie, in free RAM, at the start of a page; 0:
	                                 the planner chooses */
	uint64_t align;               /* its gpa is a multiple of this, also where gpa is given. A
	                                 power of two; 0, and less than a page, mean a page */
	uint32_t flags;               /* PVHBOOT_MODULE_* */
	uint32_t reserved32;          /* 0 */
	uint64_t reserved[2];         /* 0 */
};

/* The caller fills the module's place himself after the commit, for example by mapping a file
 * there. bytes.size counts; bytes.data is not read and may be NULL. */
#define PVHBOOT_MODULE_BY_CALLER 1u

/* Bytes that the guest finds by other means than the start_info: ACPI tables, a
 * device tree, an area of the firmware. They are read by the commit, so that they may
 * be written when the plan tells where they lie. */
struct pvhboot_blob {
	struct pvhboot_bytes bytes; /* must stay until the plan was committed */
	uint64_t size;              /* bytes that it has in the guest; 0: bytes.size. What lies
	                               behind bytes is 0 there. A blob of 0 bytes is left out */
	uint64_t gpa;               /* where it must lie: all in free RAM, or all outside of RAM
	                               and of avoid ranges. No ceiling counts. 0: in the
	                               first free range of the window that holds it */
	struct pvhboot_range window; /* where gpa is 0. It may lie above the ceiling. An end of 0:
	                                from 1 MiB to the ceiling */
	uint64_t align;             /* where gpa is 0: as in struct pvhboot_module. A gpa that is
	                               given need not be aligned */
	uint32_t type;              /* enum pvhboot_map_type that the guest's map has for the pages
	                               that it touches, unless these have one that wins over it
	                               (request.map); 0 is RAM */
	uint32_t flags;             /* PVHBOOT_BLOB_* */
	uint64_t reserved[2];       /* 0 */
};

/* The caller fills the blob's place himself after the commit. bytes.data is not read and may be
 * NULL. */
#define PVHBOOT_BLOB_BY_CALLER 1u

/* How the planner decides, in request.flags. */

/* The kernel moves by request.slide exactly, or planning fails. For hosts that choose the address
 * themselves. Without this flag, and without PVHBOOT_REQUEST_KASLR, it moves only when it must. */
#define PVHBOOT_REQUEST_SLIDE 1u

/* A kernel that must move goes to the lowest address that is possible, instead of
 * the highest. For boot loaders whose heap lies high, such as GRUB. */
#define PVHBOOT_REQUEST_LOWEST 2u

/* The start_info block and modules may lie below 1 MiB, from page 1 on. For guests
 * that have none of a PC's devices and tables there. */
#define PVHBOOT_REQUEST_BELOW_1MIB 4u

/* A module that finds no room below the ceiling goes above 4 GiB, and a module's gpa may lie
 * there.
 * - By PVH, not for Linux, GRUB and Xen: they read only 32 bits of a module's address.
 * - By an entry of Linux, only to kernels that take an initrd there: xloadflags have
 *   CAN_BE_LOADED_ABOVE_4G. Other kernels take none behind linux_boot.initrd_max. */
#define PVHBOOT_REQUEST_MODULES_ABOVE_4GIB 8u

/* The guest is Xen's control domain: flags of its start_info say so
 * (SIF_PRIVILEGED, SIF_INITDOMAIN), and a kernel with a note SUPPORTED_FEATURES
 * must list XENFEAT_dom0 there. By the PVH entry alone. */
#define PVHBOOT_REQUEST_DOM0 16u

/* A start_info of version 0: 40 bytes, without the memory map, which the guest
 * asks its hypervisor for. By the PVH entry alone. */
#define PVHBOOT_REQUEST_VERSION_0 32u

/* The modules become one, in the form that Linux takes several initrds.
 * - They lie one behind the other, in their order. Behind each but the last are zeros up to a
 *   multiple of 4 bytes.
 * - Address, alignment and command line are those of the first module that has bytes.
 * - The other modules must have a gpa of 0. Their alignment and command line are not used; a
 *   command line gives a warning.
 * - Each part is a place of its own, and may be BY_CALLER.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst. */
#define PVHBOOT_REQUEST_JOIN 64u

/* The RSDP lies in blob number request.rsdp_blob, at the offset request.rsdp. So the planner can
 * choose where, and the guest is told the right address. The blob's bytes may be written after
 * the plan: they are read by the commit. */
#define PVHBOOT_REQUEST_RSDP_IN_BLOB 128u

/* The kernel's address is random (KASLR), by request.entropy.
 * - LINUX64: the address in the guest's memory is random. So is the virtual one, where the kernel
 *   has relocations.
 * - PVH: the address in the guest's memory is random, where PHYS32_RELOC allows it. An i386 kernel
 *   with relocations needs no PHYS32_RELOC: both its addresses move by one slide.
 * - A bzImage as it is chooses for itself, and is not moved. By EFI it is the same.
 * The command line is obeyed as Linux obeys it. With nokaslr no address is random, with memmap= the
 * virtual one alone. With mem= the kernel stays below that size. Without nokaslr LINUX64 has
 * KASLR_FLAG in its boot_params, as if the kernel had chosen: it then chooses addresses for its
 * data.
 * plan.kaslr says how many addresses there were, or why there was one. Where the kernel goes is a
 * secret of the guest: do not log such a plan. Not together with PVHBOOT_REQUEST_SLIDE. */
#define PVHBOOT_REQUEST_KASLR 256u

/* The rest of request.entropy goes to the guest's generator of random numbers (SETUP_RNG_SEED).
 * By PVH and EFI there is no such way: the flag does nothing. The seed is a secret of the guest. It
 * lies in plan.info. */
#define PVHBOOT_REQUEST_RNG_SEED 512u

/* Bytes of entropy that the flags want, one behind the other in this order. Without the flags none
 * may be given. */
#define PVHBOOT_KASLR_ENTROPY 16u   /* exactly */
#define PVHBOOT_RNG_SEED_ENTROPY 32u /* at least; at most 4096 */

/* Zero in any member but kernel and map means "none" or the default.
 * - The request, and what it points at, must not change during a call.
 * - Exceptions: the ELF image of the kernel (kernel.h), and the bytes of modules and blobs. No
 *   function of this header reads these bytes. */
struct pvhboot_request {
	const struct pvhboot_kernel *kernel; /* not read by the functions of boot.h */
	const struct pvhboot_map_entry *map; /* of the guest; any order. Where entries overlap,
	                                        the type wins that stands later in this list:
	                                        RAM, ACPI, NVS, PMEM, RESERVED, DISABLED,
	                                        UNUSABLE */
	size_t n_map;
	const struct pvhboot_range *avoid; /* RAM where nothing may be placed, e.g. the
	                                      loader itself; any order, may overlap */
	size_t n_avoid;
	const struct pvhboot_module *modules; /* for a Linux guest the first is the initrd */
	size_t n_modules;
	const struct pvhboot_blob *blobs;
	size_t n_blobs;
	struct pvhboot_bytes cmdline; /* of the kernel, without a NUL behind it: of a C string
	                                 pvhboot_text() makes one */
	uint64_t rsdp;         /* gpa of the ACPI RSDP, 0: none. With
	                          PVHBOOT_REQUEST_RSDP_IN_BLOB, an offset, 0 included */
	uint64_t ceiling;      /* gpa, exclusive: what is placed ends here or below. Exceptions:
	                          blobs with a gpa or a window, and modules under
	                          PVHBOOT_REQUEST_MODULES_ABOVE_4GIB. 0: 4 GiB, which is also the
	                          most. But where it is 0, PVHBOOT_REQUEST_KASLR may put a
	                          kernel by LINUX64 anywhere below 512 GiB */
	uint64_t info_ceiling; /* one more ceiling, for the start_info block (or boot_params)
	                          alone. 0: 1 GiB, as older Linux maps no more when it reads it */
	uint64_t slide;        /* with PVHBOOT_REQUEST_SLIDE: added to the link addresses
	                          modulo 2^64. It is 0, or a move that the entry allows: by PVH
	                          as PHYS32_RELOC says (with relocations for i386 in steps of
	                          linux_boot.align too, below 512 MiB), by one of Linux as
	                          linux_boot.relocatable and .align say, from 1 MiB to 4 GiB */
	uint32_t flags;        /* PVHBOOT_REQUEST_* */
	uint32_t guests;       /* PVHBOOT_FOR_* of entry.h: warn of what these guests do not take */
	uint32_t entry;        /* enum pvhboot_entry_kind */
	uint32_t rsdp_blob;    /* with PVHBOOT_REQUEST_RSDP_IN_BLOB: index in blobs */
	struct pvhboot_bytes entropy; /* random bytes, for the flags that want them */
	struct pvhboot_bytes efi; /* for PVHBOOT_ENTRY_EFI, in boot.h; else not looked at. The EFI
	                             environment: pvhboot_efi_environment of <pvhboot/efi.h>, or
	                             what the file pvhboot-efi.elf holds. An ELF image with the
	                             PVH entry */
	uint64_t reserved[4];  /* 0 */
};

enum pvhboot_place_kind {
	PVHBOOT_PLACE_SEGMENT = 1, /* index: the program header's number */
	PVHBOOT_PLACE_MODULE = 2,  /* index: in request.modules */
	PVHBOOT_PLACE_INFO = 3,    /* the block: plan.info; index 0 */
	PVHBOOT_PLACE_SYMBOLS = 4, /* the kernel's symbols; index 0 is their head, 1 the
	                              table, 2 the strings */
	PVHBOOT_PLACE_BLOB = 5     /* index: in request.blobs */
};

/* "segment", "module", "start_info" (also where it is a boot_params), "symbols", "blob", or "?". */
PVHBOOT_API const char *pvhboot_place_kind_name(enum pvhboot_place_kind kind);

/* In place.flags: a commit does not touch the place, and the caller fills it after the commit.
 * The planner sets the flag for modules and blobs that are BY_CALLER. A caller may set it in any
 * place of a plan. */
#define PVHBOOT_PLACE_BY_CALLER 1u

/* A piece of guest memory: source at gpa, then zeros up to size. */
struct pvhboot_place {
	uint64_t gpa;
	uint64_t size;               /* bytes, above 0 and at least source.size */
	struct pvhboot_bytes source; /* borrowed from the ELF image, a module, a blob or the
	                                workspace */
	uint64_t source_offset;      /* of source in the ELF image, for segments and for symbols
	                                of index 1 and 2; 0 for any other */
	uint32_t kind;               /* enum pvhboot_place_kind */
	uint32_t index;
	uint32_t flags;              /* PVHBOOT_PLACE_* */
	uint32_t reserved32;         /* 0 */
	uint64_t reserved;           /* 0 */
};

/* Why an address of the kernel is not random. */
enum pvhboot_fixed_reason {
	PVHBOOT_FIXED_NOT = 0,           /* it is random */
	PVHBOOT_FIXED_NOT_WANTED = 1,    /* PVHBOOT_REQUEST_KASLR is not set */
	PVHBOOT_FIXED_BY_CMDLINE = 2,    /* nokaslr, or memmap= for the one in the guest's memory */
	PVHBOOT_FIXED_BY_ENTRY = 3,      /* a virtual one by PVH; any of a bzImage as it is, and by
	                                    EFI */
	PVHBOOT_FIXED_NOT_RELOCATABLE = 4,
	PVHBOOT_FIXED_NO_RELOCS = 5,     /* the ELF image is not followed by relocations */
	PVHBOOT_FIXED_NO_ROOM = 6        /* there is one address, or none but the linked one */
};

/* "", "not asked for", "command line", "entry", "not relocatable", "no relocations", "no room", or
 * "?". */
PVHBOOT_API const char *pvhboot_fixed_reason_name(enum pvhboot_fixed_reason reason);

/* What PVHBOOT_REQUEST_KASLR came to. Of this virtual_slide is a secret of the guest, and so are
 * plan.slide, plan.entry and the gpa of segments. */
struct pvhboot_kaslr {
	uint64_t virtual_slide;    /* by which the kernel must be relocated; 0: it need not be. For
	                              an i386 kernel with relocations this is plan.slide, also
	                              without the flag */
	uint32_t physical_slots;   /* among as many addresses one was chosen; 1: it is fixed */
	uint32_t virtual_slots;
	uint32_t physical_fixed;   /* enum pvhboot_fixed_reason */
	uint32_t virtual_fixed;
};

/*
 * What pvhboot_plan_make() decided. places, info and map point into the
 * workspace, which must stay as long as the plan is used.
 */
struct pvhboot_plan {
	struct pvhboot_place *places; /* ascending, disjoint; the caller's to edit */
	size_t n_places;
	struct pvhboot_bytes info; /* the start_info block: hvm_start_info, memory map,
	                              module list, command lines. For the entries of Linux
	                              boot_params, page tables, GDT, setup_data, command line */
	const struct pvhboot_map_entry *map; /* for the guest: ascending, merged, disjoint */
	size_t n_map;
	uint64_t start_info; /* gpa of the block, below 4 GiB: the start_info or boot_params */
	uint64_t entry;      /* gpa, may be 0. Below 4 GiB, but for LINUX64 with
	                        PVHBOOT_REQUEST_KASLR */
	uint64_t page_tables; /* gpa of the PML4, for entries of 64 bits; else 0 */
	uint64_t gdt;        /* gpa, for the entries of Linux; else 0 */
	uint64_t slide;      /* added to the kernel's link addresses modulo 2^64; 0: not moved */
	struct pvhboot_kaslr kaslr;
	uint32_t entry_kind; /* enum pvhboot_entry_kind, never AUTO */
	uint32_t reserved32; /* 0 */
	uint64_t reserved[6]; /* 0 */
};

/*
 * How many bytes of workspace pvhboot_plan_make() needs for a request.
 *
 * INVAL  size is NULL
 * INVAL, NOTPVH, RANGE, UNSUPPORTED  as pvhboot_plan_make(). Map entries, avoid ranges and where
 *        the kernel goes are not looked at
 * LIMIT  an array has more than 2^28 elements, or the size does not fit in a size_t
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request,
						      size_t *size, struct pvhboot_diag *diag);

/*
 * Plans a boot. Writes nothing but the workspace and, on success, *out. Equal
 * requests give equal plans. Allocates nothing.
 *
 * What goes where, in this order:
 * - blobs and modules with a gpa: there
 * - the kernel: at its link address, where all of it is free RAM there. Otherwise, where the kernel
 *   is relocatable: at the highest address (with PVHBOOT_REQUEST_LOWEST the lowest) that its
 *   note or its boot header allows, in one free range that holds it with its gaps and its symbols
 * - the other blobs: each in the first free range of its window
 * - the start_info block, then the other modules: each at the start of a page, in the first
 *   free range that lies above the kernel and above 1 MiB and holds it. Where there is none, in
 *   the first from 1 MiB on (under PVHBOOT_REQUEST_BELOW_1MIB, from page 1 on)
 * - with PVHBOOT_REQUEST_KASLR the kernel once more: in one piece, at one of the addresses that all
 *   else has left free
 * What is never touched:
 * - page 0, but by a kernel that is linked there
 * - avoid ranges, and the gaps between the kernel's segments
 * - memory that is not RAM, but by blobs with a gpa
 *
 * Time grows as n log n, where n is the number of map entries, avoid ranges, modules and segments
 * together. Each blob, and each module with a gpa, costs that time once more. A module with an
 * alignment above a page may look at every free range.
 *
 * INVAL      - request, its kernel, out, or the workspace is NULL, or the kernel was not
 *              opened
 *            - an array is NULL and its count is not 0; or the bytes of a module, blob or command
 *              line are NULL and their size is not 0
 *            - a command line has a NUL in it
 *            - a map entry or blob has a type that does not exist
 *            - an avoid range or window ends before it starts
 *            - an alignment is no power of two, or a ceiling is above 4 GiB
 *            - a blob is smaller than its bytes, or a module's gpa is not a multiple of its
 *              alignment, which is a page at least
 *            - a joined module has a gpa, and is not the first that has bytes
 *            - there is no blob number rsdp_blob, or it ends before the 20 bytes of an RSDP at the
 *              offset do
 *            - an unknown bit in flags or guests, an unknown entry, or a reserved member that is
 *              not 0
 *            - PVHBOOT_REQUEST_SLIDE and _KASLR together
 *            - less entropy, or more, than the flags want
 *            - PVHBOOT_REQUEST_DOM0 or _VERSION_0, and an entry of Linux or EFI is asked for
 * NOTPVH     the kernel does not have the entry that is asked for; for PVHBOOT_ENTRY_AUTO under
 *            PVHBOOT_REQUEST_DOM0 or _VERSION_0 this is PVH. diag->detail lists those that it has.
 *            EFI is an entry of prepared.kernel alone (boot.h)
 * NOSPACE    the workspace is smaller than pvhboot_plan_need() says (found, bound)
 * LIMIT      as pvhboot_plan_need()
 * RANGE      - a map entry, module or blob wraps around 2^64
 *            - the kernel lies above the ceiling
 *            - the kernel needs RAM where the map has none. offset is the gpa of the segment, found
 *              its end, bound the first address in it that is not RAM
 *            - a module with a gpa ends above the ceiling, and the flags do not allow that
 *            - the slide that is asked for is not allowed (request.slide)
 * OVERLAP    - the kernel's address is taken, and the kernel is not relocatable or has to have
 *              this address. offset is the gpa of the segment, found its end, bound the first
 *              address in it that is not free
 *            - the gpa of a module or blob is not free; offset, found and bound as for a segment
 *            - a module or blob with a gpa lies between the kernel's segments: found is its
 *              end, bound the end of the kernel
 * NOROOM     no free range holds the kernel (where it may move), a blob (in its
 *            window), the start_info block or a module. found is the size that is needed. bound
 *            is the size of the largest free range that counts: for the kernel, what such a
 *            range has at addresses that the kernel may move to
 * UNSUPPORTED  PVHBOOT_REQUEST_DOM0, and by its notes the kernel cannot be a dom0. (This is a
 *            failure for which pvhboot_status_is_foreign() is 1, too.)
 * MALFORMED  the ELF image has changed since it was opened
 * Warns about
 * - map entries that overlap with different types
 * - more than 128 entries in the map, as many as Linux reads by PVH
 * - by an entry of Linux, more than one module, or a command line that the kernel has no room for
 * - modules and blobs of 0 bytes, which are left out
 * - a command line of a joined module other than the first; it is left out
 * - what the guests that the request names do not take (entry.h)
 * Source: docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_make(const struct pvhboot_request *request,
						      struct pvhboot_buffer workspace,
						      struct pvhboot_plan *out,
						      struct pvhboot_diag *diag);

/*
 * Checks a plan against its request, without relying on how it was made. Use it
 * - for a plan that was edited
 * - for a plan that was stored. Its places must point at the request's sources again: sources are
 *   compared by their addresses
 * For a plan of pvhboot_prepare(), boot.h says what the request must have.
 *
 * Plain loops, for plans of ordinary size. Time grows as the product of two numbers: that of
 * modules, blobs, places and map entries, and that of places, map entries and avoid ranges. Where
 * RAM is cut into many adjacent entries, it grows once more with their number.
 *
 * INVAL      a pointer is NULL, an array is NULL and its count is not 0, or the request is
 *            invalid as for pvhboot_plan_make()
 * LIMIT      as pvhboot_plan_need()
 * NOTPVH, UNSUPPORTED  as pvhboot_plan_make()
 * MALFORMED  - a place is empty or smaller than its source, or places do not ascend
 *            - a place, the entry kind or the block is not what the request asks for
 *            - the block is malformed
 * OVERLAP    - a place overlaps another, an avoid range, or page 0 (but a kernel that is linked
 *              there)
 *            - a place that is not the kernel's lies between its segments
 * RANGE      - a map entry, module or blob wraps around 2^64
 *            - a place leaves a ceiling, or RAM. Pages of a blob with another type are no RAM
 *              for other places
 *            - the entry is not in the bytes or zeros of a segment
 *            - an address in the block is not in the place that it must be in
 *            - the slide, or the virtual one, is not allowed
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_check(const struct pvhboot_plan *plan,
						       const struct pvhboot_request *request,
						       struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
