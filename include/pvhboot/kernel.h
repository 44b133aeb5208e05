/* SPDX-License-Identifier: MIT */
/*
 * The ELF image: its segments, its notes, and what they say about the PVH entry.
 *
 *	ELF bytes -> pvhboot_kernel_open -> struct pvhboot_kernel
 */
#ifndef PVHBOOT_KERNEL_H
#define PVHBOOT_KERNEL_H

#include "base.h"
#include "entry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What XEN_ELFNOTE_PHYS32_RELOC permits; defaults are filled in.
 * Source: xen/include/public/elfnote.h. */
struct pvhboot_reloc {
	uint64_t align; /* the kernel moves by multiples of this; a power of two */
	uint64_t min;   /* gpa, lowest start of the kernel */
	uint64_t max;   /* gpa, last byte that the kernel may use (inclusive) */
};

/* What the notes FEATURES and SUPPORTED_FEATURES say, as bits XENFEAT_*: 0
 * writable_page_tables … 11 dom0. For toolstacks: a PVH guest needs none of them.
 * Source: xen/include/public/features.h. */
struct pvhboot_features {
	uint32_t supported; /* 0 also when there is no such note */
	uint32_t required;  /* marked with '!' in FEATURES */
	uint32_t is_complete; /* 1: SUPPORTED_FEATURES is there, and a feature that is not
	                         in supported is not supported */
	uint32_t reserved;    /* 0 */
};

/* The name that FEATURES has for bit 0 to 31, "dom0" for 11; NULL for one that it has
 * none for. A static string. */
PVHBOOT_API const char *pvhboot_feature_name(uint32_t bit);

/* The symbol table that a kernel with the note BSD_SYMTAB "yes" wants in memory
 * behind its last segment: a size, an ELF header with three section headers, then
 * .symtab and .strtab. All 0 without.
 * Source: xen/include/public/elfnote.h; the layout: Xen's
 * common/libelf/libelf-loader.c, elf_load_bsdsyms(). */
struct pvhboot_symbols {
	struct pvhboot_bytes symtab; /* in elf; either may be empty */
	struct pvhboot_bytes strtab;
	uint64_t gpa;          /* of the block as linked: kernel.end, aligned to 8 (ELF64) or 4 */
	uint64_t size;         /* of the block in bytes; 0: there is none */
	uint64_t symtab_shdr;  /* offsets in elf of the two section headers */
	uint64_t strtab_shdr;
	uint64_t reserved;     /* 0 */
};

/*
 * The relocations of a Linux kernel, which its build appends to the ELF image: lists of values that
 * hold virtual addresses, in front of each list a word of 0. In a list they ascend.
 *	ELF64  64-bit values; 32-bit values, inverse (up to Linux 6.14); 32-bit values
 *	ELF32  32-bit values
 * All 0: there are none.
 * Source: Linux arch/x86/tools/relocs.c; arch/x86/boot/compressed/misc.c, handle_relocations().
 */
struct pvhboot_relocs {
	uint64_t offset;      /* in the image, of the first list's word of 0 */
	uint32_t n_64;        /* 64-bit values, to be increased by the slide */
	uint32_t n_inverse;   /* 32-bit values, to be decreased */
	uint32_t n_32;        /* 32-bit values, to be increased */
	uint32_t reserved;    /* 0 */
};

/*
 * What the Linux entries need to know. Where there is a bzImage, its header says it. A bare ELF
 * image has none, and what is assumed is what is said here.
 * Source: Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 */
struct pvhboot_linux {
	struct pvhboot_bytes header; /* from offset 0x1f1 of the bzImage to its own end; empty:
	                                there is none */
	uint64_t entry;        /* gpa as linked: e_entry of the ELF image, or where the bzImage's
	                          protected-mode code starts. 0 where neither is an entry */
	uint64_t pref_address; /* of a bzImage; else the start of the kernel */
	uint64_t init_size;    /* bytes of RAM that a bzImage needs to unpack itself; else the
	                          size of the kernel in memory */
	uint64_t align;        /* the kernel moves by multiples of this; a power of two. Without a
	                          header 2 MiB */
	uint64_t initrd_max;   /* gpa of the last byte that an initrd may have; without a header
	                          0x7fffffff */
	struct pvhboot_relocs relocs;
	uint32_t cmdline_size; /* most bytes of a command line, without NUL; else 2047 */
	uint16_t protocol;     /* 0x020f is 2.15; 0: there is no header */
	uint16_t xloadflags;   /* as in the header; without one bits 0 and 1 of a 64-bit kernel */
	uint8_t relocatable;   /* 1: it can be loaded at other addresses; without a header 1 of a
	                          64-bit kernel, which finds out where it runs */
	uint8_t reserved8[7];  /* 0 */
	uint64_t reserved[4];  /* 0 */
};

/* Where the headers lie; for the iterators below, not for callers. Of a bzImage as it is phoff is
 * where its code lies, and phnum 1. */
struct pvhboot_elf_tables {
	uint64_t phoff;
	uint64_t shoff;
	uint32_t phnum;
	uint32_t shnum;
	uint32_t phentsize;
	uint32_t shentsize;
};

enum pvhboot_note_source {
	PVHBOOT_NOTES_NONE = 0,
	PVHBOOT_NOTES_SEGMENTS = 1, /* PT_NOTE */
	PVHBOOT_NOTES_SECTIONS = 2  /* SHT_NOTE, used when no PT_NOTE has a Xen note */
};

/*
 * In flags of pvhboot_kernel_open(). Accepts what Xen's domain builder accepts and this
 * library refuses otherwise, each with a warning:
 * - Segments share memory: what a later header loads wins. A segment that would cut an earlier
 *   one in two is refused (OVERLAP).
 * - Entry notes differ: the last is used.
 * - An entry note of 8 bytes is above 4 GiB: its lower half is used.
 * - A note is longer than its segment or section, but not than the image: it is read on.
 * - Notes show different entries by padding to 4 and to 8 bytes: 4 is used.
 * What is still refused boots nowhere, or by luck alone: other machines, other types of file,
 * segments whose bytes are not in the image, segments with more bytes in the file than in memory.
 */
#define PVHBOOT_COMPAT_XEN 1u

/*
 * A kernel that can be entered. It borrows the ELF image, which must stay as it is
 * until the plan made from it was committed. A change in between can make results wrong or
 * calls fail, but no access leaves the image.
 */
struct pvhboot_kernel {
	struct pvhboot_bytes elf; /* the ELF image, with what follows it; or the bzImage that is
	                             loaded as it is (elf_class 0) */
	uint64_t start;      /* gpa of the lowest segment as linked; may be 0 */
	uint64_t end;        /* gpa behind the highest segment as linked, at most 4 GiB */
	uint64_t entry;      /* gpa of the PVH entry as linked, below 4 GiB; may be 0. 0 where the
	                        kernel has none */
	struct pvhboot_reloc reloc; /* of the PVH entry; all 0 unless relocatable */
	struct pvhboot_linux linux_boot; /* GNU C defines linux as 1 */
	struct pvhboot_features features;
	struct pvhboot_symbols symbols;
	struct pvhboot_bytes build_id; /* of the GNU note, in elf; empty: none */
	struct pvhboot_bytes guest_os; /* of the note GUEST_OS, "linux"; in elf, without NULs at
	                                  its end; empty: none */
	struct pvhboot_elf_tables tables;
	uint32_t n_segments; /* that pvhboot_segment_next() yields */
	uint32_t n_notes;    /* that pvhboot_note_next() yields */
	uint32_t flags;      /* that it was opened with */
	uint32_t entries;    /* PVHBOOT_ENTRY_BIT() of those that it has, at least one. EFI never:
	                        pvhboot_efi_check() */
	uint16_t machine;    /* e_machine: 3 is i386, 62 is x86-64 */
	uint8_t elf_class;   /* 32 or 64; 0: a bzImage as it is */
	uint8_t relocatable; /* 1: PHYS32_RELOC is there */
	uint8_t note_source; /* enum pvhboot_note_source */
	uint8_t overlapping; /* 1: segments share memory, see PVHBOOT_COMPAT_XEN */
	uint8_t reserved8[2]; /* 0 */
	uint64_t reserved[8]; /* 0 */
};

/*
 * Reads and checks the ELF header, every program header and every note.
 * Accepts 32 and 64 bit, little-endian, EM_386 and EM_X86_64 in any
 * combination, ET_EXEC and ET_DYN.
 *
 * - Segments are the PT_LOADs with a size in memory, whatever their p_flags.
 * - They are placed by p_paddr, which may be 0. e_entry is not used. p_vaddr is used only to find
 *   the section that the entry lies in.
 * - Notes are read as padded to 4 bytes, whatever p_align says. Where they are malformed then, or
 *   padding to 8 bytes shows more Xen notes, they are read as padded to 8.
 * - The order of headers matters to repeated notes only: of PHYS32_RELOC, BSD_SYMTAB and
 *   GUEST_OS the last is used.
 * - flags is 0 or PVHBOOT_COMPAT_XEN, which softens some of the rules below.
 *
 * INVAL        elf.data is NULL with a size, out is NULL, or flags has an unknown bit
 * TRUNCATED    the image ends inside its header or the program header table,
 *              or before the bytes of a segment, of a note or of the symbol table
 * FORMAT       no ELF magic
 * UNSUPPORTED  big-endian, another machine, an ELF type other than EXEC and DYN (diag->detail
 *              says which), a FEATURES note that requires a feature which is not known, or
 *              separate debug information: by its section headers the code at the entry, or
 *              all that is loaded, has no bytes in the file
 * MALFORMED    a header field is out of range, a segment has more bytes in the
 *              file than in memory or wraps around 2^64, there is no segment, a note
 *              leaves its segment or has a wrong size, two entry notes differ,
 *              or 4 and 8 byte padding show different entries
 * OVERLAP      two segments share memory
 * RANGE        a segment or the symbols end above 4 GiB, or the entry is above
 *              4 GiB or not in any segment
 * LIMIT        more than PVHBOOT_MAX_NOTES notes in segments or in sections,
 *              segments that are not in ascending order and more than
 *              PVHBOOT_MAX_UNSORTED program headers, or a FEATURES note above
 *              4096 bytes
 * NOTPVH       no PHYS32_ENTRY note. diag->detail names the notes that were seen. Of a kernel
 *              for paravirtual (PV) guests or for multiboot it says that it is one. This
 *              status and not MALFORMED is also that of a kernel for PV guests with a malformed
 *              note. Such a kernel is known by a note that only a builder of PV guests needs,
 *              such as ENTRY: the malformed one, or one before it
 * Warns about
 * - a section header table that is out of range; it is ignored
 * - a p_align that is no power of two; it is ignored
 * - notes at offset 0; they are ignored
 * - bytes other than 0 behind the last note
 * - a Xen owner name of another length than 4
 * - repeated relocation notes; the last is used
 * - an entry outside of a segment's bytes in the file, in its bss
 * - a symbol table that BSD_SYMTAB asks for and that is missing, or whose strings are missing; no
 *   symbols are loaded
 * - whatever PVHBOOT_COMPAT_XEN lets pass
 *
 * The built-in reader allocates nothing. libelf allocates up to 2 MiB by malloc() for as long
 * as the call takes, and sets its process-wide version of ELF to the only one that there is.
 * Where libelf cannot read, the built-in reader does.
 * Source: xen/include/public/elfnote.h, docs/misc/pvh.pandoc, System V gABI.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_kernel_open(struct pvhboot_bytes elf, uint32_t flags,
							struct pvhboot_kernel *out,
							struct pvhboot_diag *diag);

/*
 * Opens a kernel with all entries that it has, those of Linux too. Either of elf and bzimage may
 * be empty, but not both:
 *
 *	elf      bzimage
 *	ELF      -         PVH where it has the note; LINUX64 where it is Linux for x86-64, which
 *	                   a note of owner "Linux" tells
 *	ELF      bzImage   the same, of the kernel that was unpacked from the bzImage: this is Linux
 *	                   without that note, and what the header says counts
 *	-        bzImage   BZIMAGE64 where xloadflags say so, and BZIMAGE32: loaded as it is. It has
 *	                   one segment, which is the protected-mode code and has init_size in memory
 *
 * bzimage is pvhboot_image.bzimage. It is borrowed as elf is.
 *
 * As pvhboot_kernel_open() for an ELF image, but with NOTPVH only where there is no entry at all.
 * (This also holds where notes are malformed that only a builder of PV guests needs.)
 * A kernel with the PVH entry needs neither its boot header nor e_entry: what is wrong with them
 * is a warning then, there is no LINUX64, and linux_boot is all zero. Else
 * INVAL        both are empty, or bzimage.data is NULL with a size
 * TRUNCATED    the bzImage ends inside its header, or in front of its protected-mode code
 * FORMAT       the bzImage has no "HdrS"
 * UNSUPPORTED  - a bzImage of a protocol before 2.10, to be loaded as it is: it has no init_size
 *              - one that is not loaded high (LOADED_HIGH)
 * MALFORMED    - the header ends before its fields of protocol 2.08 do, or reaches beyond 0x290
 *              - in a bzImage that is to be loaded as it is: kernel_alignment is 0 or no power of
 *                two, pref_address is no multiple of it, init_size is smaller than the code
 * RANGE        - e_entry is not in a segment
 *              - pref_address + init_size is above 4 GiB
 *              - in a bzImage that is to be loaded as it is: the 64-bit entry lies behind
 *                init_size, pref_address is below 1 MiB
 * Warns about
 * - kernel_alignment that is 0 or no power of two, beside an ELF image, and one below 2 MiB of a
 *   64-bit kernel; 2 MiB is used
 * - cmdline_size or initrd_addr_max that is 0; what is assumed without a header is used
 * - bytes behind the ELF image that are no relocations: their words of 0 are not as many as the
 *   image's class has; they are ignored
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_kernel_open_linux(struct pvhboot_bytes elf, struct pvhboot_bytes bzimage, uint32_t flags,
			  struct pvhboot_kernel *out, struct pvhboot_diag *diag);

/*
 * Checks all relocations of a kernel, then applies them, so that it can run with its virtual
 * addresses increased by slide. elf is the image of the kernel, where it can be written. The
 * kernel's entry and notes were read before, and still say where it was linked.
 * A slide of -slide undoes it, and so the rules are about the slide without its sign. (A kernel
 * that was not relocated wants none below 0.)
 * Time grows with the number of relocations.
 *
 * INVAL      kernel or elf.data is NULL, the kernel has no relocations, or elf.size is not the size
 *            of its image
 * RANGE      slide is not a multiple of linux_boot.align, or the kernel would leave the virtual
 *            range that Linux has for it, which is 1 GiB (x86-64) or 512 MiB (i386)
 * MALFORMED  - a list does not ascend, or values overlap, those of two lists too
 *            - a value is not in the bytes of one segment; segments are found by p_paddr in an
 *              ELF64 image, and by p_vaddr in an ELF32 one
 *            - the segments do not ascend, by these addresses or in the file
 *            - a segment has the program headers in it, or lies in front of them in the file
 *            - the image has changed since it was opened
 * LIMIT      there are more than 16 segments
 * After a failure nothing was changed. (But where others change the image meanwhile, some values
 * can be.)
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_kernel_relocate(const struct pvhboot_kernel *kernel,
							    struct pvhboot_buffer elf,
							    uint64_t slide,
							    struct pvhboot_diag *diag);

#define PVHBOOT_MAX_NOTES 65536u
#define PVHBOOT_MAX_UNSORTED 1024u

/* One piece of the kernel to be loaded. */
struct pvhboot_segment {
	struct pvhboot_bytes bytes; /* at the start of the segment; the rest is zero (bss) */
	uint64_t offset;            /* of bytes in the ELF image */
	uint64_t gpa;               /* p_paddr, as linked */
	uint64_t size;              /* p_memsz, above 0 and at least bytes.size. Where a later
	                               segment wins over a part of this one, size, offset, gpa
	                               and bytes are those of what remains */
	uint32_t index;             /* of the program header */
	uint32_t flags;             /* p_flags: 1 execute, 2 write, 4 read */
};

struct pvhboot_segment_iter {
	uint32_t next; /* 0 starts */
};

/* Yields the segments in the order of their headers. Returns 1 and fills *out,
 * or 0 at the end. Start with an iterator that is all zero. */
PVHBOOT_API int pvhboot_segment_next(const struct pvhboot_kernel *kernel,
				     struct pvhboot_segment_iter *iter,
				     struct pvhboot_segment *out);

struct pvhboot_note {
	struct pvhboot_bytes name; /* of the owner, without up to 8 NULs behind it */
	struct pvhboot_bytes desc;
	uint64_t offset;           /* of the note's header in the ELF image */
	uint32_t type;             /* meaning depends on the owner */
	uint32_t padding;          /* 4 or 8: the rule by which it was read */
};

struct pvhboot_note_iter {
	uint32_t table;   /* header that is being read; all 0 starts */
	uint32_t padding; /* of its notes; 0: not entered yet */
	uint64_t offset;  /* in its notes */
};

/* Yields the notes of all owners in the order of their headers, from the source
 * that kernel->note_source tells. Returns 1 and fills *out, or 0 at the end.
 * Start with an iterator that is all zero. */
PVHBOOT_API int pvhboot_note_next(const struct pvhboot_kernel *kernel,
				  struct pvhboot_note_iter *iter, struct pvhboot_note *out);

/* 1 when the note's owner is "Xen". */
PVHBOOT_API int pvhboot_note_is_xen(const struct pvhboot_note *note);

/* The name of a type of Xen note without its prefix, "PHYS32_ENTRY"; NULL for
 * one that elfnote.h does not name. A static string. */
PVHBOOT_API const char *pvhboot_note_xen_name(uint32_t type);

#ifdef __cplusplus
}
#endif

#endif
