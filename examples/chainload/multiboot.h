/* SPDX-License-Identifier: MIT */
/*
 * What a Multiboot loader tells: Multiboot 0.6.96, 3.3, the boot information.
 */
#ifndef CHAINLOAD_MULTIBOOT_H
#define CHAINLOAD_MULTIBOOT_H

#include <stdint.h>

#include "handover.h"

/* The arguments are the registers eax and ebx at the entry. *out is all zero
 * before. Does not return when something in the structures is wrong. */
void multiboot_read(uint32_t magic, uint32_t address, struct handover *out);

#endif
