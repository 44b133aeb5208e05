/* SPDX-License-Identifier: MIT */
/*
 * The boot_params of Linux ("zero page"): 4096 bytes, little-endian, by their offsets.
 * Source: Linux Documentation/arch/x86/boot.rst and zero-page.rst;
 * arch/x86/include/uapi/asm/bootparam.h, setup_data.h.
 */
#ifndef PVHBOOT_WIRE_BOOT_PARAMS_H
#define PVHBOOT_WIRE_BOOT_PARAMS_H

#define PVHBOOT_BOOT_PARAMS_SIZE 0x1000
#define PVHBOOT_BOOT_PARAMS_ACPI_RSDP 0x070         /* u64 */
#define PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE 0x0c0 /* u32: bits 32 to 63 of ramdisk_image */
#define PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_SIZE 0x0c4  /* u32 */
#define PVHBOOT_BOOT_PARAMS_EXT_CMD_LINE_PTR 0x0c8  /* u32 */
#define PVHBOOT_BOOT_PARAMS_E820_ENTRIES 0x1e8      /* u8: in e820_table */
#define PVHBOOT_BOOT_PARAMS_SENTINEL 0x1ef          /* u8: 0 of a loader that clears what it does
	                                               not know */

/* The header of the kernel, which begins here and ends at 0x202 + the byte at 0x201. The same
 * offsets are those in a bzImage. */
#define PVHBOOT_BOOT_PARAMS_HEADER 0x1f1
#define PVHBOOT_BOOT_PARAMS_HEADER_MAX_END 0x290    /* the next field of boot_params */
#define PVHBOOT_BOOT_PARAMS_BOOT_FLAG 0x1fe         /* u16: 0xaa55 */
#define PVHBOOT_BOOT_PARAMS_JUMP_OFFSET 0x201       /* u8 */
#define PVHBOOT_BOOT_PARAMS_MAGIC 0x202             /* u32: PVHBOOT_BOOT_PARAMS_HDRS */
#define PVHBOOT_BOOT_PARAMS_VERSION 0x206           /* u16 */
#define PVHBOOT_BOOT_PARAMS_TYPE_OF_LOADER 0x210    /* u8: 0xff is one without a number */
#define PVHBOOT_BOOT_PARAMS_LOADFLAGS 0x211         /* u8 */
#define PVHBOOT_BOOT_PARAMS_CODE32_START 0x214      /* u32 */
#define PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE 0x218     /* u32 */
#define PVHBOOT_BOOT_PARAMS_RAMDISK_SIZE 0x21c      /* u32 */
#define PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR 0x228      /* u32 */
#define PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX 0x22c   /* u32: the last byte of an initrd */
#define PVHBOOT_BOOT_PARAMS_KERNEL_ALIGNMENT 0x230  /* u32 */
#define PVHBOOT_BOOT_PARAMS_RELOCATABLE 0x234       /* u8 */
#define PVHBOOT_BOOT_PARAMS_XLOADFLAGS 0x236        /* u16 */
#define PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE 0x238      /* u32: without the NUL */
#define PVHBOOT_BOOT_PARAMS_SETUP_DATA 0x250        /* u64: gpa of the first setup_data */
#define PVHBOOT_BOOT_PARAMS_PREF_ADDRESS 0x258      /* u64 */
#define PVHBOOT_BOOT_PARAMS_INIT_SIZE 0x260         /* u32 */

#define PVHBOOT_BOOT_PARAMS_HDRS 0x53726448u        /* "HdrS" */
#define PVHBOOT_BOOT_PARAMS_FLAG 0xaa55u            /* boot_flag */

#define PVHBOOT_BOOT_PARAMS_E820_TABLE 0x2d0
#define PVHBOOT_BOOT_PARAMS_E820_MAX 128

#define PVHBOOT_LOADFLAGS_LOADED_HIGH 0x01u
#define PVHBOOT_LOADFLAGS_KASLR 0x02u               /* the kernel was placed at random */

#define PVHBOOT_XLOADFLAGS_KERNEL_64 0x01u          /* there is the 64-bit entry, at 0x200 */
#define PVHBOOT_XLOADFLAGS_ABOVE_4G 0x02u           /* kernel, boot_params, command line and initrd
	                                               may lie above 4 GiB */

/* An entry of the map: u64 address, u64 size, u32 type. */
#define PVHBOOT_E820_ENTRY_SIZE 20

/* struct setup_data: u64 gpa of the next one or 0, u32 type, u32 size of the data behind. */
#define PVHBOOT_SETUP_DATA_HEADER_SIZE 16
#define PVHBOOT_SETUP_DATA_E820_EXT 1u
#define PVHBOOT_SETUP_DATA_RNG_SEED 9u

#define PVHBOOT_BZIMAGE_ENTRY_64 0x200              /* from where the code was loaded */

#define PVHBOOT_BOOT_CS 0x10                        /* selectors */
#define PVHBOOT_BOOT_DS 0x18

#endif
