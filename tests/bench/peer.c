/* SPDX-License-Identifier: MIT */
/*
 * libxenguest, without a hypervisor: its parser unpacks the kernel while it probes
 * it. What follows needs a domain and fails, after the work that is timed.
 */
#include <stdarg.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>

#include <pvhboot/wire/elf.h>

#include "works.h"

/* It tells of its failure: into nothing. */
static void drop_message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
			 const char *context, const char *format, va_list args)
{
	(void)logger, (void)level, (void)errnoval, (void)context, (void)format, (void)args;
}

static void drop_progress(struct xentoollog_logger *logger, const char *context, const char *what,
			  int percent, unsigned long done, unsigned long total)
{
	(void)logger, (void)context, (void)what, (void)percent, (void)done, (void)total;
}

static void copy_segments(const uint8_t *elf, uint8_t *guest)
{
	struct pvhboot_wire_elf64_ehdr ehdr;
	struct pvhboot_wire_elf64_phdr phdr;

	memcpy(&ehdr, elf, sizeof(ehdr));
	for (unsigned int i = 0; i < ehdr.e_phnum; i++) {
		memcpy(&phdr, elf + ehdr.e_phoff + i * sizeof(phdr), sizeof(phdr));
		if (phdr.p_type == PVHBOOT_ELF_PT_LOAD)
			memcpy(guest + phdr.p_paddr, elf + phdr.p_offset, phdr.p_filesz);
	}
}

void run_peer(const struct work *work, struct pvhboot_linux_memory *guest)
{
	struct xentoollog_logger logger = { .vmessage = drop_message, .progress = drop_progress };
	xc_interface *xch = xc_interface_open(&logger, &logger, XC_OPENFLAG_DUMMY);
	struct xc_dom_image *dom = xch != NULL ? xc_dom_allocate(xch, "", NULL) : NULL;

	if (dom == NULL)
		fail(work->name, "libxenguest does not open");
	dom->container_type = XC_DOM_HVM_CONTAINER;
	if (xc_dom_kernel_mem(dom, work->file.data, work->file.size) != 0)
		fail(work->name, "libxenguest does not take the kernel");
	(void)xc_dom_parse_image(dom);
	if (dom->kernel_size < 64 || memcmp(dom->kernel_blob, "\177ELF", 4) != 0)
		fail(work->name, "libxenguest does not unpack the kernel");
	copy_segments(dom->kernel_blob, guest->host);
	xc_dom_release(dom);
	xc_interface_close(xch);
}
