/* SPDX-License-Identifier: MIT */
#ifndef PVHBOOT_VERSION_H
#define PVHBOOT_VERSION_H

#include "base.h"

/* The one place that states the version; meson.build refuses to configure when
 * its own copy differs. The shared library is named after MAJOR, and while that is 0
 * after MINOR too: libpvhboot.so.0.2. Struct sizes do not change under one name. */
#define PVHBOOT_VERSION_MAJOR 0
#define PVHBOOT_VERSION_MINOR 2
#define PVHBOOT_VERSION_PATCH 0

/* The same as one number for #if: 0xMMmmpp, a byte each. */
#define PVHBOOT_VERSION_NUMBER                                                                     \
	(PVHBOOT_VERSION_MAJOR << 16 | PVHBOOT_VERSION_MINOR << 8 | PVHBOOT_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library that is linked, as a static string; the
 * macros above are those of the header that was compiled. */
PVHBOOT_API const char *pvhboot_version(void);

#ifdef __cplusplus
}
#endif

#endif
