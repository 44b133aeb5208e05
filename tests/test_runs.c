/* SPDX-License-Identifier: MIT */
/* memory.h: a commit asks for runs of neighbouring places, no two of which share a page, and
 * gives every pointer back. */

#include <pvhboot/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/random.h"
#include "support/suite.h"

#define PAGE UINT64_C(4096)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_CALLS 64
#define GUEST_SIZE (32 * PAGE)

/* Guest memory of one block, which notes what is asked of it. */
struct guest {
	uint8_t bytes[GUEST_SIZE];
	struct pvhboot_range asked[MAX_CALLS]; /* of map, in order */
	size_t n_asked;
	size_t n_mapped;   /* pointers that are out */
	uint64_t max_size; /* map returns NULL above it; 0: never */
};

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	ck_assert(size != 0 && gpa < GUEST_SIZE && size <= GUEST_SIZE - gpa);
	ck_assert(guest->n_asked < MAX_CALLS);
	guest->asked[guest->n_asked++] = (struct pvhboot_range){ gpa, gpa + size };
	if (guest->max_size && size > guest->max_size)
		return NULL;
	guest->n_mapped++;
	return guest->bytes + gpa;
}

static void unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	ck_assert_uint_eq(guest->n_mapped, 1); /* one at a time */
	ck_assert_ptr_eq(host, guest->bytes + gpa);
	ck_assert_uint_eq(gpa, guest->asked[guest->n_asked - 1].start);
	ck_assert_uint_eq(gpa + size, guest->asked[guest->n_asked - 1].end);
	guest->n_mapped--;
}

static int write_bytes(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	memcpy(((struct guest *)ctx)->bytes + gpa, bytes, size);
	return 0;
}

static int zero(void *ctx, uint64_t gpa, uint64_t size)
{
	memset(((struct guest *)ctx)->bytes + gpa, 0, (size_t)size);
	return 0;
}

static const uint8_t source[GUEST_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

struct piece {
	uint64_t gpa;
	uint64_t size;
	uint32_t flags;
	int is_bss;
};

static void fill(struct pvhboot_place *out, const struct piece *piece)
{
	memset(out, 0, sizeof(*out));
	out->gpa = piece->gpa;
	out->size = piece->size;
	out->flags = piece->flags;
	if (!piece->is_bss)
		out->source = (struct pvhboot_bytes){ source,
						      piece->size < 16 ? (size_t)piece->size : 16 };
}

static enum pvhboot_status commit(struct guest *guest, struct pvhboot_place *places, size_t n,
				  uint32_t flags)
{
	const struct pvhboot_plan plan = { .places = places, .n_places = n };
	const struct pvhboot_memory memory = { .ctx = guest,
					       .map = map,
					       .unmap = unmap,
					       .write = guest->max_size ? write_bytes : NULL,
					       .zero = guest->max_size ? zero : NULL,
					       .flags = flags };

	memset(guest->bytes, flags & PVHBOOT_MEMORY_ZEROED ? 0 : 0xee, sizeof(guest->bytes));
	guest->n_asked = 0;
	return pvhboot_plan_commit(&plan, &memory, NULL);
}

START_TEST(runs)
{
	static const struct {
		const char *name;
		uint32_t flags;
		struct piece pieces[4];
		struct pvhboot_range want[4];
	} rows[] = {
		{ "one", 0, { { 0x1010, 0x20, 0, 0 } }, { { 0x1010, 0x1030 } } },
		{ "adjacent",
		  0,
		  { { 0x1000, 0x1000, 0, 0 }, { 0x2000, 0x10, 0, 0 } },
		  { { 0x1000, 0x2010 } } },
		{ "in one page",
		  0,
		  { { 0x1000, 0x10, 0, 0 }, { 0x1ff0, 0x10, 0, 0 } },
		  { { 0x1000, 0x2000 } } },
		{ "in the next page",
		  0,
		  { { 0x1000, 0x10, 0, 0 }, { 0x2ff0, 0x10, 0, 0 } },
		  { { 0x1000, 0x3000 } } },
		{ "a page between",
		  0,
		  { { 0x1000, 0x10, 0, 0 }, { 0x3000, 0x10, 0, 0 } },
		  { { 0x1000, 0x1010 }, { 0x3000, 0x3010 } } },
		{ "by the caller between",
		  0,
		  { { 0x1000, 0x10, 0, 0 },
		    { 0x2000, 0x1000, PVHBOOT_PLACE_BY_CALLER, 0 },
		    { 0x3000, 0x10, 0, 0 } },
		  { { 0x1000, 0x1010 }, { 0x3000, 0x3010 } } },
		{ "by the caller in the page",
		  0,
		  { { 0x1000, 0x10, 0, 0 },
		    { 0x1010, 0x10, PVHBOOT_PLACE_BY_CALLER, 0 },
		    { 0x1020, 0x10, 0, 0 } },
		  { { 0x1000, 0x1030 } } },
		{ "bss",
		  0,
		  { { 0x1000, 0x10, 0, 0 }, { 0x2000, 0x3000, 0, 1 } },
		  { { 0x1000, 0x5000 } } },
		{ "bss of zeros",
		  PVHBOOT_MEMORY_ZEROED,
		  { { 0x1000, 0x10, 0, 0 }, { 0x2000, 0x3000, 0, 1 } },
		  { { 0x1000, 0x1010 } } },
		{ "once",
		  PVHBOOT_MEMORY_ONCE,
		  { { 0x1000, 0x10, 0, 0 }, { 0x1010, 0x10, 0, 0 } },
		  { { 0x1000, 0x1020 } } },
		{ "nothing", 0, { { 0x1000, 0x10, PVHBOOT_PLACE_BY_CALLER, 0 } }, { { 0, 0 } } },
	};
	static struct guest guest;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct pvhboot_place places[4];
		size_t n = 0, n_want = 0;

		for (; n < 4 && rows[i].pieces[n].size; n++)
			fill(&places[n], &rows[i].pieces[n]);
		while (n_want < 4 && rows[i].want[n_want].end)
			n_want++;
		expect_status(rows[i].name, commit(&guest, places, n, rows[i].flags), PVHBOOT_OK);
		expect_eq(rows[i].name, guest.n_mapped, 0);
		expect_eq(rows[i].name, guest.n_asked, n_want);
		for (size_t k = 0; k < n_want; k++) {
			expect_eq(rows[i].name, guest.asked[k].start, rows[i].want[k].start);
			expect_eq(rows[i].name, guest.asked[k].end, rows[i].want[k].end);
		}
	}
}
END_TEST

/* A run that cannot be had is asked for place by place, and what cannot be had then is
 * written. */
START_TEST(no_run)
{
	static struct guest guest;
	struct pvhboot_place places[3];

	fill(&places[0], &(struct piece){ 0x1000, 0x10, 0, 0 });
	fill(&places[1], &(struct piece){ 0x1010, 0x200, 0, 0 });
	fill(&places[2], &(struct piece){ 0x1210, 0x10, 0, 0 });
	guest.max_size = 0x100;
	expect_status("no run", commit(&guest, places, 3, 0), PVHBOOT_OK);
	ck_assert_uint_eq(guest.n_mapped, 0);
	ck_assert_uint_eq(guest.n_asked, 4);
	ck_assert_uint_eq(guest.asked[0].end, 0x1220);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(guest.asked[i + 1].start, places[i].gpa);
		ck_assert(memcmp(guest.bytes + places[i].gpa, source, 16) == 0);
	}
	ck_assert_uint_eq(guest.bytes[0x1020], 0);
	ck_assert_uint_eq(guest.bytes[0x120f], 0);
	ck_assert_uint_eq(guest.bytes[0x1220], 0xee);
}
END_TEST

/* Random places: what the guest holds then, and what holds for all runs. */
START_TEST(random_places)
{
	static struct guest guest;
	static uint8_t want[GUEST_SIZE];
	uint64_t rounds = suite_rounds(2000);

	random_start(1);
	for (uint64_t round = 0; round < rounds; round++) {
		uint32_t flags = random_below(2) ? PVHBOOT_MEMORY_ZEROED : 0;
		struct pvhboot_place places[8];
		uint64_t at = random_below(PAGE);
		size_t n = 0;

		memset(want, flags ? 0 : 0xee, sizeof(want));
		while (n < 8) {
			struct piece piece = { at, 1 + random_below(2 * PAGE),
					       random_below(4) ? 0 : PVHBOOT_PLACE_BY_CALLER,
					       !random_below(4) };

			fill(&places[n], &piece);
			if (!piece.flags) {
				memset(want + at, 0, (size_t)piece.size);
				memcpy(want + at, source, places[n].source.size);
			}
			at += piece.size + (random_below(2) ? random_below(2 * PAGE) : 0);
			n++;
		}
		expect_status("random", commit(&guest, places, n, flags), PVHBOOT_OK);
		ck_assert_uint_eq(guest.n_mapped, 0);
		ck_assert_msg(memcmp(guest.bytes, want, sizeof(want)) == 0, "round %u",
			      (unsigned int)round);
		for (size_t i = 1; i < guest.n_asked; i++)
			ck_assert((guest.asked[i - 1].end - 1) / PAGE + 1 <
				  guest.asked[i].start / PAGE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runs");
	TCase *cases = suite_case(suite, "runs");

	tcase_add_test(cases, runs);
	tcase_add_test(cases, no_run);
	tcase_add_test(cases, random_places);
	return suite_run(suite);
}
