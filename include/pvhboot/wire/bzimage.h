/* SPDX-License-Identifier: MIT */
/*
 * Offsets of the fields of a Linux bzImage that lead to its payload;
 * little-endian.
 * Source: Linux Documentation/arch/x86/boot.rst.
 */
#ifndef PVHBOOT_WIRE_BZIMAGE_H
#define PVHBOOT_WIRE_BZIMAGE_H

#define PVHBOOT_BZIMAGE_SETUP_SECTS 0x1f1    /* u8: 512-byte sectors behind the first; 0 means 4 */
#define PVHBOOT_BZIMAGE_BOOT_FLAG 0x1fe      /* u16: 0xaa55 */
#define PVHBOOT_BZIMAGE_HEADER 0x202         /* "HdrS" */
#define PVHBOOT_BZIMAGE_VERSION 0x206        /* u16: 0x0208 and later have a payload */
#define PVHBOOT_BZIMAGE_PAYLOAD_OFFSET 0x248 /* u32: from the end of the setup sectors */
#define PVHBOOT_BZIMAGE_PAYLOAD_LENGTH 0x24c /* u32: bytes, the size behind the stream included */
#define PVHBOOT_BZIMAGE_HEADER_END 0x250     /* as much of the header as is read here */

#endif
