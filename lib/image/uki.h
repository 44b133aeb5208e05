/* SPDX-License-Identifier: MIT */
#ifndef PVHB_UKI_H
#define PVHB_UKI_H

#include <pvhboot/image.h>

#include "pe.h"

/* The sections of a unified kernel image that count for the options' profile: the kernel as
 * offset and size in the file, the others in *uki. Statuses as pvhboot_image_probe(). */
enum pvhboot_status pvhb_uki_probe(const struct pvhb_pe *pe, const struct pvhboot_options *options,
				   struct pvhb_pe_span *kernel, struct pvhboot_uki *uki,
				   struct pvhboot_diag *diag);

/* profile.c */
#define PVHB_PROFILE_SECTION ".profile"

/* ID and TITLE of a section .profile; its number stays 0. What lies outside of the file, or
 * is not there, is empty. */
struct pvhboot_profile pvhb_profile_read(const struct pvhb_pe *pe, uint32_t section);

#endif
