/* SPDX-License-Identifier: MIT */
#ifndef PVHBOOT_VERSION_H
#define PVHBOOT_VERSION_H

#include "base.h"

/* The one place that states the version; meson.build refuses to configure when
 * its own copy differs. MAJOR is also the number in the shared library's name. */
#define PVHBOOT_VERSION_MAJOR 0
#define PVHBOOT_VERSION_MINOR 1
#define PVHBOOT_VERSION_PATCH 0

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
