/* SPDX-License-Identifier: MIT */
/* Decoding an image in the guest: where to, and then what goes where. */

#include "direct.h"

#include <pvhboot/wire/elf.h>

#include "../base/buffer.h"
#include "../base/diag.h"
#include "../base/env.h"
#include "../base/span.h"
#include "../image/unpack.h"
#include "../kernel/elf.h"
#include "../kernel/segment.h"
#include "../plan/check/checking.h"
#include "../plan/map.h"
#include "../plan/request.h"
#include "commit.h"
#include "moves.h"

/* As much of an image is decoded to see its headers. The second is for headers that
 * lie elsewhere, and for LZO, whose decoder stops at whole blocks only, which have as
 * much in Linux. */
static const size_t start_sizes[] = { PVHB_IMAGE_HEADERS, (size_t)256 << 10 };

_Static_assert(sizeof(struct pvhboot_wire_elf64_ehdr) +
			       PVHB_MAX_MOVES * sizeof(struct pvhboot_wire_elf64_phdr) <=
		       PVHB_IMAGE_HEADERS,
	       "headers of as many segments as can be moved");

#define N_STARTS (sizeof(start_sizes) / sizeof(start_sizes[0]))

/* Free RAM is looked for by plain loops over the map, which may be quadratic. */
#define MAX_MAP 1024

/* A segment whose bytes are to come. */
struct segment {
	uint64_t offset; /* in the image */
	uint64_t filesz;
	uint64_t gpa;
	uint64_t end; /* gpa */
};

/* What the start of an image tells: its segments, and where it would lie. */
struct landing {
	struct segment segments[PVHB_MAX_MOVES];
	size_t n;
	struct pvhboot_range kernel; /* as linked */
	uint64_t gpa;                /* of the image's first byte */
	struct pvhboot_range window;
};

static const char *not_here(const struct pvhboot_image *image,
			    const struct pvhboot_request *request,
			    const struct pvhboot_memory *memory)
{
	if (image->compression == PVHBOOT_COMPRESSION_NONE)
		return "the image is compressed";
	if (!image->size_is_exact)
		return "the image's unpacked size is known";
	if (memory->map == NULL || (memory->flags & ~PVHBOOT_MEMORY_ZEROED) != 0 ||
	    memory->reserved32 != 0)
		return "memory has map, flags that are known, and reserved 0";
	if ((request->flags & PVHBOOT_REQUEST_SLIDE) != 0 && request->slide != 0)
		return "the kernel does not slide";
	if ((request->map == NULL && request->n_map != 0) ||
	    (request->avoid == NULL && request->n_avoid != 0) ||
	    (request->blobs == NULL && request->n_blobs != 0) ||
	    (request->modules == NULL && request->n_modules != 0) || request->n_map > MAX_MAP ||
	    pvhb_map_check(request->map, request->n_map, NULL) != PVHBOOT_OK)
		return "the request's arrays are there, and its map is short";
	return NULL;
}

static bool read_segment(const struct pvhb_elf_phdr *phdr, uint64_t unpacked_size,
			 struct segment *out)
{
	*out = (struct segment){ phdr->offset, phdr->filesz, phdr->paddr, 0 };
	return phdr->filesz <= phdr->memsz &&
	       pvhb_within(unpacked_size, phdr->offset, phdr->filesz) &&
	       pvhb_add(phdr->paddr, phdr->memsz, &out->end);
}

/* The segments in ascending order, each in the image, and none over another. What
 * is wrong with one is left to pvhboot_kernel_open() to say. */
static bool read_segments(struct pvhboot_bytes start, uint64_t unpacked_size, struct landing *out)
{
	struct pvhb_elf elf;
	uint32_t i;

	if (pvhb_elf_check(start, &elf, NULL) != PVHBOOT_OK)
		return false;
	for (i = 0; i < elf.tables.phnum; i++) {
		struct segment *segment = &out->segments[out->n];
		struct pvhb_elf_phdr phdr;

		pvhb_elf_core.phdr(&elf, i, &phdr);
		if (!pvhb_segment_is_loadable(&phdr))
			continue;
		if (out->n == PVHB_MAX_MOVES || !read_segment(&phdr, unpacked_size, segment) ||
		    segment->gpa < out->kernel.end)
			return false;
		if (out->n++ == 0)
			out->kernel.start = segment->gpa;
		out->kernel.end = segment->end;
	}
	return out->n > 0;
}

/* How many bytes would be in place were the image at gpa. */
static uint64_t bytes_in_place(const struct landing *landing, uint64_t gpa)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < landing->n; i++) {
		if (landing->segments[i].gpa - landing->segments[i].offset == gpa)
			sum += landing->segments[i].filesz;
	}
	return sum;
}

/* The address that puts most bytes in their place. False: there is none at 0 or
 * above. */
static bool choose_gpa(struct landing *landing)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < landing->n; i++) {
		const struct segment *segment = &landing->segments[i];
		uint64_t gpa = segment->gpa - segment->offset;
		uint64_t bytes = bytes_in_place(landing, gpa);

		if (segment->gpa < segment->offset || bytes <= most)
			continue;
		landing->gpa = gpa;
		most = bytes;
	}
	return most > 0;
}

static bool has_order(const struct landing *landing)
{
	struct pvhb_moves moves = { .n = 0 };
	size_t i;

	for (i = 0; i < landing->n; i++) {
		const struct segment *segment = &landing->segments[i];
		struct pvhb_move move = { landing->gpa + segment->offset, segment->gpa,
					  segment->filesz };

		(void)pvhb_moves_add(&moves, move); /* there are no more than its maximum */
	}
	return pvhb_moves_order(&moves);
}

static bool is_free(const struct pvhboot_request *request, struct pvhboot_range range)
{
	const struct pvhb_check check = { .request = request };
	size_t i;

	for (i = 0; i < request->n_avoid; i++) {
		if (request->avoid[i].start < request->avoid[i].end &&
		    pvhb_overlap(range, request->avoid[i]))
			return false;
	}
	for (i = 0; i < request->n_blobs; i++) {
		struct pvhboot_range pages =
			pvhb_request_blob_pages(&request->blobs[i], request->blobs[i].gpa);

		if (request->blobs[i].gpa != 0 && pages.start < pages.end &&
		    pvhb_overlap(range, pages))
			return false;
	}
	return pvhb_check_is_host_ram(&check, range);
}

/* Decides where an image with these segments lands; NULL, or why it does not. */
static const char *find_landing(uint64_t unpacked_size, const struct pvhboot_request *request,
				struct landing *out)
{
	uint64_t end;

	if (!choose_gpa(out))
		return "the image has an address from 0 on";
	if (!has_order(out))
		return "segments can be moved in some order";
	if (!pvhb_add(out->gpa, unpacked_size, &end))
		return "the image ends below 2^64";
	out->window.start = pvhb_min(out->gpa, out->kernel.start);
	out->window.end = pvhb_max(end, out->kernel.end);
	if (out->window.start < PVHB_PAGE_SIZE || out->window.end > pvhb_request_ceiling(request) ||
	    !is_free(request, out->window))
		return "the image and the kernel lie in free RAM";
	return NULL;
}

/* Decodes as much of an image as the buffer holds, for its segments; *read tells
 * whether they were there. */
static enum pvhboot_status read_start(const struct pvhboot_image *image,
				      const struct pvhboot_options *options, size_t size,
				      struct landing *out, bool *read, struct pvhboot_diag *diag)
{
	const struct pvhboot_allocator *allocator = pvhb_image_allocator(options);
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE);
	struct pvhboot_buffer buffer;
	enum pvhboot_status status;

	if (allocator == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "there is an allocator");
	status = pvhb_buffer_alloc(allocator, size, at, &buffer, diag);
	if (status != PVHBOOT_OK)
		return status;
	*out = (struct landing){ .n = 0 };
	*read = read_segments(pvhb_image_start(image, options, buffer), image->unpacked_size, out);
	pvhb_buffer_release(allocator, buffer);
	return PVHBOOT_OK;
}

/* Finds the landing of an image; *why as find_landing(). */
static enum pvhboot_status look(const struct pvhboot_image *image,
				const struct pvhboot_options *options,
				const struct pvhboot_request *request, struct landing *out,
				const char **why, struct pvhboot_diag *diag)
{
	enum pvhboot_status status = PVHBOOT_OK;
	bool read = false;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && !read && i < N_STARTS; i++)
		status = read_start(image, options, start_sizes[i], out, &read, diag);
	if (!read)
		*why = "the image starts with ELF headers of segments in ascending order";
	else
		*why = find_landing(image->unpacked_size, request, out);
	return status;
}

static enum pvhboot_status unpack_at(const struct pvhboot_image *image,
				     const struct pvhboot_options *options,
				     const struct landing *landing, struct pvhb_direct *direct,
				     struct pvhboot_diag *diag)
{
	struct pvhboot_buffer out = { direct->host + (landing->gpa - landing->window.start),
				      (size_t)image->unpacked_size };
	enum pvhboot_status status = pvhboot_image_unpack(image, options, out, &direct->elf, diag);

	if (status != PVHBOOT_OK) /* only a part of it was written, but which? */
		memset(out.data, 0, out.size);
	return status;
}

static bool lies_in(const struct pvhb_direct *direct, struct pvhboot_bytes bytes)
{
	return pvhb_touches(bytes, direct->host, direct->window.end - direct->window.start);
}

/* A loader whose memory is the guest's may have its sources there: decoding would
 * overwrite what a commit is still to read. */
static bool covers_source(const struct pvhb_direct *direct, const struct pvhboot_image *image,
			  const struct pvhboot_request *request)
{
	size_t i;

	for (i = 0; i < request->n_modules; i++) {
		if ((request->modules[i].flags & PVHBOOT_MODULE_BY_CALLER) == 0 &&
		    lies_in(direct, request->modules[i].bytes))
			return true;
	}
	for (i = 0; i < request->n_blobs; i++) {
		if (lies_in(direct, request->blobs[i].bytes))
			return true;
	}
	return lies_in(direct, image->file);
}

enum pvhboot_status pvhb_direct_unpack(const struct pvhboot_image *image,
					  const struct pvhboot_options *options,
					  const struct pvhboot_request *request,
					  const struct pvhboot_memory *memory,
					  struct pvhb_direct *out, struct pvhboot_diag *diag)
{
	struct landing landing = { .n = 0 };
	struct pvhb_direct direct = { .elf = { NULL, 0 } };
	enum pvhboot_status status = PVHBOOT_OK;
	size_t size;

	if (image == NULL || request == NULL || memory == NULL || out == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE),
				       "image, request, memory and out are not NULL");
	direct.why = not_here(image, request, memory);
	if (direct.why == NULL)
		status = pvhboot_image_need(image, options, &size, diag);
	if (status == PVHBOOT_OK && direct.why == NULL)
		status = look(image, options, request, &landing, &direct.why, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (direct.why == NULL) {
		direct.window = landing.window;
		direct.host = memory->map(memory->ctx, landing.window.start,
					  landing.window.end - landing.window.start);
		if (direct.host == NULL)
			direct.why = "map has a pointer for the kernel and the image";
		else if (covers_source(&direct, image, request))
			direct.why = "the file, modules and blobs lie outside of the window";
		else
			status = unpack_at(image, options, &landing, &direct, diag);
	}
	if (status == PVHBOOT_OK)
		*out = direct;
	return status;
}

/* Whether a place's bytes come from the image. Compared as numbers: pointers into
 * different objects have no order in C. */
static bool is_of_image(const struct pvhb_direct *direct, const struct pvhboot_place *place)
{
	uintptr_t offset = (uintptr_t)place->source.data - (uintptr_t)direct->elf.data;

	return (place->flags & PVHBOOT_PLACE_BY_CALLER) == 0 && place->source.size != 0 &&
	       offset < direct->elf.size;
}

static enum pvhboot_status find_moves(const struct pvhb_direct *direct,
				      const struct pvhboot_plan *plan, struct pvhb_moves *moves,
				      struct pvhboot_diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		struct pvhb_move move;

		if (!is_of_image(direct, place))
			continue;
		move.from = (uint64_t)(place->source.data - direct->host);
		move.to = place->gpa - direct->window.start;
		move.size = place->source.size;
		if (place->gpa < direct->window.start ||
		    !pvhb_within(direct->window.end, place->gpa, place->size) ||
		    !pvhb_moves_add(moves, move))
			return pvhb_fail(diag, PVHBOOT_MALFORMED,
					 pvhb_at_element(PVHBOOT_STAGE_COMMIT,
							 PVHBOOT_SUBJECT_PLACE, i, place->gpa),
					 place->gpa + place->size, direct->window.end,
					 "the plan leaves the kernel where its image lies");
	}
	if (!pvhb_moves_order(moves))
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED,
				       pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_KERNEL),
				       "segments can be moved in some order");
	return PVHBOOT_OK;
}

static void clear(const struct pvhb_direct *direct, uint64_t start, uint64_t end)
{
	if (start < end)
		memset(direct->host + (start - direct->window.start), 0, (size_t)(end - start));
}

/* Clears what lies between the segments' bytes: all of it where the image was, and
 * where memory is not zero, the rest of the segments too. */
static void clear_rest(const struct pvhb_direct *direct, const struct pvhboot_plan *plan,
		       bool zeroed)
{
	uint64_t image = direct->window.start + (uint64_t)(direct->elf.data - direct->host);
	uint64_t image_end = image + direct->elf.size;
	uint64_t at = image;
	size_t i;

	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		uint64_t end = place->gpa + place->source.size;

		if (!is_of_image(direct, place))
			continue;
		clear(direct, at, pvhb_min(place->gpa, image_end));
		if (!zeroed) { /* behind the image and in front of it */
			clear(direct, pvhb_max(end, image_end), place->gpa + place->size);
			clear(direct, end, pvhb_min(place->gpa + place->size, image));
		}
		at = pvhb_max(at, end);
	}
	clear(direct, at, image_end);
}

enum pvhboot_status pvhb_direct_commit(const struct pvhb_direct *direct,
					  const struct pvhboot_plan *plan,
					  const struct pvhboot_memory *memory,
					  struct pvhboot_diag *diag)
{
	struct pvhb_moves moves = { .n = 0 };
	enum pvhboot_status status = pvhb_commit_check(plan, memory, diag);
	size_t i;

	if (status != PVHBOOT_OK)
		return status;
	if (direct == NULL || direct->elf.data == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_NONE),
				       "an image was unpacked in the guest");
	status = find_moves(direct, plan, &moves, diag);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_moves_make(&moves, direct->host);
	clear_rest(direct, plan, (memory->flags & PVHBOOT_MEMORY_ZEROED) != 0);
	for (i = 0; status == PVHBOOT_OK && i < plan->n_places; i++) {
		if (!is_of_image(direct, &plan->places[i]))
			status = pvhb_commit_place(&plan->places[i], i, memory, diag);
	}
	return status;
}

void pvhb_direct_undo(const struct pvhb_direct *direct)
{
	if (direct != NULL && direct->elf.data != NULL)
		memset(direct->host + (direct->elf.data - direct->host), 0, direct->elf.size);
}
