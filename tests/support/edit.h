/* SPDX-License-Identifier: MIT */
/* Changes of members as data, for tables whose rows differ in nothing else. */
#ifndef TESTS_SUPPORT_EDIT_H
#define TESTS_SUPPORT_EDIT_H

#include <stddef.h>
#include <stdint.h>

enum edit_op {
	EDIT_NONE, /* the end of a list that is not full */
	EDIT_SET,
	EDIT_ADD,
	EDIT_XOR,
	EDIT_DROP /* the object itself: up to the test */
};

struct edit {
	enum edit_op op;
	unsigned int target; /* the kind of object, as the test numbers them */
	uint32_t index;      /* which object of its kind */
	size_t offset;       /* of the number in the object */
	size_t width;
	uint64_t value;
};

/* The offset and the width of a member. */
#define EDIT_OF(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/* Changes a number, a pointer among them, as this machine has it. */
void edit_apply(void *object, const struct edit *edit);

/* Changes one that is little-endian on any machine, as in a start_info. */
void edit_apply_le(uint8_t *object, const struct edit *edit);

#endif
