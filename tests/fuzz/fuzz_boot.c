/* SPDX-License-Identifier: MIT */
/*
 * boot.h: a few bytes describe a guest, the rest is an ELF image that is
 * packed first. The direct way, through map, and the buffered way, through write and
 * zero, end with the same status and the same memory, and nothing is written where the
 * plan has no place, but for zeros where the image was decoded.
 */

#include <pvhboot/boot.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/load/direct.h"
#include "../support/bzbuild.h"
#include "fuzz.h"
#include "mutate.h"

#define LOW_SIZE ((size_t)32 << 10)
#define HIGH_GPA UINT64_C(0xff0000) /* kernels are linked to 16 MiB */
#define HIGH_SIZE ((size_t)192 << 10)
#define BEHIND_SIZE ((size_t)16 << 10) /* memory that is no RAM, for blobs */
#define MAX_EXTRA 4

const size_t fuzz_head_size = 32;

/* All that the guest has: a little at 0 and more at 16 MiB. */
struct guest {
	uint8_t *low;
	uint8_t *high;
	uint8_t fill;
	size_t n_mapped; /* pointers that are out */
};

static uint8_t *reach(const struct guest *guest, uint64_t gpa, uint64_t size)
{
	if (gpa <= LOW_SIZE && size <= LOW_SIZE - gpa)
		return guest->low + gpa;
	if (gpa >= HIGH_GPA && gpa - HIGH_GPA <= HIGH_SIZE + BEHIND_SIZE &&
	    size <= HIGH_SIZE + BEHIND_SIZE - (gpa - HIGH_GPA))
		return guest->high + (gpa - HIGH_GPA);
	return NULL;
}

static void *guest_map(void *ctx, uint64_t gpa, uint64_t size)
{
	uint8_t *host = reach(ctx, gpa, size);

	/* The map says what there is, so nothing else may be asked for. */
	MUST(size > 0 && host != NULL);
	((struct guest *)ctx)->n_mapped++;
	return host;
}

static void guest_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	MUST(guest->n_mapped == 1 && host == reach(guest, gpa, size));
	guest->n_mapped--;
}

static int guest_write(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	uint8_t *host = reach(ctx, gpa, size);

	MUST(size > 0 && host != NULL);
	memcpy(host, bytes, size);
	return 0;
}

static int guest_zero(void *ctx, uint64_t gpa, uint64_t size)
{
	uint8_t *host = reach(ctx, gpa, size);

	MUST(size > 0 && host != NULL);
	memset(host, 0, (size_t)size);
	return 0;
}

static void guest_open(struct guest *guest, uint8_t fill)
{
	guest->low = fuzz_alloc(LOW_SIZE);
	guest->high = fuzz_alloc(HIGH_SIZE + BEHIND_SIZE);
	guest->fill = fill;
	guest->n_mapped = 0;
	memset(guest->low, fill, LOW_SIZE);
	memset(guest->high, fill, HIGH_SIZE + BEHIND_SIZE);
}

static void guest_close(struct guest *guest)
{
	MUST(guest->n_mapped == 0);
	free(guest->low);
	free(guest->high);
}

/* What is booted, and by what. */
struct scene {
	struct pvhboot_request request;
	struct pvhboot_map_entry map[2 + MAX_EXTRA];
	struct pvhboot_range avoid[2];
	struct pvhboot_module modules[2];
	struct pvhboot_blob blob;
	struct blob module;
	struct pvhboot_options options;
	struct blob file;
	uint32_t zeroed; /* PVHBOOT_MEMORY_ZEROED or 0 */
	int has_both;    /* the direct way has write and zero too */
	uint32_t claim;  /* what the size that the file claims is changed by */
	uint32_t damage; /* which byte of the stream is another, from 1 on; 0: none */
};

static void read_map(struct scene *scene, struct input *input)
{
	scene->map[0] =
		(struct pvhboot_map_entry){ .gpa = 0, .size = LOW_SIZE, .type = PVHBOOT_MAP_RAM };
	scene->map[1] = (struct pvhboot_map_entry){ .gpa = HIGH_GPA,
						    .size = HIGH_SIZE,
						    .type = PVHBOOT_MAP_RAM };
	scene->request.n_map = 2 + input_take(input, 1) % (MAX_EXTRA + 1);
	/* More RAM there is not; what is there may become something else. */
	for (size_t i = 2; i < scene->request.n_map; i++)
		scene->map[i] = (struct pvhboot_map_entry){
			.gpa = HIGH_GPA + input_number(input, 0x1000),
			.size = input_take(input, 1) * 0x100,
			.type = 2 + (uint32_t)input_take(input, 1) % 8,
		};
	scene->request.map = scene->map;
}

static void read_scene(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;
	uint32_t mode = (uint32_t)input_take(input, 1);
	uint32_t flags, extras;
	size_t size;

	memset(scene, 0, sizeof(*scene));
	scene->zeroed = mode & 0x10 ? 0 : PVHBOOT_MEMORY_ZEROED;
	scene->has_both = (mode & 0x20) != 0;
	flags = (uint32_t)input_take(input, 1);
	request->flags = flags & 63;
	if (mode & 0x40)
		scene->options.kernel_flags = PVHBOOT_COMPAT_XEN;
	request->slide = input_number(input, 0x1000);
	request->ceiling = mode & 0x80 ? HIGH_GPA + input_number(input, 0x1000) : 0;
	read_map(scene, input);
	request->avoid = scene->avoid;
	request->n_avoid = input_take(input, 1) % 3;
	for (size_t i = 0; i < request->n_avoid; i++) {
		scene->avoid[i].start = HIGH_GPA + input_take(input, 1) * 0x1000;
		scene->avoid[i].end = scene->avoid[i].start + input_take(input, 1) * 0x100;
	}
	size = input_take(input, 1) * 64;
	blob_pattern(&scene->module, 3, size);
	scene->modules[0].bytes = blob_view(&scene->module);
	scene->modules[1].bytes = (struct pvhboot_bytes){ scene->module.data, size / 2 };
	scene->modules[1].align = UINT64_C(1) << input_take(input, 1) % 20;
	request->modules = scene->modules;
	request->n_modules = input_take(input, 1) % 3;
	scene->blob.bytes = (struct pvhboot_bytes){ scene->module.data, size / 3 };
	/* in RAM, across its end, or behind it */
	scene->blob.gpa = input_take(input, 1) % ((HIGH_SIZE + BEHIND_SIZE) / 0x1000 - 1) * 0x1000;
	if (scene->blob.gpa)
		scene->blob.gpa += HIGH_GPA;
	request->blobs = &scene->blob;
	request->n_blobs = input_take(input, 1) % 2;
	if (flags & 0x40)
		scene->claim = (uint32_t)input_take(input, 3);
	if (flags & 0x80)
		scene->damage = 1 + (uint32_t)input_take(input, 2);
	extras = (uint32_t)input_take(input, 1);
	request->flags |= extras & 1 ? PVHBOOT_REQUEST_JOIN : 0;
	request->flags |= extras & 2 ? PVHBOOT_REQUEST_RSDP_IN_BLOB : 0;
	scene->blob.size = extras & 4 ? size : 0;
	scene->modules[0].gpa = (extras >> 3) * 0x1000;
	if (scene->modules[0].gpa)
		scene->modules[0].gpa += HIGH_GPA;
	request->cmdline = pvhboot_text("console=ttyS0");
	scene->options.max_output = (uint64_t)1 << 20;
}

/* Makes a file claim another size than its stream holds, or damages the stream. */
static void damage_file(struct scene *scene)
{
	struct pvhboot_image image;
	uint8_t *stream, *claim;

	MUST(pvhboot_image_probe(blob_view(&scene->file), NULL, &image, NULL) == PVHBOOT_OK);
	stream = scene->file.data + (image.stream.data - scene->file.data);
	/* gzip's last four bytes are the size, Linux puts it behind the others */
	claim = stream + image.stream.size -
		(image.compression == PVHBOOT_COMPRESSION_GZIP ? 4 : 0);
	for (size_t i = 0; i < 3; i++)
		claim[i] ^= (uint8_t)(scene->claim >> 8 * i);
	if (scene->damage)
		stream[(scene->damage - 1) % image.stream.size] ^=
			(uint8_t)(1 + scene->damage % 255);
}

/* The rest as it is, or packed; LZ4 most of the time, which is the fastest. */
static void read_file(struct scene *scene, uint32_t mode, struct pvhboot_bytes rest)
{
	static const uint8_t compressions[8] = {
		PVHBOOT_COMPRESSION_NONE, PVHBOOT_COMPRESSION_LZ4, PVHBOOT_COMPRESSION_LZ4,
		PVHBOOT_COMPRESSION_LZ4,  PVHBOOT_COMPRESSION_LZ4, PVHBOOT_COMPRESSION_GZIP,
		PVHBOOT_COMPRESSION_ZSTD, PVHBOOT_COMPRESSION_LZO,
	};
	enum pvhboot_compression compression = (enum pvhboot_compression)compressions[mode % 8];

	if (compression != PVHBOOT_COMPRESSION_NONE && !bz_can_compress(compression))
		compression = PVHBOOT_COMPRESSION_GZIP;
	if (compression == PVHBOOT_COMPRESSION_NONE) {
		blob_append(&scene->file, rest.data, rest.size);
	} else {
		bz_image(&scene->file, compression, rest);
		damage_file(scene);
	}
}

static struct pvhboot_memory memory_of(const struct scene *scene, struct guest *guest, int direct)
{
	struct pvhboot_memory memory = { .ctx = guest, .flags = scene->zeroed };

	if (direct) {
		memory.map = guest_map;
		memory.unmap = guest_unmap;
	}
	if (!direct || scene->has_both) {
		memory.write = guest_write;
		memory.zero = guest_zero;
	}
	return memory;
}

static enum pvhboot_status boot(struct scene *scene, struct guest *guest, int direct,
				struct pvhboot_cpu *cpu)
{
	struct pvhboot_memory memory = memory_of(scene, guest, direct);
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;

	memset(cpu, 0xee, sizeof(*cpu));
	status = pvhboot_boot(blob_view(&scene->file), &scene->request, &scene->options, &memory,
			      cpu, &diag);
	MUST(status != PVHBOOT_INTERNAL && status != PVHBOOT_MEMIO && status != PVHBOOT_NOSPACE);
	MUST(status != PVHBOOT_WARNED && status != PVHBOOT_NOMEM);
	fuzz_check_diag(&diag, status);
	return status;
}

/* Bytes are what is wanted, or 0 where that may be: in the window, outside of places. */
static void check_bytes(const uint8_t *have, const struct guest *want, const uint8_t *bytes,
			uint64_t gpa, size_t size, struct pvhboot_range window)
{
	if (memcmp(have, bytes, size) == 0)
		return;
	for (size_t i = 0; i < size; i++)
		MUST(have[i] == bytes[i] || (have[i] == 0 && bytes[i] == want->fill &&
					     gpa + i >= window.start && gpa + i < window.end));
}

/* Every byte of the guest is what the plan's places say, else untouched, or 0 in the
 * window. */
static void check_memory(const struct guest *guest, const struct pvhboot_plan *plan,
			 struct pvhboot_range window)
{
	struct guest want;

	guest_open(&want, guest->fill);
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		uint8_t *to = reach(&want, place->gpa, place->size);

		MUST(to != NULL);
		memset(to, 0, (size_t)place->size);
		if (place->source.size)
			memcpy(to, place->source.data, place->source.size);
	}
	check_bytes(guest->low, &want, want.low, 0, LOW_SIZE, window);
	check_bytes(guest->high, &want, want.high, HIGH_GPA, HIGH_SIZE + BEHIND_SIZE, window);
	guest_close(&want);
}

/* Where the direct way decodes the image, empty where it does not; anywhere, where it
 * fails. */
static struct pvhboot_range find_window(struct scene *scene)
{
	static const struct pvhboot_plan nothing;
	struct pvhboot_range none = { 0, 0 };
	struct pvhboot_range window = none;
	struct pvhb_direct direct;
	struct pvhboot_image image;
	struct pvhboot_memory memory;
	struct guest guest;

	if (pvhboot_image_probe(blob_view(&scene->file), NULL, &image, NULL) != PVHBOOT_OK)
		return none;
	guest_open(&guest, 0);
	memory = memory_of(scene, &guest, 1);
	if (pvhb_direct_unpack(&image, &scene->options, &scene->request, &memory, &direct, NULL) !=
	    PVHBOOT_OK)
		window.end = UINT64_MAX;
	if (direct.elf.data) {
		MUST(reach(&guest, direct.window.start, direct.window.end - direct.window.start) ==
		     direct.host);
		MUST(fuzz_lies_in(
			direct.elf,
			(struct pvhboot_bytes){
				direct.host, (size_t)(direct.window.end - direct.window.start) }));
		pvhb_direct_clear(&direct);
		guest_unmap(&guest, direct.host, direct.window.start,
			    direct.window.end - direct.window.start);
		window = direct.window;
	}
	check_memory(&guest, &nothing, none);
	guest_close(&guest);
	return window;
}

/* What a request is planned to for this kernel, and what that makes of both guests. */
static void check_plan(const struct pvhboot_plan *plan, const struct pvhboot_request *request,
		       const struct guest *direct, const struct guest *buffered,
		       struct pvhboot_range window)
{
	struct pvhboot_range nowhere = { 0, 0 };

	MUST(pvhboot_plan_check(plan, request, NULL) == PVHBOOT_OK);
	check_memory(direct, plan, window);
	check_memory(buffered, plan, nowhere);
}

/* A bzImage that is not unpacked: no stage leads there from the file. */
static void check_as_it_is(const struct scene *scene, const struct guest *direct,
			   const struct guest *buffered, struct pvhboot_range window)
{
	struct pvhboot_request request = scene->request;
	struct pvhboot_prepared prepared;

	MUST(pvhboot_prepare(blob_view(&scene->file), &request, &scene->options, NULL, &prepared,
			     NULL) == PVHBOOT_OK);
	MUST(prepared.plan.entry_kind == PVHBOOT_ENTRY_BZIMAGE64 ||
	     prepared.plan.entry_kind == PVHBOOT_ENTRY_BZIMAGE32);
	request.kernel = &prepared.kernel;
	check_plan(&prepared.plan, &request, direct, buffered, window);
	pvhboot_prepared_release(&prepared);
}

/* What the stages plan for the same file. */
static void check_success(const struct scene *scene, const struct guest *direct,
			  const struct guest *buffered, struct pvhboot_range window)
{
	struct pvhboot_request request = scene->request;
	struct pvhboot_loaded loaded = { .buffer = { NULL, 0 } };
	struct pvhboot_buffer workspace;
	struct pvhboot_kernel kernel;
	struct pvhboot_plan plan;
	enum pvhboot_status status =
		pvhboot_image_load(blob_view(&scene->file), &scene->options, &loaded, NULL);

	if (status == PVHBOOT_OK)
		status = pvhboot_kernel_open_linux(loaded.elf, loaded.image.bzimage,
						   scene->options.kernel_flags, &kernel, NULL);
	if (status == PVHBOOT_NOTPVH || status == PVHBOOT_UNSUPPORTED) {
		check_as_it_is(scene, direct, buffered, window);
	} else {
		MUST(status == PVHBOOT_OK);
		request.kernel = &kernel;
		MUST(pvhboot_plan_need(&request, &workspace.size, NULL) == PVHBOOT_OK);
		workspace.data = fuzz_alloc(workspace.size);
		MUST(pvhboot_plan_make(&request, workspace, &plan, NULL) == PVHBOOT_OK);
		check_plan(&plan, &request, direct, buffered, window);
		free(workspace.data);
	}
	free(loaded.buffer.data);
}

static void check_failure(const struct guest *direct, const struct guest *buffered,
			  struct pvhboot_range window)
{
	const struct pvhboot_plan nothing = { 0 };
	struct pvhboot_range nowhere = { 0, 0 };

	check_memory(direct, &nothing, window);
	check_memory(buffered, &nothing, nowhere);
}

static void check_both_ways(struct scene *scene)
{
	struct guest direct, buffered;
	struct pvhboot_cpu direct_cpu, buffered_cpu;
	struct pvhboot_range window = find_window(scene);
	uint8_t fill = scene->zeroed ? 0 : 0xa5;
	enum pvhboot_status status;

	guest_open(&direct, fill);
	guest_open(&buffered, fill);
	status = boot(scene, &buffered, 0, &buffered_cpu);
	MUST(boot(scene, &direct, 1, &direct_cpu) == status);
	MUST(memcmp(&direct_cpu, &buffered_cpu, sizeof(direct_cpu)) == 0);
	if (status == PVHBOOT_OK)
		check_success(scene, &direct, &buffered, window);
	else
		check_failure(&direct, &buffered, window);
	guest_close(&direct);
	guest_close(&buffered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t head_size = size < fuzz_head_size ? size : fuzz_head_size;
	struct input head = { data, head_size };
	struct pvhboot_bytes rest = { data + head_size, size - head_size };
	struct scene scene;

	if (rest.size == 0 || rest.size > HIGH_SIZE)
		return 0;
	read_scene(&scene, &head);
	read_file(&scene, data[0], rest);
	check_both_ways(&scene);
	blob_free(&scene.module);
	blob_free(&scene.file);
	return 0;
}
