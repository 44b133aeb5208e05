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
	uint64_t space;
};

/* Granules touched by [start, end), cut to the space. */
static void mark(struct board *board, uint64_t start, uint64_t end, enum granule_state state)
{
	size_t first = (size_t)(start / board->granule);
	size_t last;

	if (end > board->space)
		end = board->space;
	if (start >= end)
		return;
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
	uint64_t first = start / board->granule;

	if (start >= board->space || size > board->space - start)
		return 0;
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
	if (request->ceiling && request->ceiling < board->space)
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
	return 1;
}

/* The highest allowed start of the kernel, 0: none. */
static uint64_t highest_slot(const struct board *board, const struct pvhboot_kernel *kernel)
{
	const struct pvhboot_reloc *reloc = &kernel->reloc;
	uint64_t size = kernel->end - kernel->start;
	uint64_t best = 0;

	for (uint64_t start = kernel->start % reloc->align; start < board->space;
	     start += reloc->align) {
		if (start >= reloc->min && start + size - 1 <= reloc->max &&
		    is_free(board, start, size))
			best = start;
	}
	return best;
}

/* The first page from "from" on where size bytes are free and end below the
 * ceiling, 0: none. */
static uint64_t first_page(const struct board *board, uint64_t from, uint64_t size,
			   uint64_t ceiling)
{
	for (uint64_t at = (from + PAGE - 1) / PAGE * PAGE; at < board->space; at += PAGE) {
		if (at + size <= ceiling && is_free(board, at, size))
			return at;
	}
	return 0;
}

static uint64_t place(struct board *board, uint64_t kernel_end, uint64_t size, uint64_t ceiling)
{
	uint64_t at = first_page(board, kernel_end > MIB ? kernel_end : MIB, size, ceiling);

	if (!at)
		at = first_page(board, MIB, size, ceiling);
	if (at) {
		mark(board, at, at + size, TAKEN);
		count_runs(board);
	}
	return at;
}

static void place_all(struct board *board, const struct pvhboot_request *request,
		      uint64_t info_size, struct oracle_plan *plan)
{
	const struct pvhboot_kernel *kernel = request->kernel;
	uint64_t size = kernel->end - kernel->start;
	uint64_t start = kernel->start;

	plan->failed = PVHBOOT_SUBJECT_KERNEL;
	if (!is_linked_to_free_ram(board, kernel)) {
		if (!kernel->relocatable) {
			plan->status = PVHBOOT_OVERLAP;
			return;
		}
		start = highest_slot(board, kernel);
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
	plan->info = place(board, start + size, info_size,
			   request->info_ceiling ? request->info_ceiling : UINT64_C(1) << 30);
	if (!plan->info)
		return;

	plan->failed = PVHBOOT_SUBJECT_MODULE;
	for (size_t i = 0; i < request->n_modules; i++) {
		plan->failed_index = (uint32_t)i;
		if (request->modules[i].bytes.size == 0)
			continue;
		plan->modules[i] =
			place(board, start + size, request->modules[i].bytes.size, board->space);
		if (!plan->modules[i])
			return;
	}
	plan->status = PVHBOOT_OK;
}

struct oracle_plan oracle_place(const struct pvhboot_request *request, uint64_t info_size,
				uint64_t space, uint64_t granule)
{
	struct oracle_plan plan;
	struct board board;

	board.n = (size_t)(space / granule);
	board.state = must_alloc(board.n);
	board.run = must_alloc(board.n * sizeof(*board.run));
	board.granule = granule;
	board.space = space;

	memset(&plan, 0, sizeof(plan));
	paint(&board, request);
	place_all(&board, request, info_size, &plan);
	free(board.state);
	free(board.run);
	return plan;
}
