/* SPDX-License-Identifier: MIT */
/*
 * What stub.S completes the start_info with. pvhboot bundle fills it in; the stub reads it in the
 * guest. Included by C and by assembly. docs/BUNDLE.md describes the whole.
 */
#ifndef PVHB_BUNDLE_H
#define PVHB_BUNDLE_H

/* Offsets in the stub: the operand of 4 bytes that is the gpa of the parameters, and these. */
#define PVHB_BUNDLE_OPERAND 1
#define PVHB_BUNDLE_PARAMETERS 128
#define PVHB_BUNDLE_STUB_SIZE 160

/* Offsets in the parameters, each of 4 bytes; addresses are gpas. */
#define PVHB_BUNDLE_ENTRY 0         /* of the kernel */
#define PVHB_BUNDLE_CMDLINE 4       /* of the bundle's line; 0: it has none */
#define PVHB_BUNDLE_CMDLINE_END 8   /* of its NUL, where the host's line goes */
#define PVHB_BUNDLE_CMDLINE_ROOM 12 /* bytes of the host's line, with its NUL */
#define PVHB_BUNDLE_MODULES 16      /* the list; element 0 is the bundle's initrd; 0: none */
#define PVHB_BUNDLE_MODULES_ROOM 20 /* elements behind that one */
#define PVHB_BUNDLE_NO_IDT 24       /* 6 bytes of 0, for a table without entries */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Code that runs at any address, once its operand is filled in. */
extern const uint8_t pvhb_bundle_stub[PVHB_BUNDLE_STUB_SIZE];
#endif

#endif
