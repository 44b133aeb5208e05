/* SPDX-License-Identifier: MIT */
/*
 * Kernels of other kinds and machines, and what people give for a kernel by mistake. Nothing
 * depends on it but the text of a message, and whether a status is FORMAT or UNSUPPORTED.
 */

#include "foreign.h"

#include <pvhboot/wire/pe.h>

#include "../base/multiboot.h"
#include "../base/span.h"

struct kind {
	uint32_t offset;
	char magic[10]; /* a text; all of it where there is no NUL */
	bool is_kernel; /* UNSUPPORTED, else FORMAT */
	const char *what;
};

/*
 * The first row that fits counts: kernels first, which may start like a PE file; then magics
 * that stand further inside, before those of what a file may start with; boot sectors last,
 * since many files are disks too.
 */
static const struct kind kinds[] = {
	/* Linux Documentation/arch/{arm64,riscv}, arch/arm/boot/compressed/head.S,
	 * arch/loongarch/kernel/head.S, drivers/firmware/efi/libstub/zboot-header.S */
	{ 4, "zimg", true, "a kernel (EFI zboot)" },
	{ 0x38, "ARM\x64", true, "a kernel for AArch64 (Image)" },
	{ 0x38, "RSC\x05", true, "a kernel for RISC-V (Image)" },
	{ 0x30, "RISCV", true, "a kernel for RISC-V (Image)" },
	{ 0x24, "\x18\x28\x6f\x01", true, "a kernel for ARM (zImage)" },
	{ 0x24, "\x01\x6f\x28\x18", true, "a kernel for ARM (zImage, big-endian)" },
	{ 0, "\x27\x05\x19\x56", true, "a U-Boot image (uImage)" },
	{ 0, "ANDROID!", true, "an Android boot image" },
	{ 0, "\xd0\x0d\xfe\xed", false, "a device tree, or a FIT image of U-Boot" },

	{ 0, "070701", false, "a cpio archive (an initrd)" },
	{ 0, "070702", false, "a cpio archive (an initrd)" },
	{ 0, "070707", false, "a cpio archive (an initrd)" },
	{ 0, "\xc7\x71", false, "a cpio archive (an initrd)" },
	{ 257, "ustar", false, "a tar archive" },
	{ 0, "PK\x03\x04", false, "a zip archive" },
	{ 0, "7z\xbc\xaf\x27\x1c", false, "a 7-Zip archive" },
	{ 0, "!<arch>\n", false, "an archive of ar, as Debian packages are" },
	{ 0, "\xed\xab\xee\xdb", false, "an RPM package" },
	{ 0, "LZIP", false, "an lzip stream" },
	{ 0, "\x1f\x9d", false, "a stream of compress (.Z)" },

	{ 0, "QFI\xfb", false, "a disk image (qcow2)" },
	{ 0, "KDMV", false, "a disk image (VMDK)" },
	{ 0, "# Disk Des", false, "a description of a disk image (VMDK)" },
	{ 0x40, "\x7f\x10\xda\xbe", false, "a disk image (VDI)" },
	{ 0, "vhdxfile", false, "a disk image (VHDX)" },
	{ 0, "conectix", false, "a disk image (VHD)" },
	{ 0, "LUKS\xba\xbe", false, "an encrypted disk (LUKS)" },
	{ 0, "hsqs", false, "a file system (squashfs)" },
	{ 0, "XFSB", false, "a file system (XFS)" },
	{ 1024, "\xe2\xe1\xf5\xe0", false, "a file system (EROFS)" },
	{ 0x438, "\x53\xef", false, "a file system (ext2, 3 or 4)" },
	{ 0x8001, "CD001", false, "a CD or DVD image (ISO 9660)" },
	{ 512, "EFI PART", false, "a disk image (GPT)" },

	{ 40, "_FVH", false, "UEFI firmware" },
	{ 0, "\xcf\xfa\xed\xfe", false, "a Mach-O file" },
	{ 0, "#!", false, "a script" },
	{ 0, "\x55\xaa", false, "an option ROM" },
	{ 510, "\x55\xaa", false, "a boot sector, or a disk that begins with one" },
};

static bool has_magic(struct pvhboot_bytes bytes, const struct kind *kind)
{
	const struct pvhboot_bytes magic = { (const uint8_t *)kind->magic, sizeof(kind->magic) };
	size_t size = pvhb_find(magic, '\0');

	return pvhb_within(bytes.size, kind->offset, size) &&
	       pvhb_equal(pvhb_slice(bytes, kind->offset, size), kind->magic, size);
}

/* Processors start 16 bytes below the end of the BIOS, where there is a jump. The caller has seen
 * that the file is not empty. */
static bool is_bios(struct pvhboot_bytes bytes)
{
	uint8_t first;

	if (bytes.size % 0x10000 != 0 || bytes.size > (32 << 20))
		return false;
	first = pvhb_load8(bytes, bytes.size - 16);
	if (first == 0x90) /* OVMF has two NOPs there */
		first = pvhb_load8(bytes, bytes.size - 14);
	return first == 0xe9 || first == 0xea || first == 0xeb;
}

static struct kind kind_of(struct pvhboot_bytes bytes)
{
	static const struct kind multiboot = { .what = "a Multiboot kernel", .is_kernel = true };
	static const struct kind pe = { .what = "a PE file; those are read only if nothing is "
						"around them" };
	static const struct kind dos = { .what = "a program for DOS" };
	static const struct kind bios = { .what = "a BIOS image" };
	static const struct kind empty = { .what = "an empty file" };
	static const struct kind unknown = { .what = NULL };
	size_t i;

	if (bytes.size == 0)
		return empty;
	//@ loop assigns i;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (has_magic(bytes, &kinds[i]))
			return kinds[i];
	}
	if (pvhb_pe_is(bytes))
		return pe;
	if (bytes.size >= 2 && pvhb_equal(pvhb_slice(bytes, 0, 2), "MZ", 2))
		return dos;
	if (pvhb_is_multiboot(bytes))
		return multiboot;
	return is_bios(bytes) ? bios : unknown;
}

enum pvhboot_status pvhb_foreign(struct pvhboot_bytes bytes, struct pvhb_at at, const char *around,
				 struct pvhboot_diag *diag)
{
	struct kind kind = kind_of(bytes);
	enum pvhboot_status status = kind.is_kernel ? PVHBOOT_UNSUPPORTED : PVHBOOT_FORMAT;

	(void)pvhb_fail_plain(diag, status, at,
			      "an ELF file or a bzImage, compressed or not, or a UKI");
	if (kind.what != NULL) {
		pvhb_detail_text(diag, around);
		pvhb_detail_text(diag, kind.what);
	}
	return status;
}

/* Microsoft PE Format, "Machine Types". */
static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{ 0x01c0, "ARM" },
	{ 0x01c2, "ARM" },
	{ 0x01c4, "ARM" },
	{ 0xaa64, "AArch64" },
	{ 0x5032, "RISC-V (32 bit)" },
	{ 0x5064, "RISC-V" },
	{ 0x5128, "RISC-V (128 bit)" },
	{ 0x6232, "LoongArch (32 bit)" },
	{ 0x6264, "LoongArch" },
	{ 0x0200, "Itanium" },
	{ 0x0ebc, "EFI byte code" },
};

const char *pvhb_pe_foreign_machine(uint16_t machine)
{
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine == machine)
			return machines[i].name;
	}
	return NULL;
}

/* What an addon brings to a UKI. */
static bool is_addon_part(const struct pvhb_pe *pe, uint32_t section)
{
	static const char parts[][PVHB_PE_NAME_SIZE + 1] = {
		".cmdline", ".initrd", ".ucode", ".dtb", ".dtbauto", ".hwids", ".efifw",
	};
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (pvhb_pe_is_named(pe, section, parts[i]))
			return true;
	}
	return false;
}

static bool is_zboot(const struct pvhb_pe *pe)
{
	return pvhb_within(pe->file.size, 4, 4) && pvhb_load32(pe->file, 4) == PVHBOOT_PE_ZBOOT;
}

/* What the file is but for its machine; NULL: nothing better known. */
static const char *what_for_machine(const struct pvhb_pe *pe)
{
	static const char kernel[PVHB_PE_NAME_SIZE + 1] = PVHB_KERNEL_SECTION;
	bool is_addon = false;
	uint32_t i;

	if (is_zboot(pe))
		return "a kernel (EFI zboot)";
	//@ loop assigns i, is_addon;
	for (i = 0; i < pe->n_sections; i++) {
		if (pvhb_pe_is_named(pe, i, kernel))
			return "a UKI";
		is_addon = is_addon || is_addon_part(pe, i);
	}
	if (is_addon)
		return "a UKI addon";
	return pvhb_pe_foreign_machine(pe->machine) != NULL ? "an EFI program or a kernel" : NULL;
}

/* The same of a file for x86. */
static const char *what_program(const struct pvhb_pe *pe)
{
	if (pe->subsystem >= PVHBOOT_PE_NATIVE && pe->subsystem <= PVHBOOT_PE_WINDOWS_CUI)
		return "a program for Windows";
	if (pe->machine == PVHBOOT_PE_MACHINE_I386)
		return "an EFI program for i386 without a kernel in it; EFI firmware of 32 bits "
		       "could start it";
	return "an EFI program without a kernel in it; EFI firmware could start it";
}

static void describe_pe(const struct pvhb_pe *pe, struct pvhboot_diag *diag)
{
	const char *machine = pvhb_pe_foreign_machine(pe->machine);
	struct kind kind = kind_of(pe->file);
	const char *what = what_for_machine(pe);

	if (kind.is_kernel && !is_zboot(pe)) {
		pvhb_detail_text(diag, kind.what);
		return;
	}
	pvhb_detail_text(diag, what != NULL ? what : what_program(pe));
	if (what != NULL && machine != NULL) {
		pvhb_detail_text(diag, " for ");
		pvhb_detail_text(diag, machine);
	}
}

enum pvhboot_status pvhb_foreign_pe(const struct pvhb_pe *pe, struct pvhboot_diag *diag)
{
	(void)pvhb_fail_plain(diag, PVHBOOT_UNSUPPORTED,
			      pvhb_at(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER),
			      "a kernel for x86 in the section .linux of the PE file (a UKI)");
	describe_pe(pe, diag);
	return PVHBOOT_UNSUPPORTED;
}
