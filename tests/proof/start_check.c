/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/check.c */

#include "checking.h"

/* Assumed, as all of it is. */
/*@ assigns \nothing;
    ensures \exists integer n; 0 <= n < sizeof(uint64_t) && \result == workspace + n; */
static inline uint8_t *pvhb_aligned(uint8_t *workspace);

#include "../../lib/start/check/check.c"

/*@
  // What a caller gives: a report with or without findings, and bytes to work in.
  predicate asked(struct pvhboot_start_report *r, struct pvhboot_buffer workspace) =
    (workspace.data == \null || \valid(workspace.data + (0 .. workspace.size - 1))) &&
    (r != \null ==>
     \valid(r) && \separated(r, r->findings + (0 .. r->max_findings - 1)) &&
     (r->max_findings == 0 || r->findings == \null ||
      \valid(r->findings + (0 .. r->max_findings - 1))));
  predicate begun(struct pvhb_start_checking *c) =
    checking(c) && c->n_extents == 0 && c->n_entries == 0 && c->start.n_map == 0;
*/

/*@ requires memory(memory) && (report == \null || \valid_read(report));
    requires (cpu == \null || \valid_read(cpu)) && optional(diag);
    requires \separated(diag, memory, report, cpu);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> \valid_read(memory) && \valid_read(report);
    ensures \result == PVHBOOT_OK ==> report != \null;
    ensures \result == PVHBOOT_OK ==> report->findings != \null || report->max_findings == 0;
    ensures \result == PVHBOOT_OK ==> workspace.data != \null;
    ensures \result == PVHBOOT_OK ==> workspace.size >= PVHBOOT_START_CHECK_NEED; */
static enum pvhboot_status check_arguments(const struct pvhboot_memory *memory,
					   const struct pvhboot_cpu *cpu,
					   struct pvhboot_buffer workspace,
					   const struct pvhboot_start_report *report,
					   struct pvhboot_diag *diag);

/*@ requires report(report);
    assigns report->findings[0 .. report->max_findings - 1];
    ensures report(report);
    ensures report->findings == \old(report->findings); */
static void append(struct pvhboot_start_report *report, struct pvhboot_start_finding finding);

/*@ requires checking(c) && room(c, 2 * PVHBOOT_START_CHECK_MODULES + 4) && c->n_entries == 0;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c);
    ensures checking(c);
    ensures fixed{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 2 * PVHBOOT_START_CHECK_MODULES + 4; */
static void check_parts(struct pvhb_start_checking *c);

/*@ requires begun(c);
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c),
      c->start.version, c->start.flags, c->start.n_modules, c->start.modules, c->start.cmdline,
      c->start.rsdp, c->start.map, c->start.n_map, c->start.reserved;
    ensures checking(c);
    ensures fixed{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 2 * PVHBOOT_START_CHECK_MODULES + 5; */
static bool check_info(struct pvhb_start_checking *c);

/*@ requires checking(c) && room(c, 1) && \valid_read(cpu);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures fixed{Pre, Here}(c); */
static void check_entry(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires begun(c) && (cpu == \null || \valid_read(cpu));
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c),
      SORTED(c->work->extents, PVHB_START_MAX_EXTENTS), c->start.version, c->start.flags,
      c->start.n_modules, c->start.modules, c->start.cmdline, c->start.rsdp, c->start.map,
      c->start.n_map, c->start.reserved; */
static void check_start(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires checking(c) && room(c, PVHBOOT_START_CHECK_TABLES + 1) && \valid_read(cpu);
    requires c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    assigns FINDINGS(c), EXTENTS(c), SORTED(c->work->extents, PVHB_START_MAX_EXTENTS);
    ensures checking(c);
    ensures fixed{Pre, Here}(c); */
static void check_linux_entry(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires begun(c) && (cpu == \null || \valid_read(cpu));
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c),
      SORTED(c->work->extents, PVHB_START_MAX_EXTENTS), c->params, c->may_be_high, c->start.rsdp,
      c->start.n_map, c->work->params[0 .. PVHBOOT_BOOT_PARAMS_SIZE - 1]; */
static void check_boot_params(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu);

/*@ requires report(report) && \valid_read(memory) && (cpu == \null || \valid_read(cpu));
    requires workspace.size >= PVHBOOT_START_CHECK_NEED;
    requires \valid(workspace.data + (0 .. workspace.size - 1));
    requires \separated(workspace.data + (0 .. workspace.size - 1), report);
    requires \separated(workspace.data + (0 .. workspace.size - 1), memory);
    assigns report->n_findings, report->n_errors, report->n_warnings, report->n_notes,
      report->findings[0 .. report->max_findings - 1], workspace.data[0 .. workspace.size - 1]; */
static void check(const struct pvhboot_memory *memory, uint64_t gpa, const struct pvhboot_cpu *cpu,
		  struct pvhboot_buffer workspace, struct pvhboot_start_report *report,
		  bool is_boot_params);

/*@ requires memory(memory) && (cpu == \null || \valid_read(cpu)) && optional(diag);
    requires asked(report, workspace) && \separated(diag, memory, report, cpu);
    requires \separated(workspace.data + (0 .. workspace.size - 1), report);
    requires \separated(workspace.data + (0 .. workspace.size - 1), memory);
    assigns *diag, report->n_findings, report->n_errors, report->n_warnings, report->n_notes,
      report->findings[0 .. report->max_findings - 1], workspace.data[0 .. workspace.size - 1]; */
enum pvhboot_status pvhboot_start_check(const struct pvhboot_memory *memory, uint64_t gpa,
					const struct pvhboot_cpu *cpu,
					struct pvhboot_buffer workspace,
					struct pvhboot_start_report *report,
					struct pvhboot_diag *diag);

/*@ requires memory(memory) && (cpu == \null || \valid_read(cpu)) && optional(diag);
    requires asked(report, workspace) && \separated(diag, memory, report, cpu);
    requires \separated(workspace.data + (0 .. workspace.size - 1), report);
    requires \separated(workspace.data + (0 .. workspace.size - 1), memory);
    assigns *diag, report->n_findings, report->n_errors, report->n_warnings, report->n_notes,
      report->findings[0 .. report->max_findings - 1], workspace.data[0 .. workspace.size - 1]; */
enum pvhboot_status pvhboot_boot_params_check(const struct pvhboot_memory *memory, uint64_t gpa,
					      const struct pvhboot_cpu *cpu,
					      struct pvhboot_buffer workspace,
					      struct pvhboot_start_report *report,
					      struct pvhboot_diag *diag);
