/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <pvhboot/adapt/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Four pages in the hole below 4 GiB that no guest uses, for Intel processors that
 * run real mode by a detour: a page table and, behind it, a TSS of three pages.
 * Source: Linux Documentation/virt/kvm/api.rst, KVM_SET_IDENTITY_MAP_ADDR. */
#define IDENTITY_MAP ((__u64)0xfffbc000)
#define TASK_STATE 0xfffbd000ul

/* More than any KVM has: 80 entries is a usual number. */
#define MAX_CPUID 256

#define CPUID_FEATURES 1
#define CPUID_TOPOLOGY 0xb
#define CPUID_ECX_HYPERVISOR ((__u32)1 << 31)

#define EFLAGS_IF ((__u64)1 << 9)

static const struct {
	long extension;
	const char *name;
} needed[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
	{ KVM_CAP_PIT2, "KVM_CAP_PIT2" },
	{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
	{ KVM_CAP_SET_IDENTITY_MAP_ADDR, "KVM_CAP_SET_IDENTITY_MAP_ADDR" },
	{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_MP_STATE, "KVM_CAP_MP_STATE" },
	{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
};

static int refuse(const char *call)
{
	return refuse_call(EXIT_NO_KVM, call);
}

static const char *why_no_device(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "; is kvm_intel or kvm_amd loaded, and virtualisation on in the firmware?";
	case EACCES:
	case EPERM:
		return "; it wants root, or often a member of the group kvm";
	default:
		return "";
	}
}

static int open_device(struct machine *machine)
{
	int version;

	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0) {
		const int error = errno;

		complain("cannot open /dev/kvm: %s (errno %d)%s", strerror(error), error,
			 why_no_device(error));
		return EXIT_NO_KVM;
	}
	version = ioctl(machine->kvm, KVM_GET_API_VERSION, 0);
	if (version < 0)
		return refuse("KVM_GET_API_VERSION of /dev/kvm");
	if (version != KVM_API_VERSION) {
		complain("/dev/kvm has version %d of the interface, not %d", version,
			 KVM_API_VERSION);
		return EXIT_NO_KVM;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (ioctl(machine->kvm, KVM_CHECK_EXTENSION, needed[i].extension) > 0)
			continue;
		complain("/dev/kvm lacks the extension %ld, %s", needed[i].extension,
			 needed[i].name);
		return EXIT_NO_KVM;
	}
	return NO_EXIT;
}

static int add_memory(const struct machine *machine, __u32 slot, uint64_t gpa, uint64_t size,
		      const uint8_t *host)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	if (size == 0 || ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region) == 0)
		return NO_EXIT;
	return refuse("KVM_SET_USER_MEMORY_REGION");
}

static int open_vm(struct machine *machine, const struct pvhboot_linux_memory *memory)
{
	/* the speaker port, through which Linux measures with the timer, is KVM's, too */
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	__u64 identity_map = IDENTITY_MAP;
	int code;

	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		return refuse("KVM_CREATE_VM");
	if (ioctl(machine->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) != 0)
		return refuse("KVM_SET_IDENTITY_MAP_ADDR");
	if (ioctl(machine->vm, KVM_SET_TSS_ADDR, TASK_STATE) != 0)
		return refuse("KVM_SET_TSS_ADDR");
	if (ioctl(machine->vm, KVM_CREATE_IRQCHIP, 0) != 0)
		return refuse("KVM_CREATE_IRQCHIP");
	if (ioctl(machine->vm, KVM_CREATE_PIT2, &pit) != 0)
		return refuse("KVM_CREATE_PIT2");
	code = add_memory(machine, 0, 0, memory->below, memory->host);
	if (code != NO_EXIT)
		return code;
	return add_memory(machine, 1, PVHBOOT_LINUX_MEMORY_ABOVE, memory->above,
			  memory->host + memory->below);
}

/* What KVM leaves to us: that it is there (Linux Documentation/virt/kvm/x86/cpuid.rst), and the
 * number of the processor (Intel SDM vol. 2, CPUID). Each vCPU is a package of its own. */
static void identify(struct kvm_cpuid2 *cpuid, unsigned int number)
{
	for (__u32 i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == CPUID_FEATURES) {
			entry->ebx = (entry->ebx & 0xffff) | 1 << 16 | number << 24;
			entry->ecx |= CPUID_ECX_HYPERVISOR;
		} else if (entry->function == CPUID_TOPOLOGY) {
			entry->edx = number;
		}
	}
}

/* The processor is what KVM can make of the host's. */
static int describe_processor(const struct machine *machine, unsigned int number)
{
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	int code = NO_EXIT;

	if (!cpuid)
		return refuse("calloc");
	cpuid->nent = MAX_CPUID;
	if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) != 0)
		code = refuse("KVM_GET_SUPPORTED_CPUID");
	identify(cpuid, number);
	if (code == NO_EXIT && ioctl(machine->vcpus[number].fd, KVM_SET_CPUID2, cpuid) != 0)
		code = refuse("KVM_SET_CPUID2");
	free(cpuid);
	return code;
}

static int open_vcpu(struct machine *machine)
{
	const unsigned int number = machine->n_vcpus;
	struct vcpu *vcpu = &machine->vcpus[number];
	int size;
	void *run;

	vcpu->fd = ioctl(machine->vm, KVM_CREATE_VCPU, number);
	if (vcpu->fd < 0)
		return refuse("KVM_CREATE_VCPU");
	machine->n_vcpus++;
	size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return refuse("KVM_GET_VCPU_MMAP_SIZE");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return refuse("mmap of the vCPU");
	vcpu->run = run;
	machine->run_size = (size_t)size;
	return describe_processor(machine, number);
}

int machine_open(struct machine *machine, const struct pvhboot_linux_memory *memory,
		 unsigned int n_vcpus)
{
	int code;

	*machine = (struct machine){ .kvm = -1, .vm = -1 };
	code = open_device(machine);
	if (code == NO_EXIT)
		code = open_vm(machine, memory);
	while (code == NO_EXIT && machine->n_vcpus < n_vcpus)
		code = open_vcpu(machine);
	return code;
}

int machine_enter(const struct machine *machine, const struct pvhboot_cpu *cpu)
{
	const int fd = machine->vcpus[0].fd;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(fd, KVM_GET_SREGS, &sregs) != 0)
		return refuse("KVM_GET_SREGS");
	pvhboot_kvm_sregs(cpu, &sregs);
	if (ioctl(fd, KVM_SET_SREGS, &sregs) != 0)
		return refuse("KVM_SET_SREGS");
	pvhboot_kvm_regs(cpu, &regs);
	if (ioctl(fd, KVM_SET_REGS, &regs) != 0)
		return refuse("KVM_SET_REGS");
	return NO_EXIT;
}

void machine_interrupt(const struct machine *machine, unsigned int line, int level)
{
	struct kvm_irq_level irq = { .irq = line, .level = (__u32)level };

	ioctl(machine->vm, KVM_IRQ_LINE, &irq); /* fails without interrupt controllers only */
}

int machine_is_off(const struct vcpu *vcpu)
{
	struct kvm_mp_state mp;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(vcpu->fd, KVM_GET_MP_STATE, &mp) != 0 ||
	    ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) != 0 ||
	    ioctl(vcpu->fd, KVM_GET_REGS, &regs) != 0)
		return -1;
	if (mp.mp_state == KVM_MP_STATE_RUNNABLE || mp.mp_state == KVM_MP_STATE_SIPI_RECEIVED ||
	    (mp.mp_state == KVM_MP_STATE_HALTED && regs.rflags & EFLAGS_IF))
		return MACHINE_ON;
	return sregs.idt.limit == 0 ? MACHINE_OFF_EARLY : MACHINE_OFF;
}

void machine_close(struct machine *machine)
{
	for (unsigned int i = 0; i < machine->n_vcpus; i++) {
		if (machine->vcpus[i].run)
			munmap(machine->vcpus[i].run, machine->run_size);
		close(machine->vcpus[i].fd);
	}
	if (machine->vm >= 0)
		close(machine->vm);
	if (machine->kvm >= 0)
		close(machine->kvm);
	*machine = (struct machine){ .kvm = -1, .vm = -1 };
}
