/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/initrd.c */

#include "cpio.h"
#include "image.h"

#include "../../lib/image/initrd.c"

/*@ requires bytes(initrd) && \valid(at) && *at <= initrd.size && \valid(size) && \valid(is_last);
    requires \separated(at, size, is_last);
    assigns *at, *size, *is_last; */
static bool add_file(struct pvhboot_bytes initrd, uint64_t *at, uint64_t *size, bool *is_last);

/*@ requires bytes(initrd) && \valid(at) && \valid(size) && \valid(n_files);
    requires \separated(at, size, n_files);
    assigns *at, *size, *n_files; */
static bool add_archive(struct pvhboot_bytes initrd, uint64_t *at, uint64_t *size,
			uint32_t *n_files);

/*@ requires bytes(stream) && \valid(size);
    assigns *size; */
static bool gzip_size(struct pvhboot_bytes stream, uint64_t *size);

/*@ requires bytes(stream) && \valid(size);
    assigns *size; */
static bool zstd_size(struct pvhboot_bytes stream, uint64_t *size);

/*@ requires bytes(index) && \valid(at) && \valid(out) && \separated(at, out);
    assigns *at, *out; */
static bool load_xz_number(struct pvhboot_bytes index, uint64_t *at, uint64_t *out);

/*@ requires bytes(stream) && \valid(size);
    assigns *size; */
static bool xz_size(struct pvhboot_bytes stream, uint64_t *size);

/*@ requires bytes(stream) && \valid(size);
    assigns *size; */
static bool stream_size(struct pvhboot_bytes stream, uint64_t *size);
