/* SPDX-License-Identifier: MIT */
/*
 * image.h: four bytes say how, and which profile. The rest is a file, or a stream that is put
 * into a bzImage first. Whatever it is, the limits hold, no byte but those of the buffer is
 * written, the stages and the one call agree, and a failing allocator ends in NOMEM and no leak.
 */

#include <pvhboot/image.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bzbuild.h"
#include "../support/fakealloc.h"
#include "fuzz.h"
#include "mutate.h"

/* The first byte: one codec alone (0: all) in the lower half, and */
#define IN_BZIMAGE 0x10u
#define BY_ID 0x20u /* the fourth byte is the ID of a profile, else its number */
#define ALLOCATOR_FAILS 0x40u

static const uint8_t probe_statuses[] = {
	PVHBOOT_TRUNCATED, PVHBOOT_FORMAT, PVHBOOT_MALFORMED, PVHBOOT_UNSUPPORTED, PVHBOOT_RANGE, 0,
};
static const uint8_t unpack_statuses[] = {
	PVHBOOT_NOSPACE, PVHBOOT_LIMIT, PVHBOOT_TRUNCATED, PVHBOOT_UNSUPPORTED, PVHBOOT_CORRUPT, 0,
};
static const uint8_t load_statuses[] = {
	PVHBOOT_TRUNCATED, PVHBOOT_FORMAT,  PVHBOOT_MALFORMED, PVHBOOT_UNSUPPORTED,
	PVHBOOT_LIMIT,     PVHBOOT_CORRUPT, PVHBOOT_RANGE,     0,
};

const size_t fuzz_head_size = 4;

struct run {
	struct pvhboot_bytes file;
	struct pvhboot_options options;
	struct pvhboot_allocator allocator;
	struct fakealloc alloc;
	const struct pvhboot_codec *codecs[16];
	uint8_t id;
	uint32_t fail_at; /* the call of the allocator, from 1; 0: none */
};

static void choose_codecs(struct run *run, uint32_t only)
{
	const struct pvhboot_codec *const *all = pvhboot_codecs();
	size_t n = 0;

	for (; *all; all++) {
		if (!only || (*all)->compression == only)
			run->codecs[n++] = *all;
	}
	run->codecs[n] = NULL;
	run->options.codecs = run->codecs;
}

static void open_run(struct run *run, struct input *input)
{
	uint32_t mode = (uint32_t)input_take(input, 1);
	uint32_t limits = (uint32_t)input_take(input, 1);
	uint32_t fail_at = (uint32_t)input_take(input, 1);

	memset(run, 0, sizeof(*run));
	run->id = (uint8_t)input_take(input, 1);
	if (mode & BY_ID)
		run->options.profile_id = (struct pvhboot_bytes){ &run->id, 1 };
	else
		run->options.profile = run->id;
	choose_codecs(run, mode & 7);
	/* 1 to 2^20 bytes of output, and 2^10 to 2^24 of working memory */
	run->options.max_output = UINT64_C(1) << (limits & 15 ? 5 + (limits & 15) : 0);
	run->options.max_memory = UINT64_C(1) << (10 + (limits >> 4));
	run->fail_at = mode & ALLOCATOR_FAILS ? 1 + fail_at : 0;
	run->file = input_rest(input);
	if (mode & IN_BZIMAGE) {
		struct blob bzimage = { 0 };

		bz_wrap(&bzimage, run->file, NULL);
		free((void *)(uintptr_t)run->file.data);
		run->file = fuzz_copy(blob_view(&bzimage));
		blob_free(&bzimage);
	}
	run->allocator = fakealloc_open(&run->alloc);
	run->options.allocator = &run->allocator;
}

static void check_image(const struct pvhboot_image *image, struct pvhboot_bytes file)
{
	const struct pvhboot_uki *uki = &image->uki;

	msan_must_be_written(image, sizeof(*image));
	MUST(image->file.data == file.data && image->file.size == file.size);
	MUST(fuzz_lies_in(image->stream, file));
	MUST(image->stream_offset <= file.size);
	MUST(image->stream.data == file.data + image->stream_offset);
	MUST(fuzz_lies_in(uki->initrd, file) && fuzz_lies_in(uki->cmdline, file));
	MUST(fuzz_lies_in(uki->osrel, file) && fuzz_lies_in(uki->uname, file));
	MUST(fuzz_lies_in(uki->ucode, file));
	MUST(uki->profile < uki->n_profiles || (uki->profile == 0 && uki->n_profiles == 0));
	MUST(image->depth <= PVHBOOT_MAX_DEPTH);
	MUST(image->compression <= PVHBOOT_COMPRESSION_ZSTD);
}

/* As many profiles as the image says, and the chosen one is what was asked for. */
static void check_profiles(const struct run *run, const struct pvhboot_image *image)
{
	const struct pvhboot_bytes id = run->options.profile_id;
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	uint32_t n = 0;

	MUST(id.size || image->uki.profile == run->options.profile ||
	     image->container != PVHBOOT_CONTAINER_PE);
	for (; pvhboot_profile_next(image, &iter, &profile); n++) {
		MUST(profile.number == n);
		MUST(fuzz_lies_in(profile.id, run->file) && fuzz_lies_in(profile.title, run->file));
		if (id.size && n == image->uki.profile)
			MUST(profile.id.size == 1 && profile.id.data[0] == id.data[0]);
	}
	MUST(n == image->uki.n_profiles);
}

/* The stages by hand, first stream only: what it holds, to be released; NULL where it
 * could not be had. */
static uint8_t *unpack(struct run *run, const struct pvhboot_image *image,
		       struct pvhboot_bytes *elf)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_buffer buffer = { NULL, 0 };
	enum pvhboot_status status = pvhboot_image_need(image, &run->options, &buffer.size, &diag);

	MUST(fuzz_is_one_of(status, unpack_statuses));
	fuzz_check_diag(&diag, status);
	if (status)
		return NULL;
	MUST(buffer.size <= run->options.max_output);
	buffer.data = fuzz_alloc(buffer.size);
	status = pvhboot_image_unpack(image, &run->options, buffer, elf, &diag);
	MUST(fuzz_is_one_of(status, unpack_statuses));
	MUST(status != PVHBOOT_NOSPACE || !image->size_is_exact);
	fuzz_check_diag(&diag, status);
	MUST(run->alloc.n_live == 0 && run->alloc.n_misuse == 0);
	MUST(run->alloc.peak_size <= run->options.max_memory);
	if (status) {
		free(buffer.data);
		return NULL;
	}
	MUST(fuzz_lies_in(*elf, (struct pvhboot_bytes){ buffer.data, buffer.size }) ||
	     image->compression == PVHBOOT_COMPRESSION_NONE);
	return buffer.data;
}

static void check_inner(const struct pvhboot_image *image, struct pvhboot_bytes elf)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image inner;
	enum pvhboot_status status = pvhboot_image_probe_inner(image, elf, &inner, &diag);

	MUST(status == PVHBOOT_LIMIT || fuzz_is_one_of(status, probe_statuses));
	fuzz_check_diag(&diag, status);
	if (status)
		return;
	check_image(&inner, elf);
	MUST(inner.container != PVHBOOT_CONTAINER_PE);
	MUST(inner.depth == image->depth + (image->compression != PVHBOOT_COMPRESSION_NONE));
}

/* Loads in one call; elf is what the first stream holds, if that is known. */
static void check_load(struct run *run, const struct pvhboot_image *image,
		       const struct pvhboot_bytes *elf)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_loaded loaded;
	enum pvhboot_status status;

	memset(&run->alloc, 0, sizeof(run->alloc));
	run->alloc.fail_at = run->fail_at;
	status = pvhboot_image_load(run->file, &run->options, &loaded, &diag);
	MUST(fuzz_is_one_of(status, load_statuses) || (status == PVHBOOT_NOMEM && run->fail_at));
	MUST(status == PVHBOOT_OK || status == PVHBOOT_NOMEM || !run->alloc.failed_size);
	fuzz_check_diag(&diag, status);
	MUST(run->alloc.n_misuse == 0);
	/* two streams, one around the other, and one decoder at work */
	MUST(run->alloc.peak_size <= 2 * run->options.max_output + run->options.max_memory);
	if (status) {
		MUST(run->alloc.n_live == 0);
		return;
	}
	msan_must_be_written(&loaded, sizeof(loaded));
	msan_must_be_written(loaded.elf.data, loaded.elf.size);
	check_image(&loaded.image, run->file);
	MUST(image != NULL && loaded.image.stream.size == image->stream.size);
	MUST(loaded.elf.size >= 4 && memcmp(loaded.elf.data, "\177ELF", 4) == 0);
	if (!loaded.buffer.data) {
		MUST(fuzz_lies_in(loaded.elf, run->file) && run->alloc.n_live == 0);
		return;
	}
	MUST(run->alloc.n_live == 1);
	MUST(fuzz_lies_in(loaded.elf,
			  (struct pvhboot_bytes){ loaded.buffer.data, loaded.buffer.size }));
	if (elf && elf->size >= 4 && memcmp(elf->data, "\177ELF", 4) == 0) {
		MUST(elf->size == loaded.elf.size);
		MUST(memcmp(elf->data, loaded.elf.data, elf->size) == 0);
	}
	run->allocator.release(run->allocator.ctx, loaded.buffer.data);
}

static void check_file(struct run *run)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	enum pvhboot_status status = pvhboot_image_probe(run->file, &run->options, &image, &diag);
	uint8_t *buffer;

	MUST(fuzz_is_one_of(status, probe_statuses));
	fuzz_check_diag(&diag, status);
	if (status) {
		check_load(run, NULL, NULL);
		return;
	}
	check_image(&image, run->file);
	check_profiles(run, &image);
	buffer = unpack(run, &image, &elf);
	if (buffer)
		check_inner(&image, elf);
	check_load(run, &image, buffer ? &elf : NULL);
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct pvhboot_bytes before;
	struct run run;

	open_run(&run, &input);
	before = fuzz_copy(run.file);
	check_file(&run);
	MUST(before.size == 0 || memcmp(before.data, run.file.data, before.size) == 0);
	free((void *)(uintptr_t)before.data);
	free((void *)(uintptr_t)run.file.data);
	return 0;
}
