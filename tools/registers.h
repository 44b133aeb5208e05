/* SPDX-License-Identifier: MIT */
/* Registers as QEMU has them: as its monitor prints them for "info registers", and as its cores
 * keep them. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <pvhboot/cpu.h>

/*
 * Takes what the text says of the first processor; whatever else is in it does not
 * matter. Of ds and es, data becomes the first that is not as the ABI wants it. The entry
 * with a start_info does without esi, cr3 and GDT: they are 0 where the text does not have them.
 * Returns NULL, or the name of a register that the text does not have, or that does
 * not fit in 32 bits outside of 64-bit mode. *out is written then, too.
 */
const char *registers_parse(struct pvhboot_bytes text, struct pvhboot_cpu *out);

/*
 * The same from the description of a note of owner "QEMU" in a core, in which there is no
 * efer: it becomes what the mode wants. Returns 1, or 0 and *out stays, where the note is none that
 * is known, or a register does not fit in 32 bits outside of 64-bit mode.
 */
int registers_from_qemu(struct pvhboot_bytes desc, struct pvhboot_cpu *out);

#endif
