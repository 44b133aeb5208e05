/* SPDX-License-Identifier: MIT */
/*
 * The boot header of Linux, and what stands in for it where there is none.
 * Source: Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 */

#include "linux.h"

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/bzimage.h>
#include <pvhboot/wire/elf.h>

#include "../base/span.h"
#include "relocs.h"
#include "segment.h"

#define ALIGN_64 0x200000u /* least CONFIG_PHYSICAL_ALIGN of x86-64; most builds have it */
#define DEFAULT_INITRD_MAX 0x7fffffffu
#define DEFAULT_CMDLINE_SIZE 2047u /* COMMAND_LINE_SIZE less the NUL */

static struct pvhb_at at_field(uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, offset);
}

bool pvhb_linux_is_64(const struct pvhb_reading *r)
{
	return r->is_linux && r->elf.machine == PVHBOOT_ELF_EM_X86_64 && r->elf.elf_class == 64;
}

/* Where the header ends, which the jump in front of it says. Fields up to `least` are needed. */
static enum pvhboot_status find_header(struct pvhboot_bytes bzimage, uint64_t least,
				       struct pvhboot_bytes *header, struct pvhboot_diag *diag)
{
	uint64_t end = PVHBOOT_BOOT_PARAMS_MAGIC +
		       (uint64_t)pvhb_load8(bzimage, PVHBOOT_BOOT_PARAMS_JUMP_OFFSET);
	struct pvhb_at at = at_field(PVHBOOT_BOOT_PARAMS_JUMP_OFFSET);

	if (end < least)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, end, least,
				 "a header that ends behind the fields that are needed");
	if (end > PVHBOOT_BOOT_PARAMS_HEADER_MAX_END)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, end,
				 PVHBOOT_BOOT_PARAMS_HEADER_MAX_END,
				 "a header that ends in the room that boot_params have for it");
	if (end > bzimage.size)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at_field(bzimage.size)),
				 bzimage.size, end, "file size >= end of the bzImage header");
	*header = pvhb_slice(bzimage, PVHBOOT_BOOT_PARAMS_HEADER, end - PVHBOOT_BOOT_PARAMS_HEADER);
	return PVHBOOT_OK;
}

/* What must hold before fields are read: all of this is in the first 0x250 bytes. */
static enum pvhboot_status check_kind(struct pvhboot_bytes bzimage, bool as_it_is,
				      struct pvhboot_linux *out, struct pvhboot_diag *diag)
{
	uint8_t loadflags;

	if (bzimage.size < PVHBOOT_BZIMAGE_END_2_08)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at_field(bzimage.size)),
				 bzimage.size, PVHBOOT_BZIMAGE_END_2_08,
				 "file size >= end of the bzImage header");
	if (pvhb_load32(bzimage, PVHBOOT_BOOT_PARAMS_MAGIC) != PVHBOOT_BOOT_PARAMS_HDRS)
		return pvhb_fail_plain(diag, PVHBOOT_FORMAT, at_field(PVHBOOT_BOOT_PARAMS_MAGIC),
				       "\"HdrS\", the magic of a bzImage");
	out->protocol = pvhb_load16(bzimage, PVHBOOT_BOOT_PARAMS_VERSION);
	if (as_it_is && out->protocol < 0x20a)
		return pvhb_fail(diag, PVHBOOT_UNSUPPORTED, at_field(PVHBOOT_BOOT_PARAMS_VERSION),
				 out->protocol, 0x20a,
				 "boot protocol >= 2.10, the first with init_size");
	loadflags = pvhb_load8(bzimage, PVHBOOT_BOOT_PARAMS_LOADFLAGS);
	if ((loadflags & PVHBOOT_LOADFLAGS_LOADED_HIGH) == 0)
		return pvhb_fail(diag, PVHBOOT_UNSUPPORTED, at_field(PVHBOOT_BOOT_PARAMS_LOADFLAGS),
				 loadflags, PVHBOOT_LOADFLAGS_LOADED_HIGH,
				 "a kernel that is loaded high, LOADED_HIGH in loadflags");
	return PVHBOOT_OK;
}

static void load_fields(struct pvhboot_bytes bzimage, struct pvhboot_linux *out)
{
	uint64_t end = PVHBOOT_BOOT_PARAMS_HEADER + (uint64_t)out->header.size;

	out->initrd_max = pvhb_load32(bzimage, PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX);
	out->align = pvhb_load32(bzimage, PVHBOOT_BOOT_PARAMS_KERNEL_ALIGNMENT);
	out->relocatable = pvhb_load8(bzimage, PVHBOOT_BOOT_PARAMS_RELOCATABLE) != 0;
	out->cmdline_size = pvhb_load32(bzimage, PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE);
	if (out->protocol >= 0x20c)
		out->xloadflags = pvhb_load16(bzimage, PVHBOOT_BOOT_PARAMS_XLOADFLAGS);
	if (out->protocol < 0x20a || end < PVHBOOT_BZIMAGE_END_2_10)
		return;
	out->pref_address = pvhb_load64(bzimage, PVHBOOT_BOOT_PARAMS_PREF_ADDRESS);
	out->init_size = pvhb_load32(bzimage, PVHBOOT_BOOT_PARAMS_INIT_SIZE);
}

/* Fields that can be replaced, where they make no sense. */
static enum pvhboot_status mend_fields(bool as_it_is, struct pvhboot_linux *boot,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = at_field(PVHBOOT_BOOT_PARAMS_KERNEL_ALIGNMENT);
	uint64_t power = pvhb_max(boot->align & (0 - boot->align), 1);

	if (boot->align != power && as_it_is)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, boot->align, power,
				 "a power of two as kernel_alignment");
	if (boot->align != power) {
		pvhb_warn(diag, at, boot->align, power,
			  "a power of two as kernel_alignment; 2 MiB is used");
		boot->align = ALIGN_64;
	}
	if (boot->initrd_max == 0) {
		pvhb_warn_plain(diag, at_field(PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX),
				"initrd_addr_max above 0; 0x7fffffff is used");
		boot->initrd_max = DEFAULT_INITRD_MAX;
	}
	if (boot->cmdline_size == 0) {
		pvhb_warn_plain(diag, at_field(PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE),
				"cmdline_size above 0; 2047 is used");
		boot->cmdline_size = DEFAULT_CMDLINE_SIZE;
	}
	return PVHBOOT_OK;
}

/* Of the ELF image that was unpacked from a bzImage, or of a bzImage as it is. */
static enum pvhboot_status read_header(struct pvhboot_bytes bzimage, bool as_it_is,
				       struct pvhboot_linux *out, struct pvhboot_diag *diag)
{
	uint64_t least = as_it_is ? PVHBOOT_BZIMAGE_END_2_10 : PVHBOOT_BZIMAGE_END_2_08;
	enum pvhboot_status status = check_kind(bzimage, as_it_is, out, diag);

	if (status == PVHBOOT_OK)
		status = find_header(bzimage, least, &out->header, diag);
	if (status != PVHBOOT_OK)
		return status;
	load_fields(bzimage, out);
	/* init_size is below 4 GiB */
	if (out->pref_address > PVHB_4GIB - out->init_size)
		return pvhb_fail(diag, PVHBOOT_RANGE, at_field(PVHBOOT_BOOT_PARAMS_PREF_ADDRESS),
				 out->pref_address, PVHB_4GIB - out->init_size,
				 "pref_address <= 4 GiB - init_size");
	return mend_fields(as_it_is, out, diag);
}

/* Where a bzImage is placed as it is. */
static enum pvhboot_status check_place(const struct pvhboot_linux *boot, struct pvhboot_diag *diag)
{
	struct pvhb_at at = at_field(PVHBOOT_BOOT_PARAMS_PREF_ADDRESS);

	if (boot->pref_address < PVHB_1MIB)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, boot->pref_address, PVHB_1MIB,
				 "pref_address >= 1 MiB of a kernel that is loaded high");
	if ((boot->pref_address & (boot->align - 1)) != 0)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, boot->pref_address, boot->align,
				 "pref_address a multiple of kernel_alignment");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_linux_read_bzimage(struct pvhboot_kernel *kernel,
					    struct pvhboot_diag *diag)
{
	struct pvhboot_linux *boot = &kernel->linux_boot;
	enum pvhboot_status status = read_header(kernel->elf, true, boot, diag);
	bool is_64 = (boot->xloadflags & PVHBOOT_XLOADFLAGS_KERNEL_64) != 0;
	uint8_t setup_sects;
	uint64_t code;

	if (status == PVHBOOT_OK)
		status = check_place(boot, diag);
	if (status != PVHBOOT_OK)
		return status;
	setup_sects = pvhb_load8(kernel->elf, PVHBOOT_BZIMAGE_SETUP_SECTS);
	code = PVHBOOT_BZIMAGE_CODE((uint64_t)setup_sects);
	if (code >= kernel->elf.size)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED,
				 pvhb_in_bytes(at_field(PVHBOOT_BZIMAGE_SETUP_SECTS)), code,
				 kernel->elf.size, "start of the protected-mode code < file size");
	if (boot->init_size < kernel->elf.size - code)
		return pvhb_fail(diag, PVHBOOT_MALFORMED,
				 pvhb_in_bytes(at_field(PVHBOOT_BOOT_PARAMS_INIT_SIZE)),
				 boot->init_size, kernel->elf.size - code,
				 "init_size >= size of the protected-mode code");
	if (is_64 && boot->init_size <= PVHBOOT_BZIMAGE_ENTRY_64)
		return pvhb_fail(diag, PVHBOOT_RANGE,
				 pvhb_in_bytes(at_field(PVHBOOT_BOOT_PARAMS_INIT_SIZE)),
				 boot->init_size, PVHBOOT_BZIMAGE_ENTRY_64,
				 "init_size > offset of the 64-bit entry");
	boot->entry = boot->pref_address;
	kernel->start = boot->pref_address;
	kernel->end = boot->pref_address + boot->init_size;
	kernel->entries = PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_BZIMAGE32);
	kernel->machine = PVHBOOT_ELF_EM_386;
	if (is_64) {
		kernel->entries |= PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_BZIMAGE64);
		kernel->machine = PVHBOOT_ELF_EM_X86_64;
	}
	kernel->n_segments = 1;
	kernel->tables.phnum = 1;
	kernel->tables.phoff = code;
	return PVHBOOT_OK;
}

/* A kernel that brought no header: what all of its kind can do. */
static void assume_header(struct pvhb_reading *r)
{
	struct pvhboot_linux *boot = &r->kernel->linux_boot;

	boot->align = ALIGN_64;
	boot->initrd_max = DEFAULT_INITRD_MAX;
	boot->cmdline_size = DEFAULT_CMDLINE_SIZE;
	if (!pvhb_linux_is_64(r))
		return;
	boot->xloadflags = PVHBOOT_XLOADFLAGS_KERNEL_64 | PVHBOOT_XLOADFLAGS_ABOVE_4G;
	boot->relocatable = 1; /* arch/x86/kernel/head64.c finds out where it runs, always */
}

/* e_entry of Linux is a physical address. Where no segment holds that, it is a virtual one, as
 * most linkers write it. */
static uint64_t translate_entry(const struct pvhb_reading *r)
{
	uint64_t entry = r->elf.entry, translated = entry;
	uint32_t i;

	//@ loop assigns i, translated;
	for (i = 0; i < r->elf.tables.phnum; i++) {
		struct pvhb_elf_phdr phdr;

		pvhb_elf_load_phdr(r->reader, &r->elf, i, &phdr);
		if (!pvhb_segment_is_loadable(&phdr))
			continue;
		/* an address below the segment wraps to one far behind it */
		if (entry - phdr.paddr < phdr.memsz)
			return entry;
		if (entry - phdr.vaddr < phdr.memsz)
			translated = phdr.paddr + (entry - phdr.vaddr);
	}
	return translated;
}

static enum pvhboot_status read_beside(struct pvhb_reading *r)
{
	return read_header(r->bzimage, false, &r->kernel->linux_boot, r->diag);
}

static enum pvhboot_status fill_in(struct pvhb_reading *r)
{
	if (r->bzimage.size != 0)
		return read_beside(r);
	assume_header(r);
	return PVHBOOT_OK;
}

static void raise_align(struct pvhb_reading *r)
{
	struct pvhboot_linux *boot = &r->kernel->linux_boot;

	pvhb_warn(r->diag, at_field(PVHBOOT_BOOT_PARAMS_KERNEL_ALIGNMENT), boot->align, ALIGN_64,
		  "kernel_alignment >= 2 MiB of a 64-bit kernel; 2 MiB is used");
	boot->align = ALIGN_64;
}

/* What the kernel itself says more of. */
static void fit_to_kernel(struct pvhb_reading *r)
{
	struct pvhboot_kernel *kernel = r->kernel;
	struct pvhboot_linux *boot = &kernel->linux_boot;

	if (pvhb_linux_is_64(r) && boot->align < ALIGN_64)
		raise_align(r);
	if (boot->init_size == 0) { /* nor does a header of a protocol before 2.10 say it */
		boot->pref_address = kernel->start;
		boot->init_size = kernel->end - kernel->start;
	}
}

static void find_relocs(struct pvhb_reading *r)
{
	pvhb_relocs_find(r->reader, &r->elf, &r->kernel->linux_boot.relocs, r->diag);
}

static void read_entry(struct pvhb_reading *r)
{
	r->kernel->linux_boot.entry = translate_entry(r);
	r->kernel->entries |= PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_LINUX64);
}

enum pvhboot_status pvhb_linux_read_elf(struct pvhb_reading *r)
{
	enum pvhboot_status status = fill_in(r);

	if (status != PVHBOOT_OK)
		return status;
	fit_to_kernel(r);
	find_relocs(r);
	if (pvhb_linux_is_64(r))
		read_entry(r);
	return PVHBOOT_OK;
}
