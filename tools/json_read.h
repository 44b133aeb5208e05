/* SPDX-License-Identifier: MIT */
/* JSON as this command writes it, read back: a tree in one array. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include <pvhboot/base.h>

enum json_kind {
	JSON_NULL,
	JSON_WORD, /* a number, true or false, as it is written */
	JSON_STRING,
	JSON_LIST,
	JSON_OBJECT,
};

#define JSON_NONE UINT32_MAX

struct json_node {
	struct pvhboot_bytes key;  /* of a member of an object; else empty */
	struct pvhboot_bytes text; /* of a word, or of a string with its escapes undone */
	enum json_kind kind;
	uint32_t parent; /* indices of nodes, or JSON_NONE */
	uint32_t first;  /* of what a list or object holds */
	uint32_t next;   /* in the same container */
};

/* Nodes stand in the order of the text: 0 is the whole. */
struct json_tree {
	struct json_node *nodes;
	size_t n_nodes;
	uint8_t *texts;
	const char *why; /* all was not read, where the text is not at fault; or NULL */
};

/*
 * Reads a text that is one object, at most JSON_MAX_SIZE bytes and JSON_MAX_NODES nodes. Escapes
 * above \u00ff are not read: json_bytes() writes none. *out borrows nothing, and must be released
 * in any case. Returns 1; or 0 and *at is where the text is no such JSON, unless out->why is set.
 */
#define JSON_MAX_SIZE ((size_t)16 << 20)
#define JSON_MAX_NODES ((size_t)1 << 20)
int json_read(struct pvhboot_bytes text, struct json_tree *out, size_t *at);

void json_release(struct json_tree *tree);

/* A member of an object, or NULL. */
const struct json_node *json_member(const struct json_tree *tree, const struct json_node *object,
				    const char *key);

/* 1 when the bytes are this text. */
int json_is(struct pvhboot_bytes bytes, const char *text);

#endif
