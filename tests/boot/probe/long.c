/* SPDX-License-Identifier: MIT */
/*
 * A guest that is entered in 64-bit mode, as Linux is, and checks how. Lines begin with
 * "PROBE: "; the last one is "PROBE: ok" or "PROBE: failed", after a line "PROBE: FAIL what
 * expected … found …" for each deviation.
 * Source: Linux Documentation/arch/x86/boot.rst, "64-bit Boot Protocol".
 */

#include <stdbool.h>
#include <stdint.h>

#include "console.h"

#define BOOT_CS 0x10
#define BOOT_DS 0x18
#define CODE_DESCRIPTOR 0x00af9b000000ffff /* 64 bits, execute, read, accessed */
#define DATA_DESCRIPTOR 0x00cf93000000ffff /* read, write, accessed */

#define MSR_EFER 0xc0000080
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101

#define BOOT_PARAMS_CMD_LINE_PTR 0x228

#define DEBUG_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit makes 2 * value + 1 of it */
#define KEYBOARD_PORT 0x64
#define KEYBOARD_RESET 0xfe

/* Of a page table's entry. */
#define PRESENT_WRITABLE 0x3
#define LARGE 0x80
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define SIZE_2M 0x200000

/* What long.S leaves of the entry. */
struct registers {
	uint64_t general[16];
	uint64_t rflags;
};
enum { RSI = 6 };

struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint64_t base;
};

_Noreturn void probe_long(const struct registers *registers);
void reload_segments(uint64_t code, uint64_t data);

static bool failed;

static void expect(const char *what, uint64_t expected, uint64_t found)
{
	if (found == expected)
		return;
	failed = true;
	console_text("PROBE: FAIL ");
	console_text(what);
	console_text(" expected ");
	console_hex(expected);
	console_text(" found ");
	console_hex(found);
	console_text("\r\n");
}

static void report(const char *what, uint64_t value)
{
	console_text(" ");
	console_text(what);
	console_text(" ");
	console_hex(value);
}

/* Compilers take a low constant for an offset from NULL. */
static void *physical(uint64_t address)
{
	void *pointer = (void *)address;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static uint64_t read_msr(uint32_t msr)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (uint64_t)high << 32;
}

static void check_general(const struct registers *registers)
{
	static const char names[16][4] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					   "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
	int i;

	for (i = 0; i < 16; i++)
		if (i != RSI)
			expect(names[i], 0, registers->general[i]);
}

#define READER(what)                                                                               \
	static uint64_t read_##what(void)                                                          \
	{                                                                                          \
		uint64_t value;                                                                    \
                                                                                                   \
		__asm__ volatile("mov %%" #what ", %0" : "=r"(value));                             \
		return value;                                                                      \
	}

READER(cr0)
READER(cr3)
READER(cr4)
READER(cs)
READER(ds)
READER(es)
READER(ss)
READER(fs)
READER(gs)

static void check_control(uint64_t rflags)
{
	uint64_t cr0 = read_cr0();
	uint64_t cr4 = read_cr4();
	uint64_t efer = read_msr(MSR_EFER);

	console_text("PROBE: registers");
	report("rflags", rflags);
	report("cr0", cr0);
	report("cr4", cr4);
	report("efer", efer);
	console_text("\r\n");
	expect("rflags", 0x2, rflags); /* interrupts are off */
	expect("cr0", 0x80000011, cr0);
	expect("cr4", 0x20, cr4);
	expect("efer", 0x500, efer);
}

static void check_selectors(void)
{
	expect("cs", BOOT_CS, read_cs());
	expect("ds", BOOT_DS, read_ds());
	expect("es", BOOT_DS, read_es());
	expect("ss", BOOT_DS, read_ss());
	expect("fs", BOOT_DS, read_fs());
	expect("gs", BOOT_DS, read_gs());
	expect("fs base", 0, read_msr(MSR_FS_BASE));
	expect("gs base", 0, read_msr(MSR_GS_BASE));
}

/* All segments are loaded from the GDT once more: a wrong one ends this guest. */
static void check_tables(void)
{
	struct table_pointer gdt;
	struct table_pointer idt;
	const uint64_t *descriptors;

	__asm__ volatile("sgdt %0\n\t"
			 "sidt %1"
			 : "=m"(gdt), "=m"(idt));
	console_text("PROBE: gdt");
	report("base", gdt.base);
	report("limit", gdt.limit);
	console_text("\r\n");
	expect("idt", 0, idt.limit);
	expect("gdt limit", BOOT_DS + 7, gdt.limit);
	descriptors = physical(gdt.base);
	expect("gdt code", CODE_DESCRIPTOR, descriptors[BOOT_CS / 8]);
	expect("gdt data", DATA_DESCRIPTOR, descriptors[BOOT_DS / 8]);
	reload_segments(BOOT_CS, BOOT_DS);
	console_text("PROBE: segments reloaded\r\n");
}

/* Returns the entry that maps an address by a page of 2 MiB (level 2) or more, or one that stands
 * where such an entry should. */
static uint64_t walk(uint64_t table, uint64_t address, int *level)
{
	for (*level = 4; *level >= 2; --*level) {
		const uint64_t *entries = physical(table & ADDRESS);

		table = entries[address >> (12 + 9 * (*level - 1)) & 0x1ff];
		if ((table & PRESENT_WRITABLE) != PRESENT_WRITABLE || (table & LARGE) != 0)
			break;
	}
	return table;
}

/* The first 4 GiB are mapped one to one, and can be written. */
static void check_mapping(void)
{
	const uint64_t cr3 = read_cr3();
	uint64_t address;

	console_text("PROBE: page tables");
	report("at", cr3);
	console_text("\r\n");
	expect("cr3", 0, cr3 & ~ADDRESS);
	for (address = 0; address >> 32 == 0; address += SIZE_2M) {
		int level;
		const uint64_t entry = walk(cr3, address, &level);
		const uint64_t base = ADDRESS & ~(((uint64_t)1 << (12 + 9 * (level - 1))) - 1);
		const uint64_t checked = base | PRESENT_WRITABLE | LARGE;

		expect("mapping", (address & base) | PRESENT_WRITABLE | LARGE, entry & checked);
	}
}

static _Noreturn void finish(void)
{
	console_text(failed ? "PROBE: failed\r\n" : "PROBE: ok\r\n");
	console_drain();
	port_write(DEBUG_EXIT_PORT, failed ? 0x01 : 0x10);
	port_write(KEYBOARD_PORT, KEYBOARD_RESET);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Called by long.S. */
void probe_long(const struct registers *registers)
{
	const uint32_t *boot_params = physical(registers->general[RSI]);

	console_setup();
	console_text("\r\nPROBE: entered in 64-bit mode\r\n");
	check_general(registers);
	check_control(registers->rflags);
	check_selectors();
	check_tables();
	check_mapping();
	console_text("PROBE: cmdline ");
	console_text(physical(boot_params[BOOT_PARAMS_CMD_LINE_PTR / 4]));
	console_text("\r\n");
	finish();
}
