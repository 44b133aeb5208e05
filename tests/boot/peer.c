/* SPDX-License-Identifier: MIT */
/*
 * The state in which a domain of xen-build starts, against that of one that libxenguest
 * has built from the same files: registers, MTRRs, start_info, modules, and the memory
 * of the kernel byte by byte. Neither domain ever runs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>
#include <xenguest.h>

#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/save.h>

#include "domain.h"
#include "guest.h"
#include "memory.h"
#include "report.h"

#define CMDLINE "console=hvc0 two  spaces"
#define MODULE_CMDLINE "of the module"

/* More than the names and lines above have, and less than the page behind them. */
#define MAX_TEXT 64

/* As much of a domain as is looked at. */
#define MAX_LOOKS 16

struct look {
	void *at;
	uint64_t gpa;
	uint64_t size;
};

struct side {
	const char *name;
	struct domain domain;
	struct memory memory;
	struct look looks[MAX_LOOKS];
	size_t n_looks;
	struct hvm_hw_cpu cpu;
	struct hvm_hw_mtrr mtrr;
	const struct hvm_start_info *info;
};

static bool differ(const char *what, uint64_t theirs, uint64_t ours)
{
	return complain("%s: libxenguest has 0x%" PRIx64 ", xen-build 0x%" PRIx64, what, theirs,
			ours);
}

static bool same(const char *what, uint64_t theirs, uint64_t ours)
{
	return theirs == ours || differ(what, theirs, ours);
}

/* What domain_create() does, but for memory and console, which libxenguest makes. */
static bool create_empty(struct domain *domain, uint64_t memory)
{
	struct xen_domctl_createdomain config = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(2),
		.arch.emulation_flags = XEN_X86_EMU_LAPIC,
	};

	if (xc_domain_create(domain->xc, &domain->id, &config) != 0)
		return call_failed("xc_domain_create");
	domain->exists = true;
	if (xc_domain_max_vcpus(domain->xc, domain->id, 1) != 0 ||
	    xc_domain_setmaxmem(domain->xc, domain->id, (memory >> 10) + 32) != 0 ||
	    xc_set_paging_mempool_size(domain->xc, domain->id, 4 << 20) != 0 ||
	    xc_cpuid_apply_policy(domain->xc, domain->id, false, NULL, 0, true, false, false, NULL,
				  NULL) != 0)
		return call_failed("hypercall");
	return true;
}

/* The map is ours, as libxl would give one of its own. */
static bool fill(struct xc_dom_image *image, const struct domain *domain, const struct guest *guest,
		 uint64_t memory)
{
	const struct pvhboot_plan *plan = &guest->prepared.plan;
	size_t i;

	image->container_type = XC_DOM_HVM_CONTAINER;
	image->max_vcpus = 1;
	image->target_pages = memory / MEMORY_PAGE_SIZE;
	image->lowmem_end = memory;
	image->mmio_start = DOMAIN_LOCAL_APIC;
	image->mmio_size = ((uint64_t)1 << 32) - DOMAIN_LOCAL_APIC;
	image->e820 = calloc(plan->n_map, sizeof(*image->e820));
	if (image->e820 == NULL)
		return call_failed("calloc");
	image->e820_entries = (unsigned int)plan->n_map;
	for (i = 0; i < plan->n_map; i++)
		image->e820[i] = (struct e820entry){ plan->map[i].gpa, plan->map[i].size,
						     plan->map[i].type };
	if (xc_dom_kernel_mem(image, guest->kernel_file.data, guest->kernel_file.size) != 0 ||
	    xc_dom_module_mem(image, guest->modules[0].bytes.data, guest->modules[0].bytes.size,
			      MODULE_CMDLINE) != 0 ||
	    xc_dom_boot_xen_init(image, domain->xc, domain->id) != 0 ||
	    xc_dom_parse_image(image) != 0 ||
	    xc_dom_mem_init(image, (unsigned int)(memory >> 20)) != 0 ||
	    xc_dom_boot_mem_init(image) != 0 || xc_dom_build_image(image) != 0 ||
	    xc_dom_boot_image(image) != 0)
		return call_failed("libxenguest");
	return true;
}

static bool build_theirs(struct side *side, const struct guest *guest, uint64_t memory)
{
	struct xc_dom_image *image;
	bool ok;

	if (!create_empty(&side->domain, memory))
		return false;
	image = xc_dom_allocate(side->domain.xc, CMDLINE, NULL);
	if (image == NULL)
		return call_failed("xc_dom_allocate");
	ok = fill(image, &side->domain, guest, memory);
	free(image->e820);
	image->e820 = NULL;
	xc_dom_release(image);
	return ok && memory_open(&side->memory, side->domain.id);
}

static bool build_ours(struct side *side, struct guest *guest, const struct guest_options *options)
{
	struct pvhboot_cpu cpu;

	if (!domain_create(&side->domain, options->memory) ||
	    !memory_open(&side->memory, side->domain.id) ||
	    !guest_load(guest, options, &side->memory))
		return false;
	pvhboot_plan_cpu(&guest->prepared.plan, &cpu);
	return domain_set_cpu(&side->domain, &cpu);
}

static const void *look(struct side *side, uint64_t gpa, uint64_t size)
{
	void *at = NULL;

	if (side->n_looks < MAX_LOOKS)
		at = memory_map(&side->memory, gpa, size);
	if (at == NULL)
		complain("%s: cannot map 0x%" PRIx64, side->name, gpa);
	else
		side->looks[side->n_looks++] = (struct look){ at, gpa, size };
	return at;
}

static bool read_state(struct side *side)
{
	xc_interface *xc = side->domain.xc;

	if (xc_domain_hvm_getcontext_partial(xc, side->domain.id, HVM_SAVE_CODE(CPU), 0, &side->cpu,
					     sizeof(side->cpu)) != 0 ||
	    xc_domain_hvm_getcontext_partial(xc, side->domain.id, HVM_SAVE_CODE(MTRR), 0,
					     &side->mtrr, sizeof(side->mtrr)) != 0)
		return call_failed("xc_domain_hvm_getcontext_partial");
	side->info = look(side, side->cpu.rbx, sizeof(*side->info));
	return side->info != NULL;
}

static bool same_bytes(const char *what, const void *theirs, const void *ours, size_t size)
{
	const uint8_t *a = theirs;
	const uint8_t *b = ours;
	size_t i;

	for (i = 0; i < size; i++)
		if (a[i] != b[i])
			return complain("%s: at 0x%zx libxenguest has 0x%x, xen-build 0x%x", what,
					i, a[i], b[i]);
	return true;
}

/* Where the block lies is each builder's choice, and time goes on. The ABI says nothing
 * of fs and gs: libxenguest leaves them invalid, here they are as ds. */
static bool same_registers(const struct side *theirs, const struct side *ours)
{
	struct hvm_hw_cpu want = theirs->cpu;

	want.rbx = ours->cpu.rbx;
	want.tsc = ours->cpu.tsc;
	want.fs_limit = want.ds_limit;
	want.gs_limit = want.ds_limit;
	want.fs_arbytes = want.ds_arbytes;
	want.gs_arbytes = want.ds_arbytes;
	return same_bytes("CPU record", &want, &ours->cpu, sizeof(want)) &
	       same_bytes("MTRR record", &theirs->mtrr, &ours->mtrr, sizeof(ours->mtrr));
}

static bool same_text(const char *what, struct side *theirs, uint64_t their_gpa, struct side *ours,
		      uint64_t our_gpa)
{
	const char *a = look(theirs, their_gpa, MAX_TEXT);
	const char *b = look(ours, our_gpa, MAX_TEXT);

	if (a == NULL || b == NULL)
		return false;
	return strncmp(a, b, MAX_TEXT) == 0 ||
	       complain("%s: libxenguest has '%.*s', xen-build '%.*s'", what, MAX_TEXT, a, MAX_TEXT,
			b);
}

static bool same_map(struct side *theirs, struct side *ours)
{
	const size_t size = ours->info->memmap_entries * sizeof(struct hvm_memmap_table_entry);
	const void *a = look(theirs, theirs->info->memmap_paddr, size);
	const void *b = look(ours, ours->info->memmap_paddr, size);

	return a != NULL && b != NULL && same_bytes("memory map", a, b, size);
}

static bool same_module(struct side *theirs, struct side *ours)
{
	const struct hvm_modlist_entry *a = look(theirs, theirs->info->modlist_paddr, sizeof(*a));
	const struct hvm_modlist_entry *b = look(ours, ours->info->modlist_paddr, sizeof(*b));
	const void *their_bytes;
	const void *our_bytes;

	if (a == NULL || b == NULL || !same("size of the module", a->size, b->size))
		return false;
	their_bytes = look(theirs, a->paddr, a->size);
	our_bytes = look(ours, b->paddr, b->size);
	if (their_bytes == NULL || our_bytes == NULL)
		return false;
	return same_bytes("module", their_bytes, our_bytes, b->size) &
	       same_text("command line of the module", theirs, a->cmdline_paddr, ours,
			 b->cmdline_paddr);
}

/* libxenguest does not take ACPI tables that it has not built. */
static bool same_info(struct side *theirs, struct side *ours)
{
	const struct hvm_start_info *a = theirs->info;
	const struct hvm_start_info *b = ours->info;

	return same("magic", a->magic, b->magic) && same("version", a->version, b->version) &&
	       same("flags", a->flags, b->flags) &&
	       same("nr_modules", a->nr_modules, b->nr_modules) &&
	       same("memmap_entries", a->memmap_entries, b->memmap_entries) &&
	       same_text("command line", theirs, a->cmdline_paddr, ours, b->cmdline_paddr) &&
	       same_map(theirs, ours) && same_module(theirs, ours);
}

/* From the kernel's first byte to its last, bss and gaps included. */
static bool same_kernel(struct side *theirs, struct side *ours, const struct pvhboot_kernel *kernel)
{
	const uint64_t size = kernel->end - kernel->start;
	const void *a = look(theirs, kernel->start, size);
	const void *b = look(ours, kernel->start, size);

	return a != NULL && b != NULL && same_bytes("kernel", a, b, size);
}

static bool compare(struct side *theirs, struct side *ours, const struct guest_options *options)
{
	struct guest guest = { 0 };
	bool ok;

	ok = domain_open(&theirs->domain) && domain_open(&ours->domain) &&
	     build_ours(ours, &guest, options) && build_theirs(theirs, &guest, options->memory) &&
	     read_state(theirs) && read_state(ours);
	if (ok)
		ok = same_registers(theirs, ours) & same_info(theirs, ours) &
		     same_kernel(theirs, ours, &guest.prepared.kernel);
	guest_release(&guest);
	return ok;
}

static bool tear_down(struct side *side)
{
	bool ok;

	while (side->n_looks > 0) {
		const struct look *look = &side->looks[--side->n_looks];

		memory_unmap(&side->memory, look->at, look->gpa, look->size);
	}
	memory_close(&side->memory);
	ok = domain_destroy(&side->domain);
	domain_close(&side->domain);
	return ok;
}

int main(int argc, char **argv)
{
	struct side theirs = { .name = "libxenguest" };
	struct side ours = { .name = "xen-build" };
	struct guest_module module = { .cmdline = MODULE_CMDLINE };
	struct guest_options options = {
		.cmdline = CMDLINE,
		.modules = &module,
		.n_modules = 1,
	};
	bool ok;

	if (argc != 4) {
		fputs("Usage: xen-peer KERNEL MEMORY_IN_MIB MODULE\n", stderr);
		return 2;
	}
	options.kernel = argv[1];
	options.memory = strtoull(argv[2], NULL, 10) << 20;
	module.path = argv[3];
	ok = compare(&theirs, &ours, &options);
	ok = tear_down(&theirs) & tear_down(&ours) & ok;
	if (ok)
		printf("entry 0x%" PRIx64 ": the same state\n", ours.cpu.rip);
	return ok ? 0 : 1;
}
