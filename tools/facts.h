/* SPDX-License-Identifier: MIT */
/* What the text and the JSON of pvhboot inspect have in common. */
#ifndef FACTS_H
#define FACTS_H

#include <pvhboot/kernel.h>

/* A boot protocol: "2.15". */
void facts_version(char out[16], uint16_t protocol);

/* "i386", "x86-64". */
const char *facts_machine(const struct pvhboot_kernel *kernel);

/* 1 when the kernel has the entry PVH. */
int facts_has_pvh(const struct pvhboot_kernel *kernel);

/* A small file can hold thousands of names and strings that share one megabyte. All are short
 * where they mean something; what is longer is cut. */
#define FACTS_MAX_STRING 256

/* The first FACTS_MAX_STRING of these. */
struct pvhboot_bytes facts_cut(struct pvhboot_bytes bytes);

/* Flags of a segment: "r-x". */
void facts_flags(char out[4], uint32_t flags);

/* 1 when a note says anything of features. */
int facts_has_features(const struct pvhboot_features *features);

#define FACTS_MAX_FEATURE 32

/* "dom0", or "bit 5" for one that has no name. */
void facts_feature(char out[FACTS_MAX_FEATURE], uint32_t bit);

/* "pvh": a bit of pvhboot_kernel.entries. */
void facts_entry(char out[FACTS_MAX_FEATURE], uint32_t bit);

/* "KERNEL_64", or "bit 9" for one that has no name: a flag in xloadflags of the boot header. */
void facts_xloadflag(char out[FACTS_MAX_FEATURE], uint32_t bit);

/* Which system an os-release file is of: PRETTY_NAME, else its first line that says
 * anything. Borrowed, with any quotes around it left out; empty when there is none. */
struct pvhboot_bytes facts_system(struct pvhboot_bytes os_release);

#endif
