/* SPDX-License-Identifier: MIT */
/*
 * A writer of JSON. Keys are strings of ours that need no escaping, or NULL for
 * an element of a list. Containers of the first two levels put each member on a
 * line of its own, deeper ones are written on one line.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned int depth;
	int has_members; /* of the container that is open */
};

/* Of all that the commands print. pvhboot.schema.json says what it means. */
#define JSON_VERSION "1"

/* The object that all else stands in, of which the version is the first member. */
void json_start(struct json *json, FILE *out);

void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_list(struct json *json, const char *key);
void json_list_end(struct json *json);

/* All but printable ASCII becomes \u00NN, one for each byte: what a file holds is
 * not always UTF-8, and so it can be had back byte by byte. */
void json_bytes(struct json *json, const char *key, const void *bytes, size_t size);

void json_string(struct json *json, const char *key, const char *string); /* NULL: null */
void json_bool(struct json *json, const char *key, int value);
void json_number(struct json *json, const char *key, uint64_t number);
void json_hex(struct json *json, const char *key, uint64_t number); /* "0x1000" */

/* "00ff": two digits a byte. */
void json_hex_bytes(struct json *json, const char *key, const void *bytes, size_t size);

#endif
