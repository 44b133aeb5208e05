/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/span.h
 * Not proved: pvhb_aligned: makes a number of a pointer, which the memory model does not know;
 */

#include "base.h"
