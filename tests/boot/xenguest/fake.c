/* SPDX-License-Identifier: MIT */
/*
 * The functions of libxenctrl that do hypercalls. libxenguest finds these before the real ones, as
 * they are in the program.
 */
#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include "fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/sys/privcmd.h>

#define PAGE 4096u
#define N_PAGES (FAKE_MEMORY / PAGE)
#define NAME "fake-domain"

/* What Xen scrubs pages with where it was built for debugging. */
#define SCRUBBED 0xc2
#define N_SCRUBBED 511u /* in the first extent of 2 MiB */

static struct fake *domain;

bool fake_open(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->file = memfd_create(NAME, 0);
	if (fake->file < 0 || ftruncate(fake->file, (off_t)FAKE_MEMORY) != 0)
		return false;
	fake->view = mmap(NULL, FAKE_MEMORY, PROT_READ, MAP_SHARED, fake->file, 0);
	fake->populated = calloc(N_PAGES, 1);
	return fake->view != MAP_FAILED && fake->populated != NULL;
}

void fake_close(struct fake *fake)
{
	free(fake->populated);
	munmap((void *)(uintptr_t)fake->view, FAKE_MEMORY);
	close(fake->file);
}

void fake_use(struct fake *fake)
{
	domain = fake;
}

size_t fake_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t n = 0;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		n += strstr(line, NAME) != NULL;
	if (maps != NULL)
		fclose(maps);
	return n;
}

static int failed(int error)
{
	errno = error;
	return -1;
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* The first pages, where small guests lie, and the first of each extent: all of them would take
 * longer than the test. */
static bool scrub(xen_pfn_t first, xen_pfn_t n)
{
	const xen_pfn_t end = first < N_SCRUBBED && n > N_SCRUBBED - first ? N_SCRUBBED : first + 1;
	uint8_t page[PAGE];
	xen_pfn_t pfn;

	memset(page, SCRUBBED, sizeof(page));
	for (pfn = first; pfn < end; pfn++)
		if (pwrite(domain->file, page, PAGE, (off_t)(pfn * PAGE)) != PAGE)
			return false;
	return true;
}

int xc_domain_populate_physmap(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
			       unsigned int extent_order, unsigned int mem_flags,
			       xen_pfn_t *extent_start)
{
	const unsigned long pages = 1ul << extent_order;
	unsigned long i;

	(void)xch;
	(void)mem_flags;
	if (domid != FAKE_DOMAIN)
		return failed(ESRCH);
	for (i = 0; i < nr_extents; i++) {
		if (extent_start[i] >= N_PAGES || N_PAGES - extent_start[i] < pages)
			return failed(EINVAL);
		memset(domain->populated + extent_start[i], 1, pages);
		if (!scrub(extent_start[i], pages))
			return failed(ENOMEM);
	}
	return (int)nr_extents;
}

int xc_domain_populate_physmap_exact(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
				     unsigned int extent_order, unsigned int mem_flags,
				     xen_pfn_t *extent_start)
{
	const int done = xc_domain_populate_physmap(xch, domid, nr_extents, extent_order, mem_flags,
						    extent_start);

	return done == (int)nr_extents ? 0 : failed(EBUSY);
}

int xc_domain_claim_pages(xc_interface *xch, uint32_t domid, unsigned long nr_pages)
{
	(void)xch;
	(void)nr_pages;
	return domid == FAKE_DOMAIN ? 0 : failed(ESRCH);
}

int xc_domain_cacheflush(xc_interface *xch, uint32_t domid, xen_pfn_t start_pfn, xen_pfn_t nr_pfns)
{
	(void)xch;
	(void)start_pfn;
	(void)nr_pfns;
	return domid == FAKE_DOMAIN ? 0 : failed(ESRCH);
}

static void *map(uint32_t domid, xen_pfn_t first, size_t n)
{
	void *at;

	if (domid != FAKE_DOMAIN || n == 0 || first >= N_PAGES || N_PAGES - first < n ||
	    memchr(domain->populated + first, 0, n) != NULL) {
		errno = EINVAL;
		return NULL;
	}
	at = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, domain->file,
		  (off_t)(first * PAGE));
	return at == MAP_FAILED ? NULL : at;
}

void *xc_map_foreign_range(xc_interface *xch, uint32_t dom, int size, int prot, unsigned long mfn)
{
	(void)xch;
	(void)prot;
	return map(dom, mfn, ((size_t)size + PAGE - 1) / PAGE);
}

/* Nobody who builds a guest asks for pages that do not follow each other. */
void *xc_map_foreign_pages(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int num)
{
	int i;

	(void)xch;
	(void)prot;
	for (i = 1; i < num; i++)
		if (arr[i] != arr[0] + (xen_pfn_t)i)
			abort();
	return map(dom, arr[0], (size_t)num);
}

/* Declared in a private header of libxenctrl alone. */
void *xc_map_foreign_ranges(xc_interface *xch, uint32_t dom, size_t size, int prot,
			    size_t chunksize, privcmd_mmap_entry_t entries[], int nentries);

void *xc_map_foreign_ranges(xc_interface *xch, uint32_t dom, size_t size, int prot,
			    size_t chunksize, privcmd_mmap_entry_t entries[], int nentries)
{
	int i;

	(void)xch;
	(void)prot;
	for (i = 1; i < nentries; i++)
		if (chunksize != PAGE || entries[i].mfn != entries[0].mfn + (unsigned int)i)
			abort();
	return map(dom, entries[0].mfn, size / PAGE);
}

int xc_clear_domain_pages(xc_interface *xch, uint32_t domid, unsigned long dst_pfn, int num)
{
	void *at = map(domid, dst_pfn, (size_t)num);

	(void)xch;
	if (at == NULL)
		return -1;
	memset(at, 0, (size_t)num * PAGE);
	return munmap(at, (size_t)num * PAGE);
}

/* ---- The rest ------------------------------------------------------------------------------- */

int xc_version(xc_interface *xch, int cmd, void *arg)
{
	static const char capabilities[] = "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64 ";

	(void)xch;
	if (cmd == XENVER_capabilities)
		memcpy(arg, capabilities, sizeof(capabilities));
	return cmd == XENVER_version ? 4 << 16 | 17 : 0;
}

int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid, unsigned int max_doms,
		      xc_dominfo_t *info)
{
	(void)xch;
	if (max_doms == 0)
		return failed(EINVAL);
	memset(info, 0, sizeof(*info));
	info->domid = first_domid;
	return 1;
}

int xc_hvm_param_set(xc_interface *handle, uint32_t dom, uint32_t param, uint64_t value)
{
	(void)handle;
	if (dom != FAKE_DOMAIN || param >= HVM_NR_PARAMS)
		return failed(EINVAL);
	domain->params[param] = value;
	return 0;
}

static uint8_t *put(uint8_t *out, unsigned int code, unsigned int instance, const void *content,
		    size_t size)
{
	const struct hvm_save_descriptor head = {
		.typecode = (uint16_t)code,
		.instance = (uint16_t)instance,
		.length = (uint32_t)size,
	};

	memcpy(out, &head, sizeof(head));
	if (size != 0)
		memcpy(out + sizeof(head), content, size);
	return out + sizeof(head) + size;
}

/* There is no CPU record of a vCPU that was never started. */
int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t domid, uint8_t *ctxt_buf, uint32_t size)
{
	const struct hvm_save_header header = {
		.magic = HVM_FILE_MAGIC,
		.version = HVM_FILE_VERSION,
		.cpuid = 0x5a,
	};
	uint8_t context[4096];
	uint8_t *end = context;
	unsigned int i;

	(void)xch;
	if (domid != FAKE_DOMAIN)
		return failed(ESRCH);
	end = put(end, HVM_SAVE_CODE(HEADER), 0, &header, sizeof(header));
	for (i = 0; i < FAKE_VCPUS; i++)
		end = put(end, HVM_SAVE_CODE(MTRR), i, &domain->mtrr[i], sizeof(domain->mtrr[i]));
	end = put(end, HVM_SAVE_CODE(END), 0, NULL, 0);
	if (ctxt_buf != NULL && size < (size_t)(end - context))
		return failed(ENOSPC);
	if (ctxt_buf != NULL)
		memcpy(ctxt_buf, context, (size_t)(end - context));
	return (int)(end - context);
}

int xc_domain_hvm_setcontext(xc_interface *xch, uint32_t domid, uint8_t *hvm_ctxt, uint32_t size)
{
	struct hvm_save_descriptor head;
	uint32_t at = 0;

	(void)xch;
	if (domid != FAKE_DOMAIN)
		return failed(ESRCH);
	for (;; at += (uint32_t)sizeof(head) + head.length) {
		if (size - at < sizeof(head))
			return failed(ENODATA);
		memcpy(&head, hvm_ctxt + at, sizeof(head));
		if (head.length > size - at - sizeof(head))
			return failed(ENODATA);
		if (head.typecode == HVM_SAVE_CODE(END))
			return 0;
		if (head.typecode == HVM_SAVE_CODE(CPU) && head.instance == 0 &&
		    head.length == sizeof(domain->cpu))
			memcpy(&domain->cpu, hvm_ctxt + at + sizeof(head), head.length);
		if (head.typecode == HVM_SAVE_CODE(MTRR) && head.instance < FAKE_VCPUS &&
		    head.length == sizeof(domain->mtrr[0]))
			memcpy(&domain->mtrr[head.instance], hvm_ctxt + at + sizeof(head),
			       head.length);
	}
}
