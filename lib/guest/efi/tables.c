/* SPDX-License-Identifier: MIT */
/* The linker puts the data of this file into pages of their own: the kernel reads them later. */

#include "tables.h"

#include "../../base/env.h"
#include "boot.h"
#include "console.h"
#include "memory.h"
#include "runtime.h"
#include "variable.h"

#define MAX_TABLES 16

struct efi_runtime_services efi_runtime = {
	{ EFI_RUNTIME_SERVICES_SIGNATURE, EFI_REVISION, sizeof(efi_runtime), 0, 0 },
	{
		[EFI_GET_TIME] = (efi_service)efi_get_time,
		[EFI_SET_TIME] = (efi_service)efi_unsupported,
		[EFI_GET_WAKEUP_TIME] = (efi_service)efi_unsupported,
		[EFI_SET_WAKEUP_TIME] = (efi_service)efi_unsupported,
		[EFI_SET_VIRTUAL_ADDRESS_MAP] = (efi_service)efi_set_virtual_address_map,
		[EFI_CONVERT_POINTER] = (efi_service)efi_unsupported,
		[EFI_GET_VARIABLE] = (efi_service)efi_get_variable,
		[EFI_GET_NEXT_VARIABLE_NAME] = (efi_service)efi_get_next_variable_name,
		[EFI_SET_VARIABLE] = (efi_service)efi_set_variable,
		[EFI_GET_NEXT_HIGH_MONOTONIC_COUNT] = (efi_service)efi_unsupported,
		[EFI_RESET_SYSTEM] = (efi_service)efi_reset_system,
		[EFI_UPDATE_CAPSULE] = (efi_service)efi_unsupported,
		[EFI_QUERY_CAPSULE_CAPABILITIES] = (efi_service)efi_unsupported,
		[EFI_QUERY_VARIABLE_INFO] = (efi_service)efi_query_variable_info,
	},
};
static struct efi_configuration_table tables[MAX_TABLES];
static uint16_t vendor[] = { 'p', 'v', 'h', 'b', 'o', 'o', 't', 0 };

struct efi_system_table efi_system = {
	.header = { EFI_SYSTEM_TABLE_SIGNATURE, EFI_REVISION, sizeof(efi_system), 0, 0 },
	.firmware_vendor = vendor,
	.firmware_revision = 1,
	.runtime = &efi_runtime,
	.boot = &efi_boot,
	.con_in = &console_input,
	.con_out = &console_output,
	.std_err = &console_output,
	.tables = tables,
};

/* 4.6.2 */
static struct {
	uint16_t version;
	uint16_t length;
	uint32_t services;
} rt_properties = { 1, 8, 0 };

/* 4.6.3: what runs later is code that nobody writes, and data that nobody runs. */
static struct {
	uint32_t version;
	uint32_t n;
	uint32_t descriptor_size;
	uint32_t flags;
	struct efi_memory_descriptor at[2];
} memory_attributes = {
	1,
	2,
	sizeof(struct efi_memory_descriptor),
	0,
	{ { .type = EFI_RUNTIME_SERVICES_CODE,
	    .physical = (uintptr_t)efi_runtime_code,
	    .n_pages = 1,
	    .attribute = EFI_MEMORY_RUNTIME | EFI_MEMORY_RO },
	  { .type = EFI_RUNTIME_SERVICES_DATA,
	    .physical = (uintptr_t)efi_runtime_data,
	    .n_pages = 1,
	    .attribute = EFI_MEMORY_RUNTIME | EFI_MEMORY_XP } },
};

static const struct efi_guid acpi_2_guid = {
	0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 }
};
static const struct efi_guid acpi_1_guid = {
	0xeb9d2d30, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }
};
static const struct efi_guid smbios_guid = {
	0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }
};
static const struct efi_guid smbios_3_guid = {
	0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 }
};
static const struct efi_guid rt_properties_guid = {
	0xeb66918a, 0x7eef, 0x402a, { 0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 }
};
static const struct efi_guid memory_attributes_guid = {
	0xdcfa911d, 0x26eb, 0x469f, { 0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20 }
};

#define RSDP_REVISION 15 /* ACPI 6.5, 5.2.5.3 */

uint32_t efi_crc32(const void *data, size_t size)
{
	const uint8_t *at = data;
	uint32_t crc = UINT32_MAX;
	int bit;

	for (; size != 0; size--, at++) {
		crc ^= *at;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
	}
	return ~crc;
}

void efi_table_finish(struct efi_table_header *header)
{
	header->crc32 = 0;
	header->crc32 = efi_crc32(header, header->size);
}

/* A table that is there is replaced, or taken out by NULL. */
EFIAPI efi_status efi_install_configuration_table(const struct efi_guid *guid, const void *table)
{
	uint64_t i = 0;

	if (guid == NULL)
		return EFI_INVALID_PARAMETER;
	while (i < efi_system.n_tables && memcmp(&tables[i].guid, guid, sizeof(*guid)) != 0)
		i++;
	if (i == efi_system.n_tables) {
		if (table == NULL)
			return EFI_NOT_FOUND;
		if (i == MAX_TABLES)
			return EFI_OUT_OF_RESOURCES;
		efi_system.n_tables++;
	}
	tables[i] = (struct efi_configuration_table){ *guid, table };
	if (table == NULL)
		tables[i] = tables[--efi_system.n_tables];
	efi_table_finish(&efi_system.header);
	return EFI_SUCCESS;
}

/* Which of its two entry points it is (DMTF DSP0134, 5.2). */
static void add_smbios(const void *smbios)
{
	if (memcmp(smbios, "_SM3_", 5) == 0)
		(void)efi_install_configuration_table(&smbios_3_guid, smbios);
	else if (memcmp(smbios, "_SM_", 4) == 0)
		(void)efi_install_configuration_table(&smbios_guid, smbios);
	else
		console_print("expected the entry point of SMBIOS at %x",
			      (uint64_t)(uintptr_t)smbios);
}

void efi_tables_setup(const void *rsdp, const void *smbios, uint32_t runtime_services)
{
	rt_properties.services = runtime_services;
	efi_table_finish(&efi_boot.header);
	efi_table_finish(&efi_runtime.header);
	(void)efi_install_configuration_table(&rt_properties_guid, &rt_properties);
	(void)efi_install_configuration_table(&memory_attributes_guid, &memory_attributes);
	if (rsdp != NULL)
		(void)efi_install_configuration_table(
			((const uint8_t *)rsdp)[RSDP_REVISION] >= 2 ? &acpi_2_guid : &acpi_1_guid,
			rsdp);
	if (smbios != NULL)
		add_smbios(smbios);
}

void efi_tables_leave(void)
{
	efi_system.con_in_handle = efi_system.con_out_handle = efi_system.std_err_handle = NULL;
	efi_system.con_in = efi_system.con_out = efi_system.std_err = NULL;
	efi_system.boot = NULL;
	efi_table_finish(&efi_system.header);
	efi_runtime.at[EFI_GET_VARIABLE] = efi_runtime.at[EFI_GET_NEXT_VARIABLE_NAME] =
		efi_runtime.at[EFI_SET_VARIABLE] = efi_runtime.at[EFI_QUERY_VARIABLE_INFO] =
			(efi_service)efi_unsupported;
	efi_table_finish(&efi_runtime.header);
}
