/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/note.h */

#include "kernel.h"
