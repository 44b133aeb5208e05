/* SPDX-License-Identifier: MIT */
/*
 * The freestanding core, as a boot loader links it: the same library without
 * the defaults of a host. This program is linked with libpvhboot-core alone.
 */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)

static struct elf elf;
static struct blob file; /* a bzImage around it */

static void build(void)
{
	const struct kernel_spec spec = { 0 };

	kernel_build(&elf, &spec);
	bz_image(&file, PVHBOOT_COMPRESSION_XZ, blob_view(&elf.image));
}

static void free_all(void)
{
	elf_free(&elf);
	blob_free(&file);
}

/* A loader's own decoder, which has unpacked the image before. */
static enum pvhboot_status decode(struct pvhboot_decode *decode)
{
	void *memory = decode->allocator.alloc(decode->allocator.ctx, 100);

	decode->in_used = 0;
	decode->out_used = 0;
	if (!memory)
		return PVHBOOT_NOMEM;
	decode->allocator.release(decode->allocator.ctx, memory);
	decode->out_used = decode->out.size < elf.image.size ? decode->out.size : elf.image.size;
	memcpy(decode->out.data, elf.image.data, decode->out_used);
	if (decode->out_used < elf.image.size)
		return PVHBOOT_NOSPACE;
	decode->in_used = decode->in.size;
	return PVHBOOT_OK;
}

static const struct pvhboot_codec codec = {
	.compression = PVHBOOT_COMPRESSION_XZ,
	.decode = decode,
};
static const struct pvhboot_codec *const codecs[] = { &codec, NULL };

START_TEST(no_default_allocator)
{
	const struct pvhboot_options with_codecs = { .codecs = codecs };
	const struct pvhboot_options *const options[] = { NULL, &with_codecs };

	for (size_t i = 0; i < 2; i++) {
		uint8_t *bytes = must_alloc(elf.image.size);
		const struct pvhboot_buffer out = { bytes, elf.image.size };
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_image image;
		struct pvhboot_bytes unpacked;

		expect_status("probe", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
			      PVHBOOT_OK);
		expect_status("unpack",
			      pvhboot_image_unpack(&image, options[i], out, &unpacked, &diag),
			      PVHBOOT_INVAL);
		expect_failure(
			"unpack", &diag, PVHBOOT_INVAL,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
		free(bytes);
	}
}
END_TEST

START_TEST(no_default_codecs)
{
	struct fakealloc fake = { 0 };
	const struct pvhboot_allocator allocator = fakealloc_open(&fake);
	const struct pvhboot_options options = { .allocator = &allocator };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	size_t size;

	expect_status("probe", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_OK);
	expect_status("need", pvhboot_image_need(&image, &options, &size, &diag),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(diag.detail, "xz"));
}
END_TEST

/* An ELF image that lies there needs neither. */
START_TEST(bare_elf)
{
	const struct pvhboot_buffer nowhere = { NULL, 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes unpacked;
	struct pvhboot_kernel kernel;

	expect_status("probe", pvhboot_image_probe(blob_view(&elf.image), NULL, &image, NULL),
		      PVHBOOT_OK);
	expect_status("unpack", pvhboot_image_unpack(&image, NULL, nowhere, &unpacked, NULL),
		      PVHBOOT_OK);
	expect_status("open", pvhboot_kernel_open(unpacked, 0, &kernel, NULL), PVHBOOT_OK);
	ck_assert_uint_eq(kernel.entry, PADDR + 0x40);
}
END_TEST

START_TEST(boots)
{
	static const struct pvhboot_map_entry map[] = { { 0x100000, 63 << 20, PVHBOOT_MAP_RAM,
							  0 } };
	struct blob module = { 0 };
	struct pvhboot_module modules[1] = { { .cmdline = pvhboot_text("initrd") } };
	const struct pvhboot_request request = {
		.map = map,
		.n_map = 1,
		.modules = modules,
		.n_modules = 1,
		.cmdline = pvhboot_text("console=ttyS0"),
	};
	const struct blob *const files[] = { &elf.image, &file };
	struct fakemem mem = { .fill = 0xcc };
	struct fakealloc fake = { 0 };
	const struct pvhboot_allocator allocator = fakealloc_open(&fake);
	struct pvhboot_options options = { .codecs = codecs };

	blob_pattern(&module, 3, 5000);
	modules[0].bytes = blob_view(&module);
	fakemem_add(&mem, PADDR, 0x10000);
	for (size_t i = 0; i < 2; i++) {
		const struct pvhboot_memory memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_cpu cpu;
		const uint8_t *at;

		fakemem_reset(&mem);
		options.allocator = NULL;
		expect_status(
			"no allocator",
			pvhboot_boot(blob_view(files[i]), &request, &options, &memory, &cpu, &diag),
			PVHBOOT_INVAL);
		expect_failure(
			"no allocator", &diag, PVHBOOT_INVAL,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_BOOT });
		ck_assert(fakemem_untouched(&mem));
		options.allocator = &allocator;
		expect_status(
			"boot",
			pvhboot_boot(blob_view(files[i]), &request, &options, &memory, &cpu, &diag),
			PVHBOOT_OK);
		ck_assert_uint_eq(fake.n_live, 0);
		ck_assert_uint_eq(cpu.rip, PADDR + 0x40);
		ck_assert_uint_eq(cpu.rbx, PADDR + 0x2000);
		at = fakemem_at(&mem, cpu.rbx, 56);
		ck_assert_uint_eq(load_le(at, 4), 0x336ec578);
		at = fakemem_at(&mem, PADDR, 0x300);
		ck_assert_int_eq(memcmp(at, elf.image.data + elf_read(&elf, "p_offset", 0), 0x300),
				 0);
		at = fakemem_at(&mem, PADDR + 0x3000, module.size);
		ck_assert_int_eq(memcmp(at, module.data, module.size), 0);
	}
	blob_free(&module);
	fakemem_close(&mem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core");
	TCase *core = suite_case(suite, "core");

	tcase_add_unchecked_fixture(core, build, free_all);
	tcase_add_test(core, no_default_allocator);
	tcase_add_test(core, no_default_codecs);
	tcase_add_test(core, bare_elf);
	tcase_add_test(core, boots);
	return suite_run(suite);
}
