/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)

/* Heights. The smallest one that has a label at each edge, and the smallest with text in it. */
#define MIN_HEIGHT 13u
#define TEXT_HEIGHT 20u
#define DENSE_HEIGHT 16u
#define BROKEN_HEIGHT 32u
#define MARK_HEIGHT 15u
#define MAX_GROWTH 12u /* steps, one for each doubling of a page */
#define GROWTH 4u

/* From here on strips are as low as they can be. */
#define MANY_STRIPS 48

static int is_ground(enum picture_kind kind)
{
	return kind >= PICTURE_RAM && kind <= PICTURE_PMEM;
}

static int is_thing(enum picture_kind kind)
{
	return kind >= PICTURE_SEGMENT && kind <= PICTURE_BLOB;
}

struct picture *picture_new(void)
{
	struct picture *picture = calloc(1, sizeof(*picture));

	if (!picture)
		complain("cannot allocate memory for the picture");
	return picture;
}

struct picture_range *picture_add(struct picture *picture, enum picture_kind kind, uint64_t gpa,
				  uint64_t size)
{
	static struct picture_range lost;
	const int has_room = picture->n_ranges < PICTURE_MAX_RANGES;
	struct picture_range *range = has_room ? &picture->ranges[picture->n_ranges] : &lost;

	*range = (struct picture_range){ .start = gpa, .kind = kind };
	range->end = size > UINT64_MAX - gpa ? UINT64_MAX : gpa + size;
	if (range->end == range->start)
		return range;
	if (has_room)
		picture->n_ranges++;
	else
		picture->n_lost++;
	return range;
}

void picture_mark(struct picture *picture, uint64_t gpa, const char *format, ...)
{
	struct picture_mark *mark = &picture->marks[picture->n_marks];
	va_list arguments;

	if (picture->n_marks == PICTURE_MAX_MARKS)
		return;
	mark->gpa = gpa;
	va_start(arguments, format);
	vsnprintf(mark->text, sizeof(mark->text), format, arguments);
	va_end(arguments);
	picture->n_marks++;
}

static int compare_edges(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* All edges, ascending, each once, and 1 MiB where something lies above. Returns how many. */
static size_t find_edges(const struct picture *picture, uint64_t *edges)
{
	size_t n = 0, kept = 0;

	edges[n++] = 0;
	for (size_t i = 0; i < picture->n_ranges; i++) {
		edges[n++] = picture->ranges[i].start;
		edges[n++] = picture->ranges[i].end;
	}
	qsort(edges, n, sizeof(*edges), compare_edges);
	if (edges[n - 1] > MIB) {
		edges[n++] = MIB;
		qsort(edges, n, sizeof(*edges), compare_edges);
	}
	for (size_t i = 0; i < n; i++)
		if (i == 0 || edges[i] != edges[kept - 1])
			edges[kept++] = edges[i];
	return kept;
}

/* Where types of the map overlap the highest one counts: the planner has them disjoint, and of
 * another's map this at least is not RAM. */
static void look_at(const struct picture *picture, int has_dump, struct picture_strip *strip)
{
	strip->is_absent = has_dump;
	for (size_t i = 0; i < picture->n_ranges; i++) {
		const struct picture_range *range = &picture->ranges[i];

		if (range->start > strip->start || range->end < strip->end)
			continue;
		if (range->kind == PICTURE_AVOID)
			strip->is_avoided = 1;
		else if (range->kind == PICTURE_DUMP)
			strip->is_absent = 0;
		else if (is_ground(range->kind) && range->kind > strip->ground)
			strip->ground = range->kind;
		else if (is_thing(range->kind)) {
			strip->under = strip->what;
			strip->what = range;
		}
	}
	if (strip->ground == PICTURE_HOLE && !strip->what)
		strip->is_absent = 0; /* who would expect it */
}

static int is_same(const struct picture_strip *a, const struct picture_strip *b)
{
	return a->what == b->what && a->under == b->under && a->is_avoided == b->is_avoided &&
	       a->is_absent == b->is_absent && (a->what || a->ground == b->ground);
}

static int has_kind(const struct picture *picture, enum picture_kind kind)
{
	for (size_t i = 0; i < picture->n_ranges; i++)
		if (picture->ranges[i].kind == kind)
			return 1;
	return 0;
}

/* Adds the strips from one edge down to another. */
static void add_strips(const struct picture *picture, size_t n_edges, uint64_t from, uint64_t to,
		       struct picture_column *column, struct picture_layout *out)
{
	const int has_dump = has_kind(picture, PICTURE_DUMP);

	for (size_t i = n_edges - 1; i > 0; i--) {
		struct picture_strip *strip = &out->strips[column->first + column->n];

		if (out->edges[i] > from || out->edges[i - 1] < to)
			continue;
		*strip = (struct picture_strip){ .start = out->edges[i - 1], .end = out->edges[i] };
		look_at(picture, has_dump, strip);
		if (column->n > 0 && is_same(strip - 1, strip))
			strip[-1].start = strip->start;
		else
			column->n++;
	}
}

/* 1 when the strips up to 1 MiB show more than RAM with a hole above it, as any PC has. */
static int is_worth_a_column(const struct picture *picture, uint64_t top)
{
	size_t n_ground = 0;

	for (size_t i = 0; i < picture->n_ranges; i++) {
		const struct picture_range *range = &picture->ranges[i];

		if (range->start >= MIB || range->kind == PICTURE_DUMP)
			continue;
		if (!is_ground(range->kind))
			return top > MIB;
		n_ground++;
	}
	return n_ground > 1 && top > MIB;
}

int picture_is_marked(const struct picture_mark *mark, const struct picture_strip *strip)
{
	return !strip->is_first_mib && mark->gpa >= strip->start && mark->gpa < strip->end;
}

size_t picture_n_marks(const struct picture *picture, const struct picture_strip *strip)
{
	size_t n = 0;

	for (size_t i = 0; i < picture->n_marks; i++)
		n += (size_t)picture_is_marked(&picture->marks[i], strip);
	return n;
}

int picture_has_text(const struct picture_strip *strip)
{
	return strip->what || strip->end - strip->start >= PAGE;
}

/* Not to scale, but what is larger is not lower. */
static unsigned int height_of(const struct picture *picture, const struct picture_strip *strip,
			      int is_dense)
{
	const unsigned int marks = (unsigned int)picture_n_marks(picture, strip) * MARK_HEIGHT;
	unsigned int steps = 0;
	unsigned int height = is_dense ? DENSE_HEIGHT : TEXT_HEIGHT;

	for (uint64_t size = strip->end - strip->start; size > PAGE && steps < MAX_GROWTH;
	     size /= 2)
		steps++;
	if (!picture_has_text(strip))
		height = MIN_HEIGHT;
	else if (!is_dense && (strip->what || strip->is_first_mib))
		height += GROWTH * steps;
	else if (!is_dense && steps == MAX_GROWTH)
		height = BROKEN_HEIGHT;
	return height > marks ? height : marks;
}

static void stack(const struct picture *picture, const struct picture_column *column,
		  struct picture_layout *out)
{
	unsigned int y = 0;

	for (size_t i = column->first; i < column->first + column->n; i++) {
		struct picture_strip *strip = &out->strips[i];

		strip->y = y;
		strip->height = height_of(picture, strip, column->n >= MANY_STRIPS);
		y += strip->height;
		out->has_kind[strip->what ? strip->what->kind : strip->ground] = 1;
		out->has_kind[PICTURE_AVOID] |= strip->is_avoided;
		out->has_kind[PICTURE_DUMP] |= strip->is_absent;
	}
	if (y > out->height)
		out->height = y;
}

/* The columns stand on one line. */
static void let_down(const struct picture_column *column, struct picture_layout *out)
{
	const struct picture_strip *last = &out->strips[column->first + column->n - 1];
	const unsigned int by = out->height - (last->y + last->height);

	for (size_t i = column->first; i < column->first + column->n; i++)
		out->strips[i].y += by;
}

void picture_lay_out(const struct picture *picture, struct picture_layout *out)
{
	struct picture_column *all = &out->columns[0], *low = &out->columns[1];
	size_t n_edges;
	uint64_t top;

	memset(out, 0, sizeof(*out));
	n_edges = find_edges(picture, out->edges);
	top = out->edges[n_edges - 1];
	if (!is_worth_a_column(picture, top)) {
		add_strips(picture, n_edges, top, 0, all, out);
		stack(picture, all, out);
		return;
	}
	add_strips(picture, n_edges, top, MIB, all, out);
	out->strips[all->n++] = (struct picture_strip){ .end = MIB, .is_first_mib = 1 };
	low->first = all->n;
	add_strips(picture, n_edges, MIB, 0, low, out);
	stack(picture, all, out);
	stack(picture, low, out);
	let_down(all, out);
	let_down(low, out);
}
