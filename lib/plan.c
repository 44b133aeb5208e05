/* SPDX-License-Identifier: MIT */
/* The planner: where everything goes. Pure layout, nothing is written but the
 * caller's workspace. */

#include <pvhboot/plan.h>

#include "diag.h"
#include "hole.h"
#include "info.h"
#include "map.h"
#include "range.h"
#include "request.h"
#include "sort.h"
#include "span.h"

/* Below are the interrupt vectors, the EBDA and video memory of a PC. A kernel may
 * be linked there, or allow to be moved there; other things are not put there. */
#define FLOOR ((uint64_t)1 << 20)

/* What Linux reads of the memory map. */
#define LINUX_MAX_MAP 128

/* Where the arrays lie in the workspace: offsets from its first aligned byte. */
struct arrays {
	uint64_t places;
	uint64_t map;
	uint64_t edges;
	uint64_t ram;
	uint64_t taken;
	uint64_t free;
	uint64_t tree;
	uint64_t modules_at;
	uint64_t info;
	uint64_t size;
};

struct planning {
	const struct pvhboot_request *request;
	struct pvhboot_diag *diag;
	uint64_t ceiling;
	uint64_t info_ceiling;
	struct pvhboot_range kernel; /* where it goes, gaps included */

	struct pvhboot_place *places;
	struct pvhboot_map_entry *map;
	uint64_t *modules_at; /* gpa of request.modules[i] */
	uint8_t *info;
	size_t n_places;
	size_t n_map;

	struct pvhb_ranges ram;   /* of the map */
	struct pvhb_ranges taken; /* page 0, the avoid list, then the kernel */
	struct pvhb_ranges free;  /* ram without taken; then the holes */
	uint64_t *tree;
};

const char *pvhboot_place_kind_name(enum pvhboot_place_kind kind)
{
	switch (kind) {
	case PVHBOOT_PLACE_SEGMENT:
		return "segment";
	case PVHBOOT_PLACE_MODULE:
		return "module";
	case PVHBOOT_PLACE_INFO:
		return "start_info";
	}
	return "?";
}

static struct pvhb_at at_subject(enum pvhboot_subject subject)
{
	return pvhb_at(PVHBOOT_STAGE_PLAN, subject);
}

/* Appends an array to a workspace of *size bytes. n * element_size does not wrap:
 * either n is below 2^36, or element_size is 1. */
static bool append(uint64_t *size, uint64_t n, size_t element_size, uint64_t *offset)
{
	return pvhb_align_up(*size, sizeof(uint64_t), offset) &&
	       pvhb_add(*offset, n * element_size, size);
}

/* The arrays for the largest outcome of a request: n map entries have 2 * n
 * edges and as many stretches between them, and taking m ranges out of them
 * leaves 2 * n + m at most. */
static bool lay_out_arrays(const struct pvhboot_request *request, struct arrays *out)
{
	uint64_t n_map = 2 * (uint64_t)request->n_map;
	uint64_t n_taken = (uint64_t)request->n_avoid + 2;
	struct pvhb_info_layout info;
	struct arrays a = { 0 };

	if (!pvhb_info_lay_out(request, (size_t)n_map, &info))
		return false;
	if (!append(&a.size, (uint64_t)request->kernel->n_segments + request->n_modules + 1,
		    sizeof(struct pvhboot_place), &a.places) ||
	    !append(&a.size, n_map, sizeof(struct pvhboot_map_entry), &a.map) ||
	    !append(&a.size, n_map, sizeof(struct pvhb_map_edge), &a.edges) ||
	    !append(&a.size, n_map, sizeof(struct pvhboot_range), &a.ram) ||
	    !append(&a.size, n_taken, sizeof(struct pvhboot_range), &a.taken) ||
	    !append(&a.size, n_map + n_taken, sizeof(struct pvhboot_range), &a.free) ||
	    !append(&a.size, pvhb_holes_tree_size((size_t)(n_map + n_taken)), sizeof(uint64_t),
		    &a.tree) ||
	    !append(&a.size, request->n_modules, sizeof(uint64_t), &a.modules_at) ||
	    !append(&a.size, info.size, 1, &a.info))
		return false;
	/* the caller's buffer may start anywhere */
	if (!pvhb_add(a.size, sizeof(uint64_t) - 1, &a.size) || a.size > SIZE_MAX)
		return false;
	*out = a;
	return true;
}

static enum pvhboot_status find_arrays(const struct pvhboot_request *request, struct arrays *out,
				       struct pvhboot_diag *diag)
{
	enum pvhboot_status status = pvhb_request_check(request, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (!lay_out_arrays(request, out))
		return pvhb_fail_plain(diag, PVHBOOT_LIMIT, at_subject(PVHBOOT_SUBJECT_WORKSPACE),
				       "the workspace's size fits in a size_t");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request, size_t *size,
				      struct pvhboot_diag *diag)
{
	struct arrays arrays = { 0 };
	enum pvhboot_status status = find_arrays(request, &arrays, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (size == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_subject(PVHBOOT_SUBJECT_WORKSPACE),
				       "size is not NULL");
	*size = (size_t)arrays.size;
	return PVHBOOT_OK;
}

static void carve(struct planning *p, const struct arrays *arrays, struct pvhboot_buffer workspace)
{
	uintptr_t misaligned = (uintptr_t)workspace.data % sizeof(uint64_t);
	uint8_t *base = workspace.data + (misaligned != 0 ? sizeof(uint64_t) - misaligned : 0);

	p->places = (void *)(base + arrays->places);
	p->map = (void *)(base + arrays->map);
	p->ram.at = (void *)(base + arrays->ram);
	p->taken.at = (void *)(base + arrays->taken);
	p->free.at = (void *)(base + arrays->free);
	p->tree = (void *)(base + arrays->tree);
	p->modules_at = (void *)(base + arrays->modules_at);
	p->info = base + arrays->info;
}

static enum pvhboot_status image_changed(struct pvhboot_diag *diag)
{
	return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at_subject(PVHBOOT_SUBJECT_KERNEL),
			       "the ELF image is as it was when it was opened");
}

static bool lies_before(const void *a, const void *b)
{
	const struct pvhboot_place *x = a, *y = b;

	return x->gpa < y->gpa;
}

static void add_place(struct planning *p, enum pvhboot_place_kind kind, uint32_t index,
		      uint64_t gpa, uint64_t size, struct pvhboot_bytes source)
{
	p->places[p->n_places++] =
		(struct pvhboot_place){ gpa, size, source, (uint32_t)kind, index };
}

/* The kernel's segments as places at their link addresses, ascending. They were
 * checked when the kernel was opened; what is read again is checked again. */
static enum pvhboot_status read_segments(struct planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	size_t i;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		if (p->n_places == kernel->n_segments || segment.gpa < kernel->start ||
		    segment.gpa + segment.size > kernel->end)
			return image_changed(p->diag);
		add_place(p, PVHBOOT_PLACE_SEGMENT, segment.index, segment.gpa, segment.size,
			  segment.bytes);
	}
	if (p->n_places != kernel->n_segments)
		return image_changed(p->diag);
	pvhb_sort(p->places, p->n_places, sizeof(p->places[0]), lies_before);
	for (i = 1; i < p->n_places; i++) {
		if (p->places[i - 1].gpa + p->places[i - 1].size > p->places[i].gpa)
			return image_changed(p->diag);
	}
	return PVHBOOT_OK;
}

static void read_avoid(struct planning *p)
{
	const struct pvhboot_request *request = p->request;
	size_t i;

	p->taken.at[p->taken.n++] = (struct pvhboot_range){ 0, PVHB_PAGE_SIZE };
	for (i = 0; i < request->n_avoid; i++)
		p->taken.at[p->taken.n++] = request->avoid[i];
}

static enum pvhboot_status read_map(struct planning *p, struct pvhb_map_edge *edges)
{
	const struct pvhboot_request *request = p->request;
	enum pvhboot_status status = pvhb_map_check(request->map, request->n_map, p->diag);

	if (status != PVHBOOT_OK)
		return status;
	p->n_map = pvhb_map_merge(request->map, request->n_map, edges, p->map, p->diag);
	if (p->n_map > LINUX_MAX_MAP)
		pvhb_warn(p->diag, at_subject(PVHBOOT_SUBJECT_MAP), p->n_map, LINUX_MAX_MAP,
			  "Linux reads all entries of the map");
	pvhb_map_ram(p->map, p->n_map, &p->ram);
	return PVHBOOT_OK;
}

static void find_free(struct planning *p)
{
	pvhb_ranges_clean(&p->taken);
	pvhb_ranges_subtract(&p->ram, &p->taken, &p->free);
}

/* OVERLAP, RANGE: the kernel cannot lie where its places are. */
static enum pvhboot_status check_free(const struct planning *p, struct pvhboot_diag *diag)
{
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];
		struct pvhboot_range wanted = { place->gpa, place->gpa + place->size };
		uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);
		struct pvhb_at at = pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_SEGMENT,
						    place->index, place->gpa);

		if (wanted.end > p->ceiling)
			return pvhb_fail(diag, PVHBOOT_RANGE, at, wanted.end, p->ceiling,
					 "a segment ends at the ceiling or below");
		if (gap != wanted.end)
			return pvhb_fail(
				diag, PVHBOOT_OVERLAP, at, wanted.end, gap,
				"a segment is linked to free RAM up to its end, or relocatable");
	}
	return PVHBOOT_OK;
}

/* The first address at low or above that the kernel may slide to: the slide, not
 * the address, is a multiple of the alignment. False: there is none. */
static bool align_start(const struct pvhboot_kernel *kernel, uint64_t low, uint64_t *start)
{
	return pvhb_add(low, (kernel->start - low) & (kernel->reloc.align - 1), start);
}

/* The highest address in one free range that the relocation note allows; *room is
 * what the kernel could have in it at most. */
static bool fit_into(const struct planning *p, struct pvhboot_range free, uint64_t *start,
		     uint64_t *room)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t size = kernel->end - kernel->start;
	uint64_t low = pvhb_max(free.start, kernel->reloc.min);
	uint64_t high = pvhb_min(pvhb_min(free.end, p->ceiling), kernel->reloc.max + 1);

	*room = align_start(kernel, low, &low) && low < high ? high - low : 0;
	if (*room < size)
		return false;
	*start = low + ((high - size - low) & ~(kernel->reloc.align - 1));
	return true;
}

/* Xen's rule for a dom0 kernel: from the top of memory downwards. */
static enum pvhboot_status relocate(const struct planning *p, uint64_t *start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t size = kernel->end - kernel->start;
	uint64_t most = 0, room;
	size_t i;

	for (i = p->free.n; i > 0; i--) {
		if (fit_into(p, p->free.at[i - 1], start, &room))
			return PVHBOOT_OK;
		most = pvhb_max(most, room);
	}
	return pvhb_fail(p->diag, PVHBOOT_NOROOM,
			 pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL, kernel->start),
			 size, most,
			 "the kernel fits into free RAM at an address that PHYS32_RELOC allows");
}

static void move_kernel(struct planning *p, uint64_t start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	size_t i;

	p->kernel = (struct pvhboot_range){ start, start + (kernel->end - kernel->start) };
	for (i = 0; i < p->n_places; i++)
		p->places[i].gpa += start - kernel->start;
}

/* The slide that the caller wants, or none. */
static enum pvhboot_status slide_kernel(struct planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhb_at at = at_subject(PVHBOOT_SUBJECT_KERNEL);
	uint64_t slide = p->request->slide;
	uint64_t start = kernel->start + slide; /* modulo 2^64: it may go down */

	if (slide != 0 && !kernel->relocatable)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, 0,
				 "slide is 0, or the kernel is relocatable");
	if (slide != 0 && (slide & (kernel->reloc.align - 1)) != 0)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, kernel->reloc.align,
				 "slide is a multiple of PHYS32_RELOC's alignment");
	if (slide != 0 && start < kernel->reloc.min)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start, kernel->reloc.min,
				 "the kernel starts at PHYS32_RELOC's minimum or above");
	if (slide != 0 && !pvhb_within(kernel->reloc.max + 1, start, kernel->end - kernel->start))
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start, kernel->reloc.max,
				 "the kernel ends at PHYS32_RELOC's maximum or below");
	move_kernel(p, start);
	return check_free(p, p->diag);
}

static enum pvhboot_status place_kernel(struct planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t start = kernel->start;
	enum pvhboot_status status;

	if (p->request->flags & PVHBOOT_REQUEST_SLIDE)
		return slide_kernel(p);
	status = check_free(p, kernel->relocatable ? NULL : p->diag);
	if (status != PVHBOOT_OK && kernel->relocatable)
		status = relocate(p, &start);
	if (status == PVHBOOT_OK)
		move_kernel(p, start);
	return status;
}

static enum pvhboot_status take(struct planning *p, struct pvhb_holes *holes, struct pvhb_at at,
				uint64_t size, uint64_t ceiling, uint64_t *gpa)
{
	if (pvhb_holes_take(holes, size, p->kernel.end, ceiling, gpa))
		return PVHBOOT_OK;
	return pvhb_fail(p->diag, PVHBOOT_NOROOM, at, size, pvhb_holes_largest(holes, ceiling),
			 "size <= largest free range below its ceiling");
}

/* The block first: it has the lower ceiling, and modules may be large. */
static enum pvhboot_status place_rest(struct planning *p, const struct pvhb_info_layout *info,
				      uint64_t *info_at)
{
	const struct pvhboot_request *request = p->request;
	struct pvhb_holes holes;
	enum pvhboot_status status;
	size_t i;

	p->taken.at[p->taken.n++] = p->kernel;
	find_free(p);
	pvhb_holes_make(&holes, p->free, p->tree, FLOOR, p->ceiling);
	status = take(p, &holes, at_subject(PVHBOOT_SUBJECT_INFO), info->size, p->info_ceiling,
		      info_at);
	if (status != PVHBOOT_OK)
		return status;
	add_place(p, PVHBOOT_PLACE_INFO, 0, *info_at, info->size,
		  (struct pvhboot_bytes){ p->info, (size_t)info->size });
	for (i = 0; i < request->n_modules; i++) {
		struct pvhboot_bytes bytes = request->modules[i].bytes;

		if (bytes.size == 0) {
			pvhb_warn_plain(
				p->diag,
				pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
				"a module has bytes, or it is left out");
			continue;
		}
		status = take(p, &holes,
			      pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
			      bytes.size, p->ceiling, &p->modules_at[i]);
		if (status != PVHBOOT_OK)
			return status;
		add_place(p, PVHBOOT_PLACE_MODULE, (uint32_t)i, p->modules_at[i], bytes.size,
			  bytes);
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status make(struct planning *p, struct pvhb_map_edge *edges,
				struct pvhboot_plan *out)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhb_info_layout info;
	enum pvhboot_status status;
	uint64_t info_at = 0;

	status = read_segments(p);
	if (status == PVHBOOT_OK)
		status = read_map(p, edges);
	if (status == PVHBOOT_OK)
		status = pvhb_request_check_avoid(p->request, p->diag);
	if (status != PVHBOOT_OK)
		return status;
	read_avoid(p);
	find_free(p);
	status = place_kernel(p);
	if (status != PVHBOOT_OK)
		return status;
	/* cannot fail: it did not with more map entries */
	(void)pvhb_info_lay_out(p->request, p->n_map, &info);
	status = place_rest(p, &info, &info_at);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_info_write(&info, p->request, p->map, p->modules_at, info_at, p->info);
	pvhb_sort(p->places, p->n_places, sizeof(p->places[0]), lies_before);
	*out = (struct pvhboot_plan){
		.places = p->places,
		.n_places = p->n_places,
		.info = { p->info, (size_t)info.size },
		.map = p->map,
		.n_map = p->n_map,
		.start_info = info_at,
		.entry = kernel->entry + (p->kernel.start - kernel->start),
		.slide = p->kernel.start - kernel->start,
	};
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_make(const struct pvhboot_request *request,
				      struct pvhboot_buffer workspace, struct pvhboot_plan *out,
				      struct pvhboot_diag *diag)
{
	struct planning p = { .request = request, .diag = diag };
	struct arrays arrays = { 0 };
	enum pvhboot_status status = find_arrays(request, &arrays, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (workspace.data == NULL || out == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_subject(PVHBOOT_SUBJECT_WORKSPACE),
				       "workspace and out are not NULL");
	if (workspace.size < arrays.size)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, at_subject(PVHBOOT_SUBJECT_WORKSPACE),
				 workspace.size, arrays.size,
				 "workspace size >= what pvhboot_plan_need() says");
	p.ceiling = pvhb_request_ceiling(request);
	p.info_ceiling = pvhb_request_info_ceiling(request);
	carve(&p, &arrays, workspace);
	return make(&p, (void *)(p.info - arrays.info + arrays.edges), out);
}
