/* SPDX-License-Identifier: MIT */
#ifndef PVHB_INITRD_H
#define PVHB_INITRD_H

#include "../base/env.h"

/*
 * How many bytes the files of an initrd take, unpacked: at least so many will the kernel need.
 * Told by headers, nothing is unpacked. Archives follow one another, as the kernel takes them:
 * - cpio ("newc"): the sum of its files. A file that a later archive replaces counts twice.
 * - gzip, xz, zstd: what the stream says that it holds, which is a cpio archive. (It is a little
 *   more than its files, and so is the kernel's memory for them.) It must be the last one, since
 *   nothing says where it ends. Of more than 4 GiB gzip says too little.
 * False where that is not known: other formats, zstd without a size, more than 2^20 files, what is
 * none of this.
 * Source: Linux init/initramfs.c; Documentation/driver-api/early-userspace/buffer-format.rst.
 */
bool pvhb_initrd_unpacked(struct pvhboot_bytes initrd, uint64_t *size);

#endif
