/* SPDX-License-Identifier: MIT */
/*
 * The limits of a caller hold whatever a file claims or holds: each trial runs in a
 * process of its own, whose address space ends where the limits do, and tells how much
 * memory and time it took. Not for sanitizers and valgrind, which map more than that.
 */

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/suite.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define MAX_OUTPUT (16 * MIB)
#define MAX_MEMORY (8 * MIB)
#define SLACK (6 * MIB)    /* the C library's heap, libelf's, pages of code, stacks */
#define MAX_CPU_SECONDS 60 /* a minute under emulation is a second elsewhere */

/* What a trial says of itself, through a pipe. */
struct account {
	enum pvhboot_status status;
	size_t memory; /* growth of the resident set, bytes */
	long cpu_ms;
};

typedef enum pvhboot_status trial(struct pvhboot_bytes file);

static size_t resident_peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss * KIB;
}

static size_t address_space(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(int resource, size_t bound)
{
	const struct rlimit limits = { bound, bound };

	ck_assert_int_eq(setrlimit(resource, &limits), 0);
}

/* In the child: runs the trial within max_memory bytes. */
_Noreturn static void account_for(trial *run, struct pvhboot_bytes file, size_t max_memory, int to)
{
	struct account account;
	size_t before = resident_peak();
	struct rusage usage;

	limit(RLIMIT_AS, address_space() + max_memory);
	limit(RLIMIT_CPU, MAX_CPU_SECONDS);
	account.status = run(file);
	getrusage(RUSAGE_SELF, &usage);
	account.memory = resident_peak() - before;
	account.cpu_ms = usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000;
	_exit(write(to, &account, sizeof(account)) == sizeof(account) ? 0 : 1);
}

static void expect_within(const char *row, trial *run, struct pvhboot_bytes file, size_t max_memory,
			  enum pvhboot_status status)
{
	struct account account = { .status = PVHBOOT_INTERNAL };
	int ends[2];
	int how = 0;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		account_for(run, file, max_memory, ends[1]);
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &how, 0), child);
	ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "%s: ended with %#x", row,
		      (unsigned int)how);
	ck_assert_int_eq(read(ends[0], &account, sizeof(account)), sizeof(account));
	close(ends[0]);
	printf("%-36s %11zu bytes  %-11s %6zu KiB %6ld ms\n", row, file.size,
	       pvhboot_status_name(account.status), account.memory / KIB, account.cpu_ms);
	expect_status(row, account.status, status);
	ck_assert_msg(account.memory <= max_memory, "%s: took %zu KiB", row, account.memory / KIB);
}

static enum pvhboot_status load(struct pvhboot_bytes file)
{
	const struct pvhboot_unpack_options options = { .max_output = MAX_OUTPUT,
							.max_memory = MAX_MEMORY };
	struct pvhboot_loaded loaded;
	enum pvhboot_status status = pvhboot_image_load(file, &options, &loaded, NULL);

	if (status == PVHBOOT_OK)
		free(loaded.buffer.data);
	return status;
}

/* One buffer and one decoder: the most that a single stream may take. */
static void expect_load(const char *row, const struct blob *file, enum pvhboot_status status)
{
	expect_within(row, load, blob_view(file), MAX_OUTPUT + MAX_MEMORY + SLACK, status);
}

/* ---- Bombs -------------------------------------------------------------------- */

static struct blob zeros(size_t size)
{
	struct blob blob = { 0 };

	blob_fill(&blob, 0, size);
	if (size >= 4)
		memcpy(blob.data, "\177ELF", 4);
	return blob;
}

/* A stream of any format that holds more than it may. */
START_TEST(bomb)
{
	static const size_t sizes[] = { 1 * MIB, MAX_OUTPUT, MAX_OUTPUT + 1, 64 * MIB };

	if (!variant_can(&variants[_i]))
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blob content = zeros(sizes[i]);
		struct blob file = { 0 };
		char row[64];

		variant_pack(&file, &variants[_i], blob_view(&content));
		blob_free(&content);
		snprintf(row, sizeof(row), "%s of %zu bytes", variants[_i].name, sizes[i]);
		expect_load(row, &file, sizes[i] <= MAX_OUTPUT ? PVHBOOT_OK : PVHBOOT_LIMIT);
		blob_free(&file);
	}
}
END_TEST

/* Streams that may follow one another: of 1 MiB each, as many as 64 GiB take, or 16 MiB
 * of file. */
START_TEST(chain)
{
	static const enum pvhboot_compression kinds[] = {
		PVHBOOT_COMPRESSION_GZIP,
		PVHBOOT_COMPRESSION_BZIP2,
		PVHBOOT_COMPRESSION_XZ,
		PVHBOOT_COMPRESSION_ZSTD,
	};
	struct blob content = zeros(MIB);
	struct blob link = { 0 };
	struct blob file = { 0 };
	uint64_t n = 64 * GIB / MIB;
	char row[64];

	if (!bz_can_compress(kinds[_i]))
		return;
	bz_compress(&link, kinds[_i], blob_view(&content), NULL);
	if (n > 16 * MIB / link.size)
		n = 16 * MIB / link.size;
	for (uint64_t i = 0; i < n; i++)
		blob_append(&file, link.data, link.size);
	snprintf(row, sizeof(row), "%s, %llu MiB in a chain", pvhboot_compression_name(kinds[_i]),
		 (unsigned long long)n);
	expect_load(row, &file, PVHBOOT_LIMIT);
	blob_free(&content);
	blob_free(&link);
	blob_free(&file);
}
END_TEST

/* A bzImage's word for the size is only a word: up to 4 GiB - 1, and of nothing. */
START_TEST(claim)
{
	static const uint32_t claims[] = { 0x100000, MAX_OUTPUT, MAX_OUTPUT + 1, 0x40000000,
					   0xffffffff };

	if (!variant_can(&variants[_i]))
		return;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct blob content = zeros(4 * KIB);
		struct blob file = { 0 };
		char row[64];

		variant_image(&file, &variants[_i], blob_view(&content));
		store_le(file.data + file.size - 4, 4, claims[i]);
		snprintf(row, sizeof(row), "%s claims %u bytes", variants[_i].name, claims[i]);
		expect_load(row, &file, claims[i] > MAX_OUTPUT ? PVHBOOT_LIMIT : PVHBOOT_CORRUPT);
		blob_free(&content);
		blob_free(&file);
	}
}
END_TEST

/* A bomb in a bomb: each stage has a buffer, and the outer one is still needed. */
START_TEST(nested)
{
	struct blob content = zeros(64 * MIB);
	struct blob inner = { 0 };
	struct blob file = { 0 };

	bz_compress(&inner, PVHBOOT_COMPRESSION_GZIP, blob_view(&content), NULL);
	bz_compress(&file, PVHBOOT_COMPRESSION_XZ, blob_view(&inner), NULL);
	expect_within("gzip in xz", load, blob_view(&file), 2 * MAX_OUTPUT + MAX_MEMORY + SLACK,
		      PVHBOOT_LIMIT);
	blob_free(&content);
	blob_free(&inner);
	blob_free(&file);
}
END_TEST

/* ---- Dictionaries -------------------------------------------------------------------- */

static struct blob packed(enum pvhboot_compression compression)
{
	struct blob content = zeros(64 * KIB);
	struct blob file = { 0 };

	bz_compress(&file, compression, blob_view(&content), NULL);
	blob_free(&content);
	return file;
}

START_TEST(xz_dictionary)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_XZ);
	uint8_t *block = file.data + 12;
	size_t size = ((size_t)block[0] + 1) * 4;
	size_t at = 2;

	/* the last filter: its id, one byte of properties, the dictionary's */
	while (block[at] != 0x21 || block[at + 1] != 1)
		at++;
	for (uint8_t bits = 30; bits <= 40; bits += 10) { /* 128 MiB, and 4 GiB - 1 */
		block[at + 2] = bits;
		store_le(block + size - 4, 4, crc32(0, block, (unsigned int)size - 4));
		expect_load("xz dictionary", &file, PVHBOOT_LIMIT);
	}
	blob_free(&file);
}
END_TEST

START_TEST(lzma_dictionary)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_LZMA);

	store_le(file.data + 1, 4, 0xc0000000);
	expect_load("lzma dictionary", &file, PVHBOOT_LIMIT);
	store_le(file.data + 1, 4, 0x10000000);
	expect_load("lzma dictionary", &file, PVHBOOT_LIMIT);
	blob_free(&file);
}
END_TEST

/* RFC 8878: no checksum, no content size, a window of 2 GiB, one block of one byte
 * repeated 128 KiB. */
START_TEST(zstd_window)
{
	static const uint8_t frame[] = { 0x28,           0xb5, 0x2f, 0xfd, 0x00,
					 (31 - 10) << 3, 0x03, 0x00, 0x10, 0x00 };
	struct blob file = { 0 };

	if (!bz_can_compress(PVHBOOT_COMPRESSION_ZSTD))
		return;
	blob_append(&file, frame, sizeof(frame));
	/* the output is the window, so it takes no memory; and holds no kernel */
	expect_load("zstd window", &file, PVHBOOT_FORMAT);
	/* 64 GiB of content in such blocks, by a frame with a window of 128 KiB */
	file.data[5] = (17 - 10) << 3;
	for (uint64_t n = 64 * GIB / (128 * KIB); n > 1; n--) {
		file.data[file.size - 4] = 0x02; /* not the last block */
		blob_append(&file, frame + 6, 4);
	}
	expect_load("zstd of 64 GiB", &file, PVHBOOT_LIMIT);
	blob_free(&file);
}
END_TEST

/* ---- Tables -------------------------------------------------------------------- */

static enum pvhboot_status open_kernel(struct pvhboot_bytes elf)
{
	struct pvhboot_kernel kernel;

	return pvhboot_kernel_open(elf, 0, &kernel, NULL);
}

/* A table costs no memory, but what libelf takes. */
static void expect_open(const char *row, struct elf *elf, enum pvhboot_status status)
{
	expect_within(row, open_kernel, blob_view(&elf->image), SLACK, status);
	elf_free(elf);
}

static void begin(struct elf *elf)
{
	struct blob notes = { 0 };

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	elf_init(elf, 64);
	elf_add_notes(elf, &notes);
	blob_free(&notes);
}

START_TEST(segments)
{
	struct elf elf;

	begin(&elf);
	for (uint32_t i = 0; i < 65533; i++)
		elf_add_load(&elf, KERNEL_PADDR + i, "x", 1, 0);
	elf_finish(&elf);
	expect_open("65534 segments", &elf, PVHBOOT_OK);
	begin(&elf);
	for (uint32_t i = 65533; i-- > 0;)
		elf_add_load(&elf, KERNEL_PADDR + i, "x", 1, 0);
	elf_finish(&elf);
	expect_open("65534 segments, descending", &elf, PVHBOOT_LIMIT);
	begin(&elf);
	for (uint32_t i = 0; i < 1023; i++)
		elf_add_load(&elf, KERNEL_PADDR + 1022 - i, "x", 1, 0);
	elf_finish(&elf);
	expect_open("1024 segments, descending", &elf, PVHBOOT_OK);
}
END_TEST

START_TEST(note_bytes)
{
	struct kernel_spec spec = { .notes = KERNEL_NOTES_NONE };
	struct blob notes = { 0 };
	struct elf elf;

	kernel_begin(&elf, &spec);
	blob_fill(&notes, 0, 10 * MIB); /* a note without name and description every 12 bytes */
	elf_add_notes(&elf, &notes);
	elf_finish(&elf);
	expect_open("10 MiB of notes", &elf, PVHBOOT_LIMIT);
	blob_free(&notes);
	kernel_begin(&elf, &spec);
	blob_put(&notes, 4, 4);
	blob_put(&notes, 4, 10 * MIB);
	blob_put(&notes, 4, 18);
	blob_append(&notes, "Xen", 4);
	blob_fill(&notes, 0, 10 * MIB);
	elf_add_notes(&elf, &notes);
	elf_finish(&elf);
	expect_open("a note of 10 MiB", &elf, PVHBOOT_MALFORMED);
	blob_free(&notes);
}
END_TEST

START_TEST(note_sizes)
{
	static const uint32_t sizes[] = { 0x7fffffff, 0xfffffffc, 0xfffffffd, 0xffffffff };
	const struct kernel_spec spec = { .notes = KERNEL_NOTES_NONE };

	for (size_t i = 0; i < 8; i++) {
		struct blob notes = { 0 };
		struct elf elf;

		kernel_begin(&elf, &spec);
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
		store_le(notes.data + i % 2 * 4, 4, sizes[i / 2]);
		elf_add_notes(&elf, &notes);
		elf_finish(&elf);
		expect_open("a note of 4 GiB", &elf, PVHBOOT_MALFORMED);
		blob_free(&notes);
	}
}
END_TEST

START_TEST(counts)
{
	const struct kernel_spec spec = { 0 };
	struct elf elf;

	/* 2^32 - 1 program headers, by section 0 */
	kernel_begin(&elf, &spec);
	elf.xnum = 1;
	elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
	elf_finish(&elf);
	elf_patch(&elf, "sh_info", 0, 0xffffffff);
	expect_open("2^32 - 1 program headers", &elf, PVHBOOT_TRUNCATED);

	/* 2^32 - 1 sections are out of range, and ignored */
	kernel_begin(&elf, &spec);
	elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
	elf_finish(&elf);
	elf_patch(&elf, "e_shnum", 0, 0);
	elf_patch(&elf, "sh_size", 0, 0xffffffff);
	expect_open("2^32 - 1 sections", &elf, PVHBOOT_OK);

	/* 1 TiB of bss */
	kernel_begin(&elf, &spec);
	elf_finish(&elf);
	elf_patch(&elf, "p_memsz", 1, UINT64_C(1) << 40);
	expect_open("1 TiB of bss", &elf, PVHBOOT_RANGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *streams = suite_case(suite, "streams");
	TCase *tables = suite_case(suite, "tables");

	tcase_add_loop_test(streams, bomb, 0, N_VARIANTS);
	tcase_add_loop_test(streams, chain, 0, 4);
	tcase_add_loop_test(streams, claim, 0, N_VARIANTS);
	tcase_add_test(streams, nested);
	tcase_add_test(streams, xz_dictionary);
	tcase_add_test(streams, lzma_dictionary);
	tcase_add_test(streams, zstd_window);
	tcase_add_test(tables, segments);
	tcase_add_test(tables, note_bytes);
	tcase_add_test(tables, note_sizes);
	tcase_add_test(tables, counts);
	return suite_run(suite);
}
