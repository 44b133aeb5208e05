/* SPDX-License-Identifier: MIT */
/*
 * The boot, from the modules of the boot loader to the kernel's entry.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvhboot/adapt/baremetal.h>
#include <pvhboot/pvhboot.h>
#include <pvhboot/wire/start_info.h>

#include "exception.h"
#include "handover.h"
#include "memory.h"
#include "multiboot.h"
#include "physical.h"
#include "pvh.h"
#include "report.h"
#include "reserve.h"
#include "serial.h"

/* chainload.ld */
extern uint8_t loader_start[], loader_end[];
extern void (*const constructors_start[])(void);
extern void (*const constructors_end[])(void);

_Noreturn void chainload(uint32_t magic, uint32_t info);

/* Too large for the stack. */
static struct handover handover;
static struct pvhboot_module modules[HANDOVER_MAX_MODULES];
static struct pvhboot_range avoid[MEMORY_MAX_RANGES];
static struct pvhboot_diag diag;

static void report_warnings(void)
{
	char line[256];
	size_t i;

	for (i = 0; i < diag.n_warnings; i++) {
		pvhboot_finding_format(&diag.warnings[i], line, sizeof(line));
		report_begin();
		serial_text("warning: ");
		serial_text(line);
		report_end();
	}
	if (diag.n_lost != 0) {
		report_begin();
		serial_text("warning: and ");
		serial_decimal(diag.n_lost);
		serial_text(" more");
		report_end();
	}
}

static void check(enum pvhboot_status status)
{
	char line[512];

	if (status == PVHBOOT_OK)
		return;
	report_warnings();
	pvhboot_diag_format(&diag, line, sizeof(line));
	fail(line);
}

static void *allocate(const char *purpose, uint64_t size)
{
	void *block = memory_alloc(size);

	if (block == NULL) {
		report_begin_error();
		serial_text("memory: no room for ");
		serial_decimal(size);
		serial_text(" bytes: ");
		serial_text(purpose);
		report_halt();
	}
	return block;
}

static struct pvhboot_bytes bytes_of(const struct handover_module *module)
{
	return (struct pvhboot_bytes){
		physical(module->range.start),
		module->range.end - module->range.start,
	};
}

static struct pvhboot_bytes copy(const char *purpose, struct pvhboot_bytes bytes)
{
	uint8_t *block;

	if (bytes.size == 0)
		return bytes;
	block = allocate(purpose, bytes.size);
	memcpy(block, bytes.data, bytes.size);
	return (struct pvhboot_bytes){ block, bytes.size };
}

static void report_kernel(const struct pvhboot_image *image)
{
	report_begin();
	serial_text("kernel ");
	serial_decimal(image->file.size);
	serial_text(" bytes, ");
	serial_text(pvhboot_container_name(image->container));
	serial_text(", ");
	serial_text(pvhboot_compression_name(image->compression));
	report_end();
}

/*
 * The ELF image, and what else a unified kernel image carries, in blocks of their
 * own: also that of a kernel which is not compressed is copied, because what the
 * plan puts over the module may be made from it.
 */
static struct pvhboot_bytes unpack_kernel(const struct handover_module *module,
					  struct pvhboot_uki *uki)
{
	const struct pvhboot_options options = {
		.allocator = &memory_allocator,
		.codecs = pvhboot_codecs(),
	};
	const uint16_t n_warnings = diag.n_warnings;
	struct pvhboot_loaded loaded;
	struct pvhboot_image image;

	/* probed once more by the next call: decoding takes seconds where it is emulated,
	 * and this is said before */
	check(pvhboot_image_probe(bytes_of(module), NULL, &image, &diag));
	report_kernel(&image);
	diag.n_warnings = n_warnings;
	check(pvhboot_image_load(bytes_of(module), &options, &loaded, &diag));
	if (loaded.buffer.data == NULL)
		loaded.elf = copy("the unpacked kernel", loaded.elf);
	uki->initrd = copy("the initrd of the kernel file", loaded.image.uki.initrd);
	uki->cmdline = copy("the command line of the kernel file", loaded.image.uki.cmdline);
	memory_forget(module->range);
	return loaded.elf;
}

/*
 * Moves the other modules out of the kernel's way, to high memory. A module may
 * move onto a part of itself, so the highest goes first: boot loaders that put
 * one behind the other then need only the room between.
 */
static void move_modules(struct pvhboot_module *to)
{
	size_t i;

	for (i = handover.n_modules - 1; i > 0; i--) {
		const struct handover_module *source = &handover.modules[i];
		struct pvhboot_bytes bytes = bytes_of(source);
		void *copy = NULL;

		memory_forget(source->range);
		if (bytes.size != 0) {
			copy = allocate("a copy of a module", bytes.size);
			memmove(copy, bytes.data, bytes.size);
		}
		to[i - 1] = (struct pvhboot_module){
			.bytes = { copy, bytes.size },
			.cmdline = source->cmdline,
		};
	}
}

/* The boot loader's, or where that is empty, the one that the kernel file brings. */
static const char *kernel_cmdline(const struct pvhboot_uki *uki)
{
	const char *given = handover.modules[0].cmdline;
	size_t size = uki->cmdline.size;
	char *text;

	if ((given != NULL && *given != '\0') || size == 0)
		return given;
	text = allocate("the command line", (uint64_t)size + 1);
	memcpy(text, uki->cmdline.data, size);
	text[size] = '\0';
	return text;
}

static void make_plan(struct pvhboot_request *request, struct pvhboot_plan *plan)
{
	struct pvhboot_buffer workspace;

	/* the workspace will be one more range to avoid */
	request->avoid = avoid;
	request->n_avoid = memory_avoid(avoid) + 1;
	check(pvhboot_plan_need(request, &workspace.size, &diag));
	workspace.data = allocate("the plan", workspace.size);
	request->n_avoid = memory_avoid(avoid);

	check(pvhboot_plan_make(request, workspace, plan, &diag));
	check(pvhboot_plan_check(plan, request, &diag));
}

static void report_range(const char *what, uint64_t start, uint64_t size)
{
	report_begin();
	serial_text(what);
	serial_text(" ");
	serial_hex(start);
	serial_text("-");
	serial_hex(start + size);
	serial_text(" ");
}

static void report_plan(const struct pvhboot_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		report_range("place", place->gpa, place->size);
		serial_text(pvhboot_place_kind_name(place->kind));
		serial_text(" ");
		serial_decimal(place->index);
		report_end();
	}
	for (i = 0; i < plan->n_map; i++) {
		report_range("memmap", plan->map[i].gpa, plan->map[i].size);
		serial_decimal(plan->map[i].type);
		report_end();
	}
	report_begin();
	serial_text("entry ");
	serial_hex(plan->entry);
	serial_text(" start_info ");
	serial_hex(plan->start_info);
	serial_text(" slide ");
	serial_hex(plan->slide);
	report_end();
}

/* The block lies in the loader, one to one and where the plan puts nothing. */
static _Noreturn void enter(const struct pvhboot_cpu *cpu)
{
	static struct pvhboot_baremetal block;
	uint32_t gpa = (uint32_t)(uintptr_t)&block;

	pvhboot_baremetal_prepare(cpu, gpa, &block);
	pvhboot_baremetal_enter(gpa);
}

static void set_up_machine(void)
{
	void (*const *constructor)(void);

	serial_setup();
	serial_text("\r\n"); /* the firmware may have left a line unfinished */
	report_begin();
	serial_text("libpvhboot ");
	serial_text(pvhboot_version());
	report_end();
	exception_setup();
	for (constructor = constructors_start; constructor < constructors_end; constructor++)
		(*constructor)();
}

static void set_up_memory(void)
{
	size_t i;

	memory_setup(handover.map, handover.n_map);
	memory_take((struct pvhboot_range){ (uintptr_t)loader_start, (uintptr_t)loader_end },
		    MEMORY_LOADER);
	for (i = 0; i < handover.n_modules; i++)
		memory_take(handover.modules[i].range, MEMORY_SOURCE);
}

/* Called by start.S: the magic number of Multiboot in eax, or that of a start_info. */
void chainload(uint32_t magic, uint32_t info)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_request request;
	struct pvhboot_uki uki;
	struct pvhboot_plan plan;
	struct pvhboot_cpu cpu;
	size_t n_modules = 0;

	set_up_machine();
	if (magic == PVHBOOT_WIRE_START_MAGIC)
		check(pvh_read(info, &handover, &diag));
	else
		multiboot_read(magic, info, &handover);
	if (handover.n_map == 0)
		fail("memory map: there is none");
	if (handover.n_modules == 0)
		fail("modules: there is none; the first one is the kernel");
	reserve_ranges(&handover);
	set_up_memory();

	check(pvhboot_kernel_open(unpack_kernel(&handover.modules[0], &uki), 0, &kernel, &diag));
	if (uki.initrd.size != 0)
		modules[n_modules++].bytes = uki.initrd;
	move_modules(&modules[n_modules]);
	n_modules += handover.n_modules - 1;
	request = (struct pvhboot_request){
		.kernel = &kernel,
		.map = handover.map,
		.n_map = handover.n_map,
		.modules = modules,
		.n_modules = n_modules,
		.cmdline = kernel_cmdline(&uki),
		.rsdp = handover.rsdp,
	};
	make_plan(&request, &plan);
	report_plan(&plan);
	report_warnings();

	/* From here the boot loader's modules and structures may be overwritten. */
	check(pvhboot_plan_commit(&plan, &physical_memory, &diag));
	pvhboot_plan_cpu(&plan, &cpu);
	serial_drain();
	enter(&cpu);
}
