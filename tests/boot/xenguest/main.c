/* SPDX-License-Identifier: MIT */
/*
 * Two builds of libxenguest build the same domain as libxl would, against faked hypercalls: what
 * the second has made is compared with what the first has made, byte by byte, and checked by the
 * library.
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <pvhboot/pvhboot.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "fake.h"
#include "file.h"
#include "report.h"

#define USAGE                                                                                      \
	"Usage: xen-guest STOCK OURS MEMORY_IN_MIB ROUNDS KERNEL MODULE\n"                         \
	"       xen-guest --alone OURS MEMORY_IN_MIB ROUNDS KERNEL MODULE\n"
#define CMDLINE "console=hvc0 two  spaces"
#define MODULE_CMDLINE "of the module"
#define LONG_CMDLINE 1100 /* stock libxenguest ends in an assertion from 1024 on */
#define PAGE 4096u
#define N_PAGES (FAKE_MEMORY / PAGE)

#define SPECIAL ((uint64_t)(X86_HVM_END_SPECIAL_REGION - X86_HVM_NR_SPECIAL_PAGES) * PAGE)
#define RESERVED 0xfd000000u
#define N_RESERVED 100u

/* Where libxl 4.17 has its ACPI tables. */
#define ACPI_INFO 0xfc000000u
#define ACPI_TABLES (ACPI_INFO + PAGE)
#define ACPI_TABLES_SIZE (2 * PAGE)
#define ACPI_RSDP (ACPI_TABLES + ACPI_TABLES_SIZE)
#define ACPI_RSDP_SIZE 64u
#define LOW_RSDP (0x100000u - ACPI_RSDP_SIZE)

/* One of the two libraries. */
struct builder {
	struct xc_dom_image *(*allocate)(xc_interface *xch, const char *cmdline,
					 const char *features);
	int (*kernel_mem)(struct xc_dom_image *dom, const void *mem, size_t memsize);
	int (*module_mem)(struct xc_dom_image *dom, const void *mem, size_t memsize,
			  const char *cmdline);
	int (*boot_xen_init)(struct xc_dom_image *dom, xc_interface *xch, uint32_t domid);
	int (*parse_image)(struct xc_dom_image *dom);
	int (*mem_init)(struct xc_dom_image *dom, unsigned int mem_mb);
	int (*boot_mem_init)(struct xc_dom_image *dom);
	char *(*guest_os)(struct xc_dom_image *dom);
	bool (*feature_get)(struct xc_dom_image *dom, unsigned int nr);
	int (*build_image)(struct xc_dom_image *dom);
	int (*boot_image)(struct xc_dom_image *dom);
	void (*release)(struct xc_dom_image *dom);
};

/* What is built. */
struct job {
	struct pvhboot_bytes kernel;
	struct pvhboot_bytes module;
	const char *module_cmdline;
	uint64_t memory;
	unsigned int rounds;
};

struct side {
	const char *name;
	struct builder builder;
	struct fake fake;
	uint64_t best; /* ns of CPU time */
};

static bool load(struct builder *builder, const char *path)
{
	const struct {
		const char *name;
		void *function;
	} table[] = {
		{ "xc_dom_allocate", &builder->allocate },
		{ "xc_dom_kernel_mem", &builder->kernel_mem },
		{ "xc_dom_module_mem", &builder->module_mem },
		{ "xc_dom_boot_xen_init", &builder->boot_xen_init },
		{ "xc_dom_parse_image", &builder->parse_image },
		{ "xc_dom_mem_init", &builder->mem_init },
		{ "xc_dom_boot_mem_init", &builder->boot_mem_init },
		{ "xc_dom_guest_os", &builder->guest_os },
		{ "xc_dom_feature_get", &builder->feature_get },
		{ "xc_dom_build_image", &builder->build_image },
		{ "xc_dom_boot_image", &builder->boot_image },
		{ "xc_dom_release", &builder->release },
	};
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	for (i = 0; library != NULL && i < sizeof(table) / sizeof(table[0]); i++) {
		void *function = dlsym(library, table[i].name);

		if (function == NULL)
			return complain("%s: no %s", path, table[i].name);
		memcpy(table[i].function, &function, sizeof(function)); /* as POSIX wants it */
	}
	return library != NULL || complain("%s", dlerror());
}

/* ---- What libxl does ------------------------------------------------------------------------ */

static uint8_t tables[ACPI_TABLES_SIZE];
static uint8_t info[PAGE];
static uint8_t rsdp[ACPI_RSDP_SIZE] = "RSD PTR ";

static void make_acpi(void)
{
	const uint64_t xsdt = ACPI_TABLES;
	uint8_t sum = 0;
	size_t i;

	memset(tables, 0x7a, sizeof(tables));
	memset(info, 0x7b, sizeof(info));
	rsdp[15] = 2;  /* revision */
	rsdp[20] = 36; /* length */
	memcpy(rsdp + 24, &xsdt, sizeof(xsdt));
	for (i = 0; i < 20; i++)
		sum = (uint8_t)(sum + rsdp[i]);
	rsdp[8] = (uint8_t)-sum;
	for (i = 0, sum = 0; i < 36; i++)
		sum = (uint8_t)(sum + rsdp[i]);
	rsdp[32] = (uint8_t)-sum;
}

/* Older Linux does not look at the start_info for its RSDP. */
static void place_acpi(const struct builder *builder, struct xc_dom_image *dom)
{
	const bool low = strcmp(builder->guest_os(dom), "linux") == 0 &&
			 !builder->feature_get(dom, XENFEAT_linux_rsdp_unrestricted);

	dom->acpi_modules[0] =
		(struct xc_hvm_firmware_module){ rsdp, sizeof(rsdp), low ? LOW_RSDP : ACPI_RSDP };
	dom->acpi_modules[1] = (struct xc_hvm_firmware_module){ info, sizeof(info), ACPI_INFO };
	dom->acpi_modules[2] =
		(struct xc_hvm_firmware_module){ tables, sizeof(tables), ACPI_TABLES };
}

static void add_range(struct xc_dom_image *dom, uint64_t gpa, uint64_t size, uint32_t type)
{
	dom->e820[dom->e820_entries++] = (struct e820entry){ gpa, size, type };
}

/* In its order: the ACPI tables overlap RAM, and do not ascend. So many reserved ranges make the
 * start_info of stock libxenguest larger than a page. */
static bool make_map(struct xc_dom_image *dom)
{
	size_t i;

	dom->e820 = calloc(N_RESERVED + 5, sizeof(*dom->e820));
	if (dom->e820 == NULL)
		return call_failed("calloc");
	add_range(dom, 0, dom->lowmem_end, 1);
	for (i = 0; i < N_RESERVED; i++)
		add_range(dom, RESERVED + i * 2 * PAGE, PAGE, 2);
	add_range(dom, SPECIAL, X86_HVM_NR_SPECIAL_PAGES * PAGE, 2);
	for (i = 0; i < 3; i++) {
		const uint64_t gpa = dom->acpi_modules[i].guest_addr_out;

		add_range(dom, gpa - gpa % PAGE, gpa % PAGE + dom->acpi_modules[i].length, 3);
	}
	return true;
}

/* That a function failed it has said itself. */
static bool build_image(const struct builder *builder, struct xc_dom_image *dom, xc_interface *xc,
			const struct job *job)
{
	dom->container_type = XC_DOM_HVM_CONTAINER;
	dom->max_vcpus = FAKE_VCPUS;
	dom->target_pages = job->memory / PAGE;
	dom->lowmem_end = job->memory;
	dom->mmio_start = ACPI_INFO;
	dom->mmio_size = FAKE_MEMORY - ACPI_INFO;
	dom->console_evtchn = 3;
	dom->xenstore_evtchn = 4;
	if (builder->kernel_mem(dom, job->kernel.data, job->kernel.size) != 0 ||
	    builder->module_mem(dom, job->module.data, job->module.size, job->module_cmdline) !=
		    0 ||
	    builder->boot_xen_init(dom, xc, FAKE_DOMAIN) != 0 || builder->parse_image(dom) != 0 ||
	    builder->mem_init(dom, (unsigned int)(job->memory >> 20)) != 0 ||
	    builder->boot_mem_init(dom) != 0)
		return false;
	place_acpi(builder, dom);
	return make_map(dom) && builder->build_image(dom) == 0 && builder->boot_image(dom) == 0;
}

static bool build(struct side *side, xc_interface *xc, const struct job *job)
{
	struct xc_dom_image *dom = side->builder.allocate(xc, CMDLINE, NULL);
	bool ok;

	if (dom == NULL)
		return call_failed("xc_dom_allocate");
	fake_use(&side->fake);
	ok = build_image(&side->builder, dom, xc, job);
	free(dom->e820);
	dom->e820 = NULL;
	side->builder.release(dom);
	return ok;
}

/* ---- What the guest would find -------------------------------------------------------------- */

static bool differ(const char *what, uint64_t theirs, uint64_t ours)
{
	return complain("%s: stock 0x%" PRIx64 ", ours 0x%" PRIx64, what, theirs, ours);
}

static bool same(const char *what, uint64_t theirs, uint64_t ours)
{
	return theirs == ours || differ(what, theirs, ours);
}

/* NULL, and a complaint, where there is no such memory. */
static const void *look(const struct side *side, uint64_t gpa, uint64_t size)
{
	if (gpa <= FAKE_MEMORY && size <= FAKE_MEMORY - gpa)
		return side->fake.view + gpa;
	complain("%s: there is no memory at 0x%" PRIx64, side->name, gpa);
	return NULL;
}

static bool same_bytes(const char *what, const void *theirs, const void *ours, size_t size)
{
	const uint8_t *a = theirs;
	const uint8_t *b = ours;
	size_t i = 0;

	if (a == NULL || b == NULL)
		return false;
	if (memcmp(a, b, size) == 0)
		return true;
	while (a[i] == b[i])
		i++;
	return complain("%s: at 0x%zx stock has 0x%x, ours 0x%x", what, i, a[i], b[i]);
}

/* Where the start_info lies is each builder's choice. Xen itself sets the bit of rflags that is
 * always 1. The ABI says nothing of fs and gs. */
static bool same_registers(const struct fake *theirs, const struct fake *ours)
{
	struct hvm_hw_cpu want = theirs->cpu;

	want.rbx = ours->cpu.rbx;
	want.rflags |= 2;
	want.fs_limit = want.ds_limit;
	want.gs_limit = want.ds_limit;
	want.fs_arbytes = want.ds_arbytes;
	want.gs_arbytes = want.ds_arbytes;
	return same_bytes("CPU record", &want, &ours->cpu, sizeof(want)) &
	       same_bytes("MTRR records", theirs->mtrr, ours->mtrr, sizeof(ours->mtrr)) &
	       same_bytes("HVM parameters", theirs->params, ours->params, sizeof(ours->params));
}

static bool same_text(const char *what, const struct side *theirs, uint64_t their_gpa,
		      const struct side *ours, uint64_t our_gpa)
{
	const char *a = look(theirs, their_gpa, PAGE);
	const char *b = look(ours, our_gpa, PAGE);

	return a != NULL && b != NULL &&
	       (strncmp(a, b, PAGE) == 0 ||
		complain("%s: stock has '%.80s', ours '%.80s'", what, a, b));
}

static bool same_module(const struct side *theirs, const struct hvm_start_info *a,
			const struct side *ours, const struct hvm_start_info *b)
{
	const struct hvm_modlist_entry *p = look(theirs, a->modlist_paddr, sizeof(*p));
	const struct hvm_modlist_entry *q = look(ours, b->modlist_paddr, sizeof(*q));

	return p != NULL && q != NULL && same("size of the module", p->size, q->size) &&
	       same_bytes("module", look(theirs, p->paddr, p->size), look(ours, q->paddr, q->size),
			  q->size) &&
	       same_text("command line of the module", theirs, p->cmdline_paddr, ours,
			 q->cmdline_paddr);
}

/* Of each page; types above RAM win where entries overlap. */
static bool read_map(const struct side *side, const struct hvm_start_info *start, uint8_t *types)
{
	const struct hvm_memmap_table_entry *map =
		look(side, start->memmap_paddr, start->memmap_entries * sizeof(*map));
	uint64_t page;
	uint32_t i;

	for (i = 0; map != NULL && i < start->memmap_entries; i++)
		for (page = map[i].addr / PAGE; page * PAGE < map[i].addr + map[i].size; page++)
			if (page < N_PAGES && types[page] < map[i].type)
				types[page] = (uint8_t)map[i].type;
	return map != NULL;
}

static bool same_map(const struct side *theirs, const struct hvm_start_info *a,
		     const struct side *ours, const struct hvm_start_info *b)
{
	uint8_t *types = calloc(2, N_PAGES);
	bool ok;

	if (types == NULL)
		return call_failed("calloc");
	ok = read_map(theirs, a, types) && read_map(ours, b, types + N_PAGES) &&
	     same_bytes("types of pages in the map", types, types + N_PAGES, N_PAGES);
	free(types);
	return ok;
}

static bool same_start(const struct side *theirs, const struct side *ours)
{
	const struct hvm_start_info *a = look(theirs, theirs->fake.cpu.rbx, sizeof(*a));
	const struct hvm_start_info *b = look(ours, ours->fake.cpu.rbx, sizeof(*b));

	return a != NULL && b != NULL && same("magic", a->magic, b->magic) &&
	       same("version", a->version, b->version) && same("flags", a->flags, b->flags) &&
	       same("RSDP", a->rsdp_paddr, b->rsdp_paddr) &&
	       same("nr_modules", a->nr_modules, b->nr_modules) &&
	       same_text("command line", theirs, a->cmdline_paddr, ours, b->cmdline_paddr) &&
	       same_bytes("RSDP", look(theirs, a->rsdp_paddr, ACPI_RSDP_SIZE),
			  look(ours, b->rsdp_paddr, ACPI_RSDP_SIZE), ACPI_RSDP_SIZE) &&
	       same_bytes("ACPI tables", look(theirs, ACPI_INFO, ACPI_RSDP - ACPI_INFO),
			  look(ours, ACPI_INFO, ACPI_RSDP - ACPI_INFO), ACPI_RSDP - ACPI_INFO) &&
	       same_map(theirs, a, ours, b) && same_module(theirs, a, ours, b);
}

static bool only_zeros(const uint8_t *at, uint64_t size)
{
	return size == 0 || (*at == 0 && memcmp(at, at + 1, size - 1) == 0);
}

/* All of its segments are what the file has. What lies between them is as Xen gave it, where stock
 * clears it. */
static bool kernel_arrived(const struct side *side, const struct job *job)
{
	const struct pvhboot_map_entry ram = { .size = job->memory, .type = PVHBOOT_MAP_RAM };
	const struct pvhboot_request request = { .map = &ram, .n_map = 1 };
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_prepared prepared;
	struct pvhboot_segment segment;
	bool ok = true;

	if (pvhboot_prepare(job->kernel, &request, NULL, NULL, &prepared, NULL) != PVHBOOT_OK)
		return complain("pvhboot_prepare");
	while (pvhboot_segment_next(&prepared.kernel, &iter, &segment)) {
		const uint8_t *at = side->fake.view + segment.gpa;

		if (memcmp(at, segment.bytes.data, segment.bytes.size) != 0 ||
		    !only_zeros(at + segment.bytes.size, segment.size - segment.bytes.size))
			ok = complain("%s: segment %" PRIu32 " is not that of the file", side->name,
				      segment.index);
	}
	pvhboot_prepared_release(&prepared);
	return ok;
}

static int read_guest(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const void *at = look(ctx, gpa, size);

	if (at == NULL)
		return EFAULT;
	memcpy(bytes, at, size);
	return 0;
}

static struct pvhboot_cpu_segment cpu_segment(uint16_t selector, uint64_t base, uint32_t limit,
					      uint32_t access)
{
	return (struct pvhboot_cpu_segment){ base, limit, selector, (uint16_t)access };
}

/* The library's own checks have no finding, not even a note. */
static bool nothing_found(struct side *side)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	const struct pvhboot_memory memory = { .ctx = side, .read = read_guest };
	const struct hvm_hw_cpu *is = &side->fake.cpu;
	const struct pvhboot_cpu cpu = {
		.rip = is->rip,
		.rbx = is->rbx,
		.rflags = is->rflags,
		.cr0 = is->cr0,
		.cr4 = is->cr4,
		.cs = cpu_segment((uint16_t)is->cs_sel, is->cs_base, is->cs_limit, is->cs_arbytes),
		.data = cpu_segment((uint16_t)is->ds_sel, is->ds_base, is->ds_limit,
				    is->ds_arbytes),
		.tr = cpu_segment((uint16_t)is->tr_sel, is->tr_base, is->tr_limit, is->tr_arbytes),
	};
	struct pvhboot_start_finding first;
	struct pvhboot_start_report report = { .findings = &first, .max_findings = 1 };
	char line[512];

	if (pvhboot_start_check(&memory, is->rbx, &cpu,
				(struct pvhboot_buffer){ workspace, sizeof(workspace) }, &report,
				NULL) != PVHBOOT_OK)
		return complain("pvhboot_start_check");
	if (report.n_findings == 0)
		return true;
	pvhboot_finding_format(&first.finding, line, sizeof(line));
	return complain("%zu findings, the first: %s", report.n_findings, line);
}

/* ---- Both ----------------------------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* In a domain that is new each time. Afterwards none of it is mapped but the view. */
static bool build_once(struct side *side, xc_interface *xc, const struct job *job)
{
	size_t mappings;
	uint64_t begin;
	bool ok;

	fake_close(&side->fake);
	if (!fake_open(&side->fake))
		return call_failed("fake_open");
	mappings = fake_mappings();
	begin = now();
	ok = build(side, xc, job);
	begin = now() - begin;
	if (side->best == 0 || side->best > begin)
		side->best = begin;
	return same("mappings that are left", mappings, fake_mappings()) && ok;
}

/* Interleaved, as other programs run too. theirs may be NULL. */
static bool build_both(struct side *theirs, struct side *ours, xc_interface *xc,
		       const struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->rounds; i++)
		if ((theirs != NULL && !build_once(theirs, xc, job)) || !build_once(ours, xc, job))
			return false;
	if (theirs != NULL && (!same_registers(&theirs->fake, &ours->fake) ||
			       !same_start(theirs, ours) || !kernel_arrived(theirs, job)))
		return false;
	if (!kernel_arrived(ours, job) || !nothing_found(ours))
		return false;
	printf("entry 0x%" PRIx64, ours->fake.cpu.rip);
	if (theirs != NULL)
		printf(": the same state; stock %" PRIu64 " us, ours", theirs->best / 1000);
	printf(" %" PRIu64 " us\n", ours->best / 1000);
	return true;
}

static void message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
		    const char *context, const char *format, va_list al)
	__attribute__((format(printf, 5, 0)));

static void message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
		    const char *context, const char *format, va_list al)
{
	(void)logger;
	(void)errnoval;
	(void)context;
	if (level < XTL_ERROR)
		return;
	fputs("error: ", stdout);
	vprintf(format, al);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static struct xentoollog_logger logger = { .vmessage = message };
	static char long_cmdline[LONG_CMDLINE + 1];
	struct side theirs = { .name = "stock" };
	struct side ours = { .name = "ours" };
	struct job job = { .module_cmdline = MODULE_CMDLINE };
	bool alone;
	bool ok;
	xc_interface *xc;

	if (argc != 7) {
		fputs(USAGE, stderr);
		return 2;
	}
	alone = strcmp(argv[1], "--alone") == 0;
	job.memory = strtoull(argv[3], NULL, 10) << 20;
	job.rounds = (unsigned int)strtoul(argv[4], NULL, 10);
	if (alone) {
		memset(long_cmdline, 'x', LONG_CMDLINE);
		job.module_cmdline = long_cmdline;
	}
	make_acpi();
	xc = xc_interface_open(&logger, &logger, XC_OPENFLAG_DUMMY);
	ok = xc != NULL && fake_open(&theirs.fake) && fake_open(&ours.fake) &&
	     file_read(argv[5], &job.kernel) && file_read(argv[6], &job.module) &&
	     (alone || load(&theirs.builder, argv[1])) && load(&ours.builder, argv[2]) &&
	     build_both(alone ? NULL : &theirs, &ours, xc, &job);
	return ok ? 0 : 1;
}
