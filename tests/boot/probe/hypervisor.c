/* SPDX-License-Identifier: MIT */
/* Source: xen/include/public/arch-x86/cpuid.h; KVM and others keep to the same scheme. */

#include "probe.h"

#define FIRST_LEAF 0x40000000u
#define END_LEAF 0x40010000u
#define LEAF_STEP 0x100u

static bool has_signature(const uint32_t words[3], const char *signature)
{
	int i;

	for (i = 0; i < 12; i++)
		if ((char)(words[i / 4] >> (i % 4 * 8)) != signature[i])
			return false;
	return true;
}

/* The bit of leaf 1 that announces these leaves is not asked for: not every monitor sets
 * it, and a CPU without them answers with another leaf's values. */
uint32_t hypervisor_leaf(const char *signature)
{
	uint32_t values[4];
	uint32_t leaf;

	for (leaf = FIRST_LEAF; leaf < END_LEAF; leaf += LEAF_STEP) {
		cpuid(leaf, values);
		if (has_signature(&values[1], signature))
			return leaf;
	}
	return 0;
}
