/* SPDX-License-Identifier: MIT */
/*
 * Unified kernel images: PE files whose sections carry a kernel and what goes
 * with it. The stub in front of them, for EFI firmware, is of no interest here.
 * Source: UAPI Group Specifications, "Unified Kernel Image", "Multi-Profile UKIs".
 */

#include "uki.h"

#include "../base/diag.h"
#include "../base/span.h"
#include "foreign.h"

/* What the sections are for. */
enum part { KERNEL, INITRD, UCODE, CMDLINE, OSREL, UNAME, N_PARTS };

static const char names[N_PARTS][PVHB_PE_NAME_SIZE + 1] = {
	[KERNEL] = PVHB_KERNEL_SECTION, [INITRD] = ".initrd", [UCODE] = ".ucode",
	[CMDLINE] = ".cmdline",         [OSREL] = ".osrel",   [UNAME] = ".uname",
};

static enum part part_of(const struct pvhb_pe *pe, uint32_t section)
{
	unsigned i = 0;

	//@ loop invariant i <= N_PARTS; loop assigns i;
	while (i < N_PARTS && !pvhb_pe_is_named(pe, section, names[i]))
		i++;
	return (enum part)i;
}

/* The sections of the base, or of one profile: their numbers plus 1; 0: none. */
struct scope {
	uint32_t section[N_PARTS];
};

/* What one pass over the section table finds. */
struct survey {
	struct scope base; /* in front of the first profile */
	struct scope own;  /* of the profile that is wanted */
	bool found;        /* that profile is there */
	uint32_t profile;  /* its number */
	uint32_t n_profiles;
	bool has_kernel; /* somewhere */
};

static bool is_wanted(const struct pvhb_pe *pe, uint32_t section, uint32_t number,
		      const struct pvhboot_options *options)
{
	struct pvhboot_bytes id = options->profile_id;

	if (id.size == 0)
		return number == options->profile;
	return pvhb_equal(pvhb_profile_read(pe, section).id, id.data, id.size);
}

/* *all is zero before. */
static void survey_sections(const struct pvhb_pe *pe, const struct pvhboot_options *options,
			    struct survey *all)
{
	struct scope *scope = &all->base; /* NULL: a profile that is not wanted */
	uint32_t i;

	//@ SURVEYS(loop invariant, i); loop assigns i, scope, *all;
	for (i = 0; i < pe->n_sections; i++) {
		enum part part;

		if (pvhb_pe_is_named(pe, i, PVHB_PROFILE_SECTION)) {
			scope = NULL;
			if (!all->found && is_wanted(pe, i, all->n_profiles, options)) {
				all->found = true;
				all->profile = all->n_profiles;
				scope = &all->own;
			}
			all->n_profiles++;
			continue;
		}
		part = part_of(pe, i);
		if (part == N_PARTS)
			continue;
		if (part == KERNEL)
			all->has_kernel = true;
		if (scope != NULL && scope->section[part] == 0)
			scope->section[part] = i + 1;
	}
	if (all->n_profiles == 0) /* the base alone is profile 0, without an ID */
		all->found = options->profile_id.size == 0 && options->profile == 0;
}

/* More than that have no room in the detail, whatever their IDs. */
#define MAX_LISTED 64

/* "profiles: 0 (main), 1 (reset)" */
static void list_profiles(const struct pvhb_pe *pe, struct pvhboot_diag *diag)
{
	uint32_t number = 0, i;

	//@ loop assigns number, i, DETAIL;
	for (i = 0; i < pe->n_sections && number < MAX_LISTED; i++) {
		struct pvhboot_bytes id;

		if (!pvhb_pe_is_named(pe, i, PVHB_PROFILE_SECTION))
			continue;
		id = pvhb_profile_read(pe, i).id;
		pvhb_detail_text(diag, number == 0 ? "profiles: " : ", ");
		pvhb_detail_number(diag, number++);
		if (id.size != 0) {
			pvhb_detail_text(diag, " (");
			pvhb_detail_bytes(diag, id);
			pvhb_detail_text(diag, ")");
		}
	}
	if (number == 0)
		pvhb_detail_text(diag, "profiles: 0 alone");
}

static enum pvhboot_status no_such_profile(const struct pvhb_pe *pe,
					   const struct pvhboot_options *options,
					   struct pvhboot_diag *diag)
{
	const enum pvhboot_stage stage = PVHBOOT_STAGE_IMAGE;
	const enum pvhboot_subject subject = PVHBOOT_SUBJECT_PROFILE;

	if (options->profile_id.size != 0)
		(void)pvhb_fail_plain(diag, PVHBOOT_RANGE, pvhb_at(stage, subject),
				      "a profile with the ID that is asked for");
	else
		(void)pvhb_fail_plain(diag, PVHBOOT_RANGE,
				      pvhb_at_index(stage, subject, options->profile),
				      "a profile that the file has");
	list_profiles(pe, diag);
	return PVHBOOT_RANGE;
}

/* Where a part lies: in the profile's section, or where it has none, in the base's. */
static enum pvhboot_status find_part(const struct pvhb_pe *pe, const struct survey *all,
				     enum part part, struct pvhb_pe_span *out,
				     struct pvhboot_diag *diag)
{
	uint32_t section = all->own.section[part];
	struct pvhb_at at;

	if (section == 0)
		section = all->base.section[part];
	if (section == 0) {
		*out = (struct pvhb_pe_span){ 0, 0 };
		return PVHBOOT_OK;
	}
	if (pvhb_pe_section(pe, section - 1, out))
		return PVHBOOT_OK;
	at = pvhb_at_element(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_SECTION, section - 1,
			     pvhb_pe_header(pe, section - 1));
	(void)pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at), out->size,
			pe->file.size - out->offset,
			"size of the section <= bytes of the file from its start on");
	pvhb_detail_text(diag, names[part]);
	return PVHBOOT_TRUNCATED;
}

static struct pvhboot_bytes bytes_of(const struct pvhb_pe *pe, const struct survey *all,
				     enum part part, const struct pvhb_pe_span *spans)
{
	if ((all->own.section[part] | all->base.section[part]) == 0)
		return (struct pvhboot_bytes){ NULL, 0 };
	return pvhb_slice(pe->file, spans[part].offset, spans[part].size);
}

/* Tools end the command line in a NUL, in line feeds and blanks, in both, or in nothing. What is
 * behind the first NUL is no part of it: so systemd's stub reads it. */
static struct pvhboot_bytes text_of(struct pvhboot_bytes section)
{
	struct pvhboot_bytes line = { section.data, pvhb_find(section, '\0') };

	//@ loop invariant line.size <= section.size; loop assigns line.size;
	while (line.size != 0 && line.data[line.size - 1] <= ' ')
		line.size--;
	return line;
}

enum pvhboot_status pvhb_uki_probe(const struct pvhb_pe *pe, const struct pvhboot_options *options,
				   struct pvhb_pe_span *kernel, struct pvhboot_uki *uki,
				   struct pvhboot_diag *diag)
{
	struct survey all = { .n_profiles = 0 };
	struct pvhb_pe_span spans[N_PARTS];
	unsigned i;

	survey_sections(pe, options, &all);
	if (!all.has_kernel || pvhb_pe_foreign_machine(pe->machine) != NULL)
		return pvhb_foreign_pe(pe, diag);
	if (!all.found)
		return no_such_profile(pe, options, diag);
	if ((all.own.section[KERNEL] | all.base.section[KERNEL]) == 0)
		return pvhb_fail_plain(
			diag, PVHBOOT_UNSUPPORTED,
			pvhb_at_index(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PROFILE, all.profile),
			"a section .linux of this profile or of the base; choose another profile");
	//@ loop invariant ALL_IN_FILE(spans, i); loop assigns i, spans[0 .. N_PARTS - 1], *diag;
	for (i = 0; i < N_PARTS; i++) {
		enum pvhboot_status status = find_part(pe, &all, (enum part)i, &spans[i], diag);

		if (status != PVHBOOT_OK)
			return status;
	}
	*uki = (struct pvhboot_uki){
		.initrd = bytes_of(pe, &all, INITRD, spans),
		.ucode = bytes_of(pe, &all, UCODE, spans),
		.cmdline = text_of(bytes_of(pe, &all, CMDLINE, spans)),
		.osrel = bytes_of(pe, &all, OSREL, spans),
		.uname = bytes_of(pe, &all, UNAME, spans),
		.n_profiles = all.n_profiles,
		.profile = all.profile,
	};
	kernel->offset = spans[KERNEL].offset;
	kernel->size = spans[KERNEL].size;
	return PVHBOOT_OK;
}
