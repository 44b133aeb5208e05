/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* The decoders of this module, for options.codecs: a list that ends in NULL. */
#ifndef PVHBOOT_GRUB_CODECS_H
#define PVHBOOT_GRUB_CODECS_H

#include <pvhboot/codec.h>

extern const struct pvhboot_codec *const codecs[];

#endif
