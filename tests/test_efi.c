/* SPDX-License-Identifier: MIT */
/* The EFI environment, lib/guest/efi, run on the host: its memory is a buffer of this program, and
 * what is the machine's is a stand-in here. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <pvhboot/plan.h>
#include <pvhboot/wire/start_info.h>

#include "../lib/guest/efi/boot.h"
#include "../lib/guest/efi/console.h"
#include "../lib/guest/efi/device_path.h"
#include "../lib/guest/efi/fault.h"
#include "../lib/guest/efi/files.h"
#include "../lib/guest/efi/handle.h"
#include "../lib/guest/efi/image.h"
#include "../lib/guest/efi/memory.h"
#include "../lib/guest/efi/options.h"
#include "../lib/guest/efi/paging.h"
#include "../lib/guest/efi/pe.h"
#include "../lib/guest/efi/runtime.h"
#include "../lib/guest/efi/tables.h"
#include "../lib/guest/efi/variable.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/random.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096u

/* ---- What is the machine's ------------------------------------------------------- */

/* Of the linker: this program, and the two regions that stay. */
__asm__(".pushsection .bss\n"
	".balign 4096\n"
	".globl efi_start, efi_end_of_program\n"
	".globl efi_runtime_code, efi_runtime_code_end, efi_runtime_data, efi_runtime_data_end\n"
	"efi_start: .skip 4096\n"
	"efi_runtime_code: .skip 4096\n"
	"efi_runtime_code_end:\n"
	"efi_runtime_data: .skip 4096\n"
	"efi_runtime_data_end:\n"
	"efi_end_of_program:\n"
	".popsection");

/* All zero: an Intel without anything. */
static struct {
	bool has_serial, has_debug, is_xen, is_amd, has_random, is_busy;
	uint32_t features; /* of cpuid(0x80000001).edx */
	uint8_t scratch, index, clock[128];
	char text[4096]; /* that went to the console */
	size_t n_text;
	char ended[256]; /* how the machine was ended: writes and hypercalls */
	uint32_t n_flushes;
} machine;
static jmp_buf stopped;

static void note(const char *what, uint64_t first, uint64_t second)
{
	size_t n = strlen(machine.ended);

	snprintf(machine.ended + n, sizeof(machine.ended) - n, "%s %" PRIx64 ":%" PRIx64 " ", what,
		 first, second);
}

static void put_text(uint8_t character)
{
	if (machine.n_text < sizeof(machine.text) - 1)
		machine.text[machine.n_text++] = (char)character;
}

void port_write8(uint16_t port, uint8_t value)
{
	if ((port == 0x3f8 && machine.has_serial) || (port == 0xe9 && !machine.has_serial))
		put_text(value);
	else if (port == 0x3ff)
		machine.scratch = value;
	else if (port == 0x70)
		machine.index = value & 0x7f;
	else if (port != 0x80)
		note("b", port, value);
}

void port_write16(uint16_t port, uint16_t value)
{
	note("w", port, value);
}

uint8_t port_read8(uint16_t port)
{
	switch (port) {
	case 0x3ff:
		return machine.has_serial ? machine.scratch : 0xff;
	case 0x3fd:
		return machine.is_busy ? 0 : 0x20;
	case 0xe9:
		return machine.has_debug ? 0xe9 : 0xff;
	case 0x71:
		return machine.clock[machine.index];
	default:
		return 0xff;
	}
}

struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r = { 0, 0, 0, 0 };

	if (leaf == 0)
		r.ebx = machine.is_amd ? 0x68747541 : 0x756e6547;
	else if (leaf == 1)
		r.ecx = machine.has_random ? 1u << 30 : 0;
	else if (leaf == 0x80000001)
		r.edx = machine.features;
	else if (leaf == 0x40000100 && machine.is_xen)
		r = (struct cpuid){ 0, 0x566e6558, 0x65584d4d, 0x4d4d566e };
	return r;
}

/* Every other time there is none. */
bool rdrand(uint64_t *out)
{
	static unsigned int n;

	*out = 0x1122334455667788;
	return machine.has_random && n++ % 2 != 0;
}

void flush_tlb(void)
{
	machine.n_flushes++;
}

uint64_t vmmcall(uint64_t number, uint64_t first, const void *second)
{
	expect_true("sched_op", number == 29 && first == 2);
	note("vmmcall", first, *(const uint32_t *)second);
	return 0;
}

uint64_t vmcall(uint64_t number, uint64_t first, const void *second)
{
	expect_true("sched_op", number == 29 && first == 2);
	note("vmcall", first, *(const uint32_t *)second);
	return 0;
}

void stop_processor(void)
{
	longjmp(stopped, 1);
}

void efi_fault_setup(void)
{
}

static void machine_open(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.has_serial = true;
	console_open(false);
	console_logs = true;
}

static void expect_text(const char *row, const char *text)
{
	ck_assert_msg(strstr(machine.text, text) != NULL, "%s: expected \"%s\", found \"%s\"", row,
		      text, machine.text);
}

/* An image is a function of the host here. */
static efi_status (*image_function)(efi_handle image);
static jmp_buf left_image;
static efi_status left_with;

efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
		     void **stack);
_Noreturn void efi_leave(void *stack, efi_status status);

efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
		     void **stack)
{
	expect_true("entry", entry != 0);
	expect_true("system", system == &efi_system);
	*stack = &left_image;
	if (setjmp(left_image) != 0)
		return left_with;
	return image_function(image);
}

void efi_leave(void *stack, efi_status status)
{
	expect_true("stack", stack == (void *)&left_image);
	left_with = status;
	longjmp(left_image, 1);
}

/* ---- Regions --------------------------------------------------------------------- */

/* What each page is, written down page by page. */
#define N_PAGES 64
struct model {
	uint32_t type[N_PAGES];
	uint8_t is_ram[N_PAGES];
	uint8_t is_there[N_PAGES];
};

static void expect_like(const char *row, const struct efi_regions *regions,
			const struct model *model)
{
	uint32_t at = 0; /* of the mark behind the page's */

	for (uint64_t page = 0; page < N_PAGES; page++) {
		uint64_t kind;

		while (at < regions->n && regions->at[at].start <= page * PAGE)
			at++;
		kind = at != 0 ? regions->at[at - 1].kind : 0;
		expect_eq(row, (kind & EFI_KIND_IS_THERE) != 0, model->is_there[page]);
		if (!model->is_there[page])
			continue;
		expect_eq(row, (uint32_t)kind, model->type[page]);
		expect_eq(row, (kind & EFI_KIND_IS_RAM) != 0, model->is_ram[page]);
	}
	for (uint32_t i = 1; i < regions->n; i++) {
		const struct efi_mark *a = &regions->at[i - 1], *b = &regions->at[i];

		expect_true(row, a->start < b->start && a->kind != b->kind);
	}
	expect_true(row, regions->n == 0 || (regions->at[0].kind != 0 &&
					     regions->at[regions->n - 1].kind == 0));
}

START_TEST(regions_by_chance)
{
	static struct efi_regions regions;
	struct model model;

	memset(&regions, 0, sizeof(regions));
	memset(&model, 0, sizeof(model));
	random_start((uint64_t)_i + 1);
	for (int round = 0; round < 300; round++) {
		uint64_t start = random_below(N_PAGES), n = random_below(N_PAGES - start + 1);
		uint32_t type = random_below(3) == 0 ? EFI_CONVENTIONAL : EFI_LOADER_DATA;
		bool is_ram = random_below(4) != 0;
		uint64_t key = regions.key;

		expect_true("set", efi_regions_set(&regions, start * PAGE, (start + n) * PAGE, type,
						   is_ram));
		expect_true("key", (regions.key != key) == (n != 0));
		for (uint64_t page = start; page < start + n; page++) {
			model.type[page] = type;
			model.is_ram[page] = is_ram;
			model.is_there[page] = 1;
		}
		expect_like("model", &regions, &model);
		start = random_below(N_PAGES);
		n = random_below(N_PAGES - start + 1);
		expect_true("keep", efi_regions_keep(&regions, start * PAGE, (start + n) * PAGE,
						     EFI_BOOT_SERVICES_DATA));
		for (uint64_t page = start; page < start + n; page++) {
			if (model.is_there[page] && model.is_ram[page] &&
			    model.type[page] == EFI_CONVENTIONAL)
				model.type[page] = EFI_BOOT_SERVICES_DATA;
		}
		expect_like("keep", &regions, &model);
		start = random_below(N_PAGES);
		n = 1 + random_below(4);
		for (int wants_free = 0; wants_free < 2; wants_free++) {
			bool are = true;

			for (uint64_t page = start; page < start + n; page++)
				are &= page < N_PAGES && model.is_there[page] &&
				       model.is_ram[page] &&
				       (model.type[page] == EFI_CONVENTIONAL) == wants_free;
			expect_eq("are",
				  efi_regions_are(&regions, start * PAGE, (start + n) * PAGE,
						  wants_free),
				  are);
		}
	}
}
END_TEST

START_TEST(regions_full)
{
	static struct efi_regions regions;
	struct efi_regions before;

	memset(&regions, 0, sizeof(regions));
	machine_open();
	for (uint64_t i = 0; i < EFI_MAX_MARKS / 2; i++)
		expect_true("room", efi_regions_set(&regions, 2 * i * PAGE, (2 * i + 1) * PAGE,
						    EFI_CONVENTIONAL, true));
	before = regions;
	expect_true("none", !efi_regions_set(&regions, 0, PAGE / 2, EFI_LOADER_DATA, true));
	expect_text("none", "expected a memory map that fits (found 0x200, bound 0x200)");
	expect_true("unchanged", memcmp(&before, &regions, sizeof(before)) == 0);
	expect_true("one", efi_regions_keep(&regions, 0, 2 * PAGE, EFI_LOADER_DATA));
	expect_true("over one", efi_regions_set(&regions, 0, PAGE, EFI_LOADER_DATA, true));
	expect_true("all", efi_regions_set(&regions, 0, EFI_MAX_MARKS * (uint64_t)PAGE,
					   EFI_LOADER_DATA, true));
	expect_eq("all", regions.n, 2);
}
END_TEST

START_TEST(regions_found)
{
	static const struct {
		uint64_t size, align, end, found;
	} rows[] = {
		{ 1, 1, 64, 31 }, { 4, 1, 64, 28 }, { 5, 1, 64, 3 },  { 5, 1, 8, 3 },
		{ 6, 1, 64, 2 },  { 7, 1, 64, 1 },  { 8, 1, 64, 0 },  { 1, 1, 28, 7 },
		{ 1, 16, 64, 0 }, { 1, 4, 31, 28 }, { 3, 4, 64, 28 }, { 2, 1, 29, 6 },
		{ 1, 1, 1, 0 },   { 1, 1, 2, 1 },   { 9, 1, 64, 0 },
	};
	static struct efi_regions regions;

	memset(&regions, 0, sizeof(regions));
	/* pages 0 to 7 and 28 to 31 are free; between them are reserved ones and a hole */
	efi_regions_set(&regions, 0, 8 * PAGE, EFI_CONVENTIONAL, true);
	efi_regions_set(&regions, 10 * PAGE, 20 * PAGE, EFI_RESERVED, false);
	efi_regions_set(&regions, 28 * PAGE, 32 * PAGE, EFI_CONVENTIONAL, true);
	for (size_t i = 0; i < N_OF(rows); i++) {
		uint64_t found = efi_regions_find(&regions, rows[i].size * PAGE,
						  rows[i].align * PAGE, rows[i].end * PAGE);

		expect_eq("found", found, rows[i].found * PAGE);
	}
}
END_TEST

/* ---- Memory services --------------------------------------------------------------- */

#define RAM_SIZE ((size_t)16 << 20)
#define RAM_ADDRESS UINT64_C(0x20000000)
static uint8_t *ram;

/* As start.S leaves them: the lowest 4 GiB in pages of 2 MiB. */
extern uint64_t efi_page_map[512];
_Alignas(4096) uint64_t efi_page_map[512];
static _Alignas(4096) uint64_t directory_pointers[512], directories[4][512];

static void paging_open(void)
{
	memset(efi_page_map, 0, sizeof(efi_page_map));
	memset(directory_pointers, 0, sizeof(directory_pointers));
	efi_page_map[0] = (uintptr_t)directory_pointers | 3;
	for (uint64_t i = 0; i < 4; i++)
		directory_pointers[i] = (uintptr_t)directories[i] | 3;
	for (uint64_t i = 0; i < 2048; i++)
		directories[i / 512][i % 512] = i << 21 | 0x83;
}

static void memory_open(void)
{
	if (!ram)
		ram = mmap((void *)(uintptr_t)RAM_ADDRESS, RAM_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ck_assert(ram == (void *)(uintptr_t)RAM_ADDRESS);
	machine_open();
	paging_open();
	memset(&efi_memory, 0, sizeof(efi_memory));
	expect_true("ram", efi_regions_set(&efi_memory, (uintptr_t)ram, (uintptr_t)ram + RAM_SIZE,
					   EFI_CONVENTIONAL, true));
}

static uint64_t n_free(void)
{
	uint64_t n = 0;

	for (uint32_t i = 1; i < efi_memory.n; i++) {
		if (efi_memory.at[i - 1].kind == EFI_KIND_FREE)
			n += efi_memory.at[i].start - efi_memory.at[i - 1].start;
	}
	return n;
}

START_TEST(pages)
{
	uint64_t base, top, address;

	memory_open();
	base = (uintptr_t)ram;
	top = base + RAM_SIZE;
	const struct {
		const char *name;
		uint32_t how, type;
		uint64_t n, address;
		efi_status status;
		uint64_t got;
	} rows[] = {
		{ "any", EFI_ALLOCATE_ANY, EFI_LOADER_DATA, 1, 0, EFI_SUCCESS, top - PAGE },
		{ "of an OEM", EFI_ALLOCATE_ANY, EFI_FIRST_OEM_TYPE, 2, 0, EFI_SUCCESS,
		  top - 3 * PAGE },
		{ "at", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 4, base + 16 * PAGE, EFI_SUCCESS,
		  base + 16 * PAGE },
		{ "taken", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 1, base + 19 * PAGE,
		  EFI_NOT_FOUND, 0 },
		{ "across", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 2, base + 15 * PAGE,
		  EFI_NOT_FOUND, 0 },
		{ "no page", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 1, base + 1, EFI_NOT_FOUND, 0 },
		{ "behind", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 1, top, EFI_NOT_FOUND, 0 },
		{ "far", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 1, 0xfffffffffffff000,
		  EFI_NOT_FOUND, 0 },
		{ "page 0", EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 1, 0, EFI_NOT_FOUND, 0 },
		{ "up to", EFI_ALLOCATE_MAX, EFI_LOADER_DATA, 1, base + 10 * PAGE - 1, EFI_SUCCESS,
		  base + 9 * PAGE },
		{ "up to less", EFI_ALLOCATE_MAX, EFI_LOADER_DATA, 1, base + 9 * PAGE - 2,
		  EFI_SUCCESS, base + 7 * PAGE },
		{ "up to nothing", EFI_ALLOCATE_MAX, EFI_LOADER_DATA, 1, base, EFI_OUT_OF_RESOURCES,
		  0 },
		{ "up to all", EFI_ALLOCATE_MAX, EFI_LOADER_DATA, 1, UINT64_MAX, EFI_SUCCESS,
		  top - 4 * PAGE },
		{ "none", EFI_ALLOCATE_ANY, EFI_LOADER_DATA, 0, 0, EFI_OUT_OF_RESOURCES, 0 },
		{ "too many", EFI_ALLOCATE_ANY, EFI_LOADER_DATA, RAM_SIZE / PAGE, 0,
		  EFI_OUT_OF_RESOURCES, 0 },
		{ "all there are", EFI_ALLOCATE_ANY, EFI_LOADER_DATA, UINT64_MAX, 0,
		  EFI_OUT_OF_RESOURCES, 0 },
		{ "wraps", EFI_ALLOCATE_ANY, EFI_LOADER_DATA, (uint64_t)1 << 52, 0,
		  EFI_OUT_OF_RESOURCES, 0 },
		{ "how", 3, EFI_LOADER_DATA, 1, 0, EFI_INVALID_PARAMETER, 0 },
		{ "free", EFI_ALLOCATE_ANY, EFI_CONVENTIONAL, 1, 0, EFI_INVALID_PARAMETER, 0 },
		{ "type", EFI_ALLOCATE_ANY, 16, 1, 0, EFI_INVALID_PARAMETER, 0 },
		{ "persistent", EFI_ALLOCATE_ANY, EFI_PERSISTENT, 1, 0, EFI_INVALID_PARAMETER, 0 },
		{ "not accepted", EFI_ALLOCATE_ANY, 15, 1, 0, EFI_INVALID_PARAMETER, 0 },
		{ "no OEM", EFI_ALLOCATE_ANY, EFI_FIRST_OEM_TYPE - 1, 1, 0, EFI_INVALID_PARAMETER,
		  0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		address = rows[i].address;
		expect_eq(rows[i].name,
			  efi_allocate_pages(rows[i].how, rows[i].type, rows[i].n, &address),
			  rows[i].status);
		if (rows[i].status == EFI_SUCCESS)
			expect_eq(rows[i].name, address, rows[i].got);
	}
	expect_eq("NULL", efi_allocate_pages(EFI_ALLOCATE_ANY, EFI_LOADER_DATA, 1, NULL),
		  EFI_INVALID_PARAMETER);
	expect_eq("part", efi_free_pages(base + 17 * PAGE, 2), EFI_SUCCESS);
	expect_eq("twice", efi_free_pages(base + 17 * PAGE, 1), EFI_NOT_FOUND);
	expect_eq("half", efi_free_pages(base + 18 * PAGE, 2), EFI_NOT_FOUND);
	expect_eq("no page", efi_free_pages(base + 1, 1), EFI_INVALID_PARAMETER);
	expect_eq("none", efi_free_pages(base + 16 * PAGE, 0), EFI_INVALID_PARAMETER);
	expect_eq("wraps", efi_free_pages(0xfffffffffffff000, 2), EFI_INVALID_PARAMETER);
	expect_eq("what is left", n_free(), RAM_SIZE - (1 + 2 + 4 - 2 + 1 + 1 + 1) * PAGE);
}
END_TEST

START_TEST(pool)
{
	void *blocks[3];
	uint64_t before;

	memory_open();
	before = n_free();
	for (size_t i = 0; i < N_OF(blocks); i++) {
		size_t size = i * PAGE + 1;

		expect_eq("pool", efi_allocate_pool(EFI_BOOT_SERVICES_DATA, size, &blocks[i]),
			  EFI_SUCCESS);
		expect_true("aligned", (uintptr_t)blocks[i] % 8 == 0);
		memset(blocks[i], 0x5a, size);
	}
	expect_eq("neighbours", efi_memory.n, 3);
	for (size_t i = 0; i < N_OF(blocks); i++)
		expect_eq("free", efi_free_pool(blocks[i]), EFI_SUCCESS);
	expect_eq("all", n_free(), before);
	expect_eq("NULL", efi_free_pool(NULL), EFI_INVALID_PARAMETER);
	expect_eq("no block", efi_free_pool(ram + 16), EFI_INVALID_PARAMETER);
	expect_eq("within", efi_free_pool(ram + 17), EFI_INVALID_PARAMETER);
	expect_eq("too large", efi_allocate_pool(EFI_LOADER_DATA, UINT64_MAX, &blocks[0]),
		  EFI_OUT_OF_RESOURCES);
	expect_eq("type", efi_allocate_pool(EFI_CONVENTIONAL, 1, &blocks[0]),
		  EFI_INVALID_PARAMETER);
	expect_eq("out", efi_allocate_pool(EFI_LOADER_DATA, 1, NULL), EFI_INVALID_PARAMETER);
}
END_TEST

START_TEST(memory_map)
{
	struct efi_memory_descriptor map[8];
	uint64_t size = 0, key, step = 0;
	uint32_t version = 0;

	memory_open();
	efi_regions_set(&efi_memory, 0x1000, 0x3000, EFI_RESERVED, false);
	efi_regions_set(&efi_memory, 0x3000, 0x4000, EFI_RUNTIME_SERVICES_CODE, true);
	expect_eq("size", efi_get_memory_map(&size, NULL, &key, &step, &version),
		  EFI_BUFFER_TOO_SMALL);
	expect_eq("size", size, 3 * sizeof(map[0]));
	size--;
	expect_eq("less", efi_get_memory_map(&size, map, &key, &step, &version),
		  EFI_BUFFER_TOO_SMALL);
	expect_eq("no map", efi_get_memory_map(&size, NULL, &key, &step, &version),
		  EFI_INVALID_PARAMETER);
	expect_eq("no key", efi_get_memory_map(&size, map, NULL, &step, &version),
		  EFI_INVALID_PARAMETER);
	expect_eq("no size", efi_get_memory_map(NULL, map, &key, &step, &version),
		  EFI_INVALID_PARAMETER);
	size = sizeof(map);
	expect_eq("map", efi_get_memory_map(&size, map, &key, &step, &version), EFI_SUCCESS);
	expect_eq("map", step, sizeof(map[0]));
	expect_eq("map", version, 1);
	expect_eq("map", key, efi_memory.key);
	expect_eq("reserved", map[0].attribute, 0);
	expect_eq("reserved", map[0].n_pages, 2);
	expect_eq("runtime", map[1].attribute, EFI_MEMORY_RUNTIME | 0xf);
	expect_eq("ram", map[2].attribute, 0xf);
	expect_eq("ram", map[2].physical, (uintptr_t)ram);
}
END_TEST

/* ---- The command line --------------------------------------------------------------- */

START_TEST(options)
{
	static const struct {
		const char *in, *out;
		struct efi_options options;
	} rows[] = {
		{ "", "", { { 0, 0 }, { 0, 0 }, 0, false, NULL } },
		{ "quiet", "quiet", { { 0, 0 }, { 0, 0 }, 0, false, NULL } },
		{ "pvhboot.efi=log", "", { { 0, 0 }, { 0, 0 }, 0, true, NULL } },
		{ "a  pvhboot.efi=log  b", "a  b", { { 0, 0 }, { 0, 0 }, 0, true, NULL } },
		{ "a pvhboot.efi=log", "a ", { { 0, 0 }, { 0, 0 }, 0, true, NULL } },
		{ "apvhboot.efi=log", "apvhboot.efi=log", { { 0, 0 }, { 0, 0 }, 0, false, NULL } },
		{ "pvhboot.efi=reset=0xcf9:6 x", "x", { { 0xcf9, 6 }, { 0, 0 }, 0, false, NULL } },
		{ "pvhboot.efi=poweroff=1540:0x2000,log",
		  "",
		  { { 0, 0 }, { 1540, 0x2000 }, 0, true, NULL } },
		{ "pvhboot.efi=reset=0:6", "", { { 0, 0 }, { 0, 0 }, 0, false, "reset=0:6" } },
		{ "pvhboot.efi=reset=1", "", { { 0, 0 }, { 0, 0 }, 0, false, "reset=1" } },
		{ "pvhboot.efi=reset=1:", "", { { 0, 0 }, { 0, 0 }, 0, false, "reset=1:" } },
		{ "pvhboot.efi=reset=1:2x", "", { { 0, 0 }, { 0, 0 }, 0, false, "reset=1:2x" } },
		{ "pvhboot.efi=reset=65536:2",
		  "",
		  { { 0, 0 }, { 0, 0 }, 0, false, "reset=65536:2" } },
		{ "pvhboot.efi=reset=0x:2", "", { { 0, 0 }, { 0, 0 }, 0, false, "reset=0x:2" } },
		{ "pvhboot.efi=logs,log b", "b", { { 0, 0 }, { 0, 0 }, 0, true, "logs,log b" } },
		{ "pvhboot.efi=smbios=0xffffffff,log",
		  "",
		  { { 0, 0 }, { 0, 0 }, 0xffffffff, true, NULL } },
		{ "pvhboot.efi=smbios=0x100000000",
		  "",
		  { { 0, 0 }, { 0, 0 }, 0, false, "smbios=0x100000000" } },
		{ "pvhboot.efi=smbios", "", { { 0, 0 }, { 0, 0 }, 0, false, "smbios" } },
		{ "pvhboot.efi=", "", { { 0, 0 }, { 0, 0 }, 0, false, "" } },
		{ "pvhboot.efi=log pvhboot.efi=log",
		  "pvhboot.efi=log",
		  { { 0, 0 }, { 0, 0 }, 0, true, NULL } },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct efi_options got;
		char *in = strdup(rows[i].in);
		const char *word, *rest;

		ck_assert(in);
		word = efi_options_read(in, &got, &rest);
		expect_eq(rows[i].in, (size_t)(word - in) + strlen(rest), strlen(rows[i].out));
		expect_true(rows[i].in, strncmp(in, rows[i].out, (size_t)(word - in)) == 0);
		ck_assert_str_eq(rest, rows[i].out + (word - in));
		expect_eq(rows[i].in, got.log, rows[i].options.log);
		expect_eq(rows[i].in, got.reset.port, rows[i].options.reset.port);
		expect_eq(rows[i].in, got.reset.value, rows[i].options.reset.value);
		expect_eq(rows[i].in, got.smbios, rows[i].options.smbios);
		expect_eq(rows[i].in, got.poweroff.port, rows[i].options.poweroff.port);
		expect_eq(rows[i].in, got.poweroff.value, rows[i].options.poweroff.value);
		expect_true(rows[i].in, !got.unknown == !rows[i].options.unknown);
		if (got.unknown)
			ck_assert_str_eq(got.unknown, rows[i].options.unknown);
		free(in);
	}
}
END_TEST

START_TEST(utf_16)
{
	static const struct {
		const char *name, *in;
		uint16_t out[8]; /* ends in 0 */
	} rows[] = {
		{ "nothing", "", { 0 } },
		{ "ASCII", "a\x7f", { 'a', 0x7f } },
		{ "2 bytes", "\xc2\x80-\xc3\xa4\xdf\xbf", { 0x80, '-', 0xe4, 0x7ff } },
		{ "3 bytes", "\xe0\xa0\x80\xe2\x82\xac\xef\xbf\xbd", { 0x800, 0x20ac, 0xfffd } },
		{ "around surrogates", "\xed\x9f\xbf\xee\x80\x80", { 0xd7ff, 0xe000 } },
		{ "a pair", "\xf0\x9f\x98\x80", { 0xd83d, 0xde00 } },
		{ "the first pair", "\xf0\x90\x80\x80", { 0xd800, 0xdc00 } },
		{ "the last pair", "\xf4\x8f\xbf\xbf", { 0xdbff, 0xdfff } },
		{ "Latin-1", "\xe4\xf6 \xfc", { 0xe4, 0xf6, ' ', 0xfc } },
		{ "cut", "\xe2\x82", { 0xe2, 0x82 } },
		{ "no beginning", "\x80\xbf", { 0x80, 0xbf } },
		{ "two bytes for one", "\xc1\xbf", { 0xc1, 0xbf } },
		{ "three for two", "\xe0\x9f\xbf", { 0xe0, 0x9f, 0xbf } },
		{ "four for three", "\xf0\x8f\xbf\xbf", { 0xf0, 0x8f, 0xbf, 0xbf } },
		{ "a surrogate", "\xed\xa0\x80", { 0xed, 0xa0, 0x80 } },
		{ "too large", "\xf4\x90\x80\x80", { 0xf4, 0x90, 0x80, 0x80 } },
		{ "far too large", "\xf5\x80\x80\x80", { 0xf5, 0x80, 0x80, 0x80 } },
		{ "no lead", "\xff\xfe", { 0xff, 0xfe } },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		size_t size = strlen(rows[i].in), n = 0;
		uint16_t *out = malloc(2 * size + 1); /* as much as is allowed */
		char *in = strdup(rows[i].in);

		ck_assert(in && out);
		while (rows[i].out[n] != 0)
			n++;
		expect_eq(rows[i].name, (size_t)(efi_options_widen(in, in + size, out) - out), n);
		expect_true(rows[i].name, memcmp(out, rows[i].out, 2 * n) == 0);
		free(in);
		free(out);
	}
}
END_TEST

/* ---- Device paths and handles --------------------------------------------------------- */

static const uint8_t path_ab[] = { 1, 1, 6, 0, 'a', 'b', 1, 1, 5, 0, 'c', 0x7f, 0xff, 4, 0 };
static const uint8_t path_a[] = { 1, 1, 6, 0, 'a', 'b', 0x7f, 0xff, 4, 0 };
static const uint8_t path_x[] = { 1, 1, 6, 0, 'a', 'x', 0x7f, 0xff, 4, 0 };
static const uint8_t path_none[] = { 0x7f, 0xff, 4, 0 };
static const uint8_t path_bad[] = { 1, 1, 3, 0 };

static const struct efi_device_path *path(const uint8_t *bytes)
{
	return (const void *)bytes;
}

START_TEST(paths)
{
	expect_eq("ab", efi_path_size(path(path_ab)), sizeof(path_ab));
	expect_eq("none", efi_path_size(path(path_none)), sizeof(path_none));
	expect_eq("bad", efi_path_size(path(path_bad)), 0);
	expect_true("itself", efi_path_behind(path(path_ab), path(path_ab)) ==
				      path(path_ab + sizeof(path_ab) - 4));
	expect_true("beginning", efi_path_behind(path(path_ab), path(path_a)) == path(path_ab + 6));
	expect_true("none", efi_path_behind(path(path_ab), path(path_none)) == path(path_ab));
	expect_true("longer", !efi_path_behind(path(path_a), path(path_ab)));
	expect_true("other", !efi_path_behind(path(path_ab), path(path_x)));
	expect_true("bad", !efi_path_behind(path(path_bad), path(path_none)));
}
END_TEST

static void *interface_of(const uint8_t *bytes)
{
	return (void *)(uintptr_t)bytes;
}

START_TEST(handles)
{
	static const struct efi_guid a = { 1, 2, 3, { 4 } }, b = { 1, 2, 3, { 5 } };
	int x, y;
	efi_handle first = NULL, second = NULL, third = NULL, got[4], *buffer;
	const struct efi_device_path *at = path(path_ab);
	uint64_t size = 0, n;
	void *interface;

	memory_open();
	expect_eq("new", efi_install_protocol(&first, &a, 0, &x), EFI_SUCCESS);
	expect_eq("again", efi_install_protocol(&first, &a, 0, &x), EFI_INVALID_PARAMETER);
	expect_eq("second", efi_install_protocol(&second, &a, 0, &y), EFI_SUCCESS);
	expect_true("another", first != second);
	expect_eq("type", efi_install_protocol(&third, &a, 1, &y), EFI_INVALID_PARAMETER);
	third = &x;
	expect_eq("no handle", efi_install_protocol(&third, &b, 0, &y), EFI_INVALID_PARAMETER);
	expect_eq("find", efi_handle_protocol(first, &a, &interface), EFI_SUCCESS);
	expect_true("find", interface == &x);
	expect_eq("not", efi_handle_protocol(first, &b, &interface), EFI_UNSUPPORTED);
	expect_true("not", interface == NULL);
	expect_eq("open", efi_open_protocol(second, &a, &interface, NULL, NULL, 1), EFI_SUCCESS);
	expect_true("open", interface == &y);
	expect_eq("close", efi_close_protocol(second, &a, first, NULL), EFI_SUCCESS);
	expect_eq("close", efi_close_protocol(second, &b, first, NULL), EFI_NOT_FOUND);
	expect_eq("reinstall", efi_reinstall_protocol(second, &a, &y, &x), EFI_SUCCESS);
	expect_eq("reinstall", efi_reinstall_protocol(second, &a, &y, &x), EFI_NOT_FOUND);
	expect_eq("locate", efi_locate_protocol(&a, NULL, &interface), EFI_SUCCESS);
	expect_true("locate", interface == &x);
	expect_eq("locate", efi_locate_protocol(&b, NULL, &interface), EFI_NOT_FOUND);
	expect_eq("locate", efi_locate_protocol(NULL, NULL, &interface), EFI_INVALID_PARAMETER);

	expect_eq("how many", efi_locate_handle(2, &a, NULL, &size, NULL), EFI_BUFFER_TOO_SMALL);
	expect_eq("how many", size, 2 * sizeof(efi_handle));
	size = sizeof(efi_handle);
	expect_eq("one", efi_locate_handle(2, &a, NULL, &size, got), EFI_BUFFER_TOO_SMALL);
	size = sizeof(got);
	expect_eq("both", efi_locate_handle(2, &a, NULL, &size, got), EFI_SUCCESS);
	expect_true("both", size == 2 * sizeof(efi_handle) && got[0] == first && got[1] == second);
	expect_eq("nobody", efi_locate_handle(2, &b, NULL, &size, got), EFI_NOT_FOUND);
	expect_eq("how", efi_locate_handle(1, &b, NULL, &size, got), EFI_INVALID_PARAMETER);
	expect_eq("buffer", efi_locate_handle_buffer(0, NULL, NULL, &n, &buffer), EFI_SUCCESS);
	expect_true("buffer", n == 2 && buffer[1] == second);
	expect_eq("buffer", efi_free_pool(buffer), EFI_SUCCESS);
	expect_eq("buffer", efi_locate_handle_buffer(2, &b, NULL, &n, &buffer), EFI_NOT_FOUND);

	/* the longest path counts */
	expect_eq("path",
		  efi_install_multiple_protocols(&first, &efi_device_path_guid,
						 interface_of(path_none), NULL),
		  EFI_SUCCESS);
	expect_eq("path",
		  efi_install_multiple_protocols(&second, &efi_device_path_guid,
						 interface_of(path_a), &b, &x, NULL),
		  EFI_SUCCESS);
	expect_eq("path", efi_locate_device_path(&a, &at, &third), EFI_SUCCESS);
	expect_true("path", third == second && at == path(path_ab + 6));
	at = path(path_x);
	expect_eq("path", efi_locate_device_path(&b, &at, &third), EFI_NOT_FOUND);
	expect_eq("path", efi_locate_device_path(&b, NULL, &third), EFI_INVALID_PARAMETER);

	/* the second pair cannot be installed, so the first is not */
	third = NULL;
	expect_eq("half", efi_install_multiple_protocols(&third, &a, &x, &a, &x, NULL),
		  EFI_INVALID_PARAMETER);
	expect_true("half", third == NULL);
	expect_eq("other", efi_uninstall_protocol(first, &a, &y), EFI_NOT_FOUND);
	/* nor is the first taken out, where the second is not there */
	expect_eq("half", efi_uninstall_multiple_protocols(second, &a, &x, &a, &y, NULL),
		  EFI_INVALID_PARAMETER);
	expect_eq("gone",
		  efi_uninstall_multiple_protocols(first, &a, &x, &efi_device_path_guid,
						   interface_of(path_none), NULL),
		  EFI_SUCCESS);
	expect_eq("gone",
		  efi_uninstall_multiple_protocols(second, &a, &x, &b, &x, &efi_device_path_guid,
						   interface_of(path_a), NULL),
		  EFI_SUCCESS);
	expect_eq("gone", efi_uninstall_multiple_protocols(second, &a, &x, NULL),
		  EFI_INVALID_PARAMETER);
	expect_eq("gone", efi_locate_handle(0, NULL, NULL, &size, got), EFI_NOT_FOUND);
}
END_TEST

START_TEST(handles_full)
{
	struct efi_guid guid = { 0, 0, 0, { 0 } };
	efi_handle rows[65] = { NULL };
	uint32_t n = 0;

	for (; n < N_OF(rows) && efi_handle_install(&rows[n], &guid, &n) == EFI_SUCCESS; n++)
		;
	expect_eq("rows", n, 64);
	expect_true("none", rows[64] == NULL);
	expect_eq("one", efi_handle_uninstall(rows[7], &guid, &n), EFI_SUCCESS);
	expect_eq("gone", efi_handle_install(&rows[7], &guid, &n), EFI_INVALID_PARAMETER);
	expect_eq("one", efi_handle_install(&rows[64], &guid, &n), EFI_SUCCESS);
	for (n = 0; n < N_OF(rows); n++) {
		expect_true("another", n == 64 || rows[n] != rows[64]);
		expect_eq("row", efi_handle_uninstall(rows[n], &guid, &n),
			  n == 7 ? EFI_NOT_FOUND : EFI_SUCCESS);
	}
}
END_TEST

/* What the specification wants INVALID_PARAMETER for. */
START_TEST(handles_null)
{
	static const struct efi_guid a = { 1, 2, 3, { 4 } };
	efi_handle handle = NULL;
	uint64_t size = 64;
	void *interface;

	memory_open();
	expect_eq("install", efi_install_protocol(&handle, &a, 0, NULL), EFI_SUCCESS);
	const struct {
		const char *name;
		efi_status status;
	} rows[] = {
		{ "install", efi_install_protocol(NULL, &a, 0, NULL) },
		{ "install", efi_install_protocol(&handle, NULL, 0, NULL) },
		{ "install many", efi_install_multiple_protocols(NULL, &a, NULL, NULL) },
		{ "reinstall", efi_reinstall_protocol(NULL, &a, NULL, NULL) },
		{ "reinstall", efi_reinstall_protocol(handle, NULL, NULL, NULL) },
		{ "uninstall", efi_uninstall_protocol(NULL, &a, NULL) },
		{ "uninstall", efi_uninstall_protocol(handle, NULL, NULL) },
		{ "uninstall many", efi_uninstall_multiple_protocols(NULL, &a, NULL, NULL) },
		{ "handle", efi_handle_protocol(NULL, &a, &interface) },
		{ "handle", efi_handle_protocol(handle, NULL, &interface) },
		{ "handle", efi_handle_protocol(handle, &a, NULL) },
		{ "open", efi_open_protocol(NULL, &a, &interface, handle, NULL, 1) },
		{ "open", efi_open_protocol(handle, NULL, &interface, handle, NULL, 1) },
		{ "open", efi_open_protocol(handle, &a, NULL, handle, NULL, 1) },
		{ "close", efi_close_protocol(NULL, &a, handle, NULL) },
		{ "close", efi_close_protocol(handle, NULL, handle, NULL) },
		{ "close", efi_close_protocol(handle, &a, NULL, NULL) },
		{ "locate", efi_locate_handle(2, NULL, NULL, &size, &handle) },
		{ "locate", efi_locate_handle(2, &a, NULL, NULL, &handle) },
		{ "locate", efi_locate_handle(2, &a, NULL, &size, NULL) },
		{ "locate all", efi_locate_handle_buffer(2, &a, NULL, &size, NULL) },
		{ "protocol", efi_locate_protocol(&a, NULL, NULL) },
	};

	for (size_t i = 0; i < N_OF(rows); i++)
		expect_eq(rows[i].name, rows[i].status, EFI_INVALID_PARAMETER);
	interface = &size;
	expect_eq("whether", efi_open_protocol(handle, &a, NULL, handle, NULL, 4), EFI_SUCCESS);
	expect_eq("whether", efi_open_protocol(handle, &a, &interface, handle, NULL, 4),
		  EFI_SUCCESS);
	expect_true("whether", interface == &size);
	expect_eq("uninstall", efi_uninstall_protocol(handle, &a, NULL), EFI_SUCCESS);
}
END_TEST

/* ---- Images --------------------------------------------------------------------------- */

#define BASE UINT64_C(0x140000000)
#define N_SECTIONS 2
#define RELOCS 0x2000

/* A PE file of a section with code and one with relocations. */
static uint8_t file[0x600];

static void put(uint32_t offset, unsigned int width, uint64_t value)
{
	store_le(file + offset, width, value);
}

enum { COFF = 0x80, OPTIONAL = COFF + 24, SECTIONS = OPTIONAL + 240 };

static void put_section(uint32_t i, uint32_t address, uint32_t size, uint32_t raw, uint32_t flags)
{
	uint32_t at = SECTIONS + 40 * i;

	put(at + 8, 4, size);
	put(at + 12, 4, address);
	put(at + 16, 4, 0x200);
	put(at + 20, 4, raw);
	put(at + 36, 4, flags);
}

static void build_pe(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	put(0x3c, 4, COFF);
	memcpy(file + COFF, "PE", 2);
	put(COFF + 4, 2, 0x8664);
	put(COFF + 6, 2, N_SECTIONS);
	put(COFF + 20, 2, 240);
	put(OPTIONAL, 2, 0x20b);
	put(OPTIONAL + 16, 4, 0x1010);
	put(OPTIONAL + 24, 8, BASE);
	put(OPTIONAL + 32, 4, 0x1000);
	put(OPTIONAL + 56, 4, 0x3000);
	put(OPTIONAL + 60, 4, 0x200);
	put(OPTIONAL + 68, 2, 10);
	put(OPTIONAL + 108, 4, 16);
	put(OPTIONAL + 112 + 40, 4, RELOCS);
	put(OPTIONAL + 112 + 44, 4, 28);
	put_section(0, 0x1000, 0x300, 0x200, 0x60000020);
	put_section(1, RELOCS, 0x200, 0x400, 0x42000040);
	memset(file + 0x200, 0x11, 0x200);
	put(0x200, 8, BASE + 0x1234);
	put(0x208, 4, 0x80000000);
	put(0x400, 4, 0x1000); /* a block of DIR64, HIGHLOW, and one that fills up */
	put(0x404, 4, 16);
	put(0x408, 2, 0xa000);
	put(0x40a, 2, 0x3008);
	put(0x410, 4, 0x2000); /* and one of two that fill up */
	put(0x414, 4, 12);
}

static struct pvhboot_bytes whole(const uint8_t *bytes, size_t size)
{
	return (struct pvhboot_bytes){ bytes, size };
}

START_TEST(pe_loads)
{
	uint8_t memory[0x3000];
	struct efi_pe pe;
	uint32_t at = 0x150001000 - BASE;

	machine_open();
	build_pe();
	expect_true("open", efi_pe_open(whole(file, sizeof(file)), &pe));
	expect_true("load", efi_pe_load(&pe, memory, 0x150001000));
	expect_true("headers", memcmp(memory, file, 0x200) == 0);
	expect_eq("dir64", load_le(memory + 0x1000, 8), 0x150001000 + 0x1234);
	expect_eq("highlow", load_le(memory + 0x1008, 4), 0x80000000 + at);
	expect_true("code", memcmp(memory + 0x100c, file + 0x20c, 0x1f4) == 0);
	expect_eq("zeros", load_le(memory + 0x1200, 8), 0);
	expect_true("at base", efi_pe_load(&pe, memory, BASE));
	expect_eq("at base", load_le(memory + 0x1000, 8), BASE + 0x1234);
	put(COFF + 22, 2, 1);
	expect_true("fixed", efi_pe_open(whole(file, sizeof(file)), &pe) && pe.is_fixed);
	expect_true("fixed", efi_pe_load(&pe, memory, BASE));
	expect_true("fixed", !efi_pe_load(&pe, memory, BASE + 0x1000));
	expect_text("fixed", "expected memory at ImageBase, or relocations (found 0x140001000, ");
}
END_TEST

/* One field at a time. */
static const struct lie {
	const char *name;
	uint32_t offset;
	unsigned int width;
	uint64_t value;
	const char *rule;
} lies[] = {
	{ "MZ", 0, 2, 0, "begins with MZ" },
	{ "e_lfanew", 0x3c, 4, 0x600 - 23, "a PE header in the file" },
	{ "e_lfanew", 0x3c, 4, 0xffffffff, "a PE header in the file" },
	{ "PE", COFF, 4, 0x4551, "a PE header in the file" },
	{ "ARM", COFF + 4, 2, 0xaa64, "an image for x86-64" },
	{ "sections", COFF + 6, 2, 97, "at most 96 sections" },
	{ "sections", COFF + 6, 2, 96, "the table of sections in the file" },
	{ "no section", COFF + 6, 2, 0, "an entry in a section with code" },
	{ "optional", COFF + 20, 2, 111, "a PE32+ header in SizeOfOptionalHeader" },
	{ "optional", COFF + 20, 2, 0xffff, "the table of sections in the file" },
	{ "PE32", OPTIONAL, 2, 0x10b, "an optional header of PE32+" },
	{ "driver", OPTIONAL + 68, 2, 11, "the subsystem of an EFI application" },
	{ "entry", OPTIONAL + 16, 4, 0xfff, "an entry in a section with code" },
	{ "entry", OPTIONAL + 16, 4, 0x1300, "an entry in a section with code" },
	{ "entry", OPTIONAL + 16, 4, RELOCS, "an entry in a section with code" },
	{ "align", OPTIONAL + 32, 4, 0, "a SectionAlignment" },
	{ "align", OPTIONAL + 32, 4, 0x3000, "a SectionAlignment" },
	{ "image", OPTIONAL + 56, 4, 0x21ff, "a section in SizeOfImage" },
	{ "image", OPTIONAL + 56, 4, 0, "the headers in SizeOfImage" },
	{ "headers", OPTIONAL + 60, 4, 0x601, "the headers in the file" },
	{ "headers", OPTIONAL + 60, 4, 0x600, NULL },
	{ "relocs", OPTIONAL + 112 + 40, 4, 0x2fe5, "relocations in SizeOfImage" },
	{ "relocs", OPTIONAL + 112 + 44, 4, 0xffffffff, "relocations in SizeOfImage" },
	{ "directories", OPTIONAL + 108, 4, 5, NULL },
	{ "address", SECTIONS + 12, 4, 0xffffffff, "a section in SizeOfImage" },
	{ "address", SECTIONS + 12, 4, 0x1ff, "sections that ascend" },
	{ "address", SECTIONS + 40 + 12, 4, 0x12ff, "sections that ascend" },
	{ "raw", SECTIONS + 20, 4, 0x401, "a section's bytes in the file" },
	{ "raw", SECTIONS + 16, 4, 0xffffffff, NULL },
	{ "raw", SECTIONS + 20, 4, 0xffffffff, "a section's bytes in the file" },
	{ "virtual", SECTIONS + 8, 4, 0xffffffff, "a section in SizeOfImage" },
	{ "virtual", SECTIONS + 8, 4, 0x1001, "sections that ascend" },
	{ "no code", SECTIONS + 36, 4, 0x40000040, "an entry in a section with code" },
	{ "block", 0x404, 4, 7, "a block of relocations" },
	{ "block", 0x404, 4, 29, "a block of relocations" },
	{ "block", 0x404, 4, 0xffffffff, "a block of relocations" },
	{ "page", 0x400, 4, 0x2ff9, "a relocation in the image" },
	{ "page", 0x400, 4, 0xffffffff, "a relocation in the image" },
	{ "type", 0x408, 2, 0x1000, "a relocation of type" },
};

START_TEST(pe_lies)
{
	const struct lie *lie = &lies[_i];
	uint8_t *copy, *memory = malloc(0x3000);
	struct efi_pe pe;
	bool ok;

	machine_open();
	build_pe();
	put(lie->offset, lie->width, lie->value);
	copy = malloc(sizeof(file)); /* so that a sanitizer sees a read behind it */
	ck_assert(copy && memory);
	memcpy(copy, file, sizeof(file));
	ok = efi_pe_open(whole(copy, sizeof(file)), &pe) && efi_pe_load(&pe, memory, 0x150001000);
	expect_eq(lie->name, ok, !lie->rule);
	expect_text(lie->name, lie->rule ? lie->rule : "");
	free(copy);
	free(memory);
}
END_TEST

START_TEST(pe_cut)
{
	build_pe();
	for (size_t size = 0; size < sizeof(file); size++) {
		uint8_t *copy = malloc(size != 0 ? size : 1);
		struct efi_pe pe;

		ck_assert(copy != NULL);
		memcpy(copy, file, size);
		expect_true("cut", !efi_pe_open(whole(copy, size), &pe));
		free(copy);
	}
}
END_TEST

static efi_handle started;

static efi_status returns(efi_handle image)
{
	started = image;
	return EFI_NOT_READY;
}

static efi_status exits(efi_handle image)
{
	started = image;
	(void)efi_exit(image, EFI_ACCESS_DENIED, 0, NULL);
	return EFI_SUCCESS;
}

static efi_status unloads_itself(efi_handle image)
{
	expect_eq("itself", efi_unload_image(image), EFI_UNSUPPORTED);
	expect_eq("twice", efi_start_image(image, NULL, NULL), EFI_INVALID_PARAMETER);
	return EFI_SUCCESS;
}

START_TEST(images)
{
	static uint16_t words[] = { 'x', 0 };
	struct efi_loaded_image *loaded;
	efi_handle image, second;
	uint64_t before, size = 1;
	uint16_t *data = words;

	memory_open();
	before = n_free();
	build_pe();
	expect_eq("load", efi_image_load(file, sizeof(file), NULL, words, sizeof(words), &image),
		  EFI_SUCCESS);
	expect_eq("loaded", efi_handle_protocol(image, &efi_loaded_image_guid, (void **)&loaded),
		  EFI_SUCCESS);
	expect_true("loaded", loaded->options == words && loaded->options_size == 4 &&
				      loaded->size == 0x3000 && loaded->system == &efi_system);
	expect_eq("memory", n_free(), before - 0x3000);
	expect_eq("second", efi_load_image(0, image, NULL, file, sizeof(file), &second),
		  EFI_SUCCESS);
	expect_eq("no source", efi_load_image(0, image, NULL, NULL, 0, &started), EFI_NOT_FOUND);
	expect_eq("no parent", efi_load_image(0, NULL, NULL, file, sizeof(file), &started),
		  EFI_INVALID_PARAMETER);
	expect_eq("cut", efi_load_image(0, image, NULL, file, 100, &started), EFI_LOAD_ERROR);
	image_function = exits;
	expect_eq("exits", efi_start_image(second, &size, &data), EFI_ACCESS_DENIED);
	expect_true("exits", started == second && size == 0 && data == NULL);
	expect_eq("gone", efi_start_image(second, NULL, NULL), EFI_INVALID_PARAMETER);
	expect_eq("third", efi_load_image(0, image, NULL, file, sizeof(file), &second),
		  EFI_SUCCESS);
	image_function = unloads_itself;
	expect_eq("third", efi_start_image(second, NULL, NULL), EFI_SUCCESS);
	expect_eq("fourth", efi_load_image(0, image, NULL, file, sizeof(file), &second),
		  EFI_SUCCESS);
	expect_eq("fourth", efi_unload_image(second), EFI_SUCCESS);
	expect_eq("fourth", efi_unload_image(second), EFI_INVALID_PARAMETER);
	expect_eq("fifth", efi_load_image(0, image, NULL, file, sizeof(file), &second),
		  EFI_SUCCESS);
	expect_eq("fifth", efi_exit(second, EFI_SUCCESS, 0, NULL), EFI_SUCCESS);
	image_function = returns;
	expect_eq("returns", efi_start_image(image, NULL, NULL), EFI_NOT_READY);
	expect_eq("all", n_free(), before);
	put(0x404, 4, 7);
	expect_eq("relocs", efi_image_load(file, sizeof(file), NULL, NULL, 0, &image),
		  EFI_LOAD_ERROR);
	put(COFF + 22, 2, 1);
	expect_eq("fixed", efi_image_load(file, sizeof(file), NULL, NULL, 0, &image),
		  EFI_OUT_OF_RESOURCES);
	expect_text("fixed", "free memory for the image (size; its address, or 0) "
			     "(found 0x3000, bound 0x140000000)");
	expect_eq("all", n_free(), before);
}
END_TEST

/* ---- Files and tables ------------------------------------------------------------------ */

typedef EFIAPI efi_status load_file(void *, const void *, uint8_t, uint64_t *, void *);
typedef EFIAPI efi_status open_file(void *, void **);

START_TEST(initrd)
{
	static const uint8_t want[] = { 'a', 'b', 'c', 0, 'd', 0, 0, 0 };
	const struct efi_device_path *path_of;
	struct efi_vendor_path wanted = {
		{ 4, 3, { 20, 0 } },
		{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } },
		{ 0x7f, 0xff, { 4, 0 } }
	};
	load_file *const *load;
	open_file *const *open;
	void *interface, *root;
	uint8_t got[16];
	uint64_t size = 0;
	efi_handle handle;

	memory_open();
	efi_n_parts = 0;
	expect_true("image", efi_part_add("image", 5));
	expect_true("first", efi_part_add("abc", 3));
	expect_true("second", efi_part_add("d", 1));
	efi_files_setup();
	path_of = &wanted.vendor;
	expect_eq("path", efi_locate_device_path(&efi_load_file2_guid, &path_of, &handle),
		  EFI_SUCCESS);
	expect_eq("load", efi_handle_protocol(handle, &efi_load_file2_guid, &interface),
		  EFI_SUCCESS);
	load = interface;
	expect_eq("size", (*load)(interface, path_of, 0, &size, NULL), EFI_BUFFER_TOO_SMALL);
	expect_eq("size", size, sizeof(want));
	size--;
	expect_eq("less", (*load)(interface, path_of, 0, &size, got), EFI_BUFFER_TOO_SMALL);
	size = sizeof(got);
	memset(got, 0xee, sizeof(got));
	expect_eq("load", (*load)(interface, path_of, 0, &size, got), EFI_SUCCESS);
	expect_eq("load", size, sizeof(want));
	expect_true("load", memcmp(got, want, sizeof(want)) == 0 && got[sizeof(want)] == 0xee);
	expect_eq("policy", (*load)(interface, path_of, 1, &size, got), EFI_UNSUPPORTED);
	expect_eq("no path", (*load)(interface, NULL, 0, &size, got), EFI_INVALID_PARAMETER);

	/* the device that images come from has a file system with nothing in it */
	expect_eq("files", efi_handle_protocol(efi_device, &efi_file_system_guid, &interface),
		  EFI_SUCCESS);
	open = (void *)((uint8_t *)interface + 8);
	expect_eq("volume", (*open)(interface, &root), EFI_SUCCESS);
	open = (void *)((uint8_t *)root + 8);
	expect_eq("file", (*open)(root, &interface), EFI_NOT_FOUND);
}
END_TEST

START_TEST(tables)
{
	static uint8_t rsdp[36];
	static const struct efi_guid guid = { 9, 9, 9, { 9 } };
	struct efi_guid many = guid;
	uint32_t crc;

	rsdp[15] = 2;
	efi_tables_setup(rsdp, NULL, 0x480);
	expect_eq("signature", efi_system.header.signature, 0x5453595320494249);
	crc = efi_system.header.crc32;
	efi_system.header.crc32 = 0;
	expect_eq("crc", efi_crc32(&efi_system, sizeof(efi_system)), crc);
	expect_eq("crc of nine digits", efi_crc32("123456789", 9), 0xcbf43926);
	expect_eq("tables", efi_system.n_tables, 3);
	expect_true("rsdp", efi_system.tables[2].table == rsdp &&
				    efi_system.tables[2].guid.a == 0x8868e871);
	expect_eq("new", efi_install_configuration_table(&guid, &crc), EFI_SUCCESS);
	expect_eq("again", efi_install_configuration_table(&guid, rsdp), EFI_SUCCESS);
	expect_eq("again", efi_system.n_tables, 4);
	expect_eq("out", efi_install_configuration_table(&guid, NULL), EFI_SUCCESS);
	expect_eq("out", efi_install_configuration_table(&guid, NULL), EFI_NOT_FOUND);
	expect_eq("none", efi_install_configuration_table(NULL, NULL), EFI_INVALID_PARAMETER);
	for (many.a = 100; efi_system.n_tables < 16; many.a++)
		expect_eq("many", efi_install_configuration_table(&many, rsdp), EFI_SUCCESS);
	expect_eq("many", efi_install_configuration_table(&many, rsdp), EFI_OUT_OF_RESOURCES);
	for (size_t i = 0; i < EFI_N_BOOT_SERVICES; i++)
		expect_true("boot", efi_boot.at[i] != NULL);
	for (size_t i = 0; i < EFI_N_RUNTIME_SERVICES; i++)
		expect_true("runtime", efi_system.runtime->at[i] != NULL);
}
END_TEST

/* Code and tables move apart. */
START_TEST(virtual_addresses)
{
	EFIAPI efi_status (*set)(uint64_t, uint64_t, uint32_t, const void *);
	const uint64_t code = (uintptr_t)efi_runtime_code, data = (uintptr_t)efi_runtime_data;
	struct efi_memory_descriptor map[3] = {
		{ .type = EFI_LOADER_DATA, .n_pages = (uint64_t)1 << 36 },
		{ .physical = code - PAGE,
		  .n_pages = 2,
		  .virtual_address = code - PAGE + 0x5000,
		  .attribute = EFI_MEMORY_RUNTIME },
		{ .physical = data,
		  .n_pages = 1,
		  .virtual_address = data - 0x7000,
		  .attribute = EFI_MEMORY_RUNTIME },
	};
	const struct efi_system_table system = efi_system;
	const struct efi_runtime_services before = efi_runtime;
	efi_service *at = &efi_runtime.at[EFI_SET_VIRTUAL_ADDRESS_MAP];
	uint64_t reset_at, vendor, tables_at;

	efi_tables_setup(NULL, NULL, 0);
	memcpy(&set, at, sizeof(set));
	expect_eq("not yet", set(sizeof(map), sizeof(map[0]), 1, map), EFI_UNSUPPORTED);
	efi_tables_leave();
	reset_at = (uintptr_t)efi_runtime.at[EFI_RESET_SYSTEM];
	vendor = (uintptr_t)efi_system.firmware_vendor;
	tables_at = (uintptr_t)efi_system.tables;
	expect_eq("version", set(sizeof(map), sizeof(map[0]), 2, map), EFI_INVALID_PARAMETER);
	expect_eq("step", set(sizeof(map), 39, 1, map), EFI_INVALID_PARAMETER);
	expect_eq("no map", set(sizeof(map), sizeof(map[0]), 1, NULL), EFI_INVALID_PARAMETER);
	expect_eq("neither", set(sizeof(map[0]), sizeof(map[0]), 1, map), EFI_NO_MAPPING);
	expect_eq("no data", set(2 * sizeof(map[0]), sizeof(map[0]), 1, map), EFI_NO_MAPPING);
	expect_eq("half of it", set(sizeof(map) - 1, sizeof(map[0]), 1, map), EFI_NO_MAPPING);
	map[1].n_pages = 1;
	expect_eq("no code", set(sizeof(map), sizeof(map[0]), 1, map), EFI_NO_MAPPING);
	map[1].n_pages = 2;
	map[2].attribute = 0;
	expect_eq("not for it", set(sizeof(map), sizeof(map[0]), 1, map), EFI_NO_MAPPING);
	map[2].attribute = EFI_MEMORY_RUNTIME;
	expect_eq("unchanged", (uintptr_t)efi_runtime.at[EFI_RESET_SYSTEM], reset_at);
	expect_true("unchanged", efi_system.runtime == &efi_runtime);
	expect_eq("set", set(sizeof(map), sizeof(map[0]), 1, map), EFI_SUCCESS);
	expect_eq("reset", (uintptr_t)efi_runtime.at[EFI_RESET_SYSTEM], reset_at + 0x5000);
	expect_eq("vendor", (uintptr_t)efi_system.firmware_vendor, vendor - 0x7000);
	expect_eq("tables", (uintptr_t)efi_system.tables, tables_at - 0x7000);
	expect_eq("runtime", (uintptr_t)efi_system.runtime, (uintptr_t)&efi_runtime - 0x7000);
	expect_eq("once", (uintptr_t)*at, (uintptr_t)efi_unsupported + 0x5000);
	efi_system = system;
	efi_runtime = before;
}
END_TEST

/* ---- Page tables ------------------------------------------------------------------------ */

#define HAS_1GIB (1u << 26)
#define HAS_NX (1u << 20)
#define NX ((uint64_t)1 << 63)

/* The entry that maps an address, and how large its page is. */
static uint64_t entry_of(uint64_t address, unsigned int *shift)
{
	uint64_t entry = efi_page_map[address >> 39];

	for (*shift = 30; entry != 0; *shift -= 9) {
		entry = ((const uint64_t *)(uintptr_t)(entry &
						       0xffffffffff000))[address >> *shift & 511];
		if (*shift == 12 || (entry & 0x80) != 0)
			break;
	}
	return entry;
}

/* Mapped one to one, and this may be done with it. */
static void expect_page(const char *row, uint64_t address, uint64_t attribute)
{
	unsigned int shift;
	uint64_t entry = entry_of(address, &shift);
	uint64_t size = UINT64_C(1) << shift;

	expect_eq(row, entry & 1, 1);
	expect_eq(row, entry & ~NX & ~UINT64_C(0xfff) & ~(size - 1), address & ~(size - 1));
	expect_eq(row, (entry & 2) == 0, (attribute & EFI_MEMORY_RO) != 0);
	expect_eq(row, (entry & NX) != 0, (attribute & EFI_MEMORY_XP) != 0);
}

START_TEST(paging_extended)
{
	static const struct {
		uint32_t features;
		unsigned int shift;
	} rows[] = { { HAS_1GIB, 30 }, { 0, 21 } };

	for (size_t i = 0; i < N_OF(rows); i++) {
		const uint64_t end = UINT64_C(600) << 30; /* of more than 512 GiB */
		unsigned int shift;

		memory_open();
		machine.features = rows[i].features;
		expect_true("extend", efi_paging_extend(end));
		for (uint64_t at = 0; at < end; at += UINT64_C(0x1fff0000)) {
			expect_page("extended", at & ~(uint64_t)4095, 0);
			(void)entry_of(at, &shift);
			expect_eq("size", shift, at >> 32 != 0 ? rows[i].shift : 21);
		}
		expect_eq("behind", entry_of(end, &shift), 0);
		memset(&efi_memory, 0, sizeof(efi_memory));
		paging_open();
		expect_true("nothing to do", efi_paging_extend(UINT64_C(4) << 30));
		expect_true("no memory", !efi_paging_extend(end));
	}
}
END_TEST

/* What each page may be used for, written down page by page; in pages of 2 MiB, and of 1 GiB. */
START_TEST(paging_by_chance)
{
	static const uint64_t attributes[] = { 0, EFI_MEMORY_RO, EFI_MEMORY_XP,
					       EFI_MEMORY_RO | EFI_MEMORY_XP };
	enum { N = 2048 };
	static uint64_t model[N];
	const uint64_t base = _i % 2 == 0 ? RAM_ADDRESS - ((uint64_t)N / 2 * PAGE) :
					    (UINT64_C(5) << 30) - ((uint64_t)N / 2 * PAGE);

	memory_open();
	machine.features = HAS_1GIB | HAS_NX;
	expect_true("extend", efi_paging_extend(UINT64_C(6) << 30));
	memset(model, 0, sizeof(model));
	random_start((uint64_t)_i + 1);
	for (int round = 0; round < 60; round++) {
		uint64_t start = random_below(N), n = random_below(N - start + 1);
		uint64_t attribute = attributes[random_below(4)];

		if (round % 3 == 0) /* ends at large pages */
			start &= ~(uint64_t)511, n &= ~(uint64_t)511;
		expect_true("protect", efi_paging_protect(base + start * PAGE,
							  base + (start + n) * PAGE, attribute));
		for (uint64_t page = start; page < start + n; page++)
			model[page] = attribute;
		for (uint64_t page = 0; page < N; page++)
			expect_page("model", base + page * PAGE, model[page]);
	}
	expect_page("before", base - PAGE, 0);
	expect_page("behind", base + N * (uint64_t)PAGE, 0);
	expect_eq("flushed", machine.n_flushes, 60);
}
END_TEST

START_TEST(paging_fails)
{
	memory_open();
	memset(&efi_memory, 0, sizeof(efi_memory));
	expect_true("as it is", efi_paging_protect(RAM_ADDRESS, RAM_ADDRESS + PAGE, 0));
	expect_true("large",
		    efi_paging_protect(RAM_ADDRESS, RAM_ADDRESS + (2 << 20), EFI_MEMORY_RO));
	expect_true("no memory", !efi_paging_protect(RAM_ADDRESS, RAM_ADDRESS + PAGE, 0));
	expect_page("no NX", RAM_ADDRESS, EFI_MEMORY_RO);
	expect_true("no NX",
		    efi_paging_protect(RAM_ADDRESS, RAM_ADDRESS + (2 << 20), EFI_MEMORY_XP));
	expect_page("no NX", RAM_ADDRESS, 0);
	efi_regions_set(&efi_memory, RAM_ADDRESS, RAM_ADDRESS + (4 << 20), EFI_LOADER_CODE, true);
	expect_true("ro", efi_paging_protect(RAM_ADDRESS, RAM_ADDRESS + (2 << 20), EFI_MEMORY_RO));
	expect_eq("half", efi_free_pages(RAM_ADDRESS, 1), EFI_OUT_OF_RESOURCES);
	expect_eq("all", efi_free_pages(RAM_ADDRESS, 512), EFI_SUCCESS);
	expect_page("all", RAM_ADDRESS, 0);
}
END_TEST

/* Each section as it says; all as it was when the memory is free again. */
START_TEST(images_protected)
{
	static const struct {
		uint32_t flags; /* of the section of relocations */
		uint64_t attribute;
	} rows[] = {
		{ 0x42000040, EFI_MEMORY_RO | EFI_MEMORY_XP },
		{ 0xc0000040, EFI_MEMORY_XP },
		{ 0x60000040, EFI_MEMORY_RO },
		{ 0xe0000040, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		efi_handle image;
		uint64_t base;

		memory_open();
		machine.features = HAS_NX;
		build_pe();
		put(OPTIONAL + 70, 2, 0x100);
		put(OPTIONAL + 32, 4, 0x200000);
		put(SECTIONS + 40 + 36, 4, rows[i].flags);
		expect_eq("load", efi_image_load(file, sizeof(file), NULL, NULL, 0, &image),
			  EFI_SUCCESS);
		base = RAM_ADDRESS + RAM_SIZE - (2 << 20);
		expect_page("headers", base, EFI_MEMORY_RO | EFI_MEMORY_XP);
		expect_page("code", base + 0x1000, EFI_MEMORY_RO);
		expect_page("relocations", base + 0x2000, rows[i].attribute);
		expect_page("behind", base + 0x3000, 0);
		expect_eq("unload", efi_unload_image(image), EFI_SUCCESS);
		for (uint64_t page = 0; page < 3; page++)
			expect_page("free", base + page * PAGE, 0);
	}
	/* a section that begins within a page, also an empty one, and an image that says nothing */
	for (int i = 0; i < 3; i++) {
		efi_handle image;

		memory_open();
		build_pe();
		put(OPTIONAL + 70, 2, i < 2 ? 0x100 : 0);
		if (i < 2)
			put_section(1, 0x2100, 0x200, 0x400, 0x42000040);
		if (i == 1)
			put(SECTIONS + 40 + 8, 8, 0x210000000000), put(SECTIONS + 40 + 16, 4, 0);
		put(OPTIONAL + 112 + 44, 4, 0);
		expect_eq("load", efi_image_load(file, sizeof(file), NULL, NULL, 0, &image),
			  EFI_SUCCESS);
		expect_eq("flushed", machine.n_flushes, 0);
		expect_eq("unload", efi_unload_image(image), EFI_SUCCESS);
	}
	memory_open();
	efi_regions_set(&efi_memory, RAM_ADDRESS, RAM_ADDRESS + RAM_SIZE - 3 * PAGE,
			EFI_LOADER_DATA, true);
	build_pe();
	put(OPTIONAL + 70, 2, 0x100);
	expect_eq("no tables", efi_image_load(file, sizeof(file), NULL, NULL, 0, &started),
		  EFI_OUT_OF_RESOURCES);
}
END_TEST

/* A page that cannot become free, for lack of room in the map, stays as it is. */
START_TEST(no_room_to_free)
{
	uint64_t at = RAM_ADDRESS + 0x3000;

	memory_open();
	machine.features = HAS_NX;
	expect_eq("pages", efi_allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, 3, &at),
		  EFI_SUCCESS);
	expect_true("protect", efi_paging_protect(at, at + 3 * PAGE, EFI_MEMORY_RO));
	while (efi_memory.n <= EFI_MAX_MARKS - 10)
		expect_true("full", efi_regions_set(&efi_memory, (uint64_t)efi_memory.n << 32,
						    ((uint64_t)efi_memory.n << 32) + PAGE,
						    EFI_RESERVED, false));
	expect_eq("free", efi_free_pages(at + PAGE, 1), EFI_OUT_OF_RESOURCES);
	expect_true("in use", efi_regions_are(&efi_memory, at, at + 3 * PAGE, false));
	expect_page("protected", at + PAGE, EFI_MEMORY_RO);
}
END_TEST

/* ---- Variables --------------------------------------------------------------------------- */

#define BS 2u
#define RT 4u
#define NV 1u
#define APPEND 0x40u

static uint64_t remaining(void)
{
	uint64_t storage = 0, left = 0, largest = 0;

	expect_eq("query", efi_query_variable_info(BS, &storage, &left, &largest), EFI_SUCCESS);
	expect_eq("storage", storage, EFI_VARIABLE_STORE);
	expect_eq("largest", largest, storage);
	return left;
}

START_TEST(variables)
{
	static const struct efi_guid one = { 1, 0, 0, { 0 } }, two = { 2, 0, 0, { 0 } };
	static const uint16_t a[] = { 'a', 0 }, ab[] = { 'a', 'b', 0 }, none[] = { 0 };
	const struct {
		const char *name;
		const uint16_t *variable;
		const struct efi_guid *vendor;
		uint32_t attributes;
		uint64_t size;
		const char *data;
		efi_status status;
		const char
			*value; /* of it afterwards, of as many attributes; NULL: it is not there */
	} rows[] = {
		{ "delete none", a, &one, BS, 0, NULL, EFI_NOT_FOUND, NULL },
		{ "new", a, &one, BS, 3, "xyz", EFI_SUCCESS, "xyz" },
		{ "other name", ab, &one, BS | RT, 1, "b", EFI_SUCCESS, "b" },
		{ "other vendor", a, &two, BS, 2, "22", EFI_SUCCESS, "22" },
		{ "larger", a, &one, BS, 9, "123456789", EFI_SUCCESS, "123456789" },
		{ "smaller", a, &one, BS, 1, "1", EFI_SUCCESS, "1" },
		{ "append", a, &one, BS | APPEND, 2, "23", EFI_SUCCESS, "123" },
		{ "append nothing", a, &one, BS | APPEND, 0, NULL, EFI_SUCCESS, "123" },
		{ "append to none", ab, &two, BS | APPEND, 1, "n", EFI_SUCCESS, "n" },
		{ "other attributes", a, &one, BS | RT, 1, "1", EFI_INVALID_PARAMETER, "123" },
		{ "without boot", a, &one, RT, 1, "1", EFI_INVALID_PARAMETER, "123" },
		{ "that stays", a, &one, BS | NV, 1, "1", EFI_OUT_OF_RESOURCES, "123" },
		{ "signed", a, &one, BS | 0x20, 1, "1", EFI_UNSUPPORTED, "123" },
		{ "no name", NULL, &one, BS, 1, "1", EFI_INVALID_PARAMETER, NULL },
		{ "empty name", none, &one, BS, 1, "1", EFI_INVALID_PARAMETER, NULL },
		{ "no vendor", a, NULL, BS, 1, "1", EFI_INVALID_PARAMETER, NULL },
		{ "no data", a, &one, BS, 1, NULL, EFI_INVALID_PARAMETER, "123" },
		{ "too large", a, &one, BS, UINT64_MAX, "1", EFI_OUT_OF_RESOURCES, "123" },
		{ "delete", a, &two, BS, 0, NULL, EFI_SUCCESS, NULL },
		{ "delete by attributes", a, &one, 0, 3, "123", EFI_SUCCESS, NULL },
	};
	uint64_t size, storage, left, largest;
	struct efi_guid vendor = one;
	uint32_t attributes;
	uint16_t name[8] = { 0 };
	char data[16];

	expect_eq("room", remaining(), EFI_VARIABLE_STORE);
	for (size_t i = 0; i < N_OF(rows); i++) {
		expect_eq(rows[i].name,
			  efi_set_variable(rows[i].variable, rows[i].vendor, rows[i].attributes,
					   rows[i].size, rows[i].data),
			  rows[i].status);
		size = sizeof(data);
		if (!rows[i].value) {
			expect_true(rows[i].name,
				    efi_get_variable(rows[i].variable, rows[i].vendor, NULL, &size,
						     data) != EFI_SUCCESS);
			continue;
		}
		expect_eq(rows[i].name,
			  efi_get_variable(rows[i].variable, rows[i].vendor, &attributes, &size,
					   data),
			  EFI_SUCCESS);
		expect_eq(rows[i].name, size, strlen(rows[i].value));
		expect_true(rows[i].name, memcmp(data, rows[i].value, size) == 0);
	}
	expect_eq("attributes", attributes, BS);

	/* two are left: "ab" of one, and of two */
	expect_eq("ab", efi_get_variable(ab, &one, &attributes, &size, NULL),
		  EFI_INVALID_PARAMETER);
	expect_eq("ab", attributes, BS | RT);
	size = 0;
	expect_eq("ab", efi_get_variable(ab, &one, &attributes, &size, data), EFI_BUFFER_TOO_SMALL);
	expect_eq("ab", size, 1);
	expect_eq("none", efi_get_variable(a, &one, &attributes, &size, data), EFI_NOT_FOUND);
	expect_eq("no size", efi_get_variable(ab, &one, &attributes, NULL, data),
		  EFI_INVALID_PARAMETER);
	size = 2;
	expect_eq("first", efi_get_next_variable_name(&size, name, &vendor), EFI_BUFFER_TOO_SMALL);
	expect_eq("first", size, sizeof(ab));
	expect_eq("first", efi_get_next_variable_name(&size, name, &vendor), EFI_SUCCESS);
	expect_true("first", memcmp(name, ab, sizeof(ab)) == 0 && vendor.a == 1);
	size = sizeof(name);
	expect_eq("second", efi_get_next_variable_name(&size, name, &vendor), EFI_SUCCESS);
	expect_true("second", size == sizeof(ab) && vendor.a == 2);
	size = sizeof(name);
	expect_eq("last", efi_get_next_variable_name(&size, name, &vendor), EFI_NOT_FOUND);
	expect_eq("no size", efi_get_next_variable_name(NULL, name, &vendor),
		  EFI_INVALID_PARAMETER);
	size = 4;
	expect_eq("no end", efi_get_next_variable_name(&size, name, &vendor),
		  EFI_INVALID_PARAMETER);
	size = 0;
	expect_eq("nothing", efi_get_next_variable_name(&size, name, &vendor),
		  EFI_INVALID_PARAMETER);
	size = sizeof(name);
	memcpy(name, a, sizeof(a));
	expect_eq("unknown", efi_get_next_variable_name(&size, name, &vendor),
		  EFI_INVALID_PARAMETER);

	expect_eq("query", efi_query_variable_info(BS | NV, &storage, &left, &largest),
		  EFI_SUCCESS);
	expect_true("query", storage == 0 && left == 0 && largest == 0);
	expect_eq("query", efi_query_variable_info(0, &storage, &left, &largest),
		  EFI_INVALID_PARAMETER);
	expect_eq("query", efi_query_variable_info(BS, &storage, NULL, &largest),
		  EFI_INVALID_PARAMETER);
	expect_eq("query", efi_query_variable_info(BS | 8, &storage, &left, &largest),
		  EFI_UNSUPPORTED);
	expect_eq("delete", efi_set_variable(ab, &one, BS, 0, NULL), EFI_SUCCESS);
	expect_eq("delete", efi_set_variable(ab, &two, BS, 0, NULL), EFI_SUCCESS);
	expect_eq("room", remaining(), EFI_VARIABLE_STORE);
}
END_TEST

/* To the last byte, and names that have no end. */
START_TEST(variables_full)
{
	static const struct efi_guid guid = { 3, 0, 0, { 0 } };
	static uint16_t name[EFI_VARIABLE_STORE];
	static uint8_t data[EFI_VARIABLE_STORE];
	uint64_t left, all = remaining(), size;
	uint16_t short_name[] = { 'f', 0 };

	for (size_t i = 0; i < N_OF(name); i++)
		name[i] = 'n';
	expect_eq("name", efi_set_variable(name, &guid, BS, 1, data), EFI_OUT_OF_RESOURCES);
	expect_eq("name", efi_set_variable(name, &guid, BS, 0, NULL), EFI_NOT_FOUND);
	expect_eq("data", efi_set_variable(short_name, &guid, BS, sizeof(data), data),
		  EFI_OUT_OF_RESOURCES);
	expect_eq("one", efi_set_variable(short_name, &guid, BS, 1, data), EFI_SUCCESS);
	left = remaining();
	size = left + 1;
	while (efi_set_variable(short_name, &guid, BS | APPEND, size, data) != EFI_SUCCESS)
		size--;
	expect_true("append", size + 4 > left);
	expect_true("full", remaining() < 4);
	expect_eq("full", efi_set_variable(short_name, &guid, BS | APPEND, 4, data),
		  EFI_OUT_OF_RESOURCES);
	short_name[0] = 'g';
	expect_eq("full", efi_set_variable(short_name, &guid, BS, 1, data), EFI_OUT_OF_RESOURCES);
	short_name[0] = 'f';
	expect_eq("delete", efi_set_variable(short_name, &guid, BS, 0, NULL), EFI_SUCCESS);
	expect_eq("room", remaining(), all);
}
END_TEST

/* ---- The rest of the services, as an image calls them --------------------------------- */

typedef EFIAPI uint64_t any_service(uint64_t, uint64_t, uint64_t, uint64_t);

static uint64_t call(efi_service service, uint64_t a, uint64_t b, uint64_t c)
{
	any_service *function;

	memcpy(&function, &service, sizeof(function));
	return function(a, b, c, 0);
}

static uint64_t number(const void *pointer)
{
	return (uintptr_t)pointer;
}

START_TEST(boot_services)
{
	efi_service *at = efi_boot.at;
	uint64_t count = 0, last;
	char text[] = "abcdef";
	uint32_t crc = 0;

	expect_eq("tpl", call(at[EFI_RAISE_TPL], 8, 0, 0), 4);
	expect_eq("tpl", call(at[EFI_RESTORE_TPL], 4, 0, 0), EFI_SUCCESS);
	expect_eq("event", call(at[EFI_CREATE_EVENT], 0, 0, 0), EFI_UNSUPPORTED);
	expect_eq("connect", call(at[EFI_CONNECT_CONTROLLER], 0, 0, 0), EFI_NOT_FOUND);
	expect_eq("stall", call(at[EFI_STALL], 3, 0, 0), EFI_SUCCESS);
	expect_eq("count", call(at[EFI_GET_NEXT_MONOTONIC_COUNT], number(&count), 0, 0),
		  EFI_SUCCESS);
	last = count;
	expect_eq("count", call(at[EFI_GET_NEXT_MONOTONIC_COUNT], number(&count), 0, 0),
		  EFI_SUCCESS);
	expect_eq("count", count, last + 1);
	expect_eq("count", call(at[EFI_GET_NEXT_MONOTONIC_COUNT], 0, 0, 0), EFI_INVALID_PARAMETER);
	expect_eq("crc", call(at[EFI_CALCULATE_CRC32], number("123456789"), 9, number(&crc)),
		  EFI_SUCCESS);
	expect_eq("crc", crc, 0xcbf43926);
	expect_eq("crc", call(at[EFI_CALCULATE_CRC32], number("1"), 0, number(&crc)),
		  EFI_INVALID_PARAMETER);
	(void)call(at[EFI_COPY_MEM], number(text + 1), number(text), 4);
	ck_assert_str_eq(text, "aabcdf");
	(void)call(at[EFI_SET_MEM], number(text), 2, 'x');
	ck_assert_str_eq(text, "xxbcdf");
}
END_TEST

START_TEST(boot_services_end)
{
	const struct efi_system_table system = efi_system;
	const struct efi_runtime_services runtime = efi_runtime;
	efi_service leave = efi_boot.at[EFI_EXIT_BOOT_SERVICES];
	efi_handle image;
	uint32_t crc;

	memory_open();
	build_pe();
	expect_eq("load", efi_image_load(file, sizeof(file), NULL, NULL, 0, &image), EFI_SUCCESS);
	expect_eq("key", call(leave, number(image), efi_memory.key - 1, 0), EFI_INVALID_PARAMETER);
	expect_eq("image", call(leave, 0, efi_memory.key, 0), EFI_INVALID_PARAMETER);
	expect_true("still", efi_system.boot == &efi_boot);
	expect_eq("leave", call(leave, number(image), efi_memory.key, 0), EFI_SUCCESS);
	expect_text("leave", "pvhboot-efi: boot services end\r\n");
	expect_true("gone", !efi_system.boot && !efi_system.con_out && !efi_system.con_in &&
				    !efi_system.std_err);
	for (size_t i = 0; i < EFI_N_RUNTIME_SERVICES; i++)
		expect_eq("what stays", efi_runtime.at[i] != (efi_service)efi_unsupported,
			  i == EFI_GET_TIME || i == EFI_SET_VIRTUAL_ADDRESS_MAP ||
				  i == EFI_RESET_SYSTEM);
	crc = efi_runtime.header.crc32;
	efi_table_finish(&efi_runtime.header);
	expect_eq("crc", efi_runtime.header.crc32, crc);
	efi_system = system;
	efi_runtime = runtime;
	expect_eq("unload", efi_unload_image(image), EFI_SUCCESS);
}
END_TEST

/* A loop around setjmp() would lose its variables. */
static void call_reset(uint32_t type)
{
	if (setjmp(stopped) == 0)
		efi_reset_system(type, EFI_SUCCESS, 0, NULL);
}

START_TEST(reset)
{
	static const struct {
		const char *name;
		struct efi_reset how;
		uint32_t type;
		const char *ended;
	} rows[] = {
		{ "PC",
		  { .hypercall = EFI_NO_HYPERCALL },
		  EFI_RESET_COLD,
		  "b cf9:2 b cf9:6 b 64:fe " },
		{ "PC off", { .hypercall = EFI_NO_HYPERCALL }, EFI_RESET_SHUTDOWN, "" },
		{ "port",
		  { .reset = { 0x501, 7 } },
		  EFI_RESET_WARM,
		  "b 501:7 b cf9:2 b cf9:6 b 64:fe " },
		{ "port off",
		  { .poweroff = { 0x604, 0x2000 } },
		  EFI_RESET_SHUTDOWN,
		  "w 604:2000 " },
		{ "byte off", { .poweroff = { 0x604, 0xff } }, EFI_RESET_SHUTDOWN, "b 604:ff " },
		{ "Xen off", { .hypercall = EFI_VMMCALL }, EFI_RESET_SHUTDOWN, "vmmcall 2:0 " },
		{ "Xen on Intel",
		  { .hypercall = EFI_VMCALL },
		  EFI_RESET_COLD,
		  "vmcall 2:1 b cf9:2 b cf9:6 b 64:fe " },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		machine_open();
		efi_reset = rows[i].how;
		call_reset(rows[i].type);
		ck_assert_msg(strcmp(machine.ended, rows[i].ended) == 0, "%s: \"%s\"", rows[i].name,
			      machine.ended);
	}
	memset(&efi_reset, 0, sizeof(efi_reset));
}
END_TEST

START_TEST(clock_of_a_pc)
{
	static const struct {
		const char *name;
		uint8_t b, hour;         /* registers */
		uint8_t number;          /* of the others */
		uint8_t want_hour, want; /* hour, and the others */
	} rows[] = {
		{ "BCD", 2, 0x23, 0x12, 23, 12 },         { "binary", 6, 23, 12, 23, 12 },
		{ "12 am", 0, 0x12, 0x10, 0, 10 },        { "1 am", 0, 0x01, 0x10, 1, 10 },
		{ "12 pm", 0, 0x92, 0x10, 12, 10 },       { "11 pm", 0, 0x91, 0x10, 23, 10 },
		{ "binary, pm", 4, 0x80 | 11, 9, 23, 9 },
	};
	struct efi_time time;

	for (size_t i = 0; i < N_OF(rows); i++) {
		machine_open();
		machine.clock[0x0a] = i == 0 ? 0x80 : 0; /* one that never ends is not waited for */
		machine.clock[0x0b] = rows[i].b;
		machine.clock[4] = rows[i].hour;
		machine.clock[0] = machine.clock[2] = machine.clock[7] = machine.clock[8] =
			machine.clock[9] = rows[i].number;
		efi_reset.has_clock = efi_has_clock();
		expect_true(rows[i].name, efi_reset.has_clock);
		expect_eq(rows[i].name, efi_get_time(&time, NULL), EFI_SUCCESS);
		expect_eq(rows[i].name, time.hour, rows[i].want_hour);
		expect_eq(rows[i].name, time.year, 2000 + rows[i].want);
		expect_true(rows[i].name, time.month == rows[i].want && time.day == rows[i].want &&
						  time.minute == rows[i].want &&
						  time.second == rows[i].want &&
						  time.zone == 0x7ff && time.nanosecond == 0);
	}
	expect_eq("NULL", efi_get_time(NULL, NULL), EFI_INVALID_PARAMETER);
	machine.clock[0x0d] = 0xff;
	efi_reset.has_clock = efi_has_clock();
	expect_eq("none", efi_get_time(&time, NULL), EFI_UNSUPPORTED);
}
END_TEST

START_TEST(console)
{
	static const uint16_t text[] = { 'a', 0xe4, '\r', '\n', 0 };
	static const struct efi_guid guid = { 0x1234, 0xab, 1, { 0, 1, 2, 3, 4, 5, 6, 0xff } };
	efi_service *at = console_output.at;
	uint64_t columns = 0, rows = 0;

	machine_open();
	console_print("%x %x %x %s %g", (uint64_t)0, (uint64_t)0x10, UINT64_MAX, "text", &guid);
	ck_assert_str_eq(machine.text, "pvhboot-efi: 0x0 0x10 0xffffffffffffffff text "
				       "00001234-00ab-0001-0001-0203040506ff\r\n");
	machine_open();
	console_logs = false;
	console_log("nothing");
	expect_eq("log", machine.n_text, 0);
	expect_eq("output", call(at[1], number(&console_output), number(text), 0), EFI_SUCCESS);
	ck_assert_str_eq(machine.text, "a?\r\n");
	expect_eq("clear", call(at[6], number(&console_output), 0, 0), EFI_SUCCESS);
	expect_eq("mode",
		  ((EFIAPI efi_status(*)(void *, uint64_t, uint64_t *, uint64_t *))at[3])(
			  &console_output, 0, &columns, &rows),
		  EFI_SUCCESS);
	expect_true("mode", columns == 80 && rows == 25);
	expect_eq("mode 1", call(at[3], number(&console_output), 1, number(&columns)),
		  EFI_UNSUPPORTED);
	expect_eq("key", call(console_input.at[1], number(&console_input), 0, 0), EFI_NOT_READY);

	machine.is_busy = true; /* a port that is never ready is written to all the same */
	console_character('b');
	ck_assert_str_eq(machine.text, "a?\r\nb");
	machine_open();
	machine.has_serial = false;
	machine.has_debug = true;
	console_open(false);
	console_print("debug");
	expect_text("debug", "pvhboot-efi: debug\r\n");
	machine.has_debug = false;
	console_open(true);
	console_print("Xen");
	expect_text("Xen", "pvhboot-efi: Xen\r\n");
	machine_open();
}
END_TEST

typedef EFIAPI efi_status random_get(void *, const void *, uint64_t, uint8_t *);

START_TEST(random_numbers)
{
	random_get *const *rng;
	efi_handle having[4];
	uint8_t got[11] = { 0 };
	uint64_t size = sizeof(having);
	void *interface;

	memory_open();
	machine.has_random = true;
	efi_device = NULL;
	efi_n_parts = 1;
	efi_files_setup();
	expect_eq("handle", efi_locate_handle(2, &efi_rng_guid, NULL, &size, having), EFI_SUCCESS);
	expect_eq("rng", efi_locate_protocol(&efi_rng_guid, NULL, &interface), EFI_SUCCESS);
	rng = interface;
	size = 100;
	expect_eq("info", call(((efi_service *)interface)[0], number(interface), number(&size), 0),
		  EFI_SUCCESS);
	expect_eq("info", size, 0);
	expect_eq("info", call(((efi_service *)interface)[0], number(interface), 0, 0),
		  EFI_INVALID_PARAMETER);
	expect_eq("get", rng[1](interface, NULL, 10, got), EFI_SUCCESS);
	expect_eq("get", load_le(got, 8), 0x1122334455667788);
	expect_true("get", got[8] == 0x88 && got[9] == 0x77 && got[10] == 0);
	expect_eq("none", rng[1](interface, NULL, 0, got), EFI_INVALID_PARAMETER);
	expect_eq("algorithm", rng[1](interface, &efi_rng_guid, 1, got), EFI_UNSUPPORTED);
	machine.has_random = false;
	expect_eq("no luck", rng[1](interface, NULL, 1, got), EFI_NOT_READY);
	expect_eq("out", efi_uninstall_protocol(having[0], &efi_rng_guid, interface), EFI_SUCCESS);
}
END_TEST

void *efi_memcpy(void *to, const void *from, size_t size);
void *efi_memmove(void *to, const void *from, size_t size);
void *efi_memset(void *to, int value, size_t size);
int efi_memcmp(const void *a, const void *b, size_t size);

START_TEST(libc)
{
	uint8_t got[32], want[32];

	random_start(1);
	for (int round = 0; round < 2000; round++) {
		size_t from = random_below(16), to = random_below(16), n = random_below(17);

		for (size_t i = 0; i < sizeof(got); i++)
			got[i] = want[i] = (uint8_t)random_below(3);
		memmove(want + to, want + from, n);
		expect_true("move", efi_memmove(got + to, got + from, n) == got + to);
		expect_true("move", memcmp(got, want, sizeof(got)) == 0);
		memset(want + to, round & 0xff, n);
		expect_true("set", efi_memset(got + to, round, n) == got + to);
		expect_true("set", memcmp(got, want, sizeof(got)) == 0);
		expect_eq("compare", efi_memcmp(got, got + from, n) > 0,
			  memcmp(got, got + from, n) > 0);
		expect_eq("compare", efi_memcmp(got, got + from, n) < 0,
			  memcmp(got, got + from, n) < 0);
		efi_memcpy(got, want + 16, 16);
		expect_true("copy", memcmp(got, want + 16, 16) == 0);
	}
}
END_TEST

/* ---- From a start_info to an image -------------------------------------------------------- */

_Noreturn void efi_main(uint64_t gpa);

/* What a host puts into the guest's memory. */
#define INFO_AT RAM_ADDRESS
#define MAP_AT (RAM_ADDRESS + 0x100)
#define MODULES_AT (RAM_ADDRESS + 0x400)
#define CMDLINE_AT (RAM_ADDRESS + PAGE)
#define RSDP_AT (RAM_ADDRESS + 0x800)
#define SMBIOS_AT (RAM_ADDRESS + 0x900)
#define FILE_AT (RAM_ADDRESS + 4 * PAGE)
#define INITRD_AT (RAM_ADDRESS + 0x500000)

static struct pvhboot_wire_start_info *info;
static struct pvhboot_wire_map_entry *host_map;
static struct pvhboot_wire_module *host_modules;

static void host_open(const char *cmdline)
{
	memory_open();
	machine.is_amd = machine.is_xen = true;
	memset(&efi_memory, 0, sizeof(efi_memory));
	memset(ram, 0, 0x10000);
	efi_device = NULL;
	efi_n_parts = 0;
	efi_system.n_tables = 0;
	build_pe();
	memcpy(ram + FILE_AT - RAM_ADDRESS, file, sizeof(file));
	memcpy(ram + CMDLINE_AT - RAM_ADDRESS, cmdline, strlen(cmdline) + 1);
	memcpy(ram + SMBIOS_AT - RAM_ADDRESS, "_SM3_", 5);
	info = (void *)ram;
	host_map = (void *)(ram + MAP_AT - RAM_ADDRESS);
	host_modules = (void *)(ram + MODULES_AT - RAM_ADDRESS);
	*info = (struct pvhboot_wire_start_info){
		.magic = PVHBOOT_WIRE_START_MAGIC,
		.version = 1,
		.nr_modules = 2,
		.modlist_paddr = MODULES_AT,
		.cmdline_paddr = CMDLINE_AT,
		.rsdp_paddr = RSDP_AT,
		.memmap_paddr = MAP_AT,
		.memmap_entries = 8,
	};
	host_modules[0] = (struct pvhboot_wire_module){ .paddr = FILE_AT, .size = sizeof(file) };
	host_modules[1] = (struct pvhboot_wire_module){ .paddr = INITRD_AT, .size = 0x100001 };
	/* what is reserved in the middle of RAM comes first, and takes all pages that it touches */
	host_map[0] = (struct pvhboot_wire_map_entry){ RAM_ADDRESS + 0x800800, 0x1000,
						       PVHBOOT_MAP_RESERVED, 0 };
	host_map[1] = (struct pvhboot_wire_map_entry){ RAM_ADDRESS - 0x800, RAM_SIZE + 0xfff,
						       PVHBOOT_MAP_RAM, 0 };
	host_map[2] = (struct pvhboot_wire_map_entry){ 0xf0000000, 0x1000, PVHBOOT_MAP_ACPI, 0 };
	host_map[3] = (struct pvhboot_wire_map_entry){ 0xf0001000, 0x1000, PVHBOOT_MAP_NVS, 0 };
	host_map[4] =
		(struct pvhboot_wire_map_entry){ 0xf0002000, 0x1000, PVHBOOT_MAP_UNUSABLE, 0 };
	host_map[5] = (struct pvhboot_wire_map_entry){ 0xf0003000, 0x1000, PVHBOOT_MAP_PMEM, 0 };
	host_map[6] = (struct pvhboot_wire_map_entry){ 0xf0004000, 0x1000, 99, 0 };
	host_map[7] = (struct pvhboot_wire_map_entry){ UINT64_MAX, 0x1000, PVHBOOT_MAP_RAM, 0 };
}

static void run_main(void)
{
	if (setjmp(stopped) == 0)
		efi_main(INFO_AT);
}

/* What the image finds. */
static efi_status looks_around(efi_handle image)
{
	static const struct {
		uint64_t at;
		uint32_t type;
		uint64_t attribute;
	} rows[] = {
		{ INFO_AT, EFI_BOOT_SERVICES_DATA, 0xf },
		{ CMDLINE_AT, EFI_BOOT_SERVICES_DATA, 0xf },
		{ CMDLINE_AT + PAGE, EFI_CONVENTIONAL, 0xf },
		{ FILE_AT, EFI_BOOT_SERVICES_DATA, 0xf },
		{ FILE_AT + PAGE, EFI_CONVENTIONAL, 0xf },
		{ INITRD_AT, EFI_BOOT_SERVICES_DATA, 0xf },
		{ INITRD_AT + 0x100000, EFI_BOOT_SERVICES_DATA, 0xf },
		{ INITRD_AT + 0x101000, EFI_CONVENTIONAL, 0xf },
		{ RAM_ADDRESS + 0x7ff000, EFI_CONVENTIONAL, 0xf },
		{ RAM_ADDRESS + 0x800000, EFI_RESERVED, 0 },
		{ RAM_ADDRESS + 0x801000, EFI_RESERVED, 0 },
		{ RAM_ADDRESS + 0x802000, EFI_CONVENTIONAL, 0xf },
		{ RAM_ADDRESS + RAM_SIZE - PAGE, EFI_LOADER_DATA, 0xf }, /* LoadOptions */
		{ 0xf0000000, EFI_ACPI_RECLAIM, 0xf },
		{ 0xf0001000, EFI_ACPI_NVS, 0xf },
		{ 0xf0002000, EFI_UNUSABLE, 0 },
		{ 0xf0003000, EFI_PERSISTENT, 0x800f },
		{ 0xf0004000, EFI_RESERVED, 0 },
	};
	static const uint16_t line[] = { 0xe4, ' ', 'q', 'u', 'i', 'e', 't', 0 };
	static struct efi_memory_descriptor map[64];
	struct efi_loaded_image *loaded;
	uint64_t size = sizeof(map), key;
	size_t n, j;

	started = image;
	expect_eq("loaded", efi_handle_protocol(image, &efi_loaded_image_guid, (void **)&loaded),
		  EFI_SUCCESS);
	expect_eq("options", loaded->options_size, sizeof(line));
	expect_true("options", memcmp(loaded->options, line, sizeof(line)) == 0);
	expect_eq("tables", efi_system.n_tables, 4);
	expect_true("tables", efi_system.tables[2].guid.a == 0xeb9d2d30 &&
				      efi_system.tables[2].table == ram + 0x800 &&
				      efi_system.tables[3].guid.a == 0xf2fd1544 &&
				      efi_system.tables[3].table == ram + 0x900);
	expect_eq("RT_PROPERTIES", load_le((const uint8_t *)efi_system.tables[0].table + 4, 4),
		  0x481);
	expect_eq("map", efi_get_memory_map(&size, map, &key, NULL, NULL), EFI_SUCCESS);
	n = (size_t)size / sizeof(map[0]);
	for (size_t i = 0; i < N_OF(rows); i++) {
		for (j = 0; j < n && map[j].physical + map[j].n_pages * PAGE <= rows[i].at; j++)
			;
		ck_assert_msg(j < n && map[j].physical <= rows[i].at, "no 0x%" PRIx64, rows[i].at);
		ck_assert_msg(map[j].type == rows[i].type && map[j].attribute == rows[i].attribute,
			      "0x%" PRIx64 ": %u 0x%" PRIx64, rows[i].at, map[j].type,
			      map[j].attribute);
	}
	return EFI_NOT_READY;
}

START_TEST(main_starts)
{
	host_open("\xc3\xa4 pvhboot.efi=log,smbios=0x20000900 quiet");
	image_function = looks_around;
	started = NULL;
	run_main();
	expect_true("started", started != NULL);
	expect_text("ended", "pvhboot-efi: the image has ended with status 0x8000000000000006\r\n");
	ck_assert_str_eq(machine.ended, "vmmcall 2:1 b cf9:2 b cf9:6 b 64:fe ");

	/* no Xen, no clock, no command line, no ACPI */
	host_open("");
	machine.is_xen = false;
	machine.clock[0x0d] = 0xff;
	info->cmdline_paddr = info->rsdp_paddr = 0;
	info->nr_modules = 1;
	image_function = returns;
	run_main();
	expect_eq("tables", efi_system.n_tables, 2);
	expect_eq("RT_PROPERTIES", load_le((const uint8_t *)efi_system.tables[0].table + 4, 4),
		  0x80);
	ck_assert_str_eq(machine.ended, "b cf9:2 b cf9:6 b 64:fe ");

	host_open("pvhboot.efi=what,smbios=0x20000901,reset=0x10:1");
	machine.is_xen = false;
	run_main();
	expect_text("unknown", "behind pvhboot.efi=, found \"what,smbios=");
	expect_text("smbios", "expected the entry point of SMBIOS at 0x20000901");
	expect_eq("RT_PROPERTIES", load_le((const uint8_t *)efi_system.tables[0].table + 4, 4),
		  0x481);
	ck_assert_str_eq(machine.ended, "b 10:1 b cf9:2 b cf9:6 b 64:fe ");
}
END_TEST

/* One thing at a time. */
START_TEST(main_refuses)
{
	static const struct {
		const char *name;
		uint32_t offset, width; /* in the page of the start_info */
		uint64_t value;
		const char *text;
	} rows[] = {
		{ "magic", 0, 4, 1, "expected a start_info (found 0x1, bound 0x336ec578)" },
		{ "version", 4, 4, 0,
		  "expected a start_info with a memory map (found 0x0, bound 0x1)" },
		{ "no map", 48, 4, 0,
		  "expected a start_info with a memory map (found 0x1, bound 0x1)" },
		{ "no module", 12, 4, 0, "expected an EFI image as the first module (found 0x0" },
		{ "modules", 12, 4, 18,
		  "expected an image and at most 16 initrds (found 0x12, bound 0x11)" },
		{ "RAM", 0x120, 8, 0x3000, "expected free memory for the command line (found 0x3" },
		{ "no image", 0x408, 8, 1,
		  "expected the headers in the file (found 0x40, bound 0x1)" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		host_open("log");
		image_function = returns;
		store_le(ram + rows[i].offset, rows[i].width, rows[i].value);
		run_main();
		expect_text(rows[i].name, rows[i].text);
		ck_assert_msg(strstr(machine.ended, "b cf9:6") != NULL, "%s: \"%s\"", rows[i].name,
			      machine.ended);
	}
	host_open("");
	memset(ram + CMDLINE_AT - RAM_ADDRESS, 'a', 65537);
	ram[CMDLINE_AT - RAM_ADDRESS + 65537] = 0;
	run_main();
	expect_text("cmdline",
		    "expected a command line that is not longer (found 0x10001, bound 0x10000)");
	host_open("");
	host_map[1].size = 0x3000; /* all of it is in use, and what is above 4 GiB not mapped yet */
	host_map[7].addr = UINT64_C(8) << 30;
	run_main();
	expect_text("tables",
		    "expected free memory for page tables, below 2^47 (found 0x200001000");
	host_open("");
	info->memmap_paddr = RAM_ADDRESS + 0x10000;
	info->memmap_entries = 257;
	for (uint64_t i = 0; i < 257; i++)
		((struct pvhboot_wire_map_entry *)(void *)(ram + 0x10000))[i] =
			(struct pvhboot_wire_map_entry){ i << 32, 4096, PVHBOOT_MAP_RAM, 0 };
	run_main();
	expect_text("map", "expected a memory map that fits (found 0x200, bound 0x200)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("efi");
	TCase *memory = suite_case(suite, "memory");
	TCase *handle = suite_case(suite, "handles");
	TCase *image = suite_case(suite, "images");
	TCase *rest = suite_case(suite, "rest");

	tcase_add_loop_test(memory, regions_by_chance, 0, 20);
	tcase_add_test(memory, regions_full);
	tcase_add_test(memory, regions_found);
	tcase_add_test(memory, pages);
	tcase_add_test(memory, no_room_to_free);
	tcase_add_test(memory, pool);
	tcase_add_test(memory, memory_map);
	tcase_add_test(handle, paths);
	tcase_add_test(handle, handles);
	tcase_add_test(handle, handles_full);
	tcase_add_test(handle, handles_null);
	tcase_add_test(image, pe_loads);
	tcase_add_loop_test(image, pe_lies, 0, (int)N_OF(lies));
	tcase_add_test(image, pe_cut);
	tcase_add_test(image, images);
	tcase_add_test(memory, paging_extended);
	tcase_add_loop_test(memory, paging_by_chance, 0, 6);
	tcase_add_test(memory, paging_fails);
	tcase_add_test(image, images_protected);
	tcase_add_test(rest, options);
	tcase_add_test(rest, utf_16);
	tcase_add_test(rest, variables);
	tcase_add_test(rest, variables_full);
	tcase_add_test(rest, boot_services);
	tcase_add_test(rest, boot_services_end);
	tcase_add_test(rest, reset);
	tcase_add_test(rest, clock_of_a_pc);
	tcase_add_test(rest, console);
	tcase_add_test(rest, libc);
	tcase_add_test(rest, initrd);
	tcase_add_test(rest, random_numbers);
	tcase_add_test(rest, tables);
	tcase_add_test(rest, virtual_addresses);
	tcase_add_test(rest, main_starts);
	tcase_add_test(rest, main_refuses);
	return suite_run(suite);
}
