/* SPDX-License-Identifier: MIT */
/*
 * A filter of system calls. Source: Linux Documentation/userspace-api/seccomp_filter.rst.
 *
 * What is not allowed fails with EPERM, rather than ending the process: a C library that
 * asks for more than ours (for the size of a terminal, say) does without, and for
 * the file's author there is as little to gain.
 */
#include "sandbox.h"

#ifdef __linux__

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#endif
#endif

static int is_off;

void sandbox_switch_off(void)
{
	is_off = 1;
}

#ifdef ARCH

/* Numbers differ by architecture, and one process can use those of several. */
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define ALLOWED RETURN(SECCOMP_RET_ALLOW)
#define REFUSED RETURN(SECCOMP_RET_ERRNO | EPERM)
#define SKIP_UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define SKIP_UNLESS_SET(bits, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, n)
#define ALLOW(number) SKIP_UNLESS_EQUAL(number, 1), ALLOWED

/* The lower half of an argument, which is all that these calls look at. */
#define LOAD_ARGUMENT(n) LOAD(args[n])

#ifdef SYS_mmap2
#define MMAP SYS_mmap2
#else
#define MMAP SYS_mmap
#endif

static const struct sock_filter filter[] = {
	LOAD(arch),
	SKIP_UNLESS_EQUAL(ARCH, 1),
	BPF_STMT(BPF_JMP | BPF_JA, 1),
	REFUSED,
	LOAD(nr),
	ALLOW(SYS_write),
	ALLOW(SYS_writev),
	ALLOW(SYS_exit),
	ALLOW(SYS_exit_group),
	ALLOW(SYS_rt_sigreturn),
#ifdef SYS_sigreturn /* i386: by which a handler without SA_SIGINFO returns */
	ALLOW(SYS_sigreturn),
#endif
	ALLOW(SYS_brk),
	ALLOW(SYS_munmap),
	ALLOW(SYS_mremap),
	ALLOW(SYS_madvise),
	/* memory of its own, without code */
	SKIP_UNLESS_EQUAL(MMAP, 6),
	LOAD_ARGUMENT(2),
	SKIP_UNLESS_SET(PROT_EXEC, 1),
	REFUSED,
	LOAD_ARGUMENT(3),
	SKIP_UNLESS_SET(MAP_ANONYMOUS, 1),
	ALLOWED,
	REFUSED,
};

void sandbox_enter(void)
{
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = (struct sock_filter *)(unsigned long)filter, /* it is only read */
	};

	if (is_off)
		return;
	is_off = 1; /* the filter would refuse a second one */
	/* without new privileges none are needed to be filtered */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

void sandbox_enter(void)
{
}

#endif
