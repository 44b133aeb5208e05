/* SPDX-License-Identifier: MIT */
#include "loading.h"

#include <string.h>

#include "expect.h"

const struct variant variants[N_VARIANTS] = {
	{ "gzip", PVHBOOT_COMPRESSION_GZIP, { 0 }, 0 },
	{ "bzip2", PVHBOOT_COMPRESSION_BZIP2, { 0 }, 0 },
	{ "xz", PVHBOOT_COMPRESSION_XZ, { 0 }, 0 },
	{ "lzma", PVHBOOT_COMPRESSION_LZMA, { 0 }, 0 },
	{ "lzo", PVHBOOT_COMPRESSION_LZO, { 0 }, 0 },
	{ "lz4 legacy", PVHBOOT_COMPRESSION_LZ4, { 0 }, 1 },
	{ "lz4 frame",
	  PVHBOOT_COMPRESSION_LZ4,
	  { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SUM | BZ_LZ4_BLOCK_SUMS },
	  0 },
	{ "zstd", PVHBOOT_COMPRESSION_ZSTD, { 0 }, 0 },
};

int variant_can(const struct variant *variant)
{
	return bz_can_compress(variant->compression);
}

void variant_pack(struct blob *out, const struct variant *variant, struct pvhboot_bytes in)
{
	bz_compress(out, variant->compression, in, &variant->settings);
}

void variant_wrap(struct blob *out, const struct variant *variant, const struct blob *stream,
		  size_t size)
{
	struct blob payload = { 0 };

	blob_append(&payload, stream->data, stream->size);
	if (variant->compression != PVHBOOT_COMPRESSION_GZIP)
		blob_put(&payload, 4, size);
	bz_wrap(out, blob_view(&payload), NULL);
	blob_free(&payload);
}

void variant_image(struct blob *out, const struct variant *variant, struct pvhboot_bytes in)
{
	struct blob stream = { 0 };

	variant_pack(&stream, variant, in);
	variant_wrap(out, variant, &stream, in.size);
	blob_free(&stream);
}

enum pvhboot_status loading_run(struct loading *run, struct pvhboot_bytes file)
{
	struct pvhboot_loaded untouched;
	enum pvhboot_status status;

	run->allocator = fakealloc_open(&run->alloc);
	run->options.allocator = &run->allocator;
	run->guard = guard_open(file.size);
	memset(&untouched, 0xee, sizeof(untouched));
	run->loaded = untouched;
	status = pvhboot_image_load(guard_at_end(&run->guard, file), &run->options, &run->loaded,
				    &run->diag);
	if (status) {
		ck_assert_msg(memcmp(&run->loaded, &untouched, sizeof(untouched)) == 0,
			      "a failing load wrote its result");
		ck_assert_uint_eq(run->alloc.n_live, 0);
		memset(&run->loaded, 0, sizeof(run->loaded));
	}
	return status;
}

void loading_close(struct loading *run)
{
	if (run->loaded.buffer.data)
		run->allocator.release(run->allocator.ctx, run->loaded.buffer.data);
	ck_assert_uint_eq(run->alloc.n_live, 0);
	ck_assert_uint_eq(run->alloc.n_misuse, 0);
	guard_close(&run->guard);
}

void loading_expect(const char *row, struct loading *run, struct pvhboot_bytes file,
		    struct pvhboot_bytes want, size_t n_warnings)
{
	expect_status(row, loading_run(run, file), PVHBOOT_OK);
	expect_success(row, &run->diag, n_warnings);
	expect_eq(row, run->loaded.elf.size, want.size);
	expect_true(row, memcmp(run->loaded.elf.data, want.data, want.size) == 0);
	expect_eq(row, run->loaded.image.depth, 0);
	if (run->loaded.buffer.data) {
		expect_true(row, run->loaded.elf.data >= run->loaded.buffer.data);
		expect_true(row, run->loaded.elf.data + want.size <=
					 run->loaded.buffer.data + run->loaded.buffer.size);
	} else {
		expect_eq(row, run->loaded.buffer.size, 0);
		expect_true(row, run->loaded.elf.data >= run->guard.first &&
					 run->loaded.elf.data < run->guard.end);
	}
}

void loading_expect_failure(const char *row, struct loading *run, struct pvhboot_bytes file,
			    enum pvhboot_status status, enum pvhboot_stage stage, uint64_t offset,
			    const char *rule)
{
	const struct finding want = {
		.says = SAYS_STAGE | (offset == ANY_OFFSET ? 0 : SAYS_OFFSET),
		.stage = stage,
		.offset = offset,
	};

	expect_status(row, loading_run(run, file), status);
	expect_failure(row, &run->diag, status, &want);
	ck_assert_msg(strstr(run->diag.failure.rule, rule), "%s: the rule is \"%s\"", row,
		      run->diag.failure.rule);
}
