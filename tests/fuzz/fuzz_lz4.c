/* SPDX-License-Identifier: MIT */
/*
 * The LZ4 decoder of examples/grub: three bytes say how much room there is, one whether the stream
 * should fill it, and the rest is the stream. Nothing is read beside the stream or written beside
 * the room, and where liblz4 takes the stream too, both make the same of it.
 */

#include <stdlib.h>
#include <string.h>

#include "../../examples/grub/lz4.h"
#include "../support/fakealloc.h"
#include "fuzz.h"

static const uint8_t statuses[] = {
	PVHBOOT_TRUNCATED, PVHBOOT_CORRUPT, PVHBOOT_NOSPACE, PVHBOOT_UNSUPPORTED, 0,
};

static enum pvhboot_status decode_by(const struct pvhboot_codec *codec,
				     struct pvhboot_decode *decode, size_t room)
{
	enum pvhboot_status status;

	decode->out.data = fuzz_alloc(room);
	decode->out.size = room;
	fuzz_clobber(decode->out.data, room);
	status = codec->decode(decode);
	MUST(decode->in_used <= decode->in.size && decode->out_used <= room);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	const size_t room = (size_t)input_take(&input, 3) & 0x1fffff;
	struct pvhboot_decode ours = { .out_is_exact = input_take(&input, 1) & 1 };
	struct pvhboot_decode theirs = ours;
	struct fakealloc alloc = { 0 };
	enum pvhboot_status status;

	ours.in = theirs.in = input_rest(&input);
	theirs.allocator = fakealloc_open(&alloc);
	theirs.max_memory = (uint64_t)16 << 20;
	status = decode_by(&codec_lz4, &ours, room);
	MUST(fuzz_is_one_of(status, statuses));
	MUST(status == PVHBOOT_OK || status == PVHBOOT_NOSPACE || ours.rule != NULL);
	MUST(status != PVHBOOT_NOSPACE || ours.out_used == room);
	if (decode_by(&pvhboot_codec_lz4, &theirs, room) == PVHBOOT_OK && status == PVHBOOT_OK) {
		MUST(ours.in_used == theirs.in_used && ours.out_used == theirs.out_used);
		MUST(memcmp(ours.out.data, theirs.out.data, ours.out_used) == 0);
	}
	free(ours.out.data);
	free(theirs.out.data);
	free((void *)(uintptr_t)ours.in.data);
	return 0;
}
