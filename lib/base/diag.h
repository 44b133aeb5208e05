/* SPDX-License-Identifier: MIT */
/* How a rule that does not hold becomes a status and a diagnostic. */
#ifndef PVHB_DIAG_H
#define PVHB_DIAG_H

#include "env.h"

/* Where, and in which unit: a finding without its rule and numbers. */
struct pvhb_at {
	uint64_t offset;
	uint32_t index;
	uint8_t stage;
	uint8_t subject;
	uint8_t has;
	uint8_t unit;
};

static inline struct pvhb_at pvhb_at(enum pvhboot_stage stage, enum pvhboot_subject subject)
{
	return (struct pvhb_at){ .stage = (uint8_t)stage, .subject = (uint8_t)subject };
}

static inline struct pvhb_at pvhb_at_offset(enum pvhboot_stage stage, enum pvhboot_subject subject,
					    uint64_t offset)
{
	struct pvhb_at at = pvhb_at(stage, subject);

	at.offset = offset;
	at.has = PVHBOOT_HAS_OFFSET;
	return at;
}

static inline struct pvhb_at pvhb_at_index(enum pvhboot_stage stage, enum pvhboot_subject subject,
					   uint64_t index)
{
	struct pvhb_at at = pvhb_at(stage, subject);

	at.index = (uint32_t)index;
	at.has = PVHBOOT_HAS_INDEX;
	return at;
}

static inline struct pvhb_at pvhb_at_element(enum pvhboot_stage stage, enum pvhboot_subject subject,
					     uint64_t index, uint64_t offset)
{
	struct pvhb_at at = pvhb_at_offset(stage, subject, offset);

	at.index = (uint32_t)index;
	at.has |= PVHBOOT_HAS_INDEX;
	return at;
}

/* The same place, with numbers of another unit than addresses. */
static inline struct pvhb_at pvhb_in(enum pvhboot_unit unit, struct pvhb_at at)
{
	at.unit = (uint8_t)unit;
	return at;
}

static inline struct pvhb_at pvhb_in_bytes(struct pvhb_at at)
{
	return pvhb_in(PVHBOOT_UNIT_BYTES, at);
}

static inline struct pvhb_at pvhb_in_count(struct pvhb_at at)
{
	return pvhb_in(PVHBOOT_UNIT_COUNT, at);
}

/* The same place; the numbers are what is needed and what is allowed. */
static inline struct pvhb_at pvhb_needing(struct pvhb_at at)
{
	at.has |= PVHBOOT_HAS_NEED;
	return at;
}

/* has: PVHBOOT_HAS_* beside those of at. */
struct pvhboot_finding pvhb_finding(struct pvhb_at at, uint8_t has, uint64_t found, uint64_t bound,
				    const char *rule);

/* Both return status, so that a check is one line: return pvhb_fail(…). diag
 * may be NULL. rule states what should have held; behind "; " it may say what to do. */
enum pvhboot_status pvhb_fail(struct pvhboot_diag *diag, enum pvhboot_status status,
			      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule);
enum pvhboot_status pvhb_fail_plain(struct pvhboot_diag *diag, enum pvhboot_status status,
				    struct pvhb_at at, const char *rule);

void pvhb_warn(struct pvhboot_diag *diag, struct pvhb_at at, uint64_t found, uint64_t bound,
	       const char *rule);
void pvhb_warn_plain(struct pvhboot_diag *diag, struct pvhb_at at, const char *rule);

/* What has just failed becomes a warning: the caller does without. */
void pvhb_warn_of_failure(struct pvhboot_diag *diag);

/* How many warnings there have been. */
uint32_t pvhb_n_warnings(const struct pvhboot_diag *diag);

/* For the end of a call that succeeds, and whose caller is strict: WARNED when there were
 * warnings since there had been `before` of them, else OK. */
enum pvhboot_status pvhb_strict(struct pvhboot_diag *diag, uint32_t before);

/* Append to the detail of the failure that was just reported, each as a whole: what does not
 * fit becomes "...", and so does all that comes behind it. Bytes that are not printable ASCII
 * become '?'. */
void pvhb_detail_text(struct pvhboot_diag *diag, const char *text);
void pvhb_detail_bytes(struct pvhboot_diag *diag, struct pvhboot_bytes bytes);
void pvhb_detail_number(struct pvhboot_diag *diag, uint32_t number);
void pvhb_detail_hex(struct pvhboot_diag *diag, uint64_t number);

#endif
