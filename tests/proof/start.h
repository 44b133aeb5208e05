/* SPDX-License-Identifier: MIT */
/* Contracts of lib/start/. */
#ifndef PROOF_START_H
#define PROOF_START_H

#include "base.h"

#include "../../lib/start/start.h"

/*@
  predicate memory(struct pvhboot_memory *m) = m == \null || \valid_read(m);
*/

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_INVAL; */
enum pvhboot_status pvhb_start_invalid(struct pvhboot_diag *diag, const char *rule);

/*@ requires memory(memory) && optional(diag) && \separated(memory, diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> \valid_read(memory); */
enum pvhboot_status pvhb_start_check_memory(const struct pvhboot_memory *memory,
					    struct pvhboot_diag *diag);

/*@ assigns \nothing;
    ensures \result == (version == 0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 :
                                       PVHBOOT_WIRE_START_INFO_SIZE); */
static inline size_t pvhb_start_size(uint32_t version);

/*@ requires \valid_read(numbers + (0 .. n - 1));
    assigns \nothing; */
static inline bool pvhb_are_zero(const uint64_t *numbers, size_t n);

/*@ requires \valid_read(memory) && size > 0;
    requires \valid((uint8_t *)to + (0 .. size - 1)) && \valid(result);
    assigns ((uint8_t *)to)[0 .. size - 1], *result; */
bool pvhb_memory_read(const struct pvhboot_memory *memory, uint64_t gpa, void *to, size_t size,
		      int *result);

/*@ assigns \nothing; */
struct pvhb_start_fault pvhb_start_unreadable(struct pvhb_at at, uint64_t size, int result);

/*@ requires \valid_read(memory);
    requires out.size == 0 || \valid(out.data + (0 .. out.size - 1));
    requires out.size == 0 || \separated(out.data + (0 .. out.size - 1), memory);
    assigns out.data[0 .. out.size - 1]; */
struct pvhb_start_text pvhb_start_fetch_text(const struct pvhboot_memory *memory, struct pvhb_at at,
					     struct pvhboot_buffer out);

/*@ requires \valid(out) && \valid_read(out->memory) && \valid(magic) && \valid(result);
    requires \separated(out, out->memory, magic, result);
    assigns out->version, out->flags, out->n_modules, out->modules, out->cmdline, out->rsdp,
      out->map, out->n_map, out->reserved, *magic, *result; */
bool pvhb_start_fetch(struct pvhboot_start *out, uint32_t *magic, int *result);

/*@ requires \valid_read(start) && \valid_read(start->memory) && \valid(out) && \valid(result);
    requires \separated(start, out, result);
    assigns *out, *result; */
bool pvhb_start_fetch_module(const struct pvhboot_start *start, uint32_t index,
			     struct pvhboot_listed_module *out, int *result);

/*@ requires \valid_read(start) && \valid_read(start->memory) && \valid(out) && \valid(result);
    requires \separated(start, out, result);
    assigns *out, *result; */
bool pvhb_start_fetch_map_entry(const struct pvhboot_start *start, uint32_t index,
				struct pvhboot_map_entry *out, int *result);

/*@ requires memory(memory) && (out == \null || \valid(out)) && optional(diag);
    requires \separated(memory, out, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhboot_start_read(const struct pvhboot_memory *memory, uint64_t gpa,
				       struct pvhboot_start *out, struct pvhboot_diag *diag);

/*@ requires start == \null || (\valid_read(start) && memory(start->memory));
    requires (out == \null || \valid(out)) && optional(diag);
    requires \separated(start, out, diag) && (start != \null ==> \separated(start->memory, diag));
    assigns *out, *diag; */
enum pvhboot_status pvhboot_start_module(const struct pvhboot_start *start, uint32_t index,
					 struct pvhboot_listed_module *out,
					 struct pvhboot_diag *diag);

/*@ requires start == \null || (\valid_read(start) && memory(start->memory));
    requires (out == \null || \valid(out)) && optional(diag);
    requires \separated(start, out, diag) && (start != \null ==> \separated(start->memory, diag));
    assigns *out, *diag; */
enum pvhboot_status pvhboot_start_map_entry(const struct pvhboot_start *start, uint32_t index,
					    struct pvhboot_map_entry *out,
					    struct pvhboot_diag *diag);

/*@ requires start == \null || (\valid_read(start) && memory(start->memory));
    requires out.size == 0 || \valid(out.data + (0 .. out.size - 1));
    requires (size == \null || \valid(size)) && optional(diag);
    requires \separated(start, size, diag) && (start != \null ==> \separated(start->memory, diag));
    requires out.size != 0 && start != \null ==>
      \separated(out.data + (0 .. out.size - 1), start, start->memory, size, diag);
    assigns out.data[0 .. out.size - 1], *size, *diag; */
enum pvhboot_status pvhboot_start_text(const struct pvhboot_start *start, uint64_t gpa,
				       struct pvhboot_buffer out, size_t *size,
				       struct pvhboot_diag *diag);

#endif
