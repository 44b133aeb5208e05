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
#include "random.h"
#include "report.h"
#include "self.h"
#include "serial.h"
#include "words.h"

/* chainload.ld */
extern void (*const constructors_start[])(void);
extern void (*const constructors_end[])(void);

_Noreturn void chainload(uint32_t magic, uint32_t info);

/* Too large for the stack. */
static struct handover handover;
static struct pvhboot_module files[HANDOVER_MAX_MODULES]; /* the first is the kernel */
static struct words words;
static struct pvhboot_prepared prepared;
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

/*
 * Moves the modules, the kernel's file among them, to high memory, out of the way of what the
 * kernel gets. A module may move onto a part of itself, so the highest goes first: boot
 * loaders that put one behind the other then need only the room between.
 */
static void move_modules(void)
{
	size_t i;

	for (i = handover.n_modules; i-- > 0;) {
		const struct handover_module *module = &handover.modules[i];
		const size_t size = module->range.end - module->range.start;
		void *source = physical(module->range.start);
		void *copy = NULL;

		if (size != 0) {
			memory_release(source);
			copy = memory_alloc(size);
			if (copy == NULL)
				fail_rule_at("module", i, "a copy has room in the heap", size,
					     memory_heap().end - memory_heap().start);
			memmove(copy, source, size);
		}
		files[i] = (struct pvhboot_module){
			.bytes = { copy, size },
			.cmdline = pvhboot_text(module->cmdline),
		};
	}
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

static void report_address(const char *what, uint32_t n, uint32_t reason)
{
	report_begin();
	serial_text(what);
	serial_decimal(n);
	serial_text(n == 1 ? " address" : " addresses");
	if (reason != PVHBOOT_FIXED_NOT)
		serial_text(": ");
	serial_text(pvhboot_fixed_reason_name((enum pvhboot_fixed_reason)reason));
	report_end();
}

static void report_kaslr(const struct pvhboot_kaslr *kaslr, bool is_secret)
{
	if (kaslr->physical_fixed == PVHBOOT_FIXED_NOT_WANTED)
		return;
	report_address("physical: one of ", kaslr->physical_slots, kaslr->physical_fixed);
	report_address("virtual: one of ", kaslr->virtual_slots, kaslr->virtual_fixed);
	if (is_secret)
		return;
	report_begin();
	serial_text("virtual slide ");
	serial_hex(kaslr->virtual_slide);
	report_end();
}

/* The addresses of the kernel are not said where they are a secret. */
static void report_plan(const struct pvhboot_plan *plan, bool is_secret)
{
	size_t i;

	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (is_secret && place->kind == PVHBOOT_PLACE_SEGMENT)
			continue;
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
	serial_hex(is_secret ? 0 : plan->entry);
	serial_text(" start_info ");
	serial_hex(plan->start_info);
	serial_text(" slide ");
	serial_hex(is_secret ? 0 : plan->slide);
	serial_text(" ");
	serial_text(pvhboot_entry_name((enum pvhboot_entry_kind)plan->entry_kind));
	report_end();
}

/* The random bytes that the request wants, unless they were given. */
static struct pvhboot_bytes find_entropy(void)
{
	if (words.n_entropy == 0) {
		words.n_entropy = entry_entropy_size(words.flags);
		random_fill(words.entropy, words.n_entropy);
	}
	return (struct pvhboot_bytes){ words.entropy, words.n_entropy };
}

/* So that the kernel's part of a boot can be told from the loader's. */
static void report_time(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	report_begin();
	serial_text("entering after ");
	serial_decimal((uint64_t)high << 32 | low);
	serial_text(" cycles");
	report_end();
}

/* The block lies in the loader, where the plan puts nothing. */
static _Noreturn void enter(const struct pvhboot_cpu *cpu)
{
	static struct pvhboot_baremetal block;
	uint32_t gpa = (uint32_t)self_address(&block);

	pvhboot_baremetal_prepare(cpu, gpa, &block);
	pvhboot_baremetal_enter(gpa);
}

/* The library names what is in a kernel's way by its number. */
static void report_obstacle(const struct pvhboot_range *avoid)
{
	static const char *const names[] = { "this loader", "its heap", "out of its reach" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (diag.failure.bound < avoid[i].start || diag.failure.bound >= avoid[i].end)
			continue;
		report_range("in the way", avoid[i].start, avoid[i].end - avoid[i].start);
		serial_text(names[i]);
		report_end();
	}
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

static void read_handover(uint32_t magic, uint32_t info)
{
	if (magic == PVHBOOT_WIRE_START_MAGIC)
		check(pvh_read(info, &handover, &diag));
	else
		multiboot_read(magic, info, &handover);
	if (handover.n_map == 0)
		fail("memory map: there is none");
	if (handover.n_modules == 0)
		fail("modules: there is none; the first one is the kernel");
	words = words_read(&handover);
}

/* The loader itself goes to the top of RAM: kernels are linked to lie where it was put. */
static void set_up_memory(void)
{
	const struct pvhboot_range within = { (uint64_t)2 << 20, (uint64_t)4 << 30 };
	const uint64_t size = self_range().end - self_range().start;
	struct pvhboot_range room;
	size_t i;

	memory_setup(handover.map, handover.n_map, size);
	for (i = 0; i < handover.n_modules; i++)
		memory_take(handover.modules[i].range);
	room = memory_highest(within, size);
	if (room.start == room.end)
		fail_rule("loader", "a copy of it has room in RAM from 2 MiB to 4 GiB", size, 0);
	self_move(room.start);
	memory_take(room);
}

/* From here on the boot loader's modules and structures may be overwritten. */
static void load(struct pvhboot_cpu *cpu)
{
	const struct pvhboot_range out_of_reach = { PHYSICAL_END, UINT64_MAX };
	const struct pvhboot_range avoid[] = { self_range(), memory_heap(), out_of_reach };
	const bool is_secret = (words.flags & PVHBOOT_REQUEST_KASLR) != 0 && words.n_entropy == 0;
	const struct pvhboot_options options = {
		.allocator = &memory_allocator,
		.codecs = pvhboot_codecs(),
	};
	const struct pvhboot_request request = {
		.map = handover.map,
		.n_map = handover.n_map,
		.avoid = avoid,
		.n_avoid = sizeof(avoid) / sizeof(avoid[0]),
		.modules = &files[1],
		.n_modules = handover.n_modules - 1,
		.cmdline = files[0].cmdline,
		.rsdp = handover.rsdp,
		.flags = words.flags,
		.entry = words.entry,
		.efi = entry_efi_environment(),
		.entropy = find_entropy(),
	};
	enum pvhboot_status status;

	status = pvhboot_prepare(files[0].bytes, &request, &options, &physical_memory, &prepared,
				 &diag);
	if (status == PVHBOOT_OVERLAP)
		report_obstacle(avoid);
	check(status);
	report_kernel(&prepared.image);
	report_plan(&prepared.plan, is_secret);
	report_kaslr(&prepared.plan.kaslr, is_secret);
	report_warnings();
	check(pvhboot_prepared_commit(&prepared, NULL, &diag));
	pvhboot_plan_cpu(&prepared.plan, cpu);
}

/* Called by start.S: the magic number of Multiboot in eax, or that of a start_info. */
void chainload(uint32_t magic, uint32_t info)
{
	struct pvhboot_cpu cpu;

	set_up_machine();
	read_handover(magic, info);
	set_up_memory();
	move_modules();
	load(&cpu);
	report_time();
	serial_drain();
	enter(&cpu);
}
