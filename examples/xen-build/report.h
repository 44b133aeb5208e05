/* SPDX-License-Identifier: MIT */
/* What goes wrong, on standard error, a line each. All return false. */
#ifndef XEN_BUILD_REPORT_H
#define XEN_BUILD_REPORT_H

#include <pvhboot/base.h>
#include <stdbool.h>

__attribute__((format(printf, 1, 2))) bool complain(const char *format, ...);

/* A call failed, and errno tells why. */
bool call_failed(const char *call);

/* The library's diagnostic, with the reason of a callback if it is not 0, an errno. */
bool library_failed(const struct pvhboot_diag *diag, int reason);

#endif
