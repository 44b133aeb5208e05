/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include "print.h"
#include "system.h"

#define MAX_MAP ((uint64_t)1 << 20)

struct guest_page {
	struct guest_page *before;
	uint64_t gpa;
	struct pvhboot_bytes bytes;
};

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;
	struct guest_page *page;
	uint8_t *bytes;
	size_t i;

	if (size > MAX_MAP)
		return NULL;
	page = heap_alloc(sizeof(*page));
	bytes = heap_alloc((size_t)size);
	if (page == NULL || bytes == NULL)
		system_fail("corpus", "no memory for a place");
	for (i = 0; i < size; i++)
		bytes[i] = 0xa5; /* nothing is zero that the library does not clear */
	*page = (struct guest_page){ guest->maps, gpa, { bytes, (size_t)size } };
	guest->maps = page;
	guest->n_maps++;
	return bytes;
}

static int write(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	struct guest *guest = ctx;

	guest->sum = hash_number(hash_number(guest->sum, gpa), size);
	guest->sum = hash_bytes(guest->sum, (struct pvhboot_bytes){ bytes, size });
	guest->n_writes++;
	return 0;
}

static int zero(void *ctx, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	guest->sum = hash_number(hash_number(guest->sum, gpa), size);
	guest->n_writes++;
	return 0;
}

struct pvhboot_memory guest_memory(struct guest *guest)
{
	return (struct pvhboot_memory){ .ctx = guest, .map = map, .write = write, .zero = zero };
}

void guest_print(struct guest *guest)
{
	uint64_t sum = guest->sum;
	const struct guest_page *page;

	for (page = guest->maps; page != NULL; page = page->before)
		sum = hash_bytes(hash_number(sum, page->gpa), page->bytes);
	print_text("memory");
	print_number("maps", guest->n_maps);
	print_number("writes", guest->n_writes);
	print_number("hash", sum);
	print_end();
}
