/* SPDX-License-Identifier: MIT */
/* What pvhboot check found, on standard output. */
#ifndef CHECK_PRINT_H
#define CHECK_PRINT_H

#include "dump.h"

#include <pvhboot/start.h>

/* More than there can be: each map entry and each module has a few at most. */
#define CHECK_MAX_FINDINGS 4096

/* Where the registers are from that were checked. */
enum check_registers {
	CHECK_REGISTERS_NONE,
	CHECK_REGISTERS_FILE,
	CHECK_REGISTERS_CORE,
};

struct checked {
	const char *path;
	const char *registers_path; /* NULL: not given */
	uint64_t base;
	uint64_t address; /* of the start_info; of the boot_params where is_linux */
	int is_linux;
	enum check_registers registers;
	struct dump dump;
	struct pvhboot_memory memory; /* the dump */
	struct pvhboot_start start;   /* all zero when it cannot be read. Of a boot_params memory
	                                 and cmdline alone */
	struct pvhboot_listed_module initrd; /* of a boot_params; of 0 bytes: none */
	struct pvhboot_start_report report;
	struct pvhboot_start_finding findings[CHECK_MAX_FINDINGS];
	uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	char text[PVHBOOT_START_CHECK_TEXT];
};

/* The text at gpa, until the next call; NULL when it is absent or cannot be read. */
const char *check_read_text(struct checked *checked, uint64_t gpa);

uint32_t check_n_modules(const struct checked *checked);

/* Returns 1, or 0 where module i cannot be read. */
int check_read_module(const struct checked *checked, uint32_t i, struct pvhboot_listed_module *out);

void check_print_json(struct checked *checked);
void check_print_text(struct checked *checked);

#endif
