/* SPDX-License-Identifier: MIT */
/* The pieces of work that are compared; run functions of struct work. */
#ifndef TESTS_BENCH_WORKS_H
#define TESTS_BENCH_WORKS_H

#include "measure.h"

/* pvhboot_boot() with pointers into the guest, and with write alone. */
void run_ours(const struct work *work, struct pvhboot_linux_memory *guest);
void run_buffered(const struct work *work, struct pvhboot_linux_memory *guest);

/* A look at a file: pvhboot_image_load() and pvhboot_kernel_open(). */
void run_whole(const struct work *work, struct pvhboot_linux_memory *guest);

/* PVH is asked of a kernel that has no such entry, as by run_ours(). */
void run_refused(const struct work *work, struct pvhboot_linux_memory *guest);

/* The floor: the codec's library, which writes the image into the guest once. One
 * thread, no parsing, no limits on memory. */
void run_floor(const struct work *work, struct pvhboot_linux_memory *guest);

/* floor.c: whether this build has the library. */
int has_floor(struct pvhboot_bytes file);

#ifdef HAVE_XENGUEST
/* libxenguest: parsing and unpacking as in a domain builder, and then the segments
 * copied to their places. */
void run_peer(const struct work *work, struct pvhboot_linux_memory *guest);
#endif

/* Host pointer to where images of Linux lie in place: 2 MiB below their 16 MiB. */
#define IMAGE_GPA ((size_t)0xe00000)

struct pvhboot_image probe(struct pvhboot_bytes file);

#endif
