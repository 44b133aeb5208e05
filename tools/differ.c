/* SPDX-License-Identifier: MIT */
#include "differ.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Elements of lists are known by some of their members, wherever they stand. */
static const struct {
	const char *list;
	const char *word;
	const char *keys[2]; /* of which the second may be absent or null */
	const char *instead; /* for the second where it is null */
} elements[] = {
	{ "segments", "segment", { "index", NULL }, NULL },
	{ "notes", "note", { "name", "type_name" }, "type" },
	{ "places", "place of", { "kind", "index" }, NULL },
	{ "memmap", "map entry at", { "gpa", NULL }, NULL },
	{ "profiles", "profile", { "number", NULL }, NULL },
};
#define N_ELEMENTS (sizeof(elements) / sizeof(elements[0]))

/* Not of the kernel, but of where it lies. */
static const char *const ignored[] = { "file", "offset" };

/* A container by its name, and the fact that says it is there. */
struct place {
	const char *label;
	char *own;    /* the label, where no fact has it */
	size_t owner; /* SIZE_MAX: none */
};

static int is_ignored(struct pvhboot_bytes key)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (json_is(key, ignored[i]))
			return 1;
	return 0;
}

/* Names are short where they mean something. Warnings are the longest elements. */
#define MAX_NAME 64
#define MAX_ELEMENT 512

/* At most so many bytes as a string: a NUL becomes a blank, and so does what joins words. NULL
 * without memory. */
static char *copy(struct pvhboot_bytes bytes, size_t most, char joint)
{
	const size_t size = bytes.size < most ? bytes.size : most;
	char *out = calloc(1, size + 1);

	if (!out)
		return NULL;
	if (size > 0)
		memcpy(out, bytes.data, size);
	for (size_t i = 0; i < size; i++)
		if (out[i] == '\0' || out[i] == joint)
			out[i] = ' ';
	return out;
}

static char *copy_key(struct pvhboot_bytes key)
{
	return copy(key, MAX_NAME, '_');
}

static char *copy_value(const struct json_node *node)
{
	return copy(node->text, MAX_ELEMENT, '\0');
}

/* Takes both parts, which free() takes; NULL without memory. */
static char *join(char *left, const char *between, char *right)
{
	char *out = NULL;

	if (left && right) {
		const size_t size = strlen(left) + strlen(between) + strlen(right) + 1;

		out = malloc(size);
		if (out)
			snprintf(out, size, "%s%s%s", left, between, right);
	}
	free(left);
	free(right);
	return out;
}

static const struct json_node *known_by(const struct json_tree *tree, const struct json_node *node,
					size_t element, size_t key)
{
	const char *name = elements[element].keys[key];
	const struct json_node *member = name ? json_member(tree, node, name) : NULL;

	if (member && member->kind == JSON_NULL && key == 1)
		member = json_member(tree, node, elements[element].instead);
	return member;
}

/* "segment 0", "note Xen PHYS32_ENTRY"; NULL without memory. */
static char *name_element(const struct json_tree *tree, const struct json_node *node)
{
	const struct pvhboot_bytes list = tree->nodes[node->parent].key;
	char *name;

	for (size_t i = 0; i < N_ELEMENTS; i++) {
		if (!json_is(list, elements[i].list))
			continue;
		name = strdup(elements[i].word);
		for (size_t key = 0; key < 2; key++) {
			const struct json_node *by = known_by(tree, node, i, key);

			if (by)
				name = join(name, " ", copy_value(by));
		}
		return name;
	}
	return copy_key(list);
}

static int make_room(struct facts *facts)
{
	const size_t room = facts->room ? 2 * facts->room : 256;
	struct fact *grown;

	if (facts->n < facts->room)
		return 1;
	grown = realloc(facts->facts, room * sizeof(*grown));
	if (!grown)
		return 0;
	facts->facts = grown;
	facts->room = room;
	return 1;
}

/* Takes a text, and counts it. Returns it; or NULL where there are too many of them. */
static char *count(struct facts *facts, char *text)
{
	if (!text)
		return NULL;
	facts->size += strlen(text) + 1;
	if (facts->size <= FACTS_MAX_SIZE)
		return text;
	free(text);
	return NULL;
}

/* Takes what. Returns 1, or 0 without memory. */
static int add_fact(struct facts *facts, char *what, const struct json_node *value, size_t owner)
{
	struct fact *fact;

	what = count(facts, what);
	if (!what || !make_room(facts)) {
		free(what);
		return 0;
	}
	fact = &facts->facts[facts->n];
	*fact = (struct fact){ .what = what, .is_presence = !value };
	if (value)
		fact->value = value->text;
	fact->owner = owner == SIZE_MAX ? facts->n : owner;
	facts->n++;
	return 1;
}

/* Says of node i what it is, and of a container what its members are called. */
static int list_node(const struct json_tree *tree, size_t i, struct place *places,
		     struct facts *out)
{
	const struct json_node *node = &tree->nodes[i];
	const struct json_node *parent = &tree->nodes[node->parent];
	const struct place *above = &places[node->parent];
	const char *of = above->label ? above->label : ""; /* the whole has no name */
	const int is_scalar = node->kind == JSON_WORD || node->kind == JSON_STRING;
	char *label;

	places[i].owner = above->owner;
	if (parent->kind == JSON_LIST && is_scalar)
		return add_fact(out, join(strdup(of), ": ", copy_value(node)), NULL, above->owner);
	if (parent->kind == JSON_LIST) {
		label = name_element(tree, node);
		places[i].label = label;
		places[i].owner = out->n;
		return add_fact(out, label, NULL, SIZE_MAX);
	}
	label = copy_key(node->key);
	if (of[0] != '\0')
		label = join(strdup(of), tree->nodes[parent->parent].kind == JSON_LIST ? ", " : " ",
			     label);
	if (is_scalar && !is_ignored(node->key))
		return add_fact(out, label, node, above->owner);
	label = count(out, label);
	places[i].label = label;
	places[i].own = label;
	return label != NULL;
}

int facts_list(const struct json_tree *tree, struct facts *out)
{
	struct place *places = calloc(tree->n_nodes, sizeof(*places));
	int is_done = places != NULL;

	memset(out, 0, sizeof(*out));
	if (is_done)
		places[0].owner = SIZE_MAX;
	for (size_t i = 1; is_done && i < tree->n_nodes; i++)
		if (tree->nodes[i].kind != JSON_NULL)
			is_done = list_node(tree, i, places, out);
	for (size_t i = 0; places && i < tree->n_nodes; i++)
		free(places[i].own);
	free(places);
	return is_done;
}

void facts_release(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++)
		free(facts->facts[i].what);
	free(facts->facts);
	memset(facts, 0, sizeof(*facts));
}

/* By what they are of; the first of equal ones comes first. */
static int compare(const void *left, const void *right)
{
	const struct fact *const *a = left, *const *b = right;
	const int order = strcmp((*a)->what, (*b)->what);

	return order != 0 ? order : (*a > *b) - (*a < *b);
}

static struct fact **sort(const struct facts *facts)
{
	struct fact **sorted = malloc((facts->n + 1) * sizeof(struct fact *));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < facts->n; i++)
		sorted[i] = &facts->facts[i];
	qsort(sorted, facts->n, sizeof(struct fact *), compare);
	return sorted;
}

int facts_match(struct facts *a, struct facts *b)
{
	struct fact **of_a = sort(a), **of_b = sort(b);
	const int is_sorted = of_a && of_b;

	for (size_t i = 0, j = 0; is_sorted && i < a->n && j < b->n;) {
		const int order = strcmp(of_a[i]->what, of_b[j]->what);

		if (order == 0) {
			of_a[i]->other = of_b[j];
			of_b[j]->other = of_a[i];
		}
		i += order <= 0;
		j += order >= 0;
	}
	free(of_a);
	free(of_b);
	return is_sorted;
}

int fact_differs(const struct facts *facts, const struct fact *fact)
{
	const struct fact *owner = &facts->facts[fact->owner];
	const struct fact *other = fact->other;

	if (!other)
		return owner == fact || owner->other;
	return fact->value.size != other->value.size ||
	       (fact->value.size > 0 &&
		memcmp(fact->value.data, other->value.data, fact->value.size) != 0);
}
