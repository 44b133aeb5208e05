/* SPDX-License-Identifier: MIT */
#include "plan_picture.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

static enum picture_kind kind_of(uint32_t place)
{
	switch (place) {
	case PVHBOOT_PLACE_SEGMENT:
		return PICTURE_SEGMENT;
	case PVHBOOT_PLACE_MODULE:
		return PICTURE_MODULE;
	case PVHBOOT_PLACE_SYMBOLS:
		return PICTURE_SYMBOLS;
	case PVHBOOT_PLACE_BLOB:
		return PICTURE_BLOB;
	default:
		return PICTURE_BLOCK;
	}
}

/* The folder of a file says little: those who point at it see it. */
static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void name_place(const struct plan_view *view, const struct pvhboot_place *place,
		       struct picture_range *range)
{
	const char *path = plan_origin(view, place);
	const char *kind = pvhboot_place_kind_name((enum pvhboot_place_kind)place->kind);
	char name[PICTURE_MAX_NAME - 24], origin[PICTURE_MAX_DETAIL - 48];

	text_escape(name, sizeof(name), last_part(path), strlen(last_part(path)));
	text_escape(origin, sizeof(origin), path, strlen(path));
	if (place->kind == PVHBOOT_PLACE_INFO)
		snprintf(range->name, sizeof(range->name), "%s",
			 plan_block_name(&view->prepared->plan));
	else
		snprintf(range->name, sizeof(range->name), "%s %" PRIu32 "%s%s", kind, place->index,
			 name[0] ? ": " : "", name);
	snprintf(range->detail, sizeof(range->detail), "%s%s%zu bytes%s", origin,
		 origin[0] ? ", " : "", place->source.size,
		 place->source.size < place->size ? ", then zeros" : "");
}

static void mark_registers(const struct pvhboot_plan *plan, struct picture *out)
{
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(plan, &cpu);
	picture_mark(out, plan->entry, "%s 0x%" PRIx64 ": entry", cpu.is_64bit ? "rip" : "eip",
		     plan->entry);
	picture_mark(out, plan->start_info, "%s 0x%" PRIx64, plan_block_register(&cpu),
		     plan->start_info);
	if (cpu.cr3 != 0)
		picture_mark(out, cpu.cr3, "cr3 0x%" PRIx64 ": page tables", cpu.cr3);
	if (cpu.gdt_base != 0)
		picture_mark(out, cpu.gdt_base, "GDT 0x%" PRIx64, cpu.gdt_base);
}

static void add_title(const struct plan_view *view, struct picture *out)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	const char *label = last_part(file_label(view->options->path));
	const uint64_t slide = plan->slide, virtual_slide = plan->kaslr.virtual_slide;
	char size[TEXT_MAX_SIZE];
	int used;

	text_escape(out->title, sizeof(out->title), label, strlen(label));
	text_size(size, view->options->memory);
	used = snprintf(out->subtitle, sizeof(out->subtitle), "%s, entered by %s%s", size,
			pvhboot_entry_name((enum pvhboot_entry_kind)plan->entry_kind),
			slide == 0 ? ", where it was linked" : "");
	if (slide != 0)
		used += snprintf(out->subtitle + used, sizeof(out->subtitle) - (size_t)used,
				 ", moved %s by 0x%" PRIx64, slide >> 63 ? "down" : "up",
				 slide >> 63 ? -slide : slide);
	if (view->options->show_secrets && virtual_slide != 0)
		snprintf(out->subtitle + used, sizeof(out->subtitle) - (size_t)used,
			 ", virtual slide 0x%" PRIx64, virtual_slide);
}

void plan_draw(const struct plan_view *view, struct picture *out)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	const struct pvhboot_request *request = &view->options->request;

	add_title(view, out);
	for (size_t i = 0; i < plan->n_map; i++)
		picture_add(out, (enum picture_kind)plan->map[i].type, plan->map[i].gpa,
			    plan->map[i].size);
	for (size_t i = 0; i < request->n_avoid; i++)
		picture_add(out, PICTURE_AVOID, request->avoid[i].start,
			    request->avoid[i].end - request->avoid[i].start);
	for (size_t i = 0; i < plan->n_places; i++)
		name_place(view, &plan->places[i],
			   picture_add(out, kind_of(plan->places[i].kind), plan->places[i].gpa,
				       plan->places[i].size));
	mark_registers(plan, out);
}
