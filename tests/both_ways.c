/* SPDX-License-Identifier: MIT */
/*
 * Real kernels decoded in the guest and into a buffer: 512 MiB of guest memory must
 * not differ in one byte, nor the registers. Usage: both_ways NAME=VMLINUZ...
 */

#include <pvhboot/adapt/pthread.h>
#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_SIZE ((size_t)512 << 20)
#define MAX_FILE ((size_t)256 << 20)

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)size; /* the plan stays inside the memory map */
	return (uint8_t *)ctx + gpa;
}

static int write_bytes(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	memcpy((uint8_t *)ctx + gpa, bytes, size);
	return 0;
}

static uint8_t *fresh(void)
{
	uint8_t *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

static struct pvhboot_bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(MAX_FILE);
	size_t size;

	if (file == NULL || data == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, MAX_FILE, file);
	fclose(file);
	return (struct pvhboot_bytes){ data, size };
}

/* A PC's map, two modules and a command line. */
static struct pvhboot_request a_request(struct pvhboot_bytes module)
{
	static const struct pvhboot_map_entry entries[] = {
		{ 0, 0x9fc00, PVHBOOT_MAP_RAM, 0 },
		{ 0x9fc00, 0x60400, PVHBOOT_MAP_RESERVED, 0 },
		{ 0x100000, MEMORY_SIZE - 0x100000, PVHBOOT_MAP_RAM, 0 },
	};
	static struct pvhboot_module modules[2];

	modules[0] = (struct pvhboot_module){ .bytes = module, .cmdline = pvhboot_text("initrd") };
	modules[1] = (struct pvhboot_module){ .bytes = { module.data, 12345 } };
	return (struct pvhboot_request){ .map = entries,
					 .n_map = 3,
					 .modules = modules,
					 .n_modules = 2,
					 .cmdline = pvhboot_text("console=ttyS0") };
}

/* Boots, and says where something goes wrong. */
static int boot(const char *how, struct pvhboot_bytes file, unsigned int n_threads,
		const struct pvhboot_memory *memory, struct pvhboot_cpu *cpu)
{
	struct pvhboot_threads threads = { n_threads };
	struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);
	struct pvhboot_options options = { .parallel = &parallel };
	struct pvhboot_request request = a_request(file);
	struct pvhboot_diag diag = { 0 };
	char line[256];

	if (pvhboot_boot(file, &request, &options, memory, cpu, &diag) == PVHBOOT_OK)
		return 1;
	pvhboot_diag_format(&diag, line, sizeof(line));
	printf("     %s: %s\n", how, line);
	return 0;
}

static int is_direct(struct pvhboot_bytes file, const struct pvhboot_memory *memory)
{
	struct pvhboot_request request = a_request(file);
	struct pvhboot_prepared prepared;
	int in_guest;

	if (pvhboot_prepare(file, &request, NULL, memory, &prepared, NULL) != PVHBOOT_OK)
		return 0;
	in_guest = prepared.in_guest != 0;
	if (!in_guest)
		printf("     not decoded in the guest\n");
	pvhboot_prepared_release(&prepared);
	return in_guest;
}

static int is_same(struct pvhboot_bytes file, unsigned int n_threads)
{
	struct pvhboot_memory direct = { .ctx = fresh(),
					 .map = map,
					 .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_memory buffered = { .ctx = fresh(),
					   .write = write_bytes,
					   .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_cpu cpus[2];
	/* in the same memory: what is undone must leave no trace */
	int same = is_direct(file, &direct) && boot("direct", file, n_threads, &direct, &cpus[0]) &&
		   boot("buffered", file, 1, &buffered, &cpus[1]) &&
		   memcmp(&cpus[0], &cpus[1], sizeof(cpus[0])) == 0 &&
		   memcmp(direct.ctx, buffered.ctx, MEMORY_SIZE) == 0;

	munmap(direct.ctx, MEMORY_SIZE);
	munmap(buffered.ctx, MEMORY_SIZE);
	return same;
}

int main(int argc, char **argv)
{
	int n_failed = 0;

	if (argc < 2) {
		fprintf(stderr, "Usage: both_ways NAME=VMLINUZ...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		char *path = strchr(argv[i], '=');
		struct pvhboot_bytes file = read_file(path != NULL ? path + 1 : argv[i]);

		for (unsigned int n_threads = 1; n_threads <= 2; n_threads++) {
			int same = is_same(file, n_threads);

			printf("%s %.*s, %u threads: all of guest memory is the same both ways\n",
			       same ? "ok  " : "FAIL", (int)strcspn(argv[i], "="), argv[i],
			       n_threads);
			n_failed += !same;
		}
		free((void *)(uintptr_t)file.data);
	}
	printf("%d passed, %d failed, 0 skipped\n", 2 * (argc - 1) - n_failed, n_failed);
	return n_failed != 0;
}
