/* SPDX-License-Identifier: MIT */
/*
 * A loader of libxenguest that leaves all of a PVH boot to libpvhboot: kernel, modules, start_info,
 * memory map and the first vCPU. Compiled with the rest of tools/libs/guest, whose hooks call it:
 *
 *	xc_dom_parse_image()    probe, parse: what the file is. There is no guest memory yet
 *	xc_dom_boot_mem_init()  guest_ready: the kernel is decoded where it will live, so that
 *	                        its notes are known. Or it is not for this loader, and the
 *	                        others are asked
 *	                        (libxl looks at the notes, places ACPI tables, makes the map)
 *	xc_dom_build_image()    load: a plan with that map
 *	xc_dom_boot_image()     bootlate: the plan is carried out
 *	                        vcpu: the registers
 *	xc_dom_release()        release
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "xg_private.h"
#include <xen/hvm/params.h>

#include <pvhboot/adapt/xen.h>
#include <pvhboot/pvhboot.h>

#define MAX_LINE 512

/*
 * xc_dom_build_image() allocates a start_info that is not used, from page 0 on, and clears it when
 * the kernel is decoded already. It stays far below this, where no kernel is decoded therefore.
 * (libxl puts an RSDP below, too.)
 */
#define LOW_MEMORY ((uint64_t)1 << 20)

/* In private_loader of the domain that is built, whose memory pool has it. */
struct boot {
	struct pvhboot_prepared prepared;
	struct pvhboot_memory memory;
	struct pvhboot_options options;
	struct pvhboot_diag diag;
	struct pvhboot_module modules[XG_MAX_MODULES];
	struct xc_dom_module sources[XG_MAX_MODULES]; /* of these */
	size_t n_modules;
	struct xc_dom_arch hooks; /* those of HVM, but for two */
	uint64_t lowest;          /* gpa that may be mapped */
};

static struct xc_dom_loader pvhboot_loader;

/* ---- What is said --------------------------------------------------------------------------- */

static xentoollog_logger *logger(const struct xc_dom_image *dom)
{
	xc_interface *xch = dom->xch;

	return xch->dombuild_logger != NULL ? xch->dombuild_logger : xch->error_handler;
}

/* The library's line, and an errno for libxl's. Always -1. */
static int refuse(const struct xc_dom_image *dom, const struct pvhboot_diag *diag)
{
	char line[MAX_LINE];

	pvhboot_diag_format(diag, line, sizeof(line));
	xc_report(dom->xch, logger(dom), XTL_ERROR, XC_INVALID_KERNEL, "pvhboot: %s", line);
	errno = diag->status == PVHBOOT_NOMEM ? ENOMEM : EINVAL;
	return -1;
}

static int fail(const struct xc_dom_image *dom, const char *what)
{
	xc_report(dom->xch, logger(dom), XTL_ERROR, XC_INTERNAL_ERROR, "pvhboot: %s: %s", what,
		  strerror(errno));
	return -1;
}

static void pass_on_warnings(const struct xc_dom_image *dom, struct pvhboot_diag *diag)
{
	char line[MAX_LINE];
	size_t i;

	for (i = 0; i < diag->n_warnings; i++) {
		pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		xtl_log(logger(dom), XTL_WARN, -1, "pvhboot", "%s", line);
	}
	if (diag->n_lost != 0)
		xtl_log(logger(dom), XTL_WARN, -1, "pvhboot", "%u more warnings", diag->n_lost);
	diag->n_warnings = 0;
	diag->n_lost = 0;
}

/* ---- Guest memory --------------------------------------------------------------------------- */

static size_t n_pages(uint64_t gpa, uint64_t size)
{
	return (size_t)(((gpa + size - 1) >> XC_PAGE_SHIFT) - (gpa >> XC_PAGE_SHIFT) + 1);
}

/* Pages that follow each other in the guest do so here, too. */
static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct xc_dom_image *dom = ctx;
	const struct boot *boot = dom->private_loader;
	const size_t n = n_pages(gpa, size);
	uint8_t *start = NULL;
	xen_pfn_t *frames;
	size_t i;

	if (gpa < boot->lowest || n > INT_MAX)
		return NULL;
	frames = calloc(n, sizeof(*frames));
	for (i = 0; frames != NULL && i < n; i++)
		frames[i] = (gpa >> XC_PAGE_SHIFT) + i;
	if (frames != NULL)
		start = xc_map_foreign_pages(dom->xch, dom->guest_domid, PROT_READ | PROT_WRITE,
					     frames, (int)n);
	free(frames);
	return start != NULL ? start + (gpa & (XC_PAGE_SIZE - 1)) : NULL;
}

static void unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct xc_dom_image *dom = ctx;
	uint8_t *start = (uint8_t *)host - (gpa & (XC_PAGE_SIZE - 1));

	if (munmap(start, n_pages(gpa, size) << XC_PAGE_SHIFT) != 0)
		fail(dom, "munmap");
}

/* ---- The file ------------------------------------------------------------------------------- */

static struct pvhboot_bytes file(const struct xc_dom_image *dom)
{
	struct pvhboot_bytes bytes = { dom->kernel_blob, dom->kernel_size };

	return bytes;
}

/* Of a file that is compressed, as much as its headers say. */
static enum pvhboot_status inspect(const struct xc_dom_image *dom, struct pvhboot_diag *diag)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_image image;
	enum pvhboot_status status = pvhboot_image_probe(file(dom), NULL, &image, diag);

	if (status == PVHBOOT_OK && image.compression == PVHBOOT_COMPRESSION_NONE)
		status = pvhboot_kernel_open(image.stream, PVHBOOT_COMPAT_XEN, &kernel, diag);
	return status;
}

/* The others are asked for HVM firmware, for PV, for what has no PVH entry, and when guest_ready()
 * has found no entry. */
static elf_negerrnoval probe(struct xc_dom_image *dom)
{
	if (dom->container_type != XC_DOM_HVM_CONTAINER || dom->device_model ||
	    dom->kernel_loader == &pvhboot_loader || pvhboot_status_is_foreign(inspect(dom, NULL)))
		return -EINVAL;
	return 0;
}

static elf_negerrnoval parse(struct xc_dom_image *dom)
{
	struct boot *boot = xc_dom_malloc(dom, sizeof(*boot));

	if (boot == NULL)
		return -ENOMEM;
	if (inspect(dom, &boot->diag) != PVHBOOT_OK)
		return refuse(dom, &boot->diag);
	memset(&boot->diag, 0, sizeof(boot->diag)); /* guest_ready() warns of the same */
	boot->memory.ctx = dom;
	boot->memory.map = map;
	boot->memory.unmap = unmap;
	boot->options.max_output = dom->max_kernel_size != 0 ? dom->max_kernel_size : UINT64_MAX;
	boot->options.kernel_flags = PVHBOOT_COMPAT_XEN;
	dom->private_loader = boot;
	dom->guest_type = "hvm-3.0-x86_32";
	return 0;
}

/* ---- Guest memory is there ------------------------------------------------------------------ */

static int bootlate(struct xc_dom_image *dom);
static int vcpu(struct xc_dom_image *dom);

/* What libxl asks for. */
static void tell_notes(struct xc_dom_image *dom, const struct pvhboot_kernel *kernel)
{
	struct elf_dom_parms *parms = dom->parms;
	size_t size = kernel->guest_os.size;

	if (size >= sizeof(parms->guest_os))
		size = sizeof(parms->guest_os) - 1;
	memset(parms->guest_os, 0, sizeof(parms->guest_os));
	if (size != 0)
		memcpy(parms->guest_os, kernel->guest_os.data, size);
	parms->f_supported[0] = kernel->features.supported;
	parms->f_required[0] = kernel->features.required;
	parms->phys_entry = (uint32_t)kernel->entry;
}

/* probe() says no this time. */
static int ask_others(struct xc_dom_image *dom, const struct pvhboot_diag *diag)
{
	dom->private_loader = NULL;
	return xc_dom_parse_image(dom) == 0 ? 0 : refuse(dom, diag);
}

/* Of the map it is known only that it has this RAM, and ACPI tables in or above it. */
static int guest_ready(struct xc_dom_image *dom)
{
	const struct pvhboot_map_entry ram = {
		.size = dom->lowmem_end,
		.type = PVHBOOT_MAP_RAM,
	};
	const struct pvhboot_request request = {
		.map = &ram,
		.n_map = 1,
		.flags = PVHBOOT_REQUEST_BELOW_1MIB,
		.entry = PVHBOOT_ENTRY_PVH,
	};
	struct boot *boot = dom->private_loader;
	enum pvhboot_status status;

	boot->lowest = LOW_MEMORY;
	status = pvhboot_prepare(file(dom), &request, &boot->options, &boot->memory,
				 &boot->prepared, &boot->diag);
	if (pvhboot_status_is_foreign(status))
		return ask_others(dom, &boot->diag);
	if (status != PVHBOOT_OK)
		return refuse(dom, &boot->diag);
	if ((boot->prepared.kernel.features.required & (1u << XENFEAT_dom0)) != 0) {
		errno = EINVAL;
		return fail(dom, "the kernel runs as the control domain only");
	}
	tell_notes(dom, &boot->prepared.kernel);
	boot->hooks = *dom->arch_hooks;
	boot->hooks.bootlate = bootlate;
	boot->hooks.vcpu = vcpu;
	dom->arch_hooks = &boot->hooks;
	return 0;
}

/* ---- All is known --------------------------------------------------------------------------- */

/* As with the other loaders, modules that start like a gzip file are unpacked, but where the
 * toolstack says the address. Such a module is filled by fill_module(). */
static int take_module(struct xc_dom_image *dom, struct boot *boot, size_t i)
{
	const struct xc_dom_module *source = &boot->sources[i];
	struct pvhboot_module *module = &boot->modules[i];
	size_t unpacked = 0;

	if (dom->max_module_size != 0 && source->size > dom->max_module_size) {
		errno = EFBIG;
		return fail(dom, "module");
	}
	module->bytes.data = source->blob;
	module->bytes.size = source->size;
	module->cmdline = pvhboot_text(source->cmdline);
	module->gpa = source->seg.vstart;
	if (module->gpa == 0)
		unpacked = xc_dom_check_gzip(dom->xch, source->blob, source->size);
	if (unpacked == 0 || (dom->max_module_size != 0 && unpacked > dom->max_module_size))
		return 0;
	module->flags = PVHBOOT_MODULE_BY_CALLER;
	if (module->bytes.size < unpacked)
		module->bytes.size = unpacked;
	return 0;
}

static uint32_t map_type(uint32_t e820_type)
{
	return e820_type >= PVHBOOT_MAP_RAM && e820_type <= PVHBOOT_MAP_PMEM ? e820_type :
									       PVHBOOT_MAP_RESERVED;
}

static struct pvhboot_map_entry *take_map(struct xc_dom_image *dom)
{
	struct pvhboot_map_entry *entries;
	size_t i;

	entries = xc_dom_malloc(dom, dom->e820_entries * sizeof(*entries));
	for (i = 0; entries != NULL && i < dom->e820_entries; i++) {
		entries[i].gpa = dom->e820[i].addr;
		entries[i].size = dom->e820[i].size;
		entries[i].type = map_type(dom->e820[i].type);
	}
	return entries;
}

/* Modules and command line are taken from the domain, or libxenguest would place them too. */
static elf_errorstatus load(struct xc_dom_image *dom)
{
	struct boot *boot = dom->private_loader;
	struct pvhboot_request request = {
		.map = take_map(dom),
		.n_map = dom->e820_entries,
		.modules = boot->modules,
		.n_modules = dom->num_modules,
		.cmdline = pvhboot_text(dom->cmdline),
		.rsdp = dom->acpi_modules[0].guest_addr_out,
		.flags = PVHBOOT_REQUEST_BELOW_1MIB,
		.entry = PVHBOOT_ENTRY_PVH,
	};
	size_t i;

	if (request.map == NULL)
		return fail(dom, "memory map");
	for (i = 0; i < dom->num_modules; i++) {
		boot->sources[i] = dom->modules[i];
		if (take_module(dom, boot, i) != 0)
			return -1;
	}
	dom->num_modules = 0;
	dom->cmdline = NULL;
	if (strcmp(dom->parms->guest_os, "linux") == 0)
		request.guests = PVHBOOT_FOR_LINUX;
	if (pvhboot_prepared_replan(&boot->prepared, &request, &boot->diag) != PVHBOOT_OK)
		return refuse(dom, &boot->diag);
	pass_on_warnings(dom, &boot->diag);
	return 0;
}

/* A file that is no gzip file after all is passed on as it is. */
static int fill_module(struct xc_dom_image *dom, const struct xc_dom_module *source,
		       const struct pvhboot_place *place)
{
	uint8_t *start = map(dom, place->gpa, place->size);

	if (start == NULL)
		return fail(dom, "cannot map a module");
	memset(start, 0, place->size);
	if (xc_dom_do_gunzip(dom->xch, source->blob, source->size, start, place->size) != 0) {
		memset(start, 0, place->size);
		memcpy(start, source->blob, source->size);
	}
	unmap(dom, start, place->gpa, place->size);
	return 0;
}

static int bootlate(struct xc_dom_image *dom)
{
	struct boot *boot = dom->private_loader;
	const struct pvhboot_plan *plan = &boot->prepared.plan;
	size_t i;

	boot->lowest = 0;
	if (pvhboot_prepared_commit(&boot->prepared, NULL, &boot->diag) != PVHBOOT_OK)
		return refuse(dom, &boot->diag);
	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind == PVHBOOT_PLACE_MODULE &&
		    (place->flags & PVHBOOT_PLACE_BY_CALLER) != 0 &&
		    fill_module(dom, &boot->sources[place->index], place) != 0)
			return -1;
	}
	if (xc_hvm_param_set(dom->xch, dom->guest_domid, HVM_PARAM_CONSOLE_EVTCHN,
			     dom->console_evtchn) != 0 ||
	    xc_hvm_param_set(dom->xch, dom->guest_domid, HVM_PARAM_STORE_EVTCHN,
			     dom->xenstore_evtchn) != 0)
		return fail(dom, "xc_hvm_param_set");
	return 0;
}

/* Replaces what is in context, which has room for it. */
static int set_context(struct xc_dom_image *dom, uint8_t *context, int size)
{
	const struct boot *boot = dom->private_loader;
	const struct pvhboot_bytes old = { context, (size_t)size };
	const struct pvhboot_buffer room = { context + size,
					     (size_t)size + PVHBOOT_XEN_CONTEXT_MORE };
	struct pvhboot_cpu cpu;
	size_t used;

	if (xc_domain_hvm_getcontext(dom->xch, dom->guest_domid, context, (uint32_t)size) <= 0)
		return fail(dom, "xc_domain_hvm_getcontext");
	pvhboot_plan_cpu(&boot->prepared.plan, &cpu);
	errno = EINVAL;
	if (pvhboot_xen_context(&cpu, old, PVHBOOT_XEN_WRITE_BACK, room, &used) != PVHBOOT_OK)
		return fail(dom, "the context of the vCPUs");
	if (xc_domain_hvm_setcontext(dom->xch, dom->guest_domid, room.data, (uint32_t)used) != 0)
		return fail(dom, "xc_domain_hvm_setcontext");
	return 0;
}

static int vcpu(struct xc_dom_image *dom)
{
	const int size = xc_domain_hvm_getcontext(dom->xch, dom->guest_domid, NULL, 0);
	uint8_t *context;
	int rc;

	if (size <= 0)
		return fail(dom, "xc_domain_hvm_getcontext");
	context = calloc(2, (size_t)size + PVHBOOT_XEN_CONTEXT_MORE);
	if (context == NULL)
		return fail(dom, "the context of the vCPUs");
	rc = set_context(dom, context, size);
	free(context);
	return rc;
}

/* A window into the guest would keep a domain that was given up from going. */
static void release(struct xc_dom_image *dom)
{
	struct boot *boot = dom->private_loader;

	if (boot != NULL)
		pvhboot_prepared_release(&boot->prepared);
}

static struct xc_dom_loader pvhboot_loader = {
	.name = "pvhboot",
	.places_all = true,
	.probe = probe,
	.parser = parse,
	.guest_ready = guest_ready,
	.loader = load,
	.release = release,
};

/* Loaders that come later are asked first, and this file is the last in the Makefile. */
static void __init register_loader(void)
{
	xc_dom_register_loader(&pvhboot_loader);
}
