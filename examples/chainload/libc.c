/* SPDX-License-Identifier: MIT */
/*
 * The C library of this loader: what the core and the archives of zlib, liblzma,
 * liblz4 and libzstd leave undefined, and nothing else, so that a version of
 * theirs that needs more does not link.
 *
 * The string functions are instructions of the CPU. Loops in C would be turned
 * by compilers into calls of the functions that they are.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

/* Words first: emulators take as long for a byte as for eight. */
static void copy_upwards(void *to, const void *from, size_t size)
{
	size_t words = size / 8;
	size_t bytes = size % 8;

	__asm__ volatile("rep movsq\n\t"
			 "mov %[bytes], %%rcx\n\t"
			 "rep movsb"
			 : "+D"(to), "+S"(from), "+c"(words)
			 : [bytes] "r"(bytes)
			 : "memory");
}

static void copy_downwards(void *to, const void *from, size_t size)
{
	void *to_last = (uint8_t *)to + size - 1;
	const void *from_last = (const uint8_t *)from + size - 1;
	size_t words = size / 8;
	size_t bytes = size % 8;

	/* from the last byte to the first byte of the last word is 7 */
	__asm__ volatile("std\n\t"
			 "rep movsb\n\t"
			 "sub $7, %%rdi\n\t"
			 "sub $7, %%rsi\n\t"
			 "mov %[words], %%rcx\n\t"
			 "rep movsq\n\t"
			 "cld"
			 : "+D"(to_last), "+S"(from_last), "+c"(bytes)
			 : [words] "r"(words)
			 : "cc", "memory");
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_upwards(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	/* Upwards is right unless to lies inside of what is read. The difference,
	 * modulo 2^64, tells in one comparison. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		copy_upwards(to, from, size);
	else
		copy_downwards(to, from, size);
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *end = to;
	uint64_t word = (uint8_t)byte * (uint64_t)0x0101010101010101;
	size_t words = size / 8;
	size_t bytes = size % 8;

	__asm__ volatile("rep stosq\n\t"
			 "mov %[bytes], %%rcx\n\t"
			 "rep stosb"
			 : "+D"(end), "+c"(words)
			 : "a"(word), [bytes] "r"(bytes)
			 : "memory");
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

/* The codecs pass our allocator to the libraries, which name these nevertheless. */
void *malloc(size_t size)
{
	return memory_alloc(size);
}

void *calloc(size_t n, size_t size)
{
	void *block;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	block = memory_alloc(n * size);
	if (block != NULL)
		memset(block, 0, n * size);
	return block;
}

void free(void *block)
{
	memory_release(block);
}

/* Distributions compile libraries with -fstack-protector. */
_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	fail("a library has written over its stack");
}
