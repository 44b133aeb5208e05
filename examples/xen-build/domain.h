/* SPDX-License-Identifier: MIT */
/* A domain, by hypercalls. What returns a bool returns false after a complaint. */
#ifndef XEN_BUILD_DOMAIN_H
#define XEN_BUILD_DOMAIN_H

#include <pvhboot/boot.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenctrl.h>

/* Where Xen's own tools have the pages that a domain shares with its host, so that is
 * where guests are used to them. RAM ends below the local APIC at the latest. */
#define DOMAIN_LOCAL_APIC ((uint64_t)0xfee00000)
#define DOMAIN_SPECIAL_START ((uint64_t)0xfeff8000)
#define DOMAIN_SPECIAL_END ((uint64_t)0xff000000)
#define DOMAIN_STORE (DOMAIN_SPECIAL_START + 4 * 4096)
#define DOMAIN_CONSOLE (DOMAIN_SPECIAL_START + 7 * 4096)

#define DOMAIN_MAX_MEMORY DOMAIN_LOCAL_APIC

/* All zero before it is opened. */
struct domain {
	xentoollog_logger *logger;
	xc_interface *xc;
	uint32_t id;
	uint32_t store_port; /* the domain's end of its event channel to xenstore */
	bool exists;
};

bool domain_open(struct domain *domain);

/* A PVH domain with one vCPU, its RAM from 0 to memory, a multiple of 4096 of at most
 * DOMAIN_MAX_MEMORY, and the rings of console and xenstore. When it fails, there may be
 * one or not. */
bool domain_create(struct domain *domain, uint64_t memory);

/* The map that the hypervisor keeps for the domain. */
bool domain_set_map(struct domain *domain, const struct pvhboot_map_entry *map, size_t n_map);

/* Gives vCPU 0 its registers. */
bool domain_set_cpu(struct domain *domain, const struct pvhboot_cpu *cpu);

/* Lets it run. */
bool domain_start(struct domain *domain);

/* Why the domain has shut down, SHUTDOWN_* of xen/sched.h, or -1 when it has not. */
bool domain_shutdown_reason(const struct domain *domain, int *reason);

/* Destroys it, if there is one, and waits until it is gone. */
bool domain_destroy(struct domain *domain);

/* Also of one that is all zero. */
void domain_close(struct domain *domain);

/* Prints all domains, a line each. */
bool domain_list(const struct domain *domain);

#endif
