/* SPDX-License-Identifier: MIT */
/*
 * Unified kernel images: PE files whose sections carry a kernel and what goes
 * with it. The stub in front of them, for EFI firmware, is of no interest here.
 * Source: UAPI Group Specifications, "Unified Kernel Image"; Microsoft PE Format.
 */

#include "uki.h"

#include <pvhboot/wire/pe.h>

#include "../base/diag.h"
#include "../base/span.h"

static struct pvhb_at at_section(uint32_t index, uint64_t offset)
{
	return pvhb_at_element(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_SECTION, index, offset);
}

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

/* The section table, checked against the file. */
static enum pvhboot_status find_table(struct pvhboot_bytes file, uint64_t *offset, uint32_t *n,
				      struct pvhboot_diag *diag)
{
	struct pvhb_at at;
	uint64_t coff = 0;

	(void)find_coff(file, &coff); /* pvhb_pe_is() was true */
	at = pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, coff);
	if (!pvhb_within(file.size, coff, PVHBOOT_PE_COFF_SIZE))
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, file.size - coff,
				 PVHBOOT_PE_COFF_SIZE, "the COFF header lies in the file");
	*n = pvhb_load16(file, coff + offsetof(struct pvhboot_wire_pe_coff, number_of_sections));
	*offset = coff + PVHBOOT_PE_COFF_SIZE +
		  pvhb_load16(file, coff + offsetof(struct pvhboot_wire_pe_coff,
						    size_of_optional_header));
	if (!pvhb_within(file.size, *offset, (uint64_t)*n * PVHBOOT_PE_SECTION_SIZE))
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, *offset, file.size,
				 "the section table lies in the file");
	return PVHBOOT_OK;
}

/* A section's bytes in the file. The size in memory is the exact one; that in the
 * file is rounded up to the file's alignment. */
static enum pvhboot_status read_section(struct pvhboot_bytes file, uint64_t header, uint32_t index,
					uint64_t *offset, uint64_t *size, struct pvhboot_diag *diag)
{
	uint32_t in_memory =
		pvhb_load32(file, header + offsetof(struct pvhboot_wire_pe_section, virtual_size));
	uint32_t in_file = pvhb_load32(
		file, header + offsetof(struct pvhboot_wire_pe_section, size_of_raw_data));

	*offset = pvhb_load32(
		file, header + offsetof(struct pvhboot_wire_pe_section, pointer_to_raw_data));
	*size = pvhb_min(in_memory, in_file);
	if (!pvhb_within(file.size, *offset, *size))
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at_section(index, header), *size,
				 file.size - pvhb_min(*offset, file.size),
				 "a section lies in the file");
	return PVHBOOT_OK;
}

/* What the sections are for. */
enum section { KERNEL, INITRD, CMDLINE, OSREL, UNAME, N_SECTIONS };

/* Padded to the size of the field. */
static const char names[N_SECTIONS][9] = { ".linux\0", ".initrd\0", ".cmdline", ".osrel\0",
					   ".uname\0" };

struct span {
	bool there;
	uint64_t offset; /* in the file */
	uint64_t size;
};

static enum section section_of(struct pvhboot_bytes name)
{
	unsigned i;

	for (i = 0; i < N_SECTIONS; i++) {
		if (pvhb_equal(name, names[i], 8))
			break;
	}
	return (enum section)i;
}

static struct pvhboot_bytes bytes_of(struct pvhboot_bytes file, struct span span)
{
	return span.there ? pvhb_slice(file, span.offset, span.size) :
			    (struct pvhboot_bytes){ NULL, 0 };
}

/* Tools end the command line in a line feed, a NUL, both, or nothing. */
static struct pvhboot_bytes without_end(struct pvhboot_bytes line)
{
	while (line.size != 0 &&
	       (pvhb_load8(line, line.size - 1) == '\n' || pvhb_load8(line, line.size - 1) == '\0'))
		line.size--;
	return line;
}

enum pvhboot_status pvhb_pe_probe(struct pvhboot_bytes file, uint64_t *offset, uint64_t *size,
				  struct pvhboot_uki *uki, struct pvhboot_diag *diag)
{
	struct span found[N_SECTIONS] = { { false, 0, 0 } };
	enum pvhboot_status status;
	uint64_t header = 0;
	uint32_t n = 0, i;

	status = find_table(file, &header, &n, diag);
	for (i = 0; status == PVHBOOT_OK && i < n; i++, header += PVHBOOT_PE_SECTION_SIZE) {
		enum section section = section_of(pvhb_slice(file, header, 8));

		/* the first of a name counts; multi-profile images repeat them behind */
		if (section == N_SECTIONS || found[section].there)
			continue;
		found[section].there = true;
		status = read_section(file, header, i, &found[section].offset, &found[section].size,
				      diag);
	}
	if (status != PVHBOOT_OK)
		return status;
	if (!found[KERNEL].there)
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED,
				       pvhb_at(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER),
				       "a PE file has a section .linux (unified kernel image)");
	*offset = found[KERNEL].offset;
	*size = found[KERNEL].size;
	*uki = (struct pvhboot_uki){
		.initrd = bytes_of(file, found[INITRD]),
		.cmdline = without_end(bytes_of(file, found[CMDLINE])),
		.osrel = bytes_of(file, found[OSREL]),
		.uname = bytes_of(file, found[UNAME]),
	};
	return PVHBOOT_OK;
}
