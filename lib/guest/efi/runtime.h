/* SPDX-License-Identifier: MIT */
/*
 * Services that stay when the kernel runs (UEFI 2.10, 8), and how the machine is ended. Their
 * code, and what it reads, is one region of pages; the tables, which the kernel reads, another.
 */
#ifndef EFI_RUNTIME_H
#define EFI_RUNTIME_H

#include <stdbool.h>

#include "options.h"
#include "uefi.h"

/* Linker symbols: the two regions. */
extern uint8_t efi_runtime_code[], efi_runtime_code_end[];
extern uint8_t efi_runtime_data[], efi_runtime_data_end[];

extern struct efi_system_table efi_system;

/* How ResetSystem ends the machine. Fixed when the image is entered: later nothing is written. */
enum efi_hypercall { EFI_NO_HYPERCALL, EFI_VMMCALL, EFI_VMCALL };
struct efi_reset {
	struct efi_port_write reset;
	struct efi_port_write poweroff;
	enum efi_hypercall hypercall; /* of Xen, which comes first */
	bool has_clock;               /* GetTime can read that of a PC */
};
extern struct efi_reset efi_reset;

/* Whether there is the clock of a PC. */
bool efi_has_clock(void);

/* Fills in the runtime services of efi_system. */
void efi_runtime_setup(void);

/* Ends the machine as a failure: by a restart if there is a way to, else it stops. */
_Noreturn void efi_end(void);

#endif
