/* SPDX-License-Identifier: MIT */
/* Proves: tests/proof/kernel.h */

#include "kernel.h"
