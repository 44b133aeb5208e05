/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where RAM starts that the kernel and the start_info lie in. */
#define RAM_START ((uint64_t)1 << 20)

static int refuse(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	return -1;
}

static int refuse_kernel(const char *path, const struct pvhboot_diag *diag)
{
	char line[256];

	pvhboot_diag_format(diag, line, sizeof(line));
	fprintf(stderr, "storm: %s: %s\n", path, line);
	return -1;
}

static void *map_guest(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)size; /* the plan stays in the memory map */
	return (uint8_t *)ctx + gpa;
}

/* The kernel is the template's alone to fill; the start_info is each guest's. */
static enum pvhboot_status fill(uint8_t *host, struct pvhboot_plan *plan, int is_template,
				struct pvhboot_diag *diag)
{
	const struct pvhboot_memory memory = { .ctx = host,
					       .map = map_guest,
					       .flags = PVHBOOT_MEMORY_ZEROED };

	for (size_t i = 0; i < plan->n_places; i++) {
		if ((plan->places[i].kind == PVHBOOT_PLACE_INFO) == is_template)
			plan->places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
	return pvhboot_plan_commit(plan, &memory, diag);
}

enum pvhboot_status template_start(const struct template *template, uint8_t *host,
				   const char *cmdline, struct pvhboot_cpu *cpu,
				   struct pvhboot_diag *diag)
{
	const struct pvhboot_request request = {
		.kernel = &template->prepared.kernel,
		.map = &template->map,
		.n_map = 1,
		.cmdline = pvhboot_text(cmdline),
	};
	uint64_t workspace[512]; /* of 8 bytes each, for a few segments and a command line */
	const struct pvhboot_buffer buffer = { (uint8_t *)workspace, sizeof(workspace) };
	struct pvhboot_plan plan;
	enum pvhboot_status status = pvhboot_plan_make(&request, buffer, &plan, diag);

	if (status == PVHBOOT_OK)
		status = fill(host, &plan, 0, diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, cpu);
	return status;
}

/* Without memory the kernel is unpacked into a buffer, where it stays readable. */
static int prepare(struct template *template, const char *path)
{
	const struct pvhboot_options options = { .flags = PVHBOOT_OPTION_NO_UKI };
	const struct pvhboot_request request = { .map = &template->map, .n_map = 1 };
	struct pvhboot_prepared *prepared = &template->prepared;
	struct pvhboot_diag diag = { 0 };
	uint8_t *host;
	enum pvhboot_status status;

	status = pvhboot_prepare(template->file, &request, &options, NULL, prepared, &diag);
	if (status != PVHBOOT_OK)
		return refuse_kernel(path, &diag);
	template->fd = memfd_create("kernel", MFD_CLOEXEC);
	if (template->fd < 0 || ftruncate(template->fd, (off_t) template->memory) != 0)
		return refuse("memfd_create");
	host = mmap(NULL, template->memory, PROT_READ | PROT_WRITE, MAP_SHARED, template->fd, 0);
	if (host == MAP_FAILED)
		return refuse("mmap of the template");
	status = fill(host, &prepared->plan, 1, &diag);
	munmap(host, template->memory);
	return status == PVHBOOT_OK ? 0 : refuse_kernel(path, &diag);
}

/* Maps a file; one that is empty or no file is refused by the system. */
static int map_file(int fd, struct pvhboot_bytes *out)
{
	const off_t size = lseek(fd, 0, SEEK_END);
	void *file =
		size < 0 ? MAP_FAILED : mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (file == MAP_FAILED)
		return -1;
	*out = (struct pvhboot_bytes){ file, (size_t)size };
	return 0;
}

int template_open(struct template *template, const char *path, uint64_t memory)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	*template = (struct template){
		.map = { RAM_START, memory - RAM_START, PVHBOOT_MAP_RAM, 0 },
		.memory = memory,
		.fd = -1,
	};
	if (fd < 0)
		return refuse(path);
	result = map_file(fd, &template->file) == 0 ? 0 : refuse(path);
	close(fd);
	return result == 0 ? prepare(template, path) : result;
}

void template_close(struct template *template)
{
	pvhboot_prepared_release(&template->prepared);
	if (template->file.data)
		munmap((void *)(uintptr_t) template->file.data, template->file.size);
	if (template->fd >= 0)
		close(template->fd);
}
