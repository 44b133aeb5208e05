/* SPDX-License-Identifier: MIT */
/* The four functions that a compiler takes for granted. By the processor's string instructions:
 * initrds are large. */

#include "../../base/env.h"

void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	const uint8_t *last_from = (const uint8_t *)from + size - 1;
	uint8_t *last_to = (uint8_t *)to + size - 1;

	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(to, from, size);
	__asm__ volatile("std; rep movsb; cld"
			 : "+D"(last_to), "+S"(last_from), "+c"(size)
			 :
			 : "memory");
	return to;
}

void *memset(void *to, int value, size_t size)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;

	for (; size != 0; size--, left++, right++) {
		if (*left != *right)
			return *left - *right;
	}
	return 0;
}
