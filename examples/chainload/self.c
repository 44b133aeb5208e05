/* SPDX-License-Identifier: MIT */

#include "self.h"

#include <string.h>

#define PAGE_SIZE 4096
#define N_ENTRIES 512
#define PRESENT_WRITABLE 0x3

/* chainload.ld */
extern uint8_t loader_start[], loader_end[];

/* start.S: what is below physical.h's window, and the window. */
#define N_DIRECTORIES 16
extern const uint64_t directories[N_DIRECTORIES][N_ENTRIES];

typedef uint64_t page_table[N_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* Those that the loader uses once it has moved. They differ from those of start.S in the lowest
 * 2 MiB, where the loader is all that is mapped. */
static page_table map, pointers, lowest_directory, lowest_table;

static uint64_t distance; /* how far it has moved, modulo 2^64 */

uint64_t self_address(const void *object)
{
	return (uintptr_t)object + distance;
}

struct pvhboot_range self_range(void)
{
	return (struct pvhboot_range){ self_address(loader_start), self_address(loader_end) };
}

static uint64_t entry_of(const void *table)
{
	return self_address(table) | PRESENT_WRITABLE;
}

/* Of the loader at its new place. The directories are good there as they are. */
static void write_tables(void)
{
	const uint8_t *page;
	int i;

	map[0] = entry_of(pointers);
	for (i = 0; i < N_DIRECTORIES; i++)
		pointers[i] = pointers[N_DIRECTORIES + i] = entry_of(directories[i]);
	pointers[0] = entry_of(lowest_directory);
	memcpy(lowest_directory, directories[0], sizeof(lowest_directory));
	lowest_directory[0] = entry_of(lowest_table);
	for (page = loader_start; page < loader_end; page += PAGE_SIZE)
		lowest_table[(uintptr_t)page / PAGE_SIZE] = entry_of(page);
}

void self_move(uint64_t to)
{
	const void *from = loader_start;
	uint64_t n_words = (uint64_t)(loader_end - loader_start) / sizeof(uint64_t);

	distance = to - (uintptr_t)from;
	write_tables();
	/* The stack is copied, too, so nothing may be written between the two. */
	__asm__ volatile("rep movsq\n\t"
			 "mov %[map], %%cr3"
			 : "+D"(to), "+S"(from), "+c"(n_words)
			 : [map] "r"(self_address(map))
			 : "memory");
}
