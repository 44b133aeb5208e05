/* SPDX-License-Identifier: MIT */
/* Registers from the text that QEMU's monitor prints for "info registers". */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <pvhboot/boot.h>

/*
 * Takes what the text says of the first processor; whatever else is in it does not
 * matter. Of ds and es, data becomes the first that is not as the ABI wants it.
 * Returns NULL, or the name of a register that the text does not have, or that does
 * not fit in 32 bits.
 */
const char *registers_parse(struct pvhboot_bytes text, struct pvhboot_cpu *out);

#endif
