/* SPDX-License-Identifier: MIT */
/* image.h: pvhboot_image_load() and pvhboot_image_probe_inner(). */

#include <pvhboot/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/base/env.h"
#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define MIB ((size_t)1 << 20)

static struct elf kernel;
static struct blob large; /* ELF, and more behind it than is guessed at first */

static void build_kernel(void)
{
	const struct kernel_spec spec = { 0 };

	kernel_build(&kernel, &spec);
	blob_append(&large, kernel.image.data, kernel.image.size);
	blob_fill(&large, 0, 5 * MIB + 12345);
}

static void free_kernel(void)
{
	elf_free(&kernel);
	blob_free(&large);
}

/* gzip around it, as many times. */
static struct blob nested(struct pvhboot_bytes in, int times)
{
	struct blob file = { 0 };

	blob_append(&file, in.data, in.size);
	while (times-- > 0) {
		struct blob outer = { 0 };

		bz_compress(&outer, PVHBOOT_COMPRESSION_GZIP, blob_view(&file), NULL);
		blob_free(&file);
		file = outer;
	}
	return file;
}

START_TEST(elf)
{
	struct loading run = { 0 };

	loading_expect("elf", &run, blob_view(&kernel.image), blob_view(&kernel.image), 0);
	ck_assert_ptr_null(run.loaded.buffer.data);
	ck_assert_ptr_eq(run.loaded.elf.data, run.guard.end - kernel.image.size);
	ck_assert_uint_eq(run.loaded.image.container, PVHBOOT_CONTAINER_ELF);
	ck_assert_uint_eq(run.alloc.n_calls, 0);
	loading_close(&run);
}
END_TEST

START_TEST(bare)
{
	const char *row = variants[_i].name;
	struct loading run = { 0 };
	struct blob file = { 0 };

	if (!variant_can(&variants[_i]))
		return;
	variant_pack(&file, &variants[_i], blob_view(&kernel.image));
	loading_expect(row, &run, blob_view(&file), blob_view(&kernel.image), 0);
	expect_eq(row, run.loaded.image.container, PVHBOOT_CONTAINER_COMPRESSED);
	expect_eq(row, run.loaded.image.compression, variants[_i].compression);
	expect_eq(row, run.loaded.image.size_is_exact, 0);
	expect_eq(row, run.loaded.image.stream_offset, 0);
	expect_eq(row, run.loaded.image.stream.size, file.size);
	expect_eq(row, run.loaded.image.protocol, 0);
	expect_true(row, run.loaded.elf.data == run.loaded.buffer.data);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

START_TEST(bzimage)
{
	const char *row = variants[_i].name;
	struct loading run = { 0 };
	struct blob file = { 0 };

	if (!variant_can(&variants[_i]))
		return;
	variant_image(&file, &variants[_i], blob_view(&kernel.image));
	loading_expect(row, &run, blob_view(&file), blob_view(&kernel.image), 0);
	expect_eq(row, run.loaded.image.container, PVHBOOT_CONTAINER_BZIMAGE);
	expect_eq(row, run.loaded.image.size_is_exact, 1);
	expect_eq(row, run.loaded.buffer.size, kernel.image.size);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

/* What unpacks to more than is guessed: each try has twice the room. */
START_TEST(guessed_too_small)
{
	const char *row = variants[_i].name;
	struct loading run = { 0 };
	struct blob file = { 0 };
	size_t size;

	if (!variant_can(&variants[_i]))
		return;
	variant_pack(&file, &variants[_i], blob_view(&large));
	ck_assert_uint_lt(8 * file.size, large.size);
	loading_expect(row, &run, blob_view(&file), blob_view(&large), 0);
	expect_eq(row, run.diag.status, PVHBOOT_OK);
	ck_assert_ptr_null(run.diag.failure.rule);
	ck_assert_str_eq(run.diag.detail, "");
	size = run.loaded.buffer.size;
	expect_true(row, size >= large.size && size < 2 * large.size);
	/* One buffer at a time, and what the codec needs. */
	expect_true(row, run.alloc.peak_size < size + 5 * MIB);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

/* "A call that fails overwrites status, failure and detail; one that succeeds
 * leaves them", whatever was tried in between. */
START_TEST(leaves_the_diagnostic)
{
	struct loading run = { 0 };
	struct pvhboot_diag before;
	struct blob file = { 0 };

	bz_compress(&file, PVHBOOT_COMPRESSION_GZIP, blob_view(&large), NULL);
	expect_status("before", pvhboot_image_load(blob_view(&file), NULL, NULL, &run.diag),
		      PVHBOOT_INVAL);
	strcpy(run.diag.detail, "kept");
	before = run.diag;
	expect_status("load", loading_run(&run, blob_view(&file)), PVHBOOT_OK);
	ck_assert_msg(memcmp(&before, &run.diag, sizeof(before)) == 0,
		      "a success changed the diagnostic");
	loading_close(&run);
	blob_free(&file);
}
END_TEST

START_TEST(default_allocator)
{
	const struct pvhboot_options empty = { 0 };
	struct blob file = nested(blob_view(&large), 2);

	for (int i = 0; i < 2; i++) {
		struct pvhboot_loaded loaded;

		expect_status(
			"load",
			pvhboot_image_load(blob_view(&file), i ? &empty : NULL, &loaded, NULL),
			PVHBOOT_OK);
		ck_assert_uint_eq(loaded.elf.size, large.size);
		ck_assert_int_eq(memcmp(loaded.elf.data, large.data, large.size), 0);
		free(loaded.buffer.data);
	}
	blob_free(&file);
}
END_TEST

START_TEST(without_arguments)
{
	const struct pvhboot_bytes null_with_size = { NULL, 5 };
	struct pvhboot_loaded loaded;
	struct pvhboot_diag diag = { 0 };
	struct loading run = { 0 };

	expect_status("out", pvhboot_image_load(blob_view(&kernel.image), NULL, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_failure("out", &diag, PVHBOOT_INVAL,
		       &(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
	expect_status("no diag", pvhboot_image_load(blob_view(&kernel.image), NULL, NULL, NULL),
		      PVHBOOT_INVAL);
	memset(&diag, 0, sizeof(diag));
	expect_status("file", pvhboot_image_load(null_with_size, NULL, &loaded, &diag),
		      PVHBOOT_INVAL);
	expect_failure("file", &diag, PVHBOOT_INVAL,
		       &(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_IMAGE });
	loading_expect_failure("empty", &run, (struct pvhboot_bytes){ NULL, 0 }, PVHBOOT_FORMAT,
			       PVHBOOT_STAGE_IMAGE, 0, "an ELF file");
	ck_assert_str_eq(run.diag.detail, "an empty file");
	loading_close(&run);
}
END_TEST

/* Every status of the stages, where the outermost container and where an inner
 * one is to blame. */
static void spoil_none(struct blob *inner)
{
	(void)inner;
}

static void spoil_text(struct blob *inner)
{
	memset(inner->data, 'x', inner->size);
}

static void spoil_length(struct blob *inner)
{
	bz_patch(inner, "payload_length", 0xffffffff);
}

static void spoil_version(struct blob *inner)
{
	bz_patch(inner, "version", 0x0204);
}

static void spoil_offset(struct blob *inner)
{
	bz_patch(inner, "payload_offset", 0);
}

static void spoil_stream(struct blob *inner)
{
	memset(inner->data + bz_payload_at(inner) + 40, 0xff, 40);
}

static void spoil_size(struct blob *inner)
{
	inner->data[inner->size - 4] ^= 1;
}

static void spoil_claim(struct blob *inner)
{
	memset(inner->data + inner->size - 4, 0xff, 4);
}

static const struct {
	const char *name;
	void (*spoil)(struct blob *bzimage);
	uint64_t max_memory;
	enum pvhboot_status status;
	enum pvhboot_stage stage;
} failures[] = {
	{ "nothing", spoil_none, 0, PVHBOOT_OK, PVHBOOT_STAGE_IMAGE },
	{ "text", spoil_text, 0, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE },
	{ "length", spoil_length, 0, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_IMAGE },
	{ "version", spoil_version, 0, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_IMAGE },
	{ "offset", spoil_offset, 0, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_IMAGE },
	{ "stream", spoil_stream, 0, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK },
	{ "size", spoil_size, 0, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK },
	{ "claim", spoil_claim, 0, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK },
	{ "memory", spoil_none, 50000, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK },
};

START_TEST(stage_fails)
{
	for (int times = 0; times < 2; times++) {
		const struct finding want = { .says = SAYS_STAGE, .stage = failures[_i].stage };
		struct loading run = { .options = { .max_memory = failures[_i].max_memory } };
		struct blob inner = { 0 };
		struct blob file;
		char row[32];

		snprintf(row, sizeof(row), "%s, %d outside", failures[_i].name, times);
		bz_image(&inner, PVHBOOT_COMPRESSION_XZ, blob_view(&kernel.image));
		failures[_i].spoil(&inner);
		file = nested(blob_view(&inner), times);
		expect_status(row, loading_run(&run, blob_view(&file)), failures[_i].status);
		if (failures[_i].status)
			expect_failure(row, &run.diag, failures[_i].status, &want);
		loading_close(&run);
		blob_free(&inner);
		blob_free(&file);
	}
}
END_TEST

START_TEST(no_codec)
{
	static const struct pvhboot_codec *const only_gzip[] = { &pvhboot_codec_gzip, NULL };

	for (int times = 0; times < 2; times++) {
		struct loading run = { .options = { .codecs = only_gzip } };
		struct blob inner = { 0 };
		struct blob file;

		bz_compress(&inner, PVHBOOT_COMPRESSION_XZ, blob_view(&kernel.image), NULL);
		file = nested(blob_view(&inner), times);
		loading_expect_failure("xz", &run, blob_view(&file), PVHBOOT_UNSUPPORTED,
				       PVHBOOT_STAGE_UNPACK, 0, "a codec for the compression");
		ck_assert_ptr_nonnull(strstr(run.diag.detail, "xz"));
		loading_close(&run);
		blob_free(&inner);
		blob_free(&file);
	}
}
END_TEST

/* The allocator fails at its n-th call, for every n, with buffers that are
 * guessed too small on the way. */
START_TEST(allocator_fails)
{
	const char *row = variants[_i].name;
	struct loading counting = { 0 };
	struct blob inner = { 0 };
	struct blob file = { 0 };
	size_t n_buffers = 0;
	size_t n_calls;

	if (!variant_can(&variants[_i]))
		return;
	variant_pack(&inner, &variants[_i], blob_view(&large));
	bz_compress(&file, PVHBOOT_COMPRESSION_GZIP, blob_view(&inner), NULL);
	loading_expect(row, &counting, blob_view(&file), blob_view(&large), 0);
	n_calls = counting.alloc.n_calls;
	loading_close(&counting);
	for (size_t n = 1; n <= n_calls; n++) {
		struct loading run = { .alloc = { .fail_at = n } };

		expect_status(row, loading_run(&run, blob_view(&file)), PVHBOOT_NOMEM);
		expect_failure(
			row, &run.diag, PVHBOOT_NOMEM,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
		/* "NOMEM also when a buffer could not be allocated (found is its size)" */
		if (run.alloc.failed_size >= MIB && run.alloc.failed_size % MIB == 0) {
			n_buffers++;
			expect_finding(row, &run.diag.failure,
				       &(struct finding){ .says = SAYS_FOUND,
							  .found = run.alloc.failed_size });
		}
		loading_close(&run);
	}
	ck_assert_uint_ge(n_buffers, 5);
	blob_free(&inner);
	blob_free(&file);
}
END_TEST

/* One stream in another, of any two formats. */
START_TEST(any_two)
{
	const struct variant *outer = &variants[_i / N_VARIANTS];
	const struct variant *inner = &variants[_i % N_VARIANTS];
	struct loading run = { 0 };
	struct blob within = { 0 };
	struct blob file = { 0 };
	char row[48];

	if (!variant_can(outer) || !variant_can(inner))
		return;
	snprintf(row, sizeof(row), "%s in %s", inner->name, outer->name);
	variant_image(&within, inner, blob_view(&kernel.image));
	variant_pack(&file, outer, blob_view(&within));
	loading_expect(row, &run, blob_view(&file), blob_view(&kernel.image), 0);
	expect_eq(row, run.loaded.image.compression, outer->compression);
	expect_eq(row, run.loaded.buffer.size, kernel.image.size);
	loading_close(&run);
	blob_free(&within);
	blob_free(&file);
}
END_TEST

static struct blob bzimage_around(const struct blob *contents, enum pvhboot_compression compression)
{
	struct blob file = { 0 };

	bz_image(&file, compression, blob_view(contents));
	return file;
}

/* Containers in containers, by hand: how deep, and what is told of each. */
START_TEST(inner_by_hand)
{
	struct blob bz = bzimage_around(&kernel.image, PVHBOOT_COMPRESSION_XZ);
	struct blob file = nested(blob_view(&bz), 1);
	struct blob room = { 0 };
	struct pvhboot_image outer;
	struct pvhboot_image image;
	struct pvhboot_bytes unpacked;
	struct pvhboot_diag diag = { 0 };

	blob_fill(&room, 0, MIB);
	expect_status("outer", pvhboot_image_probe(blob_view(&file), NULL, &outer, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(outer.depth, 0);
	expect_status("unpack",
		      pvhboot_image_unpack(&outer, NULL,
					   (struct pvhboot_buffer){ room.data, room.size },
					   &unpacked, &diag),
		      PVHBOOT_OK);
	expect_status("inner", pvhboot_image_probe_inner(&outer, unpacked, &image, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(image.depth, 1);
	ck_assert_uint_eq(image.container, PVHBOOT_CONTAINER_BZIMAGE);
	ck_assert_uint_eq(image.compression, PVHBOOT_COMPRESSION_XZ);
	ck_assert_uint_eq(image.stream_offset, bz_payload_at(&bz));
	ck_assert_ptr_eq(image.file.data, unpacked.data);
	/* What that one held, and what it may not hold. */
	expect_status("innermost",
		      pvhboot_image_probe_inner(&image, blob_view(&kernel.image), &outer, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(outer.depth, 2);
	ck_assert_uint_eq(outer.container, PVHBOOT_CONTAINER_ELF);
	ck_assert_uint_eq(outer.compression, PVHBOOT_COMPRESSION_NONE);
	expect_success("so far", &diag, 0);
	expect_status("a third stream",
		      pvhboot_image_probe_inner(&image, blob_view(&bz), &outer, &diag),
		      PVHBOOT_LIMIT);
	expect_failure("a third stream", &diag, PVHBOOT_LIMIT,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_NUMBERS,
					  .stage = PVHBOOT_STAGE_IMAGE,
					  .found = 3,
					  .bound = PVHBOOT_MAX_DEPTH });
	/* The result may take the place of the outer one. */
	expect_status("in place",
		      pvhboot_image_probe_inner(&image, blob_view(&kernel.image), &image, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(image.depth, 2);
	blob_free(&room);
	blob_free(&bz);
	blob_free(&file);
}
END_TEST

START_TEST(inner_of_what_is_not_compressed)
{
	struct pvhboot_image outer;
	struct pvhboot_image image;
	struct pvhboot_diag diag = { 0 };

	expect_status("outer", pvhboot_image_probe(blob_view(&kernel.image), NULL, &outer, &diag),
		      PVHBOOT_OK);
	expect_status("inner",
		      pvhboot_image_probe_inner(&outer, blob_view(&kernel.image), &image, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(image.depth, 0);
	expect_success("inner", &diag, 0);
}
END_TEST

START_TEST(inner_fails)
{
	const struct pe_section section = { ".linux", blob_view(&kernel.image) };
	const struct pvhboot_bytes null_with_size = { NULL, 5 };
	struct pvhboot_image outer = { .compression = PVHBOOT_COMPRESSION_GZIP };
	struct pvhboot_image untouched;
	struct pvhboot_image image;
	struct blob pe = { 0 };
	struct blob text = { 0 };

	pe_build(&pe, &section, 1);
	blob_fill(&text, 'x', 0x300);
	memset(&untouched, 0xee, sizeof(untouched));
	for (int i = 0; i < 7; i++) {
		static const enum pvhboot_status statuses[] = {
			PVHBOOT_INVAL,  PVHBOOT_INVAL,  PVHBOOT_INVAL,  PVHBOOT_FORMAT,
			PVHBOOT_FORMAT, PVHBOOT_FORMAT, PVHBOOT_FORMAT,
		};
		const struct pvhboot_bytes inner[] = {
			blob_view(&text), blob_view(&text), null_with_size, blob_view(&text),
			blob_view(&pe),   { text.data, 3 }, { NULL, 0 },
		};
		struct pvhboot_diag diag = { 0 };
		char row[16];

		snprintf(row, sizeof(row), "row %d", i);
		image = untouched;
		expect_status(row,
			      pvhboot_image_probe_inner(i == 0 ? NULL : &outer, inner[i],
							i == 1 ? NULL : &image, &diag),
			      statuses[i]);
		expect_failure(row, &diag, statuses[i],
			       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET,
						  .stage = PVHBOOT_STAGE_IMAGE,
						  .subject = PVHBOOT_SUBJECT_HEADER });
		expect_true(row, memcmp(&image, &untouched, sizeof(image)) == 0);
	}
	blob_free(&pe);
	blob_free(&text);
}
END_TEST

/* A codec of the caller that always wants more room, or breaks its rules. */
static enum pvhboot_status scripted_status;
static size_t scripted_calls;
static size_t scripted_room;

static enum pvhboot_status scripted_decode(struct pvhboot_decode *decode)
{
	scripted_calls++;
	scripted_room = decode->out.size;
	ck_assert_uint_eq(decode->out_is_exact, 0);
	ck_assert_uint_eq(decode->only_start, 0);
	decode->in_used = decode->in.size;
	decode->out_used = decode->out.size;
	decode->out_needed = decode->out.size; /* which is no more than there is */
	memset(decode->out.data, 0, decode->out.size);
	return scripted_status;
}

static const struct pvhboot_codec scripted = {
	.compression = PVHBOOT_COMPRESSION_BZIP2,
	.decode = scripted_decode,
};
static const struct pvhboot_codec *const scripted_list[] = { &scripted, NULL };

static struct pvhboot_bytes scripted_file(void)
{
	return (struct pvhboot_bytes){ (const uint8_t *)"BZh91AY&SY", 10 };
}

/* max_output ends the search for a size, whether a power of two or not, and no
 * buffer is larger than it. */
START_TEST(never_enough_room)
{
	static const size_t bounds[] = { 1, 4096, MIB - 1, MIB, MIB + 1, 3 * MIB, 8 * MIB };

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		struct loading run = { .options = { .codecs = scripted_list,
						    .max_output = bounds[i] } };
		char row[32];

		snprintf(row, sizeof(row), "max_output %zu", bounds[i]);
		scripted_status = PVHBOOT_NOSPACE;
		scripted_calls = 0;
		loading_expect_failure(row, &run, scripted_file(), PVHBOOT_LIMIT,
				       PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
				       "unpacked size <= max_output");
		expect_finding(row, &run.diag.failure,
			       &(struct finding){ .says = SAYS_BOUND, .bound = bounds[i] });
		ck_assert_str_eq(run.diag.detail,
				 "at least that much: the stream does not tell its size");
		expect_eq(row, scripted_room, bounds[i]);
		expect_true(row, scripted_calls <= 4);
		expect_true(row, run.alloc.peak_size <= bounds[i]);
		loading_close(&run);
	}
}
END_TEST

/* Field report F10: a stream that holds more than max_output, alone and in a bzImage. */
START_TEST(field_f10_max_output)
{
	const struct variant *variant = &variants[_i];
	const size_t size = kernel.image.size;
	struct blob stream = { 0 }, bz = { 0 };

	if (!variant_can(variant))
		return;
	variant_pack(&stream, variant, blob_view(&kernel.image));
	variant_wrap(&bz, variant, &stream, size);
	for (size_t limit = 1; limit < size; limit += size / 5) {
		const int tells = variant->compression == PVHBOOT_COMPRESSION_GZIP ||
				  variant->compression == PVHBOOT_COMPRESSION_XZ ||
				  variant->compression == PVHBOOT_COMPRESSION_ZSTD;

		for (int in_bzimage = 0; in_bzimage < 2; in_bzimage++) {
			struct loading run = { .options = { .max_output = limit } };
			struct finding want = {
				.says = SAYS_NUMBERS,
				.found = tells || in_bzimage ? size : limit + 1,
				.bound = limit,
			};

			loading_expect_failure(variant->name, &run,
					       blob_view(in_bzimage ? &bz : &stream), PVHBOOT_LIMIT,
					       PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
					       "unpacked size <= max_output; raise max_output");
			expect_finding(variant->name, &run.diag.failure, &want);
			expect_eq(variant->name, run.diag.failure.unit, PVHBOOT_UNIT_BYTES);
			expect_true(variant->name, run.diag.failure.has & PVHBOOT_HAS_NEED);
			expect_eq(variant->name, run.diag.detail[0] == '\0', tells || in_bzimage);
			loading_close(&run);
		}
	}
	blob_free(&stream);
	blob_free(&bz);
}
END_TEST

/* Field report F9: a codec that needs more than max_memory. */
START_TEST(field_f09_max_memory)
{
	const struct variant *variant = &variants[_i];
	struct loading free_run = { 0 };
	struct blob file = { 0 };
	uint64_t needed = 0;

	if (!variant_can(variant) || strcmp(variant->name, "lz4 legacy") == 0 ||
	    variant->compression == PVHBOOT_COMPRESSION_LZO)
		return; /* or the codec has no working memory */
	variant_pack(&file, variant, blob_view(&kernel.image));
	for (uint64_t limit = 1; limit < 7000; limit += 1000) {
		struct loading run = { .options = { .max_memory = limit } };

		loading_expect_failure(
			variant->name, &run, blob_view(&file), PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK,
			ANY_OFFSET, "working memory of the codec <= max_memory; raise max_memory");
		expect_eq(variant->name, run.diag.failure.bound, limit);
		expect_eq(variant->name, run.diag.failure.unit, PVHBOOT_UNIT_BYTES);
		expect_true(variant->name, run.diag.failure.has & PVHBOOT_HAS_NEED);
		ck_assert_str_eq(run.diag.detail, pvhboot_compression_name(variant->compression));
		needed = run.diag.failure.found;
		loading_close(&run);
	}
	free_run.options.max_memory = needed;
	loading_expect(variant->name, &free_run, blob_view(&file), blob_view(&kernel.image), 0);
	loading_close(&free_run);
	blob_free(&file);
}
END_TEST

/* A bzImage that claims less than its stream holds: the message does not compare a number with
 * itself. */
START_TEST(goes_on_behind_the_claim)
{
	const struct variant *variant = &variants[_i];
	const size_t claim = kernel.image.size - 1;
	struct blob stream = { 0 }, file = { 0 };
	struct loading run = { 0 };

	if (!variant_can(variant))
		return;
	variant_pack(&stream, variant, blob_view(&kernel.image));
	if (variant->compression == PVHBOOT_COMPRESSION_GZIP)
		store_le(stream.data + stream.size - 4, 4, claim);
	variant_wrap(&file, variant, &stream, claim);
	loading_expect_failure(variant->name, &run, blob_view(&file), PVHBOOT_CORRUPT,
			       PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "size that the file claims");
	if (run.diag.failure.has & PVHBOOT_HAS_NUMBERS) {
		expect_eq(variant->name, run.diag.failure.found, kernel.image.size);
		expect_eq(variant->name, run.diag.failure.bound, claim);
	}
	ck_assert_str_eq(run.diag.detail, "the stream goes on behind that size");
	loading_close(&run);
	blob_free(&stream);
	blob_free(&file);
}
END_TEST

static int run_nothing(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	(void)ctx;
	(void)n;
	(void)work;
	(void)arg;
	return 1;
}

/* "In what the caller gives they must be 0." */
START_TEST(reserved_members)
{
	const struct pvhboot_allocator *host = pvhb_default_allocator();
	const struct pvhboot_codec *listed = pvhboot_codecs()[0];
	struct blob file = { 0 };

	bz_compress(&file, (enum pvhboot_compression)listed->compression, blob_view(&kernel.image),
		    NULL);
	for (unsigned bad = 0; bad < 4; bad++) {
		const struct pvhboot_allocator allocator = { host->ctx, host->alloc, host->release,
							     bad == 1 };
		const struct pvhboot_parallel parallel = { NULL, run_nothing, bad == 2 };
		const struct pvhboot_codec codec = { listed->compression, bad == 3,
						     listed->decode };
		const struct pvhboot_codec *const codecs[] = { &codec, NULL };
		const struct pvhboot_options options = { .allocator = &allocator,
							 .parallel = &parallel,
							 .codecs = codecs };
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_loaded loaded;
		enum pvhboot_status status =
			pvhboot_image_load(blob_view(&file), &options, &loaded, &diag);

		expect_status("reserved", status, bad ? PVHBOOT_INVAL : PVHBOOT_OK);
		if (status == PVHBOOT_OK)
			host->release(host->ctx, loaded.buffer.data);
		else
			expect_rule("reserved", &diag.failure, "reserved");
	}
	blob_free(&file);
}
END_TEST

START_TEST(codec_breaks_its_rules)
{
	struct loading run = { .options = { .codecs = scripted_list } };

	scripted_status = PVHBOOT_FORMAT;
	loading_expect_failure("status", &run, scripted_file(), PVHBOOT_INTERNAL,
			       PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "a status of the codec");
	loading_close(&run);
}
END_TEST

/* Zeros are not a kernel, however well they were packed. */
START_TEST(holds_no_kernel)
{
	struct loading run = { .options = { .codecs = scripted_list } };

	scripted_status = PVHBOOT_OK;
	loading_expect_failure("zeros", &run, scripted_file(), PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE,
			       0, "an ELF file");
	loading_close(&run);
}
END_TEST

/* Any prefix of a nested file is refused, and nothing stays behind. */
START_TEST(every_prefix)
{
	struct blob bz = bzimage_around(&kernel.image, PVHBOOT_COMPRESSION_XZ);
	struct blob file = nested(blob_view(&bz), 1);

	for (size_t size = 0; size<file.size; size += size> 64 && size + 64 < file.size ? 7 : 1) {
		struct loading run = { 0 };
		char row[64];

		snprintf(row, sizeof(row), "%zu of %zu bytes", size, file.size);
		expect_status(row, loading_run(&run, (struct pvhboot_bytes){ file.data, size }),
			      size < 2 ? PVHBOOT_FORMAT : PVHBOOT_TRUNCATED);
		loading_close(&run);
	}
	blob_free(&bz);
	blob_free(&file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load");
	TCase *good = suite_case(suite, "good");
	TCase *failing = suite_case(suite, "failing");
	TCase *inner = suite_case(suite, "inner");

	tcase_add_unchecked_fixture(good, build_kernel, free_kernel);
	tcase_add_test(good, elf);
	tcase_add_loop_test(good, bare, 0, N_VARIANTS);
	tcase_add_loop_test(good, bzimage, 0, N_VARIANTS);
	tcase_add_loop_test(good, guessed_too_small, 0, N_VARIANTS);
	tcase_add_test(good, leaves_the_diagnostic);
	tcase_add_test(good, default_allocator);
	tcase_add_loop_test(good, any_two, 0, N_VARIANTS * N_VARIANTS);

	tcase_add_unchecked_fixture(failing, build_kernel, free_kernel);
	tcase_add_test(failing, without_arguments);
	tcase_add_loop_test(failing, stage_fails, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(failing, no_codec);
	tcase_add_loop_test(failing, allocator_fails, 0, N_VARIANTS);
	tcase_add_test(failing, never_enough_room);
	tcase_add_loop_test(failing, field_f09_max_memory, 0, N_VARIANTS);
	tcase_add_loop_test(failing, field_f10_max_output, 0, N_VARIANTS);
	tcase_add_loop_test(failing, goes_on_behind_the_claim, 0, N_VARIANTS);
	tcase_add_test(failing, reserved_members);
	tcase_add_test(failing, codec_breaks_its_rules);
	tcase_add_test(failing, holds_no_kernel);
	tcase_add_test(failing, every_prefix);

	tcase_add_unchecked_fixture(inner, build_kernel, free_kernel);
	tcase_add_test(inner, inner_by_hand);
	tcase_add_test(inner, inner_of_what_is_not_compressed);
	tcase_add_test(inner, inner_fails);
	return suite_run(suite);
}
