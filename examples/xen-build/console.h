/* SPDX-License-Identifier: MIT */
/* What a domain writes to its console, on standard output. */
#ifndef XEN_BUILD_CONSOLE_H
#define XEN_BUILD_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/console.h>

/* Prints what is new in the ring. Returns false after a complaint. */
bool console_print(struct xencons_interface *ring);

#endif
