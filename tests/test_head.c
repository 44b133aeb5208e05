/* SPDX-License-Identifier: MIT */
/* image.h: pvhboot_image_unpack_head(), against pvhboot_image_unpack(). */

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

#define BEHIND 300000 /* bytes of the image behind its notes */

static const struct {
	enum pvhboot_compression compression;
	int stops; /* before the end; LZO at whole blocks of 256 KiB only */
} codecs[] = {
	{ PVHBOOT_COMPRESSION_NONE, 0 },  { PVHBOOT_COMPRESSION_GZIP, 0 },
	{ PVHBOOT_COMPRESSION_XZ, 1 },    { PVHBOOT_COMPRESSION_LZMA, 1 },
	{ PVHBOOT_COMPRESSION_LZ4, 1 },   { PVHBOOT_COMPRESSION_ZSTD, 1 },
	{ PVHBOOT_COMPRESSION_BZIP2, 1 }, { PVHBOOT_COMPRESSION_LZO, 0 },
};

#define N_CODECS (int)(sizeof(codecs) / sizeof(codecs[0]))

static struct elf elf;
static struct blob file;
static struct pvhboot_image image;
static uint8_t *memory; /* of the unpacked size, zero */
static struct pvhboot_buffer out;
static struct pvhboot_diag diag;
static size_t notes_end;

static void pack(enum pvhboot_compression compression)
{
	blob_free(&file);
	bz_image(&file, compression, blob_view(&elf.image));
	expect_status("probe", pvhboot_image_probe(blob_view(&file), &image, &diag), PVHBOOT_OK);
	free(memory);
	memory = calloc(1, elf.image.size);
	ck_assert_ptr_nonnull(memory);
	out = (struct pvhboot_buffer){ memory, elf.image.size };
}

static void build_bits(unsigned int bits)
{
	const struct kernel_spec spec = { .bits = bits,
					  .load_size = 0x2000,
					  .load_stride = 0x3000 };
	struct blob bytes = { 0 };

	memset(&diag, 0, sizeof(diag));
	kernel_begin(&elf, &spec);
	blob_pattern(&bytes, 9, BEHIND);
	elf_add_load(&elf, KERNEL_PADDR + 0x10000, bytes.data, bytes.size, 0);
	blob_free(&bytes);
	elf_finish(&elf);
	notes_end = (size_t)(elf_read(&elf, "p_offset", 2) + elf_read(&elf, "p_filesz", 2));
	ck_assert_uint_eq(elf_read(&elf, "p_type", 2), 4);
}

static void build(void)
{
	build_bits(64);
}

static void destroy(void)
{
	free(memory);
	memory = NULL;
	blob_free(&file);
	elf_free(&elf);
}

static size_t n_not_zero(size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < out.size; i++)
		n += memory[i] != 0;
	return n;
}

START_TEST(tells_the_same)
{
	struct pvhboot_kernel head, whole;
	struct pvhboot_bytes bytes;

	if (codecs[_i].compression && !bz_can_compress(codecs[_i].compression))
		return;
	pack(codecs[_i].compression);
	expect_status("head", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(bytes.size, elf.image.size);
	ck_assert(memcmp(bytes.data, elf.image.data, notes_end) == 0);
	if (codecs[_i].stops)
		ck_assert_uint_eq(n_not_zero(notes_end), 0);
	else
		ck_assert(memcmp(bytes.data, elf.image.data, bytes.size) == 0);
	expect_status("open", pvhboot_kernel_open(bytes, 0, &head, &diag), PVHBOOT_OK);
	expect_success("open", &diag, 0);
	expect_status("whole", pvhboot_kernel_open(blob_view(&elf.image), 0, &whole, &diag),
		      PVHBOOT_OK);
	head.elf = whole.elf;
	head.build_id = whole.build_id;
	ck_assert(memcmp(&head, &whole, sizeof(head)) == 0);
}
END_TEST

/* What is wrong behind the notes is not looked at; in front of them it is. */
START_TEST(damage)
{
	struct pvhboot_bytes bytes;
	size_t size;

	if (!codecs[_i].stops || !bz_can_compress(codecs[_i].compression))
		return;
	pack(codecs[_i].compression);
	size = file.size;
	for (size_t i = 5; i < 200; i++)
		file.data[size - i] ^= 0x55;
	expect_status("whole", pvhboot_image_unpack(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_CORRUPT);
	memset(memory, 0, out.size);
	memset(&diag, 0, sizeof(diag));
	/* bzip2's block is damaged as a whole */
	if (codecs[_i].compression != PVHBOOT_COMPRESSION_BZIP2)
		expect_status("head", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
			      PVHBOOT_OK);
	for (size_t i = 0; i < 60; i++)
		file.data[bz_payload_at(&file) + 20 + i] ^= 0x55;
	ck_assert_int_ne(pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag), PVHBOOT_OK);
}
END_TEST

/* Then all of the image is unpacked. */
static void notes_in_a_section(void)
{
	elf_patch(&elf, "p_type", 2, 0);
}

static void headers_far_behind(void)
{
	elf_patch(&elf, "e_phoff", 0, 0x1200);
}

static void notes_outside(void)
{
	elf_patch(&elf, "p_filesz", 2, elf.image.size);
}

static void no_elf(void)
{
	elf.image.data[0] = 'x';
}

/* What stands behind the table is no segment, whatever it looks like. */
static void notes_behind_the_table(void)
{
	elf_patch(&elf, "e_phnum", 0, 2);
}

/* The section headers lie at an offset, or seem to. */
static void sections_at(uint64_t offset, uint64_t n)
{
	elf_patch(&elf, "e_shoff", 0, offset);
	elf_patch(&elf, "e_shnum", 0, n);
	elf_patch(&elf, "e_shentsize", 0, 64);
}

/* They tell where more notes are. */
static void sections_in_front(void)
{
	sections_at(0x1000, 2);
}

static void sections_begin_in_front(void)
{
	sections_at(notes_end - 1, 2);
}

static void section0_counts(void)
{
	sections_at(elf.image.size - 64, 0);
}

static void (*const odd[])(void) = {
	notes_in_a_section,     headers_far_behind, notes_outside,           no_elf,
	notes_behind_the_table, sections_in_front,  sections_begin_in_front, section0_counts,
};

START_TEST(odd_images)
{
	struct pvhboot_bytes bytes;

	odd[_i]();
	pack(PVHBOOT_COMPRESSION_XZ);
	expect_status("odd", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(bytes.size, elf.image.size);
	ck_assert(memcmp(bytes.data, elf.image.data, bytes.size) == 0);
}
END_TEST

/* Those that are behind alone tell nothing that is not behind, too. */
START_TEST(sections_behind)
{
	struct pvhboot_bytes bytes;

	destroy();
	build_bits(_i ? 32 : 64);
	ck_assert_uint_gt(notes_end, 4608);
	sections_at(notes_end, 1);
	pack(PVHBOOT_COMPRESSION_XZ);
	expect_status("behind", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(n_not_zero(notes_end), 0);
}
END_TEST

/* A stream alone does not tell its size, so that nothing says where the image ends. */
START_TEST(bare_stream)
{
	struct pvhboot_bytes bytes;

	blob_free(&file);
	bz_compress(&file, PVHBOOT_COMPRESSION_XZ, blob_view(&elf.image), NULL);
	expect_status("probe", pvhboot_image_probe(blob_view(&file), &image, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(image.size_is_exact, 0);
	free(memory);
	memory = calloc(1, (size_t)image.unpacked_size);
	ck_assert_ptr_nonnull(memory);
	out = (struct pvhboot_buffer){ memory, (size_t)image.unpacked_size };
	expect_status("bare", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(bytes.size, elf.image.size);
	ck_assert(memcmp(bytes.data, elf.image.data, bytes.size) == 0);
}
END_TEST

/* A stream that ends somewhere is enough, or is told; the file's size is kept. */
START_TEST(cut_anywhere)
{
	size_t length;
	size_t n_enough = 0;

	if (!codecs[_i].compression || !bz_can_compress(codecs[_i].compression))
		return;
	pack(codecs[_i].compression);
	length = (size_t)bz_read(&file, "payload_length");
	for (size_t n = 16; n < length; n += length / 97 + 1) {
		uint8_t *claimed = file.data + bz_payload_at(&file) + n - 4;
		uint64_t before = load_le(claimed, 4);
		enum pvhboot_status status;
		struct pvhboot_bytes bytes;

		bz_patch(&file, "payload_length", n);
		store_le(claimed, 4, elf.image.size);
		memset(memory, 0, out.size);
		expect_status("probe", pvhboot_image_probe(blob_view(&file), &image, &diag),
			      PVHBOOT_OK);
		status = pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag);
		if (status == PVHBOOT_OK) {
			n_enough++;
			ck_assert_uint_eq(bytes.size, elf.image.size);
			ck_assert(memcmp(bytes.data, elf.image.data, notes_end) == 0);
		} else {
			ck_assert(status == PVHBOOT_TRUNCATED || status == PVHBOOT_CORRUPT);
		}
		store_le(claimed, 4, before);
	}
	/* the others decode by blocks or frames, which must be whole */
	if (codecs[_i].compression == PVHBOOT_COMPRESSION_XZ)
		ck_assert_uint_gt(n_enough, 0);
}
END_TEST

/* Notes that reach out of the image do not make it larger. */
START_TEST(claims_less)
{
	struct guard guard = guard_open(elf.image.size);
	struct pvhboot_bytes bytes;

	notes_outside();
	for (size_t less = 1; less <= 4096; less *= 2) {
		size_t end;

		pack(PVHBOOT_COMPRESSION_XZ);
		end = bz_payload_at(&file) + (size_t)bz_read(&file, "payload_length");
		store_le(file.data + end - 4, 4, elf.image.size - less);
		expect_status("probe", pvhboot_image_probe(blob_view(&file), &image, &diag),
			      PVHBOOT_OK);
		expect_status("less",
			      pvhboot_image_unpack_head(&image, NULL,
							guard_buffer(&guard, elf.image.size - less),
							&bytes, &diag),
			      PVHBOOT_CORRUPT);
	}
	guard_close(&guard);
}
END_TEST

/* At its n-th call, for every n, or from it on: first for the headers, then for the notes,
 * or for all. What fails once, for the headers or the notes alone, does no harm. */
START_TEST(allocator_fails)
{
	struct fakealloc alloc = { 0 };
	const struct pvhboot_allocator allocator = fakealloc_open(&alloc);
	const struct pvhboot_unpack_options options = { .allocator = &allocator };

	if (!bz_can_compress(codecs[_i].compression))
		return;
	pack(codecs[_i].compression);
	for (size_t n = 1;; n++) {
		struct pvhboot_bytes bytes = { NULL, 0 };
		enum pvhboot_status status;
		char row[48];

		snprintf(row, sizeof(row), "%s, allocation %zu",
			 pvhboot_compression_name(codecs[_i].compression), n);
		alloc = (struct fakealloc){ .fail_at = n };
		status = pvhboot_image_unpack_head(&image, &options, out, &bytes, NULL);
		expect_eq(row, alloc.n_live + alloc.n_misuse, 0);
		if (status == PVHBOOT_OK)
			expect_true(row, memcmp(bytes.data, elf.image.data, notes_end) == 0);
		else
			expect_status(row, status, PVHBOOT_NOMEM);
		bytes.data = NULL;
		alloc = (struct fakealloc){ .fail_from = n };
		memset(&diag, 0, sizeof(diag));
		status = pvhboot_image_unpack_head(&image, &options, out, &bytes, &diag);
		expect_status(row, status, alloc.n_calls < n ? PVHBOOT_OK : PVHBOOT_NOMEM);
		expect_eq(row, alloc.n_live + alloc.n_misuse, 0);
		if (status == PVHBOOT_OK)
			break;
		expect_true(row, bytes.data == NULL);
		expect_failure(
			row, &diag, PVHBOOT_NOMEM,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
	}
}
END_TEST

/* A codec of the caller that has the right bytes, and then fails or boasts. */
static size_t boast;

static enum pvhboot_status odd_decode(struct pvhboot_decode *decode)
{
	size_t size = decode->out.size < elf.image.size ? decode->out.size : elf.image.size;

	memcpy(decode->out.data, elf.image.data, size);
	decode->in_used = decode->in.size;
	decode->out_used = decode->out.size + boast;
	return boast ? PVHBOOT_NOSPACE : PVHBOOT_CORRUPT;
}

static const struct pvhboot_codec odd_codec = {
	.compression = PVHBOOT_COMPRESSION_XZ,
	.decode = odd_decode,
};

START_TEST(codec_of_the_caller)
{
	static const struct pvhboot_codec *const list[] = { &odd_codec, NULL };
	const struct pvhboot_unpack_options options = { .codecs = list };
	struct pvhboot_bytes bytes;

	pack(PVHBOOT_COMPRESSION_XZ);
	boast = 0;
	expect_status("fails", pvhboot_image_unpack_head(&image, &options, out, &bytes, &diag),
		      PVHBOOT_CORRUPT);
	boast = 1;
	expect_status("boasts", pvhboot_image_unpack_head(&image, &options, out, &bytes, &diag),
		      PVHBOOT_INTERNAL);
}
END_TEST

/* ---- What a head says is true ---------------------------------------------------------------- */

/* A decoder that takes no time: of the image of the test, as it is. */
static enum pvhboot_status copying_decode(struct pvhboot_decode *decode)
{
	size_t size = decode->out.size < elf.image.size ? decode->out.size : elf.image.size;

	memcpy(decode->out.data, elf.image.data, size);
	decode->in_used = decode->in.size;
	decode->out_used = size;
	return size < elf.image.size ? PVHBOOT_NOSPACE : PVHBOOT_OK;
}

static const struct pvhboot_codec copying_codec = {
	.compression = PVHBOOT_COMPRESSION_XZ,
	.decode = copying_decode,
};

static uint32_t below(uint64_t *state, uint64_t bound)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % bound);
}

/* A kernel with notes in segments, sections or both, the section headers anywhere, and
 * something wrong with it or not. */
static void build_any(uint64_t *state)
{
	const struct kernel_spec spec = {
		.bits = below(state, 4) ? 64 : 32,
		.load_size = 0x1000 + 8 * below(state, 0x200),
		.load_stride = 0x3000,
		.n_reloc = below(state, 4),
		.notes = (enum kernel_notes)below(state, 3),
		.has_symbols = below(state, 2) == 0,
		.symtab_size = 0x180,
		.strtab_size = 0x21,
	};
	struct blob notes = { 0 };

	kernel_begin(&elf, &spec);
	if (below(state, 2)) {
		note_strangers(&notes);
		elf_add_notes(&elf, &notes);
	}
	blob_free(&notes);
	if (below(state, 2)) {
		if (below(state, 2))
			note_xen_number(&notes, XEN_PHYS32_ENTRY, 4,
					KERNEL_PADDR + below(state, 2));
		else
			note_xen(&notes, XEN_PHYS32_RELOC, "", 0);
		elf_add_note_section(&elf, &notes);
	}
	blob_free(&notes);
	elf_add_gap(&elf, 0x1000);
	elf_finish(&elf);
	if (elf.n_shdrs && below(state, 2)) {
		size_t size = elf.n_shdrs * (size_t)elf.shentsize;
		size_t to = 0x400 + below(state, (elf.image.size - 0x400 - size) / 8) * 8;

		memmove(elf.image.data + to, elf.image.data + elf.shoff, size);
		elf_patch(&elf, "e_shoff", 0, to);
		if (below(state, 3) == 0) {
			elf_patch(&elf, "e_shnum", 0, 0);
			store_le(elf.image.data + to + (elf.bits == 64 ? 32 : 20), 4,
				 below(state, 3) ? elf.n_shdrs : 0xffffff);
		}
	}
	if (below(state, 4) == 0)
		elf.image.data[below(state, 0x180)] ^= (uint8_t)(1u << below(state, 8));
	if (below(state, 4) == 0)
		elf.image.data[below(state, elf.image.size)] ^= (uint8_t)(1u << below(state, 8));
}

/* "What pvhboot_kernel_open() says of it without a failure and without a warning, it says
 * of the whole image too". Returns whether it said so. */
static int compare_with_whole(const char *row, struct pvhboot_bytes head, uint32_t flags)
{
	struct pvhboot_diag of_head = { 0 }, of_whole = { 0 };
	struct pvhboot_kernel kernel = { .elf = { NULL, 0 } }, whole = { .elf = { NULL, 0 } };

	if (pvhboot_kernel_open(head, flags, &kernel, &of_head) != PVHBOOT_OK || of_head.n_warnings)
		return 0;
	expect_status(row, pvhboot_kernel_open(blob_view(&elf.image), flags, &whole, &of_whole),
		      PVHBOOT_OK);
	expect_eq(row, of_whole.n_warnings, 0);
	kernel.elf = whole.elf;
	expect_eq(row, kernel.build_id.size, whole.build_id.size);
	kernel.build_id = whole.build_id;
	expect_eq(row, kernel.symbols.size, whole.symbols.size);
	kernel.symbols = whole.symbols;
	kernel.tables.shnum = whole.tables.shnum; /* those behind are not seen */
	expect_true(row, memcmp(&kernel, &whole, sizeof(kernel)) == 0);
	return 1;
}

START_TEST(says_what_the_whole_says)
{
	static const struct pvhboot_codec *const list[] = { &copying_codec, NULL };
	const struct pvhboot_unpack_options options = { .codecs = list };
	const uint8_t stream[16] = { 0 };
	uint64_t n_rounds = suite_rounds(8000);
	size_t n_heads = 0, n_said = 0;
	uint64_t state = 1;

	for (uint64_t i = 0; i < n_rounds; i++) {
		struct pvhboot_bytes bytes;
		int is_head;
		char row[32];

		snprintf(row, sizeof(row), "image %d", (int)i);
		destroy();
		build_any(&state);
		image = (struct pvhboot_image){
			.file = { stream, sizeof(stream) },
			.stream = { stream, sizeof(stream) },
			.unpacked_size = elf.image.size,
			.container = PVHBOOT_CONTAINER_BZIMAGE,
			.compression = PVHBOOT_COMPRESSION_XZ,
			.size_is_exact = 1,
		};
		memory = calloc(1, elf.image.size);
		ck_assert_ptr_nonnull(memory);
		out = (struct pvhboot_buffer){ memory, elf.image.size };
		expect_status(row, pvhboot_image_unpack_head(&image, &options, out, &bytes, NULL),
			      PVHBOOT_OK);
		is_head = memcmp(bytes.data, elf.image.data, bytes.size) != 0;
		n_heads += (size_t)is_head;
		for (uint32_t compat = 0; is_head && compat < 2; compat++)
			n_said += (size_t)compare_with_whole(row, bytes,
							     compat ? PVHBOOT_COMPAT_XEN : 0);
	}
	ck_assert_uint_gt(n_heads, n_rounds / 8);
	ck_assert_uint_gt(n_said, n_rounds / 64);
}
END_TEST

START_TEST(refusals)
{
	static const struct pvhboot_codec *const none[] = { NULL };
	const struct pvhboot_unpack_options no_codec = { .codecs = none };
	const struct pvhboot_unpack_options small = { .max_output = 1000 };
	const struct pvhboot_unpack_options no_memory = { .max_memory = 1 };
	struct pvhboot_bytes bytes;

	pack(PVHBOOT_COMPRESSION_XZ);
	expect_status("image", pvhboot_image_unpack_head(NULL, NULL, out, &bytes, &diag),
		      PVHBOOT_INVAL);
	expect_status("elf", pvhboot_image_unpack_head(&image, NULL, out, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_status("codec", pvhboot_image_unpack_head(&image, &no_codec, out, &bytes, &diag),
		      PVHBOOT_UNSUPPORTED);
	expect_status("limit", pvhboot_image_unpack_head(&image, &small, out, &bytes, &diag),
		      PVHBOOT_LIMIT);
	expect_status("memory", pvhboot_image_unpack_head(&image, &no_memory, out, &bytes, &diag),
		      PVHBOOT_LIMIT);
	out.size--;
	expect_status("room", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_NOSPACE);
	out.data = NULL;
	expect_status("NULL", pvhboot_image_unpack_head(&image, NULL, out, &bytes, &diag),
		      PVHBOOT_NOSPACE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("head");
	TCase *head = suite_case(suite, "head");

	tcase_add_checked_fixture(head, build, destroy);
	tcase_add_loop_test(head, tells_the_same, 0, N_CODECS);
	tcase_add_loop_test(head, damage, 0, N_CODECS);
	tcase_add_loop_test(head, odd_images, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_loop_test(head, sections_behind, 0, 2);
	tcase_add_test(head, bare_stream);
	tcase_add_loop_test(head, cut_anywhere, 0, N_CODECS);
	tcase_add_test(head, claims_less);
	tcase_add_test(head, codec_of_the_caller);
	tcase_add_loop_test(head, allocator_fails, 0, N_CODECS);
	tcase_add_test(head, refusals);
	tcase_add_test(head, says_what_the_whole_says);
	return suite_run(suite);
}
