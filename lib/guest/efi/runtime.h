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
extern struct efi_runtime_services efi_runtime;

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

/* The services that stay. */
EFIAPI efi_status efi_get_time(struct efi_time *time, void *capabilities);
EFIAPI efi_status efi_set_virtual_address_map(uint64_t size, uint64_t step, uint32_t version,
					      const uint8_t *map);
EFIAPI void efi_reset_system(uint32_t type, efi_status status, uint64_t size, const void *data);

/* In the place of those that there are not. */
EFIAPI efi_status efi_unsupported(void);

/* Ends the machine as a failure: by a restart if there is a way to, else it stops. */
_Noreturn void efi_end(void);

#endif
