/* SPDX-License-Identifier: MIT */
#include "check_print.h"

#include "file.h"
#include "json.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static const char *severity_name(uint32_t severity)
{
	switch (severity) {
	case PVHBOOT_SEVERITY_ERROR:
		return "error";
	case PVHBOOT_SEVERITY_WARNING:
		return "warning";
	default:
		return "note";
	}
}

#define N_GUESTS 6

/* Bit i of PVHBOOT_FOR_*. */
static const char *const guest_names[N_GUESTS] = {
	"abi", "linux", "freebsd", "grub", "ovmf", "xen"
};

static size_t n_kept(const struct checked *checked)
{
	const struct pvhboot_start_report *report = &checked->report;

	return report->n_findings < CHECK_MAX_FINDINGS ? report->n_findings : CHECK_MAX_FINDINGS;
}

const char *check_read_text(struct checked *checked, uint64_t gpa)
{
	const struct pvhboot_buffer out = { (uint8_t *)checked->text, sizeof(checked->text) };
	size_t size;

	if (!checked->start.memory ||
	    pvhboot_start_text(&checked->start, gpa, out, &size, NULL) != PVHBOOT_OK || size == 0)
		return NULL;
	return checked->text;
}

uint32_t check_n_modules(const struct checked *checked)
{
	return checked->is_linux ? checked->initrd.size > 0 : checked->start.n_modules;
}

int check_read_module(const struct checked *checked, uint32_t i, struct pvhboot_listed_module *out)
{
	if (!checked->is_linux)
		return pvhboot_start_module(&checked->start, i, out, NULL) == PVHBOOT_OK;
	*out = checked->initrd;
	return 1;
}

/* Those that are checked: all of them may share one text, which is long. */
static void json_modules(struct json *json, struct checked *checked)
{
	struct pvhboot_listed_module module;

	json_list(json, "modules");
	for (uint32_t i = 0; i < check_n_modules(checked) && i < PVHBOOT_START_CHECK_MODULES; i++) {
		if (!check_read_module(checked, i, &module))
			continue;
		json_object(json, NULL);
		json_number(json, "index", i);
		json_hex(json, "gpa", module.gpa);
		json_number(json, "size", module.size);
		json_string(json, "cmdline", check_read_text(checked, module.cmdline));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_address(struct json *json, const char *key, int is_there, uint64_t address)
{
	if (is_there)
		json_hex(json, key, address);
	else
		json_string(json, key, NULL);
}

static void json_finding(struct json *json, const struct pvhboot_start_finding *found)
{
	const struct pvhboot_finding *finding = &found->finding;
	char line[REPORT_MAX_LINE];

	/* in the library's words, as the rule is */
	pvhboot_finding_format(finding, line, sizeof(line));
	json_object(json, NULL);
	json_string(json, "severity", severity_name(found->severity));
	json_list(json, "guests");
	for (unsigned int i = 0; i < N_GUESTS; i++) {
		if (found->guests & 1u << i)
			json_string(json, NULL, guest_names[i]);
	}
	json_list_end(json);
	json_string(json, "rule", finding->rule);
	json_address(json, "gpa", (finding->has & PVHBOOT_HAS_OFFSET) != 0, finding->offset);
	json_hex(json, "found", finding->found);
	json_hex(json, "expected", finding->bound);
	json_string(json, "text", line);
	json_object_end(json);
}

/* NULL: they were not checked. */
static const char *registers_from(const struct checked *checked)
{
	switch (checked->registers) {
	case CHECK_REGISTERS_FILE:
		return "file";
	case CHECK_REGISTERS_CORE:
		return "core";
	default:
		return NULL;
	}
}

void check_print_json(struct checked *checked)
{
	struct json json;

	json_start(&json, stdout);
	json_string(&json, "file", checked->path);
	json_string(&json, "format", dump_format_name(checked->dump.format));
	json_hex(&json, "base", checked->base);
	json_address(&json, "start_info", !checked->is_linux, checked->address);
	json_address(&json, "boot_params", checked->is_linux, checked->address);
	json_string(&json, "registers", checked->registers_path);
	json_string(&json, "registers_from", registers_from(checked));
	json_string(&json, "cmdline", check_read_text(checked, checked->start.cmdline));
	json_modules(&json, checked);
	json_number(&json, "errors", checked->report.n_errors);
	json_number(&json, "warnings", checked->report.n_warnings);
	json_number(&json, "notes", checked->report.n_notes);
	json_list(&json, "findings");
	for (size_t i = 0; i < n_kept(checked); i++)
		json_finding(&json, &checked->findings[i]);
	json_list_end(&json);
	json_object_end(&json);
}

static void print_finding(const struct pvhboot_start_finding *found)
{
	char line[REPORT_MAX_LINE];

	printf("  %-8s", severity_name(found->severity));
	for (unsigned int i = 0; i < N_GUESTS; i++) {
		if (found->guests & 1u << i)
			printf(" %s", guest_names[i]);
	}
	fputs(": ", stdout);
	report_finding(&found->finding, line);
	text_put(stdout, line, strlen(line));
	putchar('\n');
}

static int next_module(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct checked *checked = subject;
	struct pvhboot_listed_module module;

	while (cursor->index < check_n_modules(checked)) {
		const uint32_t i = (uint32_t)cursor->index++;

		if (!check_read_module(checked, i, &module))
			continue;
		snprintf(row->cells[0], TABLE_MAX_CELL, "%" PRIu32, i);
		snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, module.gpa);
		snprintf(row->cells[2], TABLE_MAX_CELL, "0x%" PRIx64, module.gpa + module.size);
		text_size(row->cells[3], module.size);
		return 1;
	}
	return 0;
}

static void print_start(struct checked *checked)
{
	static const struct table_column columns[] = {
		{ "number", 1 }, { "start", 1 }, { "end", 1 }, { "size", 1 }, { NULL, 0 },
	};
	const struct table modules = { "Modules", columns, next_module, checked };
	const char *cmdline = check_read_text(checked, checked->start.cmdline);

	if (cmdline) {
		text_start("Command line");
		text_put(stdout, cmdline, strlen(cmdline));
		putchar('\n');
	}
	table_print(&modules);
}

static void print_format(const struct checked *checked)
{
	const struct dump *dump = &checked->dump;

	if (dump->format == DUMP_RAW)
		text_field("Format", "raw memory from 0x%" PRIx64 " on", checked->base);
	else
		text_field("Format", "%s, ranges of memory: %zu",
			   dump->format == DUMP_XEN_CORE ? "core of Xen" : "ELF core",
			   dump->n_pieces);
}

/* Says what was not looked at, and why. */
static void print_registers(const struct checked *checked)
{
	const char *text = "not given";

	if (checked->registers == CHECK_REGISTERS_FILE)
		text = "checked";
	else if (checked->registers == CHECK_REGISTERS_CORE)
		text = "checked, those of the core; efer is not in it";
	else if (checked->dump.registers == DUMP_REGISTERS_EBX)
		text = "not checked: of the entry's, the core has ebx and esi alone";
	else if (checked->dump.format != DUMP_RAW)
		text = "not checked: the core has none of the entry's";
	text_field("Registers", "%s", text);
}

void check_print_text(struct checked *checked)
{
	const char *label = file_label(checked->path);

	text_start("File");
	text_put(stdout, label, strlen(label));
	putchar('\n');
	print_format(checked);
	text_field(checked->is_linux ? "boot_params" : "start_info", "0x%" PRIx64,
		   checked->address);
	print_registers(checked);
	print_start(checked);
	printf("\nErrors %zu, warnings %zu, notes %zu\n", checked->report.n_errors,
	       checked->report.n_warnings, checked->report.n_notes);
	for (size_t i = 0; i < n_kept(checked); i++)
		print_finding(&checked->findings[i]);
}
