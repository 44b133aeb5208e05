/* SPDX-License-Identifier: MIT */
/*
 * A file of a cpio archive in the form newc, which initrds are. The bytes may change meanwhile:
 * each number is read once.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#ifndef PVHB_CPIO_H
#define PVHB_CPIO_H

#include "span.h"

/* Magic, and 13 numbers of 8 hexadecimal digits. */
#define PVHB_CPIO_MAGIC_SIZE 6
#define PVHB_CPIO_DIGITS 8
#define PVHB_CPIO_NUMBER(i) (PVHB_CPIO_MAGIC_SIZE + (i)*PVHB_CPIO_DIGITS)
#define PVHB_CPIO_MODE PVHB_CPIO_NUMBER(1)
#define PVHB_CPIO_FILESIZE PVHB_CPIO_NUMBER(6)
#define PVHB_CPIO_NAMESIZE PVHB_CPIO_NUMBER(11)
#define PVHB_CPIO_HEADER PVHB_CPIO_NUMBER(13)
#define PVHB_CPIO_ALIGN 4

struct pvhb_cpio_file {
	struct pvhboot_bytes data;
	uint64_t end; /* of its padding: offset of what follows. The padding may be missing where
	                 the bytes end */
	bool is_last; /* no file, but the archive's trailer */
};

static inline bool pvhb_cpio_is(struct pvhboot_bytes bytes)
{
	return bytes.size >= PVHB_CPIO_HEADER &&
	       (memcmp(bytes.data, "070701", PVHB_CPIO_MAGIC_SIZE) == 0 ||
		memcmp(bytes.data, "070702", PVHB_CPIO_MAGIC_SIZE) == 0);
}

static inline bool pvhb_cpio_digits(struct pvhboot_bytes bytes, uint64_t offset, uint32_t *out)
{
	uint32_t value = 0;
	uint32_t i;

	//@ loop invariant i <= PVHB_CPIO_DIGITS; loop assigns i, value;
	for (i = 0; i < PVHB_CPIO_DIGITS; i++) {
		uint8_t c = pvhb_load8(bytes, offset + i);

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

/* The file that begins at an offset of an archive, at most its size. False: there is none. */
static inline bool pvhb_cpio_read(struct pvhboot_bytes archive, uint64_t offset,
				  struct pvhb_cpio_file *out)
{
	static const char trailer[] = "TRAILER!!!"; /* a name, with its NUL */
	const uint64_t mask = PVHB_CPIO_ALIGN - 1;
	struct pvhboot_bytes bytes = pvhb_slice(archive, offset, archive.size - offset);
	uint32_t filesize, namesize;
	uint64_t data;

	if (!pvhb_cpio_is(bytes) || !pvhb_cpio_digits(bytes, PVHB_CPIO_FILESIZE, &filesize) ||
	    !pvhb_cpio_digits(bytes, PVHB_CPIO_NAMESIZE, &namesize) ||
	    !pvhb_within(bytes.size, PVHB_CPIO_HEADER, namesize))
		return false;
	out->is_last =
		pvhb_equal(pvhb_slice(bytes, PVHB_CPIO_HEADER, namesize), trailer, sizeof(trailer));
	/* from 32 bits each: the sums cannot wrap */
	data = ((uint64_t)PVHB_CPIO_HEADER + namesize + mask) & ~mask;
	if (!pvhb_within(bytes.size, data, filesize) && filesize != 0)
		return false;
	out->data = pvhb_slice(bytes, data, filesize);
	out->end = offset + pvhb_min(bytes.size, (data + filesize + mask) & ~mask);
	return true;
}

#endif
