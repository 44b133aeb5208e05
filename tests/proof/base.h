/* SPDX-License-Identifier: MIT */
/* Contracts of lib/base/, and of the memory functions that the core is linked with. */
#ifndef PROOF_BASE_H
#define PROOF_BASE_H

#include "../../lib/base/diag.h"
#include "../../lib/base/multiboot.h"
#include "../../lib/base/span.h"

/* What is written where the detail of a finding goes on. */
#define DETAIL diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]

/*@
  // Bytes that may be read, and a diagnostic that may be written. Nothing is said of their values:
  // two reads of one byte may differ.
  predicate bytes(struct pvhboot_bytes b) =
    b.size == 0 || \valid_read(b.data + (0 .. b.size - 1));
  predicate optional(struct pvhboot_diag *d) = d == \null || \valid(d);
  predicate within(integer total, integer offset, integer size) =
    0 <= offset && 0 <= size && offset + size <= total;
  // A number without some of its bits, and what is a multiple of a power of two by that.
  logic integer cleared(integer value, integer without) = value - (value & without);
  predicate aligned(integer value, integer power_of_two) =
    \exists integer y; 0 <= y && value == cleared(y, power_of_two - 1);
*/

/* ---- What the core is linked with: assumed ------------------------------------------------- */

/*@ requires size == 0 || \valid_read((const char *)a + (0 .. size - 1));
    requires size == 0 || \valid_read((const char *)b + (0 .. size - 1));
    assigns \nothing; */
int memcmp(const void *a, const void *b, size_t size);

/*@ requires size == 0 || \valid((uint8_t *)to + (0 .. size - 1));
    requires size == 0 || \valid_read((const uint8_t *)from + (0 .. size - 1));
    requires size == 0 || \separated((uint8_t *)to + (0 .. size - 1),
                                     (const uint8_t *)from + (0 .. size - 1));
    assigns ((uint8_t *)to)[0 .. size - 1]; */
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/*@ requires size == 0 || \valid((uint8_t *)to + (0 .. size - 1));
    requires size == 0 || \valid_read((const uint8_t *)from + (0 .. size - 1));
    assigns ((uint8_t *)to)[0 .. size - 1]; */
void *memmove(void *to, const void *from, size_t size);

/*@ requires size == 0 || \valid((uint8_t *)to + (0 .. size - 1));
    assigns ((uint8_t *)to)[0 .. size - 1]; */
void *memset(void *to, int byte, size_t size);

/* ---- span.h -------------------------------------------------------------------------------- */

/*@ assigns \nothing;
    ensures \result <==> within(total, offset, size); */
static inline bool pvhb_within(uint64_t total, uint64_t offset, uint64_t size);

/*@ requires bytes(bytes) && (size == 0 || within(bytes.size, offset, size));
    assigns \nothing;
    ensures \result.size == size && bytes(\result);
    ensures \result.data == (size == 0 ? bytes.data : bytes.data + offset); */
static inline struct pvhboot_bytes pvhb_slice(struct pvhboot_bytes bytes, uint64_t offset,
					      uint64_t size);

/*@ requires bytes(bytes) && within(bytes.size, offset, 1);
    assigns \nothing; */
static inline uint8_t pvhb_load8(struct pvhboot_bytes bytes, uint64_t offset);

/*@ requires bytes(bytes) && within(bytes.size, offset, 2);
    assigns \nothing; */
static inline uint16_t pvhb_load16(struct pvhboot_bytes bytes, uint64_t offset);

/*@ requires bytes(bytes) && within(bytes.size, offset, 4);
    assigns \nothing; */
static inline uint32_t pvhb_load32(struct pvhboot_bytes bytes, uint64_t offset);

/*@ requires bytes(bytes) && within(bytes.size, offset, 8);
    assigns \nothing; */
static inline uint64_t pvhb_load64(struct pvhboot_bytes bytes, uint64_t offset);

/*@ requires \valid(to + (0 .. 1));
    assigns to[0 .. 1]; */
static inline void pvhb_store16(uint8_t *to, uint16_t value);

/*@ requires \valid(to + (0 .. 3));
    assigns to[0 .. 3]; */
static inline void pvhb_store32(uint8_t *to, uint32_t value);

/*@ requires \valid(to + (0 .. 7));
    assigns to[0 .. 7]; */
static inline void pvhb_store64(uint8_t *to, uint64_t value);

/*@ requires bytes(bytes) && within(bytes.size, low, 4) && within(bytes.size, high, 4);
    assigns \nothing; */
static inline uint64_t pvhb_load_halves(struct pvhboot_bytes bytes, uint64_t low, uint64_t high);

/*@ requires bytes(a);
    requires size == 0 || \valid_read((const char *)data + (0 .. size - 1));
    assigns \nothing;
    ensures \result ==> a.size == size; */
static inline bool pvhb_equal(struct pvhboot_bytes a, const void *data, size_t size);

/*@ requires bytes(bytes);
    assigns \nothing;
    ensures \result <= bytes.size; */
static inline size_t pvhb_find(struct pvhboot_bytes bytes, uint8_t wanted);

/*@ requires bytes(text);
    assigns \nothing;
    ensures bytes(\result) && \result.data == text.data && \result.size <= text.size; */
static inline struct pvhboot_bytes pvhb_without_nuls(struct pvhboot_bytes text, size_t most);

/*@ requires \valid(sum);
    assigns *sum;
    ensures \result <==> a + b <= UINT64_MAX;
    ensures \result ==> *sum == a + b;
    ensures !\result ==> *sum == \old(*sum); */
static inline bool pvhb_add(uint64_t a, uint64_t b, uint64_t *sum);

/*@ requires \valid(out) && power_of_two >= 1;
    assigns *out;
    ensures \result ==> value <= *out <= value + power_of_two - 1;
    ensures \result ==> *out == cleared(value + power_of_two - 1, power_of_two - 1);
    ensures !\result ==> *out == \old(*out); */
static inline bool pvhb_align_up(uint64_t value, uint64_t power_of_two, uint64_t *out);

/*@ assigns \nothing; */
static inline bool pvhb_is_power_of_two(uint64_t value);

/*@ assigns \nothing;
    ensures \result == \min(a, b); */
static inline uint64_t pvhb_min(uint64_t a, uint64_t b);

/*@ assigns \nothing;
    ensures \result == \max(a, b); */
static inline uint64_t pvhb_max(uint64_t a, uint64_t b);

/*@ assigns \nothing;
    ensures \result <==> a.start < b.end && b.start < a.end; */
static inline bool pvhb_overlap(struct pvhboot_range a, struct pvhboot_range b);

/*@ assigns \nothing; */
static inline bool pvhb_touches(struct pvhboot_bytes bytes, const uint8_t *to, uint64_t size);

/*@ assigns \nothing; */
static inline uint8_t *pvhb_aligned(uint8_t *workspace);

/* ---- diag.h, diag.c ------------------------------------------------------------------------ */

/*@ assigns \nothing; */
static inline struct pvhb_at pvhb_at(enum pvhboot_stage stage, enum pvhboot_subject subject);
/*@ assigns \nothing;
    ensures \result.offset == offset; */
static inline struct pvhb_at pvhb_at_offset(enum pvhboot_stage stage, enum pvhboot_subject subject,
					    uint64_t offset);
/*@ assigns \nothing; */
static inline struct pvhb_at pvhb_at_index(enum pvhboot_stage stage, enum pvhboot_subject subject,
					   uint64_t index);
/*@ assigns \nothing;
    ensures \result.offset == offset; */
static inline struct pvhb_at pvhb_at_element(enum pvhboot_stage stage, enum pvhboot_subject subject,
					     uint64_t index, uint64_t offset);
/*@ assigns \nothing;
    ensures \result.offset == at.offset; */
static inline struct pvhb_at pvhb_in(enum pvhboot_unit unit, struct pvhb_at at);
/*@ assigns \nothing;
    ensures \result.offset == at.offset; */
static inline struct pvhb_at pvhb_in_bytes(struct pvhb_at at);
/*@ assigns \nothing;
    ensures \result.offset == at.offset; */
static inline struct pvhb_at pvhb_in_count(struct pvhb_at at);
/*@ assigns \nothing;
    ensures \result.offset == at.offset; */
static inline struct pvhb_at pvhb_needing(struct pvhb_at at);

/*@ assigns \nothing; */
struct pvhboot_finding pvhb_finding(struct pvhb_at at, uint8_t has, uint64_t found, uint64_t bound,
				    const char *rule);

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == status; */
enum pvhboot_status pvhb_fail(struct pvhboot_diag *diag, enum pvhboot_status status,
			      struct pvhb_at at, uint64_t found, uint64_t bound, const char *rule);

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == status; */
enum pvhboot_status pvhb_fail_plain(struct pvhboot_diag *diag, enum pvhboot_status status,
				    struct pvhb_at at, const char *rule);

/*@ requires optional(diag);
    assigns *diag; */
void pvhb_warn(struct pvhboot_diag *diag, struct pvhb_at at, uint64_t found, uint64_t bound,
	       const char *rule);

/*@ requires optional(diag);
    assigns *diag; */
void pvhb_warn_plain(struct pvhboot_diag *diag, struct pvhb_at at, const char *rule);

/*@ requires optional(diag);
    assigns *diag; */
void pvhb_warn_of_failure(struct pvhboot_diag *diag);

/*@ requires optional(diag);
    assigns \nothing;
    ensures diag == \null ==> \result == 0; */
uint32_t pvhb_n_warnings(const struct pvhboot_diag *diag);

/*@ requires optional(diag);
    requires diag == \null ==> before == 0; // it was asked of the same diag
    assigns *diag; */
enum pvhboot_status pvhb_strict(struct pvhboot_diag *diag, uint32_t before);

/*@ requires optional(diag);
    assigns DETAIL; */
void pvhb_detail_text(struct pvhboot_diag *diag, const char *text);

/*@ requires optional(diag) && bytes(bytes);
    assigns DETAIL; */
void pvhb_detail_bytes(struct pvhboot_diag *diag, struct pvhboot_bytes bytes);

/*@ requires optional(diag);
    assigns DETAIL; */
void pvhb_detail_number(struct pvhboot_diag *diag, uint32_t number);

/*@ requires optional(diag);
    assigns DETAIL; */
void pvhb_detail_hex(struct pvhboot_diag *diag, uint64_t number);

/* ---- multiboot.c --------------------------------------------------------------------------- */

/*@ requires bytes(file);
    assigns \nothing; */
bool pvhb_is_multiboot(struct pvhboot_bytes file);

#endif
