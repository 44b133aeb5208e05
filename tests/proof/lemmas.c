/* SPDX-License-Identifier: MIT */
/* Proves: tests/proof/product.h */

#include "base.h"
#include "product.h"
