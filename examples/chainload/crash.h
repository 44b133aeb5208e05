/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_CRASH_H
#define CHAINLOAD_CRASH_H

/*
 * How a loader ends that gives up, so that whoever runs the machine sees it fail: QEMU ends with
 * status 3 if it has the device isa-debug-exit at port 0xf4; a domain of Xen crashes; another
 * virtual machine ends in a triple fault. A real one halts, with the message on its console.
 */
_Noreturn void crash(void);

#endif
