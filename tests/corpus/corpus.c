/* SPDX-License-Identifier: MIT */
/*
 * All that the freestanding core says of files, one fact a line: what does not
 * depend on the size of a pointer or on how functions are called. Built for each of
 * the cores, it must print the same.
 */
#include <pvhboot/pvhboot.h>

#include "../../examples/grub/lz4.h"
#include "guest.h"
#include "limits.h"
#include "print.h"
#include "request.h"
#include "system.h"

static const struct pvhboot_codec *const codecs[] = { &codec_lz4, NULL };
static const struct pvhboot_options options = { .allocator = &heap, .codecs = codecs };

static void print_image(const struct pvhboot_image *image)
{
	print_text("container ");
	print_text(pvhboot_container_name(image->container));
	print_word("compression", pvhboot_compression_name(image->compression));
	print_number("protocol", image->protocol);
	print_number("stream_offset", image->stream_offset);
	print_number("unpacked", image->unpacked_size);
	print_number("exact", image->size_is_exact);
	print_number("depth", image->depth);
	print_bytes("stream", image->stream);
	print_bytes("initrd", image->uki.initrd);
	print_bytes("cmdline", image->uki.cmdline);
	print_bytes("osrel", image->uki.osrel);
	print_bytes("uname", image->uki.uname);
	print_bytes("ucode", image->uki.ucode);
	print_number("profiles", image->uki.n_profiles);
	print_number("profile", image->uki.profile);
	print_end();
}

/* The ELF image of a file, or the file itself where there is none: both are to be
 * refused in the same words. */
static struct pvhboot_bytes unpack(struct pvhboot_bytes file)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_loaded loaded;
	struct pvhboot_image image;
	enum pvhboot_status status = pvhboot_image_probe(file, NULL, &image, &diag);

	print_result("probe", status, &diag);
	if (status == PVHBOOT_OK)
		print_image(&image);
	diag = (struct pvhboot_diag){ 0 };
	status = pvhboot_image_load(file, &options, &loaded, &diag);
	print_result("load", status, &diag);
	if (status != PVHBOOT_OK)
		return file;
	print_image(&loaded.image);
	print_text("unpacked");
	print_bytes(" elf", loaded.elf);
	print_end();
	return loaded.elf;
}

static void print_kernel(const struct pvhboot_kernel *kernel)
{
	print_text("kernel");
	print_number("start", kernel->start);
	print_number("end", kernel->end);
	print_number("entry", kernel->entry);
	print_number("machine", kernel->machine);
	print_number("class", kernel->elf_class);
	print_number("segments", kernel->n_segments);
	print_number("notes", kernel->n_notes);
	print_number("source", kernel->note_source);
	print_number("flags", kernel->flags);
	print_number("overlapping", kernel->overlapping);
	print_number("relocatable", kernel->relocatable);
	print_number("align", kernel->reloc.align);
	print_number("min", kernel->reloc.min);
	print_number("max", kernel->reloc.max);
	print_end();
	print_text("features");
	print_number("supported", kernel->features.supported);
	print_number("required", kernel->features.required);
	print_number("complete", kernel->features.is_complete);
	print_bytes("build_id", kernel->build_id);
	print_bytes("guest_os", kernel->guest_os);
	print_end();
	print_text("symbols");
	print_number("gpa", kernel->symbols.gpa);
	print_number("size", kernel->symbols.size);
	print_number("symtab_shdr", kernel->symbols.symtab_shdr);
	print_number("strtab_shdr", kernel->symbols.strtab_shdr);
	print_bytes("symtab", kernel->symbols.symtab);
	print_bytes("strtab", kernel->symbols.strtab);
	print_end();
	print_text("tables");
	print_number("phoff", kernel->tables.phoff);
	print_number("shoff", kernel->tables.shoff);
	print_number("phnum", kernel->tables.phnum);
	print_number("shnum", kernel->tables.shnum);
	print_number("phentsize", kernel->tables.phentsize);
	print_number("shentsize", kernel->tables.shentsize);
	print_end();
}

static void print_segments(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		print_text("segment");
		print_number("index", segment.index);
		print_number("gpa", segment.gpa);
		print_number("size", segment.size);
		print_number("flags", segment.flags);
		print_number("offset", segment.offset);
		print_bytes("bytes", segment.bytes);
		print_end();
	}
}

static void print_notes(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;

	while (pvhboot_note_next(kernel, &iter, &note)) {
		const char *name =
			pvhboot_note_is_xen(&note) ? pvhboot_note_xen_name(note.type) : NULL;

		print_text("note");
		print_number("type", note.type);
		print_word("xen", name == NULL ? "-" : name);
		print_number("offset", note.offset);
		print_number("padding", note.padding);
		print_bytes("name", note.name);
		print_bytes("desc", note.desc);
		print_end();
	}
}

static void print_plan(const struct pvhboot_plan *plan)
{
	size_t i;

	print_text("plan");
	print_number("start_info", plan->start_info);
	print_number("entry", plan->entry);
	print_number("slide", plan->slide);
	print_word("kind", pvhboot_entry_name(plan->entry_kind));
	print_bytes("info", plan->info);
	print_end();
	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		print_text("place ");
		print_text(pvhboot_place_kind_name(place->kind));
		print_number("index", place->index);
		print_number("gpa", place->gpa);
		print_number("size", place->size);
		print_bytes("source", place->source);
		print_number("offset", place->source_offset);
		print_number("flags", place->flags);
		print_end();
	}
	for (i = 0; i < plan->n_map; i++) {
		print_text("map");
		print_number("gpa", plan->map[i].gpa);
		print_number("size", plan->map[i].size);
		print_number("type", plan->map[i].type);
		print_end();
	}
}

static void print_cpu(const struct pvhboot_cpu *cpu)
{
	print_text("cpu");
	print_number("rip", cpu->rip);
	print_number("rbx", cpu->rbx);
	print_number("rsi", cpu->rsi);
	print_number("rflags", cpu->rflags);
	print_number("cr0", cpu->cr0);
	print_number("cr3", cpu->cr3);
	print_number("gdt", cpu->gdt_base);
	print_number("cs", cpu->cs.access);
	print_number("data", cpu->data.access);
	print_number("tr", cpu->tr.access);
	print_end();
}

static void commit(const struct pvhboot_plan *plan)
{
	struct guest guest = { 0 };
	const struct pvhboot_memory memory = guest_memory(&guest);
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_cpu cpu;

	print_result("commit", pvhboot_plan_commit(plan, &memory, &diag), &diag);
	guest_print(&guest);
	pvhboot_plan_cpu(plan, &cpu);
	print_cpu(&cpu);
}

static void plan(const struct pvhboot_kernel *kernel, const struct named_request *named)
{
	size_t heap_before = heap_used();
	struct pvhboot_request request = named->request;
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
	enum pvhboot_status status;

	request.kernel = kernel;
	print_text("request ");
	print_text(named->name);
	print_end();
	status = pvhboot_plan_need(&request, &workspace.size, &diag);
	print_result("need", status, &diag);
	if (status != PVHBOOT_OK)
		return;
	workspace.data = heap_alloc(workspace.size);
	if (workspace.data == NULL)
		system_fail("corpus", "no memory for a workspace");
	diag = (struct pvhboot_diag){ 0 };
	status = pvhboot_plan_make(&request, workspace, &plan, &diag);
	print_result("make", status, &diag);
	if (status == PVHBOOT_OK) {
		print_plan(&plan);
		diag = (struct pvhboot_diag){ 0 };
		print_result("check", pvhboot_plan_check(&plan, &request, &diag), &diag);
		commit(&plan);
	}
	heap_reset(heap_before);
}

static void open(struct pvhboot_bytes elf, const char *name, uint32_t flags)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_kernel kernel;
	enum pvhboot_status status = pvhboot_kernel_open(elf, flags, &kernel, &diag);
	size_t i;

	print_result(name, status, &diag);
	if (status != PVHBOOT_OK)
		return;
	print_kernel(&kernel);
	print_segments(&kernel);
	print_notes(&kernel);
	for (i = 0; i < N_REQUESTS; i++)
		plan(&kernel, &requests[i]);
}

/* All stages in one call, with the heap as it was before the stages alone. */
static void boot(struct pvhboot_bytes file, const struct named_request *named)
{
	struct guest guest = { 0 };
	const struct pvhboot_memory memory = guest_memory(&guest);
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_cpu cpu;
	enum pvhboot_status status =
		pvhboot_boot(file, &named->request, &options, &memory, &cpu, &diag);

	print_result("boot", status, &diag);
	guest_print(&guest);
	if (status == PVHBOOT_OK)
		print_cpu(&cpu);
}

static const char *last_part(const char *path)
{
	const char *part = path;

	for (; *path != '\0'; path++)
		if (*path == '/')
			part = path + 1;
	return part;
}

static void report(const char *path)
{
	struct pvhboot_bytes file;
	struct pvhboot_bytes elf;
	size_t heap_before;

	heap_reset(0);
	file = system_read(path);
	heap_before = heap_used();
	print_text("image ");
	print_text(last_part(path));
	print_bytes("", file);
	print_end();
	print_flush(); /* the last image that is named is the one that crashed */
	elf = unpack(file);
	open(elf, "open", 0);
	open(elf, "open for Xen's leniency", PVHBOOT_COMPAT_XEN);
	heap_reset(heap_before);
	boot(file, &requests[N_REQUESTS - 1]);
}

void program(int n_arguments, char **arguments)
{
	int i;

	if (n_arguments < 2)
		system_fail("usage", "corpus FILE...");
	limits_check();
	for (i = 1; i < n_arguments; i++)
		report(arguments[i]);
	print_flush();
	system_exit(0);
}
