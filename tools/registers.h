/* SPDX-License-Identifier: MIT */
/* Registers as QEMU has them: as its monitor prints them for "info registers", and as its cores
 * keep them. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <pvhboot/cpu.h>

/*
 * Takes what the text says of the first processor; whatever else is in it does not
 * matter. Of ds and es, data becomes the first that is not as the ABI wants it.
 * Returns NULL, or the name of a register that the text does not have, or that does
 * not fit in 32 bits.
 */
const char *registers_parse(struct pvhboot_bytes text, struct pvhboot_cpu *out);

/*
 * The same from the description of a note of owner "QEMU" in a core, in which there is no
 * efer: it becomes 0. Returns 1, or 0 and *out stays, where the note is none that is known, or
 * a register does not fit in 32 bits.
 */
int registers_from_qemu(struct pvhboot_bytes desc, struct pvhboot_cpu *out);

#endif
