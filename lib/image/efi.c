/* SPDX-License-Identifier: MIT */
/* Which files have the EFI entry. Their sections are for the environment in the guest to check. */

#include <pvhboot/image.h>

#include <pvhboot/wire/pe.h>

#include "../base/diag.h"
#include "foreign.h"
#include "pe.h"

static enum pvhboot_status refuse(struct pvhboot_diag *diag, uint64_t found, uint64_t bound,
				  const char *rule)
{
	return pvhb_fail(diag, PVHBOOT_UNSUPPORTED,
			 pvhb_at(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER), found, bound, rule);
}

static enum pvhboot_status refuse_machine(struct pvhboot_diag *diag, uint16_t machine)
{
	const char *name =
		machine == PVHBOOT_PE_MACHINE_I386 ? "i386" : pvhb_pe_foreign_machine(machine);

	(void)refuse(diag, machine, PVHBOOT_PE_MACHINE_X86_64, "a PE file for x86-64");
	if (name != NULL) {
		pvhb_detail_text(diag, "it is for ");
		pvhb_detail_text(diag, name);
	}
	return PVHBOOT_UNSUPPORTED;
}

enum pvhboot_status pvhboot_efi_check(struct pvhboot_bytes file, struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, 0);
	enum pvhboot_status status;
	struct pvhb_pe pe;

	if (file.data == NULL && file.size != 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "file.data that is not NULL with a size");
	if (!pvhb_pe_is(file))
		return pvhb_fail_plain(diag, PVHBOOT_FORMAT, at, "a PE file");
	status = pvhb_pe_open(file, &pe, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (pe.machine != PVHBOOT_PE_MACHINE_X86_64)
		return refuse_machine(diag, pe.machine);
	if (pe.magic != PVHBOOT_PE_PE32_PLUS)
		return refuse(diag, pe.magic, PVHBOOT_PE_PE32_PLUS, "a PE file of 64 bits (PE32+)");
	if (pe.subsystem != PVHBOOT_PE_EFI_APPLICATION)
		return refuse(diag, pe.subsystem, PVHBOOT_PE_EFI_APPLICATION,
			      "a PE file whose subsystem is that of EFI applications");
	return PVHBOOT_OK;
}
