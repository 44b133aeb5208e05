/* SPDX-License-Identifier: MIT */
/* Reading a start_info from memory that its owner may change at any moment. */

#include "start.h"

#include "../base/diag.h"
#include "../base/span.h"

#define LOAD32(bytes, struct_name, member) pvhb_load32(bytes, offsetof(struct struct_name, member))
#define LOAD64(bytes, struct_name, member) pvhb_load64(bytes, offsetof(struct struct_name, member))

bool pvhb_can_read(const struct pvhboot_memory *memory)
{
	return memory != NULL && (memory->map != NULL || memory->read != NULL);
}

bool pvhb_memory_read(const struct pvhboot_memory *memory, uint64_t gpa, void *to, size_t size,
		      int *result)
{
	*result = 0;
	if (size > UINT64_MAX - gpa)
		return false;
	if (memory->map != NULL) {
		/* volatile: a compiler must not look a second time at what may have
		 * changed since its check */
		const volatile uint8_t *from = memory->map(memory->ctx, gpa, size);
		uint8_t *copy = to;
		size_t i;

		for (i = 0; from != NULL && i < size; i++)
			copy[i] = from[i];
		if (from != NULL)
			return true;
	}
	if (memory->read == NULL)
		return false;
	*result = memory->read(memory->ctx, gpa, to, size);
	return *result == 0;
}

bool pvhb_start_fetch(struct pvhboot_start *out, uint32_t *magic, int *result)
{
	uint8_t copy[PVHBOOT_WIRE_START_INFO_SIZE] = { 0 };
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };
	const size_t first = pvhb_start_size(0);
	size_t size;

	if (!pvhb_memory_read(out->memory, out->gpa, copy, first, result))
		return false;
	*magic = LOAD32(bytes, pvhboot_wire_start_info, magic);
	if (*magic != PVHBOOT_WIRE_START_MAGIC)
		return true;
	out->version = LOAD32(bytes, pvhboot_wire_start_info, version);
	size = pvhb_start_size(out->version);
	if (size > first &&
	    !pvhb_memory_read(out->memory, out->gpa + first, copy + first, size - first, result))
		return false;
	out->flags = LOAD32(bytes, pvhboot_wire_start_info, flags);
	out->n_modules = LOAD32(bytes, pvhboot_wire_start_info, nr_modules);
	out->modules = LOAD64(bytes, pvhboot_wire_start_info, modlist_paddr);
	out->cmdline = LOAD64(bytes, pvhboot_wire_start_info, cmdline_paddr);
	out->rsdp = LOAD64(bytes, pvhboot_wire_start_info, rsdp_paddr);
	out->map = LOAD64(bytes, pvhboot_wire_start_info, memmap_paddr);
	out->n_map = LOAD32(bytes, pvhboot_wire_start_info, memmap_entries);
	out->reserved = LOAD32(bytes, pvhboot_wire_start_info, reserved);
	return true;
}

bool pvhb_start_fetch_module(const struct pvhboot_start *start, uint32_t index,
			     struct pvhboot_listed_module *out, int *result)
{
	uint8_t copy[PVHBOOT_WIRE_MODULE_SIZE];
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };

	if (!pvhb_memory_read(start->memory, start->modules + sizeof(copy) * (uint64_t)index, copy,
			      sizeof(copy), result))
		return false;
	out->gpa = LOAD64(bytes, pvhboot_wire_module, paddr);
	out->size = LOAD64(bytes, pvhboot_wire_module, size);
	out->cmdline = LOAD64(bytes, pvhboot_wire_module, cmdline_paddr);
	out->reserved = LOAD64(bytes, pvhboot_wire_module, reserved);
	return true;
}

bool pvhb_start_fetch_map_entry(const struct pvhboot_start *start, uint32_t index,
				struct pvhboot_map_entry *out, int *result)
{
	uint8_t copy[PVHBOOT_WIRE_MAP_ENTRY_SIZE];
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };

	if (!pvhb_memory_read(start->memory, start->map + sizeof(copy) * (uint64_t)index, copy,
			      sizeof(copy), result))
		return false;
	out->gpa = LOAD64(bytes, pvhboot_wire_map_entry, addr);
	out->size = LOAD64(bytes, pvhboot_wire_map_entry, size);
	out->type = LOAD32(bytes, pvhboot_wire_map_entry, type);
	out->reserved = LOAD32(bytes, pvhboot_wire_map_entry, reserved);
	return true;
}

static struct pvhb_at at_info(uint64_t gpa)
{
	return pvhb_at_offset(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_INFO, gpa);
}

static enum pvhboot_status invalid(struct pvhboot_diag *diag, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL,
			       pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_NONE), rule);
}

static enum pvhboot_status unreadable(struct pvhboot_diag *diag, struct pvhb_at at, int result)
{
	return pvhb_fail(diag, PVHBOOT_MEMIO, at, (uint64_t)(int64_t)result, 0,
			 "guest memory can be read");
}

struct list {
	enum pvhboot_subject subject;
	uint64_t gpa;
	uint32_t n, max_n;
	uint32_t element_size;
};

/* The product cannot wrap: max_n has 17 bits. */
static enum pvhboot_status check_list(const struct list *list, struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_START, list->subject, list->gpa);

	if (list->n == 0)
		return PVHBOOT_OK;
	if (list->gpa == 0)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, list->gpa, 1,
				 "a list with elements has an address");
	if (list->n > list->max_n)
		return pvhb_fail(diag, PVHBOOT_LIMIT, at, list->n, list->max_n,
				 "a list has no more elements than this library reads");
	if ((uint64_t)list->n * list->element_size > UINT64_MAX - list->gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, (uint64_t)list->n * list->element_size,
				 UINT64_MAX - list->gpa, "a list ends below 2^64");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_read(const struct pvhboot_memory *memory, uint64_t gpa,
				       struct pvhboot_start *out, struct pvhboot_diag *diag)
{
	struct pvhboot_start start = { .memory = memory, .gpa = gpa };
	enum pvhboot_status status;
	uint32_t magic;
	int result;

	if (!pvhb_can_read(memory) || out == NULL)
		return invalid(diag, "memory has map or read, and out is not NULL");
	if (gpa > UINT64_MAX - PVHBOOT_WIRE_START_INFO_SIZE)
		return pvhb_fail(diag, PVHBOOT_RANGE, at_info(gpa), gpa,
				 UINT64_MAX - PVHBOOT_WIRE_START_INFO_SIZE,
				 "the start_info ends below 2^64");
	if (!pvhb_start_fetch(&start, &magic, &result))
		return unreadable(diag, at_info(gpa), result);
	if (magic != PVHBOOT_WIRE_START_MAGIC)
		return pvhb_fail(diag, PVHBOOT_FORMAT, at_info(gpa), magic,
				 PVHBOOT_WIRE_START_MAGIC, "magic is 0x336ec578");
	status = check_list(&(struct list){ PVHBOOT_SUBJECT_LIST, start.modules, start.n_modules,
					    PVHBOOT_START_MAX_MODULES, PVHBOOT_WIRE_MODULE_SIZE },
			    diag);
	if (status == PVHBOOT_OK)
		status = check_list(&(struct list){ PVHBOOT_SUBJECT_MAP, start.map, start.n_map,
						    PVHBOOT_START_MAX_MAP,
						    PVHBOOT_WIRE_MAP_ENTRY_SIZE },
				    diag);
	if (status != PVHBOOT_OK)
		return status;
	if (start.version > 1)
		pvhb_warn(diag, at_info(gpa), start.version, 1,
			  "version is at most 1; what a later one adds is not read");
	*out = start;
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_module(const struct pvhboot_start *start, uint32_t index,
					 struct pvhboot_listed_module *out,
					 struct pvhboot_diag *diag)
{
	struct pvhboot_listed_module module;
	struct pvhb_at at;
	int result;

	if (start == NULL || !pvhb_can_read(start->memory) || out == NULL)
		return invalid(diag, "start and out are not NULL, and memory has map or read");
	at = pvhb_at_element(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_MODULE, index,
			     start->modules + PVHBOOT_WIRE_MODULE_SIZE * (uint64_t)index);
	if (index >= start->n_modules)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, index, start->n_modules,
				 "index < n_modules");
	if (!pvhb_start_fetch_module(start, index, &module, &result))
		return unreadable(diag, at, result);
	if (module.gpa == 0)
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at, "a module has an address");
	if (module.size > UINT64_MAX - module.gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, module.size, UINT64_MAX - module.gpa,
				 "a module ends below 2^64");
	*out = module;
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_map_entry(const struct pvhboot_start *start, uint32_t index,
					    struct pvhboot_map_entry *out,
					    struct pvhboot_diag *diag)
{
	struct pvhboot_map_entry entry;
	struct pvhb_at at;
	int result;

	if (start == NULL || !pvhb_can_read(start->memory) || out == NULL)
		return invalid(diag, "start and out are not NULL, and memory has map or read");
	at = pvhb_at_element(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_MAP, index,
			     start->map + PVHBOOT_WIRE_MAP_ENTRY_SIZE * (uint64_t)index);
	if (index >= start->n_map)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, index, start->n_map, "index < n_map");
	if (!pvhb_start_fetch_map_entry(start, index, &entry, &result))
		return unreadable(diag, at, result);
	if (entry.size > UINT64_MAX - entry.gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, entry.size, UINT64_MAX - entry.gpa,
				 "a map entry ends below 2^64");
	*out = entry;
	return PVHBOOT_OK;
}

/* What is left of a page, or of the room for a text: guest memory is whole pages, so
 * where a text starts, a read up to the end of its page asks for nothing else. */
static size_t piece_size(uint64_t gpa, size_t room)
{
	return (size_t)pvhb_min(room, PVHB_PAGE_SIZE - gpa % PVHB_PAGE_SIZE);
}

enum pvhboot_status pvhboot_start_text(const struct pvhboot_start *start, uint64_t gpa,
				       struct pvhboot_buffer out, size_t *size,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_CMDLINE, gpa);
	size_t done = 0;
	int result;

	if (start == NULL || !pvhb_can_read(start->memory) || size == NULL ||
	    (out.data == NULL && out.size != 0))
		return invalid(diag,
			       "start, out and size are not NULL, and memory has map or read");
	*size = 0;
	if (gpa == 0)
		return PVHBOOT_OK;
	while (done < out.size) {
		size_t piece = piece_size(gpa + done, out.size - done);
		size_t i;

		at.offset = gpa + done;
		if (piece > UINT64_MAX - at.offset)
			return pvhb_fail(diag, PVHBOOT_RANGE, at, gpa, UINT64_MAX,
					 "a text ends below 2^64");
		if (!pvhb_memory_read(start->memory, at.offset, out.data + done, piece, &result))
			return unreadable(diag, at, result);
		for (i = 0; i < piece; i++) {
			if (out.data[done + i] == '\0') {
				*size = done + i + 1;
				return PVHBOOT_OK;
			}
		}
		done += piece;
	}
	at.offset = gpa;
	return pvhb_fail(diag, PVHBOOT_NOSPACE, at, done, out.size,
			 "a text has a NUL within the limit");
}
