/* SPDX-License-Identifier: MIT */
/* The SHA-256 of what a guest gets, in the form that docs/DIGEST.md has. */
#ifndef DIGEST_H
#define DIGEST_H

#include "sha256.h"

#include <pvhboot/plan.h>

void digest_plan(const struct pvhboot_plan *plan, uint8_t out[SHA256_SIZE]);

#endif
