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

uint32_t pvhb_n_warnings(const struct pvhboot_diag *diag)
{
	return diag != NULL ? diag->n_warnings + diag->n_lost : 0;
}

enum pvhboot_status pvhb_strict(struct pvhboot_diag *diag, uint32_t before)
{
	if (diag == NULL || (diag->flags & PVHBOOT_STRICT) == 0 || pvhb_n_warnings(diag) == before)
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

static void put_decimal(struct line *line, uint32_t number)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	while (n > 0)
		put_char(line, digits[--n]);
}

static void end_line(struct line *line)
{
	if (line->max > 0)
		line->text[line->length < line->max ? line->length : line->max - 1] = '\0';
}

static const char *stage_name(uint16_t stage)
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

static const char *subject_name(uint8_t subject)
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
	};

	if (subject >= sizeof(names) / sizeof(names[0]) || names[subject] == NULL)
		return "?";
	return names[subject];
}

/* "stage: subject index at offset 0x…: rule (found 0x…, bound 0x…)" */
static void put_finding(struct line *line, const struct pvhboot_finding *f)
{
	bool is_gpa = f->stage == PVHBOOT_STAGE_PLAN || f->stage == PVHBOOT_STAGE_COMMIT ||
		      f->stage == PVHBOOT_STAGE_START;
	const char *subject = subject_name(f->subject);

	put_text(line, stage_name(f->stage));
	put_text(line, ": ");
	put_text(line, subject);
	if (f->has & PVHBOOT_HAS_INDEX) {
		put_char(line, ' ');
		put_decimal(line, f->index);
	}
	if (f->has & PVHBOOT_HAS_OFFSET) {
		put_text(line, is_gpa ? " at gpa " : " at offset ");
		put_hex(line, f->offset);
	}
	if (*subject != '\0' || (f->has & (PVHBOOT_HAS_INDEX | PVHBOOT_HAS_OFFSET)) != 0)
		put_text(line, ": ");
	put_text(line, f->rule);
	if (f->has & PVHBOOT_HAS_NUMBERS) {
		put_text(line, " (found ");
		put_hex(line, f->found);
		put_text(line, ", bound ");
		put_hex(line, f->bound);
		put_char(line, ')');
	}
}

static size_t format(const struct pvhboot_finding *f, const char *detail, char *out, size_t size)
{
	struct line line = { out, size, 0 };

	if (f != NULL && f->rule != NULL) {
		put_finding(&line, f);
		if (*detail != '\0') {
			put_text(&line, "; ");
			put_text(&line, detail);
		}
	}
	end_line(&line);
	return line.length;
}

size_t pvhboot_finding_format(const struct pvhboot_finding *f, char *out, size_t size)
{
	return format(f, "", out, size);
}

size_t pvhboot_diag_format(const struct pvhboot_diag *diag, char *out, size_t size)
{
	if (diag == NULL)
		return format(NULL, "", out, size);
	return format(&diag->failure, diag->detail, out, size);
}

static struct line open_detail(struct pvhboot_diag *diag)
{
	struct line line = { diag->detail, sizeof(diag->detail), 0 };

	while (line.length < line.max - 1 && line.text[line.length] != '\0')
		line.length++;
	return line;
}

void pvhb_detail_text(struct pvhboot_diag *diag, const char *text)
{
	struct line line;

	if (diag == NULL)
		return;
	line = open_detail(diag);
	put_text(&line, text);
	end_line(&line);
}

void pvhb_detail_bytes(struct pvhboot_diag *diag, struct pvhboot_bytes bytes)
{
	struct line line;
	size_t i;

	if (diag == NULL)
		return;
	line = open_detail(diag);
	for (i = 0; i < bytes.size && line.length < line.max; i++) {
		char c = (char)pvhb_load8(bytes, i);

		if (c <= ' ' || c > '~')
			c = '?';
		put_char(&line, c);
	}
	end_line(&line);
}

void pvhb_detail_number(struct pvhboot_diag *diag, uint32_t number)
{
	struct line line;

	if (diag == NULL)
		return;
	line = open_detail(diag);
	put_decimal(&line, number);
	end_line(&line);
}
