/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/start.h */

#include "start.h"
