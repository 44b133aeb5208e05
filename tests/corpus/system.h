/* SPDX-License-Identifier: MIT */
/*
 * What there is in place of a C library, which a machine that compiles for
 * x86-64 need not have for i386: three system calls and a heap.
 */
#ifndef TESTS_CORPUS_SYSTEM_H
#define TESTS_CORPUS_SYSTEM_H

#include <pvhboot/base.h>

/* start.S calls it, and it ends by system_exit(). */
_Noreturn void program(int n_arguments, char **arguments);

_Noreturn void system_exit(int code);

/* Says why on standard error. */
_Noreturn void system_fail(const char *what, const char *name);

/* All of it, or the end of the program. */
void system_write(const void *bytes, size_t size);

/* A whole file, onto the heap. */
struct pvhboot_bytes system_read(const char *name);

/* NULL when the heap is exhausted. Aligned to 16 bytes, not cleared. */
void *heap_alloc(size_t size);

/* How much is in use, and back to that. What is free must not depend on the sizes of
 * structs, which depend on that of pointers. */
size_t heap_used(void);
void heap_reset(size_t to);

/* The same heap as the library wants it; release does nothing. */
extern const struct pvhboot_allocator heap;

#endif
