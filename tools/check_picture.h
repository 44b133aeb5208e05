/* SPDX-License-Identifier: MIT */
/* What a dump holds, as ranges of a picture. */
#ifndef CHECK_PICTURE_H
#define CHECK_PICTURE_H

#include "check_print.h"
#include "picture.h"

/* *out is all zero before. */
void check_draw(struct checked *checked, struct picture *out);

#endif
