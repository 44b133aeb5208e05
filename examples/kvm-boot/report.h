/* SPDX-License-Identifier: MIT */
/* What kvm-boot says, on standard error, and how it exits. */
#ifndef KVM_BOOT_REPORT_H
#define KVM_BOOT_REPORT_H

#include <pvhboot/base.h>

enum exit_code {
	EXIT_ENDED = 0,   /* the guest reset the machine, powered it off or halted for good */
	EXIT_REFUSED = 1, /* a file, or what is asked for, cannot be booted; nothing ran */
	EXIT_USAGE = 2,
	EXIT_NO_KVM = 3,  /* KVM is not there, or not able to run this guest */
	EXIT_STOPPED = 4, /* the guest ran and came to a point where it cannot go on */
	EXIT_SIGNAL = 128 /* plus the signal's number */
};

/* Not an exit code: go on. */
#define NO_EXIT (-1)

/* One line "kvm-boot: error: …". */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* The library's warnings, and its failure if status says that there is one: a line
 * for each. Returns NO_EXIT or EXIT_REFUSED. */
int report_boot(const char *path, enum pvhboot_status status, const struct pvhboot_diag *diag);

/* Says which call of the system failed, by errno. Returns the code. */
int refuse_call(enum exit_code code, const char *call);

#endif
