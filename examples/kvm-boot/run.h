/* SPDX-License-Identifier: MIT */
/* The guest at work: what KVM cannot do for it alone. */
#ifndef KVM_BOOT_RUN_H
#define KVM_BOOT_RUN_H

#include "machine.h"
#include "serial.h"

/* Runs the guest until it ends, or until a signal ends kvm-boot. Returns an exit
 * code, other than EXIT_ENDED after a line that says why. */
int run_guest(const struct machine *machine, struct serial *serial);

#endif
