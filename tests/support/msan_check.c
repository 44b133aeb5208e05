/* SPDX-License-Identifier: MIT */
/*
 * For MemorySanitizer: libcheck is built without it too, and hands what it wrote to functions
 * like fwrite(), which then ask whether it was written. What libcheck allocates for itself
 * counts as written, by this in place of its own two functions (--wrap, in meson.build).
 */

#include <sanitizer/msan_interface.h>

void *__real_emalloc(size_t size);
void *__real_erealloc(void *block, size_t size);
void *__wrap_emalloc(size_t size);
void *__wrap_erealloc(void *block, size_t size);

void *__wrap_emalloc(size_t size)
{
	void *block = __real_emalloc(size);

	__msan_unpoison(block, size);
	return block;
}

void *__wrap_erealloc(void *block, size_t size)
{
	block = __real_erealloc(block, size);
	__msan_unpoison(block, size);
	return block;
}
