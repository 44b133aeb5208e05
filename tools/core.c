/* SPDX-License-Identifier: MIT */
/*
 * Cores with segments: what QEMU's dump-guest-memory and virsh dump --memory-only write, and
 * Linux's crash dumps. p_paddr is the guest's address.
 * Source: QEMU dump/dump.c, target/i386/arch_dump.c.
 */
#include "core.h"

#include "bytes.h"
#include "command.h"
#include "file.h"
#include "registers.h"

#include <inttypes.h>
#include <pvhboot/wire/elf.h>

#define NT_PRSTATUS 1
#define NT_QEMU 0

/* Of struct elf_prstatus: its size, and where ebx or rbx is, and esi or rsi.
 * Source: Linux include/uapi/linux/elfcore.h, arch/x86/include/asm/user_{32,64}.h. */
#define PRSTATUS32_SIZE 144
#define PRSTATUS32_EBX 72
#define PRSTATUS32_ESI 84
#define PRSTATUS64_SIZE 336
#define PRSTATUS64_RBX 152
#define PRSTATUS64_RSI 216

/* Returns NULL, or what is wrong with a PT_LOAD. */
static const char *check_segment(const struct elf *elf, const struct elf_segment *segment)
{
	if (segment->filesz > segment->memsz)
		return "has more bytes in the file than in memory";
	if (!bytes_within(elf->file.size, segment->offset, segment->filesz))
		return "does not lie in the file";
	if (segment->memsz > 0 && segment->memsz - 1 > UINT64_MAX - segment->paddr)
		return "ends behind the last address";
	return NULL;
}

static int refuse_segment(const char *path, uint32_t i, const char *wrong)
{
	complain("%s: a core whose program header %" PRIu32 " %s", file_label(path), i, wrong);
	return EXIT_REFUSED;
}

static size_t count_loads(const struct elf *elf)
{
	size_t n = 0;

	for (uint32_t i = 0; i < elf->n_segments; i++)
		n += elf_segment(elf, i).type == PVHBOOT_ELF_PT_LOAD;
	return n;
}

/* The file may change meanwhile: no more pieces than there is room for. */
static int read_loads(const char *path, const struct elf *elf, size_t n_loads, struct dump *dump)
{
	for (uint32_t i = 0; i < elf->n_segments && dump->n_pieces < n_loads; i++) {
		const struct elf_segment segment = elf_segment(elf, i);
		const char *wrong;

		if (segment.type != PVHBOOT_ELF_PT_LOAD)
			continue;
		wrong = check_segment(elf, &segment);
		if (wrong)
			return refuse_segment(path, i, wrong);
		if (segment.memsz > 0)
			dump->pieces[dump->n_pieces++] =
				(struct dump_piece){ segment.paddr, segment.memsz, segment.offset,
						     segment.filesz };
	}
	dump_settle(dump);
	return NO_EXIT;
}

static void take_prstatus(struct pvhboot_bytes desc, struct dump *dump)
{
	if (desc.size == PRSTATUS32_SIZE)
		dump_take_ebx(dump, bytes_load(desc, PRSTATUS32_EBX, 4),
			      bytes_load(desc, PRSTATUS32_ESI, 4));
	else if (desc.size == PRSTATUS64_SIZE)
		dump_take_ebx(dump, bytes_load(desc, PRSTATUS64_RBX, 8),
			      bytes_load(desc, PRSTATUS64_RSI, 8));
}

/* There is a note of each kind for each processor, the first of which is the first. */
static int take_notes(struct pvhboot_bytes notes, struct dump *dump)
{
	int has_prstatus = 0;
	struct elf_note note;
	int more;

	while ((more = elf_note_next(&notes, &note)) == 1) {
		if (elf_note_is_of(&note, "QEMU") && note.type == NT_QEMU) {
			if (registers_from_qemu(note.desc, &dump->cpu))
				dump->registers = DUMP_REGISTERS_ALL;
			return 1;
		}
		if (elf_note_is_of(&note, "CORE") && note.type == NT_PRSTATUS && !has_prstatus) {
			has_prstatus = 1;
			take_prstatus(note.desc, dump);
		}
	}
	return more == 0;
}

/* The first PT_NOTE has all of them. More could share bytes, which would be read again and
 * again. */
static int read_notes(const char *path, const struct elf *elf, struct dump *dump)
{
	for (uint32_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment segment = elf_segment(elf, i);

		if (segment.type != PVHBOOT_ELF_PT_NOTE)
			continue;
		if (!bytes_within(elf->file.size, segment.offset, segment.filesz))
			return refuse_segment(path, i, "does not lie in the file");
		if (!take_notes(bytes_slice(elf->file, segment.offset, segment.filesz), dump))
			return refuse_segment(path, i, "ends in the middle of a note");
		return NO_EXIT;
	}
	return NO_EXIT;
}

int core_open(const char *path, struct dump *dump)
{
	struct elf elf;
	const char *wrong = elf_open_core(dump->file, &elf);
	size_t n_loads;
	int code;

	if (!wrong && elf.n_segments == 0)
		wrong = core_open_xen(&elf, dump);
	if (wrong) {
		complain("%s: %s", file_label(path), wrong);
		return EXIT_REFUSED;
	}
	if (elf.n_segments == 0)
		return NO_EXIT;
	dump->format = DUMP_ELF_CORE;
	n_loads = count_loads(&elf);
	if (!dump_reserve(dump, n_loads)) {
		complain("%s: cannot allocate memory for %zu segments", file_label(path), n_loads);
		return EXIT_REFUSED;
	}
	code = read_loads(path, &elf, n_loads, dump);
	return code == NO_EXIT ? read_notes(path, &elf, dump) : code;
}
