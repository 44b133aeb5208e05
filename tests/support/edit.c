/* SPDX-License-Identifier: MIT */
#include "edit.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"

static uint64_t change(uint64_t number, const struct edit *edit)
{
	switch (edit->op) {
	case EDIT_SET:
		return edit->value;
	case EDIT_ADD:
		return number + edit->value;
	case EDIT_XOR:
		return number ^ edit->value;
	default:
		abort();
	}
}

void edit_apply_le(uint8_t *object, const struct edit *edit)
{
	unsigned int width = (unsigned int)edit->width;
	uint8_t *at = object + edit->offset;

	store_le(at, width, change(load_le(at, width), edit));
}

void edit_apply(void *object, const struct edit *edit)
{
	uint8_t *at = (uint8_t *)object + edit->offset;
	uint32_t number32;
	uint64_t number64;

	if (edit->width == sizeof(number32)) {
		memcpy(&number32, at, sizeof(number32));
		number32 = (uint32_t)change(number32, edit);
		memcpy(at, &number32, sizeof(number32));
	} else if (edit->width == sizeof(number64)) {
		memcpy(&number64, at, sizeof(number64));
		number64 = change(number64, edit);
		memcpy(at, &number64, sizeof(number64));
	} else {
		abort();
	}
}
