/* SPDX-License-Identifier: MIT */
/* The EFI environment, lib/guest/efi, run on the host: its memory is a buffer of this program, and
 * what is the machine's is a stand-in here. */

#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../lib/guest/efi/boot.h"
#include "../lib/guest/efi/console.h"
#include "../lib/guest/efi/device_path.h"
#include "../lib/guest/efi/files.h"
#include "../lib/guest/efi/handle.h"
#include "../lib/guest/efi/image.h"
#include "../lib/guest/efi/memory.h"
#include "../lib/guest/efi/options.h"
#include "../lib/guest/efi/pe.h"
#include "../lib/guest/efi/runtime.h"
#include "../lib/guest/efi/tables.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/random.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096u

/* ---- What is the machine's ------------------------------------------------------- */

uint8_t efi_runtime_code[PAGE], efi_runtime_code_end[1];
uint8_t efi_runtime_data[PAGE], efi_runtime_data_end[1];
bool console_logs;
struct efi_text_output console_output;
struct efi_text_input console_input;
static char said[64]; /* how the last line began */

static void keep_line(const char *format)
{
	strncpy(said, format, sizeof(said) - 1);
}

void console_print(const char *format, ...)
{
	keep_line(format);
}

void console_log(const char *format, ...)
{
	keep_line(format);
}

/* An image is a function of the host here. */
static efi_status (*image_function)(efi_handle image);
static jmp_buf left;
static efi_status left_with;

efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
		     void **stack);
_Noreturn void efi_leave(void *stack, efi_status status);

efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
		     void **stack)
{
	expect_true("entry", entry != 0);
	expect_true("system", system == &efi_system);
	*stack = &left;
	if (setjmp(left) != 0)
		return left_with;
	return image_function(image);
}

void efi_leave(void *stack, efi_status status)
{
	expect_true("stack", stack == (void *)&left);
	left_with = status;
	longjmp(left, 1);
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
	uint32_t at = 0;

	for (uint64_t page = 0; page < N_PAGES; page++) {
		while (at < regions->n && regions->at[at].end <= page * PAGE)
			at++;
		expect_eq(row, at < regions->n && regions->at[at].start <= page * PAGE,
			  model->is_there[page]);
		if (!model->is_there[page])
			continue;
		expect_eq(row, regions->at[at].type, model->type[page]);
		expect_eq(row, regions->at[at].is_ram, model->is_ram[page]);
	}
	for (uint32_t i = 1; i < regions->n; i++) {
		const struct efi_region *a = &regions->at[i - 1], *b = &regions->at[i];

		expect_true(row, a->start < a->end && a->end <= b->start);
		expect_true(row, a->end < b->start || a->type != b->type || a->is_ram != b->is_ram);
	}
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
	for (uint64_t i = 0; i < EFI_MAX_REGIONS; i++)
		expect_true("room", efi_regions_set(&regions, 2 * i * PAGE, (2 * i + 1) * PAGE,
						    EFI_CONVENTIONAL, true));
	before = regions;
	expect_true("none", !efi_regions_set(&regions, PAGE, 2 * PAGE, EFI_LOADER_DATA, true));
	expect_true("unchanged", memcmp(&before, &regions, sizeof(before)) == 0);
	expect_true("over one", efi_regions_set(&regions, 0, PAGE, EFI_LOADER_DATA, true));
	expect_true("all", efi_regions_set(&regions, 0, 2 * EFI_MAX_REGIONS * (uint64_t)PAGE,
					   EFI_LOADER_DATA, true));
	expect_eq("all", regions.n, 1);
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
static uint8_t *ram;

static void memory_open(void)
{
	if (!ram)
		ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);
	ck_assert(ram != MAP_FAILED);
	memset(&efi_memory, 0, sizeof(efi_memory));
	expect_true("ram", efi_regions_set(&efi_memory, (uintptr_t)ram, (uintptr_t)ram + RAM_SIZE,
					   EFI_CONVENTIONAL, true));
}

static uint64_t n_free(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < efi_memory.n; i++) {
		if (efi_memory.at[i].type == EFI_CONVENTIONAL)
			n += efi_memory.at[i].end - efi_memory.at[i].start;
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
		{ "type", EFI_ALLOCATE_ANY, EFI_N_MEMORY_TYPES, 1, 0, EFI_INVALID_PARAMETER, 0 },
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
	expect_eq("neighbours", efi_memory.n, 2);
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
		{ "", "", { { 0, 0 }, { 0, 0 }, false, NULL } },
		{ "quiet", "quiet", { { 0, 0 }, { 0, 0 }, false, NULL } },
		{ "pvhboot.efi=log", "", { { 0, 0 }, { 0, 0 }, true, NULL } },
		{ "a  pvhboot.efi=log  b", "a  b", { { 0, 0 }, { 0, 0 }, true, NULL } },
		{ "a pvhboot.efi=log", "a ", { { 0, 0 }, { 0, 0 }, true, NULL } },
		{ "apvhboot.efi=log", "apvhboot.efi=log", { { 0, 0 }, { 0, 0 }, false, NULL } },
		{ "pvhboot.efi=reset=0xcf9:6 x", "x", { { 0xcf9, 6 }, { 0, 0 }, false, NULL } },
		{ "pvhboot.efi=poweroff=1540:0x2000,log",
		  "",
		  { { 0, 0 }, { 1540, 0x2000 }, true, NULL } },
		{ "pvhboot.efi=reset=0:6", "", { { 0, 0 }, { 0, 0 }, false, "reset=0:6" } },
		{ "pvhboot.efi=reset=1", "", { { 0, 0 }, { 0, 0 }, false, "reset=1" } },
		{ "pvhboot.efi=reset=1:", "", { { 0, 0 }, { 0, 0 }, false, "reset=1:" } },
		{ "pvhboot.efi=reset=1:2x", "", { { 0, 0 }, { 0, 0 }, false, "reset=1:2x" } },
		{ "pvhboot.efi=reset=65536:2", "", { { 0, 0 }, { 0, 0 }, false, "reset=65536:2" } },
		{ "pvhboot.efi=reset=0x:2", "", { { 0, 0 }, { 0, 0 }, false, "reset=0x:2" } },
		{ "pvhboot.efi=logs,log b", "b", { { 0, 0 }, { 0, 0 }, true, "logs,log b" } },
		{ "pvhboot.efi=", "", { { 0, 0 }, { 0, 0 }, false, "" } },
		{ "pvhboot.efi=log pvhboot.efi=log",
		  "pvhboot.efi=log",
		  { { 0, 0 }, { 0, 0 }, true, NULL } },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct efi_options got;
		char *in = strdup(rows[i].in);
		char *out = malloc(strlen(in) + 1);

		ck_assert(in && out);
		expect_eq(rows[i].in, efi_options_read(in, &got, out), strlen(rows[i].out));
		ck_assert_str_eq(out, rows[i].out);
		expect_eq(rows[i].in, got.log, rows[i].options.log);
		expect_eq(rows[i].in, got.reset.port, rows[i].options.reset.port);
		expect_eq(rows[i].in, got.reset.value, rows[i].options.reset.value);
		expect_eq(rows[i].in, got.poweroff.port, rows[i].options.poweroff.port);
		expect_eq(rows[i].in, got.poweroff.value, rows[i].options.poweroff.value);
		expect_true(rows[i].in, !got.unknown == !rows[i].options.unknown);
		if (got.unknown)
			ck_assert_str_eq(got.unknown, rows[i].options.unknown);
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
	expect_eq("close", efi_close_protocol(second, &a, NULL, NULL), EFI_SUCCESS);
	expect_eq("close", efi_close_protocol(second, &b, NULL, NULL), EFI_NOT_FOUND);
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
	efi_handle rows[64] = { NULL };
	efi_status status = EFI_SUCCESS;
	uint32_t n = 0, i;

	for (; n < N_OF(rows) && status == EFI_SUCCESS; n++)
		status = efi_handle_install(&rows[n], &guid, &n);
	expect_eq("handles", status, EFI_OUT_OF_RESOURCES);
	for (i = 1; i < 1000; i++) {
		guid.a = i;
		status = efi_handle_install(&rows[0], &guid, &n);
		if (status != EFI_SUCCESS)
			break;
	}
	expect_eq("protocols", status, EFI_OUT_OF_RESOURCES);
	while (i-- != 0) {
		guid.a = i;
		expect_eq("protocols", efi_handle_uninstall(rows[0], &guid, &n), EFI_SUCCESS);
	}
	while (n-- > 1) {
		if (rows[n])
			expect_eq("row", efi_handle_uninstall(rows[n], &guid, &n), EFI_SUCCESS);
	}
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
	struct efi_failure failure;
	uint8_t memory[0x3000];
	struct efi_pe pe;
	uint32_t at = 0x150001000 - BASE;

	build_pe();
	expect_true("open", efi_pe_open(whole(file, sizeof(file)), &pe, &failure));
	expect_true("load", efi_pe_load(&pe, memory, 0x150001000, &failure));
	expect_true("headers", memcmp(memory, file, 0x200) == 0);
	expect_eq("dir64", load_le(memory + 0x1000, 8), 0x150001000 + 0x1234);
	expect_eq("highlow", load_le(memory + 0x1008, 4), 0x80000000 + at);
	expect_true("code", memcmp(memory + 0x100c, file + 0x20c, 0x1f4) == 0);
	expect_eq("zeros", load_le(memory + 0x1200, 8), 0);
	expect_true("at base", efi_pe_load(&pe, memory, BASE, &failure));
	expect_eq("at base", load_le(memory + 0x1000, 8), BASE + 0x1234);
	put(COFF + 22, 2, 1);
	expect_true("fixed", efi_pe_open(whole(file, sizeof(file)), &pe, &failure) && pe.is_fixed);
	expect_true("fixed", efi_pe_load(&pe, memory, BASE, &failure));
	expect_true("fixed", !efi_pe_load(&pe, memory, BASE + 0x1000, &failure));
	expect_true("fixed", strstr(failure.rule, "ImageBase") != NULL);
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
	{ "PE", COFF, 4, 0x4551, "the magic of a PE header" },
	{ "ARM", COFF + 4, 2, 0xaa64, "an image for x86-64" },
	{ "sections", COFF + 6, 2, 97, "at most 96 sections" },
	{ "sections", COFF + 6, 2, 96, "the table of sections in the file" },
	{ "no section", COFF + 6, 2, 0, "an entry in a section with code" },
	{ "optional", COFF + 20, 2, 111, "an optional header of PE32+" },
	{ "optional", COFF + 20, 2, 0xffff, "the table of sections in the file" },
	{ "PE32", OPTIONAL, 2, 0x10b, "an optional header of PE32+" },
	{ "driver", OPTIONAL + 68, 2, 11, "the subsystem of an EFI application" },
	{ "entry", OPTIONAL + 16, 4, 0xfff, "an entry in a section with code" },
	{ "entry", OPTIONAL + 16, 4, 0x1300, "an entry in a section with code" },
	{ "entry", OPTIONAL + 16, 4, RELOCS, "an entry in a section with code" },
	{ "image", OPTIONAL + 56, 4, 0x21ff, "a section in SizeOfImage" },
	{ "image", OPTIONAL + 56, 4, 0, "SizeOfHeaders <=" },
	{ "headers", OPTIONAL + 60, 4, 0x601, "SizeOfHeaders <=" },
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
	struct efi_failure failure = { NULL, 0, 0 };
	uint8_t *copy, *memory = malloc(0x3000);
	struct efi_pe pe;
	bool ok;

	build_pe();
	put(lie->offset, lie->width, lie->value);
	copy = malloc(sizeof(file)); /* so that a sanitizer sees a read behind it */
	ck_assert(copy && memory);
	memcpy(copy, file, sizeof(file));
	ok = efi_pe_open(whole(copy, sizeof(file)), &pe, &failure) &&
	     efi_pe_load(&pe, memory, 0x150001000, &failure);
	if (lie->rule)
		ck_assert_msg(!ok && failure.rule && strstr(failure.rule, lie->rule), "%s: \"%s\"",
			      lie->name, failure.rule);
	else
		ck_assert_msg(ok, "%s: \"%s\"", lie->name, failure.rule);
	free(copy);
	free(memory);
}
END_TEST

START_TEST(pe_cut)
{
	build_pe();
	for (size_t size = 0; size < sizeof(file); size++) {
		struct efi_failure failure;
		uint8_t *copy = malloc(size != 0 ? size : 1);
		struct efi_pe pe;

		ck_assert(copy != NULL);
		memcpy(copy, file, size);
		expect_true("cut", !efi_pe_open(whole(copy, size), &pe, &failure));
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
		  EFI_NOT_FOUND);
	ck_assert_str_eq(said, "image: expected free memory (%u bytes%s)");
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
	efi_initrd[0] = (struct efi_part){ "abc", 3 };
	efi_initrd[1] = (struct efi_part){ "d", 1 };
	expect_eq("setup", efi_files_setup(2), EFI_SUCCESS);
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
	efi_tables_setup(rsdp, 0x480);
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

/* Everything of this program lies in one region here, and moves. */
START_TEST(virtual_addresses)
{
	EFIAPI efi_status (*set)(uint64_t, uint64_t, uint32_t, const void *);
	struct efi_memory_descriptor map[2] = {
		{ .type = EFI_LOADER_DATA, .n_pages = 1 << 20 },
		{ .type = EFI_RUNTIME_SERVICES_CODE,
		  .n_pages = (uint64_t)1 << 36,
		  .virtual_address = 0x5000,
		  .attribute = EFI_MEMORY_RUNTIME },
	};
	struct efi_runtime_services *runtime;
	uint64_t reset, vendor;

	efi_tables_setup(NULL, 0);
	runtime = efi_system.runtime;
	reset = (uintptr_t)runtime->at[EFI_RESET_SYSTEM];
	vendor = (uintptr_t)efi_system.firmware_vendor;
	memcpy(&set, &runtime->at[EFI_SET_VIRTUAL_ADDRESS_MAP], sizeof(set));
	expect_eq("version", set(sizeof(map), sizeof(map[0]), 2, map), EFI_INVALID_PARAMETER);
	expect_eq("step", set(sizeof(map), 39, 1, map), EFI_INVALID_PARAMETER);
	expect_eq("no map", set(sizeof(map), sizeof(map[0]), 1, NULL), EFI_INVALID_PARAMETER);
	expect_eq("not in it", set(sizeof(map[0]), sizeof(map[0]), 1, map), EFI_NOT_FOUND);
	expect_eq("unchanged", (uintptr_t)runtime->at[EFI_RESET_SYSTEM], reset);
	expect_eq("set", set(sizeof(map), sizeof(map[0]), 1, map), EFI_SUCCESS);
	expect_eq("reset", (uintptr_t)runtime->at[EFI_RESET_SYSTEM], reset + 0x5000);
	expect_eq("vendor", (uintptr_t)efi_system.firmware_vendor, vendor + 0x5000);
	expect_eq("runtime", (uintptr_t)efi_system.runtime, (uintptr_t)runtime + 0x5000);
	efi_system.runtime = runtime;
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
	tcase_add_test(memory, pool);
	tcase_add_test(memory, memory_map);
	tcase_add_test(handle, paths);
	tcase_add_test(handle, handles);
	tcase_add_test(handle, handles_full);
	tcase_add_test(image, pe_loads);
	tcase_add_loop_test(image, pe_lies, 0, (int)N_OF(lies));
	tcase_add_test(image, pe_cut);
	tcase_add_test(image, images);
	tcase_add_test(rest, options);
	tcase_add_test(rest, initrd);
	tcase_add_test(rest, tables);
	tcase_add_test(rest, virtual_addresses);
	return suite_run(suite);
}
