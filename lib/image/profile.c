/* SPDX-License-Identifier: MIT */
/*
 * Profiles of a unified kernel image. A section .profile is a text like os-release(5): lines
 * of KEY=value, with quotes around the value or not.
 * Source: UAPI Group Specifications, "Unified Kernel Image", "Multi-Profile UKIs".
 */

#include "../base/span.h"
#include "uki.h"

/* As much of a section is read. Real ones have some hundred bytes; but 65535 headers may
 * name the same large section, and all of them are read to look for an ID. */
#define MAX_TEXT 4096

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct pvhboot_bytes trim(struct pvhboot_bytes text)
{
	//@ loop invariant bytes(text); loop assigns text;
	while (text.size != 0 && is_blank(pvhb_load8(text, 0)))
		text = pvhb_slice(text, 1, text.size - 1);
	//@ loop invariant bytes(text); loop assigns text.size;
	while (text.size != 0 && is_blank(pvhb_load8(text, text.size - 1)))
		text.size--;
	return text;
}

static struct pvhboot_bytes without_quotes(struct pvhboot_bytes value)
{
	uint8_t first;

	if (value.size < 2)
		return value;
	first = pvhb_load8(value, 0);
	if ((first == '"' || first == '\'') && pvhb_load8(value, value.size - 1) == first)
		return pvhb_slice(value, 1, value.size - 2);
	return value;
}

/* Of a key that is there twice, the last one counts, as in a shell. */
static void read_line(struct pvhboot_bytes line, struct pvhboot_profile *profile)
{
	size_t key_size = pvhb_find(line, '=');
	struct pvhboot_bytes key, value;

	if (key_size == line.size)
		return;
	key = trim(pvhb_slice(line, 0, key_size));
	value = without_quotes(trim(pvhb_slice(line, key_size + 1, line.size - key_size - 1)));
	if (pvhb_equal(key, "ID", 2))
		profile->id = value;
	else if (pvhb_equal(key, "TITLE", 5))
		profile->title = value;
}

struct pvhboot_profile pvhb_profile_read(const struct pvhb_pe *pe, uint32_t section)
{
	struct pvhboot_profile profile = { .number = 0 };
	struct pvhboot_bytes text;
	struct pvhb_pe_span span;

	if (!pvhb_pe_section(pe, section, &span))
		return profile;
	text = pvhb_slice(pe->file, span.offset, pvhb_min(span.size, MAX_TEXT));
	text.size = pvhb_find(text, '\0');
	//@ loop invariant bytes(text) && TEXTS(profile); loop assigns text, profile;
	while (text.size != 0) {
		size_t line = pvhb_find(text, '\n');

		read_line(pvhb_slice(text, 0, line), &profile);
		line = (size_t)pvhb_min(line + 1, text.size);
		text = pvhb_slice(text, line, text.size - line);
	}
	return profile;
}

int pvhboot_profile_next(const struct pvhboot_image *image, struct pvhboot_profile_iter *iter,
			 struct pvhboot_profile *out)
{
	struct pvhb_pe pe;

	if (image == NULL || iter == NULL || out == NULL ||
	    image->container != PVHBOOT_CONTAINER_PE ||
	    pvhb_pe_open(image->file, &pe, NULL) != PVHBOOT_OK)
		return 0;
	//@ loop assigns iter->section;
	while (iter->section < pe.n_sections) {
		uint32_t section = iter->section++;

		if (!pvhb_pe_is_named(&pe, section, PVHB_PROFILE_SECTION))
			continue;
		*out = pvhb_profile_read(&pe, section);
		out->number = iter->number++;
		return 1;
	}
	return 0;
}
