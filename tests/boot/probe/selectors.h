/* SPDX-License-Identifier: MIT */
/* What probe.S and registers.c agree on. */
#ifndef SELECTORS_H
#define SELECTORS_H

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE 0x1b /* requested privilege level 3 */
#define USER_DATA 0x23

#define EXCEPTION_ENTRY_SIZE 16
#define RETURN_VECTOR 0x40 /* of the interrupt that leaves level 3 */
#define USER_PORT 0xe9     /* that level 3 writes to: a console, or nothing */

#endif
