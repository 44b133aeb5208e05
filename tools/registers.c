/* SPDX-License-Identifier: MIT */
#include "registers.h"

#include "bytes.h"

#include <pvhboot/wire/boot_params.h>
#include <string.h>

/* Numbers of a segment: selector, base, limit, and the upper half of its descriptor. */
#define N_SEGMENT 4

#define EFER_LME_LMA 0x500

static int is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static size_t skip_blanks(struct pvhboot_bytes text, size_t at)
{
	while (at < text.size && is_blank(text.data[at]))
		at++;
	return at;
}

/* Where the numbers of "NAME =" start, or text.size. The name starts a word. */
static size_t find(struct pvhboot_bytes text, const char *name)
{
	const size_t size = strlen(name);

	for (size_t i = 0; i + size <= text.size; i++) {
		size_t at = i + size;

		if (memcmp(text.data + i, name, size) != 0)
			continue;
		if (i > 0 && !is_blank(text.data[i - 1]) && text.data[i - 1] != '\n')
			continue;
		at = skip_blanks(text, at);
		if (at < text.size && text.data[at] == '=')
			return at + 1;
	}
	return text.size;
}

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return -1;
}

/* Reads n numbers. Returns 0 when there are fewer, or one has more than 64 bits. */
static int read_numbers(struct pvhboot_bytes text, size_t at, uint64_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t start = at = skip_blanks(text, at);

		numbers[i] = 0;
		for (; at < text.size && hex_digit(text.data[at]) >= 0; at++) {
			if (numbers[i] >> 60)
				return 0;
			numbers[i] = numbers[i] << 4 | (uint64_t)hex_digit(text.data[at]);
		}
		if (at == start)
			return 0;
	}
	return 1;
}

static int read_register(struct pvhboot_bytes text, const char *name, uint64_t *out)
{
	return read_numbers(text, find(text, name), out, 1);
}

/* From the upper half of a descriptor. */
static uint16_t access_of(uint64_t descriptor)
{
	return (uint16_t)((descriptor >> 8 & 0xff) | (descriptor >> 12 & 0xf00));
}

static int read_segment(struct pvhboot_bytes text, const char *name,
			struct pvhboot_cpu_segment *out)
{
	uint64_t numbers[N_SEGMENT];

	if (!read_numbers(text, find(text, name), numbers, N_SEGMENT) ||
	    (numbers[2] | numbers[3]) > UINT32_MAX)
		return 0;
	out->selector = (uint16_t)numbers[0];
	out->base = numbers[1];
	out->limit = (uint32_t)numbers[2];
	out->access = access_of(numbers[3]);
	return 1;
}

/* Bit 0, accessed, and bit 8, AVL, are free. */
static int is_flat_data(const struct pvhboot_cpu_segment *segment)
{
	return segment->base == 0 && segment->limit == UINT32_MAX &&
	       (segment->access | 0x101) == 0xd93;
}

/* The first of both that is not flat, or has another selector than Linux wants. */
static struct pvhboot_cpu_segment choose_data(const struct pvhboot_cpu_segment *ds,
					      const struct pvhboot_cpu_segment *es)
{
	if (!is_flat_data(ds) || (is_flat_data(es) && ds->selector != PVHBOOT_BOOT_DS))
		return *ds;
	return *es;
}

/* L, which means nothing outside of long mode. */
static int is_64bit_code(const struct pvhboot_cpu_segment *cs)
{
	return (cs->access & 0x200) != 0;
}

static void read_gdt(struct pvhboot_bytes text, struct pvhboot_cpu *out)
{
	uint64_t numbers[2]; /* base, limit */

	if (!read_numbers(text, find(text, "GDT"), numbers, 2) || numbers[1] > UINT32_MAX)
		return;
	out->gdt_base = numbers[0];
	out->gdt_limit = (uint32_t)numbers[1];
}

const char *registers_parse(struct pvhboot_bytes text, struct pvhboot_cpu *out)
{
	const struct {
		const char *name;
		const char *long_name; /* in 64-bit mode */
		uint64_t *to;
		int may_be_absent;
	} registers[] = {
		{ "EIP", "RIP", &out->rip, 0 },    { "EBX", "RBX", &out->rbx, 0 },
		{ "EFL", "RFL", &out->rflags, 0 }, { "CR0", "CR0", &out->cr0, 0 },
		{ "CR4", "CR4", &out->cr4, 0 },    { "EFER", "EFER", &out->efer, 0 },
		{ "ESI", "RSI", &out->rsi, 1 },    { "CR3", "CR3", &out->cr3, 1 },
	};
	enum { N_REGISTERS = sizeof(registers) / sizeof(registers[0]) };
	struct pvhboot_cpu_segment ds, es;
	const struct {
		const char *name;
		struct pvhboot_cpu_segment *to;
	} segments[] = { { "CS", &out->cs }, { "DS", &ds }, { "ES", &es }, { "TR", &out->tr } };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < N_REGISTERS; i++) {
		if (!read_register(text, registers[i].name, registers[i].to) &&
		    !read_register(text, registers[i].long_name, registers[i].to) &&
		    !registers[i].may_be_absent)
			return registers[i].name;
	}
	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
		if (!read_segment(text, segments[i].name, segments[i].to))
			return segments[i].name;
	}
	read_gdt(text, out);
	out->data = choose_data(&ds, &es);
	out->is_64bit = (uint32_t)is_64bit_code(&out->cs);
	for (size_t i = 0; i < N_REGISTERS && !out->is_64bit; i++) {
		if (*registers[i].to > UINT32_MAX)
			return registers[i].name;
	}
	return NULL;
}

/* Where things lie in QEMU's struct QEMUCPUState, which newer versions lengthen.
 * Source: QEMU target/i386/arch_dump.c. */
enum qemu_offset {
	QEMU_VERSION = 0,
	QEMU_RBX = 16,
	QEMU_RSI = 40,
	QEMU_RIP = 136,
	QEMU_RFLAGS = 144,
	QEMU_CS = 152,
	QEMU_DS = 176,
	QEMU_ES = 200,
	QEMU_TR = 320,
	QEMU_GDT = 344,
	QEMU_CR0 = 392,
	QEMU_CR3 = 416,
	QEMU_CR4 = 424,
	QEMU_SIZE = 432,
};

/* Of struct QEMUCPUSegment: selector, limit, flags, a gap, base. */
static struct pvhboot_cpu_segment load_segment(struct pvhboot_bytes desc, size_t at)
{
	return (struct pvhboot_cpu_segment){
		.selector = (uint16_t)bytes_load(desc, at, 2),
		.limit = (uint32_t)bytes_load(desc, at + 4, 4),
		.access = access_of(bytes_load(desc, at + 8, 4)),
		.base = bytes_load(desc, at + 16, 8),
	};
}

int registers_from_qemu(struct pvhboot_bytes desc, struct pvhboot_cpu *out)
{
	static const size_t offsets[] = { QEMU_RIP, QEMU_RBX, QEMU_RSI, QEMU_RFLAGS,
					  QEMU_CR0, QEMU_CR3, QEMU_CR4 };
	struct pvhboot_cpu_segment cs, ds, es, gdt;

	if (desc.size < QEMU_SIZE || bytes_load(desc, QEMU_VERSION, 4) != 1)
		return 0;
	cs = load_segment(desc, QEMU_CS);
	ds = load_segment(desc, QEMU_DS);
	es = load_segment(desc, QEMU_ES);
	gdt = load_segment(desc, QEMU_GDT);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		if (!is_64bit_code(&cs) && bytes_load(desc, offsets[i], 8) > UINT32_MAX)
			return 0;
	}
	*out = (struct pvhboot_cpu){
		.rip = bytes_load(desc, QEMU_RIP, 8),
		.rbx = bytes_load(desc, QEMU_RBX, 8),
		.rsi = bytes_load(desc, QEMU_RSI, 8),
		.rflags = bytes_load(desc, QEMU_RFLAGS, 8),
		.cr0 = bytes_load(desc, QEMU_CR0, 8),
		.cr3 = bytes_load(desc, QEMU_CR3, 8),
		.cr4 = bytes_load(desc, QEMU_CR4, 8),
		.efer = is_64bit_code(&cs) ? EFER_LME_LMA : 0,
		.gdt_base = gdt.base,
		.gdt_limit = gdt.limit,
		.is_64bit = (uint32_t)is_64bit_code(&cs),
		.cs = cs,
		.data = choose_data(&ds, &es),
		.tr = load_segment(desc, QEMU_TR),
	};
	return 1;
}
