/* SPDX-License-Identifier: MIT */
/* Exceptions are printed, instead of a reset that nobody can explain. */
#ifndef EFI_FAULT_H
#define EFI_FAULT_H

void efi_fault_setup(void);

#endif
