/* SPDX-License-Identifier: MIT */
/*
 * The whole porting surface of the core: four functions of <string.h>, and
 * what takes the place of arguments that a caller left out. Nothing else in
 * lib/ includes a header of a C library, but for hosted.c, elf_libelf.c and
 * codec/.
 */
#ifndef PVHB_ENV_H
#define PVHB_ENV_H

#include <stdbool.h>

#include <pvhboot/base.h>
#include <pvhboot/codec.h>

#ifdef PVHB_FREESTANDING

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

static inline const struct pvhboot_allocator *pvhb_default_allocator(void)
{
	return NULL;
}

static inline const struct pvhboot_codec *const *pvhb_default_codecs(void)
{
	static const struct pvhboot_codec *const none[] = { NULL };

	return none;
}

#else

#include <string.h>

/* hosted.c */
const struct pvhboot_allocator *pvhb_default_allocator(void);
const struct pvhboot_codec *const *pvhb_default_codecs(void);

#endif

#endif
