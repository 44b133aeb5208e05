/* SPDX-License-Identifier: MIT */
/* The xenstored of this host, which answers the domains that it is introduced to. */
#ifndef XEN_BUILD_XENSTORED_H
#define XEN_BUILD_XENSTORED_H

#include <stdbool.h>
#include <stdint.h>

/* All zero where there is none. */
struct xenstored {
	struct xs_handle *handle;
	uint32_t domain;
};

/* Introduces a domain, whose ring lies in that frame, where a xenstored runs and the build
 * knows libxenstore; otherwise leaves out as it is. Returns false after a complaint. */
bool xenstored_introduce(struct xenstored *out, uint32_t domain, uint64_t frame, uint32_t port);

/* It lets go of the ring. Also of one that is all zero. */
void xenstored_release(struct xenstored *xenstored);

#endif
