/* SPDX-License-Identifier: MIT */
/* What is said of a kernel or a plan, as a list of facts, and where two lists differ. */
#ifndef DIFFER_H
#define DIFFER_H

#include "json_read.h"

/* "segment 0, memsz" and its value. */
struct fact {
	char *what;
	struct pvhboot_bytes value; /* in the tree */
	int is_presence;            /* there is no value: "segment 0", or "entries: pvh" */
	size_t owner;               /* index of the fact that says that the thing is there at all;
	                               its own index: none */
	const struct fact *other;   /* of the same thing in the other list, or NULL */
};

struct facts {
	struct fact *facts; /* in the order of the tree */
	size_t n;
	size_t room;
	size_t size; /* of all texts */
};

/* Fills *out, which borrows the tree and must be released in any case. Returns 1, or 0 without
 * memory, or where the texts would take more than FACTS_MAX_SIZE: each has the names of all that it
 * lies in. */
#define FACTS_MAX_SIZE ((size_t)64 << 20)
int facts_list(const struct json_tree *tree, struct facts *out);
void facts_release(struct facts *facts);

/* Finds for each fact the one of the other list. Returns 1, or 0 without memory. */
int facts_match(struct facts *a, struct facts *b);

/* 1 when the other list has something else here. Of a thing that is not there this is said once. */
int fact_differs(const struct facts *facts, const struct fact *fact);

#endif
