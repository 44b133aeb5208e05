/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* A decoder for LZ4 that needs nothing of GRUB, and no function of a C library. */
#ifndef PVHBOOT_GRUB_LZ4_H
#define PVHBOOT_GRUB_LZ4_H

#include <pvhboot/codec.h>

extern const struct pvhboot_codec codec_lz4;

#endif
