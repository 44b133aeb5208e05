/* SPDX-License-Identifier: MIT */
/*
 * A line on standard error that says what takes long, where that is a terminal: "pvhboot: hashing
 * 43 %, 3 s". It appears after half a second, and is erased at the end. A timer's signal draws it,
 * since decoders do not return before they are done.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

/* For --quiet: nothing of this has any effect then. */
void progress_forbid(void);

/* Starts the timer, before the sandbox, which refuses to. what is a literal. */
void progress_start(const char *what);

/* What is done now, where there is a timer; bytes in all, or 0 where nobody knows. */
void progress_stage(const char *what, uint64_t total);

/* More bytes are done. */
void progress_add(uint64_t bytes);

/* Erases the line. */
void progress_end(void);

#endif
