/* SPDX-License-Identifier: MIT */
/*
 * An allocator that counts, fails when told to, and notices misuse. What it
 * returns starts and ends in bytes of 0xa5, and so does what is released.
 */
#ifndef TESTS_SUPPORT_FAKEALLOC_H
#define TESTS_SUPPORT_FAKEALLOC_H

#include <pvhboot/base.h>

/* All zero is ready for fakealloc_open(); members may be reset between uses. */
struct fakealloc {
	size_t fail_at;     /* the call of alloc that returns NULL, from 1; 0: none */
	size_t fail_from;   /* the same, and all after it */
	size_t fail_above;  /* the largest size that is granted; 0: no limit */
	size_t n_calls;     /* of alloc */
	size_t n_live;      /* allocated and not released */
	size_t live_size;   /* their bytes */
	size_t peak_size;   /* the most that live_size ever was */
	size_t failed_size; /* asked for by the last call that was failed */
	size_t n_misuse;    /* sizes of 0, releases of NULL or of what was not allocated */
};

struct pvhboot_allocator fakealloc_open(struct fakealloc *fake);

#endif
