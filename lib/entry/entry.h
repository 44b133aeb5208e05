/* SPDX-License-Identifier: MIT */
/*
 * A kernel by one of its entries, and the block of memory that this entry is handed. The planner
 * knows no protocol: it places a kernel of this kind, and a block of as many bytes.
 */
#ifndef PVHB_ENTRY_H
#define PVHB_ENTRY_H

#include <pvhboot/plan.h>

#include "../base/diag.h"
#include "../base/env.h"
#include "boot_params.h"
#include "info.h"

/* Flags of a request. */
#define PVHB_FOR_PVH_ALONE (PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_VERSION_0)

struct pvhb_entry {
	enum pvhboot_entry_kind kind;
	uint64_t gpa;               /* of the entry, as linked */
	struct pvhboot_reloc reloc; /* where the kernel may be moved to */
	bool is_relocatable;
	uint64_t modules_ceiling; /* of the entry, beside those of the request */
};

/*
 * The entry that a checked request asks for, or that is chosen.
 *
 * NOTPVH  the kernel does not have it; the detail lists those that it has
 * INVAL   a flag of the request is for PVH alone
 */
enum pvhboot_status pvhb_entry_choose(const struct pvhboot_request *request, struct pvhb_entry *out,
				      struct pvhboot_diag *diag);

bool pvhb_entry_is_linux(enum pvhboot_entry_kind kind);
bool pvhb_entry_is_64bit(enum pvhboot_entry_kind kind);

/* What the block is made of. */
struct pvhb_block_parts {
	const struct pvhboot_request *request;
	const struct pvhb_entry *entry;
	const struct pvhboot_map_entry *map;
	size_t n_map;
	const uint64_t *modules_at;  /* gpa of request.modules[i], of those that have bytes */
	uint64_t rsdp;               /* gpa, 0: none */
	uint64_t gpa;                /* of the block */
	struct pvhboot_range kernel; /* where it lies */
	bool is_kaslr;               /* Linux is told that it is randomised */
};

/* Where the parts of the block lie; which of the two counts, the kind says. */
struct pvhb_block {
	uint64_t size;
	struct pvhb_info_layout info;
	struct pvhb_boot_params_layout boot_params;
};

/* Of a block with n_map entries of the map. False when its size does not fit in 64 bits. */
bool pvhb_block_lay_out(const struct pvhboot_request *request, enum pvhboot_entry_kind kind,
			size_t n_map, struct pvhb_block *out);

void pvhb_block_write(const struct pvhb_block *layout, const struct pvhb_block_parts *parts,
		      uint8_t *block);

#endif
