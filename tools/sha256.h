/* SPDX-License-Identifier: MIT */
/*
 * SHA-256. Source: FIPS 180-4.
 *
 * No library that the command links has one to call: zlib, liblzma, libzstd and the others have
 * checksums. A cryptographic library would be its largest dependency, for what is one page here.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK 64

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* of what was added, in bytes */
	uint8_t block[SHA256_BLOCK];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
void sha256_end(struct sha256 *hash, uint8_t out[SHA256_SIZE]);

#endif
