/* SPDX-License-Identifier: MIT */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"

#define PAGE 4096u
#define MIB (UINT64_C(1) << 20)

enum granule_state { ABSENT, FREE, TAKEN };

struct board {
	uint8_t *state; /* enum granule_state of each granule */
	uint32_t *run;  /* how many granules from each on are free, by count_runs() */
	size_t n;
	uint64_t granule;
	uint64_t base; /* gpa of the first granule */
	uint64_t space;
};

/* Granules touched by [start, end), cut to the space. */
static void mark(struct board *board, uint64_t start, uint64_t end, enum granule_state state)
{
	size_t first;
	size_t last;

	start = start > board->base ? start - board->base : 0;
	end = end > board->base ? end - board->base : 0;
	if (end > board->space)
		end = board->space;
	if (start >= end)
		return;
	first = (size_t)(start / board->granule);
	last = (size_t)((end - 1) / board->granule);
	for (size_t i = first; i <= last; i++)
		board->state[i] = (uint8_t)state;
}

static void count_runs(struct board *board)
{
	uint32_t run = 0;

	for (size_t i = board->n; i-- > 0;) {
		run = board->state[i] == FREE ? run + 1 : 0;
		board->run[i] = run;
	}
}

static int is_free(const struct board *board, uint64_t start, uint64_t size)
{
	uint64_t first;

	start -= board->base;
	if (start >= board->space || size > board->space - start)
		return 0;
	first = start / board->granule;
	return board->run[first] > (start + size - 1) / board->granule - first;
}

static void paint(struct board *board, const struct pvhboot_request *request)
{
	for (size_t i = 0; i < request->n_map; i++) {
		const struct pvhboot_map_entry *entry = &request->map[i];

		if (entry->type == PVHBOOT_MAP_RAM)
			mark(board, entry->gpa, entry->gpa + entry->size, FREE);
	}
	for (size_t i = 0; i < request->n_map; i++) {
		const struct pvhboot_map_entry *entry = &request->map[i];

		if (entry->type != PVHBOOT_MAP_RAM)
			mark(board, entry->gpa, entry->gpa + entry->size, TAKEN);
	}
	for (size_t i = 0; i < request->n_avoid; i++)
		mark(board, request->avoid[i].start, request->avoid[i].end, TAKEN);
	mark(board, 0, PAGE, TAKEN);
	if (!board->base && request->ceiling)
		mark(board, request->ceiling, board->space, TAKEN);
	count_runs(board);
}

/* Gaps between segments need not be RAM, as long as nothing else uses them. */
static int is_linked_to_free_ram(const struct board *board, const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		if (!is_free(board, segment.gpa, segment.size))
			return 0;
	}
	return !kernel->symbols.size || is_free(board, kernel->symbols.gpa, kernel->symbols.size);
}

static uint64_t size_of(const struct pvhboot_kernel *kernel)
{
	if (kernel->symbols.size)
		return kernel->symbols.gpa + kernel->symbols.size - kernel->start;
	return kernel->end - kernel->start;
}

/* The highest or lowest allowed start of the kernel, 0: none. */
static uint64_t find_slot(const struct board *board, const struct pvhboot_kernel *kernel,
			  int lowest)
{
	const struct pvhboot_reloc *reloc = &kernel->reloc;
	uint64_t size = size_of(kernel);
	uint64_t best = 0;

	for (uint64_t start = kernel->start % reloc->align; start < board->space;
	     start += reloc->align) {
		if (start >= reloc->min && start + size - 1 <= reloc->max &&
		    is_free(board, start, size) && !(lowest && best))
			best = start;
	}
	return best;
}

/* What is to be placed. */
struct piece {
	uint64_t size;
	uint64_t align;
	uint64_t floor;
	uint64_t first; /* what is free from here on is tried first */
	uint64_t ceiling;
};

/* Where the free memory starts that a free address is in, from the floor on. */
static uint64_t start_of_free(const struct board *board, uint64_t at, uint64_t floor)
{
	size_t i = (size_t)((at - board->base) / board->granule);

	while (i > 0 && board->state[i - 1] == FREE && board->base + i * board->granule > floor)
		i--;
	return board->base + i * board->granule;
}

/* The first aligned address where it fits, and where free memory starts at "from"
 * or above, but for a part of a page; 0: none. */
static uint64_t first_fit(const struct board *board, const struct piece *piece, uint64_t from)
{
	uint64_t at = (piece->floor + piece->align - 1) / piece->align * piece->align;

	for (; at < board->base + board->space; at += piece->align) {
		uint64_t start;

		if (at + piece->size > piece->ceiling || !is_free(board, at, piece->size))
			continue;
		start = start_of_free(board, at, piece->floor);
		if ((start + PAGE - 1) / PAGE * PAGE >= from)
			return at;
	}
	return 0;
}

static uint64_t place(struct board *board, const struct piece *piece)
{
	uint64_t at = first_fit(board, piece, piece->first);

	if (!at)
		at = first_fit(board, piece, 0);
	if (at) {
		/* what is in front of it is lost */
		mark(board, start_of_free(board, at, piece->floor), at + piece->size, TAKEN);
		count_runs(board);
	}
	return at;
}

static uint64_t place_module(struct board *low, struct board *high, struct piece piece,
			     const struct pvhboot_module *module)
{
	uint64_t at;

	piece.size = module->bytes.size;
	piece.align = module->align > PAGE ? module->align : PAGE;
	piece.ceiling = low->space;
	at = place(low, &piece);
	if (at || !high)
		return at;
	piece.floor = high->base;
	piece.ceiling = high->base + high->space;
	return place(high, &piece);
}

static void place_all(struct board *board, struct board *high,
		      const struct pvhboot_request *request, uint64_t info_size,
		      struct oracle_plan *plan)
{
	const struct pvhboot_kernel *kernel = request->kernel;
	uint64_t size = size_of(kernel);
	uint64_t start = kernel->start;
	struct piece piece = {
		.size = info_size,
		.align = PAGE,
		.floor = request->flags & PVHBOOT_REQUEST_BELOW_1MIB ? PAGE : MIB,
		.ceiling = request->info_ceiling ? request->info_ceiling : UINT64_C(1) << 30,
	};

	plan->failed = PVHBOOT_SUBJECT_KERNEL;
	if (!is_linked_to_free_ram(board, kernel)) {
		if (!kernel->relocatable) {
			plan->status = PVHBOOT_OVERLAP;
			return;
		}
		start = find_slot(board, kernel, (request->flags & PVHBOOT_REQUEST_LOWEST) != 0);
		if (!start) {
			plan->status = PVHBOOT_NOROOM;
			return;
		}
	}
	plan->slide = start - kernel->start;
	mark(board, start, start + size, TAKEN);
	count_runs(board);

	plan->status = PVHBOOT_NOROOM;
	plan->failed = PVHBOOT_SUBJECT_INFO;
	piece.first = start + size > MIB ? start + size : MIB;
	plan->info = place(board, &piece);
	if (!plan->info)
		return;

	plan->failed = PVHBOOT_SUBJECT_MODULE;
	for (size_t i = 0; i < request->n_modules; i++) {
		plan->failed_index = (uint32_t)i;
		if (request->modules[i].bytes.size == 0)
			continue;
		plan->modules[i] = place_module(board, high, piece, &request->modules[i]);
		if (!plan->modules[i])
			return;
	}
	plan->status = PVHBOOT_OK;
}

static void open_board(struct board *board, const struct pvhboot_request *request, uint64_t base,
		       uint64_t space, uint64_t granule)
{
	board->n = (size_t)(space / granule);
	board->state = must_alloc(board->n);
	board->run = must_alloc(board->n * sizeof(*board->run));
	board->granule = granule;
	board->base = base;
	board->space = space;
	paint(board, request);
}

static void close_board(struct board *board)
{
	free(board->state);
	free(board->run);
}

struct oracle_plan oracle_place(const struct pvhboot_request *request, uint64_t info_size,
				uint64_t space, uint64_t granule)
{
	const int may_be_high = (request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB) != 0;
	struct oracle_plan plan;
	struct board low;
	struct board high;

	memset(&plan, 0, sizeof(plan));
	open_board(&low, request, 0, space, granule);
	open_board(&high, request, UINT64_C(1) << 32, space, granule);
	place_all(&low, may_be_high ? &high : NULL, request, info_size, &plan);
	close_board(&low);
	close_board(&high);
	return plan;
}
