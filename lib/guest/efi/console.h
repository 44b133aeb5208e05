/* SPDX-License-Identifier: MIT */
/* Text for whoever watches the machine: on the serial port 0x3f8, else on Xen's port 0xe9, or that
 * of QEMU's debug console. Where there is none of them, nothing is said. */
#ifndef EFI_CONSOLE_H
#define EFI_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "uefi.h"

void console_open(bool is_xen);
void console_character(char character);

/* In format, %s is a string, %x a uint64_t, %g a pointer to a struct efi_guid. */
void console_print(const char *format, ...);

/* The same if the command line asks for a log. */
extern bool console_logs;
#define console_log(...) (console_logs ? console_print(__VA_ARGS__) : (void)0)

/* What did not hold: a rule, and the numbers. Returns false. */
bool console_refuse(const char *rule, uint64_t found, uint64_t bound);

/* ConOut and ConIn (UEFI 2.10, 12.3 and 12.4). */
struct efi_text_output {
	efi_service at[9];
	struct efi_text_output_mode *mode;
};
struct efi_text_input {
	efi_service at[2];
	void *wait_for_key;
};
extern struct efi_text_output console_output;
extern struct efi_text_input console_input;

#endif
