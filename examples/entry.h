/* SPDX-License-Identifier: MIT */
/* How a kernel is entered, as the options of the examples and of the command say it. */
#ifndef EXAMPLES_ENTRY_H
#define EXAMPLES_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef HAVE_EFI_ENVIRONMENT
#include <pvhboot/efi.h>
#endif
#include <pvhboot/plan.h>

#define ENTRY_NAMES "auto, pvh, linux64, bzimage64, bzimage32 or efi"

#define ENTRY_MAX_ENTROPY (PVHBOOT_KASLR_ENTROPY + PVHBOOT_RNG_SEED_ENTROPY)

/* The entry of that name. Returns 1, or 0 where there is none. */
static inline int entry_by_name(struct pvhboot_bytes name, uint32_t *kind)
{
	for (uint32_t i = 0;; i++) {
		const char *known = pvhboot_entry_name((enum pvhboot_entry_kind)i);
		const size_t size = pvhboot_text(known).size; /* bare metal has no strlen() */

		if (known[0] == '?') /* behind the last one */
			return 0;
		if (size == name.size && memcmp(known, name.data, size) == 0) {
			*kind = i;
			return 1;
		}
	}
}

/* For requests: what starts a file by its EFI entry. Empty where it was not built. */
static inline struct pvhboot_bytes entry_efi_environment(void)
{
#ifdef HAVE_EFI_ENVIRONMENT
	return pvhboot_efi_environment;
#else
	return (struct pvhboot_bytes){ NULL, 0 };
#endif
}

static inline int entry_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes of two hexadecimal digits each. Returns how many, or 0 where the text is none of 1 to
 * ENTRY_MAX_ENTROPY bytes. */
static inline size_t entry_entropy(struct pvhboot_bytes text, uint8_t out[ENTRY_MAX_ENTROPY])
{
	if (text.size % 2 != 0 || text.size / 2 > ENTRY_MAX_ENTROPY)
		return 0;
	for (size_t i = 0; i < text.size / 2; i++) {
		const int high = entry_digit(text.data[2 * i]);
		const int low = entry_digit(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return text.size / 2;
}

/* Bytes of entropy that a request with these flags wants, ENTRY_MAX_ENTROPY or less. */
static inline size_t entry_entropy_size(uint32_t flags)
{
	return (flags & PVHBOOT_REQUEST_KASLR ? PVHBOOT_KASLR_ENTROPY : 0) +
	       (flags & PVHBOOT_REQUEST_RNG_SEED ? PVHBOOT_RNG_SEED_ENTROPY : 0);
}

#endif
