/* SPDX-License-Identifier: MIT */
/*
 * Saves what pvhboot check takes of a domain that another program has built and that has
 * not run yet: memory, as a file with holes, and registers, as QEMU's monitor prints them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xenctrl.h>

#include <xen/hvm/save.h>

#include "domain.h"
#include "memory.h"
#include "report.h"

#define USAGE "Usage: xen-dump DOMAIN MEMORY REGISTERS START SIZE [START SIZE]...\n"
#define FIRST_RANGE 4

/* Access rights as QEMU has them, in the upper half of a descriptor. */
static uint32_t descriptor_flags(uint32_t access)
{
	return (access & 0xff) << 8 | (access & 0xf00) << 12;
}

static void print_segment(FILE *file, const char *name, uint32_t selector, uint64_t base,
			  uint32_t limit, uint32_t access)
{
	fprintf(file, "%s =%04" PRIx32 " %08" PRIx64 " %08" PRIx32 " %08" PRIx32 "\n", name,
		selector, base, limit, descriptor_flags(access));
}

static void print_registers(FILE *file, const struct hvm_hw_cpu *cpu)
{
	fprintf(file, "EBX=%08" PRIx64 " EIP=%08" PRIx64 " EFL=%08" PRIx64 "\n", cpu->rbx, cpu->rip,
		cpu->rflags);
	print_segment(file, "ES", cpu->es_sel, cpu->es_base, cpu->es_limit, cpu->es_arbytes);
	print_segment(file, "CS", cpu->cs_sel, cpu->cs_base, cpu->cs_limit, cpu->cs_arbytes);
	print_segment(file, "DS", cpu->ds_sel, cpu->ds_base, cpu->ds_limit, cpu->ds_arbytes);
	print_segment(file, "TR", cpu->tr_sel, cpu->tr_base, cpu->tr_limit, cpu->tr_arbytes);
	fprintf(file, "CR0=%08" PRIx64 " CR4=%08" PRIx64 " EFER=%016" PRIx64 "\n", cpu->cr0,
		cpu->cr4, cpu->msr_efer);
}

static bool save_registers(const struct domain *domain, const char *path)
{
	struct hvm_hw_cpu cpu;
	FILE *file;

	if (xc_domain_hvm_getcontext_partial(domain->xc, domain->id, HVM_SAVE_CODE(CPU), 0, &cpu,
					     sizeof(cpu)) != 0)
		return call_failed("xc_domain_hvm_getcontext_partial");
	file = fopen(path, "w");
	if (file == NULL)
		return call_failed(path);
	print_registers(file, &cpu);
	return fclose(file) == 0 || call_failed(path);
}

/* A range at its own address in the file. */
static bool save_range(struct memory *memory, FILE *file, uint64_t start, uint64_t size)
{
	void *bytes = memory_map(memory, start, size);
	bool ok;

	if (bytes == NULL)
		return complain("cannot map 0x%" PRIx64, start);
	ok = (fseeko(file, (off_t)start, SEEK_SET) == 0 && fwrite(bytes, size, 1, file) == 1) ||
	     call_failed("write");
	memory_unmap(memory, bytes, start, size);
	return ok;
}

static bool save_memory(struct memory *memory, const char *path, char **ranges)
{
	FILE *file = fopen(path, "wb");
	bool ok = true;

	if (file == NULL)
		return call_failed(path);
	for (; ok && *ranges != NULL; ranges += 2)
		ok = save_range(memory, file, strtoull(ranges[0], NULL, 0),
				strtoull(ranges[1], NULL, 0));
	return (fclose(file) == 0 || call_failed(path)) && ok;
}

int main(int argc, char **argv)
{
	struct domain domain = { 0 };
	struct memory memory = { 0 };
	bool ok;

	if (argc < FIRST_RANGE + 2 || (argc - FIRST_RANGE) % 2 != 0) {
		fputs(USAGE, stderr);
		return 2;
	}
	domain.id = (uint32_t)strtoul(argv[1], NULL, 10);
	ok = domain_open(&domain) && memory_open(&memory, domain.id) &&
	     save_memory(&memory, argv[2], argv + FIRST_RANGE) && save_registers(&domain, argv[3]);
	memory_close(&memory);
	domain_close(&domain);
	return ok ? 0 : 1;
}
