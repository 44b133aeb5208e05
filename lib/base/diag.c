/* SPDX-License-Identifier: MIT */
/* Statuses and findings: their recording, their names and their text. */

#include "diag.h"
#include "span.h"

#include <pvhboot/version.h>

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)

const char *pvhboot_version(void)
{
	return STRING(PVHBOOT_VERSION_MAJOR) "." STRING(PVHBOOT_VERSION_MINOR) "." STRING(
		PVHBOOT_VERSION_PATCH);
}

const char *pvhboot_status_name(enum pvhboot_status status)
{
	switch (status) {
	case PVHBOOT_OK:
		return "OK";
	case PVHBOOT_INVAL:
		return "INVAL";
	case PVHBOOT_NOSPACE:
		return "NOSPACE";
	case PVHBOOT_WARNED:
		return "WARNED";
	case PVHBOOT_TRUNCATED:
		return "TRUNCATED";
	case PVHBOOT_FORMAT:
		return "FORMAT";
	case PVHBOOT_MALFORMED:
		return "MALFORMED";
	case PVHBOOT_UNSUPPORTED:
		return "UNSUPPORTED";
	case PVHBOOT_CORRUPT:
		return "CORRUPT";
	case PVHBOOT_LIMIT:
		return "LIMIT";
	case PVHBOOT_NOTPVH:
		return "NOTPVH";
	case PVHBOOT_NOMEM:
		return "NOMEM";
	case PVHBOOT_NOROOM:
		return "NOROOM";
	case PVHBOOT_OVERLAP:
		return "OVERLAP";
	case PVHBOOT_RANGE:
		return "RANGE";
	case PVHBOOT_MEMIO:
		return "MEMIO";
	case PVHBOOT_INTERNAL:
		return "INTERNAL";
	}
	return "?";
}

int pvhboot_status_is_foreign(enum pvhboot_status status)
{
	return status == PVHBOOT_FORMAT || status == PVHBOOT_UNSUPPORTED ||
	       status == PVHBOOT_NOTPVH;
}

struct pvhboot_finding pvhb_finding(struct pvhb_at at, uint8_t has, uint64_t found, uint64_t bound,
				    const char *rule)
{
	return (struct pvhboot_finding){
		.rule = rule,
		.offset = at.offset,
		.found = found,
		.bound = bound,
		.index = at.index,
		.stage = at.stage,
		.subject = at.subject,
		.has = (uint8_t)(at.has | has),
		.unit = at.unit,
	};
}

static enum pvhboot_status record(struct pvhboot_diag *diag, enum pvhboot_status status,
				  struct pvhboot_finding failure)
{
	if (diag != NULL) {
		diag->status = (uint16_t)status;
		diag->failure = failure;
		diag->detail[0] = '\0';
	}
	return status;
}

enum pvhboot_status pvhb_fail(struct pvhboot_diag *diag, enum pvhboot_status status,
			      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule)
{
	return record(diag, status, pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found, bound, rule));
}

enum pvhboot_status pvhb_fail_plain(struct pvhboot_diag *diag, enum pvhboot_status status,
				    struct pvhb_at at, const char *rule)
{
	return record(diag, status, pvhb_finding(at, 0, 0, 0, rule));
}

static void append_warning(struct pvhboot_diag *diag, struct pvhboot_finding warning)
{
	if (diag == NULL)
		return;
	if (diag->n_warnings < PVHBOOT_MAX_WARNINGS)
		diag->warnings[diag->n_warnings++] = warning;
	else if (diag->n_lost < UINT32_MAX - PVHBOOT_MAX_WARNINGS) /* the sum of both fits too */
		diag->n_lost++;
}

void pvhb_warn(struct pvhboot_diag *diag, struct pvhb_at at, uint64_t found, uint64_t bound,
	       const char *rule)
{
	append_warning(diag, pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found, bound, rule));
}

void pvhb_warn_plain(struct pvhboot_diag *diag, struct pvhb_at at, const char *rule)
{
	append_warning(diag, pvhb_finding(at, 0, 0, 0, rule));
}

void pvhb_warn_of_failure(struct pvhboot_diag *diag)
{
	if (diag == NULL)
		return;
	append_warning(diag, diag->failure);
	record(diag, PVHBOOT_OK, (struct pvhboot_finding){ .rule = NULL });
}

uint32_t pvhb_n_warnings(const struct pvhboot_diag *diag)
{
	return diag != NULL ? diag->n_warnings + diag->n_lost : 0;
}

enum pvhboot_status pvhb_strict(struct pvhboot_diag *diag, uint32_t before)
{
	if (pvhb_n_warnings(diag) == before)
		return PVHBOOT_OK;
	/* a list that was full before the call has lost this one: the last one kept
	 * stands for it */
	return record(diag, PVHBOOT_WARNED,
		      diag->warnings[pvhb_min(before, PVHBOOT_MAX_WARNINGS - 1)]);
}

/* A line that is being written: length may run past max, what lies there is
 * counted and dropped. */
struct line {
	char *text;
	size_t max;
	size_t length;
};

static void put_char(struct line *line, char c)
{
	if (line->length < line->max) /* end_line() takes the last one */
		line->text[line->length] = c;
	line->length++;
}

static void put_text(struct line *line, const char *text)
{
	while (*text != '\0')
		put_char(line, *text++);
}

static void put_hex(struct line *line, uint64_t number)
{
	unsigned shift = 60;

	put_text(line, "0x");
	while (shift > 0 && number >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		put_char(line, "0123456789abcdef"[number >> shift & 15]);
		if (shift == 0)
			return;
	}
}

/* Divides by 10, and returns what is left: 16 bits at a time, since a division of 64 bits is a
 * function of libgcc on i386. */
static uint32_t divide_by_10(uint64_t *number)
{
	uint64_t quotient = 0;
	uint32_t rest = 0;
	unsigned shift = 64;

	while (shift > 0) {
		shift -= 16;
		rest = rest << 16 | (uint32_t)(*number >> shift & 0xffff);
		quotient |= (uint64_t)(rest / 10) << shift;
		rest %= 10;
	}
	*number = quotient;
	return rest;
}

static void put_decimal(struct line *line, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + divide_by_10(&number));
	while (number != 0);
	while (n > 0)
		put_char(line, digits[--n]);
}

static void end_line(struct line *line)
{
	if (line->max > 0)
		line->text[line->length < line->max ? line->length : line->max - 1] = '\0';
}

static const char *stage_name(uint8_t stage)
{
	static const char *const names[] = {
		[PVHBOOT_STAGE_IMAGE] = "image", [PVHBOOT_STAGE_UNPACK] = "unpack",
		[PVHBOOT_STAGE_ELF] = "elf",     [PVHBOOT_STAGE_NOTE] = "note",
		[PVHBOOT_STAGE_PLAN] = "plan",   [PVHBOOT_STAGE_COMMIT] = "commit",
		[PVHBOOT_STAGE_BOOT] = "boot",   [PVHBOOT_STAGE_START] = "start",
	};

	if (stage >= sizeof(names) / sizeof(names[0]) || names[stage] == NULL)
		return "?";
	return names[stage];
}

/* What an index counts, or the thing as a whole. */
static const char *subject_name(uint8_t subject, bool has_index)
{
	static const char *const names[] = {
		[PVHBOOT_SUBJECT_NONE] = "",
		[PVHBOOT_SUBJECT_HEADER] = "header",
		[PVHBOOT_SUBJECT_PAYLOAD] = "payload",
		[PVHBOOT_SUBJECT_SEGMENT] = "segment",
		[PVHBOOT_SUBJECT_SECTION] = "section",
		[PVHBOOT_SUBJECT_NOTE] = "note",
		[PVHBOOT_SUBJECT_ENTRY] = "entry",
		[PVHBOOT_SUBJECT_KERNEL] = "kernel",
		[PVHBOOT_SUBJECT_MAP] = "map entry",
		[PVHBOOT_SUBJECT_AVOID] = "avoid range",
		[PVHBOOT_SUBJECT_MODULE] = "module",
		[PVHBOOT_SUBJECT_INFO] = "start_info",
		[PVHBOOT_SUBJECT_PLACE] = "place",
		[PVHBOOT_SUBJECT_BLOB] = "blob",
		[PVHBOOT_SUBJECT_SYMBOLS] = "symbols",
		[PVHBOOT_SUBJECT_WORKSPACE] = "workspace",
		[PVHBOOT_SUBJECT_LIST] = "module list",
		[PVHBOOT_SUBJECT_CMDLINE] = "command line",
		[PVHBOOT_SUBJECT_RSDP] = "RSDP",
		[PVHBOOT_SUBJECT_REGISTERS] = "registers",
		[PVHBOOT_SUBJECT_PROFILE] = "profile",
		[PVHBOOT_SUBJECT_BOOT_PARAMS] = "boot_params",
		[PVHBOOT_SUBJECT_SETUP_DATA] = "setup_data",
		[PVHBOOT_SUBJECT_PAGE_TABLES] = "page tables",
		[PVHBOOT_SUBJECT_GDT] = "GDT",
	};

	if (subject == PVHBOOT_SUBJECT_MAP && !has_index)
		return "map";
	if (subject == PVHBOOT_SUBJECT_CMDLINE && has_index)
		return "command line of module";
	if (subject >= sizeof(names) / sizeof(names[0]) || names[subject] == NULL)
		return "?";
	return names[subject];
}

static void put_number(struct line *line, uint8_t unit, uint64_t number)
{
	switch (unit) {
	case PVHBOOT_UNIT_BYTES:
		put_decimal(line, number);
		put_text(line, number == 1 ? " byte" : " bytes");
		break;
	case PVHBOOT_UNIT_COUNT:
		put_decimal(line, number);
		break;
	case PVHBOOT_UNIT_SIGNED:
		if (number >> 63 != 0)
			put_char(line, '-');
		put_decimal(line, number >> 63 != 0 ? 0 - number : number);
		break;
	default:
		put_hex(line, number);
	}
}

/* Where offsets are guest-physical addresses, memory is what there is too little of. */
static bool is_gpa_stage(uint8_t stage)
{
	return stage == PVHBOOT_STAGE_PLAN || stage == PVHBOOT_STAGE_COMMIT ||
	       stage == PVHBOOT_STAGE_START;
}

/* Of memory that is needed, an address is where it ends. */
static void put_needed(struct line *line, uint8_t unit, uint64_t number)
{
	if (unit == PVHBOOT_UNIT_NONE)
		put_text(line, "up to ");
	put_number(line, unit, number);
}

static void put_numbers(struct line *line, const struct pvhboot_finding *f)
{
	if (f->has & PVHBOOT_HAS_NEED) {
		put_text(line, " (needed ");
		put_needed(line, f->unit, f->found);
		put_text(line, is_gpa_stage(f->stage) ? ", available " : ", allowed ");
		put_needed(line, f->unit, f->bound);
	} else {
		put_text(line, " (found ");
		put_number(line, f->unit, f->found);
		put_text(line, ", bound ");
		put_number(line, f->unit, f->bound);
	}
	put_char(line, ')');
}

/* The rule up to the advice behind "; ", the numbers, and the advice. */
static void put_rule(struct line *line, const struct pvhboot_finding *f)
{
	const char *at = f->rule;

	put_text(line, "expected ");
	while (*at != '\0' && *at != ';')
		put_char(line, *at++);
	if (f->has & PVHBOOT_HAS_NUMBERS)
		put_numbers(line, f);
	put_text(line, at);
}

/* "stage: subject index at offset 0x…: expected rule (found 0x…, bound 0x…); advice" */
static void put_finding(struct line *line, const struct pvhboot_finding *f)
{
	put_text(line, stage_name(f->stage));
	put_char(line, ':');
	if (f->subject != PVHBOOT_SUBJECT_NONE) {
		put_char(line, ' ');
		put_text(line, subject_name(f->subject, (f->has & PVHBOOT_HAS_INDEX) != 0));
	}
	if (f->has & PVHBOOT_HAS_INDEX) {
		put_char(line, ' ');
		put_decimal(line, f->index);
	}
	if (f->has & PVHBOOT_HAS_OFFSET) {
		put_text(line, is_gpa_stage(f->stage) ? " at gpa " : " at offset ");
		put_hex(line, f->offset);
	}
	if (f->subject != PVHBOOT_SUBJECT_NONE ||
	    (f->has & (PVHBOOT_HAS_INDEX | PVHBOOT_HAS_OFFSET)) != 0)
		put_char(line, ':');
	put_char(line, ' ');
	put_rule(line, f);
}

size_t pvhboot_finding_format(const struct pvhboot_finding *f, char *out, size_t size)
{
	struct line line = { out, size, 0 };

	if (f != NULL && f->rule != NULL)
		put_finding(&line, f);
	end_line(&line);
	return line.length;
}

size_t pvhboot_diag_format(const struct pvhboot_diag *diag, char *out, size_t size)
{
	struct line line = { out, size, 0 };

	if (diag != NULL && diag->failure.rule != NULL) {
		put_text(&line, pvhboot_status_name((enum pvhboot_status)diag->status));
		put_text(&line, ": ");
		put_finding(&line, &diag->failure);
		if (diag->detail[0] != '\0') {
			put_text(&line, "; ");
			put_text(&line, diag->detail);
		}
	}
	end_line(&line);
	return line.length;
}

/* A piece is put where it fits with "..." behind it, which stands for all that does not. */
static void append_detail(struct pvhboot_diag *diag, struct pvhboot_bytes piece)
{
	static const char more[] = "...";
	struct line line = { diag->detail, sizeof(diag->detail), 0 };
	size_t i;

	while (line.length < line.max - 1 && line.text[line.length] != '\0')
		line.length++;
	if (line.length >= sizeof(more) - 1 &&
	    memcmp(line.text + line.length - (sizeof(more) - 1), more, sizeof(more) - 1) == 0)
		return;
	if (piece.size > line.max - sizeof(more) - pvhb_min(line.length, line.max - sizeof(more))) {
		put_text(&line, more);
	} else {
		for (i = 0; i < piece.size; i++) {
			uint8_t c = pvhb_load8(piece, i);

			if (c < ' ' || c > '~')
				c = '?';
			put_char(&line, (char)c);
		}
	}
	end_line(&line);
}

void pvhb_detail_text(struct pvhboot_diag *diag, const char *text)
{
	if (diag != NULL)
		append_detail(diag, pvhboot_text(text));
}

void pvhb_detail_bytes(struct pvhboot_diag *diag, struct pvhboot_bytes bytes)
{
	if (diag != NULL)
		append_detail(diag, bytes);
}

static void detail_in(enum pvhboot_unit unit, struct pvhboot_diag *diag, uint64_t number)
{
	char digits[24];
	struct line line = { digits, sizeof(digits), 0 };

	put_number(&line, (uint8_t)unit, number);
	end_line(&line);
	pvhb_detail_text(diag, digits);
}

void pvhb_detail_number(struct pvhboot_diag *diag, uint32_t number)
{
	detail_in(PVHBOOT_UNIT_COUNT, diag, number);
}

void pvhb_detail_hex(struct pvhboot_diag *diag, uint64_t number)
{
	detail_in(PVHBOOT_UNIT_NONE, diag, number);
}
