/* SPDX-License-Identifier: MIT */
/* Proves: lib/entry/info.c
 * Not proved: write_modules: that the texts fit needs a sum over all modules, which provers do not
 *   find; */

#include "entry.h"

/* Where entry i of a map is written, and all n of them. */
#define AT_ENTRY(i) \at(to, Pre) + (i) * PVHBOOT_WIRE_MAP_ENTRY_SIZE
#define ALL_ENTRIES \at(to, Pre)[0 .. n * PVHBOOT_WIRE_MAP_ENTRY_SIZE - 1]

#include "../../lib/entry/info.c"

/*@ requires modules(request) && i < request->n_modules && \valid(out);
    requires \separated(out, request, request->modules + (0 .. request->n_modules - 1));
    assigns *out;
    ensures i < out->next <= request->n_modules && out->index == i;
    ensures out->cmdline == request->modules[i].cmdline; */
static void list_module(const struct pvhboot_request *request, size_t i, struct pvhb_listed *out);

/*@ requires modules(request) && \valid(n_modules) && \valid(texts);
    requires \separated(n_modules, texts, request,
                        request->modules + (0 .. request->n_modules - 1));
    assigns *n_modules, *texts;
    ensures \result ==> *n_modules <= request->n_modules; */
static bool add_up(const struct pvhboot_request *request, size_t *n_modules, uint64_t *texts);

/*@ requires \valid_read(layout);
    requires \valid(to + (0 .. (layout->version == 0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 :
                                                      PVHBOOT_WIRE_START_INFO_SIZE) - 1));
    assigns to[0 .. (layout->version == 0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 :
                                            PVHBOOT_WIRE_START_INFO_SIZE) - 1]; */
static void write_start_info(const struct pvhb_info_layout *layout, uint64_t rsdp, uint64_t gpa,
			     uint8_t *to);

/*@ requires n <= UINT32_MAX && \valid_read(map + (0 .. n - 1));
    requires \valid(to + (0 .. n * PVHBOOT_WIRE_MAP_ENTRY_SIZE - 1));
    assigns to[0 .. n * PVHBOOT_WIRE_MAP_ENTRY_SIZE - 1]; */
static void write_map(const struct pvhboot_map_entry *map, size_t n, uint8_t *to);

/*@ requires bytes(text) && \valid(to + (0 .. text.size));
    requires text.size == 0 ||
      \separated(to + (0 .. text.size), text.data + (0 .. text.size - 1));
    assigns to[0 .. text.size]; */
static void write_text(struct pvhboot_bytes text, uint8_t *to);

/*@ requires \valid_read(layout) && modules(request) && texts(request) && info(layout, request);
    requires \valid_read(modules_at + (0 .. request->n_modules - 1));
    requires \valid(block + (0 .. layout->size - 1));
    assigns block[0 .. layout->size - 1]; */
static void write_modules(const struct pvhb_info_layout *layout,
			  const struct pvhboot_request *request, const uint64_t *modules_at,
			  uint64_t gpa, uint8_t *block);
