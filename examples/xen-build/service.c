/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "report.h"

/* The console is looked at so often, whether or not anybody notifies us. */
#define POLL_MS 5

static bool map_page(struct memory *memory, uint64_t gpa, void **out)
{
	*out = memory_map(memory, gpa, MEMORY_PAGE_SIZE);
	return *out != NULL || call_failed("xenforeignmemory_map");
}

static bool open_store(struct service *service)
{
	const struct domain *domain = service->domain;
	void *ring;

	if (!xenstored_introduce(&service->xenstored, domain->id, DOMAIN_STORE / MEMORY_PAGE_SIZE,
				 domain->store_port))
		return false;
	if (service->xenstored.handle != NULL) {
		fprintf(stderr, "xen-build: domain %" PRIu32 ": introduced to xenstored\n",
			domain->id);
		return true;
	}
	if (!map_page(service->memory, DOMAIN_STORE, &ring))
		return false;
	service->ring = ring;
	return port_open(&service->port, domain->id, domain->store_port);
}

bool service_open(struct service *service, const struct domain *domain, struct memory *memory)
{
	void *console;

	service->domain = domain;
	service->memory = memory;
	if (!map_page(memory, DOMAIN_CONSOLE, &console))
		return false;
	service->console = console;
	return open_store(service);
}

/* A guest that breaks the protocol loses its xenstore, not its life. */
static bool serve_store(struct service *service)
{
	struct store *store = &service->store;
	bool served;

	if (service->ring == NULL || store->broken != NULL)
		return true;
	served = store_serve(store, service->ring);
	if (store->broken != NULL)
		complain("domain %" PRIu32 ": xenstore: expected %s (found %" PRIu32
			 "); it gets no more answers",
			 service->domain->id, store->broken, store->found);
	return !served || port_notify(&service->port);
}

bool service_serve(struct service *service)
{
	return console_print(service->console) && serve_store(service);
}

bool service_wait(const struct service *service)
{
	return port_wait(&service->port, POLL_MS);
}

void service_close(struct service *service)
{
	xenstored_release(&service->xenstored);
	port_close(&service->port);
	if (service->ring != NULL)
		memory_unmap(service->memory, service->ring, DOMAIN_STORE, MEMORY_PAGE_SIZE);
	if (service->console != NULL)
		memory_unmap(service->memory, service->console, DOMAIN_CONSOLE, MEMORY_PAGE_SIZE);
	*service = (struct service){ 0 };
}
