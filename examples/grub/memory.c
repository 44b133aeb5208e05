/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * What the core copies and clears a kernel with. GRUB's functions go byte by byte, in three to six
 * instructions each, and a kernel has some sixty million. Only this module gets these: its build
 * makes their names local.
 */
#include <grub/misc.h>

#define WORD sizeof(void *)

#if defined(__x86_64__)
#define MOVE_WORDS "rep movsq\n\t"
#define STORE_WORDS "rep stosq\n\t"
#else
#define MOVE_WORDS "rep movsl\n\t"
#define STORE_WORDS "rep stosl\n\t"
#endif

void *memmove(void *to, const void *from, grub_size_t size)
{
	grub_size_t words = size / WORD;
	void *end = to;

	/* upwards is right unless to lies inside of what is read */
	if ((grub_addr_t)to - (grub_addr_t)from < size)
		return grub_memmove(to, from, size);
	__asm__ volatile(MOVE_WORDS "mov %[bytes], %[words]\n\trep movsb"
			 : "+D"(end), "+S"(from), [words] "+&c"(words)
			 : [bytes] "r"(size % WORD)
			 : "memory");
	return to;
}

void *memset(void *to, int byte, grub_size_t size)
{
	grub_size_t words = size / WORD;
	void *end = to;

	__asm__ volatile(
		STORE_WORDS "mov %[bytes], %[words]\n\trep stosb"
		: "+D"(end), [words] "+&c"(words)
		: "a"((grub_uint8_t)byte * (~(grub_size_t)0 / 255)), [bytes] "r"(size % WORD)
		: "memory");
	return to;
}
