/* SPDX-License-Identifier: MIT */
/* What the two gzip decoders share. */
#ifndef PVHB_CODEC_GZIP_H
#define PVHB_CODEC_GZIP_H

#include <stdbool.h>

#include <pvhboot/codec.h>

/* The decode function on zlib, which is always built. */
enum pvhboot_status pvhb_gzip_zlib(struct pvhboot_decode *decode);

/* Whether a member starts where decode stands. */
bool pvhb_gzip_another_member(const struct pvhboot_decode *decode);

#endif
