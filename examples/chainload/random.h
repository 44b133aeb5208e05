/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_RANDOM_H
#define CHAINLOAD_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Random bytes of the CPU. Does not return where it has none. */
void random_fill(uint8_t *out, size_t size);

#endif
