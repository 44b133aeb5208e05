/* SPDX-License-Identifier: MIT */
#include "facts.h"
#include "file.h"
#include "inspect_print.h"
#include "note.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static int next_segment(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	struct pvhboot_segment segment;

	if (!pvhboot_segment_next(subject, &cursor->segment, &segment))
		return 0;
	snprintf(row->cells[0], TABLE_MAX_CELL, "%" PRIu32, segment.index);
	snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, segment.gpa);
	snprintf(row->cells[2], TABLE_MAX_CELL, "0x%" PRIx64, segment.gpa + segment.size);
	text_size(row->cells[3], segment.bytes.size);
	text_size(row->cells[4], segment.size);
	facts_flags(row->cells[5], segment.flags);
	snprintf(row->cells[6], TABLE_MAX_CELL, "0x%" PRIx64, segment.offset);
	return 1;
}

static void print_segments(const struct pvhboot_kernel *kernel)
{
	static const struct table_column columns[] = {
		{ "#", 1 },         { "paddr", 1 }, { "end", 1 },    { "in file", 1 },
		{ "in memory", 1 }, { "flags", 0 }, { "offset", 1 }, { NULL, 0 },
	};
	const struct table table = { "Segments", columns, next_segment, kernel };

	table_print(&table);
}

/* A string in quotes. What does not fit the cell is cut inside of them. */
static void quote_string(char *cell, struct pvhboot_bytes string)
{
	size_t length;

	cell[0] = '"';
	text_escape(cell + 1, TABLE_MAX_CELL - 2, string.data, string.size);
	length = strlen(cell);
	cell[length] = '"';
	cell[length + 1] = '\0';
}

static int next_note(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	struct pvhboot_note note;
	struct note_value value;
	const char *type;

	if (!pvhboot_note_next(subject, &cursor->note, &note))
		return 0;
	note_decode(&note, &value);
	type = note_type_name(&note);
	text_escape(row->cells[0], TABLE_MAX_CELL / 2, note.name.data, note.name.size);
	if (type)
		snprintf(row->cells[1], TABLE_MAX_CELL, "%s", type);
	else
		snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx32, note.type);
	text_size(row->cells[2], note.desc.size);
	if (value.form == NOTE_STRING)
		quote_string(row->cells[3], value.string);
	else
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s", value.numbers);
	return 1;
}

static void print_notes(const struct pvhboot_kernel *kernel)
{
	static const struct table_column columns[] = {
		{ "owner", 0 }, { "type", 0 }, { "size", 1 }, { "value", 0 }, { NULL, 0 },
	};
	const struct table table = { "Notes", columns, next_note, kernel };

	table_print(&table);
}

static void print_compression(const struct pvhboot_image *image, uint64_t unpacked)
{
	const char *name = pvhboot_compression_name((enum pvhboot_compression)image->compression);
	const uint64_t packed = image->stream.size;
	char from[TEXT_MAX_SIZE], to[TEXT_MAX_SIZE];

	text_size(from, packed);
	text_size(to, unpacked);
	/* Ten times either fits: a file has at most 4 GiB, what it unpacks to 1 GiB. */
	if (image->compression == PVHBOOT_COMPRESSION_NONE || packed == 0)
		text_field("Compression", "%s, %s", name, from);
	else
		text_field("Compression", "%s, %s unpacks to %s (%" PRIu64 ".%" PRIu64 " times)",
			   name, from, to, unpacked / packed, unpacked * 10 / packed % 10);
}

static void print_relocatable(const struct pvhboot_kernel *kernel)
{
	char align[TEXT_MAX_SIZE];

	if (!facts_has_pvh(kernel))
		return;
	if (!kernel->relocatable) {
		text_field("Relocatable", "not by PVH");
		return;
	}
	text_size(align, kernel->reloc.align);
	text_field("Relocatable", "by PVH in steps of %s, from 0x%" PRIx64 " to 0x%" PRIx64, align,
		   kernel->reloc.min, kernel->reloc.max);
}

/* A line of bytes of the file; none when there are none. */
static void print_bytes(const char *title, struct pvhboot_bytes bytes)
{
	if (bytes.size == 0)
		return;
	text_start(title);
	text_put(stdout, bytes.data, bytes.size);
	putchar('\n');
}

static void print_build_id(struct pvhboot_bytes id)
{
	if (id.size == 0)
		return;
	text_start("Build ID");
	for (size_t i = 0; i < id.size; i++)
		printf("%02x", id.data[i]);
	putchar('\n');
}

/* The names of the bits that are set, without a line feed. */
static void print_names(const char *title, uint32_t bits,
			void (*name_of)(char name[FACTS_MAX_FEATURE], uint32_t bit))
{
	const char *separator = "";
	char name[FACTS_MAX_FEATURE];

	text_start(title);
	for (uint32_t bit = 0; bit < 32; bit++) {
		if ((bits >> bit & 1) == 0)
			continue;
		name_of(name, bit);
		printf("%s%s", separator, name);
		separator = ", ";
	}
	fputs(bits == 0 ? "none" : "", stdout);
}

static void print_features(const struct pvhboot_features *features)
{
	if (!facts_has_features(features))
		return;
	print_names("Supports", features->supported, facts_feature);
	puts(features->is_complete ? " and no other" : "");
	print_names("Requires", features->required, facts_feature);
	putchar('\n');
}

static void print_boot_header(const struct pvhboot_linux *boot)
{
	char size[TEXT_MAX_SIZE], align[TEXT_MAX_SIZE];

	if (boot->header.size == 0)
		return;
	text_size(size, boot->init_size);
	text_size(align, boot->align);
	text_field("Boot header", "%s at 0x%" PRIx64 ", %s in steps of %s", size,
		   boot->pref_address, boot->relocatable ? "relocatable" : "not relocatable",
		   align);
	print_names("Load flags", boot->xloadflags, facts_xloadflag);
	putchar('\n');
	text_field("Boot limits", "command line %" PRIu32 " bytes, initrd up to 0x%" PRIx64,
		   boot->cmdline_size, boot->initrd_max);
}

static void print_entries(const struct inspected *inspected)
{
	const struct pvhboot_kernel *kernel = &inspected->kernel;

	if (kernel->n_segments == 0)
		text_field("Kernel", "an EFI program, %s", facts_machine(kernel));
	else if (kernel->elf_class != 0)
		text_field("Kernel", "%u-bit %s", kernel->elf_class, facts_machine(kernel));
	else
		text_field("Kernel", "the bzImage as it is, %s", facts_machine(kernel));
	print_names("Entries", inspected->entries, facts_entry);
	putchar('\n');
	if (facts_has_pvh(kernel))
		text_field("PVH entry", "0x%" PRIx64, kernel->entry);
	if (kernel->entries & PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_LINUX64))
		text_field("Linux entry", "0x%" PRIx64, kernel->linux_boot.entry);
}

static void print_memory(const struct pvhboot_kernel *kernel)
{
	char size[TEXT_MAX_SIZE];

	text_size(size, kernel->end - kernel->start);
	text_field("Memory", "0x%" PRIx64 " to 0x%" PRIx64 " (%s)", kernel->start, kernel->end,
		   size);
	print_relocatable(kernel);
}

/* Without them Linux can have no random virtual address; of i386, no other address at all. */
static void print_relocs(const struct pvhboot_relocs *relocs)
{
	uint64_t n = (uint64_t)relocs->n_64 + relocs->n_inverse + relocs->n_32;

	if (n != 0)
		text_field("Relocations", "%" PRIu64 ", for a random address", n);
}

static void print_symbols(const struct pvhboot_symbols *symbols)
{
	char size[TEXT_MAX_SIZE];

	if (symbols->size == 0)
		return;
	text_size(size, symbols->size);
	text_field("Symbols", "0x%" PRIx64 " to 0x%" PRIx64 " (%s)", symbols->gpa,
		   symbols->gpa + symbols->size, size);
}

static void print_size(const char *title, uint64_t number)
{
	char size[TEXT_MAX_SIZE];

	if (number == 0)
		return;
	text_size(size, number);
	text_field(title, "%s", size);
}

static void print_uki(const struct pvhboot_uki *uki)
{
	if (uki->n_profiles > 0)
		text_field("Profile", "number %" PRIu32 " of %" PRIu32, uki->profile,
			   uki->n_profiles);
	print_bytes("System", facts_system(uki->osrel));
	print_bytes("Release", uki->uname);
	print_bytes("Command line", uki->cmdline);
	print_size("Microcode", uki->ucode.size);
	print_size("Initrd", uki->initrd.size);
}

static int next_profile(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct pvhboot_image *image = subject;
	struct pvhboot_profile profile;

	if (!pvhboot_profile_next(image, &cursor->profile, &profile))
		return 0;
	snprintf(row->cells[0], TABLE_MAX_CELL, "%" PRIu32, profile.number);
	text_escape(row->cells[1], TABLE_MAX_CELL, profile.id.data, profile.id.size);
	text_escape(row->cells[2], TABLE_MAX_CELL, profile.title.data, profile.title.size);
	snprintf(row->cells[3], TABLE_MAX_CELL, "%s",
		 profile.number == image->uki.profile ? "chosen" : "");
	return 1;
}

static void print_profiles(const struct pvhboot_image *image)
{
	static const struct table_column columns[] = {
		{ "#", 1 }, { "ID", 0 }, { "title", 0 }, { "", 0 }, { NULL, 0 },
	};
	const struct table table = { "Profiles", columns, next_profile, image };

	table_print(&table);
}

void inspect_print_text(const struct inspected *inspected)
{
	const struct pvhboot_image *image = &inspected->unpacked.image;
	const struct pvhboot_kernel *kernel = &inspected->kernel;
	const char *label = file_label(inspected->path);
	char size[TEXT_MAX_SIZE], version[16];

	text_size(size, image->file.size);
	text_start("File");
	text_put(stdout, label, strlen(label));
	printf(" (%s)\n", size);
	facts_version(version, image->protocol);
	text_field("Container", "%s%s%s",
		   pvhboot_container_name((enum pvhboot_container)image->container),
		   image->protocol ? ", boot protocol " : "", image->protocol ? version : "");
	if (image->stream.size != 0)
		print_compression(image, inspected->unpacked.elf.size);
	print_uki(&image->uki);
	print_boot_header(&kernel->linux_boot);
	print_entries(inspected);
	if (kernel->n_segments != 0)
		print_memory(kernel);
	print_relocs(&kernel->linux_boot.relocs);
	print_build_id(kernel->build_id);
	print_bytes("Guest OS", facts_cut(kernel->guest_os));
	print_features(&kernel->features);
	print_symbols(&kernel->symbols);
	print_profiles(image);
	print_segments(kernel);
	print_notes(kernel);
	text_warnings(&inspected->diag);
}
