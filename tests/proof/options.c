/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/options.h */

#include "image.h"
