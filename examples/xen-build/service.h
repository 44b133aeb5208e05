/* SPDX-License-Identifier: MIT */
/* What a domain is served while it runs: its console is shown, its xenstore answered. What
 * returns a bool returns false after a complaint. */
#ifndef XEN_BUILD_SERVICE_H
#define XEN_BUILD_SERVICE_H

#include "console.h"
#include "domain.h"
#include "memory.h"
#include "port.h"
#include "store.h"
#include "xenstored.h"

/* All zero before it is opened. */
struct service {
	const struct domain *domain;
	struct memory *memory;
	struct xencons_interface *console;
	struct xenstored xenstored; /* where it runs, the rest is its business */
	struct xenstore_domain_interface *ring;
	struct store store;
	struct port port;
};

/* Before the domain runs. */
bool service_open(struct service *service, const struct domain *domain, struct memory *memory);

/* Serves what has come by now. */
bool service_serve(struct service *service);

/* Waits for more; also comes back without, after some milliseconds. */
bool service_wait(const struct service *service);

/* Also after a failure; before the memory is closed. */
void service_close(struct service *service);

#endif
