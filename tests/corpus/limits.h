/* SPDX-License-Identifier: MIT */
/* What does depend on the size of a pointer: how large a buffer may be asked for. */
#ifndef TESTS_CORPUS_LIMITS_H
#define TESTS_CORPUS_LIMITS_H

/* The program fails where one is not what it should be. */
void limits_check(void);

#endif
