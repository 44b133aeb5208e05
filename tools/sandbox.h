/* SPDX-License-Identifier: MIT */
/* What the command may still do once it has read its files: compute, and print. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* For --no-sandbox: sandbox_enter() then does nothing. */
void sandbox_switch_off(void);

/*
 * From here on the kernel refuses every call but those that write to open descriptors, get
 * and give back memory that cannot be executed, and end the process: what a file
 * makes of a decoder opens nothing, starts nothing and connects to nothing. Where the
 * kernel has no such filters, nothing changes. Calling it again is of no effect.
 */
void sandbox_enter(void);

#endif
