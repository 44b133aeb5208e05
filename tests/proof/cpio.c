/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/cpio.h */

#include "cpio.h"
