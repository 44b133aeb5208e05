/* SPDX-License-Identifier: MIT */
/*
 * The registers, against docs/misc/pvh.pandoc. The hidden part of a segment cannot be
 * read, but it shows in what an access does:
 *
 * base       a marker at a known address is read through each register
 * limit      the last word of 4 GiB is read through each, and the last bytes are run;
 *            paging of this guest's own puts a page there, on any machine
 * type       all but cs are written through, cs is run
 * table      limits and types as LSL and LAR find them in the loader's table, as long as
 *            it is there: QEMU's emulated CPU has no limits when memory is accessed
 * task       level 3 comes back by an interrupt, for which the CPU takes the stack from
 *            the task segment: it is the one that was written to address 4 when the
 *            base is 0 and the type a 32-bit one. A write to a port by level 3 is let
 *            through by the map of ports when the last byte that it needs is at 0x67,
 *            and not when that is at 0x68: so the limit is 0x67.
 *
 * A task register that was not loaded by LTR, whose selector is 0, is only looked at:
 * QEMU's emulated CPU takes no stack from a busy task, which is what it is after a reset
 * or when a hypervisor on such a CPU has loaded it, but aborts ("invalid tss type").
 */

#include <stddef.h>

#include "console.h"
#include "probe.h"
#include "selectors.h"

#define N_EXCEPTIONS 32

#define EFLAGS_TF_IF_VM 0x20300 /* the others are not specified */

#define CPUID_MAX_EXTENDED 0x80000000
#define CPUID_FEATURES 0x80000001
#define CPUID_EDX_EFER (1u << 29 | 1u << 20 | 1u << 11) /* 64-bit mode, NX, SYSCALL */
#define MSR_EFER 0xc0000080

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t type;
	uint16_t offset_high;
};

#define KERNEL_GATE 0x8e00 /* 32-bit interrupt gate, present */
#define USER_GATE 0xee00   /* level 3 may call it */

struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint32_t base;
};

/* What probe.S and the CPU leave on the stack. */
struct exception {
	uint32_t vector;
	uint32_t error_code;
	uint32_t eip;
	uint32_t cs;
	uint32_t eflags;
	uint32_t user_esp; /* only from level 3 */
	uint32_t user_ss;
};

/* probe.S */
extern const uint8_t exception_entries[N_EXCEPTIONS][EXCEPTION_ENTRY_SIZE];
extern const uint8_t interrupt_entry[], user_returns[], user_writes_port[];
extern uint8_t task_stack_top[];
extern const struct exception *user_frame;
uint32_t user_run(const uint8_t *code);

_Noreturn void exception_report(struct exception exception);

/* ---- Exceptions ---- */

void exception_report(struct exception exception)
{
	expect("exception", 0, exception.vector);
	console_text("PROBE: exception ");
	console_decimal(exception.vector);
	console_text(" at ");
	console_hex(exception.eip);
	console_text(" error code ");
	console_hex(exception.error_code);
	console_text("\r\nPROBE: failed\r\n");
	console_drain();
	finish(false);
}

static struct gate gate_to(const uint8_t *entry, uint16_t type)
{
	return (struct gate){
		.offset_low = (uint16_t)(uint32_t)entry,
		.selector = KERNEL_CODE,
		.type = type,
		.offset_high = (uint16_t)((uint32_t)entry >> 16),
	};
}

void registers_take_exceptions(void)
{
	static const uint64_t gdt[] = {
		0,
		0x00cf9b000000ffff, /* KERNEL_CODE */
		0x00cf93000000ffff, /* KERNEL_DATA */
		0x00cffb000000ffff, /* USER_CODE */
		0x00cff3000000ffff, /* USER_DATA */
	};
	static struct gate idt[RETURN_VECTOR + 1];
	const struct table_pointer gdt_pointer = { sizeof(gdt) - 1, (uint32_t)gdt };
	const struct table_pointer idt_pointer = { sizeof(idt) - 1, (uint32_t)idt };
	int i;

	for (i = 0; i < N_EXCEPTIONS; i++)
		idt[i] = gate_to(exception_entries[i], KERNEL_GATE);
	idt[RETURN_VECTOR] = gate_to(interrupt_entry, USER_GATE);
	__asm__ volatile("lgdt %0\n\t"
			 "lidt %1"
			 :
			 : "m"(gdt_pointer), "m"(idt_pointer));
}

/* ---- Control registers ---- */

/* 0 where the CPU has no EFER. */
static uint64_t read_efer(void)
{
	uint32_t values[4];
	uint32_t low;
	uint32_t high;

	cpuid(CPUID_MAX_EXTENDED, values);
	if (values[0] < CPUID_FEATURES)
		return 0;
	cpuid(CPUID_FEATURES, values);
	if ((values[3] & CPUID_EDX_EFER) == 0)
		return 0;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
	return low | (uint64_t)high << 32;
}

void registers_check(uint32_t eflags)
{
	uint64_t efer = read_efer();
	uint32_t cr0;
	uint32_t cr4;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	console_text("PROBE: registers eflags ");
	console_hex(eflags);
	console_text(" cr0 ");
	console_hex(cr0);
	console_text(" cr4 ");
	console_hex(cr4);
	console_text(" efer ");
	console_hex(efer);
	console_text("\r\n");
	expect("eflags", 0, eflags & EFLAGS_TF_IF_VM);
	expect("cr0", 0x11, cr0);
	expect("cr4", 0, cr4);
	expect("efer", 0, (uint32_t)efer);
	expect("efer", 0, (uint32_t)(efer >> 32));
}

/* ---- Segments ---- */

#define READ_THROUGH(segment)                                                                      \
	static uint32_t read_##segment(uint32_t offset)                                            \
	{                                                                                          \
		uint32_t value;                                                                    \
                                                                                                   \
		__asm__ volatile("movl %%" #segment ":(%1), %0"                                    \
				 : "=r"(value)                                                     \
				 : "r"(offset)                                                     \
				 : "memory");                                                      \
		return value;                                                                      \
	}
#define WRITE_THROUGH(segment)                                                                     \
	static void write_##segment(uint32_t offset, uint32_t value)                               \
	{                                                                                          \
		__asm__ volatile("movl %1, %%" #segment ":(%0)"                                    \
				 :                                                                 \
				 : "r"(offset), "r"(value)                                         \
				 : "memory");                                                      \
	}

READ_THROUGH(cs)
READ_THROUGH(ds)
READ_THROUGH(es)
READ_THROUGH(ss)
READ_THROUGH(fs)
READ_THROUGH(gs)

WRITE_THROUGH(ds)
WRITE_THROUGH(es)
WRITE_THROUGH(ss)
WRITE_THROUGH(fs)
WRITE_THROUGH(gs)

static const struct segment {
	const char *name;
	uint32_t (*read)(uint32_t offset);
	void (*write)(uint32_t offset, uint32_t value); /* NULL: not writable */
} segments[] = {
	{ "cs", read_cs, NULL },     { "ds", read_ds, write_ds }, { "es", read_es, write_es },
	{ "ss", read_ss, write_ss }, { "fs", read_fs, write_fs }, { "gs", read_gs, write_gs },
};
#define N_SEGMENTS (sizeof(segments) / sizeof(segments[0]))

#define LAR_ACCESS 0x00e0ff00   /* of what LAR gives: without AVL and what is undefined */
#define LAR_ACCESSED 0x00000100 /* cannot be set in a table that lies in ROM, as QEMU's does */

#define MARKER 0x7d1a94c3
#define PAGE_PRESENT_WRITABLE 0x3
#define CR0_PG 0x80000000
#define LAST_WORD 0xfffffffc
#define LAST_CODE 0xfffffff8 /* behind it, a word that is not run */
#define RET 0xc3

/* One page table for the 4 MiB where this guest lies, one to one, and one whose last
 * entry is the last page of 4 GiB. */
static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t own_table[1024] __attribute__((aligned(4096)));
static uint32_t high_table[1024] __attribute__((aligned(4096)));
static volatile uint32_t last_page[1024] __attribute__((aligned(4096)));

static void map_last_page(void)
{
	const uint32_t own = (uint32_t)own_table >> 22;
	uint32_t cr0;
	uint32_t i;

	for (i = 0; i < 1024; i++)
		own_table[i] = own << 22 | i << 12 | PAGE_PRESENT_WRITABLE;
	high_table[1023] = (uint32_t)last_page | PAGE_PRESENT_WRITABLE;
	directory[own] = (uint32_t)own_table | PAGE_PRESENT_WRITABLE;
	directory[1023] = (uint32_t)high_table | PAGE_PRESENT_WRITABLE;
	__asm__ volatile("mov %1, %%cr3\n\t"
			 "mov %%cr0, %0\n\t"
			 "or %2, %0\n\t"
			 "mov %0, %%cr0"
			 : "=&r"(cr0)
			 : "r"(directory), "i"(CR0_PG)
			 : "memory", "cc");
}

static void unmap(void)
{
	uint32_t cr0;

	__asm__ volatile("mov %%cr0, %0\n\t"
			 "and %1, %0\n\t"
			 "mov %0, %%cr0"
			 : "=&r"(cr0)
			 : "i"(~CR0_PG)
			 : "memory", "cc");
}

void registers_check_segments(void)
{
	static volatile const uint32_t marker = MARKER;
	uint32_t i;

	for (i = 0; i < N_SEGMENTS; i++)
		expect(segments[i].name, MARKER, segments[i].read((uint32_t)&marker));

	map_last_page();
	for (i = 0; i < N_SEGMENTS; i++) {
		last_page[(LAST_WORD & 0xfff) / 4] = MARKER + i;
		expect(segments[i].name, MARKER + i, segments[i].read(LAST_WORD));
		if (segments[i].write == NULL)
			continue;
		segments[i].write(LAST_WORD, ~i);
		expect(segments[i].name, ~i, last_page[(LAST_WORD & 0xfff) / 4]);
	}
	((volatile uint8_t *)last_page)[LAST_CODE & 0xfff] = RET;
	__asm__ volatile("call *%0" : : "r"(LAST_CODE) : "memory");
	unmap();
	console_text("PROBE: segments read, written and run up to 4 GiB\r\n");
}

/* What the selector names in the loader's table; nothing when that is gone. */
static void check_descriptor(const char *name, uint32_t selector, uint32_t expected_limit,
			     uint32_t expected_access)
{
	uint32_t access = 0;
	uint32_t limit = 0;
	uint8_t found;

	__asm__ volatile("lar %[selector], %[access]\n\t"
			 "lsl %[selector], %[limit]\n\t"
			 "setz %[found]"
			 : [access] "+r"(access), [limit] "+r"(limit), [found] "=q"(found)
			 : [selector] "r"(selector)
			 : "cc");
	if (!found)
		return;
	access = (access & LAR_ACCESS) | LAR_ACCESSED;
	console_text("PROBE: table ");
	console_text(name);
	console_text(" limit ");
	console_hex(limit);
	console_text(" access ");
	console_hex(access);
	console_text("\r\n");
	expect(name, expected_limit, limit);
	expect(name, expected_access, access);
}

#define CHECK_DESCRIPTOR(segment, access)                                                          \
	do {                                                                                       \
		uint32_t selector;                                                                 \
                                                                                                   \
		__asm__ volatile("mov %%" #segment ", %0" : "=r"(selector));                       \
		check_descriptor(#segment, selector, 0xffffffff, access);                          \
	} while (0)

void registers_check_table(void)
{
	uint32_t task = 0;

	__asm__ volatile("str %0" : "=r"(task));
	CHECK_DESCRIPTOR(cs, 0xc09b00);
	CHECK_DESCRIPTOR(ds, 0xc09300);
	CHECK_DESCRIPTOR(es, 0xc09300);
	CHECK_DESCRIPTOR(ss, 0xc09300);
	CHECK_DESCRIPTOR(fs, 0xc09300);
	CHECK_DESCRIPTOR(gs, 0xc09300);
	check_descriptor("tr", task, 0x67, 0x008b00);
}

/* ---- The task ---- */

/* Intel SDM vol. 3, "32-Bit Task-State Segment (TSS)". */
#define TASK_ESP0 0x4
#define TASK_SS0 0x8
#define TASK_IO_MAP 0x66
#define TASK_SIZE 0x68

/* The map of ports begins so that the last of the two bytes that the CPU reads for the
 * port is at this offset of the task segment. */
static bool port_is_open(uint32_t last_byte)
{
	uint32_t map = last_byte - 1 - USER_PORT / 8;

	*(volatile uint16_t *)physical(TASK_IO_MAP) = (uint16_t)map;
	return user_run(user_writes_port) == RETURN_VECTOR;
}

static void check_limit(void)
{
	bool up_to_limit = port_is_open(TASK_SIZE - 1);
	bool beyond = port_is_open(TASK_SIZE);

	expect_true("tr", "a port is open whose bits end at limit 0x67", up_to_limit);
	expect_true("tr", "none is open whose bits end behind it", !beyond);
}

void registers_check_task(void)
{
	uint8_t *low = physical(0);
	uint8_t saved[TASK_SIZE + 1];
	uint16_t selector;
	uint32_t i;

	__asm__ volatile("str %0" : "=r"(selector));
	console_text("PROBE: tr selector ");
	console_hex(selector);
	console_text("\r\n");
	if (selector == 0) {
		expect_true("tr", "it was loaded, by LTR or by a hypervisor",
			    hypervisor_leaf("KVMKVMKVM\0\0\0") != 0 ||
				    hypervisor_leaf("XenVMMXenVMM") != 0);
		return;
	}

	for (i = 0; i < sizeof(saved); i++) {
		saved[i] = low[i];
		((volatile uint8_t *)low)[i] = 0;
	}
	*(volatile uint32_t *)physical(TASK_ESP0) = (uint32_t)task_stack_top;
	*(volatile uint32_t *)physical(TASK_SS0) = KERNEL_DATA;
	expect("tr", RETURN_VECTOR, user_run(user_returns));
	expect("tr", (uint32_t)task_stack_top, (uint32_t)(user_frame + 1));
	check_limit();
	for (i = 0; i < sizeof(saved); i++)
		((volatile uint8_t *)low)[i] = saved[i];
}
