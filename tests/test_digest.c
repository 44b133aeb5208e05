/* SPDX-License-Identifier: MIT */
/* tools/sha256.h and tools/digest.h: known digests, and those of plans against what a commit leaves
 * in a guest's memory. */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define MEMORY_SIZE ((size_t)40 << 20)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void expect_hex(const uint8_t digest[SHA256_SIZE], const char *hex)
{
	char text[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(text, hex);
}

/* Source: NIST, examples with intermediate values of FIPS 180-4, SHA-256; and of nothing. */
static const struct {
	const char *text;
	size_t times;
	const char *digest;
} vectors[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

START_TEST(known_digests)
{
	const size_t length = strlen(vectors[_i].text);
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;

	sha256_start(&hash);
	for (size_t i = 0; i < vectors[_i].times; i++)
		sha256_add(&hash, vectors[_i].text, length);
	sha256_end(&hash, digest);
	expect_hex(digest, vectors[_i].digest);
}
END_TEST

static void hash_blob(const struct blob *blob, size_t step, uint8_t out[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_start(&hash);
	for (size_t at = 0; at < blob->size; at += step)
		sha256_add(&hash, blob->data + at, blob->size - at < step ? blob->size - at : step);
	sha256_end(&hash, out);
}

/* Around the ends of blocks, in pieces of any size. */
START_TEST(pieces_do_not_matter)
{
	struct blob blob = { 0 };
	uint8_t whole[SHA256_SIZE], pieces[SHA256_SIZE];

	for (size_t size = 0; size <= 200; size++) {
		hash_blob(&blob, 1000, whole);
		for (size_t step = 1; step <= 130; step += 3) {
			hash_blob(&blob, step, pieces);
			ck_assert_mem_eq(whole, pieces, SHA256_SIZE);
		}
		blob_put(&blob, 1, size * 7);
	}
	blob_free(&blob);
}
END_TEST

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	ck_assert_uint_le(gpa, MEMORY_SIZE);
	ck_assert_uint_le(size, MEMORY_SIZE - gpa);
	return (uint8_t *)ctx + gpa;
}

static void put_segment(struct blob *out, const struct pvhboot_cpu_segment *segment)
{
	blob_put(out, 8, segment->base);
	blob_put(out, 8, segment->limit);
	blob_put(out, 8, segment->selector);
	blob_put(out, 8, segment->access);
}

/* docs/DIGEST.md, of what lies in the guest. */
static void put_form(struct blob *out, const struct pvhboot_plan *plan, const uint8_t *memory)
{
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(plan, &cpu);
	blob_append(out, "pvhboot digest 1", 16);
	blob_put(out, 8, cpu.rip);
	blob_put(out, 8, cpu.rbx);
	blob_put(out, 8, cpu.rsi);
	blob_put(out, 8, cpu.rsp);
	blob_put(out, 8, cpu.rflags);
	blob_put(out, 8, cpu.cr0);
	blob_put(out, 8, cpu.cr3);
	blob_put(out, 8, cpu.cr4);
	blob_put(out, 8, cpu.efer);
	blob_put(out, 8, cpu.gdt_base);
	blob_put(out, 8, cpu.gdt_limit);
	blob_put(out, 8, cpu.is_64bit);
	put_segment(out, &cpu.cs);
	put_segment(out, &cpu.data);
	put_segment(out, &cpu.tr);
	blob_put(out, 8, plan->n_places);
	for (size_t i = 0; i < plan->n_places; i++) {
		blob_put(out, 8, plan->places[i].gpa);
		blob_put(out, 8, plan->places[i].size);
		blob_append(out, memory + plan->places[i].gpa, plan->places[i].size);
	}
}

static const struct {
	enum pvhboot_entry_kind entry;
	uint32_t flags;
} plans[] = {
	{ PVHBOOT_ENTRY_PVH, 0 },
	{ PVHBOOT_ENTRY_LINUX64, 0 },
	{ PVHBOOT_ENTRY_LINUX64, PVHBOOT_REQUEST_KASLR },
	{ PVHBOOT_ENTRY_BZIMAGE64, 0 },
	{ PVHBOOT_ENTRY_BZIMAGE32, 0 },
};

START_TEST(plan_is_as_committed)
{
	static const struct pvhboot_map_entry ram[] = {
		{ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 },
		{ MIB, MEMORY_SIZE - MIB, PVHBOOT_MAP_RAM, 0 },
	};
	static const uint8_t chance[PVHBOOT_KASLR_ENTROPY] = { [7] = 1, [15] = 0xff };
	static const uint8_t initrd[5000] = { 1, 2, 3 };
	const struct kernel_spec spec = { .is_linux = 1 };
	const struct pvhboot_module module = { .bytes = { initrd, sizeof(initrd) } };
	const struct pvhboot_blob acpi = { .bytes = { initrd, 36 }, .size = 5000, .gpa = 0xb0000 };
	struct pvhboot_request request = { .map = ram,
					   .n_map = 2,
					   .modules = &module,
					   .n_modules = 1,
					   .blobs = &acpi,
					   .n_blobs = 1,
					   .entry = plans[_i].entry,
					   .flags = plans[_i].flags };
	uint8_t *guest = calloc(1, MEMORY_SIZE);
	const struct pvhboot_memory memory = { .ctx = guest, .map = map };
	struct pvhboot_prepared prepared;
	uint8_t of_plan[SHA256_SIZE], of_memory[SHA256_SIZE];
	struct elf elf = { .image = { 0 } };
	struct blob file = { 0 }, form = { 0 };

	ck_assert_ptr_nonnull(guest);
	kernel_build(&elf, &spec);
	for (uint32_t i = 1; i <= 3; i++) { /* a relocation of each kind */
		blob_put(&elf.image, 4, 0);
		blob_put(&elf.image, 4, 0x80000000u + KERNEL_PADDR + 0x80 * i);
	}
	bz_image(&file, PVHBOOT_COMPRESSION_GZIP, blob_view(&elf.image));
	if (plans[_i].flags & PVHBOOT_REQUEST_KASLR)
		request.entropy = (struct pvhboot_bytes){ chance, sizeof(chance) };
	ck_assert_int_eq(pvhboot_prepare(blob_view(&file), &request, NULL, NULL, &prepared, NULL),
			 PVHBOOT_OK);
	if (plans[_i].flags & PVHBOOT_REQUEST_KASLR)
		ck_assert_uint_ne(prepared.plan.kaslr.virtual_slide, 0);
	digest_plan(&prepared.plan, of_plan);
	memset(guest, 0xcc, MEMORY_SIZE);
	ck_assert_int_eq(pvhboot_prepared_commit(&prepared, &memory, NULL), PVHBOOT_OK);
	put_form(&form, &prepared.plan, guest);
	hash_blob(&form, 1000, of_memory);
	ck_assert_mem_eq(of_plan, of_memory, SHA256_SIZE);
	pvhboot_prepared_release(&prepared);
	blob_free(&form);
	blob_free(&file);
	elf_free(&elf);
	free(guest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("digest");
	TCase *hashes = suite_case(suite, "hashes");
	TCase *of_plans = suite_case(suite, "plans");

	tcase_add_loop_test(hashes, known_digests, 0, (int)N_OF(vectors));
	tcase_add_test(hashes, pieces_do_not_matter);
	tcase_add_loop_test(of_plans, plan_is_as_committed, 0, (int)N_OF(plans));
	return suite_run(suite);
}
