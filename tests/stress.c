/* SPDX-License-Identifier: MIT */
/*
 * The headers say which inputs may change while they are used: "results can be wrong or
 * calls fail, never accesses". A second thread changes all of these: files that are probed,
 * an ELF image that is opened, planned and committed, one that is relocated, the guest's
 * memory while kernels of every format are decoded in it and while a start_info is read.
 * Sanitizers and the unreadable pages around each piece of memory tell. It ends when every
 * stage has met so many changes in the middle of a call as the argument says (50), however
 * long a busy machine takes for that.
 */

#include <pthread.h>
#include <pvhboot/boot.h>
#include <pvhboot/start.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/kernel/kernel.h"
#include "../lib/kernel/relocs.h"
#include "../lib/kernel/segment.h"
#include "support/fakemem.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/pebuild.h"

#define LOW (KERNEL_PADDR - 0x10000)
#define MEMORY_SIZE ((size_t)256 << 10)
#define N_FILES 2 /* that are probed */
#define N_TARGETS (4 + N_FILES)

/* What the second thread changes; half of the changes in a part of it, where headers lie. */
struct target {
	volatile uint8_t *bytes;
	const uint8_t *original;
	size_t size;
	size_t headers; /* the offset of that part */
};

/* Then something is broken, and not only slow. */
#define MAX_MINUTES 20

#define HEADERS_SIZE ((size_t)56) /* of the start_info all; of the ELF image the header */

struct attack {
	struct target targets[N_TARGETS];
	atomic_ulong n_changes[N_TARGETS];
	atomic_bool ends;
};

static uint64_t random_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Changes one byte or four, and sooner or later puts it back: an image that is broken
 * for good is refused at its first byte. Who wakes from a nap interrupts the other thread,
 * wherever that is, even where both have one core, and that not for themselves. */
static void *attack_run(void *arg)
{
	struct attack *attack = arg;
	struct timespec nap = { 0 };
	uint64_t state = 88172645463325252u;

	while (!atomic_load(&attack->ends)) {
		size_t n = random_number(&state) % N_TARGETS;
		const struct target *target = &attack->targets[n];
		int in_headers = random_number(&state) % 2;
		size_t span = in_headers ? HEADERS_SIZE : target->size;
		size_t at = (in_headers ? target->headers : 0) + random_number(&state) % (span - 3);
		size_t width = random_number(&state) % 2 ? 1 : 4;

		for (size_t i = 0; i < width; i++)
			target->bytes[at + i] = (uint8_t)random_number(&state);
		nap.tv_nsec = (long)(random_number(&state) % 100000);
		if (nap.tv_nsec % 64 == 0)
			nanosleep(&nap, NULL);
		for (volatile int pause = (int)(random_number(&state) % 500); pause > 0; pause--)
			;
		for (size_t i = 0; i < width; i++)
			target->bytes[at + i] = target->original[at + i];
		atomic_fetch_add(&attack->n_changes[n], 1);
	}
	return NULL;
}

/* How often each stage succeeded, and failed, and in how many calls what it reads changed. */
struct tally {
	unsigned long n[2];
	unsigned long n_hit;
};

/* The numbers of the targets. */
enum { ELF, GUEST, START_INFO, RELOCATED, PROBED };

struct bench {
	struct attack *attack;
	struct pvhboot_bytes elf;             /* being changed, as these are: */
	struct pvhboot_kernel linux_kernel;   /* its image */
	struct pvhboot_bytes probed[N_FILES]; /* a bzImage, a unified kernel image */
	struct blob files[N_VARIANTS];        /* bzImages; not being changed */
	struct fakemem mem;
	struct guard workspace;
	struct tally probes[N_FILES], opened, planned, committed, checked, read, relocated;
	struct tally direct[N_VARIANTS];
};

/* Before a call that reads a target, for the count after it. */
static unsigned long changes_of(const struct bench *bench, size_t target)
{
	return atomic_load(&bench->attack->n_changes[target]);
}

static enum pvhboot_status count(struct bench *bench, struct tally *tally, size_t target,
				 unsigned long before, enum pvhboot_status status)
{
	tally->n[status != PVHBOOT_OK]++;
	tally->n_hit += changes_of(bench, target) != before;
	return status;
}

static const struct pvhboot_map_entry map = { .gpa = LOW,
					      .size = MEMORY_SIZE,
					      .type = PVHBOOT_MAP_RAM };

static void iterate(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter segments = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_note_iter notes = { 0 };
	struct pvhboot_note note;
	volatile uint8_t sum = 0;

	/* the ranges that are yielded can be read, whatever they are by now */
	while (pvhboot_segment_next(kernel, &segments, &segment)) {
		for (size_t i = 0; i < segment.bytes.size; i++)
			sum = (uint8_t)(sum + segment.bytes.data[i]);
	}
	while (pvhboot_note_next(kernel, &notes, &note)) {
		for (size_t i = 0; i < note.desc.size; i++)
			sum = (uint8_t)(sum + note.desc.data[i]);
	}
}

static enum pvhboot_status plan(struct bench *bench, const struct pvhboot_kernel *kernel,
				struct pvhboot_plan *out)
{
	const struct pvhboot_request request = {
		.kernel = kernel, .map = &map, .n_map = 1, .cmdline = pvhboot_text("console=hvc0")
	};
	size_t size = 0;
	enum pvhboot_status status = pvhboot_plan_need(&request, &size, NULL);

	if (status == PVHBOOT_OK)
		status = pvhboot_plan_make(&request, guard_buffer(&bench->workspace, size), out,
					   NULL);
	if (status == PVHBOOT_OK) {
		unsigned long before = changes_of(bench, ELF);

		count(bench, &bench->checked, ELF, before, pvhboot_plan_check(out, &request, NULL));
	}
	return status;
}

static void try_stages(struct bench *bench, const struct pvhb_elf_reader *reader, uint32_t flags)
{
	struct pvhboot_memory memory = fakemem_open(&bench->mem, FAKEMEM_ALL, 0);
	struct pvhboot_kernel kernel;
	struct pvhboot_plan made;
	unsigned long before = changes_of(bench, ELF);

	if (count(bench, &bench->opened, ELF, before,
		  pvhb_kernel_open(reader, bench->elf, flags, &kernel, NULL)))
		return;
	iterate(&kernel);
	before = changes_of(bench, ELF);
	if (count(bench, &bench->planned, ELF, before, plan(bench, &kernel, &made)))
		return;
	before = changes_of(bench, ELF);
	count(bench, &bench->committed, ELF, before, pvhboot_plan_commit(&made, &memory, NULL));
	bench->mem.n_calls = 0;
}

/* The program headers and the words say other things than when the kernel was opened. */
static void try_relocating(struct bench *bench)
{
	const struct target *target = &bench->attack->targets[RELOCATED];
	struct pvhboot_buffer image = { (uint8_t *)(uintptr_t)target->bytes, target->size };

	for (int i = 0; i < 20; i++) {
		unsigned long before = changes_of(bench, RELOCATED);

		memcpy(image.data, target->original, image.size);
		count(bench, &bench->relocated, RELOCATED, before,
		      pvhboot_kernel_relocate(&bench->linux_kernel, image, 0x200000, NULL));
	}
}

/* What is said to lie in a file lies in it. */
static void is_part(struct pvhboot_bytes file, struct pvhboot_bytes part)
{
	if (part.size && (part.data < file.data || part.size > file.size ||
			  (size_t)(part.data - file.data) > file.size - part.size))
		abort();
}

/* Often, since it takes no time, and a change must fall into it. */
static void try_probing(struct bench *bench)
{
	for (size_t k = 0; k < 200 * N_FILES; k++) {
		size_t i = k % N_FILES;
		struct pvhboot_bytes file = bench->probed[i];
		struct pvhboot_image image;
		unsigned long before = changes_of(bench, PROBED + i);

		if (count(bench, &bench->probes[i], PROBED + i, before,
			  pvhboot_image_probe(file, NULL, &image, NULL)))
			continue;
		is_part(file, image.stream);
		is_part(file, image.uki.initrd);
		is_part(file, image.uki.cmdline);
	}
}

static void try_direct(struct bench *bench, size_t i)
{
	const struct pvhboot_request request = { .map = &map, .n_map = 1 };
	struct pvhboot_memory memory = fakemem_open(&bench->mem, FAKEMEM_MAP, 0);
	struct pvhboot_cpu cpu;
	unsigned long before = changes_of(bench, GUEST);

	count(bench, &bench->direct[i], GUEST, before,
	      pvhboot_boot(blob_view(&bench->files[i]), &request, NULL, &memory, &cpu, NULL));
	bench->mem.n_calls = 0;
}

static int read_memory(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const uint8_t *host = fakemem_at(ctx, gpa, size);

	if (!host)
		return -1;
	memcpy(bytes, host, size);
	return 0;
}

static void try_reading(struct bench *bench, uint64_t start_info)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	struct pvhboot_start_finding findings[8];
	struct pvhboot_start_report report = { .findings = findings, .max_findings = 8 };
	struct pvhboot_memory memory = fakemem_open(&bench->mem, FAKEMEM_ALL, 0);
	struct pvhboot_start start;

	memory.read = read_memory;
	for (int i = 0; i < 20; i++) {
		unsigned long before = changes_of(bench, START_INFO);

		count(bench, &bench->read, START_INFO, before,
		      pvhboot_start_read(&memory, start_info, &start, NULL));
	}
	if (pvhboot_start_check(&memory, start_info, NULL,
				(struct pvhboot_buffer){ workspace, sizeof(workspace) }, &report,
				NULL) != PVHBOOT_OK)
		abort();
	bench->mem.n_calls = 0;
}

/* A stage is done when it has succeeded, met wanted changes, and, where a change can make it
 * fail, failed. Prints what is missing, where out is given. */
static int is_done(const char *what, const struct tally *tally, int fails, unsigned long wanted,
		   FILE *out)
{
	int done = tally->n_hit >= wanted && tally->n[0] && (!fails || tally->n[1]);

	if (out)
		fprintf(out, "%s%-12s %8lu succeeded %8lu failed %8lu of %lu met a change\n",
			done ? "" : "FAIL ", what, tally->n[0], tally->n[1], tally->n_hit, wanted);
	return done;
}

static int all_done(const struct bench *bench, unsigned long wanted, FILE *out)
{
	int done = 1;

	done &= is_done("bzImage", &bench->probes[0], 1, wanted, out);
	done &= is_done("UKI", &bench->probes[1], 1, wanted, out);
	done &= is_done("open", &bench->opened, 1, wanted, out);
	done &= is_done("plan", &bench->planned, 0, wanted, out);
	done &= is_done("check", &bench->checked, 0, wanted, out);
	done &= is_done("commit", &bench->committed, 0, wanted, out);
	done &= is_done("relocate", &bench->relocated, 1, wanted, out);
	done &= is_done("read", &bench->read, 0, wanted, out);
	for (size_t i = 0; i < N_VARIANTS; i++) {
		if (variant_can(&variants[i]))
			done &= is_done(variants[i].name, &bench->direct[i], 0, wanted, out);
	}
	return done;
}

/* A copy between unreadable pages, which the second thread changes. */
static struct pvhboot_bytes expose(const struct blob *blob, size_t headers, struct target *target)
{
	struct guard around = guard_open(blob->size);
	struct pvhboot_bytes copy = guard_at_end(&around, blob_view(blob));

	*target =
		(struct target){ (uint8_t *)(uintptr_t)copy.data, blob->data, blob->size, headers };
	return copy;
}

/* A kernel whose lists take most of its image. */
static void expose_relocations(struct bench *bench, struct attack *attack)
{
	const uint32_t first = 0x80000000u + KERNEL_PADDR;
	static struct elf elf;
	struct pvhb_elf opened;

	kernel_build(&elf, &(struct kernel_spec){ .load_size = 0x1000 });
	for (uint32_t list = 0; list < 3; list++) {
		blob_put(&elf.image, 4, 0);
		for (uint32_t i = 0; i < 200; i++)
			blob_put(&elf.image, 4, first + 16 * i + (list ? 4 + 4 * list : 0));
	}
	if (pvhboot_kernel_open(expose(&elf.image, 64, &attack->targets[RELOCATED]), 0,
				&bench->linux_kernel, NULL) != PVHBOOT_OK)
		abort();
	opened = pvhb_kernel_elf(&bench->linux_kernel);
	pvhb_relocs_find(&pvhb_elf_core, &opened, &bench->linux_kernel.linux_boot.relocs, NULL);
	bench->linux_kernel.linux_boot.align = 0x200000;
}

static void bench_open(struct bench *bench, struct attack *attack, const struct elf *elf)
{
	static struct blob uki;
	struct pe_section sections[] = { { ".cmdline", { (const uint8_t *)"quiet\n\n", 7 } },
					 { ".initrd", { (const uint8_t *)"initrd", 6 } },
					 { ".linux", { NULL, 0 } } };

	memset(bench, 0, sizeof(*bench));
	bench->attack = attack;
	bench->mem.fill = 0;
	bench->workspace = guard_open((size_t)1 << 20);
	fakemem_add(&bench->mem, LOW, MEMORY_SIZE);
	for (size_t i = 0; i < N_VARIANTS; i++) {
		if (variant_can(&variants[i]))
			variant_image(&bench->files[i], &variants[i], blob_view(&elf->image));
	}
	sections[2].bytes = blob_view(&bench->files[0]);
	pe_build(&uki, sections, sizeof(sections) / sizeof(sections[0]));
	bench->elf = expose(&elf->image, 0, &attack->targets[ELF]);
	expose_relocations(bench, attack);
	bench->probed[0] = expose(&bench->files[0], 0x220, &attack->targets[PROBED]);
	bench->probed[1] = expose(&uki, pe_where("SizeOfRawData", 1), &attack->targets[PROBED + 1]);
}

/* The guest's memory as a boot leaves it is what it is put back to. Returns the gpa of the
 * start_info. */
static uint64_t prepare_guest(struct bench *bench, struct attack *attack, uint8_t *copy)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_memory memory = fakemem_open(&bench->mem, FAKEMEM_ALL, 0);
	struct pvhboot_plan made;
	struct target guest = { fakemem_at(&bench->mem, LOW, MEMORY_SIZE), copy, MEMORY_SIZE, 0 };

	if (pvhboot_kernel_open(bench->elf, 0, &kernel, NULL) != PVHBOOT_OK ||
	    plan(bench, &kernel, &made) != PVHBOOT_OK ||
	    pvhboot_plan_commit(&made, &memory, NULL) != PVHBOOT_OK)
		abort();
	memcpy(copy, fakemem_at(&bench->mem, LOW, MEMORY_SIZE), MEMORY_SIZE);
	attack->targets[GUEST] = guest;
	/* where the start_info is, once more by itself, since it is small */
	guest.bytes += made.start_info - LOW;
	guest.original += made.start_info - LOW;
	guest.size = HEADERS_SIZE;
	attack->targets[START_INFO] = guest;
	return made.start_info;
}

int main(int argc, char **argv)
{
	const struct kernel_spec spec = { .load_size = 0x1800, .load_stride = 0x4000 };
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 50;
	time_t end = time(NULL) + MAX_MINUTES * 60;
	static uint8_t copy[MEMORY_SIZE];
	static struct attack attack;
	static struct bench bench;
	struct elf elf;
	uint64_t start_info;
	pthread_t thread;
	int done;

	kernel_build(&elf, &spec);
	bench_open(&bench, &attack, &elf);
	start_info = prepare_guest(&bench, &attack, copy);
	if (pthread_create(&thread, NULL, attack_run, &attack))
		abort();
	while (!all_done(&bench, wanted, NULL) && time(NULL) < end) {
		for (int i = 0; i < 10; i++) {
			try_stages(&bench, &pvhb_elf_core, 0);
			try_stages(&bench, PVHB_ELF_DEFAULT, i % 2 ? PVHBOOT_COMPAT_XEN : 0);
			try_reading(&bench, start_info);
			try_probing(&bench);
			try_relocating(&bench);
		}
		for (size_t i = 0; i < N_VARIANTS; i++) {
			if (variant_can(&variants[i]))
				try_direct(&bench, i);
		}
	}
	atomic_store(&attack.ends, 1);
	pthread_join(thread, NULL);
	done = all_done(&bench, wanted, stdout);
	if (!done)
		printf("FAIL in %d minutes too few changes were met in the middle of a call\n",
		       MAX_MINUTES);
	guard_close(&bench.workspace);
	fakemem_close(&bench.mem);
	for (size_t i = 0; i < N_VARIANTS; i++)
		blob_free(&bench.files[i]);
	elf_free(&elf);
	return !done;
}
