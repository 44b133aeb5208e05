/* SPDX-License-Identifier: MIT */
/* A plan as ranges of a picture. */
#ifndef PLAN_PICTURE_H
#define PLAN_PICTURE_H

#include "picture.h"
#include "plan_print.h"

/* *out is all zero before. */
void plan_draw(const struct plan_view *view, struct picture *out);

#endif
