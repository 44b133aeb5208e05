/* SPDX-License-Identifier: MIT */
/* How a rule that does not hold becomes a status and a diagnostic. */
#ifndef PVHB_DIAG_H
#define PVHB_DIAG_H

#include "env.h"

/* Where: a finding without its rule and numbers. */
struct pvhb_at {
	uint64_t offset;
	uint32_t index;
	uint16_t stage;
	uint8_t subject;
	uint8_t has;
};

static inline struct pvhb_at pvhb_at(enum pvhboot_stage stage, enum pvhboot_subject subject)
{
	return (struct pvhb_at){ 0, 0, (uint16_t)stage, (uint8_t)subject, 0 };
}

static inline struct pvhb_at pvhb_at_offset(enum pvhboot_stage stage, enum pvhboot_subject subject,
					    uint64_t offset)
{
	return (struct pvhb_at){ offset, 0, (uint16_t)stage, (uint8_t)subject, PVHBOOT_HAS_OFFSET };
}

static inline struct pvhb_at pvhb_at_index(enum pvhboot_stage stage, enum pvhboot_subject subject,
					   uint64_t index)
{
	return (struct pvhb_at){ 0, (uint32_t)index, (uint16_t)stage, (uint8_t)subject,
				 PVHBOOT_HAS_INDEX };
}

static inline struct pvhb_at pvhb_at_element(enum pvhboot_stage stage, enum pvhboot_subject subject,
					     uint64_t index, uint64_t offset)
{
	return (struct pvhb_at){ offset, (uint32_t)index, (uint16_t)stage, (uint8_t)subject,
				 PVHBOOT_HAS_INDEX | PVHBOOT_HAS_OFFSET };
}

/* has: PVHBOOT_HAS_* beside those of at. */
struct pvhboot_finding pvhb_finding(struct pvhb_at at, uint8_t has, uint64_t found, uint64_t bound,
				    const char *rule);

/* Both return status, so that a check is one line: return pvhb_fail(…). diag
 * may be NULL. rule states what should have held. */
enum pvhboot_status pvhb_fail(struct pvhboot_diag *diag, enum pvhboot_status status,
			      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule);
enum pvhboot_status pvhb_fail_plain(struct pvhboot_diag *diag, enum pvhboot_status status,
				    struct pvhb_at at, const char *rule);

void pvhb_warn(struct pvhboot_diag *diag, struct pvhb_at at, uint64_t found, uint64_t bound,
	       const char *rule);
void pvhb_warn_plain(struct pvhboot_diag *diag, struct pvhb_at at, const char *rule);

/* How many warnings there have been. */
uint32_t pvhb_n_warnings(const struct pvhboot_diag *diag);

/* For the end of a call that succeeds: WARNED when it has warned, since there had
 * been `before` warnings, and the caller is strict; else OK. */
enum pvhboot_status pvhb_strict(struct pvhboot_diag *diag, uint32_t before);

/* Append to the detail of the failure that was just reported; what does not fit
 * is dropped, and so is what is not printable ASCII. */
void pvhb_detail_text(struct pvhboot_diag *diag, const char *text);
void pvhb_detail_bytes(struct pvhboot_diag *diag, struct pvhboot_bytes bytes);
void pvhb_detail_number(struct pvhboot_diag *diag, uint32_t number);

#endif
