/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <string.h>

/* Members down to this depth stand on lines of their own. */
#define MAX_DEPTH_OF_LINES 2

static void start_line(const struct json *json)
{
	fputc('\n', json->out);
	for (unsigned int i = 0; i < json->depth; i++)
		fputs("  ", json->out);
}

static void start_member(struct json *json, const char *key)
{
	if (json->has_members)
		fputc(',', json->out);
	if (json->depth > MAX_DEPTH_OF_LINES && json->has_members)
		fputc(' ', json->out);
	else if (json->depth > 0 && json->depth <= MAX_DEPTH_OF_LINES)
		start_line(json);
	if (key)
		fprintf(json->out, "\"%s\": ", key);
	json->has_members = 1;
}

static void start_container(struct json *json, const char *key, char bracket)
{
	start_member(json, key);
	fputc(bracket, json->out);
	json->depth++;
	json->has_members = 0;
}

static void end_container(struct json *json, char bracket)
{
	const int own_line = json->has_members && json->depth <= MAX_DEPTH_OF_LINES;

	json->depth--;
	if (own_line)
		start_line(json);
	fputc(bracket, json->out);
	if (json->depth == 0)
		fputc('\n', json->out);
	json->has_members = 1;
}

void json_object(struct json *json, const char *key)
{
	start_container(json, key, '{');
}

void json_start(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out };
	json_object(json, NULL);
	start_member(json, "version");
	fputs(JSON_VERSION, out);
}

void json_object_end(struct json *json)
{
	end_container(json, '}');
}

void json_list(struct json *json, const char *key)
{
	start_container(json, key, '[');
}

void json_list_end(struct json *json)
{
	end_container(json, ']');
}

void json_bytes(struct json *json, const char *key, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	start_member(json, key);
	fputc('"', json->out);
	for (size_t i = 0; i < size; i++) {
		if (from[i] < 0x20 || from[i] >= 0x7f)
			fprintf(json->out, "\\u%04x", from[i]);
		else if (from[i] == '"' || from[i] == '\\')
			fprintf(json->out, "\\%c", from[i]);
		else
			fputc(from[i], json->out);
	}
	fputc('"', json->out);
}

void json_string(struct json *json, const char *key, const char *string)
{
	if (string) {
		json_bytes(json, key, string, strlen(string));
	} else {
		start_member(json, key);
		fputs("null", json->out);
	}
}

void json_bool(struct json *json, const char *key, int value)
{
	start_member(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
	start_member(json, key);
	fprintf(json->out, "%" PRIu64, number);
}

void json_hex(struct json *json, const char *key, uint64_t number)
{
	start_member(json, key);
	fprintf(json->out, "\"0x%" PRIx64 "\"", number);
}

void json_hex_bytes(struct json *json, const char *key, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	start_member(json, key);
	fputc('"', json->out);
	for (size_t i = 0; i < size; i++)
		fprintf(json->out, "%02x", from[i]);
	fputc('"', json->out);
}
