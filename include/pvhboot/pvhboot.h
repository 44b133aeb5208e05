/* SPDX-License-Identifier: MIT */
/*
 * libpvhboot: boots x86 guests through the PVH entry.
 *
 *	image.h   file bytes to ELF bytes: containers and codecs
 *	kernel.h  ELF bytes to segments, notes and the entry
 *	plan.h    kernel, modules and memory map to a layout and a start_info
 *	boot.h    layout to guest memory and registers; all of it in one call
 *	direct.h  the same without a buffer between file and guest
 *	codec.h   own decoders
 *	base.h    statuses, diagnostics, allocator
 *	wire/     byte layouts of the formats and of the ABI
 *	adapt/    the entry state for KVM, POSIX threads for decoders: each needs headers of
 *	          others, so they are not included here
 */
#ifndef PVHBOOT_PVHBOOT_H
#define PVHBOOT_PVHBOOT_H

#include "base.h"
#include "boot.h"
#include "codec.h"
#include "direct.h"
#include "image.h"
#include "kernel.h"
#include "plan.h"
#include "version.h"

#endif
