/* SPDX-License-Identifier: MIT */
/* PE files: their section table, and where a section's bytes lie. */
#ifndef PVHB_PE_H
#define PVHB_PE_H

#include <pvhboot/image.h>

#include "../base/env.h"

struct pvhb_pe {
	struct pvhboot_bytes file;
	uint64_t table;      /* offset of the section table, which lies in the file */
	uint32_t n_sections; /* up to 65535 */
	uint16_t machine;
	uint16_t magic;     /* of the optional header; 0 where there is none */
	uint16_t subsystem; /* 0 where the optional header is too short for one */
};

/* Whether a file has the two signatures of a PE file. */
bool pvhb_pe_is(struct pvhboot_bytes file);

/* TRUNCATED. The caller has checked pvhb_pe_is(). When the file has changed since then, a
 * wrong table in the file is what comes of it. */
enum pvhboot_status pvhb_pe_open(struct pvhboot_bytes file, struct pvhb_pe *out,
				 struct pvhboot_diag *diag);

/* Offset of the header of section i, which is below n_sections. */
uint64_t pvhb_pe_header(const struct pvhb_pe *pe, uint32_t i);

#define PVHB_PE_NAME_SIZE 8

/* Whether the section has this name, which is padded with NULs to 8 bytes. */
bool pvhb_pe_is_named(const struct pvhb_pe *pe, uint32_t i, const char name[PVHB_PE_NAME_SIZE]);

struct pvhb_pe_span {
	uint64_t offset; /* at most the file's size */
	uint64_t size;   /* bytes; they may lie outside of the file */
};

/* Where the bytes of a section lie, and whether they do so in the file. No bytes lie in any
 * file. */
bool pvhb_pe_section(const struct pvhb_pe *pe, uint32_t i, struct pvhb_pe_span *out);

#endif
