/* SPDX-License-Identifier: MIT */
/*
 * What libbz2 leaves undefined besides: its functions on files lie in one object
 * with the decoder, and its assertions print. Decoding calls none of these, and
 * if it does after all, then an assertion has failed, and the loader says so.
 */

#include <stddef.h>

#include "report.h"

#define NEVER_CALLED(name)                                                                         \
	_Noreturn void name(void);                                                                 \
	void name(void)                                                                            \
	{                                                                                          \
		fail("a library has called " #name "()");                                          \
	}

NEVER_CALLED(__ctype_b_loc)
NEVER_CALLED(__fprintf_chk)
NEVER_CALLED(exit)
NEVER_CALLED(fclose)
NEVER_CALLED(fdopen)
NEVER_CALLED(ferror)
NEVER_CALLED(fflush)
NEVER_CALLED(fgetc)
NEVER_CALLED(fopen64)
NEVER_CALLED(fputc)
NEVER_CALLED(fread)
NEVER_CALLED(fwrite)
NEVER_CALLED(ungetc)

extern void *const stdin, *const stdout, *const stderr;
void *const stdin = NULL, *const stdout = NULL, *const stderr = NULL;
