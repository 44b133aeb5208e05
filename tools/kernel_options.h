/* SPDX-License-Identifier: MIT */
/* How a kernel file is read: the options that all commands but check have in common. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include "options.h"

#include <pvhboot/boot.h>

option_take kernel_take_profile; /* a struct pvhboot_options */
option_take kernel_take_limit;   /* a uint64_t */
option_take kernel_take_compat;  /* kernel_flags */

/* Rows of the table of a command whose struct is type and has a struct pvhboot_options. */
/* clang-format off */
#define KERNEL_OPTIONS(type, library) \
	{ "profile", 0, "N|ID", "of a UKI, this profile: its number, from 0 on, or its ID; " \
	  "without " \
	  "it, 0", kernel_take_profile, offsetof(type, library), 0 }, \
	{ "max-output", 0, "SIZE", "refuse a kernel that unpacks to more; 1G without it", \
	  kernel_take_limit, offsetof(type, library.max_output), 0 }, \
	{ "max-memory", 0, "SIZE", "refuse a file that takes more memory to unpack; 256M " \
	  "without it", \
	  kernel_take_limit, offsetof(type, library.max_memory), 0 }, \
	{ "compat", 0, "xen", "accept what only Xen's domain builder accepts", \
	  kernel_take_compat, offsetof(type, library.kernel_flags), 0 }, \
	{ "strict", 0, NULL, "refuse where there is a warning", \
	  option_bits, offsetof(type, library.flags), PVHBOOT_OPTION_STRICT }
/* clang-format on */

#endif
