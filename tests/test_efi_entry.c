/* SPDX-License-Identifier: MIT */
/* The EFI entry of boot.h: which files have it, and the request that is made of one for the
 * environment. Any small PVH kernel is the environment here. */

#include <pvhboot/boot.h>
#include <pvhboot/efi.h>
#include <pvhboot/start.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/cpiobuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/kernelbuild.h"
#include "support/pebuild.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define MEMORY_SIZE ((size_t)24 << 20)
#define ENVIRONMENT ((uint64_t)8 << 20)
#define PAGE 4096u
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Files ----------------------------------------------------------------------------- */

enum kind { PROGRAM, UKI, STUBBED_BZIMAGE, BZIMAGE, KERNEL, TEXT, NOTHING };

static void build_program(struct blob *file)
{
	const struct pe_section code = { ".text", pvhboot_text("any code") };

	pe_build(file, &code, 1);
}

static void build_uki(struct blob *file, struct pvhboot_bytes kernel)
{
	const struct pe_section sections[] = {
		{ ".linux", kernel },
		{ ".initrd", pvhboot_text("initrd of the UKI") },
		{ ".cmdline", pvhboot_text("line=of-the-uki") },
	};

	pe_build(file, sections, N_OF(sections));
}

/* A PE header where Linux has one: in the setup sectors, behind the boot header. */
static void add_stub(struct blob *bzimage)
{
	const size_t at = 0x400, header = pe_where("Signature", 0);
	struct blob pe = { 0 };

	build_program(&pe);
	memcpy(bzimage->data, "MZ", 2);
	store_le(bzimage->data + 0x3c, 4, at);
	memcpy(bzimage->data + at, pe.data + header, 0x200);
	blob_free(&pe);
}

static void build_file(enum kind kind, struct blob *file)
{
	const struct kernel_spec spec = { .is_linux = 1 };
	struct elf elf;

	kernel_build(&elf, &spec);
	if (kind == PROGRAM)
		build_program(file);
	if (kind == UKI)
		build_uki(file, blob_view(&elf.image));
	if (kind == STUBBED_BZIMAGE || kind == BZIMAGE)
		bz_image(file, PVHBOOT_COMPRESSION_GZIP, blob_view(&elf.image));
	if (kind == STUBBED_BZIMAGE)
		add_stub(file);
	if (kind == KERNEL)
		blob_append(file, elf.image.data, elf.image.size);
	if (kind == TEXT)
		blob_append(file, "MZ and other text", 17);
	elf_free(&elf);
}

/* What the entry takes, and what it says of the rest. */
static const struct {
	const char *name;
	enum kind kind;
	const char *field; /* that is patched in a PE file; NULL: none */
	uint64_t value;
	size_t size; /* to which the file is cut; 0: it is not */
	enum pvhboot_status status;
	const char *rule, *detail;
	uint64_t found, bound; /* 0 and 0: no numbers */
} files[] = {
	{ "program", PROGRAM, NULL, 0, 0, PVHBOOT_OK, NULL, NULL, 0, 0 },
	{ "UKI", UKI, NULL, 0, 0, PVHBOOT_OK, NULL, NULL, 0, 0 },
	{ "bzImage", STUBBED_BZIMAGE, NULL, 0, 0, PVHBOOT_OK, NULL, NULL, 0, 0 },
	{ "sections are not looked at", PROGRAM, "PointerToRawData", UINT32_MAX, 0, PVHBOOT_OK,
	  NULL, NULL, 0, 0 },
	{ "bzImage without a stub", BZIMAGE, NULL, 0, 0, PVHBOOT_FORMAT, "a PE file", "", 0, 0 },
	{ "ELF", KERNEL, NULL, 0, 0, PVHBOOT_FORMAT, "a PE file", "", 0, 0 },
	{ "empty", NOTHING, NULL, 0, 0, PVHBOOT_FORMAT, "a PE file", "", 0, 0 },
	{ "for AArch64", PROGRAM, "Machine", 0xaa64, 0, PVHBOOT_UNSUPPORTED, "a PE file for x86-64",
	  "it is for AArch64", 0xaa64, 0x8664 },
	{ "for i386", PROGRAM, "Machine", 0x14c, 0, PVHBOOT_UNSUPPORTED, "a PE file for x86-64",
	  "it is for i386", 0x14c, 0x8664 },
	{ "for an unknown machine", PROGRAM, "Machine", 0x1234, 0, PVHBOOT_UNSUPPORTED,
	  "a PE file for x86-64", "", 0x1234, 0x8664 },
	{ "32 bits", PROGRAM, "Magic", 0x10b, 0, PVHBOOT_UNSUPPORTED,
	  "a PE file of 64 bits (PE32+)", "", 0x10b, 0x20b },
	{ "no optional header", PROGRAM, "SizeOfOptionalHeader", 1, 0, PVHBOOT_UNSUPPORTED,
	  "a PE file of 64 bits (PE32+)", "", 0, 0x20b },
	{ "an optional header of its magic", PROGRAM, "SizeOfOptionalHeader", 2, 0,
	  PVHBOOT_UNSUPPORTED, "a PE file whose subsystem is that of EFI applications", "", 0, 10 },
	{ "one up to its subsystem", PROGRAM, "SizeOfOptionalHeader", 70, 0, PVHBOOT_OK, NULL, NULL,
	  0, 0 },
	{ "a driver", PROGRAM, "Subsystem", 11, 0, PVHBOOT_UNSUPPORTED,
	  "a PE file whose subsystem is that of EFI applications", "", 11, 10 },
	{ "no subsystem", PROGRAM, "SizeOfOptionalHeader", 69, 0, PVHBOOT_UNSUPPORTED,
	  "a PE file whose subsystem is that of EFI applications", "", 0, 10 },
	{ "cut", PROGRAM, NULL, 0, 0x88, PVHBOOT_TRUNCATED,
	  "bytes behind the PE signature >= size of the COFF header", "", 4, 20 },
};

START_TEST(files_with_the_entry)
{
	const char *name = files[_i].name;
	const struct finding want = { SAYS_STAGE | SAYS_SUBJECT |
					      (files[_i].bound != 0 ? SAYS_NUMBERS : 0),
				      PVHBOOT_STAGE_IMAGE,
				      PVHBOOT_SUBJECT_HEADER,
				      0,
				      0,
				      files[_i].found,
				      files[_i].bound };
	struct pvhboot_diag diag = { 0 };
	struct blob file = { 0 };

	build_file(files[_i].kind, &file);
	if (files[_i].field != NULL)
		pe_patch(&file, files[_i].field, 0, files[_i].value);
	if (files[_i].size != 0)
		file.size = files[_i].size;
	expect_status(name, pvhboot_efi_check(blob_view(&file), &diag), files[_i].status);
	expect_status(name, pvhboot_efi_check(blob_view(&file), NULL), files[_i].status);
	if (files[_i].status == PVHBOOT_OK) {
		expect_success(name, &diag, 0);
	} else {
		expect_failure(name, &diag, files[_i].status, &want);
		expect_rule(name, &diag.failure, files[_i].rule);
		ck_assert_str_eq(diag.detail, files[_i].detail);
	}
	blob_free(&file);
}
END_TEST

START_TEST(no_file)
{
	const struct finding want = { SAYS_STAGE | SAYS_NO_NUMBERS,
				      PVHBOOT_STAGE_IMAGE,
				      PVHBOOT_SUBJECT_HEADER,
				      0,
				      0,
				      0,
				      0 };
	struct pvhboot_diag diag = { 0 };

	expect_status("NULL", pvhboot_efi_check((struct pvhboot_bytes){ NULL, 1 }, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL", &diag, PVHBOOT_INVAL, &want);
	expect_status("none", pvhboot_efi_check((struct pvhboot_bytes){ NULL, 0 }, NULL),
		      PVHBOOT_FORMAT);
}
END_TEST

/* ---- Boots ------------------------------------------------------------------------------- */

struct boot {
	struct elf environment;
	struct blob file;
	struct pvhboot_map_entry map[2];
	struct pvhboot_module modules[4];
	struct pvhboot_request request;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct fakemem mem;
	struct pvhboot_memory memory;
	struct pvhboot_prepared prepared;
	struct pvhboot_diag diag;
};

static void boot_open(struct boot *boot, enum kind kind)
{
	const struct kernel_spec spec = { .paddr = ENVIRONMENT };

	memset(boot, 0, sizeof(*boot));
	kernel_build(&boot->environment, &spec);
	build_file(kind, &boot->file);
	boot->map[0] = (struct pvhboot_map_entry){ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 };
	boot->map[1] = (struct pvhboot_map_entry){ MIB, MEMORY_SIZE - MIB, PVHBOOT_MAP_RAM, 0 };
	boot->request.map = boot->map;
	boot->request.n_map = 2;
	boot->request.modules = boot->modules;
	boot->request.entry = PVHBOOT_ENTRY_EFI;
	boot->request.efi = blob_view(&boot->environment.image);
	fakemem_add(&boot->mem, 0, MEMORY_SIZE);
	boot->memory = fakemem_open(&boot->mem, FAKEMEM_ALL | FAKEMEM_READ, PVHBOOT_MEMORY_ZEROED);
	boot->allocator = fakealloc_open(&boot->alloc);
	boot->options.allocator = &boot->allocator;
}

static void boot_close(struct boot *boot)
{
	pvhboot_prepared_release(&boot->prepared);
	ck_assert_uint_eq(boot->alloc.n_live, 0);
	ck_assert_uint_eq(boot->alloc.n_misuse, 0);
	elf_free(&boot->environment);
	blob_free(&boot->file);
	fakemem_close(&boot->mem);
}

static void add_module(struct boot *boot, const char *text)
{
	boot->modules[boot->request.n_modules++].bytes = pvhboot_text(text);
}

static enum pvhboot_status prepare(struct boot *boot)
{
	memset(&boot->diag, 0, sizeof(boot->diag));
	return pvhboot_prepare(blob_view(&boot->file), &boot->request, &boot->options,
			       &boot->memory, &boot->prepared, &boot->diag);
}

static void expect_refusal(const char *row, struct boot *boot, enum pvhboot_status got,
			   enum pvhboot_status status, enum pvhboot_stage stage, const char *rule,
			   const char *detail)
{
	const struct finding want = { SAYS_STAGE, stage, PVHBOOT_SUBJECT_NONE, 0, 0, 0, 0 };

	expect_status(row, got, status);
	expect_failure(row, &boot->diag, status, &want);
	expect_rule(row, &boot->diag.failure, rule);
	ck_assert_msg(strcmp(boot->diag.detail, detail) == 0, "%s: \"%s\"", row, boot->diag.detail);
}

/* What boot.h says that a checked plan's request has. */
static void expect_good_plan(const char *row, struct boot *boot)
{
	struct pvhboot_module modules[N_OF(boot->modules) + 1] = {
		{ .bytes = boot->prepared.image.file }
	};
	struct pvhboot_request whole = boot->request;
	struct pvhboot_diag diag = { 0 };

	memcpy(modules + 1, boot->modules, sizeof(boot->modules));
	whole.kernel = &boot->prepared.kernel;
	whole.modules = modules;
	whole.n_modules++;
	whole.flags &= ~PVHBOOT_REQUEST_JOIN;
	expect_status(row, pvhboot_plan_check(&boot->prepared.plan, &whole, &diag), PVHBOOT_OK);
	expect_success(row, &diag, 0);
}

/* A module of the start_info that the environment is handed. */
static void expect_module(const char *row, const struct boot *boot,
			  const struct pvhboot_start *start, uint32_t index,
			  struct pvhboot_bytes want)
{
	struct pvhboot_listed_module module;

	expect_status(row, pvhboot_start_module(start, index, &module, NULL), PVHBOOT_OK);
	expect_eq(row, module.size, want.size);
	ck_assert_mem_eq(fakemem_at(&boot->mem, module.gpa, module.size), want.data, want.size);
}

static void expect_guest(const char *row, struct boot *boot)
{
	struct pvhboot_start start;
	struct pvhboot_cpu cpu;
	uint8_t text[64] = { 0 };
	size_t size;

	pvhboot_plan_cpu(&boot->prepared.plan, &cpu);
	expect_eq(row, cpu.is_64bit, 0);
	expect_eq(row, cpu.rip, ENVIRONMENT + 0x40);
	expect_eq(row, cpu.rsi, 0);
	expect_status(row, pvhboot_start_read(&boot->memory, cpu.rbx, &start, NULL), PVHBOOT_OK);
	expect_status(row,
		      pvhboot_start_text(&start, start.cmdline,
					 (struct pvhboot_buffer){ text, sizeof(text) }, &size,
					 NULL),
		      PVHBOOT_OK);
	expect_eq(row, size, boot->request.cmdline.size + 1); /* a NUL */
	if (size > 1) /* else there may be no line to compare with */
		ck_assert_mem_eq(text, boot->request.cmdline.data, size - 1);
	expect_eq(row, start.n_modules, boot->request.n_modules + 1);
	expect_module(row, boot, &start, 0, blob_view(&boot->file));
	for (uint32_t i = 0; i < boot->request.n_modules; i++)
		expect_module(row, boot, &start, i + 1, boot->modules[i].bytes);
}

static const struct {
	const char *name;
	enum kind kind;
	size_t n_modules;
	uint32_t flags, guests;
	int without_memory;
} boots[] = {
	{ "program", PROGRAM, 0, 0, 0, 0 },
	{ "bzImage alone", STUBBED_BZIMAGE, 0, 0, 0, 0 },
	{ "bzImage and an initrd", STUBBED_BZIMAGE, 1, 0, 0, 0 },
	{ "bzImage and initrds", STUBBED_BZIMAGE, 3, 0, 0, 0 },
	{ "joined initrds", STUBBED_BZIMAGE, 2, PVHBOOT_REQUEST_JOIN, 0, 0 },
	{ "no rules of guests", STUBBED_BZIMAGE, 3, 0,
	  PVHBOOT_FOR_LINUX | PVHBOOT_FOR_FREEBSD | PVHBOOT_FOR_GRUB | PVHBOOT_FOR_OVMF |
		  PVHBOOT_FOR_XEN,
	  0 },
	{ "UKI, with all that is in it", UKI, 0, 0, 0, 0 },
	{ "UKI and another initrd", UKI, 1, 0, 0, 0 },
	{ "planned without a guest", UKI, 1, 0, 0, 1 },
};

START_TEST(boots_as_composed)
{
	const char *name = boots[_i].name;
	struct boot boot;

	boot_open(&boot, boots[_i].kind);
	boot.request.flags = boots[_i].flags;
	boot.request.guests = boots[_i].guests;
	boot.request.cmdline = pvhboot_text("pvhboot.efi=log quiet");
	for (size_t i = 0; i < boots[_i].n_modules; i++)
		add_module(&boot, i == 0 ? "the first" : "another one");
	expect_status(name,
		      pvhboot_prepare(blob_view(&boot.file), &boot.request, &boot.options,
				      boots[_i].without_memory ? NULL : &boot.memory,
				      &boot.prepared, &boot.diag),
		      PVHBOOT_OK);
	expect_success(name, &boot.diag, 0);
	expect_eq(name, boot.prepared.plan.entry_kind, PVHBOOT_ENTRY_EFI);
	expect_eq(name, boot.prepared.kernel.entries, PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_EFI));
	expect_eq(name, boot.prepared.in_guest, 0);
	expect_eq(name, boot.prepared.image.container, PVHBOOT_CONTAINER_PE);
	expect_eq(name, boot.prepared.image.uki.initrd.size, 0);
	expect_eq(name, boot.alloc.n_live, 1); /* the workspace; nothing is unpacked */
	expect_good_plan(name, &boot);
	expect_status(name, pvhboot_prepared_commit(&boot.prepared, &boot.memory, &boot.diag),
		      PVHBOOT_OK);
	expect_guest(name, &boot);
	boot_close(&boot);
}
END_TEST

/* The composed module has its own number, and the caller's bytes are not read. */
START_TEST(modules_by_the_caller)
{
	struct boot boot;
	size_t n = 0;

	boot_open(&boot, STUBBED_BZIMAGE);
	add_module(&boot, "first");
	boot.modules[1] = (struct pvhboot_module){ .bytes = { NULL, 5000 },
						   .flags = PVHBOOT_MODULE_BY_CALLER };
	boot.request.n_modules = 2;
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	for (size_t i = 0; i < boot.prepared.plan.n_places; i++) {
		const struct pvhboot_place *place = &boot.prepared.plan.places[i];

		if ((place->flags & PVHBOOT_PLACE_BY_CALLER) == 0)
			continue;
		n++;
		expect_eq("by the caller", place->kind, PVHBOOT_PLACE_MODULE);
		expect_eq("by the caller", place->index, 2);
		expect_eq("by the caller", place->size, 5000);
	}
	expect_eq("by the caller", n, 1);
	boot_close(&boot);
}
END_TEST

/* The kernel in the file chooses its own address. */
START_TEST(no_random_address)
{
	static const uint8_t entropy[48] = { 1, 2, 3 };
	struct boot boot;

	boot_open(&boot, STUBBED_BZIMAGE);
	boot.request.flags = PVHBOOT_REQUEST_KASLR | PVHBOOT_REQUEST_RNG_SEED;
	boot.request.entropy = (struct pvhboot_bytes){ entropy, sizeof(entropy) };
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	expect_eq("physical", boot.prepared.plan.kaslr.physical_fixed, PVHBOOT_FIXED_BY_ENTRY);
	expect_eq("virtual", boot.prepared.plan.kaslr.virtual_fixed, PVHBOOT_FIXED_BY_ENTRY);
	expect_eq("slide", boot.prepared.plan.slide, 0);
	boot_close(&boot);
}
END_TEST

/* The environment joins them: it is their sum that has to fit. */
START_TEST(initrds_larger_than_memory)
{
	const struct finding want = { SAYS_STAGE | SAYS_INDEX | SAYS_FOUND,
				      PVHBOOT_STAGE_BOOT,
				      PVHBOOT_SUBJECT_MODULE,
				      2,
				      0,
				      MEMORY_SIZE + 4 * MIB + 2 * (CPIO_HEADER + 2),
				      0 };
	struct blob packed[2] = { { 0 }, { 0 } };
	struct boot boot;

	boot_open(&boot, STUBBED_BZIMAGE);
	for (size_t i = 0; i < 2; i++) {
		struct blob initrd = { 0 };

		cpio_file(&initrd, "a", MEMORY_SIZE / 2 + 2 * MIB);
		bz_compress(&packed[i], PVHBOOT_COMPRESSION_GZIP, blob_view(&initrd), NULL);
		boot.modules[i].bytes = blob_view(&packed[i]);
		blob_free(&initrd);
	}
	boot.request.n_modules = 2;
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	expect_warning("prepare", &boot.diag, &want);
	boot_close(&boot);
	blob_free(&packed[0]);
	blob_free(&packed[1]);
}
END_TEST

/* ---- Refusals ------------------------------------------------------------------------------ */

static void no_change(struct boot *boot)
{
	(void)boot;
}

static void for_aarch64(struct boot *boot)
{
	pe_patch(&boot->file, "Machine", 0, 0xaa64);
}

static void no_environment(struct boot *boot)
{
	boot->request.efi = (struct pvhboot_bytes){ NULL, 0 };
}

static void environment_of_text(struct boot *boot)
{
	boot->request.efi = pvhboot_text("this is not an environment");
}

static void with_profile(struct boot *boot)
{
	boot->options.profile = 1;
}

static void with_profile_id(struct boot *boot)
{
	boot->options.profile_id = pvhboot_text("main");
}

static void later_options(struct boot *boot)
{
	boot->options.reserved[0] = 1;
}

static void later_flag_of_a_kernel(struct boot *boot)
{
	boot->options.kernel_flags = 0x80;
}

/* In front of what is wrong with the file. */
static void later_options_of_a_cut_file(struct boot *boot)
{
	later_options(boot);
	boot->file.size = 0xa0;
}

static void without_uki(struct boot *boot)
{
	boot->options.flags = PVHBOOT_OPTION_NO_UKI;
}

static void for_dom0(struct boot *boot)
{
	boot->request.flags = PVHBOOT_REQUEST_DOM0;
}

static void of_version_0(struct boot *boot)
{
	boot->request.flags = PVHBOOT_REQUEST_VERSION_0;
}

static void no_list(struct boot *boot)
{
	boot->request.modules = NULL;
	boot->request.n_modules = 1;
}

/* As much as the environment has room for, and more. */
static struct pvhboot_module initrds[PVHBOOT_EFI_MAX_INITRDS + 1];
static char line[PVHBOOT_EFI_MAX_CMDLINE + 1];
static struct pvhboot_map_entry pieces[PVHBOOT_EFI_MAX_MAP + 1];

static void as_much_as_fits(struct boot *boot)
{
	memset(initrds, 0, sizeof(initrds));
	for (size_t i = 0; i < N_OF(initrds); i++)
		initrds[i].bytes = pvhboot_text("initrd");
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < N_OF(pieces); i++)
		pieces[i] = (struct pvhboot_map_entry){ i << 32, PAGE, PVHBOOT_MAP_RAM, 0 };
	pieces[0].size = MEMORY_SIZE;
	boot->request.modules = initrds;
	boot->request.n_modules = PVHBOOT_EFI_MAX_INITRDS;
	boot->request.cmdline = (struct pvhboot_bytes){ (void *)line, PVHBOOT_EFI_MAX_CMDLINE };
	boot->request.map = pieces;
	boot->request.n_map = PVHBOOT_EFI_MAX_MAP;
}

static void many_initrds(struct boot *boot)
{
	as_much_as_fits(boot);
	boot->request.n_modules++;
}

static void long_line(struct boot *boot)
{
	as_much_as_fits(boot);
	boot->request.cmdline.size++;
}

static void long_map(struct boot *boot)
{
	as_much_as_fits(boot);
	boot->request.n_map++;
}

/* The second initrd: the file in front of them counts too. */
static void bad_module(struct boot *boot)
{
	add_module(boot, "initrd");
	add_module(boot, "initrd");
	boot->modules[1].align = 3;
}

static void small(struct boot *boot)
{
	boot->map[1].size = ENVIRONMENT - MIB;
}

static const struct {
	const char *name;
	enum kind kind;
	void (*change)(struct boot *boot);
	enum pvhboot_status status;
	enum pvhboot_stage stage;
	const char *rule, *detail;
} refusals[] = {
	{ "for another machine", UKI, for_aarch64, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_IMAGE,
	  "a PE file for x86-64", "it is for AArch64" },
	{ "no environment", UKI, no_environment, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "an EFI environment in request.efi; libpvhboot-efi has one", "" },
	{ "another environment", UKI, environment_of_text, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "an EFI environment in request.efi; libpvhboot-efi has one", "" },
	{ "options of a later version", UKI, later_options, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "reserved members of the options", "" },
	{ "the same, and a cut file", UKI, later_options_of_a_cut_file, PVHBOOT_INVAL,
	  PVHBOOT_STAGE_BOOT, "reserved members of the options", "" },
	{ "a kernel's flag of a later version", UKI, later_flag_of_a_kernel, PVHBOOT_INVAL,
	  PVHBOOT_STAGE_BOOT, "kernel_flags of options that are known", "" },
	{ "a profile", UKI, with_profile, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "neither a profile nor NO_UKI with the EFI entry", "" },
	{ "a profile's ID", UKI, with_profile_id, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "neither a profile nor NO_UKI with the EFI entry", "" },
	{ "not what is in the UKI", UKI, without_uki, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT,
	  "neither a profile nor NO_UKI with the EFI entry", "" },
	{ "the control domain", UKI, for_dom0, PVHBOOT_INVAL, PVHBOOT_STAGE_PLAN,
	  "flags DOM0 and VERSION_0 with the PVH entry alone", "" },
	{ "no memory map", UKI, of_version_0, PVHBOOT_INVAL, PVHBOOT_STAGE_PLAN,
	  "flags DOM0 and VERSION_0 with the PVH entry alone", "" },
	{ "no modules at NULL", UKI, no_list, PVHBOOT_INVAL, PVHBOOT_STAGE_PLAN,
	  "arrays that are not NULL with a count", "" },
	{ "17 initrds", UKI, many_initrds, PVHBOOT_LIMIT, PVHBOOT_STAGE_BOOT,
	  "at most 16 initrds with the EFI entry", "" },
	{ "a map of 129 entries", UKI, long_map, PVHBOOT_LIMIT, PVHBOOT_STAGE_BOOT,
	  "a memory map of at most 128 entries with the EFI entry", "" },
	{ "more than 64 KiB of command line", UKI, long_line, PVHBOOT_LIMIT, PVHBOOT_STAGE_BOOT,
	  "a command line of at most 64 KiB with the EFI entry", "" },
	{ "no RAM for the environment", UKI, small, PVHBOOT_RANGE, PVHBOOT_STAGE_PLAN, "", "" },
	{ "no PE file: a kernel", KERNEL, no_change, PVHBOOT_NOTPVH, PVHBOOT_STAGE_PLAN,
	  "a kernel that has the entry asked for",
	  "efi is asked for; the kernel's entries: pvh, linux64" },
	{ "no PE file: a bzImage", BZIMAGE, no_change, PVHBOOT_NOTPVH, PVHBOOT_STAGE_PLAN,
	  "a kernel that has the entry asked for",
	  "efi is asked for; the kernel's entries: pvh, linux64; those of the bzImage as it is: "
	  "bzimage64, bzimage32" },
	{ "no PE file: text", TEXT, no_change, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE,
	  "an ELF file or a bzImage, compressed or not, or a UKI", "a program for DOS" },
	{ "no PE file: nothing", NOTHING, no_change, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE,
	  "an ELF file or a bzImage, compressed or not, or a UKI", "an empty file" },
};

START_TEST(refuses)
{
	const char *name = refusals[_i].name;
	struct boot boot;

	boot_open(&boot, refusals[_i].kind);
	refusals[_i].change(&boot);
	expect_refusal(name, &boot, prepare(&boot), refusals[_i].status, refusals[_i].stage,
		       refusals[_i].rule, refusals[_i].detail);
	expect_true(name, fakemem_untouched(&boot.mem));
	boot_close(&boot);
}
END_TEST

START_TEST(takes_what_there_is_room_for)
{
	struct boot boot;

	boot_open(&boot, UKI);
	as_much_as_fits(&boot);
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	boot_close(&boot);
}
END_TEST

/* A module has the index that it has in the plan. */
START_TEST(index_of_a_module)
{
	const struct finding want = {
		SAYS_STAGE | SAYS_INDEX, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, 2, 0, 0, 0
	};
	struct boot boot;

	boot_open(&boot, UKI);
	bad_module(&boot);
	expect_status("prepare", prepare(&boot), PVHBOOT_INVAL);
	expect_failure("prepare", &boot.diag, PVHBOOT_INVAL, &want);
	boot_close(&boot);
}
END_TEST

/* AUTO never takes it, whatever else there is. */
START_TEST(auto_is_not_efi)
{
	struct boot boot;

	boot_open(&boot, UKI);
	boot.request.entry = PVHBOOT_ENTRY_AUTO;
	expect_status("UKI", prepare(&boot), PVHBOOT_OK);
	expect_eq("UKI", boot.prepared.plan.entry_kind, PVHBOOT_ENTRY_PVH);
	boot_close(&boot);
	boot_open(&boot, PROGRAM);
	boot.request.entry = PVHBOOT_ENTRY_AUTO;
	expect_status("program", prepare(&boot), PVHBOOT_UNSUPPORTED);
	boot_close(&boot);
}
END_TEST

/* Of a kernel that is opened by itself the planner knows no such entry. */
START_TEST(stages_have_no_such_entry)
{
	const struct finding want = {
		SAYS_STAGE, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL, 0, 0, 0, 0
	};
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.entry = PVHBOOT_ENTRY_EFI;
	scene_expect_no_plan("planner", &scene, PVHBOOT_NOTPVH,
			     "a kernel that has the entry asked for", &want);
	scene_close(&scene);
}
END_TEST

/* A plan for the environment is no plan for a request without an entry, where nothing is asked. */
START_TEST(plan_of_another_request)
{
	struct boot boot;

	boot_open(&boot, UKI);
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	boot.request.kernel = &boot.prepared.kernel;
	boot.request.entry = PVHBOOT_ENTRY_AUTO;
	expect_status("check", pvhboot_plan_check(&boot.prepared.plan, &boot.request, &boot.diag),
		      PVHBOOT_NOTPVH);
	ck_assert_str_eq(boot.diag.detail,
			 "AUTO takes none that it has; the kernel's entries: efi");
	boot_close(&boot);
}
END_TEST

START_TEST(memory_that_runs_out)
{
	struct boot boot;
	size_t n = 0;

	boot_open(&boot, UKI);
	add_module(&boot, "initrd");
	do {
		boot.alloc.n_calls = 0;
		boot.alloc.fail_at = ++n;
		if (prepare(&boot) == PVHBOOT_OK)
			break;
		expect_eq("out of memory", boot.diag.status, PVHBOOT_NOMEM);
		expect_eq("out of memory", boot.alloc.n_live, 0);
	} while (n < 100);
	expect_eq("allocations", n, 3); /* the list of modules, and the workspace */
	boot_close(&boot);
}
END_TEST

/* ---- Planning again ------------------------------------------------------------------------- */

START_TEST(plans_again)
{
	struct boot boot;

	boot_open(&boot, UKI);
	expect_status("prepare", prepare(&boot), PVHBOOT_OK);
	boot.request.efi = (struct pvhboot_bytes){ NULL, 0 }; /* it has one */
	add_module(&boot, "initrd");
	expect_status("again", pvhboot_prepared_replan(&boot.prepared, &boot.request, &boot.diag),
		      PVHBOOT_OK);
	expect_good_plan("again", &boot);
	expect_status("commit", pvhboot_prepared_commit(&boot.prepared, NULL, &boot.diag),
		      PVHBOOT_OK);
	expect_guest("again", &boot);
	boot_close(&boot);
}
END_TEST

START_TEST(does_not_change_the_entry)
{
	static const char rule[] = "the EFI entry in both requests or in none; prepare again";
	struct boot boot;

	boot_open(&boot, UKI);
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t first = i == 0 ? PVHBOOT_ENTRY_EFI : PVHBOOT_ENTRY_AUTO;
		size_t n_places;

		boot.request.entry = first;
		expect_status("prepare", prepare(&boot), PVHBOOT_OK);
		n_places = boot.prepared.plan.n_places;
		boot.request.entry = PVHBOOT_ENTRY_EFI - first;
		expect_refusal("other entry", &boot,
			       pvhboot_prepared_replan(&boot.prepared, &boot.request, &boot.diag),
			       PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT, rule, "");
		expect_eq("the plan stays", boot.prepared.plan.n_places, n_places);
		pvhboot_prepared_release(&boot.prepared);
	}
	boot_close(&boot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("efi_entry");
	TCase *tcase = suite_case(suite, "efi_entry");

	tcase_add_loop_test(tcase, files_with_the_entry, 0, (int)N_OF(files));
	tcase_add_test(tcase, no_file);
	tcase_add_loop_test(tcase, boots_as_composed, 0, (int)N_OF(boots));
	tcase_add_test(tcase, modules_by_the_caller);
	tcase_add_test(tcase, no_random_address);
	tcase_add_test(tcase, initrds_larger_than_memory);
	tcase_add_loop_test(tcase, refuses, 0, (int)N_OF(refusals));
	tcase_add_test(tcase, takes_what_there_is_room_for);
	tcase_add_test(tcase, index_of_a_module);
	tcase_add_test(tcase, auto_is_not_efi);
	tcase_add_test(tcase, stages_have_no_such_entry);
	tcase_add_test(tcase, plan_of_another_request);
	tcase_add_test(tcase, memory_that_runs_out);
	tcase_add_test(tcase, plans_again);
	tcase_add_test(tcase, does_not_change_the_entry);
	return suite_run(suite);
}
