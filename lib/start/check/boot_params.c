/* SPDX-License-Identifier: MIT */
/*
 * The boot_params of Linux, with what it points at: command line, initrd, memory map.
 * Sources: Linux Documentation/arch/x86/boot.rst, zero-page.rst. What Linux itself does beside
 * these: arch/x86/kernel/setup.c, e820.c, arch/x86/include/asm/bootparam_utils.h.
 */

#include "checking.h"

#include "../../base/span.h"

#define PROTOCOL_INIT_SIZE 0x020a

static struct pvhb_at at_params(const struct pvhb_start_checking *c)
{
	return pvhb_start_at(PVHBOOT_SUBJECT_BOOT_PARAMS, c->start.gpa);
}

/* What the specification does not say, but Linux does. */
static void found_linux(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t found,
			uint64_t bound, const char *rule)
{
	pvhb_start_report(c, PVHBOOT_SEVERITY_WARNING, PVHBOOT_FOR_LINUX,
			  pvhb_finding(at, PVHBOOT_HAS_NUMBERS, found, bound, rule));
}

/* Whether there is a header. */
static void check_marks(struct pvhb_start_checking *c)
{
	const struct pvhb_at at = at_params(c);
	const uint8_t sentinel = pvhb_load8(c->params, PVHBOOT_BOOT_PARAMS_SENTINEL);
	const uint16_t flag = pvhb_load16(c->params, PVHBOOT_BOOT_PARAMS_BOOT_FLAG);

	if (sentinel != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, sentinel, 0,
				 "a sentinel of 0: Linux clears fields where it is another");
	if (flag != PVHBOOT_BOOT_PARAMS_FLAG)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, flag, PVHBOOT_BOOT_PARAMS_FLAG,
				 "the boot_flag of a header");
}

/* Where it ends. */
static void check_end(struct pvhb_start_checking *c)
{
	const struct pvhb_at at = at_params(c);
	const uint16_t protocol = pvhb_load16(c->params, PVHBOOT_BOOT_PARAMS_VERSION);
	const uint32_t end =
		PVHBOOT_BOOT_PARAMS_MAGIC + pvhb_load8(c->params, PVHBOOT_BOOT_PARAMS_JUMP_OFFSET);

	if (end > PVHBOOT_BOOT_PARAMS_HEADER_MAX_END)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, end,
				 PVHBOOT_BOOT_PARAMS_HEADER_MAX_END,
				 "a header that ends where the next field begins");
	if (protocol < PROTOCOL_INIT_SIZE)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, at, protocol, PROTOCOL_INIT_SIZE,
				 "protocol 2.10 or later: it is not known where others end");
}

/* What the loader says of itself. */
static void check_loader(struct pvhb_start_checking *c)
{
	const struct pvhb_at at = at_params(c);
	const uint8_t type = pvhb_load8(c->params, PVHBOOT_BOOT_PARAMS_TYPE_OF_LOADER);
	const uint8_t flags = pvhb_load8(c->params, PVHBOOT_BOOT_PARAMS_LOADFLAGS);

	if (type == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at,
				       "a type_of_loader above 0: with 0 Linux takes no initrd");
	if ((flags & PVHBOOT_LOADFLAGS_LOADED_HIGH) == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at, "LOADED_HIGH in loadflags");
}

static void check_header(struct pvhb_start_checking *c)
{
	pvhb_start_place(c, at_params(c), c->start.gpa, c->params.size);
	check_marks(c);
	check_end(c);
	check_loader(c);
}

static void check_cmdline(struct pvhb_start_checking *c)
{
	const uint64_t gpa = pvhb_load_halves(c->params, PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR,
					      PVHBOOT_BOOT_PARAMS_EXT_CMD_LINE_PTR);
	const uint32_t max = pvhb_load32(c->params, PVHBOOT_BOOT_PARAMS_CMDLINE_SIZE);
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_CMDLINE, gpa);
	size_t length;

	if (gpa == 0) {
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at_params(c),
				       "a command line, if an empty one");
		return;
	}
	length = pvhb_start_check_text(c, at);
	if (max == 0) /* a header of a loader */
		pvhb_start_at_most(c, PVHB_GUEST_CMDLINE_SIZE, at, length);
	else if (length > max)
		found_linux(c, pvhb_in_bytes(at), length, max,
			    "a command line of at most cmdline_size bytes: Linux cuts it off "
			    "there");
}

/* A kernel that may be above 4 GiB takes an initrd from anywhere, whatever initrd_addr_max says:
 * there it has 2 GiB for the sake of old loaders. */
static void check_initrd(struct pvhb_start_checking *c)
{
	const uint64_t gpa = pvhb_load_halves(c->params, PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE,
					      PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE);
	const uint64_t size = pvhb_load_halves(c->params, PVHBOOT_BOOT_PARAMS_RAMDISK_SIZE,
					       PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_SIZE);
	const uint32_t max = pvhb_load32(c->params, PVHBOOT_BOOT_PARAMS_INITRD_ADDR_MAX);
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_MODULE, gpa);

	if (size == 0)
		return;
	if (gpa == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at, "an address above 0");
	else if (pvhb_start_place(c, at, gpa, size) && !c->may_be_high && max != 0 &&
		 gpa + size - 1 > max)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, gpa + size - 1, max,
				 "a last byte at initrd_addr_max or below");
}

static void check_files(struct pvhb_start_checking *c)
{
	check_cmdline(c);
	check_initrd(c);
}

bool pvhb_start_check_e820_entry(struct pvhb_start_checking *c, uint64_t gpa,
				 struct pvhboot_bytes entry)
{
	const struct pvhb_at at = pvhb_start_at_element(PVHBOOT_SUBJECT_MAP, c->start.n_map, gpa);

	if (c->start.n_map == PVHBOOT_START_CHECK_MAP) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, pvhb_in_count(at),
				 PVHBOOT_START_CHECK_MAP + 1, PVHBOOT_START_CHECK_MAP,
				 "no more map entries than are checked here");
		return false;
	}
	c->start.n_map++;
	pvhb_start_check_entry(c, at,
			       &(struct pvhboot_map_entry){ .gpa = pvhb_load64(entry, 0),
							    .size = pvhb_load64(entry, 8),
							    .type = pvhb_load32(entry, 16) });
	return true;
}

static void check_n_map(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t n)
{
	if (n < 2)
		found_linux(c, pvhb_in_count(at), n, 2,
			    "at least 2 entries in e820_table: Linux takes fewer for a mistake");
	if (n > PVHBOOT_BOOT_PARAMS_E820_MAX)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_count(at), n,
				 PVHBOOT_BOOT_PARAMS_E820_MAX, "at most 128 entries in e820_table");
}

static void check_table(struct pvhb_start_checking *c, struct pvhb_at at)
{
	const struct pvhboot_bytes params = c->params;
	const uint8_t n = pvhb_load8(params, PVHBOOT_BOOT_PARAMS_E820_ENTRIES);
	uint32_t offset = PVHBOOT_BOOT_PARAMS_E820_TABLE;
	uint32_t i;

	check_n_map(c, at, n);
	//@ loop invariant IS_AT_ENTRY(i); GROWS(loop invariant); loop assigns i, offset, GROWN;
	for (i = 0; i < n && i < PVHBOOT_BOOT_PARAMS_E820_MAX; i++) {
		pvhb_start_check_e820_entry(c, c->start.gpa + offset,
					    pvhb_slice(params, offset, PVHBOOT_E820_ENTRY_SIZE));
		offset += PVHBOOT_E820_ENTRY_SIZE;
	}
}

static void check_map(struct pvhb_start_checking *c)
{
	const struct pvhb_at at =
		pvhb_start_at(PVHBOOT_SUBJECT_MAP, c->start.gpa + PVHBOOT_BOOT_PARAMS_E820_TABLE);

	check_table(c, at);
	pvhb_start_check_entries(c, at, pvhb_start_check_setup_data(c));
}

/* False: it is none. */
static bool read_params(struct pvhb_start_checking *c)
{
	const struct pvhb_at at = at_params(c);
	const struct pvhboot_bytes params = { c->work->params, sizeof(c->work->params) };
	uint32_t magic;
	int result;

	if (!pvhb_memory_read(c->start.memory, c->start.gpa, c->work->params, params.size,
			      &result)) {
		pvhb_start_found_unreadable(c, at, params.size, result);
		return false;
	}
	magic = pvhb_load32(params, PVHBOOT_BOOT_PARAMS_MAGIC);
	if (magic != PVHBOOT_BOOT_PARAMS_HDRS) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, magic, PVHBOOT_BOOT_PARAMS_HDRS,
				 "the magic of a boot_params, 'HdrS'");
		return false;
	}
	c->params = params;
	c->may_be_high = (pvhb_load16(params, PVHBOOT_BOOT_PARAMS_XLOADFLAGS) &
			  PVHBOOT_XLOADFLAGS_ABOVE_4G) != 0;
	c->start.rsdp = pvhb_load64(params, PVHBOOT_BOOT_PARAMS_ACPI_RSDP);
	return true;
}

static void check_params(struct pvhb_start_checking *c)
{
	check_header(c);
	check_files(c);
	check_map(c);
	if (c->start.rsdp != 0) /* else Linux searches for it */
		pvhb_start_check_rsdp(c);
}

bool pvhb_start_check_boot_params(struct pvhb_start_checking *c)
{
	if (!read_params(c))
		return false;
	check_params(c);
	return true;
}

/* It is known by where its entry lies. start is where it was loaded, if it is one. */
static bool is_bzimage(struct pvhboot_bytes params, uint64_t start)
{
	const uint32_t align = pvhb_load32(params, PVHBOOT_BOOT_PARAMS_KERNEL_ALIGNMENT);
	const uint16_t protocol = pvhb_load16(params, PVHBOOT_BOOT_PARAMS_VERSION);

	return protocol >= PROTOCOL_INIT_SIZE && align >= PVHB_PAGE_SIZE &&
	       (start & (align - 1)) == 0;
}

/* A bzImage has init_size bytes to itself. Of a kernel that was unpacked by the host the size is
 * not known. */
void pvhb_start_keep_kernel(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const uint64_t start = cpu->rip - (cpu->is_64bit ? PVHBOOT_BZIMAGE_ENTRY_64 : 0);
	const uint32_t size = pvhb_load32(c->params, PVHBOOT_BOOT_PARAMS_INIT_SIZE);

	if (is_bzimage(c->params, start) && size != 0)
		pvhb_start_place(c, pvhb_start_at(PVHBOOT_SUBJECT_KERNEL, start), start, size);
	else
		pvhb_start_place(c, pvhb_start_at(PVHBOOT_SUBJECT_ENTRY, cpu->rip), cpu->rip, 1);
}
