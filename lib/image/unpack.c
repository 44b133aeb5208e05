/* SPDX-License-Identifier: MIT */
/* Compressed streams: which codec, how much room, and the decoding. */

#include "unpack.h"

#include "../base/diag.h"
#include "../base/span.h"
#include "options.h"

const char *pvhboot_compression_name(enum pvhboot_compression compression)
{
	switch (compression) {
	case PVHBOOT_COMPRESSION_NONE:
		return "none";
	case PVHBOOT_COMPRESSION_GZIP:
		return "gzip";
	case PVHBOOT_COMPRESSION_BZIP2:
		return "bzip2";
	case PVHBOOT_COMPRESSION_XZ:
		return "xz";
	case PVHBOOT_COMPRESSION_LZMA:
		return "lzma";
	case PVHBOOT_COMPRESSION_LZO:
		return "lzo";
	case PVHBOOT_COMPRESSION_LZ4:
		return "lz4";
	case PVHBOOT_COMPRESSION_ZSTD:
		return "zstd";
	}
	return "?";
}

/* The options with every default filled in. */
static struct pvhboot_options with_defaults(const struct pvhboot_options *options)
{
	struct pvhboot_options all = { 0 };

	if (options != NULL)
		all = *options;
	if (all.allocator == NULL)
		all.allocator = pvhb_default_allocator();
	if (all.codecs == NULL)
		all.codecs = pvhb_default_codecs();
	if (all.max_output == 0)
		all.max_output = PVHBOOT_DEFAULT_MAX_OUTPUT;
	if (all.max_memory == 0)
		all.max_memory = PVHBOOT_DEFAULT_MAX_MEMORY;
	return all;
}

static struct pvhb_at at_stream(const struct pvhboot_image *image)
{
	return pvhb_at_offset(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_PAYLOAD, image->stream_offset);
}

static enum pvhboot_status find_codec(const struct pvhboot_image *image,
				      const struct pvhboot_codec *const *codecs,
				      const struct pvhboot_codec **out, struct pvhboot_diag *diag)
{
	for (; *codecs != NULL; codecs++) {
		if ((*codecs)->compression != image->compression)
			continue;
		if ((*codecs)->reserved != 0) {
			(void)pvhb_fail_plain(diag, PVHBOOT_INVAL, at_stream(image),
					      "a reserved member of the codec that is 0");
			return PVHBOOT_INVAL;
		}
		*out = *codecs;
		return PVHBOOT_OK;
	}
	(void)pvhb_fail_plain(diag, PVHBOOT_UNSUPPORTED, at_stream(image),
			      "a codec for the compression");
	pvhb_detail_text(diag, "no codec for ");
	pvhb_detail_text(diag, pvhboot_compression_name(image->compression));
	return PVHBOOT_UNSUPPORTED;
}

static const char wrong_size[] = "unpacked size of the stream == size that the file claims";
static const char above_max_output[] = "unpacked size <= max_output; raise max_output";

static enum pvhboot_status check_size(const struct pvhboot_image *image, uint64_t max_output,
				      size_t *size, struct pvhboot_diag *diag)
{
	uint64_t bound = pvhb_min(max_output, SIZE_MAX);

	if (!image->size_is_exact) {
		*size = (size_t)pvhb_min(image->unpacked_size, bound);
		return PVHBOOT_OK;
	}
	if (image->unpacked_size > bound)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_needing(pvhb_in_bytes(at_stream(image))),
				 image->unpacked_size, bound, above_max_output);
	*size = (size_t)image->unpacked_size;
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_image_need(const struct pvhboot_image *image,
				       const struct pvhboot_options *options, size_t *size,
				       struct pvhboot_diag *diag)
{
	struct pvhboot_options all = with_defaults(options);
	const struct pvhboot_codec *codec = NULL;
	enum pvhboot_status status = pvhb_options_check(&all, PVHBOOT_STAGE_UNPACK, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (image == NULL || size == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE),
				       "image and size that are not NULL");
	if (image->compression == PVHBOOT_COMPRESSION_NONE) {
		*size = 0;
		return PVHBOOT_OK;
	}
	status = find_codec(image, all.codecs, &codec, diag);
	if (status != PVHBOOT_OK)
		return status;
	return check_size(image, all.max_output, size, diag);
}

/* The stream holds more than the file claims. */
static enum pvhboot_status longer_than_claimed(const struct pvhboot_image *image,
					       const struct pvhboot_decode *decode,
					       struct pvhb_at at, struct pvhboot_diag *diag)
{
	if (decode->out_needed > image->unpacked_size)
		(void)pvhb_fail(diag, PVHBOOT_CORRUPT, pvhb_in_bytes(at), decode->out_needed,
				image->unpacked_size, wrong_size);
	else
		(void)pvhb_fail_plain(diag, PVHBOOT_CORRUPT, at, wrong_size);
	pvhb_detail_text(diag, "the stream goes on behind that size");
	return PVHBOOT_CORRUPT;
}

/* The buffer is full and the stream goes on: whose fault that is. */
static enum pvhboot_status stream_too_long(const struct pvhboot_image *image,
					   const struct pvhboot_options *options,
					   const struct pvhboot_decode *decode, struct pvhb_at at,
					   struct pvhboot_diag *diag)
{
	bool is_over = decode->out.size >= options->max_output;
	enum pvhboot_status status = is_over ? PVHBOOT_LIMIT : PVHBOOT_NOSPACE;
	uint64_t size = decode->out.size;

	if (image->size_is_exact)
		return longer_than_claimed(image, decode, at, diag);
	at = pvhb_needing(pvhb_in_bytes(at));
	(void)pvhb_fail(diag, status, at, pvhb_max(decode->out_needed, size + 1), size,
			is_over ? above_max_output : "unpacked size <= size of the buffer");
	if (decode->out_needed <= size)
		pvhb_detail_text(diag, "at least that much: the stream does not tell its size");
	return status;
}

/* More working memory is needed than is allowed. A codec of the caller's may not know how
 * much. */
static enum pvhboot_status memory_above_limit(const struct pvhboot_decode *decode,
					      struct pvhb_at at, const char *rule,
					      struct pvhboot_diag *diag)
{
	if (decode->memory_needed <= decode->max_memory)
		return pvhb_fail_plain(diag, PVHBOOT_LIMIT, at, rule);
	return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_needing(pvhb_in_bytes(at)),
			 decode->memory_needed, decode->max_memory, rule);
}

/* A codec failed: its status and rule, at the byte where it stopped. */
static enum pvhboot_status codec_failed(enum pvhboot_status status,
					const struct pvhboot_image *image,
					const struct pvhboot_options *options,
					const struct pvhboot_decode *decode,
					struct pvhboot_diag *diag)
{
	const char *rule = decode->rule != NULL ? decode->rule : "a stream that can be decoded";
	struct pvhb_at at = at_stream(image);

	at.offset += decode->in_used;
	switch (status) {
	case PVHBOOT_NOSPACE:
		return stream_too_long(image, options, decode, at, diag);
	case PVHBOOT_LIMIT:
		(void)memory_above_limit(decode, at, rule, diag);
		break;
	case PVHBOOT_TRUNCATED:
	case PVHBOOT_CORRUPT:
	case PVHBOOT_NOMEM:
	case PVHBOOT_UNSUPPORTED:
		(void)pvhb_fail_plain(diag, status, at, rule);
		break;
	default:
		return pvhb_fail(diag, PVHBOOT_INTERNAL, pvhb_in_count(at), status, PVHBOOT_CORRUPT,
				 "a status of the codec that codec.h allows");
	}
	pvhb_detail_text(diag, pvhboot_compression_name(image->compression));
	return status;
}

static enum pvhboot_status decode_stream(const struct pvhboot_image *image,
					 const struct pvhboot_codec *codec,
					 const struct pvhboot_options *options,
					 struct pvhboot_buffer out, size_t *size,
					 struct pvhboot_diag *diag)
{
	struct pvhboot_decode decode = {
		.in = image->stream,
		.out = out,
		.allocator = *options->allocator,
		.max_memory = options->max_memory,
		.out_is_exact = image->size_is_exact,
		.parallel = options->parallel,
	};
	enum pvhboot_status status = codec->decode(&decode);
	struct pvhb_at at = pvhb_in_bytes(at_stream(image));

	if (decode.in_used > decode.in.size)
		return pvhb_fail(diag, PVHBOOT_INTERNAL, at, decode.in_used, decode.in.size,
				 "bytes that the codec has read <= size of the stream");
	if (decode.out_used > decode.out.size)
		return pvhb_fail(diag, PVHBOOT_INTERNAL, at, decode.out_used, decode.out.size,
				 "bytes that the codec has written <= size of the buffer");
	if (status != PVHBOOT_OK)
		return codec_failed(status, image, options, &decode, diag);
	at.offset += decode.in_used;
	if (image->size_is_exact && decode.out_used != out.size)
		return pvhb_fail(diag, PVHBOOT_CORRUPT, at, decode.out_used, out.size, wrong_size);
	if (decode.in_used != decode.in.size)
		pvhb_warn(diag, at, decode.in.size - decode.in_used, 0,
			  "no bytes behind the compressed stream");
	*size = decode.out_used;
	return PVHBOOT_OK;
}

const struct pvhboot_allocator *pvhb_image_allocator(const struct pvhboot_options *options)
{
	return with_defaults(options).allocator;
}

struct pvhboot_bytes pvhb_image_start(const struct pvhboot_image *image,
				      const struct pvhboot_options *options,
				      struct pvhboot_buffer buffer)
{
	const struct pvhboot_bytes nothing = { NULL, 0 };
	struct pvhboot_options all = with_defaults(options);
	struct pvhboot_decode decode = {
		.in = image->stream,
		.out = buffer,
		.max_memory = all.max_memory,
		.only_start = 1,
	};
	const struct pvhboot_codec *codec;
	enum pvhboot_status status;

	if (all.allocator == NULL || find_codec(image, all.codecs, &codec, NULL) != PVHBOOT_OK)
		return nothing;
	decode.allocator = *all.allocator;
	status = codec->decode(&decode);
	if ((status != PVHBOOT_OK && status != PVHBOOT_NOSPACE) || decode.out_used > buffer.size)
		return nothing;
	return (struct pvhboot_bytes){ buffer.data, decode.out_used };
}

enum pvhboot_status pvhboot_image_unpack(const struct pvhboot_image *image,
					 const struct pvhboot_options *options,
					 struct pvhboot_buffer out, struct pvhboot_bytes *elf,
					 struct pvhboot_diag *diag)
{
	struct pvhboot_options all = with_defaults(options);
	const struct pvhboot_codec *codec = NULL;
	enum pvhboot_status status = pvhb_options_check(&all, PVHBOOT_STAGE_UNPACK, diag);
	size_t size = 0;

	if (status != PVHBOOT_OK)
		return status;
	if (image == NULL || elf == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE),
				       "image and elf that are not NULL");
	if (image->compression == PVHBOOT_COMPRESSION_NONE) {
		*elf = image->stream;
		return PVHBOOT_OK;
	}
	if (all.allocator == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_stream(image), "an allocator");
	status = find_codec(image, all.codecs, &codec, diag);
	if (status != PVHBOOT_OK)
		return status;
	status = check_size(image, all.max_output, &size, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (out.size < size || out.data == NULL)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, pvhb_in_bytes(at_stream(image)),
				 out.data != NULL ? out.size : 0, size,
				 "size of the buffer >= what pvhboot_image_need() says");
	out.size = image->size_is_exact ? size : (size_t)pvhb_min(out.size, all.max_output);
	status = decode_stream(image, codec, &all, out, &size, diag);
	if (status == PVHBOOT_OK)
		*elf = (struct pvhboot_bytes){ out.data, size };
	return status;
}
