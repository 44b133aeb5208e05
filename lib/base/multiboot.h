/* SPDX-License-Identifier: MIT */
#ifndef PVHB_MULTIBOOT_H
#define PVHB_MULTIBOOT_H

#include "env.h"

/* Whether the file has a header of Multiboot or Multiboot2. */
bool pvhb_is_multiboot(struct pvhboot_bytes file);

#endif
