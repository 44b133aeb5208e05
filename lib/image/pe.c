/* SPDX-License-Identifier: MIT */
/* Source: Microsoft PE Format. */

#include "pe.h"

#include <pvhboot/wire/pe.h>

#include "../base/diag.h"
#include "../base/span.h"

/* The offset of the COFF header, behind the signature. */
static bool find_coff(struct pvhboot_bytes file, uint64_t *offset)
{
	uint64_t at;

	if (file.size < PVHBOOT_PE_DOS_SIZE || !pvhb_equal(pvhb_slice(file, 0, 2), "MZ", 2))
		return false;
	at = pvhb_load32(file, PVHBOOT_PE_DOS_LFANEW);
	if (!pvhb_within(file.size, at, PVHBOOT_PE_SIGNATURE_SIZE) ||
	    !pvhb_equal(pvhb_slice(file, at, PVHBOOT_PE_SIGNATURE_SIZE), "PE\0",
			PVHBOOT_PE_SIGNATURE_SIZE))
		return false;
	*offset = at + PVHBOOT_PE_SIGNATURE_SIZE;
	return true;
}

bool pvhb_pe_is(struct pvhboot_bytes file)
{
	uint64_t coff;

	return find_coff(file, &coff);
}

enum pvhboot_status pvhb_pe_open(struct pvhboot_bytes file, struct pvhb_pe *out,
				 struct pvhboot_diag *diag)
{
	struct pvhb_at at;
	uint64_t coff = 0, optional, table_size;
	uint16_t optional_size;

	(void)find_coff(file, &coff);
	at = pvhb_in_bytes(pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, coff));
	if (!pvhb_within(file.size, coff, PVHBOOT_PE_COFF_SIZE))
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, file.size - pvhb_min(coff, file.size),
				 PVHBOOT_PE_COFF_SIZE,
				 "bytes behind the PE signature >= size of the COFF header");
	*out = (struct pvhb_pe){ .file = file };
	out->machine = pvhb_load16(file, coff + offsetof(struct pvhboot_wire_pe_coff, machine));
	out->n_sections =
		pvhb_load16(file, coff + offsetof(struct pvhboot_wire_pe_coff, number_of_sections));
	optional_size = pvhb_load16(
		file, coff + offsetof(struct pvhboot_wire_pe_coff, size_of_optional_header));
	optional = coff + PVHBOOT_PE_COFF_SIZE;
	out->table = optional + optional_size;
	table_size = (uint64_t)out->n_sections * PVHBOOT_PE_SECTION_SIZE;
	if (!pvhb_within(file.size, out->table, table_size))
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, out->table + table_size, file.size,
				 "end of the section table <= file size");
	if (optional_size >= 2) /* before the table, so in the file */
		out->magic = pvhb_load16(file, optional);
	if (optional_size >= PVHBOOT_PE_SUBSYSTEM + 2)
		out->subsystem = pvhb_load16(file, optional + PVHBOOT_PE_SUBSYSTEM);
	return PVHBOOT_OK;
}

uint64_t pvhb_pe_header(const struct pvhb_pe *pe, uint32_t i)
{
	return pe->table + (uint64_t)i * PVHBOOT_PE_SECTION_SIZE;
}

bool pvhb_pe_is_named(const struct pvhb_pe *pe, uint32_t i, const char name[PVHB_PE_NAME_SIZE])
{
	struct pvhboot_bytes field = pvhb_slice(pe->file, pvhb_pe_header(pe, i), PVHB_PE_NAME_SIZE);

	return pvhb_equal(field, name, PVHB_PE_NAME_SIZE);
}

/* The size in memory is the exact one; that in the file is rounded up to the file's
 * alignment. */
bool pvhb_pe_section(const struct pvhb_pe *pe, uint32_t i, struct pvhb_pe_span *out)
{
	uint64_t header = pvhb_pe_header(pe, i);
	uint32_t in_memory = pvhb_load32(
		pe->file, header + offsetof(struct pvhboot_wire_pe_section, virtual_size));
	uint32_t in_file = pvhb_load32(
		pe->file, header + offsetof(struct pvhboot_wire_pe_section, size_of_raw_data));

	out->size = pvhb_min(in_memory, in_file);
	out->offset = pvhb_load32(
		pe->file, header + offsetof(struct pvhboot_wire_pe_section, pointer_to_raw_data));
	out->offset = pvhb_min(out->offset, pe->file.size);
	return pvhb_within(pe->file.size, out->offset, out->size);
}
