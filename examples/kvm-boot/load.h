/* SPDX-License-Identifier: MIT */
/* All that this example is about: files into the guest's memory. */
#ifndef KVM_BOOT_LOAD_H
#define KVM_BOOT_LOAD_H

#include "options.h"

#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/pvhboot.h>

/* Fills the guest's memory and tells the registers. Returns NO_EXIT, or
 * EXIT_REFUSED after a complaint. */
int load(const struct options *options, struct pvhboot_linux_memory *memory,
	 struct pvhboot_cpu *cpu);

#endif
