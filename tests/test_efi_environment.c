/* SPDX-License-Identifier: MIT */
/* The environment that libpvhboot-efi has, as the library sees it. */

#include <pvhboot/boot.h>
#include <pvhboot/efi.h>

#include "support/blob.h"
#include "support/expect.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GPA (8 * MIB)

START_TEST(is_a_kernel)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag = { 0 };

	expect_status("environment",
		      pvhboot_kernel_open(pvhboot_efi_environment, 0, &kernel, &diag), PVHBOOT_OK);
	expect_success("environment", &diag, 0);
	expect_eq("environment", kernel.machine, 62);
	expect_eq("environment", kernel.start, GPA);
	expect_true("environment", kernel.end <= GPA + MIB / 2);
	expect_true("environment", pvhboot_efi_environment.size <= 64 << 10);
}
END_TEST

/* In as little memory as it asks for. */
START_TEST(is_booted)
{
	const struct pe_section code = { ".text", pvhboot_text("any code") };
	const struct pvhboot_map_entry ram = { MIB, GPA, PVHBOOT_MAP_RAM, 0 };
	const struct pvhboot_request request = {
		.map = &ram, .n_map = 1, .entry = PVHBOOT_ENTRY_EFI, .efi = pvhboot_efi_environment
	};
	struct pvhboot_prepared prepared;
	struct pvhboot_diag diag = { 0 };
	struct blob file = { 0 };

	pe_build(&file, &code, 1);
	expect_status("boot",
		      pvhboot_prepare(blob_view(&file), &request, NULL, NULL, &prepared, &diag),
		      PVHBOOT_OK);
	expect_success("boot", &diag, 0);
	expect_eq("boot", prepared.plan.entry_kind, PVHBOOT_ENTRY_EFI);
	expect_eq("boot", prepared.plan.entry, prepared.kernel.entry);
	pvhboot_prepared_release(&prepared);
	blob_free(&file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("efi_environment");
	TCase *tcase = suite_case(suite, "efi_environment");

	tcase_add_test(tcase, is_a_kernel);
	tcase_add_test(tcase, is_booted);
	return suite_run(suite);
}
