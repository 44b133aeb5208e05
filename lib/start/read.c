/* SPDX-License-Identifier: MIT */
/* Reading a start_info from memory that its owner may change at any moment. */

#include "start.h"

#include "../base/span.h"

#define LOAD32(bytes, struct_name, member) pvhb_load32(bytes, offsetof(struct struct_name, member))
#define LOAD64(bytes, struct_name, member) pvhb_load64(bytes, offsetof(struct struct_name, member))

#define KNOWN_MEMORY_FLAGS (PVHBOOT_MEMORY_ZEROED | PVHBOOT_MEMORY_ONCE)

static struct pvhb_at at_none(void)
{
	return pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_NONE);
}

enum pvhboot_status pvhb_start_invalid(struct pvhboot_diag *diag, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_none(), rule);
}

enum pvhboot_status pvhb_start_check_memory(const struct pvhboot_memory *memory,
					    struct pvhboot_diag *diag)
{
	if (memory == NULL)
		return pvhb_start_invalid(diag, "memory that is not NULL");
	if (memory->map == NULL && memory->read == NULL)
		return pvhb_start_invalid(diag, "memory with map or read");
	if ((memory->flags & ~KNOWN_MEMORY_FLAGS) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_none(), memory->flags, KNOWN_MEMORY_FLAGS,
				 "no flags of memory but PVHBOOT_MEMORY_*");
	if (memory->reserved32 != 0 ||
	    !pvhb_are_zero(memory->reserved, sizeof(memory->reserved) / sizeof(uint64_t)))
		return pvhb_start_invalid(diag, "reserved members of memory that are 0");
	return PVHBOOT_OK;
}

/* Through map. False: it has no pointer to this. */
static bool read_mapped(const struct pvhboot_memory *memory, uint64_t gpa, uint8_t *to, size_t size)
{
	void *host = memory->map(memory->ctx, gpa, size);
	/* volatile: a compiler must not look a second time at what may have changed since its
	 * check */
	const volatile uint8_t *from = host;
	size_t i;

	if (host == NULL)
		return false;
	for (i = 0; i < size; i++)
		to[i] = from[i];
	if (memory->unmap != NULL)
		memory->unmap(memory->ctx, host, gpa, size);
	return true;
}

bool pvhb_memory_read(const struct pvhboot_memory *memory, uint64_t gpa, void *to, size_t size,
		      int *result)
{
	*result = 0;
	if (size > UINT64_MAX - gpa)
		return false;
	if (memory->map != NULL && read_mapped(memory, gpa, to, size))
		return true;
	if (memory->read == NULL)
		return false;
	*result = memory->read(memory->ctx, gpa, to, size);
	return *result == 0;
}

struct pvhb_start_fault pvhb_start_unreadable(struct pvhb_at at, uint64_t size, int result)
{
	const uint64_t most = UINT64_MAX - at.offset;

	if (size > most)
		return (struct pvhb_start_fault){ pvhb_in_bytes(at), size, most,
						  "a size that ends below 2^64" };
	if (result != 0)
		return (struct pvhb_start_fault){ pvhb_in(PVHBOOT_UNIT_SIGNED, at),
						  (uint64_t)(int64_t)result, 0,
						  "guest memory that can be read" };
	return (struct pvhb_start_fault){
		pvhb_in_bytes(at), 0, size,
		"guest memory that can be read: map has no pointer to it"
	};
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

static enum pvhboot_status fail(struct pvhboot_diag *diag, enum pvhboot_status status,
				struct pvhb_start_fault fault)
{
	return pvhb_fail(diag, status, fault.at, fault.found, fault.bound, fault.rule);
}

static enum pvhboot_status unreadable(struct pvhboot_diag *diag, struct pvhb_at at, size_t size,
				      int result)
{
	return fail(diag, PVHBOOT_MEMIO, pvhb_start_unreadable(at, size, result));
}

/* A start_info of the caller, which pvhboot_start_read() has written. */
static enum pvhboot_status check_start(const struct pvhboot_start *start, struct pvhboot_diag *diag)
{
	if (start == NULL)
		return pvhb_start_invalid(diag, "start that is not NULL");
	if (!pvhb_are_zero(start->reserved64, sizeof(start->reserved64) / sizeof(uint64_t)))
		return pvhb_start_invalid(diag, "reserved64 of start that is 0");
	return pvhb_start_check_memory(start->memory, diag);
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
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at,
				       "an address above 0 for a list that has elements");
	if (list->n > list->max_n)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_in_count(at), list->n, list->max_n,
				 "no more elements than this library reads");
	if ((uint64_t)list->n * list->element_size > UINT64_MAX - list->gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, pvhb_in_bytes(at),
				 (uint64_t)list->n * list->element_size, UINT64_MAX - list->gpa,
				 "a list that ends below 2^64");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_read(const struct pvhboot_memory *memory, uint64_t gpa,
				       struct pvhboot_start *out, struct pvhboot_diag *diag)
{
	struct pvhboot_start start = { .memory = memory, .gpa = gpa };
	enum pvhboot_status status = pvhb_start_check_memory(memory, diag);
	uint32_t magic;
	int result;

	if (status != PVHBOOT_OK)
		return status;
	if (out == NULL)
		return pvhb_start_invalid(diag, "out that is not NULL");
	if (gpa > UINT64_MAX - PVHBOOT_WIRE_START_INFO_SIZE)
		return pvhb_fail(diag, PVHBOOT_RANGE, at_info(gpa), gpa,
				 UINT64_MAX - PVHBOOT_WIRE_START_INFO_SIZE,
				 "a start_info that ends below 2^64");
	if (!pvhb_start_fetch(&start, &magic, &result))
		return unreadable(diag, at_info(gpa), pvhb_start_size(start.version), result);
	if (magic != PVHBOOT_WIRE_START_MAGIC)
		return pvhb_fail(diag, PVHBOOT_FORMAT, at_info(gpa), magic,
				 PVHBOOT_WIRE_START_MAGIC, "the magic of a start_info");
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
		pvhb_warn(diag, pvhb_in_count(at_info(gpa)), start.version, 1,
			  "version 0 or 1: what later ones add is not read");
	*out = start;
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_module(const struct pvhboot_start *start, uint32_t index,
					 struct pvhboot_listed_module *out,
					 struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_start(start, diag);
	struct pvhboot_listed_module module;
	struct pvhb_at at;
	int result;

	if (status != PVHBOOT_OK)
		return status;
	if (out == NULL)
		return pvhb_start_invalid(diag, "out that is not NULL");
	at = pvhb_at_element(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_MODULE, index,
			     start->modules + PVHBOOT_WIRE_MODULE_SIZE * (uint64_t)index);
	if (index >= start->n_modules)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_count(at), index, start->n_modules,
				 "index < n_modules");
	if (!pvhb_start_fetch_module(start, index, &module, &result))
		return unreadable(diag, at, PVHBOOT_WIRE_MODULE_SIZE, result);
	if (module.gpa == 0)
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at, "an address above 0");
	if (module.size > UINT64_MAX - module.gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, pvhb_in_bytes(at), module.size,
				 UINT64_MAX - module.gpa, "a module that ends below 2^64");
	*out = module;
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_start_map_entry(const struct pvhboot_start *start, uint32_t index,
					    struct pvhboot_map_entry *out,
					    struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_start(start, diag);
	struct pvhboot_map_entry entry;
	struct pvhb_at at;
	int result;

	if (status != PVHBOOT_OK)
		return status;
	if (out == NULL)
		return pvhb_start_invalid(diag, "out that is not NULL");
	at = pvhb_at_element(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_MAP, index,
			     start->map + PVHBOOT_WIRE_MAP_ENTRY_SIZE * (uint64_t)index);
	if (index >= start->n_map)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_count(at), index, start->n_map,
				 "index < n_map");
	if (!pvhb_start_fetch_map_entry(start, index, &entry, &result))
		return unreadable(diag, at, PVHBOOT_WIRE_MAP_ENTRY_SIZE, result);
	if (entry.size > UINT64_MAX - entry.gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, pvhb_in_bytes(at), entry.size,
				 UINT64_MAX - entry.gpa, "a map entry that ends below 2^64");
	*out = entry;
	return PVHBOOT_OK;
}

/* How much is read at once: up to the end of the page, since guest memory is whole pages, and a
 * text may be the last thing in it; and no more than there is room for. */
static size_t piece_size(uint64_t gpa, size_t room)
{
	return (size_t)pvhb_min(room, PVHB_PAGE_SIZE - gpa % PVHB_PAGE_SIZE);
}

static struct pvhb_start_text no_text(enum pvhboot_status status, struct pvhb_start_fault fault)
{
	return (struct pvhb_start_text){ status, 0, fault };
}

struct pvhb_start_text pvhb_start_fetch_text(const struct pvhboot_memory *memory, struct pvhb_at at,
					     struct pvhboot_buffer out)
{
	const uint64_t gpa = at.offset;
	size_t done, piece, length;
	int result;

	at = pvhb_in_bytes(at);
	//@ loop invariant done <= out.size; loop assigns done, PIECE;
	for (done = 0; done < out.size; done += piece) {
		at.offset = gpa + done;
		piece = piece_size(at.offset, out.size - done);
		if (piece > UINT64_MAX - at.offset)
			return no_text(PVHBOOT_RANGE,
				       (struct pvhb_start_fault){ at, piece, UINT64_MAX - at.offset,
								  "a text that ends below 2^64" });
		if (!pvhb_memory_read(memory, at.offset, out.data + done, piece, &result))
			return no_text(PVHBOOT_MEMIO, pvhb_start_unreadable(at, piece, result));
		length = pvhb_find((struct pvhboot_bytes){ out.data + done, piece }, '\0');
		if (length < piece)
			return (struct pvhb_start_text){ .size = done + length + 1 };
	}
	at.offset = gpa;
	return no_text(PVHBOOT_NOSPACE, (struct pvhb_start_fault){
						pvhb_needing(at), (uint64_t)out.size + 1, out.size,
						"a text that fits into out with its NUL; give a "
						"larger buffer" });
}

enum pvhboot_status pvhboot_start_text(const struct pvhboot_start *start, uint64_t gpa,
				       struct pvhboot_buffer out, size_t *size,
				       struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_start(start, diag);
	struct pvhb_start_text text;

	if (status != PVHBOOT_OK)
		return status;
	if (size == NULL || (out.data == NULL && out.size != 0))
		return pvhb_start_invalid(diag,
					  "size, and out.data with a size, that are not NULL");
	*size = 0;
	if (gpa == 0)
		return PVHBOOT_OK;
	text = pvhb_start_fetch_text(
		start->memory, pvhb_at_offset(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_CMDLINE, gpa),
		out);
	if (text.status != PVHBOOT_OK)
		return fail(diag, text.status, text.fault);
	*size = text.size;
	return PVHBOOT_OK;
}
