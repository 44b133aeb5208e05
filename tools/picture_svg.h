/* SPDX-License-Identifier: MIT */
/* A picture of guest memory as SVG: one file without scripts and without references to others,
 * which follows the reader's light or dark colours, and prints. */
#ifndef PICTURE_SVG_H
#define PICTURE_SVG_H

#include "options.h"
#include "output.h"
#include "picture.h"

enum picture_format {
	PICTURE_SVG,
	PICTURE_HTML, /* the SVG in a page, with a line about what the reader points at */
};

/* Where a picture goes. All zero: nobody wants one. */
struct picture_file {
	const char *path; /* "-" is standard output */
	enum picture_format format;
	int replace;
};

/* Takes a path, of which there can be one, into a struct picture_file; bits are the format. */
option_take picture_take;

/* Refuses where JSON and the picture would go to standard output, and where --force, which is
 * replace, is for nothing. Returns NO_EXIT, or EXIT_USAGE after a complaint. */
int picture_check(const struct command *command, const struct picture_file *file, int json);

/* 1 where the picture stands on standard output, instead of text. */
int picture_is_stdout(const struct picture_file *file);

/* Opens the file, if one is wanted, and has make() write it, as output_make() does. Returns
 * NO_EXIT, or an exit code after a complaint. */
int picture_make(const struct picture_file *file,
		 int (*make)(const struct output *out, void *context), void *context);

/* Writes a picture. Returns EXIT_DONE, or EXIT_REFUSED after a complaint. */
int picture_put(const struct picture *picture, enum picture_format format,
		const struct output *out);

#endif
