/* SPDX-License-Identifier: MIT */
/*
 * The four functions that the core asks for. They are instructions of the CPU:
 * loops in C would be turned by compilers into calls of what they are.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

static void copy_upwards(void *to, const void *from, size_t size)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void copy_downwards(void *to, const void *from, size_t size)
{
	void *to_last = (uint8_t *)to + size - 1;
	const void *from_last = (const uint8_t *)from + size - 1;

	__asm__ volatile("std\n\t"
			 "rep movsb\n\t"
			 "cld"
			 : "+D"(to_last), "+S"(from_last), "+c"(size)
			 :
			 : "cc", "memory");
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_upwards(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	/* upwards is right unless to lies inside of what is read */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		copy_upwards(to, from, size);
	else
		copy_downwards(to, from, size);
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *end = to;

	__asm__ volatile("rep stosb" : "+D"(end), "+c"(size) : "a"(byte) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (; size > 0; size--, left++, right++)
		if (*left != *right)
			return *left - *right;
	return 0;
}
