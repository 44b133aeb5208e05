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

/* The processor is what KVM can make of the host's. */
static int describe_processor(const struct machine *machine)
{
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	int code = NO_EXIT;

	if (!cpuid)
		return refuse("calloc");
	cpuid->nent = MAX_CPUID;
	if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) != 0)
		code = refuse("KVM_GET_SUPPORTED_CPUID");
	else if (ioctl(machine->vcpu, KVM_SET_CPUID2, cpuid) != 0)
		code = refuse("KVM_SET_CPUID2");
	free(cpuid);
	return code;
}

static int open_vcpu(struct machine *machine)
{
	int size;
	void *run;

	machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
	if (machine->vcpu < 0)
		return refuse("KVM_CREATE_VCPU");
	size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return refuse("KVM_GET_VCPU_MMAP_SIZE");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
	if (run == MAP_FAILED)
		return refuse("mmap of the vCPU");
	machine->run = run;
	machine->run_size = (size_t)size;
	return describe_processor(machine);
}

int machine_open(struct machine *machine, const struct pvhboot_linux_memory *memory)
{
	int code;

	*machine = (struct machine){ .kvm = -1, .vm = -1, .vcpu = -1 };
	code = open_device(machine);
	if (code == NO_EXIT)
		code = open_vm(machine, memory);
	if (code == NO_EXIT)
		code = open_vcpu(machine);
	return code;
}

int machine_enter(const struct machine *machine, const struct pvhboot_cpu *cpu)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(machine->vcpu, KVM_GET_SREGS, &sregs) != 0)
		return refuse("KVM_GET_SREGS");
	pvhboot_kvm_sregs(cpu, &sregs);
	if (ioctl(machine->vcpu, KVM_SET_SREGS, &sregs) != 0)
		return refuse("KVM_SET_SREGS");
	pvhboot_kvm_regs(cpu, &regs);
	if (ioctl(machine->vcpu, KVM_SET_REGS, &regs) != 0)
		return refuse("KVM_SET_REGS");
	return NO_EXIT;
}

void machine_interrupt(const struct machine *machine, unsigned int line, int level)
{
	struct kvm_irq_level irq = { .irq = line, .level = (__u32)level };

	ioctl(machine->vm, KVM_IRQ_LINE, &irq); /* fails without interrupt controllers only */
}

int machine_is_off(const struct machine *machine)
{
	struct kvm_mp_state state;
	struct kvm_regs regs;

	if (ioctl(machine->vcpu, KVM_GET_MP_STATE, &state) != 0 ||
	    ioctl(machine->vcpu, KVM_GET_REGS, &regs) != 0)
		return -1;
	return state.mp_state == KVM_MP_STATE_HALTED && !(regs.rflags & EFLAGS_IF);
}

void machine_close(struct machine *machine)
{
	if (machine->run)
		munmap(machine->run, machine->run_size);
	if (machine->vcpu >= 0)
		close(machine->vcpu);
	if (machine->vm >= 0)
		close(machine->vm);
	if (machine->kvm >= 0)
		close(machine->kvm);
	*machine = (struct machine){ .kvm = -1, .vm = -1, .vcpu = -1 };
}
