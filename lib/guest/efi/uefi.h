/* SPDX-License-Identifier: MIT */
/*
 * What an EFI image sees of its firmware: types, numbers and tables.
 * Source: UEFI Specification 2.10; section numbers stand beside each.
 */
#ifndef EFI_UEFI_H
#define EFI_UEFI_H

#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))

/* Appendix D. */
typedef uint64_t efi_status;
#define EFI_ERROR(n) ((uint64_t)1 << 63 | (n))
#define EFI_SUCCESS ((efi_status)0)
#define EFI_LOAD_ERROR EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL EFI_ERROR(5)
#define EFI_NOT_READY EFI_ERROR(6)
#define EFI_OUT_OF_RESOURCES EFI_ERROR(9)
#define EFI_NOT_FOUND EFI_ERROR(14)
#define EFI_ACCESS_DENIED EFI_ERROR(15)
#define EFI_NO_MAPPING EFI_ERROR(17)

typedef void *efi_handle;
/* A service as a table holds it, whatever its arguments are. */
typedef void (*efi_service)(void);

struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

/* 7.2.1, EFI_MEMORY_TYPE. */
enum efi_memory_type {
	EFI_RESERVED = 0,
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_SERVICES_CODE = 3,
	EFI_BOOT_SERVICES_DATA = 4,
	EFI_RUNTIME_SERVICES_CODE = 5,
	EFI_RUNTIME_SERVICES_DATA = 6,
	EFI_CONVENTIONAL = 7,
	EFI_UNUSABLE = 8,
	EFI_ACPI_RECLAIM = 9,
	EFI_ACPI_NVS = 10,
	EFI_PERSISTENT = 14,
	EFI_FIRST_OEM_TYPE = 0x70000000
};

/* 7.2.3, EFI_MEMORY_DESCRIPTOR. */
#define EFI_MEMORY_ANY_CACHE ((uint64_t)0xf) /* UC, WC, WT, WB */
#define EFI_MEMORY_XP ((uint64_t)0x4000)
#define EFI_MEMORY_NV ((uint64_t)0x8000)
#define EFI_MEMORY_RO ((uint64_t)0x20000)
#define EFI_MEMORY_RUNTIME ((uint64_t)1 << 63)
#define EFI_DESCRIPTOR_VERSION 1

struct efi_memory_descriptor {
	uint32_t type;
	uint32_t padding;
	uint64_t physical;
	uint64_t virtual_address;
	uint64_t n_pages;
	uint64_t attribute;
	uint64_t reserved; /* so that nobody takes sizeof for the size of one */
};

/* 7.2.1, EFI_ALLOCATE_TYPE. */
enum { EFI_ALLOCATE_ANY = 0, EFI_ALLOCATE_MAX = 1, EFI_ALLOCATE_ADDRESS = 2 };

/* 4.2 */
struct efi_table_header {
	uint64_t signature;
	uint32_t revision;
	uint32_t size;
	uint32_t crc32;
	uint32_t reserved;
};
#define EFI_REVISION (2u << 16 | 70)

/* 4.4, by number. */
enum efi_boot_service {
	EFI_RAISE_TPL,
	EFI_RESTORE_TPL,
	EFI_ALLOCATE_PAGES,
	EFI_FREE_PAGES,
	EFI_GET_MEMORY_MAP,
	EFI_ALLOCATE_POOL,
	EFI_FREE_POOL,
	EFI_CREATE_EVENT,
	EFI_SET_TIMER,
	EFI_WAIT_FOR_EVENT,
	EFI_SIGNAL_EVENT,
	EFI_CLOSE_EVENT,
	EFI_CHECK_EVENT,
	EFI_INSTALL_PROTOCOL,
	EFI_REINSTALL_PROTOCOL,
	EFI_UNINSTALL_PROTOCOL,
	EFI_HANDLE_PROTOCOL,
	EFI_RESERVED_SERVICE,
	EFI_REGISTER_PROTOCOL_NOTIFY,
	EFI_LOCATE_HANDLE,
	EFI_LOCATE_DEVICE_PATH,
	EFI_INSTALL_CONFIGURATION_TABLE,
	EFI_LOAD_IMAGE,
	EFI_START_IMAGE,
	EFI_EXIT,
	EFI_UNLOAD_IMAGE,
	EFI_EXIT_BOOT_SERVICES,
	EFI_GET_NEXT_MONOTONIC_COUNT,
	EFI_STALL,
	EFI_SET_WATCHDOG_TIMER,
	EFI_CONNECT_CONTROLLER,
	EFI_DISCONNECT_CONTROLLER,
	EFI_OPEN_PROTOCOL,
	EFI_CLOSE_PROTOCOL,
	EFI_OPEN_PROTOCOL_INFORMATION,
	EFI_PROTOCOLS_PER_HANDLE,
	EFI_LOCATE_HANDLE_BUFFER,
	EFI_LOCATE_PROTOCOL,
	EFI_INSTALL_MULTIPLE_PROTOCOLS,
	EFI_UNINSTALL_MULTIPLE_PROTOCOLS,
	EFI_CALCULATE_CRC32,
	EFI_COPY_MEM,
	EFI_SET_MEM,
	EFI_CREATE_EVENT_EX,
	EFI_N_BOOT_SERVICES
};

struct efi_boot_services {
	struct efi_table_header header;
	efi_service at[EFI_N_BOOT_SERVICES];
};
#define EFI_BOOT_SERVICES_SIGNATURE 0x56524553544f4f42

/* 4.5, by number. */
enum efi_runtime_service {
	EFI_GET_TIME,
	EFI_SET_TIME,
	EFI_GET_WAKEUP_TIME,
	EFI_SET_WAKEUP_TIME,
	EFI_SET_VIRTUAL_ADDRESS_MAP,
	EFI_CONVERT_POINTER,
	EFI_GET_VARIABLE,
	EFI_GET_NEXT_VARIABLE_NAME,
	EFI_SET_VARIABLE,
	EFI_GET_NEXT_HIGH_MONOTONIC_COUNT,
	EFI_RESET_SYSTEM,
	EFI_UPDATE_CAPSULE,
	EFI_QUERY_CAPSULE_CAPABILITIES,
	EFI_QUERY_VARIABLE_INFO,
	EFI_N_RUNTIME_SERVICES
};

struct efi_runtime_services {
	struct efi_table_header header;
	efi_service at[EFI_N_RUNTIME_SERVICES];
};
#define EFI_RUNTIME_SERVICES_SIGNATURE 0x56524553544e5552

/* 8.5.1, EFI_RESET_TYPE. */
enum { EFI_RESET_COLD = 0, EFI_RESET_WARM = 1, EFI_RESET_SHUTDOWN = 2 };

/* 8.3.1 */
struct efi_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second, pad1;
	uint32_t nanosecond;
	int16_t zone;
	uint8_t daylight, pad2;
};

/* 4.6 */
struct efi_configuration_table {
	struct efi_guid guid;
	const void *table;
};

/* 4.3 */
struct efi_system_table {
	struct efi_table_header header;
	const uint16_t *firmware_vendor;
	uint32_t firmware_revision;
	uint32_t padding;
	efi_handle con_in_handle;
	void *con_in;
	efi_handle con_out_handle;
	void *con_out;
	efi_handle std_err_handle;
	void *std_err;
	struct efi_runtime_services *runtime;
	struct efi_boot_services *boot;
	uint64_t n_tables;
	struct efi_configuration_table *tables;
};
#define EFI_SYSTEM_TABLE_SIGNATURE 0x5453595320494249

/* 10.2: a node of a device path, all of them little-endian. */
struct efi_device_path {
	uint8_t type;
	uint8_t subtype;
	uint8_t length[2]; /* of the whole node */
};
enum { EFI_PATH_HARDWARE = 1, EFI_PATH_MEDIA = 4, EFI_PATH_END = 0x7f };
enum { EFI_PATH_HARDWARE_VENDOR = 4, EFI_PATH_MEDIA_VENDOR = 3, EFI_PATH_MEDIA_FILE = 4 };
#define EFI_PATH_END_ENTIRE 0xff

/* 9.1 */
struct efi_loaded_image {
	uint32_t revision;
	uint32_t padding;
	efi_handle parent;
	struct efi_system_table *system;
	efi_handle device;
	const struct efi_device_path *path;
	void *reserved;
	uint32_t options_size; /* bytes */
	uint32_t padding2;
	void *options;
	void *base;
	uint64_t size;
	uint32_t code_type;
	uint32_t data_type;
	efi_service unload;
};
#define EFI_LOADED_IMAGE_REVISION 0x1000u

/* 12.4 */
struct efi_text_output_mode {
	int32_t max_mode;
	int32_t mode;
	int32_t attribute;
	int32_t column;
	int32_t row;
	uint8_t cursor_visible;
};

#endif
