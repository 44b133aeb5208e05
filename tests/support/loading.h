/* SPDX-License-Identifier: MIT */
/* One call of pvhboot_image_load() with all that is watched around it, and the
 * kinds of stream that it is tried on. */
#ifndef TESTS_SUPPORT_LOADING_H
#define TESTS_SUPPORT_LOADING_H

#include <pvhboot/image.h>

#include "bzbuild.h"
#include "fakealloc.h"
#include "guard.h"

struct variant {
	const char *name;
	enum pvhboot_compression compression;
	struct bz_codec settings;
	int ends_with_input; /* no end of its own: bytes behind it belong to it */
};

/* Every codec's, and both formats of LZ4; those that the build lacks too. */
#define N_VARIANTS 8
extern const struct variant variants[N_VARIANTS];

/* 1 when this build can do it. */
int variant_can(const struct variant *variant);
void variant_pack(struct blob *out, const struct variant *variant, struct pvhboot_bytes in);

/* The stream as the Linux build puts it into a bzImage. */
void variant_image(struct blob *out, const struct variant *variant, struct pvhboot_bytes in);

/* The same of a stream of variant_pack() that holds size bytes. */
void variant_wrap(struct blob *out, const struct variant *variant, const struct blob *stream,
		  size_t size);

/* All zero is ready. */
struct loading {
	struct pvhboot_options options; /* its allocator is set by loading_run() */
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_diag diag;
	struct pvhboot_loaded loaded;
	struct guard guard; /* behind the file */
};

/* Loads a copy of the file, and asserts of a failure that nothing was written
 * and nothing stays allocated. */
enum pvhboot_status loading_run(struct loading *run, struct pvhboot_bytes file);

/* Releases the buffer and asserts that it was the only one. */
void loading_close(struct loading *run);

/* The load succeeds, yields these bytes, and warns as often. */
void loading_expect(const char *row, struct loading *run, struct pvhboot_bytes file,
		    struct pvhboot_bytes want, size_t n_warnings);

#define ANY_OFFSET UINT64_MAX

/* The load fails so. rule is a part of the rule that did not hold. */
void loading_expect_failure(const char *row, struct loading *run, struct pvhboot_bytes file,
			    enum pvhboot_status status, enum pvhboot_stage stage, uint64_t offset,
			    const char *rule);

#endif
