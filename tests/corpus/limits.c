/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <pvhboot/pvhboot.h>

#include "../../examples/grub/lz4.h"
#include "system.h"

static void expect(const char *what, enum pvhboot_status found, enum pvhboot_status expected)
{
	if (found != expected)
		system_fail(what, pvhboot_status_name(found));
}

/* The status of what needs 4 GiB or more. */
static enum pvhboot_status beyond_32_bits(void)
{
	return SIZE_MAX > UINT32_MAX ? PVHBOOT_OK : PVHBOOT_LIMIT;
}

static void check_unpacked_size(uint64_t claim, enum pvhboot_status expected)
{
	static const struct pvhboot_codec *const codecs[] = { &codec_lz4, NULL };
	static const struct pvhboot_options options = { .codecs = codecs,
							.max_output = UINT64_MAX };
	const struct pvhboot_image image = { .unpacked_size = claim,
					     .compression = PVHBOOT_COMPRESSION_LZ4,
					     .size_is_exact = 1 };
	struct pvhboot_diag diag = { 0 };
	size_t size = 0;

	expect("limits: an image that claims much",
	       pvhboot_image_need(&image, &options, &size, &diag), expected);
	if (expected == PVHBOOT_OK ? size != claim : diag.failure.bound != SIZE_MAX)
		system_fail("limits", "the claim is not what is needed");
}

/* Counts alone decide: the entries are not read. */
static void check_workspace(size_t n_map, enum pvhboot_status expected)
{
	static const struct pvhboot_map_entry entry;
	static const struct pvhboot_kernel kernel = {
		.n_segments = 1, .entries = PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH)
	};
	const struct pvhboot_request request = { .kernel = &kernel, .map = &entry, .n_map = n_map };
	size_t size = 0;

	expect("limits: a map with many entries", pvhboot_plan_need(&request, &size, NULL),
	       expected);
	if (expected == PVHBOOT_OK && size < n_map * sizeof(entry))
		system_fail("limits", "the workspace does not hold the map");
}

void limits_check(void)
{
	check_unpacked_size(UINT32_MAX, PVHBOOT_OK);
	check_unpacked_size((uint64_t)UINT32_MAX + 1, beyond_32_bits());
	check_workspace((size_t)1 << 20, PVHBOOT_OK);
	check_workspace((size_t)1 << 25, beyond_32_bits());
	check_workspace((size_t)1 << 28, beyond_32_bits());
	check_workspace(((size_t)1 << 28) + 1, PVHBOOT_LIMIT);
}
