/* SPDX-License-Identifier: MIT */
/* Names for what is not booted here, so that a person sees which file was given. */

#include "foreign.h"

#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/multiboot.h"
#include "../base/span.h"

/* Of architectures that Linux or a BSD runs on. Source: the registry of e_machine, System V
 * gABI. */
static const struct {
	uint16_t machine;
	char name[16];
} machines[] = {
	{ 2, "SPARC" },     { 4, "m68k" },      { 8, "MIPS" },         { 10, "MIPS" },
	{ 15, "PA-RISC" },  { 18, "SPARC" },    { 20, "PowerPC" },     { 21, "64-bit PowerPC" },
	{ 22, "s390" },     { 40, "ARM" },      { 42, "SuperH" },      { 43, "64-bit SPARC" },
	{ 50, "Itanium" },  { 92, "OpenRISC" }, { 93, "ARC" },         { 94, "Xtensa" },
	{ 164, "Hexagon" }, { 183, "AArch64" }, { 189, "MicroBlaze" }, { 195, "ARC" },
	{ 243, "RISC-V" },  { 252, "C-SKY" },   { 258, "LoongArch" },  { 0x9026, "Alpha" },
};

#define N_MACHINES (sizeof(machines) / sizeof(machines[0]))

void pvhb_kernel_foreign_machine(uint16_t machine, struct pvhboot_diag *diag)
{
	size_t i;

	//@ loop assigns i, DETAIL;
	for (i = 0; i < N_MACHINES; i++) {
		if (machines[i].machine != machine)
			continue;
		pvhb_detail_text(diag, "a kernel for ");
		pvhb_detail_text(diag, machines[i].name);
	}
}

void pvhb_kernel_foreign_type(uint16_t type, struct pvhboot_diag *diag)
{
	if (type == PVHBOOT_ELF_ET_REL)
		pvhb_detail_text(diag, "an object file (ET_REL)");
	else if (type == PVHBOOT_ELF_ET_CORE)
		pvhb_detail_text(diag, "a core dump (ET_CORE)");
}

bool pvhb_kernel_foreign_is_pv(uint32_t note_type)
{
	switch (note_type) {
	case PVHBOOT_NOTE_ENTRY:
	case PVHBOOT_NOTE_HYPERCALL_PAGE:
	case PVHBOOT_NOTE_VIRT_BASE:
	case PVHBOOT_NOTE_PADDR_OFFSET:
	case PVHBOOT_NOTE_PAE_MODE:
	case PVHBOOT_NOTE_HV_START_LOW:
	case PVHBOOT_NOTE_L1_MFN_VALID:
	case PVHBOOT_NOTE_INIT_P2M:
	case PVHBOOT_NOTE_MOD_START_PFN:
		return true;
	default:
		return false;
	}
}

/* Owners that are told apart. Their names are compared up to a length: a name may be as long
 * as the file, and there may be as many of them. */
#define MAX_OWNERS 8
#define MAX_NAME 64

static bool is_same(struct pvhboot_bytes a, struct pvhboot_bytes b)
{
	return a.size <= MAX_NAME && pvhb_equal(a, b.data, b.size);
}

/* Adds an owner that is not among the n yet, and returns how many there are then. */
static size_t add_owner(struct pvhboot_bytes owners[MAX_OWNERS], size_t n,
			struct pvhboot_bytes owner)
{
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < n; i++) {
		if (is_same(owners[i], owner))
			return n;
	}
	owners[n] = owner;
	return n + 1;
}

/* Fills in the owners of the notes in the order in which they come. */
static size_t find_owners(const struct pvhboot_kernel *kernel,
			  struct pvhboot_bytes owners[MAX_OWNERS])
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	size_t n = 0;

	//@ loop invariant ARE_OWNERS(n) && PADDED(iter); loop assigns n, iter, note, OWNERS;
	while (n < MAX_OWNERS && pvhboot_note_next(kernel, &iter, &note))
		n = add_owner(owners, n, note.name);
	return n;
}

static void list_types(const struct pvhboot_kernel *kernel, struct pvhboot_bytes owner,
		       struct pvhboot_diag *diag)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	const char *separator = ": ";

	//@ loop invariant PADDED(iter); loop assigns iter, note, separator, DETAIL;
	while (pvhboot_note_next(kernel, &iter, &note)) {
		const char *name = NULL;

		if (!is_same(owner, note.name))
			continue;
		if (pvhboot_note_is_xen(&note))
			name = pvhboot_note_xen_name(note.type);
		pvhb_detail_text(diag, separator);
		if (name != NULL)
			pvhb_detail_text(diag, name);
		else
			pvhb_detail_number(diag, note.type);
		separator = ", ";
	}
}

void pvhb_kernel_foreign(const struct pvhboot_kernel *kernel, bool is_pv, struct pvhboot_diag *diag)
{
	struct pvhboot_bytes owners[MAX_OWNERS];
	size_t n = find_owners(kernel, owners), i;

	if (is_pv)
		pvhb_detail_text(diag, "a kernel for paravirtual (PV) guests; ");
	else if (pvhb_is_multiboot(kernel->elf))
		pvhb_detail_text(diag, "a multiboot kernel; ");
	pvhb_detail_text(diag, n == 0 ? "no notes" : "notes");
	//@ loop assigns i, DETAIL;
	for (i = 0; i < n; i++) {
		pvhb_detail_text(diag, i == 0 ? " of " : "; of ");
		if (owners[i].size != 0)
			pvhb_detail_bytes(diag, owners[i]);
		else
			pvhb_detail_text(diag, "nobody");
		list_types(kernel, owners[i], diag);
	}
	if (n == MAX_OWNERS)
		pvhb_detail_text(diag, "; ...");
}
