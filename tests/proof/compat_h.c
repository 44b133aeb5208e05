/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/compat.h */

#include "kernel.h"
