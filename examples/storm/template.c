/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* The kernel is the template's alone to fill; the start_info is each guest's. */
static enum pvhboot_status fill(struct pvhboot_linux_memory *guest, struct pvhboot_plan *plan,
				int is_template, struct pvhboot_diag *diag)
{
	const struct pvhboot_memory memory = pvhboot_linux_memory_access(guest);

	for (size_t i = 0; i < plan->n_places; i++) {
		if ((plan->places[i].kind == PVHBOOT_PLACE_INFO) == is_template)
			plan->places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
	return pvhboot_plan_commit(plan, &memory, diag);
}

enum pvhboot_status template_start(const struct template *template,
				   struct pvhboot_linux_memory *guest, const char *cmdline,
				   struct pvhboot_cpu *cpu, struct pvhboot_diag *diag)
{
	const struct pvhboot_request request = {
		.kernel = &template->prepared.kernel,
		.map = template->map,
		.n_map = template->n_map,
		.cmdline = pvhboot_text(cmdline),
	};
	uint64_t workspace[512]; /* of 8 bytes each, for a few segments and a command line */
	const struct pvhboot_buffer buffer = { (uint8_t *)workspace, sizeof(workspace) };
	struct pvhboot_plan plan;
	enum pvhboot_status status = pvhboot_plan_make(&request, buffer, &plan, diag);

	if (status == PVHBOOT_OK)
		status = fill(guest, &plan, 0, diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, cpu);
	return status;
}

/* Without memory the kernel is unpacked into a buffer, where it stays readable. */
static int prepare(struct template *template, const char *path)
{
	const struct pvhboot_options options = { .flags = PVHBOOT_OPTION_NO_UKI };
	const struct pvhboot_request request = { .map = template->map, .n_map = template->n_map };
	struct pvhboot_prepared *prepared = &template->prepared;
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;

	status = pvhboot_prepare(template->file, &request, &options, NULL, prepared, &diag);
	if (status == PVHBOOT_OK)
		status = fill(&template->memory, &prepared->plan, 1, &diag);
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

	*template = (struct template){ .n_map = 0 };
	if (fd < 0)
		return refuse(path);
	result = map_file(fd, &template->file) == 0 ? 0 : refuse(path);
	close(fd);
	if (result != 0)
		return result;
	/* a file, which can be cloned; guests of a huge page each would share little */
	errno = pvhboot_linux_memory_open(&template->memory, memory, 0,
					  PVHBOOT_LINUX_MEMORY_MEMFD |
						  PVHBOOT_LINUX_MEMORY_SMALL_PAGES);
	if (errno != 0)
		return refuse("memory for the template");
	template->n_map = pvhboot_linux_memory_describe(&template->memory, template->map);
	return prepare(template, path);
}

void template_close(struct template *template)
{
	pvhboot_prepared_release(&template->prepared);
	if (template->file.data)
		munmap((void *)(uintptr_t) template->file.data, template->file.size);
	pvhboot_linux_memory_close(&template->memory);
}
