/* SPDX-License-Identifier: MIT */
/* A literal as bytes without its NUL, where C wants a constant: pvhboot_text() is a function. */
#ifndef TESTS_SUPPORT_TEXT_H
#define TESTS_SUPPORT_TEXT_H

#include <stdint.h>

#define TEXT(literal)                                                                              \
	{                                                                                          \
		(const uint8_t *)(literal), sizeof(literal) - 1                                    \
	}

#endif
