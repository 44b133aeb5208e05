/* SPDX-License-Identifier: MIT */
/*
 * The smallest loader from Multiboot 1 to PVH in 32-bit mode: the core for i386, and
 * the entry from there. The first module is an ELF kernel, the others are its modules;
 * each string is the name of a file, a space, and the command line, as QEMU has it. One
 * call of the library does the rest, for a unified kernel image too.
 *
 * It leaves its own mode as far away from that of the entry as it can. With "long" on its own
 * command line the entry is one of 64-bit mode.
 */

#include <pvhboot/adapt/baremetal.h>
#include <pvhboot/pvhboot.h>
#include <pvhboot/wire/boot_params.h>
#include <stdbool.h>

#include "console.h"

#define MAGIC 0x2badb002
#define FLAGS 0x4c /* command line, modules and memory map are there */

/* Multiboot 0.6.96, 3.3. */
struct multiboot {
	uint32_t flags;
	uint32_t unused[3];
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length;
	uint32_t mmap_addr;
};

struct multiboot_module {
	uint32_t start;
	uint32_t end;
	uint32_t string;
	uint32_t reserved;
};

struct __attribute__((packed)) multiboot_memory {
	uint32_t size; /* of what follows */
	uint64_t base;
	uint64_t length;
	uint32_t type;
};

#define MAX_MODULES 260 /* more than the stub of a bundle has room for */
#define MAX_MAP 64

extern uint8_t loader_start[], loader_end[]; /* loader32.ld */

_Noreturn void loader(uint32_t magic, const struct multiboot *multiboot);

/* ---- The boot ---- */

static _Noreturn void fail(const char *text)
{
	console_text("loader32: error: ");
	console_text(text);
	console_text("\r\n");
	console_drain();
	port_write(0xf4, 1); /* ends QEMU with status 3 */
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void check(enum pvhboot_status status, const struct pvhboot_diag *diag)
{
	char line[256];

	if (status == PVHBOOT_OK)
		return;
	pvhboot_diag_format(diag, line, sizeof(line));
	fail(line);
}

static const char *behind_file_name(uint32_t string)
{
	const char *text = (const char *)string;

	while (*text != '\0' && *text != ' ')
		text++;
	return *text == ' ' ? text + 1 : text;
}

static struct pvhboot_bytes bytes_of(const struct multiboot_module *module)
{
	return (struct pvhboot_bytes){ (const uint8_t *)module->start,
				       module->end - module->start };
}

static size_t read_map(const struct multiboot *multiboot, struct pvhboot_map_entry *map)
{
	uint32_t address = multiboot->mmap_addr;
	size_t n = 0;

	while (address - multiboot->mmap_addr < multiboot->mmap_length) {
		const struct multiboot_memory *memory = (const void *)address;

		if (n == MAX_MAP)
			fail("too many entries in the memory map");
		map[n++] = (struct pvhboot_map_entry){
			.gpa = memory->base,
			.size = memory->length,
			.type = memory->type == 1 ? PVHBOOT_MAP_RAM : PVHBOOT_MAP_RESERVED,
		};
		address += sizeof(memory->size) + memory->size;
	}
	return n;
}

/*
 * Paging with pages of 4 MiB, one to one; every bit of CR0, CR4 and EFER that can be set
 * without further ado; segments that lie elsewhere: what the entry does not put right,
 * the guest finds. C works without es, fs and gs as long as it copies no block.
 */
static void leave_traces(void)
{
	static const uint64_t gdt[] = {
		0, 0x00cf9b000000ffff, /* code */
		0x00cf93000000ffff,    /* data */
		0x0040930010000fff,    /* data: 4 KiB at 4096 */
	};
	static uint32_t directory[1024] __attribute__((aligned(4096)));
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint32_t base;
	} pointer = { sizeof(gdt) - 1, (uint32_t)gdt };
	uint32_t i;

	for (i = 0; i < 1024; i++)
		directory[i] = i << 22 | 0x83;            /* present, writable, 4 MiB */
	__asm__ volatile("mov %0, %%cr4" : : "r"(0x69c)); /* TSD DE PSE PGE and SSE's two */
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory));
	__asm__ volatile("wrmsr" : : "c"(0xc0000080), "a"(0x801), "d"(0)); /* NXE SCE */
	__asm__ volatile("mov %0, %%cr0" : : "r"(0x8005003b) : "memory");  /* PG AM WP NE TS MP */
	__asm__ volatile("lgdt %0\n\t"
			 "mov %1, %%es\n\t"
			 "mov %1, %%fs\n\t"
			 "mov %1, %%gs"
			 :
			 : "m"(pointer), "r"(24));
}

/* Whether the loader's own command line is this word, behind the name of its file. */
static bool is_told(const struct multiboot *multiboot, const char *word)
{
	const char *text = behind_file_name(multiboot->cmdline);

	while (*text == *word && *word != '\0')
		text++, word++;
	return *text == *word;
}

/*
 * The registers as for Linux in 64-bit mode, at the same entry. What they need lies in the loader:
 * page tables that map 4 GiB one to one, the GDT, and a boot_params with nothing but the command
 * line.
 */
static void make_long(struct pvhboot_bytes cmdline, struct pvhboot_cpu *cpu)
{
	static const uint64_t gdt[] = { 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff };
	static uint64_t map[512] __attribute__((aligned(4096)));
	static uint64_t pointers[512] __attribute__((aligned(4096)));
	static uint64_t directories[4 * 512] __attribute__((aligned(4096)));
	static uint32_t boot_params[1024] __attribute__((aligned(4096)));
	const struct pvhboot_plan plan = {
		.entry_kind = PVHBOOT_ENTRY_LINUX64,
		.entry = cpu->rip,
		.start_info = (uint32_t)boot_params,
		.page_tables = (uint32_t)map,
		.gdt = (uint32_t)gdt,
	};
	uint32_t i;

	map[0] = (uint32_t)pointers | 3; /* present, writable */
	for (i = 0; i < 4; i++)
		pointers[i] = ((uint32_t)directories + i * 4096) | 3;
	for (i = 0; i < 4 * 512; i++)
		directories[i] = (uint64_t)i << 21 | 0x83; /* 2 MiB */
	boot_params[PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR / 4] = (uint32_t)cmdline.data;
	pvhboot_plan_cpu(&plan, cpu);
}

static void *map_physical(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	(void)size;
	return (void *)(uintptr_t)gpa;
}

/* What the library keeps for the boot: the plan. The heap lies in the loader, and ends with it. */
static void *allocate(void *ctx, size_t size)
{
	static uint8_t heap[131072] __attribute__((aligned(16)));
	static size_t used;
	void *block = heap + used;

	(void)ctx;
	if (size > sizeof(heap) - used)
		return NULL;
	used += (size + 15) & ~(size_t)15;
	return block;
}

static void release(void *ctx, void *block)
{
	(void)ctx;
	(void)block;
}

/* Called by loader32.S. */
void loader(uint32_t magic, const struct multiboot *multiboot)
{
	static const struct pvhboot_memory memory = { .map = map_physical };
	static const struct pvhboot_allocator allocator = { .alloc = allocate, .release = release };
	static const struct pvhboot_options options = { .allocator = &allocator };
	static struct pvhboot_baremetal draft;
	static struct pvhboot_baremetal block;
	static struct pvhboot_map_entry map[MAX_MAP];
	static struct pvhboot_module files[MAX_MODULES];
	static struct pvhboot_range avoid[MAX_MODULES + 1];
	static struct pvhboot_diag diag;
	const struct multiboot_module *given = (const void *)multiboot->mods_addr;
	struct pvhboot_request request = { 0 };
	struct pvhboot_cpu cpu;
	uint32_t i;

	console_setup();
	if (magic != MAGIC || (multiboot->flags & FLAGS) != FLAGS || multiboot->mods_count == 0 ||
	    multiboot->mods_count > MAX_MODULES)
		fail("there is no Multiboot loader with modules and a memory map");
	avoid[0] = (struct pvhboot_range){ (uint32_t)loader_start, (uint32_t)loader_end };
	for (i = 0; i < multiboot->mods_count; i++) {
		avoid[i + 1] = (struct pvhboot_range){ given[i].start, given[i].end };
		files[i] = (struct pvhboot_module){
			.bytes = bytes_of(&given[i]),
			.cmdline = pvhboot_text(behind_file_name(given[i].string)),
		};
	}
	request.map = map;
	request.n_map = read_map(multiboot, map);
	request.avoid = avoid;
	request.n_avoid = multiboot->mods_count + 1;
	request.modules = &files[1];
	request.n_modules = multiboot->mods_count - 1;
	request.cmdline = files[0].cmdline;
	check(pvhboot_boot(files[0].bytes, &request, &options, &memory, &cpu, &diag), &diag);
	if (is_told(multiboot, "long"))
		make_long(request.cmdline, &cpu);
	console_text("loader32: entering\r\n");
	console_drain();

	pvhboot_baremetal_prepare(&cpu, (uint32_t)&block, &draft);
	block = draft; /* as a loader does that has a relocator */
	leave_traces();
	pvhboot_baremetal_enter((uint32_t)&block);
}
