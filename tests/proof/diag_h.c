/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/diag.h */

#include "base.h"
