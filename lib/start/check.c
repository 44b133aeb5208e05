/* SPDX-License-Identifier: MIT */
/*
 * What a guest may stumble over in the state that it starts in. Each rule stands
 * where it is checked, with who demands it; start.h lists them all.
 */

#include "../base/diag.h"
#include "../base/range.h"
#include "../base/sort.h"
#include "../base/span.h"
#include "../entry/guest.h"
#include "start.h"

#define ERROR PVHBOOT_SEVERITY_ERROR
#define WARNING PVHBOOT_SEVERITY_WARNING
#define NOTE PVHBOOT_SEVERITY_NOTE

#define KNOWN_FLAGS 0xff1fu /* SIF_* of xen/include/public/xen.h, SIF_PM_MASK included */
#define FREEBSD_PAGES 2     /* shared info and the kernel's environment */

#define MAX_PIECES (2 * PVHBOOT_START_CHECK_MODULES + 6)

#define RSDP_SIZE 20 /* of ACPI 1.0, under the first checksum; ACPI 6.5, table 5.3 */
#define RSDP_EXTENDED_SIZE 36
#define RSDP_REVISION 15
#define RSDP_LENGTH 20

#define EFLAGS_TF 0x100u
#define EFLAGS_IF 0x200u
#define EFLAGS_VM 0x20000u
#define CR0_PE 1u
#define CR0_ET 0x10u
#define ACCESSED_AVL 0x101u /* of pvhboot_cpu_segment.access */

/* Guest memory that something lies in, and where its address stands. */
struct piece {
	struct pvhboot_range range;
	struct pvhb_at at;
};

struct check {
	struct pvhboot_start start;
	struct pvhboot_start_report *report;
	struct piece *pieces;
	size_t n_pieces;
	struct piece *entries; /* of the map */
	size_t n_entries;
	struct pvhb_ranges ram;
	struct pvhboot_buffer text;
	bool ram_is_known; /* all of the map was read, and it has RAM */
};

_Static_assert(MAX_PIECES * sizeof(struct piece) +
			       PVHBOOT_START_CHECK_MAP *
				       (sizeof(struct piece) + sizeof(struct pvhboot_range)) +
			       PVHBOOT_START_CHECK_TEXT + sizeof(uint64_t) <=
		       PVHBOOT_START_CHECK_NEED,
	       "the workspace holds all of it");
_Static_assert(sizeof(struct piece) <= PVHB_SORT_MAX_SIZE, "pieces can be sorted");

static struct pvhb_at at_subject(enum pvhboot_subject subject, uint64_t gpa)
{
	return pvhb_at_offset(PVHBOOT_STAGE_START, subject, gpa);
}

static struct pvhb_at at_element(enum pvhboot_subject subject, uint32_t index, uint64_t gpa)
{
	return pvhb_at_element(PVHBOOT_STAGE_START, subject, index, gpa);
}

static void add(struct check *c, struct pvhb_at at, enum pvhboot_severity severity, uint32_t guests,
		uint64_t found, uint64_t bound, const char *rule)
{
	struct pvhboot_start_report *report = c->report;

	if (report->n_findings < report->max_findings)
		report->findings[report->n_findings] = (struct pvhboot_start_finding){
			.finding = pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found, bound, rule),
			.severity = severity,
			.guests = guests,
		};
	report->n_findings++;
	report->n_errors += severity == ERROR;
	report->n_warnings += severity == WARNING;
	report->n_notes += severity == NOTE;
}

static void add_unreadable(struct check *c, struct pvhb_at at, uint64_t result)
{
	add(c, at, ERROR, PVHBOOT_FOR_ABI, result, 0, "it lies in guest memory that can be read");
}

static void check_reserved(struct check *c, struct pvhb_at at, uint64_t reserved)
{
	if (reserved != 0)
		add(c, at, WARNING, PVHBOOT_FOR_ABI, reserved, 0, "reserved is 0");
}

/* By its first page tables; modules it reads later, and their command lines never. */
static bool linux_reads_early(struct pvhb_at at)
{
	return at.subject != PVHBOOT_SUBJECT_ENTRY && (at.has & PVHBOOT_HAS_INDEX) == 0;
}

static bool is_text(const struct piece *piece)
{
	return piece->at.subject == PVHBOOT_SUBJECT_CMDLINE;
}

static void add_piece(struct check *c, struct pvhb_at at, uint64_t gpa, uint64_t size)
{
	c->pieces[c->n_pieces++] = (struct piece){ { gpa, gpa + size }, at };
}

/* Checks where a piece lies, as far as that needs no map, and keeps it. False: it
 * wraps, so nothing in it can be read. */
static bool place(struct check *c, struct pvhb_at at, uint64_t gpa, uint64_t size)
{
	if (size > UINT64_MAX - gpa) {
		add(c, at, ERROR, PVHBOOT_FOR_ABI, size, UINT64_MAX - gpa, "it ends below 2^64");
		return false;
	}
	if (gpa < PVHB_PAGE_SIZE)
		add(c, at, WARNING, PVHBOOT_FOR_ABI, gpa, PVHB_PAGE_SIZE, "it lies above page 0");
	if (gpa + size > PVHB_4GIB)
		add(c, at, WARNING, PVHBOOT_FOR_LINUX | PVHBOOT_FOR_GRUB | PVHBOOT_FOR_XEN,
		    gpa + size, PVHB_4GIB, "it ends at 4 GiB or below");
	else if (gpa + size > PVHB_LINUX_OLD_MAPPED && linux_reads_early(at))
		add(c, at, WARNING, PVHBOOT_FOR_LINUX, gpa + size, PVHB_LINUX_OLD_MAPPED,
		    "it ends at 1 GiB or below");
	add_piece(c, at, gpa, size);
	return true;
}

/* The start_info itself. False: there is none. */
static bool check_info(struct check *c)
{
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_INFO, c->start.gpa);
	uint32_t magic;
	int result;

	if (!pvhb_start_fetch(&c->start, &magic, &result)) {
		add_unreadable(c, at, (uint64_t)(int64_t)result);
		return false;
	}
	if (magic != PVHBOOT_WIRE_START_MAGIC) {
		add(c, at, ERROR, PVHBOOT_FOR_ABI, magic, PVHBOOT_WIRE_START_MAGIC,
		    "magic is 0x336ec578");
		return false;
	}
	place(c, at, c->start.gpa, pvhb_start_size(c->start.version));
	if (c->start.version > 1)
		add(c, at, WARNING, PVHBOOT_FOR_ABI, c->start.version, 1, "version is 0 or 1");
	if ((c->start.flags & ~KNOWN_FLAGS) != 0)
		add(c, at, WARNING, PVHBOOT_FOR_ABI, c->start.flags, KNOWN_FLAGS,
		    "flags are known");
	check_reserved(c, at, c->start.reserved);
	return true;
}

/* The address of a list with n elements. False: there is nothing to read. */
static bool check_list(struct check *c, struct pvhb_at at, uint64_t n, uint64_t element_size)
{
	if (at.offset == 0) {
		add(c, at, ERROR, PVHBOOT_FOR_ABI, 0, n, "a list with elements has an address");
		return false;
	}
	return place(c, at, at.offset, n * element_size);
}

static void keep_entry(struct check *c, struct pvhb_at at, const struct pvhboot_map_entry *entry)
{
	struct pvhboot_range range = { entry->gpa, entry->gpa + entry->size };

	if (c->n_entries > 0 && range.start < c->entries[c->n_entries - 1].range.start)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, range.start,
		    c->entries[c->n_entries - 1].range.start, "map entries ascend");
	c->entries[c->n_entries++] = (struct piece){ range, at };
	if (entry->type == PVHBOOT_MAP_RAM)
		c->ram.at[c->ram.n++] = range;
}

static void check_entry(struct check *c, struct pvhb_at at, const struct pvhboot_map_entry *entry)
{
	check_reserved(c, at, entry->reserved);
	if (entry->type < PVHBOOT_MAP_RAM || entry->type > PVHBOOT_MAP_PMEM)
		add(c, at, WARNING, PVHBOOT_FOR_ABI, entry->type, PVHBOOT_MAP_PMEM,
		    "the type is from 1 to 7");
	if (entry->size == 0)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, 0, 1, "a map entry is not empty");
	else if (entry->size > UINT64_MAX - entry->gpa)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, entry->size, UINT64_MAX - entry->gpa,
		    "a map entry ends below 2^64");
	else
		keep_entry(c, at, entry);
}

static bool lies_before(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->range.start < y->range.start;
}

static void check_entries_overlap(struct check *c)
{
	uint64_t end = 0;
	size_t i;

	pvhb_sort(c->entries, c->n_entries, sizeof(c->entries[0]), lies_before);
	for (i = 0; i < c->n_entries; i++) {
		if (c->entries[i].range.start < end)
			add(c, c->entries[i].at, WARNING, PVHBOOT_FOR_ABI,
			    c->entries[i].range.start, end, "map entries do not overlap");
		end = pvhb_max(end, c->entries[i].range.end);
	}
}

static void check_map(struct check *c)
{
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_MAP, c->start.map);
	uint32_t n = (uint32_t)pvhb_min(c->start.n_map, PVHBOOT_START_CHECK_MAP);
	uint32_t i;

	if (c->start.n_map == 0)
		add(c, at_subject(PVHBOOT_SUBJECT_INFO, c->start.gpa), WARNING, PVHBOOT_FOR_LINUX,
		    0, 1, "there is a memory map");
	if (n == 0 || !check_list(c, at, c->start.n_map, PVHBOOT_WIRE_MAP_ENTRY_SIZE))
		return;
	if (c->start.n_map > PVHB_LINUX_MAX_MAP)
		add(c, at, WARNING, PVHBOOT_FOR_LINUX, c->start.n_map, PVHB_LINUX_MAX_MAP,
		    "the map has at most 128 entries");
	if (c->start.n_map > n)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, c->start.n_map, n, "all map entries are checked");
	for (i = 0; i < n; i++) {
		struct pvhb_at at_entry =
			at_element(PVHBOOT_SUBJECT_MAP, i,
				   c->start.map + PVHBOOT_WIRE_MAP_ENTRY_SIZE * (uint64_t)i);
		struct pvhboot_map_entry entry;
		int result;

		if (!pvhb_start_fetch_map_entry(&c->start, i, &entry, &result)) {
			add_unreadable(c, at_entry, (uint64_t)(int64_t)result);
			return;
		}
		check_entry(c, at_entry, &entry);
	}
	check_entries_overlap(c);
	pvhb_ranges_clean(&c->ram);
	if (c->ram.n == 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, 0, 1, "the map has RAM");
	c->ram_is_known = c->ram.n > 0 && c->start.n_map == n;
}

/* gpa is not 0. Returns its length. */
static size_t check_text(struct check *c, struct pvhb_at at, uint64_t gpa)
{
	struct pvhboot_diag diag = { 0 };
	size_t size;

	switch (pvhboot_start_text(&c->start, gpa, c->text, &size, &diag)) {
	case PVHBOOT_OK:
		place(c, at, gpa, size);
		return size - 1;
	case PVHBOOT_NOSPACE:
		add(c, at, ERROR, PVHBOOT_FOR_ABI, c->text.size, c->text.size,
		    "a command line ends in a NUL");
		return 0;
	default: /* it cannot be read, or runs up to 2^64 */
		add_unreadable(c, at, diag.failure.found);
		return 0;
	}
}

static void check_cmdline(struct check *c)
{
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_CMDLINE, c->start.cmdline);
	size_t length;

	if (c->start.cmdline == 0) {
		add(c, at_subject(PVHBOOT_SUBJECT_INFO, c->start.gpa), WARNING, PVHBOOT_FOR_GRUB, 0,
		    1, "cmdline_paddr is not 0");
		return;
	}
	length = check_text(c, at, c->start.cmdline);
	if (length > PVHB_LINUX_MAX_CMDLINE)
		add(c, at, WARNING, PVHBOOT_FOR_LINUX, length, PVHB_LINUX_MAX_CMDLINE,
		    "a command line has at most 2047 bytes");
}

static void check_module(struct check *c, uint32_t i, struct pvhb_at at,
			 const struct pvhboot_listed_module *module)
{
	check_reserved(c, at, module->reserved);
	if (module->size == 0)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, 0, 1, "a module is not empty");
	else if (module->gpa == 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, 0, 1, "a module has an address");
	else
		place(c, at, module->gpa, module->size);
	if (module->cmdline != 0)
		check_text(c, at_element(PVHBOOT_SUBJECT_CMDLINE, i, module->cmdline),
			   module->cmdline);
	else if (i == 0) /* it compares this text with "header" before all else */
		add(c, at, WARNING, PVHBOOT_FOR_FREEBSD, 0, 1,
		    "the first module has a command line");
}

static void check_modules(struct check *c)
{
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_LIST, c->start.modules);
	uint32_t n = (uint32_t)pvhb_min(c->start.n_modules, PVHBOOT_START_CHECK_MODULES);
	uint32_t i;

	if (n == 0 && c->start.modules != 0)
		add(c, at, WARNING, PVHBOOT_FOR_FREEBSD, c->start.modules, 0,
		    "modlist_paddr is 0 when nr_modules is");
	if (n == 0 || !check_list(c, at, c->start.n_modules, PVHBOOT_WIRE_MODULE_SIZE))
		return;
	if (c->start.n_modules > 1)
		add(c, at, NOTE, PVHBOOT_FOR_LINUX, c->start.n_modules, 1,
		    "there is one module: Linux takes the first");
	if (c->start.n_modules > PVHB_XEN_MAX_MODULES)
		add(c, at, WARNING, PVHBOOT_FOR_XEN, c->start.n_modules, PVHB_XEN_MAX_MODULES,
		    "there are at most 7 modules");
	if (c->start.n_modules > n)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, c->start.n_modules, n, "all modules are checked");
	for (i = 0; i < n; i++) {
		struct pvhb_at at_module =
			at_element(PVHBOOT_SUBJECT_MODULE, i,
				   c->start.modules + PVHBOOT_WIRE_MODULE_SIZE * (uint64_t)i);
		struct pvhboot_listed_module module;
		int result;

		if (!pvhb_start_fetch_module(&c->start, i, &module, &result)) {
			add_unreadable(c, at_module, (uint64_t)(int64_t)result);
			return;
		}
		check_module(c, i, at_module, &module);
	}
}

static uint8_t sum(const uint8_t *bytes, size_t size)
{
	unsigned total = 0;

	while (size > 0)
		total += bytes[--size];
	return (uint8_t)total;
}

static void check_rsdp(struct check *c)
{
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_RSDP, c->start.rsdp);
	uint8_t copy[RSDP_EXTENDED_SIZE];
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };
	bool is_extended;
	int result;

	if (c->start.rsdp == 0) {
		add(c, at_subject(PVHBOOT_SUBJECT_INFO, c->start.gpa), WARNING, PVHBOOT_FOR_OVMF, 0,
		    1, "rsdp_paddr is not 0");
		return;
	}
	if (!pvhb_memory_read(c->start.memory, c->start.rsdp, copy, RSDP_SIZE, &result)) {
		add_unreadable(c, at, (uint64_t)(int64_t)result);
		return;
	}
	is_extended = copy[RSDP_REVISION] >= 2 && c->start.rsdp <= UINT64_MAX - RSDP_EXTENDED_SIZE;
	add_piece(c, at, c->start.rsdp, is_extended ? RSDP_EXTENDED_SIZE : RSDP_SIZE);
	if (memcmp(copy, "RSD PTR ", 8) != 0) {
		add(c, at, ERROR, PVHBOOT_FOR_ABI, pvhb_load64(bytes, 0),
		    UINT64_C(0x2052545020445352), "the RSDP's signature is 'RSD PTR '");
		return;
	}
	if (sum(copy, RSDP_SIZE) != 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, sum(copy, RSDP_SIZE), 0,
		    "the RSDP's first 20 bytes add up to 0");
	if (copy[RSDP_REVISION] < 2)
		return;
	if (!pvhb_memory_read(c->start.memory, c->start.rsdp + RSDP_SIZE, copy + RSDP_SIZE,
			      sizeof(copy) - RSDP_SIZE, &result))
		add_unreadable(c, at, (uint64_t)(int64_t)result);
	else if (pvhb_load32(bytes, RSDP_LENGTH) != sizeof(copy) || sum(copy, sizeof(copy)) != 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, pvhb_load32(bytes, RSDP_LENGTH), sizeof(copy),
		    "an RSDP of revision 2 has 36 bytes, which add up to 0");
}

static void check_ram(struct check *c, const struct piece *piece)
{
	uint64_t gap;

	/* ACPI tables may lie anywhere, also in ROM */
	if (!c->ram_is_known || piece->at.subject == PVHBOOT_SUBJECT_RSDP)
		return;
	gap = pvhb_ranges_first_gap(&c->ram, piece->range);
	if (gap != piece->range.end)
		add(c, piece->at, WARNING, PVHBOOT_FOR_ABI, gap, piece->range.end,
		    "it lies in RAM of the map");
}

/* Command lines may share bytes: an empty one may be the NUL of another. */
static void check_pieces(struct check *c)
{
	uint64_t end = 0, text_end = 0; /* the highest of all pieces before */
	size_t i;

	pvhb_sort(c->pieces, c->n_pieces, sizeof(c->pieces[0]), lies_before);
	for (i = 0; i < c->n_pieces; i++) {
		const struct piece *piece = &c->pieces[i];
		uint64_t taken = is_text(piece) ? end : pvhb_max(end, text_end);

		check_ram(c, piece);
		if (piece->range.start < taken)
			add(c, piece->at, ERROR, PVHBOOT_FOR_ABI, piece->range.start, taken,
			    "it does not overlap what lies before it");
		if (is_text(piece))
			text_end = pvhb_max(text_end, piece->range.end);
		else
			end = pvhb_max(end, piece->range.end);
	}
}

/* FreeBSD looks at the ends of these and of the kernel, and takes the pages behind the
 * highest. The kernel's end is not known here, so where its entry lies behind all
 * others there is nothing to say. */
static void check_free_behind(struct check *c)
{
	struct pvhboot_range wanted = { 0, 0 };
	uint64_t taken, entry = 0;
	size_t i;

	for (i = 0; i < c->n_pieces; i++) {
		uint8_t subject = c->pieces[i].at.subject;

		if (subject == PVHBOOT_SUBJECT_INFO || subject == PVHBOOT_SUBJECT_MAP ||
		    subject == PVHBOOT_SUBJECT_MODULE)
			wanted.start = pvhb_max(wanted.start, c->pieces[i].range.end);
		if (subject == PVHBOOT_SUBJECT_ENTRY)
			entry = c->pieces[i].range.start;
	}
	if (!c->ram_is_known || entry >= wanted.start ||
	    !pvhb_align_up(wanted.start, PVHB_PAGE_SIZE, &wanted.start) ||
	    !pvhb_add(wanted.start, FREEBSD_PAGES * PVHB_PAGE_SIZE, &wanted.end))
		return;
	taken = pvhb_ranges_first_gap(&c->ram, wanted);
	for (i = 0; i < c->n_pieces; i++) {
		if (pvhb_overlap(c->pieces[i].range, wanted))
			taken = pvhb_min(taken, pvhb_max(c->pieces[i].range.start, wanted.start));
	}
	if (taken != wanted.end)
		add(c, at_subject(PVHBOOT_SUBJECT_INFO, c->start.gpa), WARNING, PVHBOOT_FOR_FREEBSD,
		    taken, wanted.end, "two pages behind start_info, map and modules are free RAM");
}

static void check_segment(struct check *c, const struct pvhboot_cpu_segment *segment,
			  const struct pvhboot_cpu_segment *wanted, const char *rule)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS);

	if (segment->base != wanted->base)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, segment->base, wanted->base, rule);
	if (segment->limit != wanted->limit)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, segment->limit, wanted->limit, rule);
	if ((segment->access | ACCESSED_AVL) != (wanted->access | ACCESSED_AVL))
		add(c, at, ERROR, PVHBOOT_FOR_ABI, segment->access, wanted->access, rule);
}

static void check_registers(struct check *c, const struct pvhboot_cpu *cpu)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS);
	struct pvhboot_cpu wanted;

	pvhboot_plan_cpu(&(struct pvhboot_plan){ 0 }, &wanted);
	if (cpu->ebx != c->start.gpa)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, cpu->ebx, c->start.gpa,
		    "ebx is the address of the start_info");
	if ((cpu->eflags & (EFLAGS_TF | EFLAGS_IF | EFLAGS_VM)) != 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, cpu->eflags, wanted.eflags,
		    "eflags: TF, IF and VM are clear");
	if ((cpu->cr0 | CR0_ET) != (CR0_PE | CR0_ET))
		add(c, at, ERROR, PVHBOOT_FOR_ABI, cpu->cr0, wanted.cr0, "cr0 is PE alone");
	if (cpu->cr4 != 0)
		add(c, at, ERROR, PVHBOOT_FOR_ABI, cpu->cr4, 0, "cr4 is 0");
	if (cpu->efer != 0)
		add(c, at, NOTE, PVHBOOT_FOR_ABI, cpu->efer, 0, "efer is 0");
	check_segment(c, &cpu->cs, &wanted.cs,
		      "cs has base 0, limit 0xffffffff, and 32-bit code that can be read");
	check_segment(c, &cpu->data, &wanted.data,
		      "ds and es have base 0, limit 0xffffffff, and 32-bit data");
	check_segment(c, &cpu->tr, &wanted.tr, "tr has base 0, limit 0x67, and a busy 32-bit TSS");
}

static void carve(struct check *c, struct pvhboot_buffer workspace)
{
	uint8_t *base = pvhb_aligned(workspace.data);

	c->pieces = (void *)base;
	base += MAX_PIECES * sizeof(c->pieces[0]);
	c->entries = (void *)base;
	base += PVHBOOT_START_CHECK_MAP * sizeof(c->entries[0]);
	c->ram.at = (void *)base;
	base += PVHBOOT_START_CHECK_MAP * sizeof(c->ram.at[0]);
	c->text = (struct pvhboot_buffer){ base, PVHBOOT_START_CHECK_TEXT };
}

enum pvhboot_status pvhboot_start_check(const struct pvhboot_memory *memory, uint64_t gpa,
					const struct pvhboot_cpu *cpu,
					struct pvhboot_buffer workspace,
					struct pvhboot_start_report *report,
					struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_WORKSPACE);
	struct check c = { .start = { .memory = memory, .gpa = gpa }, .report = report };
	bool has_start;

	if (!pvhb_can_read(memory) || workspace.data == NULL || report == NULL ||
	    (report->findings == NULL && report->max_findings != 0))
		return pvhb_fail_plain(
			diag, PVHBOOT_INVAL, pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_NONE),
			"memory has map or read; workspace, report and its findings are not NULL");
	if (workspace.size < PVHBOOT_START_CHECK_NEED)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, at, workspace.size,
				 PVHBOOT_START_CHECK_NEED,
				 "workspace size >= PVHBOOT_START_CHECK_NEED");
	carve(&c, workspace);
	report->n_findings = report->n_errors = report->n_warnings = report->n_notes = 0;
	has_start = check_info(&c);
	if (has_start) {
		check_cmdline(&c);
		check_modules(&c);
		check_map(&c);
		check_rsdp(&c);
	}
	if (cpu != NULL) {
		check_registers(&c, cpu);
		place(&c, at_subject(PVHBOOT_SUBJECT_ENTRY, cpu->eip), cpu->eip, 1);
	}
	if (has_start) {
		check_pieces(&c);
		check_free_behind(&c);
	}
	return PVHBOOT_OK;
}
