/* SPDX-License-Identifier: MIT */
/* What the loader is told when it was itself entered through PVH: the start_info. */
#ifndef CHAINLOAD_PVH_H
#define CHAINLOAD_PVH_H

#include <stdint.h>

#include <pvhboot/base.h>

#include "handover.h"

/*
 * The argument is the register ebx at the entry. *out is all zero before. A failure is
 * the library's, or, of what is wrong for this loader alone, does not return.
 */
enum pvhboot_status pvh_read(uint32_t start_info, struct handover *out, struct pvhboot_diag *diag);

#endif
