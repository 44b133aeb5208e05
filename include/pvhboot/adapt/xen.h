/* SPDX-License-Identifier: MIT */
/*
 * The registers at the entry in the two forms that Xen takes them in. Header
 * only: nothing of this is in the library, and pvhboot.h does not include it.
 *
 *	struct pvhboot_cpu -> pvhboot_xen_context -> xc_domain_hvm_setcontext()
 *	                   -> pvhboot_xen_vcpu    -> VCPUOP_initialise
 *
 * Needs Xen's public headers (Debian: libxen-dev), which want the GNU dialect of
 * the language: -std=gnu99 or later, not -std=c99. In a file that has <xenctrl.h>
 * too, that one comes first, or __XEN_TOOLS__ is defined before either.
 */
#ifndef PVHBOOT_ADAPT_XEN_H
#define PVHBOOT_ADAPT_XEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/save.h>

#include "../base.h"
#include "../boot.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The CPU record of a vCPU that has not run: zero but for what the ABI sets and
 * what no CPU can have as zero. Xen packs a segment's attributes as struct
 * pvhboot_cpu_segment does, 12 bits. A record without XEN_X86_FPU_INITIALISED lets
 * Xen set up the FPU; ldtr and idtr of all zero are not valid, nor is gdtr where there is no GDT.
 * For 64-bit mode, EFER has LMA too: Xen takes LME, LMA and CR0.PG from here, and infers none of
 * them. Neither pointer may be NULL.
 * Source: xen/arch-x86/hvm/save.h; for dr6 and dr7, Intel SDM volume 3, "Processor
 * State After Reset".
 */
static inline void pvhboot_xen_cpu(const struct pvhboot_cpu *cpu, struct hvm_hw_cpu *out)
{
	memset(out, 0, sizeof(*out));
	out->rbx = cpu->rbx;
	out->rsi = cpu->rsi;
	out->rsp = cpu->rsp;
	out->rip = cpu->rip;
	out->rflags = cpu->rflags;
	out->cr0 = cpu->cr0;
	out->cr3 = cpu->cr3;
	out->cr4 = cpu->cr4;
	out->dr6 = 0xffff0ff0;
	out->dr7 = 0x400;
	out->msr_efer = cpu->efer;
	out->gdtr_base = cpu->gdt_base;
	out->gdtr_limit = cpu->gdt_limit;

	out->cs_sel = cpu->cs.selector;
	out->ds_sel = cpu->data.selector;
	out->es_sel = cpu->data.selector;
	out->fs_sel = cpu->data.selector;
	out->gs_sel = cpu->data.selector;
	out->ss_sel = cpu->data.selector;
	out->tr_sel = cpu->tr.selector;

	out->cs_base = cpu->cs.base;
	out->ds_base = cpu->data.base;
	out->es_base = cpu->data.base;
	out->fs_base = cpu->data.base;
	out->gs_base = cpu->data.base;
	out->ss_base = cpu->data.base;
	out->tr_base = cpu->tr.base;

	out->cs_limit = cpu->cs.limit;
	out->ds_limit = cpu->data.limit;
	out->es_limit = cpu->data.limit;
	out->fs_limit = cpu->data.limit;
	out->gs_limit = cpu->data.limit;
	out->ss_limit = cpu->data.limit;
	out->tr_limit = cpu->tr.limit;

	out->cs_arbytes = cpu->cs.access;
	out->ds_arbytes = cpu->data.access;
	out->es_arbytes = cpu->data.access;
	out->fs_arbytes = cpu->data.access;
	out->gs_arbytes = cpu->data.access;
	out->ss_arbytes = cpu->data.access;
	out->tr_arbytes = cpu->tr.access;
}

/* Of a vCPU in 32-bit mode. All but EFER is below 4 GiB. */
static inline void pvhboot_xen_vcpu_32(const struct pvhboot_cpu *cpu, struct vcpu_hvm_x86_32 *regs)
{
	regs->ebx = (uint32_t)cpu->rbx;
	regs->esi = (uint32_t)cpu->rsi;
	regs->esp = (uint32_t)cpu->rsp;
	regs->eip = (uint32_t)cpu->rip;
	regs->eflags = (uint32_t)cpu->rflags;
	regs->cr0 = (uint32_t)cpu->cr0;
	regs->cr3 = (uint32_t)cpu->cr3;
	regs->cr4 = (uint32_t)cpu->cr4;
	regs->efer = cpu->efer;

	regs->cs_base = (uint32_t)cpu->cs.base;
	regs->ds_base = (uint32_t)cpu->data.base;
	regs->ss_base = (uint32_t)cpu->data.base;
	regs->es_base = (uint32_t)cpu->data.base;
	regs->tr_base = (uint32_t)cpu->tr.base;

	regs->cs_limit = cpu->cs.limit;
	regs->ds_limit = cpu->data.limit;
	regs->ss_limit = cpu->data.limit;
	regs->es_limit = cpu->data.limit;
	regs->tr_limit = cpu->tr.limit;

	regs->cs_ar = cpu->cs.access;
	regs->ds_ar = cpu->data.access;
	regs->ss_ar = cpu->data.access;
	regs->es_ar = cpu->data.access;
	regs->tr_ar = cpu->tr.access;
}

static inline void pvhboot_xen_vcpu_64(const struct pvhboot_cpu *cpu, struct vcpu_hvm_x86_64 *regs)
{
	regs->rbx = cpu->rbx;
	regs->rsi = cpu->rsi;
	regs->rsp = cpu->rsp;
	regs->rip = cpu->rip;
	regs->rflags = cpu->rflags;
	regs->cr0 = cpu->cr0;
	regs->cr3 = cpu->cr3;
	regs->cr4 = cpu->cr4;
	regs->efer = cpu->efer;
}

/*
 * The same for VCPUOP_initialise, by which a guest starts its other vCPUs. What a context has no
 * member for is Xen's choice:
 * - the debug registers and the FPU, and in 32-bit mode fs and gs
 * - in 64-bit mode all segments: Xen makes them flat, cs with L, and tr as here
 * - selectors, which are 0, and the GDT, which there is none. So a kernel that loads a selector of
 *   Linux's boot protocol before it has a GDT of its own fails, while the hidden parts are those
 *   that it wants.
 * Neither pointer may be NULL.
 * Source: xen/hvm/hvm_vcpu.h; xen/arch/x86/hvm/domain.c, arch_set_info_hvm_guest().
 */
static inline void pvhboot_xen_vcpu(const struct pvhboot_cpu *cpu, vcpu_hvm_context_t *out)
{
	memset(out, 0, sizeof(*out));
	if (cpu->is_64bit) {
		out->mode = VCPU_HVM_MODE_64B;
		pvhboot_xen_vcpu_64(cpu, &out->cpu_regs.x86_64);
	} else {
		out->mode = VCPU_HVM_MODE_32B;
		pvhboot_xen_vcpu_32(cpu, &out->cpu_regs.x86_32);
	}
}

/* There is no device model, and so no firmware, that sets up the MTRRs: the default
 * type of all vCPUs becomes write-back. Without it all memory is uncached. */
#define PVHBOOT_XEN_WRITE_BACK 1u

/* E, enabled, and type 6, write-back. Source: Intel SDM volume 3, "IA32_MTRR_DEF_TYPE
 * MSR". */
#define PVHBOOT_XEN_MTRR_WRITE_BACK (0x800u | 6u)

/* What pvhboot_xen_context() writes has at most this much more than what it read. */
#define PVHBOOT_XEN_CONTEXT_MORE (sizeof(struct hvm_save_descriptor) + sizeof(struct hvm_hw_cpu))

/* One record of a context; content points into it. For the functions below. */
struct pvhboot_xen_record {
	struct hvm_save_descriptor descriptor;
	struct pvhboot_bytes content;
};

/* Takes the first record from *context, or leaves it. TRUNCATED: it is not all there. */
static inline enum pvhboot_status pvhboot_xen_record_take(struct pvhboot_bytes *context,
							  struct pvhboot_xen_record *out)
{
	const size_t head = sizeof(out->descriptor);

	if (context->size < head)
		return PVHBOOT_TRUNCATED;
	memcpy(&out->descriptor, context->data, head);
	if (out->descriptor.length > context->size - head)
		return PVHBOOT_TRUNCATED;
	out->content.data = context->data + head;
	out->content.size = out->descriptor.length;
	context->data = out->content.data + out->content.size;
	context->size -= head + out->content.size;
	return PVHBOOT_OK;
}

/* Writes a record to the start of *room and takes its bytes from there. */
static inline enum pvhboot_status pvhboot_xen_record_put(struct pvhboot_buffer *room,
							 const struct pvhboot_xen_record *record)
{
	const size_t head = sizeof(record->descriptor);

	if (room->size < head || room->size - head < record->content.size)
		return PVHBOOT_NOSPACE;
	memcpy(room->data, &record->descriptor, head);
	if (record->content.size != 0)
		memcpy(room->data + head, record->content.data, record->content.size);
	room->data += head + record->content.size;
	room->size -= head + record->content.size;
	return PVHBOOT_OK;
}

/* The header names the hypervisor that may load the context, so it cannot be made up. */
static inline enum pvhboot_status pvhboot_xen_header_copy(struct pvhboot_bytes *context,
							  struct pvhboot_buffer *room)
{
	struct pvhboot_xen_record record;
	struct hvm_save_header header;
	enum pvhboot_status status = pvhboot_xen_record_take(context, &record);

	if (status != PVHBOOT_OK)
		return status;
	if (record.descriptor.typecode != HVM_SAVE_CODE(HEADER) ||
	    record.content.size != sizeof(header))
		return PVHBOOT_FORMAT;
	memcpy(&header, record.content.data, sizeof(header));
	if (header.magic != HVM_FILE_MAGIC)
		return PVHBOOT_FORMAT;
	if (header.version != HVM_FILE_VERSION)
		return PVHBOOT_UNSUPPORTED;
	return pvhboot_xen_record_put(room, &record);
}

static inline enum pvhboot_status pvhboot_xen_cpu_put(const struct pvhboot_cpu *cpu,
						      struct pvhboot_buffer *room)
{
	struct pvhboot_xen_record record;
	struct hvm_hw_cpu content;

	pvhboot_xen_cpu(cpu, &content);
	record.descriptor.typecode = HVM_SAVE_CODE(CPU);
	record.descriptor.instance = 0;
	record.descriptor.length = sizeof(content);
	record.content.data = (const uint8_t *)&content;
	record.content.size = sizeof(content);
	return pvhboot_xen_record_put(room, &record);
}

/* A later Xen may append to the record. */
static inline enum pvhboot_status pvhboot_xen_mtrr_copy(const struct pvhboot_xen_record *record,
							struct pvhboot_buffer *room)
{
	const uint64_t type = PVHBOOT_XEN_MTRR_WRITE_BACK;
	const size_t offset = sizeof(record->descriptor) +
			      offsetof(struct hvm_hw_mtrr, msr_mtrr_def_type);
	uint8_t *start = room->data;
	enum pvhboot_status status;

	if (record->content.size < sizeof(struct hvm_hw_mtrr))
		return PVHBOOT_MALFORMED;
	status = pvhboot_xen_record_put(room, record);
	if (status == PVHBOOT_OK)
		memcpy(start + offset, &type, sizeof(type));
	return status;
}

/* Copies the MTRR records that are wanted, and the end. */
static inline enum pvhboot_status pvhboot_xen_rest_copy(struct pvhboot_bytes context,
							uint32_t flags,
							struct pvhboot_buffer *room)
{
	struct pvhboot_xen_record record;
	enum pvhboot_status status;
	int missing = (flags & PVHBOOT_XEN_WRITE_BACK) != 0;

	for (;;) {
		status = pvhboot_xen_record_take(&context, &record);
		if (status != PVHBOOT_OK)
			return status;
		if (record.descriptor.typecode == HVM_SAVE_CODE(END))
			break;
		if (record.descriptor.typecode != HVM_SAVE_CODE(MTRR) ||
		    (flags & PVHBOOT_XEN_WRITE_BACK) == 0)
			continue;
		status = pvhboot_xen_mtrr_copy(&record, room);
		if (status != PVHBOOT_OK)
			return status;
		if (record.descriptor.instance == 0)
			missing = 0;
	}
	if (missing || record.content.size != 0)
		return PVHBOOT_MALFORMED;
	return pvhboot_xen_record_put(room, &record);
}

/*
 * Makes the context for xc_domain_hvm_setcontext() from the one that
 * xc_domain_hvm_getcontext() yielded: its header, a CPU record for vCPU 0, with
 * PVHBOOT_XEN_WRITE_BACK all its MTRR records with the default type write-back, and
 * the end. What is not there Xen leaves as it is. (Nor is a CPU record there to be
 * replaced: Xen saves none of a vCPU that was never started. One that is there
 * is dropped.) Bytes behind the end of the context are not read.
 *
 * out is apart from context, and with PVHBOOT_XEN_CONTEXT_MORE bytes more than that
 * always large enough. *size, in bytes, is written on success only; what out holds
 * after a failure is undefined.
 *
 * INVAL        cpu or size is NULL, data is NULL with a size, or unknown flags
 * TRUNCATED    the context ends inside a record or without an end
 * FORMAT       it does not start with a header
 * UNSUPPORTED  the version of its format is not 1
 * MALFORMED    its end is not empty, an MTRR record is too short, or the one of
 *              vCPU 0 is wanted and not there
 * NOSPACE      out is too small
 * Source: xen/hvm/save.h, xen/arch-x86/hvm/save.h.
 */
__attribute__((warn_unused_result)) static inline enum pvhboot_status
pvhboot_xen_context(const struct pvhboot_cpu *cpu, struct pvhboot_bytes context, uint32_t flags,
		    struct pvhboot_buffer out, size_t *size)
{
	struct pvhboot_buffer room = out;
	enum pvhboot_status status;

	if (cpu == NULL || size == NULL || (context.data == NULL && context.size != 0) ||
	    (out.data == NULL && out.size != 0) || (flags & ~PVHBOOT_XEN_WRITE_BACK) != 0)
		return PVHBOOT_INVAL;
	status = pvhboot_xen_header_copy(&context, &room);
	if (status == PVHBOOT_OK)
		status = pvhboot_xen_cpu_put(cpu, &room);
	if (status == PVHBOOT_OK)
		status = pvhboot_xen_rest_copy(context, flags, &room);
	if (status == PVHBOOT_OK)
		*size = out.size - room.size;
	return status;
}

#ifdef __cplusplus
}
#endif

#endif
