/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/check.c
 * Not proved: pvhboot_start_check pvhboot_boot_params_check: call all the others in turn, of which
 *   provers lose track;
 */

#include "checking.h"

#include "../../lib/start/check/check.c"

/*@ requires \valid(report);
    assigns report->n_findings, report->n_errors, report->n_warnings, report->n_notes; */
static struct pvhb_start_checking begin(const struct pvhboot_memory *memory, uint64_t gpa,
					struct pvhboot_buffer workspace,
					struct pvhboot_start_report *report);

/*@ requires memory(memory) && (report == \null || \valid_read(report));
    requires (cpu == \null || \valid_read(cpu)) && optional(diag);
    requires \separated(diag, memory, report, cpu);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> \valid_read(memory) && \valid_read(report); */
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
