/* SPDX-License-Identifier: MIT */
/*
 * The probe: a PVH guest that checks what it was started with, says it on the
 * console, and ends the machine.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Pointers to physical memory. Compilers take a low constant for an offset from
 * NULL, and what is read there for an error. */
static inline void *physical(uint32_t address)
{
	void *pointer = (void *)address;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static inline void cpuid(uint32_t leaf, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(0));
}

/* ---- probe.c: the verdict ---- */

/* Says so, and lets the verdict fail, when they differ. */
void expect(const char *what, uint32_t expected, uint32_t found);

/* The same for what is not a number. */
void expect_true(const char *what, const char *rule, bool holds);

/* ---- registers.c ---- */

void registers_check_table(void); /* first: needs the loader's */

/* The tables of this guest's own, so that an exception is reported. What the segment
 * registers hold stays: it is only replaced when one is loaded. */
void registers_take_exceptions(void);

void registers_check(uint32_t eflags);
void registers_check_segments(void);
void registers_check_task(void); /* last: loads data segments */

/* ---- start_info.c ---- */

/* Its command line, or NULL. */
const char *start_info_cmdline(uint32_t start_info);

void start_info_check(uint32_t start_info);

/* ---- hypervisor.c ---- */

/* The first CPUID leaf of the hypervisor whose signature (12 characters) this is, or 0. */
uint32_t hypervisor_leaf(const char *signature);

/* ---- finish.c ---- */

_Noreturn void finish(bool ok);

#endif
