/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <stdio.h>

#include "report.h"

#define RING_SIZE ((uint32_t)sizeof(((struct xencons_interface *)0)->out))

/* The guest may write anything at any time, to both indices: each is read once, and
 * where they are further apart than the ring is long, what was overwritten is lost. */
bool console_print(struct xencons_interface *ring)
{
	const uint32_t end = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
	uint32_t at = __atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);

	if (at == end)
		return true;
	if (end - at > RING_SIZE)
		at = end - RING_SIZE;
	for (; at != end; at++)
		putchar((unsigned char)ring->out[MASK_XENCONS_IDX(at, ring->out)]);
	__atomic_store_n(&ring->out_cons, end, __ATOMIC_RELEASE);
	if (fflush(stdout) != 0 || ferror(stdout))
		return call_failed("write to standard output");
	return true;
}
