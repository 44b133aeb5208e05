/* SPDX-License-Identifier: MIT */
/* The codecs of this build. A new one is one file and one line here. */

#include <pvhboot/codec.h>

const struct pvhboot_codec *const *pvhboot_codecs(void)
{
	static const struct pvhboot_codec *const codecs[] = {
		&pvhboot_codec_gzip,
		&pvhboot_codec_xz,
#ifdef PVHB_HAVE_LZ4
		&pvhboot_codec_lz4,
#endif
#ifdef PVHB_HAVE_ZSTD
		&pvhboot_codec_zstd,
#endif
		NULL,
	};

	return codecs;
}
