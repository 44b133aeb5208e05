/* SPDX-License-Identifier: MIT */
#ifndef PVHB_REQUEST_H
#define PVHB_REQUEST_H

#include <pvhboot/plan.h>

#include "../base/diag.h"

/* All but map entries and avoid ranges: INVAL, LIMIT, RANGE, UNSUPPORTED. The parts are all but
 * the kernel too; the arrays are how many elements of each there are: INVAL, LIMIT. */
enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag);
enum pvhboot_status pvhb_request_check_parts(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag);
enum pvhboot_status pvhb_request_check_arrays(const struct pvhboot_request *request,
					      struct pvhboot_diag *diag);

/* INVAL. */
enum pvhboot_status pvhb_request_check_avoid(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag);

/* The alignment of a module or blob with its default. */
uint64_t pvhb_request_align(uint64_t align);

/* Bytes that a blob takes in the guest; 0: it is left out. */
uint64_t pvhb_request_blob_size(const struct pvhboot_blob *blob);

/* The window of a blob without a gpa, with its default. */
struct pvhboot_range pvhb_request_window(const struct pvhboot_request *request,
					 const struct pvhboot_blob *blob);

/* What a blob at gpa takes: its bytes, or its pages where they are no RAM for the
 * guest; empty without bytes. */
struct pvhboot_range pvhb_request_blob_pages(const struct pvhboot_blob *blob, uint64_t gpa);

/* What the guest's map says of a blob at gpa; of 0 bytes for one that is RAM. */
struct pvhboot_map_entry pvhb_request_blob_entry(const struct pvhboot_blob *blob, uint64_t gpa);

/* The ceilings with their defaults. */
uint64_t pvhb_request_ceiling(const struct pvhboot_request *request);
uint64_t pvhb_request_info_ceiling(const struct pvhboot_request *request);

/* The ceiling of a kernel at a random address: LINUX64 may be entered above 4 GiB, as far as the
 * page tables of boot_params reach. They have room for a kernel of 1 GiB. */
uint64_t pvhb_request_random_ceiling(const struct pvhboot_request *request,
				     enum pvhboot_entry_kind kind);

/* Whether Linux is told that it is randomised (KASLR_FLAG, which has it choose addresses of its own
 * data): as it tells itself where nothing forbids it, though there be one address alone. */
bool pvhb_kaslr_is_on(const struct pvhboot_kaslr *kaslr);

/* Where a module that lies at gpa has to end at the latest. */
uint64_t pvhb_request_module_ceiling(const struct pvhboot_request *request, uint64_t gpa);

#endif
