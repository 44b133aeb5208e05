/* SPDX-License-Identifier: MIT */
/* Instead of xenstored.c in a build without libxenstore. */
#include "xenstored.h"

bool xenstored_introduce(struct xenstored *out, uint32_t domain, uint64_t frame, uint32_t port)
{
	(void)out;
	(void)domain;
	(void)frame;
	(void)port;
	return true;
}

void xenstored_release(struct xenstored *xenstored)
{
	(void)xenstored;
}
