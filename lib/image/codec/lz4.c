/* SPDX-License-Identifier: MIT */
/*
 * LZ4 in both of its file formats (lz4_Frame_format.md).
 *
 * The legacy frame, as `lz4 -l` writes it and Linux's build uses it: a magic,
 * then blocks, each a little-endian u32 with its packed size and as many bytes.
 * A block holds 8 MiB unpacked, the last one less; blocks do not refer to each
 * other. The frame has no end mark and no checksum: it ends with its input.
 *
 * The frame proper has all of that, and liblz4 decodes it.
 */

#define LZ4F_STATIC_LINKING_ONLY /* LZ4F_createDecompressionContext_advanced: our allocator */
#include <stdatomic.h>

#include <lz4.h>
#include <lz4frame.h>

#include "../../base/span.h"
#include "memory.h"
#include "stuck.h"

#define MAGIC_SIZE 4
#define LEGACY_MAGIC 0x184c2102u
#define FRAME_MAGIC 0x184d2204u
#define BLOCK_SIZE (8u << 20)
#define INDEPENDENT_BLOCKS 0x20u /* in FLG */
#define HAS_CONTENT_SIZE 0x08u

/* What liblz4 allocates beside two buffers of a block: the window, where blocks refer to those
 * before, and its state, rounded up. */
#define FRAME_WINDOW ((uint64_t)128 << 10)
#define FRAME_STATE ((uint64_t)4 << 10)

/* Decodes the start of a block that could not be decoded, as far as there is room.
 * False: it is damaged there, or there was room enough. */
static bool decode_part(struct pvhboot_decode *decode, uint32_t packed)
{
	const void *in = decode->in.data + decode->in_used;
	void *out = decode->out.data + decode->out_used;
	size_t room = decode->out.size - decode->out_used;
	int unpacked;

	if (room >= BLOCK_SIZE)
		return false;
	unpacked = LZ4_decompress_safe_partial(in, out, (int)packed, (int)room, (int)room);
	if (unpacked < 0 || (size_t)unpacked != room)
		return false;
	decode->out_used += room;
	return true;
}

static enum pvhboot_status fail(struct pvhboot_decode *decode, enum pvhboot_status status,
				const char *rule)
{
	decode->rule = rule;
	return status;
}

/* Decodes one block of packed bytes and returns its unpacked size, or a
 * negative number when it is damaged or does not fit. */
static int decode_block(const struct pvhboot_decode *decode, uint32_t packed)
{
	const void *in = decode->in.data + decode->in_used;
	void *out = decode->out.data + decode->out_used;
	size_t room = decode->out.size - decode->out_used;

	return LZ4_decompress_safe(in, out, (int)packed,
				   (int)(room < BLOCK_SIZE ? room : BLOCK_SIZE));
}

static bool is_block_size(uint32_t packed)
{
	return packed != 0 && packed <= (uint32_t)LZ4_COMPRESSBOUND(BLOCK_SIZE);
}

/*
 * Blocks side by side: each starts at a multiple of 8 MiB in the output, so all but
 * the last must have exactly that. Whatever is not as it should be is left to the
 * decoding in order, from the first block on.
 */
struct side_by_side {
	struct pvhboot_decode *decode;
	size_t n;         /* blocks */
	size_t last_size; /* of the last one, unpacked */
	atomic_bool failed;
};

/* Where block i's size stands; there are few blocks, so each is looked for anew. */
static size_t find_block(const struct pvhboot_decode *decode, size_t i)
{
	size_t at = decode->in_used;

	while (i-- > 0)
		at += 4 + (size_t)pvhb_load32(decode->in, at);
	return at;
}

static void decode_nth(void *arg, size_t i)
{
	struct side_by_side *all = arg;
	const struct pvhboot_decode *decode = all->decode;
	size_t at = find_block(decode, i);
	struct pvhboot_decode one = {
		.in = decode->in,
		.in_used = at + 4,
		.out = decode->out,
		.out_used = decode->out_used + i * BLOCK_SIZE,
	};
	int unpacked = decode_block(&one, pvhb_load32(decode->in, at));

	if (unpacked < 0 || (i + 1 < all->n && (size_t)unpacked != BLOCK_SIZE))
		atomic_store(&all->failed, true);
	else if (i + 1 == all->n)
		all->last_size = (size_t)unpacked;
}

/* How many complete blocks follow; *end is behind them. */
static size_t count_blocks(const struct pvhboot_decode *decode, size_t *end)
{
	size_t n = 0;
	size_t at = decode->in_used;

	while (decode->in.size - at >= 4) {
		uint32_t packed = pvhb_load32(decode->in, at);

		if (!is_block_size(packed) || packed > decode->in.size - at - 4)
			break;
		at += 4 + (size_t)packed;
		n++;
	}
	*end = at;
	return n;
}

static void decode_side_by_side(struct pvhboot_decode *decode)
{
	struct side_by_side all = { .decode = decode };
	size_t end;

	if (decode->parallel == NULL || decode->out.size == 0)
		return;
	all.n = count_blocks(decode, &end);
	if (all.n < 2 || all.n - 1 > (decode->out.size - 1) / BLOCK_SIZE)
		return;
	if (decode->parallel->run(decode->parallel->ctx, all.n, decode_nth, &all) != 0 ||
	    atomic_load(&all.failed))
		return;
	decode->in_used = end;
	decode->out_used = (all.n - 1) * BLOCK_SIZE + all.last_size;
}

static enum pvhboot_status decode_legacy(struct pvhboot_decode *decode)
{
	decode_side_by_side(decode);
	while (decode->in_used < decode->in.size) {
		size_t left = decode->in.size - decode->in_used;
		bool full = decode->out_is_exact && decode->out_used == decode->out.size;
		uint32_t packed;
		int unpacked;

		/* without an end mark, what cannot be a block behind a full output
		 * is something else behind the frame */
		if (left < 4)
			return full ? PVHBOOT_OK :
				      fail(decode, PVHBOOT_TRUNCATED, "all of the size of a block");
		packed = pvhb_load32(decode->in, decode->in_used);
		if (packed == LEGACY_MAGIC) { /* another frame, as `cat a.lz4 b.lz4` makes */
			decode->in_used += MAGIC_SIZE;
			continue;
		}
		if (!is_block_size(packed))
			return full ? PVHBOOT_OK :
				      fail(decode, PVHBOOT_CORRUPT,
					   "a block of 1 byte up to what 8 MiB pack to");
		if (packed > left - 4)
			return full ? PVHBOOT_OK :
				      fail(decode, PVHBOOT_TRUNCATED, "all of a block");
		if (decode->out_used == decode->out.size)
			return PVHBOOT_NOSPACE;
		decode->in_used += 4;
		unpacked = decode_block(decode, packed);
		if (unpacked < 0 && decode_part(decode, packed))
			return PVHBOOT_NOSPACE;
		if (unpacked < 0)
			return fail(decode, PVHBOOT_CORRUPT, "an intact LZ4 block");
		decode->in_used += packed;
		decode->out_used += (size_t)unpacked;
	}
	return PVHBOOT_OK;
}

static void *frame_alloc(void *opaque, size_t size)
{
	return pvhb_codec_alloc(opaque, 1, size);
}

static void frame_free(void *opaque, void *block)
{
	pvhb_codec_release(opaque, block);
}

static enum pvhboot_status frame_failed(size_t result, const struct pvhb_codec_memory *memory,
					struct pvhboot_decode *decode, uint64_t enough)
{
	switch (LZ4F_getErrorCode(result)) {
	case LZ4F_ERROR_allocation_failed:
		return pvhb_codec_no_memory(memory, decode, enough);
	case LZ4F_ERROR_headerVersion_wrong:
	case LZ4F_ERROR_reservedFlag_set:
		return fail(decode, PVHBOOT_UNSUPPORTED,
			    "an LZ4 frame with features that liblz4 knows");
	default:
		return fail(decode, PVHBOOT_CORRUPT, "intact LZ4 data and checksums");
	}
}

/* What the header of a frame tells; all 0 where it is not whole. */
struct frame_header {
	uint64_t enough_memory;
	uint64_t content_size; /* 0: it does not tell */
};

/* lz4_Frame_format.md, "Frame Descriptor": FLG, BD, and where it is told the size. */
static struct frame_header read_header(const struct pvhboot_decode *decode)
{
	struct frame_header header = { 0, 0 };
	uint64_t at = decode->in_used + MAGIC_SIZE;
	unsigned block_id;
	uint8_t flags;

	if (!pvhb_within(decode->in.size, at, 2))
		return header;
	flags = pvhb_load8(decode->in, at);
	block_id = pvhb_load8(decode->in, at + 1) >> 4 & 7; /* 4: 64 KiB, to 7: 4 MiB */
	header.enough_memory = ((uint64_t)2 << (8 + 2 * block_id)) + FRAME_STATE;
	if (!(flags & INDEPENDENT_BLOCKS))
		header.enough_memory += FRAME_WINDOW;
	if ((flags & HAS_CONTENT_SIZE) && pvhb_within(decode->in.size, at + 2, 8))
		header.content_size = pvhb_load64(decode->in, at + 2);
	return header;
}

/* Decodes one frame from where decode stands. */
static enum pvhboot_status run_frame(LZ4F_dctx *context, const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode)
{
	/* the output is in one piece and stays: no second copy as a window */
	static const LZ4F_decompressOptions_t options = { .stableDst = 1 };
	struct frame_header header = read_header(decode);
	size_t before = decode->out_used;
	size_t result;

	do {
		size_t in = decode->in.size - decode->in_used;
		size_t out = decode->out.size - decode->out_used;

		result = LZ4F_decompress(context, decode->out.data + decode->out_used, &out,
					 decode->in.data + decode->in_used, &in, &options);
		if (LZ4F_isError(result))
			return frame_failed(result, memory, decode, header.enough_memory);
		decode->in_used += in;
		decode->out_used += out;
		if (result != 0 && in == 0 && out == 0) {
			if (header.content_size != 0)
				(void)pvhb_add(before, header.content_size, &decode->out_needed);
			return pvhb_codec_stuck(decode);
		}
	} while (result != 0);
	return PVHBOOT_OK;
}

static uint32_t next_magic(const struct pvhboot_decode *decode)
{
	return decode->in.size - decode->in_used < MAGIC_SIZE ?
		       0 :
		       pvhb_load32(decode->in, decode->in_used);
}

static enum pvhboot_status decode_frames(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	do {
		struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
		LZ4F_CustomMem allocator = { frame_alloc, NULL, frame_free, &memory };
		LZ4F_dctx *context =
			LZ4F_createDecompressionContext_advanced(allocator, LZ4F_VERSION);

		if (context == NULL)
			return pvhb_codec_no_memory(&memory, decode,
						    read_header(decode).enough_memory);
		status = run_frame(context, &memory, decode);
		(void)LZ4F_freeDecompressionContext(context);
	} while (status == PVHBOOT_OK && next_magic(decode) == FRAME_MAGIC);
	return status;
}

static enum pvhboot_status lz4_decode(struct pvhboot_decode *decode)
{
	decode->in_used = 0;
	decode->out_used = 0;
	if (decode->in.size < MAGIC_SIZE)
		return fail(decode, PVHBOOT_TRUNCATED, "the magic of a stream");
	switch (next_magic(decode)) {
	case LEGACY_MAGIC:
		decode->in_used = MAGIC_SIZE;
		return decode_legacy(decode);
	case FRAME_MAGIC:
		return decode_frames(decode);
	default:
		return fail(decode, PVHBOOT_CORRUPT, "a magic of LZ4 at the start of the stream");
	}
}

const struct pvhboot_codec pvhboot_codec_lz4 = {
	.compression = PVHBOOT_COMPRESSION_LZ4,
	.decode = lz4_decode,
};
