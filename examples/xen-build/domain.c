/* SPDX-License-Identifier: MIT */
#include "domain.h"

#include <errno.h>
#include <inttypes.h>
#include <pvhboot/adapt/xen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xenguest.h>

#include "report.h"

#define PAGE_SHIFT 12
#define SUPERPAGE_ORDER 9
#define SUPERPAGE_PAGES ((uint64_t)1 << SUPERPAGE_ORDER)
#define MIB ((uint64_t)1 << 20)

#define CONTROL_DOMAIN 0 /* us */

#define MAX_EXTENTS 512 /* in one call */
#define MAX_MAP 128     /* as many as Xen keeps for a guest */
#define MAX_DOMAINS 64  /* in one call */

/* Xen frees the memory of a large domain in steps. */
#define GONE_TRIES 1000
#define GONE_WAIT_NS 10000000

bool domain_open(struct domain *domain)
{
	/* The libraries have a line of their own for each failure; ours says it all. */
	domain->logger = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	if (domain->logger == NULL)
		return call_failed("xtl_createlogger_stdiostream");
	domain->xc = xc_interface_open(domain->logger, domain->logger, 0);
	return domain->xc != NULL || call_failed("xc_interface_open");
}

void domain_close(struct domain *domain)
{
	if (domain->xc != NULL)
		xc_interface_close(domain->xc);
	if (domain->logger != NULL)
		xtl_logger_destroy(domain->logger);
	*domain = (struct domain){ 0 };
}

/* Pages of one order, at addresses that follow each other. */
static bool populate(const struct domain *domain, uint64_t first, uint64_t n, unsigned int order)
{
	xen_pfn_t extents[MAX_EXTENTS];
	unsigned long n_extents;
	unsigned long i;

	for (; n != 0; n -= n_extents) {
		n_extents = n < MAX_EXTENTS ? n : MAX_EXTENTS;
		for (i = 0; i < n_extents; i++, first += (uint64_t)1 << order)
			extents[i] = first;
		if (xc_domain_populate_physmap_exact(domain->xc, domain->id, n_extents, order, 0,
						     extents) == 0)
			continue;
		if (errno == EBUSY) /* its word for: less than all, because no more is free */
			errno = ENOMEM;
		return call_failed("xc_domain_populate_physmap_exact");
	}
	return true;
}

static bool create_memory(const struct domain *domain, uint64_t memory)
{
	const uint64_t pages = memory >> PAGE_SHIFT;
	const uint64_t superpages = pages / SUPERPAGE_PAGES;
	const uint64_t special = DOMAIN_SPECIAL_START >> PAGE_SHIFT;
	const uint64_t n_special = (DOMAIN_SPECIAL_END - DOMAIN_SPECIAL_START) >> PAGE_SHIFT;

	/* Xen's own memory for the domain, as libxl estimates it: 1 MiB for a vCPU, and for
	 * each MiB of RAM a page of the tables that translate addresses and one for the rest. */
	if (xc_domain_setmaxmem(domain->xc, domain->id, (pages + n_special) << (PAGE_SHIFT - 10)) !=
	    0)
		return call_failed("xc_domain_setmaxmem");
	if (xc_set_paging_mempool_size(domain->xc, domain->id,
				       MIB + (memory + MIB - 1) / MIB * (2 << PAGE_SHIFT)) != 0)
		return call_failed("xc_set_paging_mempool_size");
	if (!populate(domain, 0, superpages, SUPERPAGE_ORDER) ||
	    !populate(domain, superpages * SUPERPAGE_PAGES, pages % SUPERPAGE_PAGES, 0) ||
	    !populate(domain, special, n_special, 0))
		return false;
	if (xc_clear_domain_pages(domain->xc, domain->id, special, (int)n_special) != 0)
		return call_failed("xc_clear_domain_pages");
	return true;
}

/* A page and a port to us, which the guest finds by two parameters. */
static bool create_ring(const struct domain *domain, uint32_t page_param, uint64_t gpa,
			uint32_t port_param, uint32_t *port)
{
	const int got = xc_evtchn_alloc_unbound(domain->xc, domain->id, CONTROL_DOMAIN);

	if (got < 0)
		return call_failed("xc_evtchn_alloc_unbound");
	*port = (uint32_t)got;
	if (xc_hvm_param_set(domain->xc, domain->id, page_param, gpa >> PAGE_SHIFT) != 0 ||
	    xc_hvm_param_set(domain->xc, domain->id, port_param, *port) != 0)
		return call_failed("xc_hvm_param_set");
	return true;
}

static bool create_rings(struct domain *domain)
{
	/* Nobody listens to it: the console is polled. But a guest takes a console without a
	 * port for none. */
	uint32_t console_port;

	if (!create_ring(domain, HVM_PARAM_CONSOLE_PFN, DOMAIN_CONSOLE, HVM_PARAM_CONSOLE_EVTCHN,
			 &console_port) ||
	    !create_ring(domain, HVM_PARAM_STORE_PFN, DOMAIN_STORE, HVM_PARAM_STORE_EVTCHN,
			 &domain->store_port))
		return false;
	/* a daemon maps a ring by its grant */
	if (xc_dom_gnttab_seed(domain->xc, domain->id, true, DOMAIN_CONSOLE >> PAGE_SHIFT,
			       DOMAIN_STORE >> PAGE_SHIFT, CONTROL_DOMAIN, CONTROL_DOMAIN) != 0)
		return call_failed("xc_dom_gnttab_seed");
	return true;
}

bool domain_create(struct domain *domain, uint64_t memory)
{
	struct xen_domctl_createdomain config = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1, /* Xen's defaults */
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(2),
		.arch.emulation_flags = XEN_X86_EMU_LAPIC,
	};

	if (xc_domain_create(domain->xc, &domain->id, &config) != 0)
		return call_failed("xc_domain_create");
	domain->exists = true;
	if (xc_domain_max_vcpus(domain->xc, domain->id, 1) != 0)
		return call_failed("xc_domain_max_vcpus");
	/* what this machine has and Xen gives by default */
	if (xc_cpuid_apply_policy(domain->xc, domain->id, false, NULL, 0, true, false, false, NULL,
				  NULL) != 0)
		return call_failed("xc_cpuid_apply_policy");
	if (xc_domain_set_tsc_info(domain->xc, domain->id, 0, 0, 0, 0) != 0)
		return call_failed("xc_domain_set_tsc_info");
	return create_memory(domain, memory) && create_rings(domain);
}

bool domain_set_map(struct domain *domain, const struct pvhboot_map_entry *map, size_t n_map)
{
	struct e820entry entries[MAX_MAP];
	size_t i;

	if (n_map > MAX_MAP)
		return complain("the memory map has %zu entries, Xen keeps %d", n_map, MAX_MAP);
	for (i = 0; i < n_map; i++) /* the types are the same numbers */
		entries[i] = (struct e820entry){ map[i].gpa, map[i].size, map[i].type };
	if (xc_domain_set_memory_map(domain->xc, domain->id, entries, (uint32_t)n_map) != 0)
		return call_failed("xc_domain_set_memory_map");
	return true;
}

/* From the context that the domain has, in the first half of the buffer, to the one
 * with the registers, behind it. */
static bool set_registers(struct domain *domain, const struct pvhboot_cpu *cpu, uint8_t *buffer,
			  size_t size)
{
	const int got = xc_domain_hvm_getcontext(domain->xc, domain->id, buffer, (uint32_t)size);
	struct pvhboot_buffer out = { buffer + size, size + PVHBOOT_XEN_CONTEXT_MORE };
	enum pvhboot_status status;
	size_t used = 0;

	if (got < 0)
		return call_failed("xc_domain_hvm_getcontext");
	status = pvhboot_xen_context(cpu, (struct pvhboot_bytes){ buffer, (size_t)got },
				     PVHBOOT_XEN_WRITE_BACK, out, &used);
	if (status != PVHBOOT_OK)
		return complain("pvhboot_xen_context: %s", pvhboot_status_name(status));
	if (xc_domain_hvm_setcontext(domain->xc, domain->id, out.data, (uint32_t)used) != 0)
		return call_failed("xc_domain_hvm_setcontext");
	return true;
}

bool domain_set_cpu(struct domain *domain, const struct pvhboot_cpu *cpu)
{
	const int size = xc_domain_hvm_getcontext(domain->xc, domain->id, NULL, 0);
	uint8_t *buffer;
	bool ok;

	if (size < 0)
		return call_failed("xc_domain_hvm_getcontext");
	buffer = malloc(2 * (size_t)size + PVHBOOT_XEN_CONTEXT_MORE);
	if (buffer == NULL)
		return call_failed("malloc");
	ok = set_registers(domain, cpu, buffer, (size_t)size);
	free(buffer);
	return ok;
}

bool domain_start(struct domain *domain)
{
	return xc_domain_unpause(domain->xc, domain->id) == 0 || call_failed("xc_domain_unpause");
}

/* Looks the domain up. The call answers with the next one where there is none. */
static bool look_up(const struct domain *domain, xc_domaininfo_t *info, bool *found)
{
	const int n = xc_domain_getinfolist(domain->xc, domain->id, 1, info);

	*found = n == 1 && info->domain == domain->id;
	return n >= 0 || call_failed("xc_domain_getinfolist");
}

bool domain_shutdown_reason(const struct domain *domain, int *reason)
{
	xc_domaininfo_t info;
	bool found;

	if (!look_up(domain, &info, &found))
		return false;
	if (!found || (info.flags & XEN_DOMINF_dying) != 0)
		return complain("domain %" PRIu32 " was destroyed by somebody else", domain->id);
	*reason = -1;
	if ((info.flags & XEN_DOMINF_shutdown) != 0)
		*reason = (int)(info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask);
	return true;
}

/* A domain of which somebody has mapped memory stays, dead and with that memory. */
static bool wait_until_gone(const struct domain *domain)
{
	const struct timespec pause = { 0, GONE_WAIT_NS };
	xc_domaininfo_t info;
	bool found;
	int tries;

	for (tries = 0; tries < GONE_TRIES; tries++) {
		if (!look_up(domain, &info, &found))
			return false;
		if (!found)
			return true;
		nanosleep(&pause, NULL);
	}
	return complain("domain %" PRIu32 " was destroyed, but stays with %" PRIu64 " pages",
			domain->id, (uint64_t)info.tot_pages);
}

bool domain_destroy(struct domain *domain)
{
	if (!domain->exists)
		return true;
	domain->exists = false;
	if (xc_domain_destroy(domain->xc, domain->id) != 0)
		return call_failed("xc_domain_destroy");
	return wait_until_gone(domain);
}

bool domain_list(const struct domain *domain)
{
	xc_domaininfo_t info[MAX_DOMAINS];
	uint32_t first = 0;
	int n;
	int i;

	do {
		n = xc_domain_getinfolist(domain->xc, first, MAX_DOMAINS, info);
		if (n < 0)
			return call_failed("xc_domain_getinfolist");
		for (i = 0; i < n; i++)
			printf("domain %u: %" PRIu64 " pages%s\n", info[i].domain,
			       (uint64_t)info[i].tot_pages,
			       (info[i].flags & XEN_DOMINF_dying) != 0 ? ", dying" : "");
		if (n > 0)
			first = info[n - 1].domain + 1u;
	} while (n == MAX_DOMAINS);
	return true;
}
