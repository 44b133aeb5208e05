/* SPDX-License-Identifier: MIT */
/* A hypervisor with one domain at a time, as far as libxenguest needs one to build a PVH guest. */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenctrl.h>

#include <xen/hvm/params.h>
#include <xen/hvm/save.h>

#define FAKE_DOMAIN 7u
#define FAKE_VCPUS 2u
#define FAKE_MEMORY ((uint64_t)1 << 32)

struct fake {
	int file;            /* the guest's memory: an address is an offset in it */
	const uint8_t *view; /* of all of it */
	uint8_t *populated;  /* a byte for each page */
	uint64_t params[HVM_NR_PARAMS];
	struct hvm_hw_cpu cpu; /* of vCPU 0 */
	struct hvm_hw_mtrr mtrr[FAKE_VCPUS];
};

bool fake_open(struct fake *fake);
void fake_close(struct fake *fake);

/* The domain of all hypercalls from here on. */
void fake_use(struct fake *fake);

/* How many pieces of any domain's memory are mapped in this process, the views included. */
size_t fake_mappings(void);

#endif
