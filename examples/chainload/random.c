/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <stdbool.h>
#include <string.h>

#include "cpuid.h"
#include "report.h"

#define CPUID_FEATURES 1
#define CPUID_ECX_RDRAND ((uint32_t)1 << 30)

/* Fails ten times in a row on a CPU that is broken only (Intel SDM vol. 1, "RDRAND"). */
#define TRIES 10

static bool have_rdrand(void)
{
	return (cpuid(CPUID_FEATURES).ecx & CPUID_ECX_RDRAND) != 0;
}

static uint64_t rdrand(void)
{
	uint64_t number;
	uint8_t is_good;
	int i;

	for (i = 0; i < TRIES; i++) {
		__asm__ volatile("rdrand %0\n\t"
				 "setc %1"
				 : "=r"(number), "=q"(is_good)
				 :
				 : "cc");
		if (is_good)
			return number;
	}
	fail("random numbers: the CPU's generator does not work");
}

void random_fill(uint8_t *out, size_t size)
{
	size_t i;

	if (size != 0 && !have_rdrand())
		fail("random numbers: this CPU has no RDRAND");
	for (i = 0; i < size; i += sizeof(uint64_t)) {
		const uint64_t number = rdrand();
		const size_t rest = size - i;

		memcpy(out + i, &number, rest < sizeof(number) ? rest : sizeof(number));
	}
}
