/* SPDX-License-Identifier: MIT */
/* lib/load/direct.h: every status, every reason not to decode in the guest, and what a
 * failure leaves there. Then pvhboot_boot() and a prepared boot that has to fall back. */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/load/commit.h"
#include "../lib/load/direct.h"
#include "../lib/load/moves.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define POISON 0xcc

/* Guest memory: what the kernel and all behind it may need. */
#define MEM_START (PADDR - 0x10000)
#define MEM_SIZE 0x100000

/* A kernel whose second segment is displaced: its bytes follow the first one's in
 * the file at once, and in memory at the next page. */
struct
try {
	struct scene scene; /* its request; its plan is by hand */
	struct blob file;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct pvhboot_memory memory;
	struct pvhboot_image image;
	struct pvhb_direct direct;
	int is_mapped; /* its window */
	struct pvhboot_diag diag;
};

static void pack(struct try *try, enum pvhboot_compression compression)
{
	blob_free(&try->file);
	bz_image(&try->file, compression, blob_view(&try->scene.elf.image));
}

static void try_open_spec(struct try *try, const struct kernel_spec *spec, uint8_t fill)
{
	memset(try, 0, sizeof(*try));
	scene_open_pc(&try->scene, spec);
	pack(try, PVHBOOT_COMPRESSION_XZ); /* which every build has */
	try->mem.fill = fill;
	fakemem_add(&try->mem, MEM_START, MEM_SIZE);
	try->memory = fakemem_open(&try->mem, FAKEMEM_ALL, fill ? 0 : PVHBOOT_MEMORY_ZEROED);
	try->allocator = fakealloc_open(&try->alloc);
	try->options.allocator = &try->allocator;
}

static void try_open(struct try *try)
{
	try_open_spec(try, NULL, 0);
}

/* The window, which is the caller's to unmap. */
static void give_back(struct try *try)
{
	if (try->is_mapped)
		pvhb_memory_unmap(&try->memory, try->direct.host, try->direct.window);
	try->is_mapped = 0;
}

static void try_close(struct try *try)
{
	give_back(try);
	ck_assert_uint_eq(try->alloc.n_live, 0);
	ck_assert_uint_eq(try->alloc.n_misuse, 0);
	ck_assert_uint_eq(try->mem.n_refused, 0);
	blob_free(&try->file);
	fakemem_close(&try->mem);
	scene_close(&try->scene);
}

/* The kernel of the request is not to be read. */
static enum pvhboot_status unpack(struct try *try)
{
	struct pvhboot_request request = try->scene.request;
	enum pvhboot_status status;

	request.kernel = NULL;
	give_back(try);
	memset(&try->diag, 0, sizeof(try->diag));
	memset(&try->direct, 0xee, sizeof(try->direct));
	status = pvhboot_image_probe(blob_view(&try->file), NULL, &try->image, &try->diag);
	if (status)
		return status;
	status = pvhb_direct_unpack(&try->image, &try->options, &request, &try->memory,
				    &try->direct, &try->diag);
	try->is_mapped = status == PVHBOOT_OK && try->direct.elf.data != NULL;
	return status;
}

/* Takes an image out of the guest again. */
static void undo(struct try *try)
{
	if (try->direct.elf.data)
		pvhb_direct_clear(&try->direct);
	give_back(try);
}

/* Unpacks and plans: all is ready for the commit. */
static void prepare(struct try *try)
{
	expect_status("unpack", unpack(try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try->direct.elf.data);
	expect_status("open",
		      pvhboot_kernel_open(try->direct.elf, 0, &try->scene.kernel, &try->diag),
		      PVHBOOT_OK);
	expect_status("plan", scene_plan(&try->scene), PVHBOOT_OK);
}

/* MALFORMED: the kernel cannot be moved to its places. */
static enum pvhboot_status commit(struct try *try)
{
	if (!pvhb_direct_move(&try->direct, &try->scene.plan,
			      (try->memory.flags & PVHBOOT_MEMORY_ZEROED) != 0))
		return PVHBOOT_MALFORMED;
	give_back(try);
	return pvhb_commit(&try->scene.plan, &try->memory, try->direct.elf, &try->diag);
}

/* ---- Where it is done ---- */

START_TEST(in_place)
{
	struct try try;
	uint64_t offset;

	try_open(&try);
	scene_module(&try.scene, 0x1234, "initrd");
	prepare(&try);
	ck_assert_uint_eq(try.direct.elf.size, try.scene.elf.image.size);
	ck_assert(memcmp(try.direct.elf.data, try.scene.elf.image.data, try.direct.elf.size) == 0);
	/* the first segment is where it belongs, since both are of one size */
	offset = elf_read(&try.scene.elf, "p_offset", 0);
	ck_assert(try.direct.elf.data + offset == fakemem_at(&try.mem, PADDR, 1));
	ck_assert_uint_eq(try.direct.window.start, PADDR - offset);
	ck_assert_uint_eq(try.direct.window.end, try.scene.kernel.end);
	ck_assert(try.direct.host == fakemem_at(&try.mem, PADDR - offset, 1));
	/* one window, mapped once */
	ck_assert_uint_eq(try.mem.n_calls, 1);
	ck_assert_uint_eq(try.mem.calls[0].op, FAKEMEM_MAP);
	ck_assert_uint_eq(try.mem.calls[0].gpa, try.direct.window.start);
	ck_assert_uint_eq(try.mem.calls[0].size, try.direct.window.end - try.direct.window.start);
	/* for the commit the module and the block are left, */
	expect_status("commit", commit(&try), PVHBOOT_OK);
	expect_success("commit", &try.diag, 0);
	ck_assert_uint_eq(try.mem.n_calls, 2); /* which are neighbours */
	scene_close(&try.scene);
	scene_open_pc(&try.scene, NULL);
	scene_module(&try.scene, 0x1234, "initrd");
	scene_expect_plan("in place", &try.scene, 0);
	ck_assert_uint_eq(fakemem_first_wrong_place(&try.mem, &try.scene.plan),
			  try.scene.plan.n_places);
	ck_assert(fakemem_untouched_outside(&try.mem, &try.scene.plan));
	try_close(&try);
}
END_TEST

/* Sources right before and behind the window, and those that the caller places. */
START_TEST(sources_beside)
{
	struct pvhboot_blob *blob;
	struct try try;

	try_open(&try);
	scene_module(&try.scene, 1, NULL);
	scene_module(&try.scene, 1, NULL);
	scene_module(&try.scene, 1, NULL);
	try.scene.modules[0].bytes.data = fakemem_at(&try.mem, try.scene.kernel.end, 1);
	try.scene.modules[1].bytes.data =
		fakemem_at(&try.mem, PADDR - elf_read(&try.scene.elf, "p_offset", 0) - 1, 1);
	try.scene.modules[2].bytes.data = fakemem_at(&try.mem, PADDR, 1);
	try.scene.modules[2].flags = PVHBOOT_MODULE_BY_CALLER;
	blob = scene_blob(&try.scene, 1, 0, PVHBOOT_MAP_RAM);
	blob->bytes.data = fakemem_at(&try.mem, PADDR, 1);
	blob->flags = PVHBOOT_BLOB_BY_CALLER;
	expect_status("beside", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	undo(&try);
	try_close(&try);
}
END_TEST

/* A copy of an array, in front of an unreadable page. */
static void *at_end(struct guard *guard, const void *array, size_t size)
{
	struct pvhboot_buffer copy;

	*guard = guard_open(size);
	copy = guard_buffer(guard, size);
	return memcpy(copy.data, array, size);
}

/* What lies elsewhere, and what has no place or no meaning, is in nobody's way. The
 * arrays end at unreadable pages. */
START_TEST(others_elsewhere)
{
	/* of a size only: it would reach the kernel if it lay at 0 */
	const struct pvhboot_bytes large = { (const uint8_t *)(uintptr_t)4096, 2 * PADDR };
	struct guard guards[3];
	struct try try;

	try_open(&try);
	scene_avoid(&try.scene, 0x80000, 0x90000);
	scene_avoid(&try.scene, try.scene.kernel.end, try.scene.kernel.end + 1);
	scene_blob(&try.scene, 16, 0xe0000, PVHBOOT_MAP_ACPI);
	scene_blob(&try.scene, 16, 0, PVHBOOT_MAP_RAM)->bytes = large;
	scene_module(&try.scene, 16, NULL);
	try.scene.request.slide = 0x200000; /* without the flag */
	try.scene.request.avoid =
		at_end(&guards[0], try.scene.avoid, 2 * sizeof(try.scene.avoid[0]));
	try.scene.request.blobs =
		at_end(&guards[1], try.scene.blobs, 2 * sizeof(try.scene.blobs[0]));
	try.scene.request.modules =
		at_end(&guards[2], try.scene.modules, sizeof(try.scene.modules[0]));
	expect_status("elsewhere", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	undo(&try);
	try_close(&try);
	for (int i = 0; i < 3; i++)
		guard_close(&guards[i]);
}
END_TEST

/* An array that is NULL may be empty. */
START_TEST(empty_arrays)
{
	struct try try;

	try_open(&try);
	try.scene.request.avoid = NULL;
	try.scene.request.blobs = NULL;
	try.scene.request.modules = NULL;
	expect_status("empty", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	undo(&try);
	try_close(&try);
}
END_TEST

/* What stands behind the program headers is no segment, whatever it looks like: here
 * one that would not ascend. */
START_TEST(behind_the_headers)
{
	const struct kernel_spec spec = { .n_loads = 3 };
	struct try try;

	try_open(&try);
	elf_free(&try.scene.elf);
	kernel_build(&try.scene.elf, &spec);
	elf_patch(&try.scene.elf, "p_paddr", 2, PADDR - 0x4000);
	elf_patch(&try.scene.elf, "e_phnum", 0, 2);
	pack(&try, PVHBOOT_COMPRESSION_XZ);
	expect_status("two", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	undo(&try);
	try_close(&try);
}
END_TEST

/* The segment with most bytes is in place, be it the first one or not. */
START_TEST(most_bytes_in_place)
{
	struct blob bytes = { 0 };
	struct try try;

	try_open(&try);
	elf_free(&try.scene.elf);
	kernel_begin(&try.scene.elf, &(struct kernel_spec){ 0 });
	blob_pattern(&bytes, 7, 0x4000);
	elf_add_load(&try.scene.elf, PADDR + 0x8000, bytes.data, bytes.size, 0);
	blob_free(&bytes);
	elf_finish(&try.scene.elf);
	pack(&try, PVHBOOT_COMPRESSION_XZ);
	expect_status("third", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	ck_assert(try.direct.elf.data + elf_read(&try.scene.elf, "p_offset", 3) ==
		  fakemem_at(&try.mem, PADDR + 0x8000, 0x4000));
	undo(&try);
	try_close(&try);
}
END_TEST

/* As many segments as can be, of which the last lies far behind in the file. */
START_TEST(most_segments)
{
	const struct kernel_spec spec = {
		.n_loads = PVHB_MAX_MOVES - 1, .load_size = 16, .load_stride = 16, .bss_size = ~0u
	};
	const struct elf_phdr other = { .type = 0x60000000, .flags = 4 };
	struct blob bytes = { 0 };
	struct try try;

	try_open(&try);
	elf_free(&try.scene.elf);
	kernel_begin(&try.scene.elf, &spec);
	blob_pattern(&bytes, 7, 0x4000);
	elf_add(&try.scene.elf, &other, bytes.data, bytes.size);
	elf_add_load(&try.scene.elf, PADDR + 16 * (PVHB_MAX_MOVES - 1), bytes.data, 16, 0);
	blob_free(&bytes);
	elf_finish(&try.scene.elf);
	pack(&try, PVHBOOT_COMPRESSION_XZ);
	prepare(&try);
	expect_status("most", commit(&try), PVHBOOT_OK);
	for (uint32_t i = 0; i < PVHB_MAX_MOVES; i++) {
		/* in front of the last one are the notes and the other */
		uint32_t index = i + 1 < PVHB_MAX_MOVES ? i : i + 2;
		const struct pvhboot_place *place =
			scene_place(&try.scene, PVHBOOT_PLACE_SEGMENT, index);
		const uint8_t *want =
			try.scene.elf.image.data + elf_read(&try.scene.elf, "p_offset", index);

		ck_assert(memcmp(fakemem_at(&try.mem, place->gpa, 16), want, 16) == 0);
	}
	try_close(&try);
}
END_TEST

/* ---- Where it is not, and why ---- */

static void not_packed(struct try *try)
{
	pack(try, PVHBOOT_COMPRESSION_NONE);
}

static void bare_stream(struct try *try)
{
	blob_free(&try->file);
	bz_compress(&try->file, PVHBOOT_COMPRESSION_XZ, blob_view(&try->scene.elf.image), NULL);
}

static void without_map(struct try *try)
{
	try->memory.map = NULL;
}

static void once(struct try *try)
{
	try->memory.flags |= PVHBOOT_MEMORY_ONCE;
}

static void slides(struct try *try)
{
	try->scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	try->scene.request.slide = 0x200000;
}

static void null_map(struct try *try)
{
	try->scene.request.map = NULL;
}

static void empty_map(struct try *try)
{
	try->scene.request.map = NULL;
	try->scene.request.n_map = 0;
}

static void null_avoid(struct try *try)
{
	try->scene.request.avoid = NULL;
	try->scene.request.n_avoid = 1;
}

static void null_blobs(struct try *try)
{
	try->scene.request.blobs = NULL;
	try->scene.request.n_blobs = 1;
}

static void null_modules(struct try *try)
{
	try->scene.request.modules = NULL;
	try->scene.request.n_modules = 1;
}

static void bad_map(struct try *try)
{
	try->scene.map[0].type = 8;
}

static void not_elf(struct try *try)
{
	struct blob text = { 0 };

	blob_fill(&text, 'x', 1000);
	blob_free(&try->file);
	bz_image(&try->file, PVHBOOT_COMPRESSION_XZ, blob_view(&text));
	blob_free(&text);
}

static void patch(struct try *try, const char *field, uint32_t index, uint64_t value)
{
	elf_patch(&try->scene.elf, field, index, value);
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

static void no_segments(struct try *try)
{
	patch(try, "p_type", 0, 0);
	patch(try, "p_type", 1, 0);
}

static void not_ascending(struct try *try)
{
	patch(try, "p_paddr", 1, PADDR - 0x4000);
}

static void overlapping(struct try *try)
{
	patch(try, "p_paddr", 1, PADDR + 0x2ff);
}

static void more_in_file(struct try *try)
{
	patch(try, "p_memsz", 0, 0x2ff);
}

static void out_of_image(struct try *try)
{
	patch(try, "p_offset", 1, try->scene.elf.image.size - 0x2ff);
}

static void wraps(struct try *try)
{
	patch(try, "p_paddr", 1, UINT64_MAX - 0x500);
}

static void too_many_segments(struct try *try)
{
	const struct kernel_spec spec = { .n_loads = PVHB_MAX_MOVES + 1, .load_size = 16 };

	elf_free(&try->scene.elf);
	kernel_build(&try->scene.elf, &spec);
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

/* Program headers behind the first 256 KiB. */
static void headers_behind(struct try *try)
{
	const struct kernel_spec spec = { .load_size = 0x24000, .load_stride = 0x30000 };

	elf_free(&try->scene.elf);
	kernel_begin(&try->scene.elf, &spec);
	try->scene.elf.phdrs_behind = 1;
	elf_finish(&try->scene.elf);
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

/* Segments at addresses below their offsets in the file. */
static void too_low(struct try *try)
{
	patch(try, "p_paddr", 0, 0x10);
	patch(try, "p_paddr", 1, 0x310);
}

/* The image would start in page 0, and the kernel behind it. */
static void starts_in_page_0(struct try *try)
{
	uint64_t distance =
		elf_read(&try->scene.elf, "p_offset", 1) - elf_read(&try->scene.elf, "p_offset", 0);

	patch(try, "p_paddr", 0, 0x1000);
	patch(try, "p_paddr", 1, 0x1000 + distance);
}

/* A large segment in place, and behind it two that want each other's. */
static void no_order(struct try *try)
{
	const struct kernel_spec spec = { .n_loads = 3, .load_size = 0x300, .load_stride = 0x300 };
	struct elf *elf = &try->scene.elf;
	struct blob bytes = { 0 };
	uint64_t first, a, b;

	elf_free(elf);
	kernel_begin(elf, &spec);
	blob_pattern(&bytes, 5, 0x2000);
	elf_add_load(elf, PADDR + 0x1000, bytes.data, bytes.size, 0);
	blob_free(&bytes);
	elf_finish(elf);
	first = elf_read(elf, "p_offset", 0);
	a = elf_read(elf, "p_offset", 1);
	b = elf_read(elf, "p_offset", 2);
	elf_patch(elf, "p_paddr", 1, PADDR - first + a);
	elf_patch(elf, "p_offset", 1, b);
	elf_patch(elf, "p_memsz", 1, 0x300);
	elf_patch(elf, "p_paddr", 2, PADDR - first + b);
	elf_patch(elf, "p_offset", 2, a);
	elf_patch(elf, "p_memsz", 2, 0x300);
	elf_patch(elf, "p_paddr", 4, PADDR - first + elf_read(elf, "p_offset", 4));
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

/* The kernel ends below 2^64, the image around it does not. */
static void image_wraps(struct try *try)
{
	patch(try, "p_paddr", 0, UINT64_MAX - 0x1000);
	patch(try, "p_paddr", 1, UINT64_MAX - 0x7ff);
	patch(try, "p_memsz", 1, 0x300);
	blob_fill(&try->scene.elf.image, 1, 0x3000);
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

static void avoided(struct try *try)
{
	/* not the kernel: the ELF header in front of it */
	scene_avoid(&try->scene, PADDR - 1, PADDR);
}

static void reserved(struct try *try)
{
	scene_map(&try->scene, PADDR, 1, PVHBOOT_MAP_RESERVED);
}

static void no_ram(struct try *try)
{
	try->scene.request.n_map = 1;
}

static void below_ceiling(struct try *try)
{
	try->scene.request.ceiling = try->scene.kernel.end - 1;
}

static const struct pvhboot_blob blob_in_gap = {
	.bytes = { (const uint8_t *)"blob", 4 },
	.gpa = KERNEL_PADDR + 0x800,
	.type = PVHBOOT_MAP_RAM,
};

static void has_blob(struct try *try)
{
	try->scene.request.blobs = &blob_in_gap;
	try->scene.request.n_blobs = 1;
}

static void module_at_kernel(struct try *try)
{
	scene_module(&try->scene, 1, NULL);
	try->scene.modules[0].gpa = PADDR;
}

/* Sources in guest memory that decoding would overwrite: the last byte of the window,
 * and the one before its first byte with it. */
static void module_in_window(struct try *try)
{
	scene_module(&try->scene, 1, NULL);
	try->scene.modules[0].bytes.data = fakemem_at(&try->mem, try->scene.kernel.end - 1, 1);
}

static void blob_in_window(struct try *try)
{
	uint64_t start = PADDR - elf_read(&try->scene.elf, "p_offset", 0);
	static struct pvhboot_blob blob;

	blob.bytes = (struct pvhboot_bytes){ fakemem_at(&try->mem, start - 1, 2), 2 };
	try->scene.request.blobs = &blob;
	try->scene.request.n_blobs = 1;
}

static void random_address(struct try *try)
{
	static const uint8_t entropy[16];

	try->scene.request.flags = PVHBOOT_REQUEST_KASLR;
	try->scene.request.entropy = (struct pvhboot_bytes){ entropy, sizeof(entropy) };
}

static enum pvhboot_status boasting_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = pvhboot_codec_xz.decode(decode);

	if (decode->only_start)
		decode->out_used = decode->out.size + 1;
	return status;
}

static void boasts(struct try *try)
{
	static const struct pvhboot_codec boasting = { .compression = PVHBOOT_COMPRESSION_XZ,
						       .decode = boasting_decode };
	static const struct pvhboot_codec *const list[] = { &boasting, NULL };

	try->options.codecs = list;
}

static void not_mapped(struct try *try)
{
	try->mem.fail_at = 1;
}

static const struct {
	const char *name;
	void (*spoil)(struct try *try);
} reasons[] = {
	{ "not packed", not_packed },
	{ "bare stream", bare_stream },
	{ "no map", without_map },
	{ "mapped once", once },
	{ "slide", slides },
	{ "random address", random_address },
	{ "map is NULL", null_map },
	{ "avoid is NULL", null_avoid },
	{ "modules is NULL", null_modules },
	{ "blobs is NULL", null_blobs },
	{ "bad map", bad_map },
	{ "no ELF", not_elf },
	{ "no segments", no_segments },
	{ "descending", not_ascending },
	{ "overlapping", overlapping },
	{ "filesz > memsz", more_in_file },
	{ "out of the image", out_of_image },
	{ "wraps", wraps },
	{ "65 segments", too_many_segments },
	{ "headers behind", headers_behind },
	{ "too low", too_low },
	{ "page 0", starts_in_page_0 },
	{ "no order", no_order },
	{ "image wraps", image_wraps },
	{ "avoided", avoided },
	{ "reserved", reserved },
	{ "empty map", empty_map },
	{ "no RAM", no_ram },
	{ "ceiling", below_ceiling },
	{ "blob", has_blob },
	{ "module", module_at_kernel },
	{ "module in the window", module_in_window },
	{ "blob in the window", blob_in_window },
	{ "codec that boasts of the start", boasts },
	{ "not mapped", not_mapped },
};

/* "nothing was written, and the status is OK" */
START_TEST(not_in_place)
{
	const char *row = reasons[_i].name;
	struct try try;

	try_open(&try);
	reasons[_i].spoil(&try);
	expect_status(row, unpack(&try), PVHBOOT_OK);
	expect_success(row, &try.diag, 0);
	ck_assert_msg(try.direct.elf.data == NULL, "%s: decoded in the guest", row);
	expect_true(row, fakemem_untouched(&try.mem));
	try_close(&try);
}
END_TEST

/* What forbids nothing: a slide of 0, empty ranges, a module elsewhere, and just enough room. */
START_TEST(in_place_after_all)
{
	static const struct pvhboot_blob nothing = { .gpa = KERNEL_PADDR };
	struct try try;

	try_open(&try);
	try.scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene_avoid(&try.scene, PADDR, PADDR);
	try.scene.request.blobs = &nothing;
	try.scene.request.n_blobs = 1;
	try.scene.request.ceiling = try.scene.kernel.end;
	scene_module(&try.scene, 1, NULL);
	try.scene.modules[0].gpa = 0x200000;
	expect_status("room", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	undo(&try);
	try_close(&try);
}
END_TEST

/* ---- Statuses of decoding in the guest ---- */

static void over_max_output(struct try *try)
{
	try->options.max_output = try->scene.elf.image.size - 1;
}

static void over_max_memory(struct try *try)
{
	try->options.max_memory = 1;
}

static void no_codec(struct try *try)
{
	static const struct pvhboot_codec *const none[] = { NULL };

	try->options.codecs = none;
}

/* What is wrong behind the first 256 KiB shows when the guest is written to. */
static void large_kernel(struct try *try)
{
	const struct kernel_spec spec = { .load_size = 0x30000, .load_stride = 0x38000 };

	elf_free(&try->scene.elf);
	kernel_build(&try->scene.elf, &spec);
	pack(try, PVHBOOT_COMPRESSION_XZ);
}

static void damaged(struct try *try)
{
	large_kernel(try);
	memset(try->file.data + try->file.size - 2000, 0xff, 64);
}

static void cut(struct try *try)
{
	large_kernel(try);
	bz_patch(&try->file, "payload_length", bz_read(&try->file, "payload_length") - 2000);
	/* the size stands at the end of what is left */
	store_le(try->file.data + bz_payload_at(&try->file) +
			 bz_read(&try->file, "payload_length") - 4,
		 4, try->scene.elf.image.size);
}

static void other_size(struct try *try)
{
	large_kernel(try);
	try->file.data[try->file.size - 4] ^= 1;
}

static enum pvhboot_status lying_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = pvhboot_codec_xz.decode(decode);

	if (decode->out_is_exact)
		decode->out_used = decode->out.size + 1;
	return status;
}

static void broken_codec(struct try *try)
{
	static const struct pvhboot_codec lying = { .compression = PVHBOOT_COMPRESSION_XZ,
						    .decode = lying_decode };
	static const struct pvhboot_codec *const list[] = { &lying, NULL };

	try->options.codecs = list;
}

static enum pvhboot_status unsupported_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = pvhboot_codec_xz.decode(decode);

	return decode->out_is_exact ? PVHBOOT_UNSUPPORTED : status;
}

static void lacks_feature(struct try *try)
{
	static const struct pvhboot_codec poor = { .compression = PVHBOOT_COMPRESSION_XZ,
						   .decode = unsupported_decode };
	static const struct pvhboot_codec *const list[] = { &poor, NULL };

	try->options.codecs = list;
}

static const struct {
	const char *name;
	void (*spoil)(struct try *try);
	enum pvhboot_status status;
} failures[] = {
	{ "max_output", over_max_output, PVHBOOT_LIMIT },
	{ "no codec", no_codec, PVHBOOT_UNSUPPORTED },
	{ "lacks a feature", lacks_feature, PVHBOOT_UNSUPPORTED },
	{ "damaged", damaged, PVHBOOT_CORRUPT },
	{ "cut", cut, PVHBOOT_TRUNCATED },
	{ "another size", other_size, PVHBOOT_CORRUPT },
	{ "broken codec", broken_codec, PVHBOOT_INTERNAL },
};

/* "After a failure the guest's memory in the window is 0 where something had been
 * written": zeros are as they were, dirt is dirt or 0. */
START_TEST(unpack_fails)
{
	const char *row = failures[_i / 2].name;
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK };
	struct try try;
	uint8_t fill = _i % 2 ? POISON : 0;
	const uint8_t *mem;

	try_open_spec(&try, NULL, fill);
	failures[_i / 2].spoil(&try);
	expect_status(row, unpack(&try), failures[_i / 2].status);
	expect_failure(row, &try.diag, failures[_i / 2].status, &want);
	expect_true(row, try.direct.elf.data == NULL);
	mem = fakemem_at(&try.mem, MEM_START, MEM_SIZE);
	for (size_t i = 0; i < MEM_SIZE; i++) {
		if (mem[i] != fill && (mem[i] != 0 || i < 0xf000 || i >= 0x10000 + 0x70000))
			ck_abort_msg("%s: byte 0x%zx is 0x%x", row, i, mem[i]);
	}
	try_close(&try);
}
END_TEST

/* Too little memory for the codec is told in the end by the way with a buffer. */
START_TEST(limits_of_codecs)
{
	struct pvhboot_cpu cpu;
	struct try try;

	try_open(&try);
	over_max_memory(&try);
	expect_status("memory", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_null(try.direct.elf.data);
	expect_status("memory",
		      pvhboot_boot(blob_view(&try.file), &try.scene.request, &try.options,
				   &try.memory, &cpu, &try.diag),
		      PVHBOOT_LIMIT);
	ck_assert(fakemem_untouched(&try.mem));
	try_close(&try);
}
END_TEST

/* The buffer for the start, then the codec's own for it, then for all. What fails once
 * for a start is decoded all the same, after a look at a larger one. */
START_TEST(allocator_fails)
{
	struct try try;
	size_t n_calls;

	try_open(&try);
	large_kernel(&try);
	expect_status("counting", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	n_calls = try.alloc.n_calls;
	ck_assert_uint_ge(n_calls, 5);
	undo(&try);
	for (size_t n = 1; n <= n_calls; n++) {
		char row[32];

		snprintf(row, sizeof(row), "allocation %zu", n);
		give_back(&try);
		fakemem_reset(&try.mem);
		try.alloc.n_calls = 0;
		try.alloc.fail_at = n;
		if (unpack(&try) == PVHBOOT_OK) {
			expect_true(row, try.alloc.n_calls > n && try.direct.elf.data != NULL);
			expect_eq(row, try.alloc.n_live, 0);
			expect_true(row, memcmp(try.direct.elf.data, try.scene.elf.image.data,
						try.scene.elf.image.size) == 0);
			undo(&try);
			give_back(&try);
			fakemem_reset(&try.mem);
		}
		try.alloc.n_calls = 0;
		try.alloc.fail_at = 0;
		try.alloc.fail_from = n;
		expect_status(row, unpack(&try), PVHBOOT_NOMEM);
		try.alloc.fail_from = 0;
		expect_failure(
			row, &try.diag, PVHBOOT_NOMEM,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
		if (n == 1)
			expect_true(row, try.alloc.failed_size <= 8192);
		expect_eq(row, try.alloc.n_live, 0);
		expect_true(row, fakemem_untouched(&try.mem));
	}
	try_close(&try);
}
END_TEST

/* libzstd takes a buffer of the frame's window for a start, but none for the whole. */
START_TEST(no_memory_for_a_window)
{
	const struct bz_codec settings = { .zstd_window_log = 19 };
	struct blob payload = { 0 };
	struct pvhboot_cpu cpu;
	struct try try;

	if (!bz_can_compress(PVHBOOT_COMPRESSION_ZSTD))
		return;
	try_open(&try);
	large_kernel(&try);
	bz_compress(&payload, PVHBOOT_COMPRESSION_ZSTD, blob_view(&try.scene.elf.image), &settings);
	ck_assert_uint_eq(payload.data[5], (19 - 10) << 3);
	payload.data[5] = (24 - 10) << 3;
	blob_put(&payload, 4, try.scene.elf.image.size);
	blob_free(&try.file);
	bz_wrap(&try.file, blob_view(&payload), NULL);
	expect_status("memory", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_nonnull(try.direct.elf.data);
	ck_assert_uint_gt(try.alloc.peak_size, (size_t)16 << 20);
	undo(&try);
	try.alloc.fail_above = (size_t)4 << 20;
	expect_status("no memory", unpack(&try), PVHBOOT_OK);
	ck_assert_ptr_null(try.direct.elf.data);
	expect_status("boot",
		      pvhboot_boot(blob_view(&try.file), &try.scene.request, &try.options,
				   &try.memory, &cpu, &try.diag),
		      PVHBOOT_OK);
	blob_free(&payload);
	try_close(&try);
}
END_TEST

/* Headers behind the first pages are found in a larger start, which is asked for
 * only then: the one thing that is allocated here but by the codec. */
START_TEST(late_headers)
{
	const struct kernel_spec spec = { .load_size = 0x3000, .load_stride = 0x4000 };
	const size_t start = (size_t)256 << 10;
	struct try try;

	for (int behind = 0; behind <= 1; behind++) {
		try_open(&try);
		elf_free(&try.scene.elf);
		kernel_begin(&try.scene.elf, &spec);
		try.scene.elf.phdrs_behind = behind;
		elf_finish(&try.scene.elf);
		pack(&try, PVHBOOT_COMPRESSION_XZ);
		try.alloc.fail_above = start - 1;
		expect_status("late", unpack(&try), behind ? PVHBOOT_NOMEM : PVHBOOT_OK);
		ck_assert_uint_eq(try.alloc.failed_size, behind ? start : 0);
		try.alloc.fail_above = 0;
		undo(&try);
		expect_status("late", unpack(&try), PVHBOOT_OK);
		ck_assert_ptr_nonnull(try.direct.elf.data);
		undo(&try);
		try_close(&try);
	}
}
END_TEST

/* ---- The commit ---- */

/* The plan's places, to be edited. */
static struct pvhboot_place *places(struct try *try)
{
	return try->scene.plan.places;
}

static void moved_up(struct try *try)
{
	places(try)[1].gpa = try->direct.window.end - places(try)[1].size + 1;
}

static void moved_down(struct try *try)
{
	places(try)[0].gpa = try->direct.window.start - 1;
}

static void swapped(struct try *try)
{
	uint64_t start = (uint64_t)(places(try)[0].source.data - try->direct.host);

	/* each to where the other one lies, and both are as long */
	places(try)[0].gpa = try->direct.window.start + start + 0x300;
	places(try)[1].gpa = try->direct.window.start + start;
	places(try)[1].size = 0x300;
}

static const struct {
	const char *name;
	void (*edit)(struct try *try);
} moves[] = {
	{ "up", moved_up },
	{ "down", moved_down },
	{ "swapped", swapped },
};

/* Edits that leave the kernel where its image lies. The places end at an unreadable
 * page. */
struct edited {
	struct try try;
	struct guard guard;
	struct pvhboot_place *places; /* two segments, the block, the module */
};

#define MODULE_SIZE 0x1234

static void edited_open(struct edited *edited)
{
	struct pvhboot_plan *plan = &edited->try.scene.plan;

	try_open_spec(&edited->try, NULL, POISON);
	scene_module(&edited->try.scene, MODULE_SIZE, "initrd");
	prepare(&edited->try);
	ck_assert_uint_eq(plan->n_places, 4);
	ck_assert_uint_eq(plan->places[3].kind, PVHBOOT_PLACE_MODULE);
	edited->places =
		at_end(&edited->guard, plan->places, plan->n_places * sizeof(plan->places[0]));
	plan->places = edited->places;
}

static void edited_close(struct edited *edited)
{
	guard_close(&edited->guard);
	try_close(&edited->try);
}

/* Whether size bytes of the guest all have this value. */
static int all_are(struct try *try, uint64_t gpa, uint64_t size, uint8_t value)
{
	const uint8_t *at = fakemem_at(&try->mem, gpa, size);

	while (size > 0 && at[size - 1] == value)
		size--;
	return size == 0;
}

/* A place of no bytes is none of the image, wherever its data points. */
START_TEST(data_without_size)
{
	struct edited edited;

	edited_open(&edited);
	edited.places[3].source = (struct pvhboot_bytes){ edited.try.direct.elf.data + 8, 0 };
	expect_status("zeros", commit(&edited.try), PVHBOOT_OK);
	ck_assert(all_are(&edited.try, edited.places[3].gpa, MODULE_SIZE, 0));
	edited_close(&edited);
}
END_TEST

/* Nor is one whose bytes begin where the image ends. */
START_TEST(source_right_behind)
{
	struct edited edited;

	edited_open(&edited);
	edited.places[3].source =
		(struct pvhboot_bytes){ edited.try.direct.elf.data + edited.try.direct.elf.size,
					0x10 };
	edited.places[3].size = 0x10;
	expect_status("behind", commit(&edited.try), PVHBOOT_OK);
	ck_assert(all_are(&edited.try, edited.places[3].gpa, 0x10, POISON));
	edited_close(&edited);
}
END_TEST

/* What the caller puts there is not moved there. */
START_TEST(segment_by_caller)
{
	struct edited edited;

	edited_open(&edited);
	edited.places[1].flags = PVHBOOT_PLACE_BY_CALLER;
	expect_status("caller", commit(&edited.try), PVHBOOT_OK);
	ck_assert(all_are(&edited.try, edited.places[1].gpa, edited.places[1].size, POISON));
	edited_close(&edited);
}
END_TEST

/* A window has a first byte that a segment may have. */
START_TEST(segment_at_the_window)
{
	struct edited edited;
	uint8_t bytes[0x300];

	edited_open(&edited);
	memcpy(bytes, edited.places[0].source.data, sizeof(bytes));
	edited.places[0].gpa = edited.try.direct.window.start;
	expect_status("first", commit(&edited.try), PVHBOOT_OK);
	ck_assert(memcmp(edited.try.direct.host, bytes, sizeof(bytes)) == 0);
	edited_close(&edited);
}
END_TEST

/* Zeros of other places are not looked for in the window's mapping: here it is another
 * piece of the host's memory. */
START_TEST(zeros_elsewhere)
{
	struct edited edited;
	struct pvhboot_place module;

	edited_open(&edited);
	fakemem_add(&edited.try.mem, 0x200000, 0x10000);
	module = edited.places[3];
	module.gpa = 0x200000;
	module.size += 0x100;
	memmove(&edited.places[1], &edited.places[0], 3 * sizeof(module));
	edited.places[0] = module;
	expect_status("elsewhere", commit(&edited.try), PVHBOOT_OK);
	ck_assert(memcmp(fakemem_at(&edited.try.mem, 0x200000, 1), module.source.data,
			 MODULE_SIZE) == 0);
	ck_assert(all_are(&edited.try, 0x200000 + MODULE_SIZE, 0x100, 0));
	edited_close(&edited);
}
END_TEST

/* "nothing was written" */
START_TEST(plan_moves_kernel)
{
	const char *row = moves[_i].name;
	struct try try;

	try_open(&try);
	prepare(&try);
	moves[_i].edit(&try);
	expect_status(row, commit(&try), PVHBOOT_MALFORMED);
	expect_true(row, memcmp(try.direct.elf.data, try.scene.elf.image.data,
				try.direct.elf.size) == 0);
	undo(&try);
	expect_true(row, fakemem_untouched(&try.mem));
	try_close(&try);
}
END_TEST

/* A place that no pointer is to be had for is written; where that fails too, the
 * kernel is complete all the same. */
START_TEST(callbacks_fail)
{
	for (size_t n = 2; n <= 6; n++) {
		const int is_write = n == 4 || n == 6;
		const struct pvhboot_place *first, *second;
		uint8_t bytes[0x300];
		struct try try;
		char row[32];

		snprintf(row, sizeof(row), "call %zu", n);
		try_open_spec(&try, NULL, POISON);
		scene_module(&try.scene, 0x1234, "initrd");
		prepare(&try);
		first = &try.scene.plan.places[0];
		second = &try.scene.plan.places[1];
		memcpy(bytes, second->source.data, sizeof(bytes));
		try.mem.deny_map_start = try.scene.plan.start_info;
		try.mem.deny_map_end = UINT64_MAX;
		/* map of both; map, write of the block; map, write of the module */
		try.mem.fail_at = n;
		try.mem.fail_value = 7;
		expect_status(row, commit(&try), is_write ? PVHBOOT_MEMIO : PVHBOOT_OK);
		if (is_write)
			expect_failure(row, &try.diag, PVHBOOT_MEMIO,
				       &(struct finding){
					       .says = SAYS_STAGE | SAYS_FOUND | SAYS_INDEX,
					       .stage = PVHBOOT_STAGE_COMMIT,
					       .found = 7,
					       .index = n == 4 ? 2 : 3,
				       });
		expect_true(row, memcmp(fakemem_at(&try.mem, second->gpa, 1), bytes,
					sizeof(bytes)) == 0);
		expect_true(row, fakemem_at(&try.mem, second->gpa, 1)[0x300] == 0);
		expect_true(row, memcmp(fakemem_at(&try.mem, first->gpa, 1),
					try.scene.elf.image.data +
						elf_read(&try.scene.elf, "p_offset", 0),
					first->source.size) == 0);
		try_close(&try);
	}
}
END_TEST

START_TEST(cleared)
{
	struct try try;

	try_open(&try);
	expect_status("clear", unpack(&try), PVHBOOT_OK);
	ck_assert(!fakemem_untouched(&try.mem));
	pvhb_direct_clear(&try.direct);
	ck_assert(fakemem_untouched(&try.mem));
	try_close(&try);
}
END_TEST

/* ---- pvhboot_boot(), every codec ---- */

static const enum pvhboot_compression compressions[] = {
	PVHBOOT_COMPRESSION_GZIP, PVHBOOT_COMPRESSION_BZIP2, PVHBOOT_COMPRESSION_XZ,
	PVHBOOT_COMPRESSION_LZMA, PVHBOOT_COMPRESSION_LZO,   PVHBOOT_COMPRESSION_LZ4,
	PVHBOOT_COMPRESSION_ZSTD,
};

#define N_COMPRESSIONS (int)(sizeof(compressions) / sizeof(compressions[0]))

static enum pvhboot_status boot(struct try *try)
{
	struct pvhboot_cpu cpu;

	give_back(try);
	fakemem_reset(&try->mem);
	try->alloc.n_calls = 0;
	memset(&try->diag, 0, sizeof(try->diag));
	return pvhboot_boot(blob_view(&try->file), &try->scene.request, &try->options, &try->memory,
			    &cpu, &try->diag);
}

/* The stream is damaged, or cut, anywhere; the allocator fails at every call:
 * nothing stays, neither in the guest nor on the heap. */
START_TEST(boot_fails)
{
	const char *name = pvhboot_compression_name(compressions[_i]);
	struct try try;
	size_t n_calls, payload, length;

	if (!bz_can_compress(compressions[_i]))
		return;
	try_open(&try);
	large_kernel(&try);
	pack(&try, compressions[_i]);
	expect_status(name, unpack(&try), PVHBOOT_OK);
	ck_assert_msg(try.direct.elf.data != NULL, "%s", name);
	expect_status(name, boot(&try), PVHBOOT_OK);
	n_calls = try.alloc.n_calls;
	for (size_t n = 1; n <= n_calls; n++) {
		char row[48];

		snprintf(row, sizeof(row), "%s, allocation %zu", name, n);
		try.alloc.fail_from = n;
		expect_status(row, boot(&try), PVHBOOT_NOMEM);
		expect_eq(row, try.alloc.n_live, 0);
		expect_true(row, fakemem_untouched(&try.mem));
	}
	try.alloc.fail_from = 0;
	payload = bz_payload_at(&try.file);
	length = (size_t)bz_read(&try.file, "payload_length");
	for (size_t part = 1; part < 16; part++) {
		size_t at = payload + length * part / 16;
		uint8_t before[32];
		enum pvhboot_status status;
		char row[48];

		snprintf(row, sizeof(row), "%s, part %zu", name, part);
		memcpy(before, try.file.data + at, sizeof(before));
		memset(try.file.data + at, 0xff, sizeof(before));
		status = boot(&try);
		/* LZ4's legacy frame and .lzma have no checksum: literals may be anything */
		if (compressions[_i] != PVHBOOT_COMPRESSION_LZ4 &&
		    compressions[_i] != PVHBOOT_COMPRESSION_LZMA)
			expect_true(row, status != PVHBOOT_OK);
		if (status != PVHBOOT_OK)
			expect_true(row, fakemem_untouched(&try.mem));
		expect_eq(row, try.alloc.n_live, 0);
		memcpy(try.file.data + at, before, sizeof(before));
	}
	try_close(&try);
}
END_TEST

/* Whatever pointers cannot be had, the result is the same. */
START_TEST(map_fails)
{
	struct fakemem want = { .fill = 0 };
	struct pvhboot_memory memory;
	struct pvhboot_cpu cpu;
	struct try try;
	size_t n_calls;

	try_open(&try);
	scene_module(&try.scene, 0x1234, "initrd");
	expect_status("counting", boot(&try), PVHBOOT_OK);
	n_calls = try.mem.n_calls;
	ck_assert_uint_eq(n_calls, 2);
	fakemem_add(&want, MEM_START, MEM_SIZE);
	memory = fakemem_open(&want, FAKEMEM_WRITE, PVHBOOT_MEMORY_ZEROED);
	expect_status("buffered",
		      pvhboot_boot(blob_view(&try.file), &try.scene.request, &try.options, &memory,
				   &cpu, NULL),
		      PVHBOOT_OK);
	for (size_t n = 1; n <= n_calls; n++) {
		char row[32];

		snprintf(row, sizeof(row), "map %zu", n);
		try.mem.fail_at = n;
		expect_status(row, boot(&try), PVHBOOT_OK);
		expect_true(row, memcmp(fakemem_at(&try.mem, MEM_START, MEM_SIZE),
					fakemem_at(&want, MEM_START, MEM_SIZE), MEM_SIZE) == 0);
	}
	/* for pieces that cannot be had alone either there is write, or nothing */
	try.mem.fail_at = 0;
	try.mem.deny_map_start = PADDR + 0x2000;
	try.mem.deny_map_end = UINT64_MAX;
	expect_status("denied", boot(&try), PVHBOOT_OK);
	ck_assert(memcmp(fakemem_at(&try.mem, MEM_START, MEM_SIZE),
			 fakemem_at(&want, MEM_START, MEM_SIZE), MEM_SIZE) == 0);
	try.memory.write = NULL;
	expect_status("denied", boot(&try), PVHBOOT_MEMIO);
	fakemem_close(&want);
	try_close(&try);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("direct");
	TCase *unpacking = suite_case(suite, "unpack");
	TCase *committing = suite_case(suite, "commit");
	TCase *booting = suite_case(suite, "boot");

	tcase_add_test(unpacking, in_place);
	tcase_add_test(unpacking, sources_beside);
	tcase_add_test(unpacking, others_elsewhere);
	tcase_add_test(unpacking, empty_arrays);
	tcase_add_test(unpacking, behind_the_headers);
	tcase_add_test(unpacking, most_bytes_in_place);
	tcase_add_test(unpacking, most_segments);
	tcase_add_loop_test(unpacking, not_in_place, 0, ROWS(reasons));
	tcase_add_test(unpacking, in_place_after_all);
	tcase_add_loop_test(unpacking, unpack_fails, 0, 2 * ROWS(failures));
	tcase_add_test(unpacking, limits_of_codecs);
	tcase_add_test(unpacking, allocator_fails);
	tcase_add_test(unpacking, no_memory_for_a_window);
	tcase_add_test(unpacking, late_headers);

	tcase_add_test(committing, data_without_size);
	tcase_add_test(committing, source_right_behind);
	tcase_add_test(committing, segment_by_caller);
	tcase_add_test(committing, segment_at_the_window);
	tcase_add_test(committing, zeros_elsewhere);
	tcase_add_loop_test(committing, plan_moves_kernel, 0, ROWS(moves));
	tcase_add_test(committing, callbacks_fail);
	tcase_add_test(committing, cleared);

	tcase_add_loop_test(booting, boot_fails, 0, N_COMPRESSIONS);
	tcase_add_test(booting, map_fails);
	return suite_run(suite);
}
