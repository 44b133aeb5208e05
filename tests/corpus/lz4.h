/* SPDX-License-Identifier: MIT */
/* A codec of a loader's own, for what Linux's build calls LZ4: the legacy frame. */
#ifndef TESTS_CORPUS_LZ4_H
#define TESTS_CORPUS_LZ4_H

#include <pvhboot/codec.h>

extern const struct pvhboot_codec lz4;

#endif
