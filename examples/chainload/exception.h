/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_EXCEPTION_H
#define CHAINLOAD_EXCEPTION_H

/* From now on an exception of the CPU is reported and halts the machine. Without
 * it the machine would reset without a word. */
void exception_setup(void);

#endif
