/* SPDX-License-Identifier: MIT */
/*
 * The FEATURES note: names that are separated by '|'; a '!' in front of one means
 * that the kernel cannot do without it.
 * Source: xen/include/public/elfnote.h, features.h; names as in Xen's
 * common/libelf/libelf-dominfo.c, the last as in features.h.
 */

#include "features.h"

#include "../base/span.h"

static const struct {
	uint8_t bit; /* XENFEAT_* */
	uint8_t size;
	char name[27];
} known[] = {
	{ 0, 20, "writable_page_tables" },
	{ 1, 26, "writable_descriptor_tables" },
	{ 2, 23, "auto_translated_physmap" },
	{ 3, 22, "supervisor_mode_kernel" },
	{ 4, 19, "pae_pgdir_above_4gb" },
	{ 8, 19, "hvm_callback_vector" },
	{ 11, 4, "dom0" },
	{ 15, 23, "linux_rsdp_unrestricted" },
	{ 0, 0, "" }, /* the end */
};

static bool find_bit(struct pvhboot_bytes name, uint32_t *bit)
{
	size_t i;

	//@ loop invariant 0 <= i < sizeof(known) / sizeof(known[0]); loop assigns i, *bit;
	for (i = 0; known[i].size != 0; i++) {
		if (pvhb_equal(name, known[i].name, known[i].size)) {
			*bit = (uint32_t)1 << known[i].bit;
			return true;
		}
	}
	return false;
}

const char *pvhboot_feature_name(uint32_t bit)
{
	size_t i;

	for (i = 0; known[i].size != 0; i++) {
		if (known[i].bit == bit)
			return known[i].name;
	}
	return NULL;
}

static enum pvhboot_status read_one(struct pvhboot_bytes name, struct pvhb_at at,
				    struct pvhboot_features *features, struct pvhboot_diag *diag)
{
	bool required = name.size > 0 && pvhb_load8(name, 0) == '!';
	uint32_t bit;

	if (required)
		name = pvhb_slice(name, 1, name.size - 1);
	if (find_bit(name, &bit)) {
		features->supported |= bit;
		features->required |= required ? bit : 0;
		return PVHBOOT_OK;
	}
	if (!required)
		return PVHBOOT_OK; /* one that this Xen, or we, have not heard of */
	(void)pvhb_fail_plain(diag, PVHBOOT_UNSUPPORTED, at,
			      "only features that are known to be required in FEATURES");
	pvhb_detail_bytes(diag, name);
	return PVHBOOT_UNSUPPORTED;
}

enum pvhboot_status pvhb_features_read(struct pvhboot_bytes text, struct pvhb_at at,
				       struct pvhboot_features *features, struct pvhboot_diag *diag)
{
	size_t start = 0, end;

	/* libelf reads no more of a string, and a note may be as long as the file */
	if (text.size > PVHB_MAX_FEATURES)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_needing(pvhb_in_bytes(at)), text.size,
				 PVHB_MAX_FEATURES, "FEATURES of at most 4096 bytes");
	//@ loop invariant start <= end <= text.size; loop assigns start, end, *features, *diag;
	for (end = 0; end < text.size && pvhb_load8(text, end) != 0; end++) {
		enum pvhboot_status status;

		if (pvhb_load8(text, end) != '|')
			continue;
		status = read_one(pvhb_slice(text, start, end - start), at, features, diag);
		if (status != PVHBOOT_OK)
			return status;
		start = end + 1;
	}
	return read_one(pvhb_slice(text, start, end - start), at, features, diag);
}
