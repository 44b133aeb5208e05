/* SPDX-License-Identifier: MIT */
/* Decoding an image in the guest: where to, and then what goes where. */

#include "direct.h"

#include <pvhboot/wire/elf.h>

#include "../base/buffer.h"
#include "../base/span.h"
#include "../image/unpack.h"
#include "../kernel/elf.h"
#include "../kernel/segment.h"
#include "../plan/request.h"
#include "../plan/room.h"
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

static bool can_be_here(const struct pvhboot_image *image, const struct pvhboot_request *request,
			const struct pvhboot_memory *memory)
{
	return image->compression != PVHBOOT_COMPRESSION_NONE && image->size_is_exact &&
	       memory->map != NULL && (memory->flags & PVHBOOT_MEMORY_ONCE) == 0 &&
	       ((request->flags & PVHBOOT_REQUEST_SLIDE) == 0 || request->slide == 0) &&
	       (request->flags & PVHBOOT_REQUEST_KASLR) == 0 &&
	       pvhb_request_check_parts(request, NULL) == PVHBOOT_OK;
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
 * is wrong with one, or that there is none, is left to pvhboot_kernel_open() to say. */
static bool read_segments(struct pvhboot_bytes start, uint64_t unpacked_size, struct landing *out)
{
	struct pvhb_elf elf;
	uint32_t i;

	if (pvhb_elf_check(start, &elf, NULL) != PVHBOOT_OK)
		return false;
	for (i = 0; i < elf.tables.phnum; i++) {
		struct segment *segment = &out->segments[out->n];
		struct pvhb_elf_phdr phdr;

		pvhb_elf_core_phdr(&elf, i, &phdr);
		if (!pvhb_segment_is_loadable(&phdr))
			continue;
		if (out->n == PVHB_MAX_MOVES || !read_segment(&phdr, unpacked_size, segment) ||
		    segment->gpa < out->kernel.end)
			return false;
		if (out->n++ == 0)
			out->kernel.start = segment->gpa;
		out->kernel.end = segment->end;
	}
	return true;
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

/* Decides where an image with these segments lands. False: nowhere. */
static bool find_landing(uint64_t unpacked_size, const struct pvhboot_request *request,
			 struct landing *out)
{
	uint64_t end;

	if (!choose_gpa(out) || !has_order(out) || !pvhb_add(out->gpa, unpacked_size, &end))
		return false;
	out->window.start = pvhb_min(out->gpa, out->kernel.start);
	out->window.end = pvhb_max(end, out->kernel.end);
	return (out->window.start >= PVHB_PAGE_SIZE || out->kernel.start < PVHB_PAGE_SIZE) &&
	       out->window.end <= pvhb_request_ceiling(request);
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
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "an allocator in options");
	status = pvhb_buffer_alloc(allocator, size, at, &buffer, diag);
	if (status != PVHBOOT_OK)
		return status;
	*out = (struct landing){ .n = 0 };
	*read = read_segments(pvhb_image_start(image, options, buffer), image->unpacked_size, out);
	pvhb_buffer_release(allocator, buffer);
	return PVHBOOT_OK;
}

/* Finds the landing of an image; *found tells whether there is one. */
static enum pvhboot_status look(const struct pvhboot_image *image,
				const struct pvhboot_options *options,
				const struct pvhboot_request *request, struct landing *out,
				bool *found, struct pvhboot_diag *diag)
{
	enum pvhboot_status status = PVHBOOT_OK;
	bool read = false;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && !read && i < N_STARTS; i++)
		status = read_start(image, options, start_sizes[i], out, &read, diag);
	*found = read && find_landing(image->unpacked_size, request, out);
	if (!*found)
		return status;
	return pvhb_plan_is_free(request, pvhb_image_allocator(options), out->window, found, diag);
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

static bool is_covered(const struct pvhb_direct *direct, struct pvhboot_bytes bytes)
{
	return pvhb_touches(bytes, direct->host, direct->window.end - direct->window.start);
}

/* A loader whose memory is the guest's may have its sources there: decoding would
 * overwrite what a commit is still to read. */
bool pvhb_direct_covers(const struct pvhb_direct *direct, struct pvhboot_bytes file,
			const struct pvhboot_request *request)
{
	size_t i;

	for (i = 0; i < request->n_modules; i++) {
		if ((request->modules[i].flags & PVHBOOT_MODULE_BY_CALLER) == 0 &&
		    is_covered(direct, request->modules[i].bytes))
			return true;
	}
	for (i = 0; i < request->n_blobs; i++) {
		if ((request->blobs[i].flags & PVHBOOT_BLOB_BY_CALLER) == 0 &&
		    is_covered(direct, request->blobs[i].bytes))
			return true;
	}
	return is_covered(direct, file);
}

enum pvhboot_status pvhb_direct_unpack(const struct pvhboot_image *image,
				       const struct pvhboot_options *options,
				       const struct pvhboot_request *request,
				       const struct pvhboot_memory *memory, struct pvhb_direct *out,
				       struct pvhboot_diag *diag)
{
	struct landing landing = { .n = 0 };
	enum pvhboot_status status;
	bool found = false;
	size_t size;

	*out = (struct pvhb_direct){ .elf = { NULL, 0 } };
	if (!can_be_here(image, request, memory))
		return PVHBOOT_OK;
	status = pvhboot_image_need(image, options, &size, diag);
	if (status == PVHBOOT_OK)
		status = look(image, options, request, &landing, &found, diag);
	if (!found)
		return status;
	out->window = landing.window;
	out->host =
		memory->map(memory->ctx, out->window.start, out->window.end - out->window.start);
	if (out->host == NULL)
		return PVHBOOT_OK;
	if (!pvhb_direct_covers(out, image->file, request))
		status = unpack_at(image, options, &landing, out, diag);
	if (out->elf.data == NULL)
		pvhb_memory_unmap(memory, out->host, out->window);
	return status;
}

/* Whether a place's bytes are the image's to move. */
static bool is_of_image(const struct pvhb_direct *direct, const struct pvhboot_place *place)
{
	return (place->flags & PVHBOOT_PLACE_BY_CALLER) == 0 &&
	       pvhb_lies_in(place->source, direct->elf);
}

/* The moves of a plan in an order in which they can be made. False: there is none. */
static bool find_moves(const struct pvhb_direct *direct, const struct pvhboot_plan *plan,
		       struct pvhb_moves *moves)
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
			return false;
	}
	return pvhb_moves_order(moves);
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

bool pvhb_direct_move(const struct pvhb_direct *direct, const struct pvhboot_plan *plan,
		      bool zeroed)
{
	struct pvhb_moves moves = { .n = 0 };

	if (!find_moves(direct, plan, &moves))
		return false;
	pvhb_moves_make(&moves, direct->host);
	clear_rest(direct, plan, zeroed);
	return true;
}

void pvhb_direct_clear(const struct pvhb_direct *direct)
{
	memset(direct->host + (direct->elf.data - direct->host), 0, direct->elf.size);
}
