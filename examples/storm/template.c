/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

struct pvhboot_request template_request(const struct template *template,
					const struct pvhboot_map_entry *map)
{
	return (struct pvhboot_request){ .kernel = &template->kernel, .map = map, .n_map = 1 };
}

static void *map_guest(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)size; /* the plan stays in the memory map */
	return (uint8_t *)ctx + gpa;
}

/* A guest's own are the start_info block and what is written later; the kernel is
 * there already, unless this is the template. */
static void leave_out(struct pvhboot_place *places, size_t n, int with_kernel)
{
	for (size_t i = 0; i < n; i++) {
		int is_info = places[i].kind == PVHBOOT_PLACE_INFO;

		if (is_info == with_kernel)
			places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
}

enum pvhboot_status template_start(const struct template *template, uint8_t *host, int with_kernel,
				   const char *cmdline, struct pvhboot_cpu *cpu,
				   struct pvhboot_diag *diag)
{
	const struct pvhboot_map_entry map = { RAM_START, template->memory - RAM_START,
					       PVHBOOT_MAP_RAM, 0 };
	const struct pvhboot_memory memory = { .ctx = host,
					       .map = map_guest,
					       .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_request request = template_request(template, &map);
	uint64_t workspace[512]; /* of 8 bytes each, for a few segments and a command line */
	struct pvhboot_buffer buffer = { (uint8_t *)workspace, sizeof(workspace) };
	struct pvhboot_plan plan;
	enum pvhboot_status status;

	request.cmdline = pvhboot_text(cmdline);
	status = pvhboot_plan_make(&request, buffer, &plan, diag);
	if (status != PVHBOOT_OK)
		return status;
	/* the places lie in the workspace, which is ours to change */
	leave_out((struct pvhboot_place *)(uintptr_t)plan.places, plan.n_places, with_kernel);
	status = pvhboot_plan_commit(&plan, &memory, diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, cpu);
	return status;
}

static int unpack(struct template *template, const char *path, struct pvhboot_bytes file)
{
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_cpu cpu;
	uint8_t *host;
	enum pvhboot_status status;

	if (pvhboot_image_load(file, NULL, &template->loaded, &diag) != PVHBOOT_OK ||
	    pvhboot_kernel_open(template->loaded.elf, 0, &template->kernel, &diag) != PVHBOOT_OK)
		return refuse_kernel(path, &diag);
	template->fd = memfd_create("kernel", MFD_CLOEXEC);
	if (template->fd < 0 || ftruncate(template->fd, (off_t) template->memory) != 0)
		return refuse("memfd_create");
	host = mmap(NULL, template->memory, PROT_READ | PROT_WRITE, MAP_SHARED, template->fd, 0);
	if (host == MAP_FAILED)
		return refuse("mmap of the template");
	status = template_start(template, host, 1, "", &cpu, &diag);
	munmap(host, template->memory);
	return status == PVHBOOT_OK ? 0 : refuse_kernel(path, &diag);
}

int template_open(struct template *template, const char *path, uint64_t memory)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *file;
	int result;

	*template = (struct template){ .memory = memory, .fd = -1 };
	if (fd < 0 || fstat(fd, &stat) != 0)
		return refuse(path);
	if (!S_ISREG(stat.st_mode) || stat.st_size == 0) {
		close(fd);
		fprintf(stderr, "storm: %s: not a file with a kernel in it\n", path);
		return -1;
	}
	file = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return refuse(path);
	result = unpack(template, path, (struct pvhboot_bytes){ file, (size_t)stat.st_size });
	/* an image that is not compressed lies in the file: it stays mapped then */
	if (template->loaded.buffer.data != NULL)
		munmap(file, (size_t)stat.st_size);
	return result;
}

void template_close(struct template *template)
{
	free(template->loaded.buffer.data);
	if (template->fd >= 0)
		close(template->fd);
}
