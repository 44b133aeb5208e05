/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/profile.c */

#include "image.h"

/* The texts of a profile. */
#define TEXTS(profile) bytes((profile).id) && bytes((profile).title)

#include "../../lib/image/profile.c"

/*@ assigns \nothing; */
static bool is_blank(uint8_t c);

/*@ requires bytes(text);
    assigns \nothing;
    ensures bytes(\result); */
static struct pvhboot_bytes trim(struct pvhboot_bytes text);

/*@ requires bytes(value);
    assigns \nothing;
    ensures bytes(\result); */
static struct pvhboot_bytes without_quotes(struct pvhboot_bytes value);

/*@ requires bytes(line) && \valid(profile) && bytes(profile->id) && bytes(profile->title);
    assigns profile->id, profile->title;
    ensures bytes(profile->id) && bytes(profile->title); */
static void read_line(struct pvhboot_bytes line, struct pvhboot_profile *profile);
