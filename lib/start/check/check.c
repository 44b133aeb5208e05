/* SPDX-License-Identifier: MIT */
/* The check of a start state, and its report. */

#include "checking.h"

#include "../../base/sort.h"
#include "../../base/span.h"

_Static_assert(sizeof(struct pvhb_start_work) + sizeof(uint64_t) <= PVHBOOT_START_CHECK_NEED,
	       "the workspace holds all of it");
_Static_assert(sizeof(struct pvhb_extent) <= PVHB_SORT_MAX_SIZE, "extents can be sorted");

/* Where there is room for one more. */
static void append(struct pvhboot_start_report *report, struct pvhboot_start_finding finding)
{
	if (report->n_findings < report->max_findings)
		report->findings[report->n_findings] = finding;
}

void pvhb_start_report(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		       uint32_t guests, struct pvhboot_finding finding)
{
	struct pvhboot_start_report *report = c->report;

	append(report, (struct pvhboot_start_finding){ finding, severity, guests });
	report->n_findings++;
	report->n_errors += severity == PVHBOOT_SEVERITY_ERROR;
	report->n_warnings += severity == PVHBOOT_SEVERITY_WARNING;
	report->n_notes += severity == PVHBOOT_SEVERITY_NOTE;
}

void pvhb_start_found(struct pvhb_start_checking *c, enum pvhboot_severity severity,
		      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule)
{
	pvhb_start_report(c, severity, PVHBOOT_FOR_ABI,
			  pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found, bound, rule));
}

void pvhb_start_found_plain(struct pvhb_start_checking *c, enum pvhboot_severity severity,
			    struct pvhb_at at, const char *rule)
{
	pvhb_start_report(c, severity, PVHBOOT_FOR_ABI, pvhb_finding(at, 0, 0, 0, rule));
}

void pvhb_start_found_unreadable(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t size,
				 int result)
{
	struct pvhb_start_fault fault = pvhb_start_unreadable(at, size, result);

	pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, fault.at, fault.found, fault.bound, fault.rule);
}

void pvhb_start_found_guest(struct pvhb_start_checking *c, enum pvhb_guest_rule rule,
			    struct pvhb_at at, uint64_t found)
{
	const struct pvhb_guest_row *row = &pvhb_guest_rows[rule];

	at.unit = row->unit;
	pvhb_start_report(c, (enum pvhboot_severity)row->severity, row->guests,
			  row->has_numbers ? pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found,
							  row->bound, row->rule) :
					     pvhb_finding(at, 0, 0, 0, row->rule));
}

void pvhb_start_at_most(struct pvhb_start_checking *c, enum pvhb_guest_rule rule, struct pvhb_at at,
			uint64_t found)
{
	if (found > pvhb_guest_rows[rule].bound)
		pvhb_start_found_guest(c, rule, at, found);
}

void pvhb_start_looked_at(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t total,
			  uint32_t n, const char *rule)
{
	if (total > n)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, pvhb_in_count(at), total, n, rule);
}

void pvhb_start_reserved(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t reserved)
{
	if (reserved != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, reserved, 0,
				 "0 in the reserved member");
}

static enum pvhboot_status check_arguments(const struct pvhboot_memory *memory,
					   const struct pvhboot_cpu *cpu,
					   struct pvhboot_buffer workspace,
					   const struct pvhboot_start_report *report,
					   struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_WORKSPACE);
	enum pvhboot_status status = pvhb_start_check_memory(memory, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (report == NULL || (report->findings == NULL && report->max_findings != 0))
		return pvhb_start_invalid(
			diag, "report, and its findings with a size, that are not NULL");
	if (!pvhb_are_zero(report->reserved, sizeof(report->reserved) / sizeof(uint64_t)))
		return pvhb_start_invalid(diag, "reserved of report that is 0");
	if (cpu != NULL && !pvhb_are_zero(cpu->reserved, sizeof(cpu->reserved) / sizeof(uint64_t)))
		return pvhb_start_invalid(diag, "reserved of cpu that is 0");
	if (workspace.data == NULL)
		return pvhb_start_invalid(diag, "a workspace that is not NULL");
	if (workspace.size < PVHBOOT_START_CHECK_NEED)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, pvhb_in_bytes(at), workspace.size,
				 PVHBOOT_START_CHECK_NEED,
				 "a workspace of PVHBOOT_START_CHECK_NEED bytes");
	return PVHBOOT_OK;
}

static void check_parts(struct pvhb_start_checking *c)
{
	pvhb_start_check_cmdline(c);
	pvhb_start_check_modules(c);
	pvhb_start_check_map(c);
	pvhb_start_check_rsdp(c);
}

/* False: there is no start_info. */
static bool check_info(struct pvhb_start_checking *c)
{
	if (!pvhb_start_check_info(c))
		return false;
	check_parts(c);
	return true;
}

static void check_entry(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	pvhb_start_check_registers(c, cpu);
	/* page 0 is as good as another: kernels are linked there too */
	if (cpu->rip < PVHB_4GIB)
		pvhb_start_keep(c, pvhb_start_at(PVHBOOT_SUBJECT_ENTRY, cpu->rip), cpu->rip, 1);
}

static void check_start(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const bool has_start = check_info(c);

	if (cpu != NULL)
		check_entry(c, cpu);
	if (has_start)
		pvhb_start_check_places(c);
}

/* Where there is a boot_params. */
static void check_linux_entry(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	pvhb_start_keep_kernel(c, cpu);
	pvhb_start_check_paging(c, cpu);
}

static void check_boot_params(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const bool has_params = pvhb_start_check_boot_params(c);

	if (cpu != NULL)
		pvhb_start_check_linux_registers(c, cpu);
	if (!has_params)
		return;
	if (cpu != NULL)
		check_linux_entry(c, cpu);
	pvhb_start_check_places(c);
}

/* What check_arguments() has passed. Of the workspace nothing is read before it is written. */
static void check(const struct pvhboot_memory *memory, uint64_t gpa, const struct pvhboot_cpu *cpu,
		  struct pvhboot_buffer workspace, struct pvhboot_start_report *report,
		  bool is_boot_params)
{
	struct pvhb_start_work *work = (void *)pvhb_aligned(workspace.data);
	struct pvhb_start_checking c = {
		.start = { .memory = memory, .gpa = gpa },
		.report = report,
		.work = work,
		.ram = { work->ram, 0 },
	};

	report->n_findings = report->n_errors = report->n_warnings = report->n_notes = 0;
	if (is_boot_params)
		check_boot_params(&c, cpu);
	else
		check_start(&c, cpu);
}

enum pvhboot_status pvhboot_start_check(const struct pvhboot_memory *memory, uint64_t gpa,
					const struct pvhboot_cpu *cpu,
					struct pvhboot_buffer workspace,
					struct pvhboot_start_report *report,
					struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_arguments(memory, cpu, workspace, report, diag);

	if (status == PVHBOOT_OK)
		check(memory, gpa, cpu, workspace, report, false);
	return status;
}

enum pvhboot_status pvhboot_boot_params_check(const struct pvhboot_memory *memory, uint64_t gpa,
					      const struct pvhboot_cpu *cpu,
					      struct pvhboot_buffer workspace,
					      struct pvhboot_start_report *report,
					      struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_arguments(memory, cpu, workspace, report, diag);

	if (status == PVHBOOT_OK)
		check(memory, gpa, cpu, workspace, report, true);
	return status;
}
