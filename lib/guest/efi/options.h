/* SPDX-License-Identifier: MIT */
/*
 * What the command line says to the environment itself, in its word "pvhboot.efi=": parts with
 * commas between them.
 *
 *	log                  say on the console what is done
 *	reset=PORT:VALUE     ResetSystem writes VALUE to PORT to restart the machine
 *	poweroff=PORT:VALUE  the same to switch it off
 *	smbios=ADDRESS       where the entry point of SMBIOS lies, below 4 GiB
 *
 * Numbers are decimal, or hexadecimal behind 0x. A value above 0xff is written as 16 bits. PORT is
 * what ACPI calls RESET_REG or PM1a_CNT_BLK; the value for the latter is in the DSDT.
 */
#ifndef EFI_OPTIONS_H
#define EFI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct efi_port_write {
	uint16_t port; /* 0: none */
	uint16_t value;
};

struct efi_options {
	struct efi_port_write reset;
	struct efi_port_write poweroff;
	uint32_t smbios; /* 0: none */
	bool log;
	const char *unknown; /* the first part that is not understood, or NULL */
};

/* Reads that word. Returns where it begins in the command line, and *rest is what follows it; both
 * are the end where there is none. */
const char *efi_options_read(const char *cmdline, struct efi_options *options, const char **rest);

/* Text of UTF-8 as UTF-16, as many words as bytes at most; returns where it ends. A byte that is no
 * UTF-8 becomes the character of its number. Behind the text is a NUL, or the word above. */
uint16_t *efi_options_widen(const char *from, const char *end, uint16_t *out);

#endif
