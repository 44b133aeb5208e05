/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* The frame format of LZ4, in which its command packs files when it is not told otherwise. */
#ifndef PVHBOOT_GRUB_LZ4_FRAME_H
#define PVHBOOT_GRUB_LZ4_FRAME_H

#include <pvhboot/codec.h>

#define LZ4_FRAME_MAGIC 0x184d2204u

/* Decodes the frame that decode stands at, of which at least the magic is there. Returns what the
 * decode of a struct pvhboot_codec does. */
enum pvhboot_status lz4_frame_decode(struct pvhboot_decode *decode);

#endif
