/* SPDX-License-Identifier: MIT */
/* From a file to its ELF image, however deep it lies, with buffers of the
 * caller's allocator. Written with the public stages alone. */

#include <pvhboot/image.h>

#include "../base/buffer.h"
#include "../base/env.h"
#include "../base/span.h"

struct load {
	const struct pvhboot_options *options;
	const struct pvhboot_allocator *allocator;
	struct pvhboot_diag *diag;
};

static struct pvhb_at at_unpack(void)
{
	return pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE);
}

static enum pvhboot_status try_size(const struct load *load, const struct pvhboot_image *image,
				    size_t size, struct pvhboot_buffer *buffer,
				    struct pvhboot_bytes *out)
{
	enum pvhboot_status status;

	status = pvhb_buffer_alloc(load->allocator, size, at_unpack(), buffer, load->diag);
	if (status != PVHBOOT_OK)
		return status;
	status = pvhboot_image_unpack(image, load->options, *buffer, out, load->diag);
	if (status != PVHBOOT_OK) {
		pvhb_buffer_release(load->allocator, *buffer);
		buffer->data = NULL;
	}
	return status;
}

static uint64_t max_output(const struct load *load)
{
	if (load->options == NULL || load->options->max_output == 0)
		return PVHBOOT_DEFAULT_MAX_OUTPUT;
	return load->options->max_output;
}

/* Unpacks one image. Where the size is not known beforehand, each try has twice
 * the room of the one before, up to max_output, where unpacking ends in LIMIT. A try
 * that was too small is no failure of the whole, so the diagnostic is put back. */
static enum pvhboot_status unpack(const struct load *load, const struct pvhboot_image *image,
				  struct pvhboot_buffer *buffer, struct pvhboot_bytes *out)
{
	struct pvhboot_diag before = { 0 };
	size_t size = 0;
	enum pvhboot_status status = pvhboot_image_need(image, load->options, &size, load->diag);

	if (status != PVHBOOT_OK)
		return status;
	if (load->diag != NULL)
		before = *load->diag;
	status = try_size(load, image, size, buffer, out);
	while (status == PVHBOOT_NOSPACE && size <= SIZE_MAX / 2) {
		if (load->diag != NULL)
			*load->diag = before;
		size = (size_t)pvhb_min(2 * (uint64_t)size, max_output(load));
		status = try_size(load, image, size, buffer, out);
	}
	return status;
}

/* What was unpacked may be packed again. A buffer is released when what it held has been
 * unpacked. */
static enum pvhboot_status unpack_all(const struct load *load, struct pvhboot_loaded *loaded)
{
	struct pvhboot_image image = loaded->image;
	enum pvhboot_status status = unpack(load, &image, &loaded->buffer, &loaded->elf);

	while (status == PVHBOOT_OK && image.compression != PVHBOOT_COMPRESSION_NONE) {
		struct pvhboot_buffer inner = { NULL, 0 };

		status = pvhboot_image_probe_inner(&image, loaded->elf, &image, load->diag);
		if (status == PVHBOOT_OK)
			status = unpack(load, &image, &inner, &loaded->elf);
		if (status == PVHBOOT_OK && inner.data == NULL)
			continue; /* not packed: it stays where it is */
		pvhb_buffer_release(load->allocator, loaded->buffer);
		loaded->buffer = inner;
	}
	return status;
}

enum pvhboot_status pvhboot_image_load(struct pvhboot_bytes file,
				       const struct pvhboot_options *options,
				       struct pvhboot_loaded *out, struct pvhboot_diag *diag)
{
	struct load load = { options, pvhb_default_allocator(), diag };
	struct pvhboot_loaded loaded = { .buffer = { NULL, 0 } };
	enum pvhboot_status status;

	if (options != NULL && options->allocator != NULL)
		load.allocator = options->allocator;
	if (out == NULL || load.allocator == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_unpack(),
				       "out that is not NULL, and an allocator");
	status = pvhboot_image_probe(file, options, &loaded.image, diag);
	if (status == PVHBOOT_OK)
		status = unpack_all(&load, &loaded);
	if (status == PVHBOOT_OK)
		*out = loaded;
	return status;
}
