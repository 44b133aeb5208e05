/* SPDX-License-Identifier: MIT */
#include "facts.h"
#include "inspect_print.h"
#include "json.h"
#include "note.h"
#include "report.h"
#include "sha256.h"

/* The key is of the bytes, whatever the digest is. Of none there is none. */
static void json_digest(struct json *json, const struct inspected *inspected, const char *key,
			struct pvhboot_bytes bytes)
{
	struct sha256 hash;
	uint8_t digest[SHA256_SIZE];

	if (!inspected->with_digests || bytes.size == 0)
		return;
	sha256_start(&hash);
	sha256_add(&hash, bytes.data, bytes.size);
	sha256_end(&hash, digest);
	json_hex_bytes(json, key, digest, sizeof(digest));
}

static void json_segments(struct json *json, const struct inspected *inspected)
{
	const struct pvhboot_kernel *kernel = &inspected->kernel;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	char flags[4];

	json_list(json, "segments");
	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		facts_flags(flags, segment.flags);
		json_object(json, NULL);
		json_number(json, "index", segment.index);
		json_hex(json, "paddr", segment.gpa);
		json_number(json, "offset", segment.offset);
		json_number(json, "filesz", segment.bytes.size);
		json_number(json, "memsz", segment.size);
		json_string(json, "flags", flags);
		json_digest(json, inspected, "bytes", segment.bytes);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_notes(struct json *json, const struct inspected *inspected)
{
	const struct pvhboot_kernel *kernel = &inspected->kernel;
	struct pvhboot_note_iter iter = { .table = 0 };
	struct pvhboot_note note;
	struct pvhboot_bytes name;
	struct note_value value;

	json_list(json, "notes");
	while (pvhboot_note_next(kernel, &iter, &note)) {
		note_decode(&note, &value);
		json_object(json, NULL);
		name = facts_cut(note.name);
		json_bytes(json, "name", name.data, name.size);
		json_number(json, "type", note.type);
		json_string(json, "type_name", note_type_name(&note));
		json_number(json, "size", note.desc.size);
		json_number(json, "offset", note.offset);
		if (value.form == NOTE_STRING)
			json_bytes(json, "value", value.string.data, value.string.size);
		else
			json_string(json, "value",
				    value.form == NOTE_NUMBERS ? value.numbers : NULL);
		if (value.form == NOTE_OPAQUE)
			json_digest(json, inspected, "bytes", facts_cut(note.desc));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_relocatable(struct json *json, const struct pvhboot_kernel *kernel)
{
	if (!kernel->relocatable) {
		json_string(json, "relocatable", NULL);
		return;
	}
	json_object(json, "relocatable");
	json_hex(json, "align", kernel->reloc.align);
	json_hex(json, "min", kernel->reloc.min);
	json_hex(json, "max", kernel->reloc.max);
	json_object_end(json);
}

static void json_bytes_or_null(struct json *json, const char *key, struct pvhboot_bytes bytes)
{
	if (bytes.size > 0)
		json_bytes(json, key, bytes.data, bytes.size);
	else
		json_string(json, key, NULL);
}

static void json_number_or_null(struct json *json, const char *key, uint64_t number)
{
	if (number > 0)
		json_number(json, key, number);
	else
		json_string(json, key, NULL);
}

static void json_hex_or_null(struct json *json, const char *key, int is_there, uint64_t number)
{
	if (is_there)
		json_hex(json, key, number);
	else
		json_string(json, key, NULL);
}

static void json_profiles(struct json *json, const struct pvhboot_image *image)
{
	struct pvhboot_profile_iter iter = { 0 };
	struct pvhboot_profile profile;

	json_list(json, "profiles");
	while (pvhboot_profile_next(image, &iter, &profile)) {
		json_object(json, NULL);
		json_number(json, "number", profile.number);
		json_bytes_or_null(json, "id", facts_cut(profile.id));
		json_bytes_or_null(json, "title", facts_cut(profile.title));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_uki(struct json *json, const struct inspected *inspected)
{
	const struct pvhboot_image *image = &inspected->unpacked.image;
	const struct pvhboot_uki *uki = &image->uki;

	if (image->container != PVHBOOT_CONTAINER_PE || image->stream.size == 0) {
		json_string(json, "uki", NULL);
		return;
	}
	json_object(json, "uki");
	json_number_or_null(json, "initrd_size", uki->initrd.size);
	json_number_or_null(json, "ucode_size", uki->ucode.size);
	json_digest(json, inspected, "initrd", uki->initrd);
	json_digest(json, inspected, "ucode", uki->ucode);
	json_bytes_or_null(json, "cmdline", uki->cmdline);
	json_bytes_or_null(json, "uname", uki->uname);
	json_bytes_or_null(json, "system", facts_system(uki->osrel));
	if (uki->n_profiles > 0)
		json_number(json, "profile", uki->profile);
	else
		json_string(json, "profile", NULL);
	json_profiles(json, image);
	json_object_end(json);
}

/* The names of the bits that are set. */
static void json_names(struct json *json, const char *key, uint32_t bits,
		       void (*name_of)(char name[FACTS_MAX_FEATURE], uint32_t bit))
{
	char name[FACTS_MAX_FEATURE];

	json_list(json, key);
	for (uint32_t bit = 0; bit < 32; bit++) {
		if ((bits >> bit & 1) == 0)
			continue;
		name_of(name, bit);
		json_string(json, NULL, name);
	}
	json_list_end(json);
}

static void json_features(struct json *json, const struct pvhboot_features *features)
{
	if (!facts_has_features(features)) {
		json_string(json, "features", NULL);
		return;
	}
	json_object(json, "features");
	json_names(json, "supported", features->supported, facts_feature);
	json_names(json, "required", features->required, facts_feature);
	json_bool(json, "complete", features->is_complete != 0);
	json_object_end(json);
}

static void json_boot_header(struct json *json, const struct pvhboot_linux *boot)
{
	if (boot->header.size == 0) {
		json_string(json, "boot_header", NULL);
		return;
	}
	json_object(json, "boot_header");
	json_hex(json, "pref_address", boot->pref_address);
	json_number(json, "init_size", boot->init_size);
	json_hex(json, "alignment", boot->align);
	json_bool(json, "relocatable", boot->relocatable);
	json_names(json, "xloadflags", boot->xloadflags, facts_xloadflag);
	json_number(json, "cmdline_size", boot->cmdline_size);
	json_hex(json, "initrd_addr_max", boot->initrd_max);
	json_object_end(json);
}

static void json_symbols(struct json *json, const struct pvhboot_symbols *symbols)
{
	if (symbols->size == 0) {
		json_string(json, "symbols", NULL);
		return;
	}
	json_object(json, "symbols");
	json_hex(json, "gpa", symbols->gpa);
	json_number(json, "size", symbols->size);
	json_object_end(json);
}

static void json_build_id(struct json *json, struct pvhboot_bytes id)
{
	if (id.size > 0)
		json_hex_bytes(json, "build_id", id.data, id.size);
	else
		json_string(json, "build_id", NULL);
}

void inspect_print_json(const struct inspected *inspected, FILE *out)
{
	const struct pvhboot_image *image = &inspected->unpacked.image;
	const struct pvhboot_kernel *kernel = &inspected->kernel;
	struct json json;
	char version[16];

	facts_version(version, image->protocol);
	json_start(&json, out);
	json_string(&json, "file", inspected->path);
	json_number(&json, "file_size", image->file.size);
	json_string(&json, "container",
		    pvhboot_container_name((enum pvhboot_container)image->container));
	json_string(&json, "protocol", image->protocol ? version : NULL);
	json_string(&json, "compression",
		    pvhboot_compression_name((enum pvhboot_compression)image->compression));
	json_number(&json, "packed_size", image->stream.size);
	json_number(&json, "unpacked_size", inspected->unpacked.elf.size);
	json_uki(&json, inspected);
	json_boot_header(&json, &kernel->linux_boot);
	json_number_or_null(&json, "class", kernel->elf_class);
	json_string(&json, "machine", facts_machine(kernel));
	json_names(&json, "entries", inspected->entries, facts_entry);
	json_hex_or_null(&json, "entry", facts_has_pvh(kernel), kernel->entry);
	json_hex_or_null(&json, "start", kernel->n_segments != 0, kernel->start);
	json_hex_or_null(&json, "end", kernel->n_segments != 0, kernel->end);
	json_relocatable(&json, kernel);
	json_build_id(&json, kernel->build_id);
	json_bytes_or_null(&json, "guest_os", facts_cut(kernel->guest_os));
	json_features(&json, &kernel->features);
	json_symbols(&json, &kernel->symbols);
	json_segments(&json, inspected);
	json_notes(&json, inspected);
	json_warnings(&json, &inspected->diag);
	json_object_end(&json);
}
