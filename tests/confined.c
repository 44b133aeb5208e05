/* SPDX-License-Identifier: MIT */
/*
 * All of the library in a process that may do nothing else: of an unprivileged user, and
 * behind a filter which ends it at any system call but read, write, exit, and those that a
 * C library's malloc() makes. Kernels of every format are unpacked, planned and committed
 * there, both ways, and what the guest finds is read back; so are damaged ones.
 * Usage: confined [NAME=VMLINUZ...], which are read before.
 */

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pvhboot/pvhboot.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/kernelbuild.h"
#include "support/loading.h"

#define NOBODY 65534
#define MEMORY_SIZE ((size_t)256 << 20)
#define MAX_FILES 64
#define SKIPPED 77

/* ---- The cell -------------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define SKIP_UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define ALLOW(number) SKIP_UNLESS_EQUAL(number, 1), RETURN(SECCOMP_RET_ALLOW)
#define END RETURN(SECCOMP_RET_KILL_PROCESS)

static const struct sock_filter filter[] = {
	LOAD(arch),
	SKIP_UNLESS_EQUAL(ARCH, 1),
	BPF_STMT(BPF_JMP | BPF_JA, 1),
	END,
	LOAD(nr),
	ALLOW(SYS_read),
	ALLOW(SYS_write),
	ALLOW(SYS_exit),
	ALLOW(SYS_exit_group),
	ALLOW(SYS_brk),
	ALLOW(SYS_munmap),
	ALLOW(SYS_mremap),
	ALLOW(SYS_madvise),
	SKIP_UNLESS_EQUAL(SYS_mmap, 6),
	LOAD(args[2]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 4, 0),
	LOAD(args[3]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 2),
	RETURN(SECCOMP_RET_ALLOW),
	END,
	END,
};

/* Returns 0 where the kernel has no such thing. */
static int enter(void)
{
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = (struct sock_filter *)(unsigned long)filter, /* it is only read */
	};

	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			       setresuid(NOBODY, NOBODY, NOBODY)))
		return 0;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static int enter(void)
{
	return 0;
}

#endif

/* Whether a process is what it should be, by its own kernel. */
static int is_confined(pid_t pid)
{
	static const char *const wanted[] = {
		"CapInh:\t0000000000000000\n",
		"CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n",
		"CapAmb:\t0000000000000000\n",
		"NoNewPrivs:\t1\n",
		"Seccomp:\t2\n",
	};
	const size_t n_wanted = sizeof(wanted) / sizeof(wanted[0]);
	unsigned int real = 0, effective = 0, saved = 0, files = 0;
	char path[64], line[1024];
	size_t n = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "r");
	while (status != NULL && fgets(line, sizeof(line), status)) {
		(void)sscanf(line, "Uid: %u %u %u %u", &real, &effective, &saved, &files);
		for (size_t i = 0; i < n_wanted; i++)
			n += strcmp(line, wanted[i]) == 0;
	}
	if (status != NULL)
		fclose(status);
	return n == n_wanted && real != 0 && effective != 0 && saved != 0 && files != 0;
}

/* ---- What is done in it -------------------------------------------------------------- */

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	return size <= MEMORY_SIZE && gpa <= MEMORY_SIZE - size ? (uint8_t *)ctx + gpa : NULL;
}

static int write_bytes(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	uint8_t *to = map(ctx, gpa, size);

	if (to != NULL)
		memcpy(to, bytes, size);
	return to == NULL;
}

static uint8_t *fresh(void)
{
	void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static struct pvhboot_request a_request(void)
{
	static const struct pvhboot_map_entry ram = { 0, MEMORY_SIZE, PVHBOOT_MAP_RAM, 0 };
	static const struct pvhboot_module module = {
		.bytes = { (const uint8_t *)"initrd", 6 },
		.cmdline = { (const uint8_t *)"module", 6 },
	};

	return (struct pvhboot_request){ .map = &ram,
					 .n_map = 1,
					 .modules = &module,
					 .n_modules = 1,
					 .cmdline = pvhboot_text("quiet") };
}

/* Stage by stage, through a buffer. */
static enum pvhboot_status by_stages(struct pvhboot_bytes file, const struct pvhboot_memory *memory,
				     struct pvhboot_cpu *cpu)
{
	struct pvhboot_request request = a_request();
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;
	struct pvhboot_plan plan;
	enum pvhboot_status status = pvhboot_image_load(file, NULL, &loaded, NULL);

	if (status != PVHBOOT_OK)
		return status;
	request.kernel = &kernel;
	status = pvhboot_kernel_open(loaded.elf, 0, &kernel, NULL);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_need(&request, &workspace.size, NULL);
	if (status == PVHBOOT_OK)
		workspace.data = malloc(workspace.size);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_make(&request, workspace, &plan, NULL);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_check(&plan, &request, NULL);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_commit(&plan, memory, NULL);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, cpu);
	free(workspace.data);
	free(loaded.buffer.data);
	return status;
}

/* What a guest finds at its start. */
static int is_good_start(const struct pvhboot_memory *memory, const struct pvhboot_cpu *cpu)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	struct pvhboot_start_report report = { .findings = NULL };
	struct pvhboot_listed_module module;
	struct pvhboot_start start;
	uint8_t text[16];
	size_t size;

	return pvhboot_start_read(memory, cpu->rbx, &start, NULL) == PVHBOOT_OK &&
	       pvhboot_start_module(&start, 0, &module, NULL) == PVHBOOT_OK &&
	       pvhboot_start_text(&start, module.cmdline,
				  (struct pvhboot_buffer){ text, sizeof(text) }, &size,
				  NULL) == PVHBOOT_OK &&
	       size == 7 && memcmp(text, "module", 7) == 0 &&
	       pvhboot_start_check(memory, cpu->rbx, cpu,
				   (struct pvhboot_buffer){ workspace, sizeof(workspace) }, &report,
				   NULL) == PVHBOOT_OK &&
	       report.n_errors == 0;
}

/* Both ways, which agree, into memory that is given back. */
static int boots(struct pvhboot_bytes file)
{
	struct pvhboot_request request = a_request();
	struct pvhboot_memory direct = { .ctx = fresh(),
					 .map = map,
					 .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_memory buffered = { .ctx = fresh(),
					   .write = write_bytes,
					   .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_cpu cpus[2];
	int is_same;

	if (direct.ctx == NULL || buffered.ctx == NULL)
		return 0;
	memset(cpus, 0, sizeof(cpus));
	is_same = by_stages(file, &buffered, &cpus[0]) == PVHBOOT_OK &&
		  pvhboot_boot(file, &request, NULL, &direct, &cpus[1], NULL) == PVHBOOT_OK &&
		  memcmp(&cpus[0], &cpus[1], sizeof(cpus[0])) == 0 &&
		  memcmp(direct.ctx, buffered.ctx, MEMORY_SIZE) == 0 &&
		  is_good_start(&direct, &cpus[1]);
	munmap(direct.ctx, MEMORY_SIZE);
	munmap(buffered.ctx, MEMORY_SIZE);
	return is_same;
}

/* Cut, and with a part that is all ones: whatever comes of it, comes of it here. */
static int is_refused(struct pvhboot_bytes file)
{
	uint8_t *copy = malloc(file.size);
	struct pvhboot_bytes damaged = { copy, file.size };
	struct pvhboot_memory memory = { .ctx = fresh(),
					 .map = map,
					 .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_cpu cpu;
	int n_refused = 0;

	if (copy == NULL || memory.ctx == NULL)
		return 0;
	memcpy(copy, file.data, file.size);
	memset(copy + file.size / 2, 0xff, file.size / 8);
	n_refused += by_stages(damaged, &memory, &cpu) != PVHBOOT_OK;
	damaged.size = file.size / 2;
	n_refused += by_stages(damaged, &memory, &cpu) != PVHBOOT_OK;
	munmap(memory.ctx, MEMORY_SIZE);
	free(copy);
	return n_refused >= 1; /* .lzma and LZ4 have no checksum */
}

/* ---- Its inmates -------------------------------------------------------------------- */

struct file {
	char name[64];
	struct pvhboot_bytes bytes;
};

static struct file files[MAX_FILES];
static size_t n_files;

static void add_file(const char *name, size_t name_size, const struct blob *blob)
{
	struct file *file = &files[n_files++];

	snprintf(file->name, sizeof(file->name), "%.*s", (int)name_size, name);
	file->bytes = blob_view(blob);
}

static void build_files(void)
{
	const struct kernel_spec spec = { .load_size = 0x4000, .load_stride = 0x5000 };
	struct elf elf;

	kernel_build(&elf, &spec);
	add_file("elf", 3, &elf.image);
	for (size_t i = 0; i < N_VARIANTS; i++) {
		struct blob stream = { 0 };
		struct blob image = { 0 };
		char name[64];

		if (!variant_can(&variants[i]))
			continue;
		variant_pack(&stream, &variants[i], blob_view(&elf.image));
		variant_image(&image, &variants[i], blob_view(&elf.image));
		add_file(variants[i].name, strlen(variants[i].name), &stream);
		snprintf(name, sizeof(name), "%s, bzImage", variants[i].name);
		add_file(name, strlen(name), &image);
	}
}

static int read_file(const char *argument)
{
	const char *path = strchr(argument, '=');
	struct blob blob = { 0 };
	uint8_t bytes[65536];
	FILE *file;
	size_t n;

	file = path != NULL ? fopen(path + 1, "rb") : NULL;
	if (file == NULL || n_files == MAX_FILES)
		return 0;
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		blob_append(&blob, bytes, n);
	fclose(file);
	add_file(argument, (size_t)(path - argument), &blob);
	return blob.size > 0;
}

static int put(int holds, const char *what, const char *name)
{
	printf("%s %s, confined: %s\n", holds ? "ok  " : "FAIL", name, what);
	return !holds;
}

/* Tells when it is in its cell, waits, and does everything. */
_Noreturn static void confined(int out, int in)
{
	static char buffer[4096];
	int n_failed = 0;
	char go;

	/* a stream without a buffer asks what its file is, at its first byte */
	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	if (!enter())
		_exit(SKIPPED);
	if (write(out, "", 1) != 1 || read(in, &go, 1) != 1)
		_exit(1);
	for (size_t i = 0; i < n_files; i++) {
		n_failed += put(boots(files[i].bytes), "boots, both ways", files[i].name);
		n_failed += put(is_refused(files[i].bytes), "is refused where it is damaged",
				files[i].name);
	}
	printf("%zu passed, %d failed, 0 skipped\n", 2 * n_files + 2 - (size_t)n_failed, n_failed);
	fflush(stdout);
	_exit(n_failed != 0);
}

/* Another call, such as this one, is the last. */
_Noreturn static void escape(void)
{
	if (!enter())
		_exit(SKIPPED);
	_exit(getppid() > 0);
}

static int ends_others(void)
{
	int how = 0;
	pid_t pid = fork();

	if (pid == 0)
		escape();
	if (pid < 0 || waitpid(pid, &how, 0) != pid)
		return 0;
	if (WIFEXITED(how) && WEXITSTATUS(how) == SKIPPED) {
		puts("there is no seccomp, or no way to be another user");
		exit(SKIPPED);
	}
	return WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS;
}

int main(int argc, char **argv)
{
	int to_child[2], from_child[2];
	int how = 0;
	pid_t pid;
	char in_place;

	build_files();
	for (int i = 1; i < argc; i++) {
		if (!read_file(argv[i])) {
			fprintf(stderr, "Usage: confined [NAME=VMLINUZ...]; cannot read %s\n",
				argv[i]);
			return 2;
		}
	}
	if (put(ends_others(), "any other call is the last", "a process") || pipe(to_child) ||
	    pipe(from_child))
		return 1;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		confined(from_child[1], to_child[0]);
	if (pid < 0 || read(from_child[0], &in_place, 1) != 1 ||
	    put(is_confined(pid), "it has no privilege, and the filter", "a process"))
		return 1;
	fflush(stdout);
	if (write(to_child[1], "", 1) != 1 || waitpid(pid, &how, 0) != pid)
		return 1;
	if (!WIFEXITED(how))
		printf("FAIL ended by signal %d\n", WTERMSIG(how));
	return !WIFEXITED(how) || WEXITSTATUS(how) != 0;
}
