/* SPDX-License-Identifier: MIT */
/* What the kernels of the corpus are asked to boot with. */
#ifndef TESTS_CORPUS_REQUEST_H
#define TESTS_CORPUS_REQUEST_H

#include <pvhboot/plan.h>

struct named_request {
	const char *name;
	struct pvhboot_request request; /* without a kernel */
};

#define N_REQUESTS 6
extern const struct named_request requests[N_REQUESTS];

#endif
