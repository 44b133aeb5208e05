/* SPDX-License-Identifier: MIT */
/*
 * The start_info block: one contiguous piece of guest memory with the
 * hvm_start_info, then the memory map, the module list, and the command lines.
 * One struct says where each part lies; the size is taken from it and the bytes
 * are written by it.
 */
#ifndef PVHB_INFO_H
#define PVHB_INFO_H

#include <pvhboot/plan.h>

#include "../base/env.h"

struct pvhb_info_layout {
	uint32_t version; /* of the hvm_start_info, which comes first */
	uint32_t flags;   /* SIF_* */
	uint64_t map;     /* offsets in the block */
	uint64_t modules;
	uint64_t cmdline; /* the kernel's; the modules' follow */
	uint64_t size;
	size_t n_map;     /* 0 in version 0 */
	size_t n_modules; /* of the list */
};

/* A module of the list that the guest reads: one of the request that has bytes, or all of them
 * where they are joined. */
struct pvhb_listed {
	size_t next;  /* in request.modules: where the next one starts; 0 starts */
	size_t index; /* in request.modules: the first part of this one */
	uint64_t gpa; /* that the request asks for, 0: any */
	uint64_t size;
	uint64_t align;
	struct pvhboot_bytes cmdline;
};

/* Yields the modules of the list of a checked request. False: there are no more. */
bool pvhb_info_next_module(const struct pvhboot_request *request, struct pvhb_listed *listed);

/* Bytes that module i takes in the guest, but for the last one of those that are joined, which is
 * not padded. */
uint64_t pvhb_info_part_size(const struct pvhboot_request *request, size_t i);

/* n_map and request->n_modules fit in 32 bits. False when the size does not fit
 * in 64 bits. */
bool pvhb_info_lay_out(const struct pvhboot_request *request, size_t n_map,
		       struct pvhb_info_layout *out);

/* Writes the block as it is to lie at gpa; modules_at[i] is where module i lies,
 * for those of more than 0 bytes. */
void pvhb_info_write(const struct pvhb_info_layout *layout, const struct pvhboot_request *request,
		     const struct pvhboot_map_entry *map, const uint64_t *modules_at, uint64_t rsdp,
		     uint64_t gpa, uint8_t *block);

#endif
