/* SPDX-License-Identifier: MIT */
/*
 * Where a Linux bzImage has its code and its payload; little-endian. The other fields of its
 * header stand in boot_params.h.
 * Source: Linux Documentation/arch/x86/boot.rst.
 */
#ifndef PVHBOOT_WIRE_BZIMAGE_H
#define PVHBOOT_WIRE_BZIMAGE_H

#define PVHBOOT_BZIMAGE_SETUP_SECTS 0x1f1    /* u8: 512-byte sectors behind the first; 0 means 4 */
#define PVHBOOT_BZIMAGE_PAYLOAD_OFFSET 0x248 /* u32: from the end of the setup sectors */
#define PVHBOOT_BZIMAGE_PAYLOAD_LENGTH 0x24c /* u32: bytes, the size behind the stream included */
#define PVHBOOT_BZIMAGE_END_2_08 0x250       /* the fields of boot protocol 2.08 end here */
#define PVHBOOT_BZIMAGE_END_2_10 0x264       /* those of 2.10: init_size is the last */

/* The offset of the protected-mode code, which reaches to the end of the file. */
#define PVHBOOT_BZIMAGE_CODE(setup_sects) (((setup_sects) != 0 ? (setup_sects) + 1u : 5u) * 512u)

#endif
