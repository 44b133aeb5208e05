/* SPDX-License-Identifier: MIT */
/*
 * What the loader says. Each line begins with "chainload: ", so that scripts
 * find it between the lines of the firmware and the kernel.
 */
#ifndef CHAINLOAD_REPORT_H
#define CHAINLOAD_REPORT_H

#include <stdint.h>

/* Begins a line; its rest is written with the functions of serial.h. */
void report_begin(void);
void report_end(void);

/* How every failure ends: with a line "chainload: error: …" and a crash (crash.h). */
void report_begin_error(void);
_Noreturn void report_halt(void);

/* Both in one, for a failure without numbers. */
_Noreturn void fail(const char *text);

/* A rule that does not hold, in the form of the library's own diagnostics:
 * "what: rule (found 0x1, bound 0x2)"; the _at form: "what 3: rule (…)". */
_Noreturn void fail_rule(const char *what, const char *rule, uint64_t found, uint64_t bound);
_Noreturn void fail_rule_at(const char *what, uint64_t index, const char *rule, uint64_t found,
			    uint64_t bound);

#endif
