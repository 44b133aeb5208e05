/* SPDX-License-Identifier: MIT */
/* boot.h: a unified kernel image boots whole, and what a request has goes before what it brings. */

#include <pvhboot/boot.h>
#include <pvhboot/start.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define MEMORY_SIZE ((uint64_t)32 << 20)

static const struct {
	const char *name;
	const char *ucode, *initrd, *cmdline; /* of the file; NULL: it has no such section */
	const char *module, *own_cmdline;     /* of the request; NULL: none */
	uint32_t options;
	int want_module;
	const char *bytes; /* of the guest's module */
	size_t size;
	const char *want_cmdline;
} rows[] = {
	/* a row: the file; the request; options; module, command line */
	{ "initrd", NULL, "initrd", "quiet", NULL, NULL, 0, 1, "initrd", 6, "quiet" },
	{ "microcode", "ucode", NULL, NULL, NULL, NULL, 0, 1, "ucode", 5, "" },
	{ "both: padded to 4", "ucode", "initrd", "quiet", NULL, NULL, 0, 1, "ucode\0\0\0initrd",
	  14, "quiet" },
	{ "neither", NULL, NULL, "quiet", NULL, NULL, 0, 0, "", 0, "quiet" },
	{ "its own module", "ucode", "initrd", "quiet", "own", NULL, 0, 1, "own", 3, "quiet" },
	{ "its own command line", NULL, "initrd", "quiet", NULL, "loud", 0, 1, "initrd", 6,
	  "loud" },
	{ "not wanted", "ucode", "initrd", "quiet", NULL, NULL, PVHBOOT_OPTION_NO_UKI, 0, "", 0,
	  "" },
};

static struct blob uki_of(int row, struct pvhboot_bytes kernel)
{
	const struct pe_section all[] = {
		{ ".ucode", pvhboot_text(rows[row].ucode) },
		{ ".initrd", pvhboot_text(rows[row].initrd) },
		{ ".cmdline", pvhboot_text(rows[row].cmdline) },
	};
	struct pe_section sections[4] = { { ".linux", kernel } };
	struct blob file = { 0 };
	size_t n = 1;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (all[i].bytes.data != NULL)
			sections[n++] = all[i];
	}
	pe_build(&file, sections, n);
	return file;
}

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	return gpa <= MEMORY_SIZE && size <= MEMORY_SIZE - gpa ? (uint8_t *)ctx + gpa : NULL;
}

/* What the guest finds by its start_info. */
static void expect_guest(int row, const struct pvhboot_memory *memory, uint64_t start_info)
{
	const char *name = rows[row].name;
	struct pvhboot_listed_module module;
	struct pvhboot_start start;
	uint8_t text[64] = { 0 };
	size_t size;

	expect_status(name, pvhboot_start_read(memory, start_info, &start, NULL), PVHBOOT_OK);
	expect_status(name,
		      pvhboot_start_text(&start, start.cmdline,
					 (struct pvhboot_buffer){ text, sizeof(text) }, &size,
					 NULL),
		      PVHBOOT_OK);
	ck_assert_str_eq((const char *)text, rows[row].want_cmdline);
	expect_eq(name, start.n_modules, rows[row].want_module);
	if (start.n_modules == 0)
		return;
	expect_status(name, pvhboot_start_module(&start, 0, &module, NULL), PVHBOOT_OK);
	expect_eq(name, module.size, rows[row].size);
	ck_assert_mem_eq((uint8_t *)memory->ctx + module.gpa, rows[row].bytes, rows[row].size);
}

static void boot(int row, struct pvhboot_bytes kernel)
{
	const struct pvhboot_map_entry ram = { 0x100000, MEMORY_SIZE - 0x100000, PVHBOOT_MAP_RAM,
					       0 };
	const struct pvhboot_memory memory = { .ctx = calloc(1, MEMORY_SIZE),
					       .map = map,
					       .flags = PVHBOOT_MEMORY_ZEROED };
	const struct pvhboot_module module = { .bytes = pvhboot_text(rows[row].module) };
	const struct pvhboot_options options = { .flags = rows[row].options };
	const struct pvhboot_request request = {
		.map = &ram,
		.n_map = 1,
		.modules = &module,
		.n_modules = rows[row].module != NULL,
		.cmdline = pvhboot_text(rows[row].own_cmdline),
	};
	struct blob file = uki_of(row, kernel);
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_cpu cpu;

	ck_assert_ptr_nonnull(memory.ctx);
	expect_status(rows[row].name,
		      pvhboot_boot(blob_view(&file), &request, &options, &memory, &cpu, &diag),
		      PVHBOOT_OK);
	expect_success(rows[row].name, &diag, 0);
	expect_guest(row, &memory, cpu.rbx);
	blob_free(&file);
	free(memory.ctx);
}

/* Also where the kernel is decoded in the guest. */
START_TEST(boots)
{
	const struct kernel_spec spec = { 0 };
	struct blob packed = { 0 };
	struct elf kernel;

	kernel_build(&kernel, &spec);
	boot(_i, blob_view(&kernel.image));
	bz_image(&packed, PVHBOOT_COMPRESSION_XZ, blob_view(&kernel.image));
	boot(_i, blob_view(&packed));
	blob_free(&packed);
	elf_free(&kernel);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("uki_boot");
	TCase *tcase = suite_case(suite, "boots");

	tcase_add_loop_test(tcase, boots, 0, sizeof(rows) / sizeof(rows[0]));
	return suite_run(suite);
}
