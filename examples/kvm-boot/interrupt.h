/* SPDX-License-Identifier: MIT */
/* Signals that call vCPUs back from the guest: a clock's, and those that end us. */
#ifndef KVM_BOOT_INTERRUPT_H
#define KVM_BOOT_INTERRUPT_H

#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>

#define INTERRUPT_CALL SIGUSR1 /* from thread to thread */

/* From here until interrupt_close(), signals end KVM_RUN of this vCPU with EINTR,
 * five times a second or more often. Returns NO_EXIT, or EXIT_REFUSED after a
 * complaint. */
int interrupt_open(struct kvm_run *run);
void interrupt_close(void);

/* After EINTR: lets the guest run again. Returns the number of a signal that is to
 * end us, or 0. */
int interrupt_taken(struct kvm_run *run);

/* Starts a thread that takes no signals. Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
int interrupt_start(pthread_t *thread, void *(*run)(void *), void *argument);

/* In such a thread: it takes INTERRUPT_CALL, which ends KVM_RUN of this vCPU, too; also one that
 * was sent before. */
void interrupt_join(struct kvm_run *run);

#endif
