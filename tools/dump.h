/* SPDX-License-Identifier: MIT */
/* Guest memory in a file: raw, or a core. And the registers that a core has. */
#ifndef DUMP_H
#define DUMP_H

#include <pvhboot/cpu.h>

enum dump_format {
	DUMP_RAW = 0,
	DUMP_ELF_CORE = 1, /* segments: of QEMU, libvirt, Linux */
	DUMP_XEN_CORE = 2, /* sections: of Xen */
};

/* "raw", "elf-core", "xen-core". */
const char *dump_format_name(enum dump_format format);

struct dump_piece {
	uint64_t gpa;
	uint64_t size;   /* above 0; the last byte has an address */
	uint64_t offset; /* of its bytes in the file; what is behind them is 0 */
	uint64_t filesz; /* at most size */
};

/* How much is known of the first processor. */
enum dump_registers {
	DUMP_REGISTERS_NONE = 0,
	DUMP_REGISTERS_EBX = 1, /* cpu.rbx and cpu.rsi alone */
	DUMP_REGISTERS_ALL = 2, /* all but efer, which no core has */
};

struct dump {
	struct pvhboot_bytes file;
	struct dump_piece *pieces; /* ascending and disjoint, once they are settled */
	size_t n_pieces;
	struct pvhboot_cpu cpu;
	enum dump_format format;
	enum dump_registers registers;
};

/*
 * Finds out what the file is, and where memory lies in it: a core says so, raw memory starts
 * at base. *out borrows the file and must be released, whatever is returned: NO_EXIT, or
 * EXIT_REFUSED after a complaint.
 */
int dump_open(const char *path, struct pvhboot_bytes file, uint64_t base, struct dump *out);
void dump_release(struct dump *dump);

/* The read of struct pvhboot_memory, whose ctx is a dump. */
int dump_read(void *ctx, uint64_t gpa, void *bytes, size_t size);

/* Makes room for n pieces, of which none is there yet. Returns 0 when there is no memory. */
int dump_reserve(struct dump *dump, size_t n);

/* Puts the pieces in order. Where they share memory, the lower one has it: those of a core
 * that was made with the guest's page tables hold the same. */
void dump_settle(struct dump *dump);

/* Takes what a core says of rbx and rsi, or of ebx and esi. An rbx of more than 32 bits is not of
 * an entry. */
void dump_take_ebx(struct dump *dump, uint64_t rbx, uint64_t rsi);

#endif
