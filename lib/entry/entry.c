/* SPDX-License-Identifier: MIT */
/* Which entry a kernel is entered by, and what each asks of the planner. */

#include "entry.h"

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/elf.h>

#include "../base/span.h"

bool pvhb_entry_is_linux(enum pvhboot_entry_kind kind)
{
	return kind >= PVHBOOT_ENTRY_LINUX64 && kind <= PVHBOOT_ENTRY_BZIMAGE32;
}

bool pvhb_entry_is_64bit(enum pvhboot_entry_kind kind)
{
	return kind == PVHBOOT_ENTRY_LINUX64 || kind == PVHBOOT_ENTRY_BZIMAGE64;
}

static bool has(const struct pvhboot_kernel *kernel, enum pvhboot_entry_kind kind)
{
	return (kernel->entries & PVHBOOT_ENTRY_BIT(kind)) != 0;
}

/* The first that the kernel has. A virtual address that is random is to be had by LINUX64 alone. */
static enum pvhboot_entry_kind best_of(const struct pvhboot_request *request)
{
	enum pvhboot_entry_kind kind = PVHBOOT_ENTRY_PVH;

	/* control domains are PVH guests */
	if ((request->flags & PVHB_FOR_PVH_ALONE) != 0)
		return kind;
	if ((request->flags & PVHBOOT_REQUEST_KASLR) != 0 &&
	    has(request->kernel, PVHBOOT_ENTRY_LINUX64))
		return PVHBOOT_ENTRY_LINUX64;
	while (kind < PVHBOOT_ENTRY_BZIMAGE32 && !has(request->kernel, kind))
		kind = (enum pvhboot_entry_kind)(kind + 1);
	return kind;
}

static enum pvhboot_status refuse(const struct pvhboot_request *request,
				  enum pvhboot_entry_kind kind, struct pvhboot_diag *diag)
{
	const char *separator = "the kernel's entries: ";
	int other;

	(void)pvhb_fail_plain(diag, PVHBOOT_NOTPVH,
			      pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL),
			      "a kernel that has the entry asked for");
	if (request->entry != PVHBOOT_ENTRY_AUTO) {
		pvhb_detail_text(diag, pvhboot_entry_name(kind));
		pvhb_detail_text(diag, " is asked for; ");
	} else if ((request->flags & PVHB_FOR_PVH_ALONE) != 0) {
		pvhb_detail_text(diag, "AUTO takes pvh alone with DOM0 or VERSION_0; ");
	} else {
		pvhb_detail_text(diag, "AUTO takes none that it has; ");
	}
	for (other = PVHBOOT_ENTRY_PVH; other <= PVHBOOT_ENTRY_EFI; other++) {
		if (!has(request->kernel, (enum pvhboot_entry_kind)other))
			continue;
		pvhb_detail_text(diag, separator);
		pvhb_detail_text(diag, pvhboot_entry_name((enum pvhboot_entry_kind)other));
		separator = ", ";
	}
	return PVHBOOT_NOTPVH;
}

/* An i386 kernel with relocations runs where it lies. Its note may allow addresses that Linux does
 * not have for it: those above KERNEL_IMAGE_SIZE, or between the steps of its boot header. */
static struct pvhboot_reloc reloc_of_note(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_reloc reloc = kernel->reloc;

	if (kernel->machine != PVHBOOT_ELF_EM_386 || kernel->linux_boot.relocs.n_32 == 0)
		return reloc;
	reloc.align = pvhb_max(reloc.align, kernel->linux_boot.align);
	reloc.max = pvhb_min(reloc.max, PVHB_KERNEL_MAX_32 - 1);
	return reloc;
}

/* Of a kernel, or of the environment that is the kernel by EFI. */
static struct pvhb_entry by_pvh(const struct pvhboot_kernel *kernel, enum pvhboot_entry_kind kind)
{
	return (struct pvhb_entry){
		.kind = kind,
		.gpa = kernel->entry,
		.reloc = reloc_of_note(kernel),
		.is_relocatable = kernel->relocatable,
		.modules_ceiling = UINT64_MAX,
	};
}

static struct pvhb_entry by_linux(const struct pvhboot_kernel *kernel, enum pvhboot_entry_kind kind)
{
	const struct pvhboot_linux *boot = &kernel->linux_boot;
	bool is_high = (boot->xloadflags & PVHBOOT_XLOADFLAGS_ABOVE_4G) != 0;

	return (struct pvhb_entry){
		.kind = kind,
		.gpa = boot->entry +
		       (kind == PVHBOOT_ENTRY_BZIMAGE64 ? PVHBOOT_BZIMAGE_ENTRY_64 : 0),
		/* a kernel that is loaded high has nothing below 1 MiB */
		.reloc = { boot->align, PVHB_1MIB, PVHB_4GIB - 1 },
		.is_relocatable = boot->relocatable,
		.modules_ceiling = is_high ? UINT64_MAX : boot->initrd_max + 1,
	};
}

enum pvhboot_status pvhb_entry_choose(const struct pvhboot_request *request, struct pvhb_entry *out,
				      struct pvhboot_diag *diag)
{
	enum pvhboot_entry_kind kind = (enum pvhboot_entry_kind)request->entry;

	if (kind == PVHBOOT_ENTRY_AUTO)
		kind = best_of(request);
	if (!has(request->kernel, kind))
		return refuse(request, kind, diag);
	if (kind != PVHBOOT_ENTRY_PVH && (request->flags & PVHB_FOR_PVH_ALONE) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL,
				 pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE),
				 request->flags & PVHB_FOR_PVH_ALONE, 0,
				 "flags DOM0 and VERSION_0 with the PVH entry alone");
	*out = pvhb_entry_is_linux(kind) ? by_linux(request->kernel, kind) :
					   by_pvh(request->kernel, kind);
	return PVHBOOT_OK;
}

bool pvhb_block_lay_out(const struct pvhboot_request *request, enum pvhboot_entry_kind kind,
			size_t n_map, struct pvhb_block *out)
{
	*out = (struct pvhb_block){ .size = 0 };
	if (pvhb_entry_is_linux(kind))
		return pvhb_boot_params_lay_out(request, pvhb_entry_is_64bit(kind), n_map,
						&out->boot_params, &out->size);
	if (!pvhb_info_lay_out(request, n_map, &out->info))
		return false;
	out->size = out->info.size;
	return true;
}

void pvhb_block_write(const struct pvhb_block *layout, const struct pvhb_block_parts *parts,
		      uint8_t *block)
{
	if (pvhb_entry_is_linux(parts->entry->kind))
		pvhb_boot_params_write(&layout->boot_params, parts, block);
	else
		pvhb_info_write(&layout->info, parts->request, parts->map, parts->modules_at,
				parts->rsdp, parts->gpa, block);
}
