/* SPDX-License-Identifier: MIT */
#include "random.h"

static uint64_t state = 1;

void random_start(uint64_t seed)
{
	state = seed;
}

uint64_t random_below(uint64_t n)
{
	/* xorshift64* */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(2685821657736338717) >> 11) % n;
}
