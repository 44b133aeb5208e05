/* SPDX-License-Identifier: MIT */
#include "json_read.h"

#include <stdlib.h>
#include <string.h>

/* What this command writes has five levels. */
#define MAX_DEPTH 16

static const char no_memory[] = "no memory to compare it";

struct reader {
	struct pvhboot_bytes text;
	size_t at;
	struct json_tree *tree;
	size_t room;   /* for nodes */
	size_t used;   /* of texts, which need no more room than they have in the source */
	uint32_t open; /* the container that is read, or JSON_NONE */
	uint32_t last; /* its last node, or JSON_NONE */
	unsigned int depth;
};

static int peek(const struct reader *reader)
{
	return reader->at < reader->text.size ? reader->text.data[reader->at] : -1;
}

static void skip_blanks(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\n' || peek(reader) == '\t' ||
	       peek(reader) == '\r')
		reader->at++;
}

static int take(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return 0;
	reader->at++;
	return 1;
}

static int digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "00" and two digits. */
static int take_code(struct reader *reader, uint8_t *out)
{
	int code = 0;

	for (unsigned int i = 0; i < 4; i++) {
		const int value = digit(peek(reader));

		if (value < 0 || code > 0xf)
			return 0;
		code = code << 4 | value;
		reader->at++;
	}
	*out = (uint8_t)code;
	return 1;
}

static int take_escape(struct reader *reader, uint8_t *out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const int c = peek(reader);
	const char *name = c > 0 ? strchr(names, c) : NULL;

	if (take(reader, 'u'))
		return take_code(reader, out);
	if (!name)
		return 0;
	*out = (uint8_t)meant[name - names];
	reader->at++;
	return 1;
}

static int take_string(struct reader *reader, struct pvhboot_bytes *out)
{
	uint8_t *to = reader->tree->texts + reader->used;
	size_t size = 0;

	if (!take(reader, '"'))
		return 0;
	while (!take(reader, '"')) {
		const int c = peek(reader);

		if (c < 0x20)
			return 0;
		reader->at++;
		if (c != '\\')
			to[size++] = (uint8_t)c;
		else if (!take_escape(reader, &to[size++]))
			return 0;
	}
	reader->used += size;
	*out = (struct pvhboot_bytes){ to, size };
	return 1;
}

static int is_of_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' ||
	       c == '-' || c == '.';
}

/* Behind the digits that a text begins with, or NULL where there is none. */
static const char *skip_digits(const char *text)
{
	const size_t n = strspn(text, "0123456789");

	return n > 0 ? text + n : NULL;
}

/* As RFC 8259, section 6, has it. */
static int is_number(const char *text)
{
	const char *first = text + (*text == '-');
	const char *end = skip_digits(first);

	if (end && *first == '0' && end > first + 1)
		return 0;
	if (end && *end == '.')
		end = skip_digits(end + 1);
	if (end && (*end == 'e' || *end == 'E')) {
		end++;
		end = skip_digits(end + (*end == '+' || *end == '-'));
	}
	return end && *end == '\0';
}

/* Numbers are compared as they are written, and need no value. */
static int take_word(struct reader *reader, struct json_node *node)
{
	char *to = (char *)reader->tree->texts + reader->used;
	size_t size = 0;

	while (is_of_word(peek(reader)))
		to[size++] = (char)reader->text.data[reader->at++];
	to[size] = '\0'; /* there is room for one; what is read next takes its place */
	node->kind = strcmp(to, "null") == 0 ? JSON_NULL : JSON_WORD;
	if (node->kind == JSON_WORD && strcmp(to, "true") != 0 && strcmp(to, "false") != 0 &&
	    !is_number(to)) {
		reader->at -= size;
		return 0;
	}
	reader->used += size;
	node->text = (struct pvhboot_bytes){ (uint8_t *)to, size };
	return 1;
}

/* Adds a node behind the last one of the container that is open. NULL without room. */
static struct json_node *add_node(struct reader *reader)
{
	struct json_tree *tree = reader->tree;
	struct json_node *node;

	if (tree->n_nodes == JSON_MAX_NODES) {
		tree->why = "more than 2^20 values, which is too much to compare";
		return NULL;
	}
	if (tree->n_nodes == reader->room) {
		const size_t room = reader->room ? 2 * reader->room : 256;
		struct json_node *nodes = realloc(tree->nodes, room * sizeof(*nodes));

		if (!nodes) {
			tree->why = no_memory;
			return NULL;
		}
		tree->nodes = nodes;
		reader->room = room;
	}
	if (reader->last != JSON_NONE)
		tree->nodes[reader->last].next = (uint32_t)tree->n_nodes;
	else if (reader->open != JSON_NONE)
		tree->nodes[reader->open].first = (uint32_t)tree->n_nodes;
	reader->last = (uint32_t)tree->n_nodes;
	node = &tree->nodes[tree->n_nodes++];
	*node = (struct json_node){ .parent = reader->open, .first = JSON_NONE, .next = JSON_NONE };
	return node;
}

/* A value, or what opens one. */
static int take_value(struct reader *reader, struct json_node *node)
{
	const int c = peek(reader);

	if (c == '"') {
		node->kind = JSON_STRING;
		return take_string(reader, &node->text);
	}
	if (c != '{' && c != '[')
		return take_word(reader, node);
	if (++reader->depth > MAX_DEPTH)
		return 0;
	reader->at++;
	node->kind = c == '{' ? JSON_OBJECT : JSON_LIST;
	reader->open = reader->last;
	reader->last = JSON_NONE;
	return 1;
}

static int take_member(struct reader *reader)
{
	const int has_key = reader->tree->nodes[reader->open].kind == JSON_OBJECT;
	struct json_node *node = add_node(reader);

	if (!node)
		return 0;
	if (has_key) {
		if (!take_string(reader, &node->key))
			return 0;
		skip_blanks(reader);
		if (!take(reader, ':'))
			return 0;
		skip_blanks(reader);
	}
	return take_value(reader, node);
}

/* Returns 1 when the container that is open ends here. */
static int take_end(struct reader *reader)
{
	const struct json_node *open = &reader->tree->nodes[reader->open];

	skip_blanks(reader);
	if (!take(reader, open->kind == JSON_OBJECT ? '}' : ']'))
		return 0;
	reader->depth--;
	reader->last = reader->open;
	reader->open = open->parent;
	return 1;
}

static int take_all(struct reader *reader)
{
	struct json_node *root = add_node(reader);

	skip_blanks(reader);
	if (!root || peek(reader) != '{' || !take_value(reader, root))
		return 0;
	while (reader->open != JSON_NONE) {
		if (take_end(reader))
			continue;
		if (reader->last != JSON_NONE && !take(reader, ','))
			return 0;
		skip_blanks(reader);
		if (!take_member(reader))
			return 0;
	}
	skip_blanks(reader);
	return reader->at == reader->text.size;
}

int json_read(struct pvhboot_bytes text, struct json_tree *out, size_t *at)
{
	struct reader reader = { .text = text, .tree = out, .open = JSON_NONE, .last = JSON_NONE };
	int is_read = 0;

	memset(out, 0, sizeof(*out));
	if (text.size <= JSON_MAX_SIZE)
		out->texts = malloc(text.size + 1);
	if (out->texts)
		is_read = take_all(&reader);
	else
		out->why = no_memory;
	*at = reader.at;
	return is_read;
}

void json_release(struct json_tree *tree)
{
	free(tree->nodes);
	free(tree->texts);
	memset(tree, 0, sizeof(*tree));
}

const struct json_node *json_member(const struct json_tree *tree, const struct json_node *object,
				    const char *key)
{
	for (uint32_t i = object->first; i != JSON_NONE; i = tree->nodes[i].next)
		if (json_is(tree->nodes[i].key, key))
			return &tree->nodes[i];
	return NULL;
}

int json_is(struct pvhboot_bytes bytes, const char *text)
{
	return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}
