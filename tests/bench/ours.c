/* SPDX-License-Identifier: MIT */
#include <pvhboot/adapt/pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "works.h"

static void fail_with(const char *what, const struct pvhboot_diag *diag)
{
	char line[256];

	pvhboot_diag_format(diag, line, sizeof(line));
	fail(what, line);
}

struct pvhboot_image probe(struct pvhboot_bytes file)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;

	if (pvhboot_image_probe(file, NULL, &image, &diag) != PVHBOOT_OK)
		fail_with("probe", &diag);
	return image;
}

/* A piece of work of ours, on a processor that belongs to its thread: within these
 * milliseconds the scheduler of a busy machine would not move it. */
struct pinned {
	void (*work)(void *arg, size_t i);
	void *arg;
};

static void work_pinned(void *arg, size_t i)
{
	const struct pinned *pinned = arg;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(gettid() == getpid() ? 0 : 1, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus); /* there may be but one */
	pinned->work(pinned->arg, i);
}

static int run_pinned(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	struct pinned pinned = { work, arg };

	return pvhboot_threads_run(ctx, n, work_pinned, &pinned);
}

static enum pvhboot_status boot(const struct work *work, const struct pvhboot_linux_memory *guest,
				const struct pvhboot_memory *memory, struct pvhboot_diag *diag)
{
	struct pvhboot_map_entry ram[PVHBOOT_LINUX_MEMORY_MAX_MAP];
	struct pvhboot_threads threads = { work->n_threads };
	struct pvhboot_parallel parallel = { .ctx = &threads, .run = run_pinned };
	struct pvhboot_options options = {
		.parallel = work->n_threads > 1 ? &parallel : NULL,
	};
	struct pvhboot_request request = {
		.map = ram,
		.n_map = pvhboot_linux_memory_describe(guest, ram),
		.cmdline = pvhboot_text("console=ttyS0"),
		.entry = PVHBOOT_ENTRY_PVH,
	};
	struct pvhboot_cpu cpu;

	return pvhboot_boot(work->file, &request, &options, memory, &cpu, diag);
}

static void must_boot(const struct work *work, const struct pvhboot_linux_memory *guest,
		      const struct pvhboot_memory *memory)
{
	struct pvhboot_diag diag = { 0 };

	if (boot(work, guest, memory, &diag) != PVHBOOT_OK)
		fail_with(work->name, &diag);
}

void run_ours(const struct work *work, struct pvhboot_linux_memory *guest)
{
	const struct pvhboot_memory memory = pvhboot_linux_memory_access(guest);

	must_boot(work, guest, &memory);
}

void run_refused(const struct work *work, struct pvhboot_linux_memory *guest)
{
	const struct pvhboot_memory memory = pvhboot_linux_memory_access(guest);
	struct pvhboot_diag diag = { 0 };

	if (boot(work, guest, &memory, &diag) != PVHBOOT_NOTPVH)
		fail(work->name, "not refused for want of a PVH entry");
}

void run_buffered(const struct work *work, struct pvhboot_linux_memory *guest)
{
	struct pvhboot_memory memory = pvhboot_linux_memory_access(guest);

	memory.map = NULL;
	must_boot(work, guest, &memory);
}

void run_whole(const struct work *work, struct pvhboot_linux_memory *guest)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;

	(void)guest;
	if (pvhboot_image_load(work->file, NULL, &loaded, &diag) != PVHBOOT_OK ||
	    pvhboot_kernel_open_linux(loaded.elf, loaded.image.bzimage, 0, &kernel, &diag) !=
		    PVHBOOT_OK)
		fail_with(work->name, &diag);
	free(loaded.buffer.data);
}
