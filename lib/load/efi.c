/* SPDX-License-Identifier: MIT */
/* A request of the EFI entry, made one of the environment's. */

#include "efi.h"

#include <pvhboot/efi.h>

#include "../base/buffer.h"
#include "../base/span.h"
#include "../image/pe.h"
#include "../plan/request.h"

#define ENTRIES PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_EFI)

static struct pvhb_at at_boot(void)
{
	return pvhb_at(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_NONE);
}

bool pvhb_efi_is_wanted(struct pvhboot_bytes file, const struct pvhboot_request *request)
{
	return request->entry == PVHBOOT_ENTRY_EFI && file.data != NULL && pvhb_pe_is(file);
}

enum pvhboot_status pvhb_efi_open(struct pvhboot_bytes file, const struct pvhboot_request *request,
				  const struct pvhboot_options *options,
				  struct pvhboot_kernel *environment, struct pvhboot_diag *diag)
{
	enum pvhboot_status status = pvhboot_efi_check(file, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (options->profile != 0 || options->profile_id.size != 0 ||
	    (options->flags & PVHBOOT_OPTION_NO_UKI) != 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(),
				       "neither a profile nor NO_UKI with the EFI entry; begin the "
				       "command line with @1 for profile 1");
	/* what is wrong with it says nothing of the file, which may do for another loader */
	if (pvhboot_kernel_open(request->efi, 0, environment, NULL) != PVHBOOT_OK)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(),
				       "an EFI environment in request.efi; libpvhboot-efi has one, "
				       "which is the file pvhboot-efi.elf");
	environment->entries = ENTRIES;
	return PVHBOOT_OK;
}

bool pvhb_efi_is_environment(const struct pvhboot_kernel *kernel)
{
	return kernel->entries == ENTRIES;
}

/* What the guest would say on its console alone. */
static enum pvhboot_status check_limits(const struct pvhboot_request *request,
					struct pvhboot_diag *diag)
{
	struct pvhb_at in_count = pvhb_needing(pvhb_in_count(at_boot()));

	if (request->n_modules > PVHBOOT_EFI_MAX_INITRDS)
		return pvhb_fail(diag, PVHBOOT_LIMIT, in_count, request->n_modules,
				 PVHBOOT_EFI_MAX_INITRDS,
				 "at most 16 initrds with the EFI entry; put some into one file, "
				 "each at a multiple of 4 bytes");
	if (request->n_map > PVHBOOT_EFI_MAX_MAP)
		return pvhb_fail(diag, PVHBOOT_LIMIT, in_count, request->n_map, PVHBOOT_EFI_MAX_MAP,
				 "a memory map of at most 128 entries with the EFI entry");
	if (request->cmdline.size > PVHBOOT_EFI_MAX_CMDLINE)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_needing(pvhb_in_bytes(at_boot())),
				 request->cmdline.size, PVHBOOT_EFI_MAX_CMDLINE,
				 "a command line of at most 64 KiB with the EFI entry");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_efi_compose(struct pvhboot_bytes file, struct pvhboot_request *request,
				     const struct pvhboot_allocator *allocator,
				     struct pvhboot_buffer *modules, struct pvhboot_diag *diag)
{
	/* the list is copied here, and what is in it is for the planner to check */
	enum pvhboot_status status = pvhb_request_check_arrays(request, diag);
	struct pvhboot_module *list;
	size_t size;

	*modules = (struct pvhboot_buffer){ NULL, 0 };
	if (status == PVHBOOT_OK)
		status = check_limits(request, diag);
	if (status != PVHBOOT_OK)
		return status;
	size = (request->n_modules + 1) * sizeof(*list);
	status = pvhb_buffer_alloc(allocator, size, at_boot(), modules, diag);
	if (modules->data == NULL)
		return status;
	list = (struct pvhboot_module *)(void *)modules->data;
	list[0] = (struct pvhboot_module){ .bytes = file };
	if (request->n_modules != 0)
		memcpy(list + 1, request->modules, size - sizeof(*list));
	request->modules = list;
	request->n_modules++;
	request->flags &= ~PVHBOOT_REQUEST_JOIN; /* the environment joins initrds, not the file */
	return PVHBOOT_OK;
}
