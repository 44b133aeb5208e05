/* SPDX-License-Identifier: MIT */
/*
 * libpvhboot: boots x86 guests through the PVH entry.
 *
 *	boot.h    file to guest: in one call, or with the plan in between
 *	image.h   file bytes to ELF bytes: containers and codecs
 *	kernel.h  ELF bytes to segments, notes and the entry
 *	plan.h    kernel, modules and memory map to a layout and a start_info
 *	memory.h  layout to guest memory, through the host's callbacks
 *	cpu.h     the registers at the entry
 *	entry.h   ways into a kernel, and what known guests want
 *	start.h   the way back: a start_info in guest memory, read and checked
 *	codec.h   own decoders
 *	base.h    statuses, diagnostics, allocator
 *	efi.h     the EFI environment as bytes, of a library of its own: not included here
 *	wire/     byte layouts of the formats and of the ABI
 *	adapt/    glue to KVM, Xen, bare metal, threads and errno: not included here
 */
#ifndef PVHBOOT_PVHBOOT_H
#define PVHBOOT_PVHBOOT_H

#include "base.h"
#include "boot.h"
#include "codec.h"
#include "cpu.h"
#include "entry.h"
#include "image.h"
#include "kernel.h"
#include "memory.h"
#include "plan.h"
#include "start.h"
#include "version.h"

#endif
