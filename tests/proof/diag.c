/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/diag.c
 * Not proved: pvhboot_version pvhboot_status_name pvhboot_status_is_foreign put_char put_text
 * put_hex divide_by_10 put_decimal end_line stage_name subject_name put_number is_gpa_stage
 * put_needed put_numbers put_rule put_finding pvhboot_finding_format pvhboot_diag_format
 * append_detail pvhb_detail_text pvhb_detail_bytes detail_in pvhb_detail_number pvhb_detail_hex:
 * makes a text of what was recorded;
 */

#include "base.h"

#include "../../lib/base/diag.c"

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == status; */
static enum pvhboot_status record(struct pvhboot_diag *diag, enum pvhboot_status status,
				  struct pvhboot_finding failure);

/*@ requires optional(diag);
    assigns *diag; */
static void append_warning(struct pvhboot_diag *diag, struct pvhboot_finding warning);
