/* SPDX-License-Identifier: MIT */
/* Contracts of lib/entry/. */
#ifndef PROOF_ENTRY_H
#define PROOF_ENTRY_H

#include "base.h"

#include "../../lib/entry/info.h"

#include <pvhboot/cpu.h>
#include <pvhboot/wire/start_info.h>

/*@
  // The modules of a checked request, and their command lines.
  predicate modules(struct pvhboot_request *r) =
    \valid_read(r) && r->n_modules <= 0x10000000 &&
    \valid_read(r->modules + (0 .. r->n_modules - 1));
  predicate texts(struct pvhboot_request *r) =
    \forall integer i; 0 <= i < r->n_modules ==> bytes(r->modules[i].cmdline);

  // The parts of a start_info block lie one behind the other, but for what is said of the texts.
  predicate info(struct pvhb_info_layout *l, struct pvhboot_request *r) =
    l->map == (l->version == 0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 : PVHBOOT_WIRE_START_INFO_SIZE) &&
    l->map + l->n_map * PVHBOOT_WIRE_MAP_ENTRY_SIZE <= l->modules &&
    l->modules + l->n_modules * PVHBOOT_WIRE_MODULE_SIZE <= l->cmdline &&
    l->cmdline + r->cmdline.size + 1 <= l->size;
*/

/* ---- cpu.c --------------------------------------------------------------------------------- */

/*@ requires \valid_read(plan) && \valid(out);
    assigns *out; */
void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out);

/*@ assigns \nothing; */
const char *pvhboot_entry_name(enum pvhboot_entry_kind kind);

/* ---- info.c -------------------------------------------------------------------------------- */

/*@ requires modules(request) && i < request->n_modules;
    assigns \nothing; */
uint64_t pvhb_info_part_size(const struct pvhboot_request *request, size_t i);

/*@ requires modules(request) && \valid(listed);
    requires \separated(listed, request, request->modules + (0 .. request->n_modules - 1));
    assigns *listed;
    ensures \result ==> \old(listed->next) < listed->next <= request->n_modules;
    ensures \result ==> listed->index < listed->next;
    ensures \result && \old(texts(request)) ==> bytes(listed->cmdline);
    ensures !\result ==> listed->next == \old(listed->next); */
bool pvhb_info_next_module(const struct pvhboot_request *request, struct pvhb_listed *listed);

/*@ requires modules(request) && n_map <= UINT32_MAX && \valid(out);
    requires request->cmdline.size < SIZE_MAX; // no object has as many bytes
    requires \separated(out, request, request->modules + (0 .. request->n_modules - 1));
    assigns *out;
    ensures \result ==> info(out, request);
    ensures \result ==> out->n_map <= n_map && out->n_modules <= request->n_modules; */
bool pvhb_info_lay_out(const struct pvhboot_request *request, size_t n_map,
		       struct pvhb_info_layout *out);

/*@ requires \valid_read(layout) && modules(request) && texts(request) && info(layout, request);
    requires layout->n_map <= UINT32_MAX && layout->n_modules <= request->n_modules;
    requires \valid_read(map + (0 .. layout->n_map - 1));
    requires \valid_read(modules_at + (0 .. request->n_modules - 1));
    requires bytes(request->cmdline) && \valid(block + (0 .. layout->size - 1));
    requires request->cmdline.size == 0 ||
      \separated(block + (0 .. layout->size - 1),
                 request->cmdline.data + (0 .. request->cmdline.size - 1));
    assigns block[0 .. layout->size - 1]; */
void pvhb_info_write(const struct pvhb_info_layout *layout, const struct pvhboot_request *request,
		     const struct pvhboot_map_entry *map, const uint64_t *modules_at, uint64_t rsdp,
		     uint64_t gpa, uint8_t *block);

#endif
