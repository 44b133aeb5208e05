/* SPDX-License-Identifier: MIT */
/*
 * plan.h: the input describes a kernel and a request. Every plan that is made passes
 * pvhboot_plan_check(), is made again the same, and where an oracle that tries every
 * address of a small space understands the request, it finds the same.
 */

#include <pvhboot/plan.h>
#include <stdlib.h>
#include <string.h>

#include "../support/kernelbuild.h"
#include "../support/oracle.h"
#include "fuzz.h"

#define MAX_MAP 24
#define MAX_AVOID 8
#define MAX_MODULES 8
#define MAX_BLOBS 4
#define GRANULE 4096u
#define SPACE (UINT64_C(2) << 20) /* of the oracle */

static const uint8_t statuses[] = {
	PVHBOOT_INVAL,   PVHBOOT_LIMIT,       PVHBOOT_RANGE,  PVHBOOT_NOROOM,
	PVHBOOT_OVERLAP, PVHBOOT_UNSUPPORTED, PVHBOOT_NOTPVH, 0,
};

struct scene {
	int is_small; /* addresses as the oracle wants them, and nothing it does not know */
	struct elf elf;
	struct pvhboot_kernel kernel;
	struct pvhboot_request request;
	struct pvhboot_map_entry map[MAX_MAP];
	struct pvhboot_range avoid[MAX_AVOID];
	struct pvhboot_module modules[MAX_MODULES];
	struct pvhboot_blob blobs[MAX_BLOBS];
	struct blob bytes; /* of all modules and blobs */
	char cmdline[3000];
	uint8_t entropy[48];
	struct pvhboot_diag diag;
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
};

/* Mostly in the first 2 MiB by pages, seldom anything at all. */
static uint64_t address(const struct scene *scene, struct input *input)
{
	uint64_t number;

	if (scene->is_small)
		return input_take(input, 2) % (SPACE / GRANULE + 1) * GRANULE;
	number = input_number(input, 0x8000);
	return number + (input_take(input, 1) % 4 == 3 ? input_take(input, 1) << 4 : 0);
}

/* Up to 64 KiB, or in the larger space up to 16 MiB times 16. */
static uint64_t extent(const struct scene *scene, struct input *input)
{
	uint64_t size = input_take(input, 1);

	if (scene->is_small)
		return size * GRANULE;
	return size << input_take(input, 1) % 21;
}

static void add_symbols(struct elf *elf, struct input *input)
{
	static const uint8_t symbols[0x100];
	struct blob notes = { 0 };
	uint32_t n = elf->n_shdrs ? elf->n_shdrs : 1;
	struct elf_shdr symtab = { .type = 2, .link = n + 1 };
	struct elf_shdr strtab = { .type = 3 };

	note_xen(&notes, 16, "yes", 4);
	elf_add_notes(elf, &notes);
	elf_add_section(elf, &symtab, symbols, 1 + (size_t)input_take(input, 1) % 0xff);
	elf_add_section(elf, &strtab, symbols, 1 + (size_t)input_take(input, 1) % 0xff);
	blob_free(&notes);
}

/* 1 when it is one that opens. */
static int read_kernel(struct scene *scene, struct input *input)
{
	uint32_t mode = (uint32_t)input_take(input, 1);
	struct kernel_spec spec = { .bits = mode & 1 ? 32 : 64, .is_linux = (mode & 0x10) != 0 };
	uint64_t unit = scene->is_small ? GRANULE : 64;

	spec.paddr = address(scene, input);
	if (scene->is_small && spec.paddr == 0)
		spec.paddr = GRANULE;
	spec.n_loads = 1 + (uint32_t)input_take(input, 1) % 3;
	spec.load_size = 1 + (uint32_t)input_take(input, 1);
	spec.load_stride = (1 + (uint32_t)input_take(input, 1) % 16) * GRANULE;
	spec.bss_size = (uint32_t)(input_take(input, 2) << (mode >> 6) * 4);
	if (spec.paddr < UINT32_MAX)
		spec.entry = spec.paddr;
	if (mode & 2) {
		spec.has_reloc = 1;
		spec.n_reloc = 1 + (mode >> 2) % 3;
		spec.reloc[0] = (uint32_t)(unit << input_take(input, 1) % 10);
		spec.reloc[1] = (uint32_t)input_number(input, 0x1000);
		spec.reloc[2] = 0xffffffffu - (uint32_t)input_number(input, 0x1000);
		if (input_take(input, 1) & 1)
			spec.reloc[2] = (uint32_t)(input_take(input, 2) << 12);
	}
	kernel_begin(&scene->elf, &spec);
	if (mode & 0x20)
		add_symbols(&scene->elf, input);
	elf_finish(&scene->elf);
	return pvhboot_kernel_open_linux(blob_view(&scene->elf.image),
					 (struct pvhboot_bytes){ NULL, 0 }, 0, &scene->kernel,
					 NULL) == PVHBOOT_OK;
}

static void read_map(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;

	request->map = scene->map;
	request->n_map = input_take(input, 1) % (MAX_MAP + 1);
	for (size_t i = 0; i < request->n_map; i++) {
		uint32_t type = (uint32_t)input_take(input, 1);

		scene->map[i].gpa = address(scene, input);
		scene->map[i].size = extent(scene, input);
		if (scene->is_small && scene->map[i].size > SPACE - scene->map[i].gpa)
			scene->map[i].size = SPACE - scene->map[i].gpa;
		if (scene->is_small && (type & 0x40)) /* modules may lie there */
			scene->map[i].gpa += UINT64_C(1) << 32;
		scene->map[i].type = type % 8 && type < 0xf8 ? type % 8 : PVHBOOT_MAP_RAM;
		if (!scene->is_small && type >= 0xf8)
			scene->map[i].type = type;
	}
	request->avoid = scene->avoid;
	request->n_avoid = input_take(input, 1) % (MAX_AVOID + 1);
	for (size_t i = 0; i < request->n_avoid; i++) {
		scene->avoid[i].start = address(scene, input);
		scene->avoid[i].end = scene->is_small ?
					      scene->avoid[i].start + extent(scene, input) :
					      address(scene, input);
	}
}

static void read_modules(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;

	blob_fill(&scene->bytes, 0x55, 0x40000);
	request->modules = scene->modules;
	request->n_modules = input_take(input, 1) % (MAX_MODULES + 1);
	for (size_t i = 0; i < request->n_modules; i++) {
		uint32_t mode = (uint32_t)input_take(input, 1);

		scene->modules[i].bytes.data = scene->bytes.data;
		scene->modules[i].bytes.size = (size_t)input_take(input, 1) << mode % 11;
		scene->modules[i].cmdline = pvhboot_text(mode & 0x80 ? "module" : NULL);
		if (mode & 0x20) {
			scene->modules[i].flags = PVHBOOT_MODULE_BY_CALLER;
			scene->modules[i].bytes.data = NULL;
		}
		if (mode & 0x40)
			scene->modules[i].align = UINT64_C(1) << input_take(input, 1) % 64;
	}
}

/* What the oracle does not know. */
static void read_blobs(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;

	request->blobs = scene->blobs;
	request->n_blobs = input_take(input, 1) % (MAX_BLOBS + 1);
	for (size_t i = 0; i < request->n_blobs; i++) {
		struct pvhboot_blob *blob = &scene->blobs[i];
		uint32_t mode = (uint32_t)input_take(input, 1);

		blob->bytes.data = scene->bytes.data;
		blob->bytes.size = (size_t)input_take(input, 1) << mode % 11;
		blob->type = (uint32_t)input_take(input, 1) % 9;
		if (mode & 0x20)
			blob->gpa = address(scene, input);
		if (mode & 0x40) {
			blob->window.start = address(scene, input);
			blob->window.end = address(scene, input);
		}
		if (mode & 0x80)
			blob->align = UINT64_C(1) << input_take(input, 1) % 64;
	}
}

static void read_entropy(struct scene *scene, struct input *input)
{
	uint32_t mode = (uint32_t)input_take(input, 1);

	if (mode & 1)
		scene->request.flags |= PVHBOOT_REQUEST_KASLR;
	if (mode & 2)
		scene->request.flags |= PVHBOOT_REQUEST_RNG_SEED;
	store_le(scene->entropy, 8, input_take(input, 8));
	store_le(scene->entropy + 8, 8, input_take(input, 8));
	scene->request.entropy.data = scene->entropy;
	scene->request.entropy.size = (mode & 1 ? 16u : 0u) + (mode & 2 ? 32u : 0u) + (mode >> 7);
}

/* What came to be asked for later: 0, where an input ends before. */
static void read_more(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;

	request->entry = (uint32_t)input_take(input, 1) % 3;
	request->rsdp_blob = (uint32_t)input_take(input, 1) % (MAX_BLOBS + 1);
	if (input_take(input, 1) & 1) /* NULs are bytes like others */
		request->cmdline.size = input_take(input, 2) % sizeof(scene->cmdline);
	for (size_t i = 0; i < request->n_modules; i++)
		scene->modules[i].gpa = input_number(input, 0x8000);
	for (size_t i = 0; i < request->n_blobs; i++) {
		uint32_t mode = (uint32_t)input_take(input, 1);

		if (mode & 1)
			scene->blobs[i].size = input_number(input, 0x1000);
		if (mode & 2) {
			scene->blobs[i].flags = PVHBOOT_BLOB_BY_CALLER;
			scene->blobs[i].bytes.data = NULL;
		}
	}
	read_entropy(scene, input);
}

static void read_request(struct scene *scene, struct input *input)
{
	struct pvhboot_request *request = &scene->request;
	uint32_t flags = (uint32_t)input_take(input, 2);
	uint32_t ceilings = (uint32_t)input_take(input, 1);

	request->kernel = &scene->kernel;
	read_map(scene, input);
	read_modules(scene, input);
	if (ceilings & 1)
		request->ceiling = GRANULE + address(scene, input);
	if (ceilings & 2)
		request->info_ceiling = GRANULE + address(scene, input);
	if (scene->is_small) {
		request->flags = flags & (PVHBOOT_REQUEST_LOWEST | PVHBOOT_REQUEST_BELOW_1MIB |
					  PVHBOOT_REQUEST_MODULES_ABOVE_4GIB);
		return;
	}
	read_blobs(scene, input);
	request->flags = flags & 0xff;
	request->guests = flags >> 7 & 0x3e;
	request->slide = input_number(input, 0x1000) - (flags & 0x8000 ? 0x100000 : 0);
	request->rsdp = input_number(input, 0x1000);
	if (ceilings & 4)
		memset(scene->cmdline, 'x', input_take(input, 2) % sizeof(scene->cmdline));
	request->cmdline = pvhboot_text(scene->cmdline);
	read_more(scene, input);
}

static enum pvhboot_status make(struct scene *scene, struct pvhboot_buffer *workspace,
				struct pvhboot_plan *plan, struct pvhboot_diag *diag)
{
	enum pvhboot_status status;

	workspace->data = NULL;
	workspace->size = 0;
	fuzz_clobber(plan, sizeof(*plan));
	status = pvhboot_plan_need(&scene->request, &workspace->size, diag);
	if (status == PVHBOOT_OK) {
		workspace->data = fuzz_alloc(workspace->size);
		status = pvhboot_plan_make(&scene->request, *workspace, plan, diag);
	}
	MUST(fuzz_is_one_of(status, statuses));
	fuzz_check_diag(diag, status);
	if (status == PVHBOOT_OK) {
		msan_must_be_written(plan, sizeof(*plan));
		msan_must_be_written(plan->places, plan->n_places * sizeof(*plan->places));
		msan_must_be_written(plan->map, plan->n_map * sizeof(*plan->map));
		msan_must_be_written(plan->info.data, plan->info.size);
	}
	return status;
}

static void check_same(const struct pvhboot_plan *a, const struct pvhboot_plan *b)
{
	MUST(a->n_places == b->n_places && a->n_map == b->n_map && a->slide == b->slide);
	MUST(a->start_info == b->start_info && a->entry == b->entry);
	MUST(memcmp(&a->kaslr, &b->kaslr, sizeof(a->kaslr)) == 0);
	MUST(a->info.size == b->info.size);
	MUST(memcmp(a->info.data, b->info.data, a->info.size) == 0);
	MUST(memcmp(a->map, b->map, a->n_map * sizeof(*a->map)) == 0);
	for (size_t i = 0; i < a->n_places; i++)
		MUST(a->places[i].gpa == b->places[i].gpa &&
		     a->places[i].size == b->places[i].size &&
		     a->places[i].kind == b->places[i].kind);
}

static const struct pvhboot_place *find_place(const struct pvhboot_plan *plan, uint32_t kind,
					      size_t index)
{
	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind == kind && plan->places[i].index == index)
			return &plan->places[i];
	}
	return NULL;
}

static void check_oracle(const struct scene *scene, enum pvhboot_status status)
{
	const struct pvhboot_request *request = &scene->request;
	uint8_t subject = scene->diag.failure.subject;
	struct oracle_plan want;

	if (status == PVHBOOT_INVAL || status == PVHBOOT_LIMIT)
		return;
	/* Whatever the block's size, it is below a page: a few modules and entries. */
	want = oracle_place(request, GRANULE, SPACE, GRANULE);
	if (want.status == PVHBOOT_OVERLAP) { /* RANGE: no RAM, or above a ceiling */
		MUST(status == PVHBOOT_OVERLAP || status == PVHBOOT_RANGE);
		return;
	}
	MUST(status == want.status);
	if (status) {
		MUST(subject == want.failed);
		MUST(subject != PVHBOOT_SUBJECT_MODULE ||
		     scene->diag.failure.index == want.failed_index);
		return;
	}
	MUST(scene->plan.slide == want.slide);
	MUST(scene->plan.start_info == want.info);
	MUST(scene->plan.info.size <= GRANULE);
	for (size_t i = 0; i < request->n_modules; i++) {
		const struct pvhboot_place *place =
			find_place(&scene->plan, PVHBOOT_PLACE_MODULE, i);

		MUST((place ? place->gpa : 0) == want.modules[i]);
	}
}

static void check_request(struct scene *scene)
{
	struct pvhboot_diag again_diag = { 0 };
	struct pvhboot_buffer again_workspace;
	struct pvhboot_plan again;
	enum pvhboot_status status = make(scene, &scene->workspace, &scene->plan, &scene->diag);

	MUST(make(scene, &again_workspace, &again, &again_diag) == status);
	if (status == PVHBOOT_OK) {
		MUST(pvhboot_plan_check(&scene->plan, &scene->request, NULL) == PVHBOOT_OK);
		check_same(&scene->plan, &again);
	}
	if (scene->is_small)
		check_oracle(scene, status);
	free(again_workspace.data);
	free(scene->workspace.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct scene scene;

	memset(&scene, 0, sizeof(scene));
	scene.is_small = input_take(&input, 1) & 1;
	if (read_kernel(&scene, &input)) {
		read_request(&scene, &input);
		check_request(&scene);
	}
	elf_free(&scene.elf);
	blob_free(&scene.bytes);
	return 0;
}
