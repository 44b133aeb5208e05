/* SPDX-License-Identifier: MIT */
/*
 * The xenstore of a domain, where no xenstored runs: it is empty. Every request on the
 * ring is answered with ENOENT, so that no guest waits for ever. Needs nothing of Xen
 * but a header: the caller maps the ring, and notifies the domain.
 */
#ifndef XEN_BUILD_STORE_H
#define XEN_BUILD_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

/* All zero for a ring that is all zero. Our indices are here: what the ring says of them
 * is the guest's to change. */
struct store {
	uint32_t consumed;          /* of the requests' bytes */
	uint32_t produced;          /* of the replies' bytes */
	struct xsd_sockmsg request; /* the one that comes in */
	uint32_t taken;             /* of its bytes, header and payload */
	const char *broken;         /* the rule that the guest broke; NULL: none */
	uint32_t found;             /* the number that breaks it */
};

/* Answers what is in the ring, which the guest may change at any time. Returns whether
 * the domain is to be notified. Once broken is set, it is served no more. */
bool store_serve(struct store *store, struct xenstore_domain_interface *ring);

#endif
