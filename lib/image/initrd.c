/* SPDX-License-Identifier: MIT */
/* What initrds hold, by their headers. The bytes may change meanwhile: each number is read once. */

#include "initrd.h"

#include "../base/cpio.h"
#include "../base/span.h"
#include "compressed.h"

#define MAX_FILES ((uint32_t)1 << 20)

/* Adds one file that begins at *at of the initrd, and goes behind it. */
static bool add_file(struct pvhboot_bytes initrd, uint64_t *at, uint64_t *size, bool *is_last)
{
	struct pvhb_cpio_file file;

	if (!pvhb_cpio_read(initrd, *at, &file))
		return false;
	*at = file.end;
	*size += file.data.size;
	*is_last = file.is_last;
	return true;
}

/* Up to its trailer, or to the end of all. */
static bool add_archive(struct pvhboot_bytes initrd, uint64_t *at, uint64_t *size,
			uint32_t *n_files)
{
	bool is_last = false;

	//@ loop assigns is_last, *at, *size, *n_files;
	while (!is_last && *at < initrd.size) {
		if (++*n_files > MAX_FILES || !add_file(initrd, at, size, &is_last))
			return false;
	}
	return true;
}

/* RFC 1952, section 2.3.1: ISIZE, at the end. */
static bool gzip_size(struct pvhboot_bytes stream, uint64_t *size)
{
	if (stream.size < 18) /* the smallest header and trailer */
		return false;
	*size = pvhb_load32(stream, stream.size - 4);
	return true;
}

/* RFC 8878, section 3.1.1.1: the frame's size stands behind its descriptor, a byte for the window
 * unless the frame is a single segment, and the number of a dictionary. */
static bool zstd_size(struct pvhboot_bytes stream, uint64_t *size)
{
	static const uint8_t dictionary[] = { 0, 1, 2, 4 };
	uint64_t offset = 5;
	uint8_t descriptor;
	bool is_single;

	/* no archive packs to less than a header that has all of it; a skippable frame, in front of
	 * which Linux gives up, begins with another byte */
	if (stream.size < 5 + 1 + 4 + 8 || pvhb_load8(stream, 0) != 0x28)
		return false;
	descriptor = pvhb_load8(stream, 4);
	is_single = (descriptor & 0x20) != 0;
	offset += (is_single ? 0 : 1) + (uint64_t)dictionary[descriptor % 4];
	switch (descriptor >> 6) {
	case 0:
		*size = pvhb_load8(stream, offset);
		return is_single;
	case 1:
		*size = 256 + (uint64_t)pvhb_load16(stream, offset);
		return true;
	case 2:
		*size = pvhb_load32(stream, offset);
		return true;
	default:
		*size = pvhb_load64(stream, offset);
		return true;
	}
}

/* xz-file-format.txt, section 1.2: 7 bits at a time, the lowest first. */
static bool load_xz_number(struct pvhboot_bytes index, uint64_t *at, uint64_t *out)
{
	uint64_t value = 0;
	unsigned shift;

	//@ loop assigns shift, value, *at;
	for (shift = 0; shift < 63 && *at < index.size; shift += 7) {
		uint8_t byte = pvhb_load8(index, (*at)++);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*out = value;
			return true;
		}
	}
	return false;
}

/* Sections 2.1.2 and 4: the footer at the end says how large the index in front of it is, which
 * begins with 0 and has two numbers for each block: its size, and that of what it holds. */
static bool xz_size(struct pvhboot_bytes stream, uint64_t *size)
{
	const uint64_t footer_size = 12;
	struct pvhboot_bytes footer, index;
	uint64_t at = 1, index_size, n, packed, unpacked;

	if (stream.size < 2 * footer_size) /* the header has as many */
		return false;
	footer = pvhb_slice(stream, stream.size - footer_size, footer_size);
	index_size = ((uint64_t)pvhb_load32(footer, 4) + 1) * 4;
	if (pvhb_load8(footer, 10) != 'Y' || pvhb_load8(footer, 11) != 'Z' ||
	    index_size > stream.size - 2 * footer_size)
		return false;
	index = pvhb_slice(stream, stream.size - footer_size - index_size, index_size);
	if (pvhb_load8(index, 0) != 0 || !load_xz_number(index, &at, &n))
		return false;
	//@ loop assigns n, packed, unpacked, at, *size;
	for (*size = 0; n > 0; n--) {
		if (!load_xz_number(index, &at, &packed) ||
		    !load_xz_number(index, &at, &unpacked) || !pvhb_add(*size, unpacked, size))
			return false;
	}
	return true;
}

static bool stream_size(struct pvhboot_bytes stream, uint64_t *size)
{
	uint16_t compression;

	if (!pvhb_compression_of(stream, &compression))
		return false;
	switch (compression) {
	case PVHBOOT_COMPRESSION_GZIP:
		return gzip_size(stream, size);
	case PVHBOOT_COMPRESSION_XZ:
		return xz_size(stream, size);
	case PVHBOOT_COMPRESSION_ZSTD:
		return zstd_size(stream, size);
	default:
		return false;
	}
}

bool pvhb_initrd_unpacked(struct pvhboot_bytes initrd, uint64_t *size)
{
	uint64_t at = 0, files = 0, stream;
	uint32_t n_files = 0;

	//@ loop assigns at, files, n_files;
	while (at < initrd.size) {
		struct pvhboot_bytes rest = pvhb_slice(initrd, at, initrd.size - at);

		if (pvhb_load8(rest, 0) == 0) {
			at++; /* padding, of any size */
		} else if (at % PVHB_CPIO_ALIGN == 0 && pvhb_cpio_is(rest)) {
			if (!add_archive(initrd, &at, &files, &n_files))
				return false;
		} else {
			return stream_size(rest, &stream) && pvhb_add(files, stream, size);
		}
	}
	*size = files;
	return true;
}
