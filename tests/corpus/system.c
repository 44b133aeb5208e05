/* SPDX-License-Identifier: MIT */
#include "system.h"

/* Numbers of Linux: arch/x86/entry/syscalls/syscall_{32,64}.tbl. */
#ifdef __x86_64__
#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_EXIT 60
#else
#define SYS_EXIT 1
#define SYS_READ 3
#define SYS_WRITE 4
#define SYS_OPEN 5
#define SYS_CLOSE 6
#endif

/* The largest kernel packed and unpacked, twice; pages cost nothing before use. */
#define HEAP_SIZE ((size_t)256 << 20)

static _Alignas(16) uint8_t memory[HEAP_SIZE];
static size_t used;

static long system_call(long number, long a, long b, long c)
{
	long result;

#ifdef __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
#endif
	return result;
}

void system_exit(int code)
{
	for (;;)
		(void)system_call(SYS_EXIT, code, 0, 0);
}

static void write_to(long file, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		long n = system_call(SYS_WRITE, file, (long)at, (long)size);

		if (n <= 0)
			system_exit(1);
		at += n;
		size -= (size_t)n;
	}
}

void system_write(const void *bytes, size_t size)
{
	write_to(1, bytes, size);
}

static void complain(const char *text)
{
	size_t size = 0;

	while (text[size] != '\0')
		size++;
	write_to(2, text, size);
}

void system_fail(const char *what, const char *name)
{
	complain(what);
	complain(": ");
	complain(name);
	complain("\n");
	system_exit(1);
}

struct pvhboot_bytes system_read(const char *name)
{
	long file = system_call(SYS_OPEN, (long)name, 0, 0);
	struct pvhboot_bytes bytes = { memory + used, 0 };
	long n;

	if (file < 0)
		system_fail("cannot open", name);
	while ((n = system_call(SYS_READ, file, (long)(memory + used + bytes.size),
				(long)(HEAP_SIZE - used - bytes.size))) > 0)
		bytes.size += (size_t)n;
	if (n < 0 || bytes.size == HEAP_SIZE - used)
		system_fail("cannot read all of", name);
	(void)system_call(SYS_CLOSE, file, 0, 0);
	(void)heap_alloc(bytes.size);
	return bytes;
}

void *heap_alloc(size_t size)
{
	size_t start = (used + 15) / 16 * 16;

	if (size > HEAP_SIZE - start)
		return NULL;
	used = start + size;
	return memory + start;
}

size_t heap_used(void)
{
	return used;
}

void heap_reset(size_t to)
{
	used = to;
}

static void *library_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return heap_alloc(size);
}

static void library_release(void *ctx, void *block)
{
	(void)ctx;
	(void)block;
}

const struct pvhboot_allocator heap = { .alloc = library_alloc, .release = library_release };
