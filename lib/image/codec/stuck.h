/* SPDX-License-Identifier: MIT */
#ifndef PVHB_CODEC_STUCK_H
#define PVHB_CODEC_STUCK_H

#include <pvhboot/codec.h>

/* What it means that a decoder makes no progress: one of the two buffers is used
 * up. Where both are, only a larger output would tell whether the stream is
 * complete, and there is none to be had when the size is exact. */
static inline enum pvhboot_status pvhb_codec_stuck(struct pvhboot_decode *decode)
{
	if (decode->out_used == decode->out.size && !decode->out_is_exact)
		return PVHBOOT_NOSPACE;
	if (decode->in_used != decode->in.size)
		return PVHBOOT_NOSPACE;
	decode->rule = "all of the stream";
	return PVHBOOT_TRUNCATED;
}

#endif
