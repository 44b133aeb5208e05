/* SPDX-License-Identifier: MIT */
/* The codecs of this build. A new one is one file and one line here. */

#include <pvhboot/codec.h>

const struct pvhboot_codec *const *pvhboot_codecs(void)
{
	static const struct pvhboot_codec *const codecs[] = {
		&pvhboot_codec_gzip,
		&pvhboot_codec_xz,
		&pvhboot_codec_lzma,
#ifdef PVHB_HAVE_BZIP2
		&pvhboot_codec_bzip2,
#endif
#ifdef PVHB_HAVE_LZO
		&pvhboot_codec_lzo,
#endif
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
