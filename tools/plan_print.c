/* SPDX-License-Identifier: MIT */
#include "plan_print.h"

#include "json.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* What stands for a path where a module is of the kernel file. */
#define UKI_INITRD "(.initrd of the kernel file)"
#define UKI_UCODE "(.ucode of the kernel file)"

static const char *map_type_name(uint32_t type)
{
	for (const struct value_word *word = plan_map_types; word->word; word++)
		if (word->value == type)
			return word->word;
	return "?";
}

/* Why the kernel is entered as it is. */
static const char *entry_reason(const struct plan_view *view)
{
	const struct pvhboot_kernel *kernel = &view->prepared->kernel;

	if (view->options->request.entry != PVHBOOT_ENTRY_AUTO)
		return "asked for";
	if (kernel->elf_class == 0)
		return view->prepared->image.stream.size == 0 ?
			       "the bzImage packs no kernel" :
			       "what is packed in the bzImage cannot be entered";
	if (view->prepared->plan.entry_kind == PVHBOOT_ENTRY_PVH)
		return "the kernel has a PVH note";
	if (kernel->entries & PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH))
		return "a random virtual address needs it";
	return "the kernel has no PVH note";
}

/* What the kernel is handed: a start_info, by EFI the environment, or a boot_params. */
static int has_start_info(const struct pvhboot_plan *plan)
{
	return plan->entry_kind == PVHBOOT_ENTRY_PVH || plan->entry_kind == PVHBOOT_ENTRY_EFI;
}

static void json_fixed(struct json *json, const char *key, uint32_t reason)
{
	json_string(json, key,
		    reason == PVHBOOT_FIXED_NOT ?
			    NULL :
			    pvhboot_fixed_reason_name((enum pvhboot_fixed_reason)reason));
}

static void json_kaslr(struct json *json, const struct plan_view *view)
{
	const struct pvhboot_kaslr *kaslr = &view->prepared->plan.kaslr;

	if ((view->options->request.flags & PVHBOOT_REQUEST_KASLR) == 0) {
		json_string(json, "kaslr", NULL);
		return;
	}
	json_object(json, "kaslr");
	json_number(json, "physical_slots", kaslr->physical_slots);
	json_fixed(json, "physical_fixed", kaslr->physical_fixed);
	json_number(json, "virtual_slots", kaslr->virtual_slots);
	json_fixed(json, "virtual_fixed", kaslr->virtual_fixed);
	if (view->options->show_secrets)
		json_hex(json, "virtual_slide", kaslr->virtual_slide);
	json_object_end(json);
}

static void json_digest(struct json *json, const struct plan_view *view)
{
	if (view->options->digest)
		json_hex_bytes(json, "digest", view->digest, sizeof(view->digest));
	else
		json_string(json, "digest", NULL);
}

static void json_places(struct json *json, const struct pvhboot_plan *plan)
{
	json_list(json, "places");
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		json_object(json, NULL);
		json_hex(json, "gpa", place->gpa);
		json_number(json, "size", place->size);
		json_string(json, "kind",
			    pvhboot_place_kind_name((enum pvhboot_place_kind)place->kind));
		json_number(json, "index", place->index);
		json_number(json, "source_size", place->source.size);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_map(struct json *json, const struct pvhboot_plan *plan)
{
	json_list(json, "memmap");
	for (size_t i = 0; i < plan->n_map; i++) {
		json_object(json, NULL);
		json_hex(json, "gpa", plan->map[i].gpa);
		json_number(json, "size", plan->map[i].size);
		json_number(json, "type", plan->map[i].type);
		json_string(json, "type_name", map_type_name(plan->map[i].type));
		json_object_end(json);
	}
	json_list_end(json);
}

void plan_print_json(const struct plan_view *view)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	struct json json;

	json_start(&json, stdout);
	json_string(&json, "file", view->options->path);
	json_number(&json, "memory", view->options->memory);
	json_hex(&json, "entry", plan->entry);
	json_string(&json, "entry_kind",
		    pvhboot_entry_name((enum pvhboot_entry_kind)plan->entry_kind));
	json_string(&json, "entry_reason", entry_reason(view));
	json_hex(&json, "start_info", plan->start_info);
	json_hex(&json, "slide", plan->slide);
	json_kaslr(&json, view);
	json_digest(&json, view);
	json_places(&json, plan);
	json_map(&json, plan);
	json_warnings(&json, view->diag);
	json_object_end(&json);
}

static void fill_range(struct table_row *row, uint64_t gpa, uint64_t size)
{
	snprintf(row->cells[0], TABLE_MAX_CELL, "0x%" PRIx64, gpa);
	snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, gpa + size);
	text_size(row->cells[2], size);
}

/* The file of a module. By EFI the first module is the kernel's. */
static const char *module_label(const struct plan_view *view, uint32_t index)
{
	const struct plan_options *options = view->options;

	if (view->prepared->plan.entry_kind != PVHBOOT_ENTRY_EFI)
		return file_label(options->modules[index].path);
	return file_label(index == 0 ? options->path : options->modules[index - 1].path);
}

/* What a place's bytes are from, if it is not the kernel. */
const char *plan_origin(const struct plan_view *view, const struct pvhboot_place *place)
{
	const struct plan_options *options = view->options;

	switch (place->kind) {
	case PVHBOOT_PLACE_MODULE:
		if (options->n_modules > 0 || view->prepared->plan.entry_kind == PVHBOOT_ENTRY_EFI)
			return module_label(view, place->index);
		return place->source.data == view->prepared->image.uki.ucode.data ? UKI_UCODE :
										    UKI_INITRD;
	case PVHBOOT_PLACE_BLOB:
		return file_label(options->blobs[place->index].path);
	default:
		return "";
	}
}

const char *plan_block_name(const struct pvhboot_plan *plan)
{
	return has_start_info(plan) ? "start_info" : "boot_params";
}

const char *plan_block_register(const struct pvhboot_cpu *cpu)
{
	if (cpu->rsi == 0)
		return "ebx";
	return cpu->is_64bit ? "rsi" : "esi";
}

static int next_place(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct plan_view *view = subject;
	const struct pvhboot_plan *plan = &view->prepared->plan;
	const struct pvhboot_place *place;
	const char *label;

	if (cursor->index == plan->n_places)
		return 0;
	place = &plan->places[cursor->index++];
	fill_range(row, place->gpa, place->size);
	if (place->kind == PVHBOOT_PLACE_INFO)
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s", plan_block_name(plan));
	else
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s %" PRIu32,
			 pvhboot_place_kind_name((enum pvhboot_place_kind)place->kind),
			 place->index);
	label = plan_origin(view, place);
	text_escape(row->cells[4], TABLE_MAX_CELL, label, strlen(label));
	return 1;
}

static int next_map_entry(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct pvhboot_plan *plan = subject;

	if (cursor->index == plan->n_map)
		return 0;
	fill_range(row, plan->map[cursor->index].gpa, plan->map[cursor->index].size);
	snprintf(row->cells[3], TABLE_MAX_CELL, "%s", map_type_name(plan->map[cursor->index].type));
	cursor->index++;
	return 1;
}

static void print_tables(const struct plan_view *view)
{
	static const struct table_column place_columns[] = {
		{ "start", 1 }, { "end", 1 },  { "size", 1 },
		{ "what", 0 },  { "file", 0 }, { NULL, 0 },
	};
	static const struct table_column map_columns[] = {
		{ "start", 1 }, { "end", 1 }, { "size", 1 }, { "type", 0 }, { NULL, 0 },
	};
	const struct table places = { "Places", place_columns, next_place, view };
	const struct table map = { "Memory map", map_columns, next_map_entry,
				   &view->prepared->plan };

	table_print(&places);
	table_print(&map);
}

static void print_entry(const struct plan_view *view)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(plan, &cpu);
	text_field("Entry", "0x%" PRIx64 " (%s), %s: %s", plan->entry, cpu.is_64bit ? "rip" : "eip",
		   pvhboot_entry_name((enum pvhboot_entry_kind)plan->entry_kind),
		   entry_reason(view));
	text_field(plan_block_name(plan), "0x%" PRIx64 " (%s)", plan->start_info,
		   plan_block_register(&cpu));
}

static void print_slide(const char *title, uint64_t slide)
{
	if (slide >> 63) /* it is added modulo 2^64 */
		text_field(title, "0x%" PRIx64 " down", -slide);
	else
		text_field(title, "0x%" PRIx64 " up", slide);
}

#define TENTH_OF_A_BIT 1.0717734625 /* 2^0.1 */
#define HALF_OF_THAT 1.0352649238

/* "physical 7.9 bits", or "physical fixed (no room)". */
static void print_bits(const char *what, uint32_t slots, uint32_t fixed)
{
	double rest = slots;
	unsigned int tenths = 0;

	if (fixed != PVHBOOT_FIXED_NOT) {
		printf("%s fixed (%s)", what,
		       pvhboot_fixed_reason_name((enum pvhboot_fixed_reason)fixed));
		return;
	}
	while (rest > HALF_OF_THAT) {
		rest /= TENTH_OF_A_BIT;
		tenths++;
	}
	printf("%s %u.%u bits", what, tenths / 10, tenths % 10);
}

static void print_kaslr(const struct plan_view *view)
{
	const struct pvhboot_kaslr *kaslr = &view->prepared->plan.kaslr;

	if ((view->options->request.flags & PVHBOOT_REQUEST_KASLR) == 0)
		return;
	if (kaslr->physical_fixed == PVHBOOT_FIXED_BY_ENTRY) {
		text_field("KASLR", "left to the kernel, which chooses an address for itself");
		return;
	}
	text_start("KASLR");
	print_bits("physical", kaslr->physical_slots, kaslr->physical_fixed);
	print_bits(", virtual", kaslr->virtual_slots, kaslr->virtual_fixed);
	putchar('\n');
	if (view->options->show_secrets)
		print_slide("Virtual", kaslr->virtual_slide);
}

static void print_digest(const struct plan_view *view)
{
	if (!view->options->digest)
		return;
	text_start("Digest");
	for (size_t i = 0; i < sizeof(view->digest); i++)
		printf("%02x", view->digest[i]);
	putchar('\n');
}

void plan_print_text(const struct plan_view *view)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	const char *label = file_label(view->options->path);
	char size[TEXT_MAX_SIZE];
	uint64_t total = 0;

	for (size_t i = 0; i < plan->n_places; i++)
		total += plan->places[i].size;
	text_start("File");
	text_put(stdout, label, strlen(label));
	putchar('\n');
	text_size(size, view->options->memory);
	text_field("Memory", "%s", size);
	print_entry(view);
	if (plan->slide == 0)
		text_field("Slide", "none: the kernel lies where it was linked");
	else
		print_slide("Slide", plan->slide);
	print_kaslr(view);
	text_size(size, total);
	text_field("Total", "%s in %zu places", size, plan->n_places);
	print_digest(view);
	print_tables(view);
	text_warnings(view->diag);
}
