/* SPDX-License-Identifier: MIT */
/*
 * start.h: the whole input is guest memory that somebody else wrote, with a start_info or a
 * boot_params. Reading and checking it stays within the bounds that the header names, what map
 * lends is given back, and what is read twice through map and through read is the same.
 */

#include <pvhboot/start.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define GPA UINT64_C(0x1000) /* of the input's first byte, behind four of settings */
#define MAX_FINDINGS 24

/* Of the first byte of settings. The others are those of a register, where it is filled. */
#define HAS_CPU 1u
#define IS_FILLED 2u
#define IS_64BIT 64u
#define IS_LINUX 128u /* a boot_params */

/* For registers of Linux. */
#define PAGE_TABLES (GPA + 0x1000)
#define GDT (GPA + 0x3000)

#define TEXT_SIZE 300

static const uint8_t read_statuses[] = {
	PVHBOOT_MEMIO, PVHBOOT_FORMAT, PVHBOOT_MALFORMED, PVHBOOT_LIMIT, PVHBOOT_RANGE, 0,
};
static const uint8_t part_statuses[] = {
	PVHBOOT_MEMIO, PVHBOOT_MALFORMED, PVHBOOT_RANGE, PVHBOOT_NOSPACE, 0,
};

struct guest {
	struct pvhboot_bytes bytes;
	uint64_t n_reads; /* bytes that were asked for, all together */
	void *lent;       /* by map, a copy; NULL: none */
	uint64_t lent_gpa;
	uint64_t lent_size;
};

static const uint8_t *find(struct guest *guest, uint64_t gpa, uint64_t size)
{
	MUST(size > 0 && size <= UINT64_MAX - gpa);
	guest->n_reads += size;
	if (gpa < GPA || gpa - GPA > guest->bytes.size || size > guest->bytes.size - (gpa - GPA))
		return NULL;
	return guest->bytes.data + (gpa - GPA);
}

static void *guest_map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;
	const uint8_t *from = find(guest, gpa, size);

	MUST(guest->lent == NULL);
	if (!from)
		return NULL;
	guest->lent = fuzz_alloc((size_t)size);
	guest->lent_gpa = gpa;
	guest->lent_size = size;
	memcpy(guest->lent, from, (size_t)size);
	return guest->lent;
}

static void guest_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	MUST(host != NULL && host == guest->lent);
	MUST(gpa == guest->lent_gpa && size == guest->lent_size);
	free(guest->lent);
	guest->lent = NULL;
}

static int guest_read(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const void *from = find(ctx, gpa, size);

	if (!from)
		return -5;
	memcpy(bytes, from, size);
	return 0;
}

static void check_text(const struct pvhboot_start *start, uint64_t gpa)
{
	struct pvhboot_buffer out = { fuzz_alloc(TEXT_SIZE), TEXT_SIZE };
	struct pvhboot_diag diag = { 0 };
	size_t size = SIZE_MAX;
	enum pvhboot_status status = pvhboot_start_text(start, gpa, out, &size, &diag);

	MUST(fuzz_is_one_of(status, part_statuses));
	fuzz_check_diag(&diag, status);
	if (status == PVHBOOT_OK) {
		MUST(size <= TEXT_SIZE && (size == 0) == (gpa == 0));
		MUST(size == 0 || memchr(out.data, 0, size) == out.data + size - 1);
	}
	free(out.data);
}

static void check_modules(const struct pvhboot_start *start)
{
	enum pvhboot_status status = PVHBOOT_OK;

	MUST(start->n_modules <= PVHBOOT_START_MAX_MODULES);
	for (uint32_t i = 0; i < start->n_modules && status == PVHBOOT_OK; i++) {
		struct pvhboot_listed_module module;
		struct pvhboot_diag diag = { 0 };

		status = pvhboot_start_module(start, i, &module, &diag);
		MUST(fuzz_is_one_of(status, part_statuses));
		fuzz_check_diag(&diag, status);
		if (status == PVHBOOT_OK) {
			msan_must_be_written(&module, sizeof(module));
			MUST(module.gpa != 0 && module.size <= UINT64_MAX - module.gpa);
			check_text(start, module.cmdline);
		}
	}
}

static void check_map(const struct pvhboot_start *start)
{
	enum pvhboot_status status = PVHBOOT_OK;

	MUST(start->n_map <= PVHBOOT_START_MAX_MAP);
	for (uint32_t i = 0; i < start->n_map && status == PVHBOOT_OK; i++) {
		struct pvhboot_map_entry entry;
		struct pvhboot_diag diag = { 0 };

		status = pvhboot_start_map_entry(start, i, &entry, &diag);
		MUST(fuzz_is_one_of(status, part_statuses));
		fuzz_check_diag(&diag, status);
		if (status == PVHBOOT_OK) {
			msan_must_be_written(&entry, sizeof(entry));
			MUST(entry.size <= UINT64_MAX - entry.gpa);
		}
	}
}

static enum pvhboot_status check_reading(const struct pvhboot_memory *memory, uint64_t gpa)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_start start;
	enum pvhboot_status status = pvhboot_start_read(memory, gpa, &start, &diag);

	MUST(fuzz_is_one_of(status, read_statuses));
	fuzz_check_diag(&diag, status);
	if (status)
		return status;
	msan_must_be_written(&start, sizeof(start));
	check_text(&start, start.cmdline);
	check_modules(&start);
	check_map(&start);
	return status;
}

typedef enum pvhboot_status check_function(const struct pvhboot_memory *, uint64_t,
					   const struct pvhboot_cpu *, struct pvhboot_buffer,
					   struct pvhboot_start_report *, struct pvhboot_diag *);

/* The report's numbers agree, and no more is read than the header's bounds allow. */
static struct pvhboot_start_report check_checking(check_function *check,
						  const struct pvhboot_memory *memory, uint64_t gpa,
						  const struct pvhboot_cpu *cpu,
						  struct pvhboot_start_finding *findings)
{
	struct pvhboot_start_report report = { .findings = findings, .max_findings = MAX_FINDINGS };
	struct pvhboot_buffer workspace = { fuzz_alloc(PVHBOOT_START_CHECK_NEED),
					    PVHBOOT_START_CHECK_NEED };
	struct guest *guest = memory->ctx;
	struct pvhboot_diag diag = { 0 };
	char text[512];

	fuzz_clobber(findings, MAX_FINDINGS * sizeof(*findings));
	guest->n_reads = 0;
	MUST(check(memory, gpa, cpu, workspace, &report, &diag) == PVHBOOT_OK);
	fuzz_check_diag(&diag, PVHBOOT_OK);
	free(workspace.data);
	MUST(report.n_findings == report.n_errors + report.n_warnings + report.n_notes);
	for (size_t i = 0; i < report.n_findings && i < MAX_FINDINGS; i++) {
		msan_must_be_written(&findings[i], sizeof(findings[i]));
		MUST(findings[i].finding.rule != NULL && findings[i].guests != 0);
		MUST(findings[i].severity >= PVHBOOT_SEVERITY_ERROR &&
		     findings[i].severity <= PVHBOOT_SEVERITY_NOTE);
		MUST(pvhboot_finding_format(&findings[i].finding, text, sizeof(text)) <
		     sizeof(text));
	}
	/* Lists, a text of a module each and the kernel's, the RSDP, and as much again
	 * where map fails and read is asked too. Page tables are far less. */
	MUST(guest->n_reads <=
	     2 * ((PVHBOOT_START_CHECK_MODULES + 2) * (uint64_t)(PVHBOOT_START_CHECK_TEXT + 4096) +
		  PVHBOOT_START_CHECK_MAP * 24 + 65536));
	return report;
}

/* The registers of an entry, with what the input says of them; or other registers. */
static struct pvhboot_cpu make_cpu(uint32_t settings, uint64_t gpa, uint32_t entry)
{
	struct pvhboot_plan plan = { .start_info = gpa, .entry = entry };
	struct pvhboot_cpu cpu;

	if (settings & IS_LINUX) {
		plan.entry_kind =
			settings & IS_64BIT ? PVHBOOT_ENTRY_BZIMAGE64 : PVHBOOT_ENTRY_BZIMAGE32;
		plan.entry = (uint64_t)entry << 9;
		plan.page_tables = PAGE_TABLES;
		plan.gdt = GDT;
	}
	pvhboot_plan_cpu(&plan, &cpu);
	if (settings & IS_FILLED)
		memset(&cpu, (int)(settings >> 2), offsetof(struct pvhboot_cpu, reserved));
	return cpu;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint32_t settings = (uint32_t)input_take(&input, 1);
	uint64_t gpa = GPA + input_take(&input, 1) * 4;
	const struct pvhboot_cpu registers =
		make_cpu(settings, gpa, (uint32_t)input_take(&input, 2));
	const struct pvhboot_cpu *cpu = settings & HAS_CPU ? &registers : NULL;
	check_function *check =
		settings & IS_LINUX ? pvhboot_boot_params_check : pvhboot_start_check;
	struct pvhboot_start_finding by_map[MAX_FINDINGS], by_read[MAX_FINDINGS];
	struct pvhboot_start_report a, b;
	struct guest guest;
	struct pvhboot_memory memory = { .ctx = &guest, .map = guest_map, .unmap = guest_unmap };

	guest = (struct guest){ .bytes = input_rest(&input) };
	a = check_checking(check, &memory, gpa, cpu, by_map);
	check_reading(&memory, gpa);
	MUST(guest.lent == NULL);
	memory.map = NULL;
	memory.unmap = NULL;
	memory.read = guest_read;
	b = check_checking(check, &memory, gpa, cpu, by_read);
	check_reading(&memory, gpa);
	MUST(a.n_errors == b.n_errors && a.n_warnings == b.n_warnings && a.n_notes == b.n_notes);
	free((void *)(uintptr_t)guest.bytes.data);
	return 0;
}
