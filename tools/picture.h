/* SPDX-License-Identifier: MIT */
/*
 * Guest memory as people draw it: ranges in any order, which may overlap, become strips in one or
 * two columns. Nothing here knows a plan, a dump, or SVG.
 *
 *	picture_add(), picture_mark()  what there is
 *	picture_lay_out()              where it is drawn
 *	picture_put()                  in picture_svg.h
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>
#include <stdint.h>

/* What memory is, and what lies in it. The types of a map come first, as enum pvhboot_map_type
 * numbers them. */
enum picture_kind {
	PICTURE_HOLE = 0, /* of nothing that was added */
	PICTURE_RAM = 1,
	PICTURE_RESERVED,
	PICTURE_ACPI,
	PICTURE_NVS,
	PICTURE_UNUSABLE,
	PICTURE_DISABLED,
	PICTURE_PMEM,
	PICTURE_SEGMENT,
	PICTURE_SYMBOLS,
	PICTURE_MODULE,
	PICTURE_BLOCK, /* what the kernel is handed */
	PICTURE_BLOB,
	PICTURE_AVOID, /* hatched over the memory that it is in */
	PICTURE_DUMP, /* where there is one, what lies outside of all of them is marked as absent */
	PICTURE_N_KINDS
};

#define PICTURE_MAX_RANGES 1024
#define PICTURE_MAX_MARKS 16
#define PICTURE_MAX_NAME 64
#define PICTURE_MAX_DETAIL 192

/* Texts are printable ASCII: text_escape() makes them so. */
struct picture_range {
	uint64_t start;
	uint64_t end; /* above start */
	enum picture_kind kind;
	char name[PICTURE_MAX_NAME];     /* "": that of the kind */
	char detail[PICTURE_MAX_DETAIL]; /* for those who point at it; may be empty */
};

/* A place that a register holds. */
struct picture_mark {
	uint64_t gpa;
	char text[PICTURE_MAX_NAME];
};

struct picture {
	struct picture_range ranges[PICTURE_MAX_RANGES];
	size_t n_ranges;
	size_t n_lost; /* ranges that found no room */
	struct picture_mark marks[PICTURE_MAX_MARKS];
	size_t n_marks;
	char title[PICTURE_MAX_DETAIL];
	char subtitle[PICTURE_MAX_DETAIL];
};

/* An empty picture, for free(); NULL after a complaint. */
struct picture *picture_new(void);

/* Adds a range and returns it, for its texts to be filled; a range of no bytes, or one that finds
 * no room, is left out. Never NULL: what is left out is returned all the same. What ends behind
 * 2^64 - 1 ends there. */
struct picture_range *picture_add(struct picture *picture, enum picture_kind kind, uint64_t gpa,
				  uint64_t size);

/* Marks a place. Marks that find no room are left out. */
__attribute__((format(printf, 3, 4))) void picture_mark(struct picture *picture, uint64_t gpa,
							const char *format, ...);

/* A piece of memory that is the same throughout. */
struct picture_strip {
	uint64_t start;
	uint64_t end;
	const struct picture_range *what;  /* that lies in it, or NULL */
	const struct picture_range *under; /* what lies there too, which is an error; or NULL */
	enum picture_kind ground;          /* type of memory */
	int is_avoided;
	int is_absent;
	int is_first_mib; /* 1: the other column shows what it holds */
	unsigned int y;   /* of its upper edge: high addresses are on top */
	unsigned int height;
};

struct picture_column {
	size_t first; /* of its strips, which descend */
	size_t n;
};

/* At each range's edges there is one strip more; both columns may have it. */
#define PICTURE_MAX_STRIPS (4 * PICTURE_MAX_RANGES + 8)

struct picture_layout {
	struct picture_strip strips[PICTURE_MAX_STRIPS];
	struct picture_column columns[2]; /* all, and the first MiB; n is 0 where it is not apart */
	unsigned int height;              /* of the higher one */
	int has_kind[PICTURE_N_KINDS];    /* for a legend */
	uint64_t edges[2 * PICTURE_MAX_RANGES + 2];
};

/* 0 where a strip is too low for letters: padding behind something that does not fill a page. */
int picture_has_text(const struct picture_strip *strip);

/* Marks that point into a strip of a column which shows them. */
size_t picture_n_marks(const struct picture *picture, const struct picture_strip *strip);
int picture_is_marked(const struct picture_mark *mark, const struct picture_strip *strip);

/* *out points into the picture. */
void picture_lay_out(const struct picture *picture, struct picture_layout *out);

#endif
