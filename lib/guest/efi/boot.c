/* SPDX-License-Identifier: MIT */
/* Which function is which boot service, and those that are a few lines. What calls each was seen
 * with Linux 6.1 and 6.12, systemd's stub 252 and Xen 4.17. */

#include "boot.h"

#include "../../base/env.h"
#include "console.h"
#include "device_path.h"
#include "handle.h"
#include "image.h"
#include "memory.h"
#include "port.h"
#include "runtime.h"
#include "tables.h"

#define DELAY_PORT 0x80u /* that nobody listens to: an access takes about a microsecond */

static EFIAPI efi_status not_found(void)
{
	return EFI_NOT_FOUND;
}

static EFIAPI efi_status success(void)
{
	return EFI_SUCCESS;
}

/* There is one priority: TPL_APPLICATION. */
static EFIAPI uint64_t raise_tpl(void)
{
	return 4;
}

/* Linux 5 to 6 times, after a map that has changed in between. */
static EFIAPI efi_status exit_boot_services(efi_handle image, uint64_t key)
{
	if (efi_handle_find(image, &efi_loaded_image_guid, NULL) != EFI_SUCCESS ||
	    key != efi_memory.key)
		return EFI_INVALID_PARAMETER;
	console_log("boot services end");
	efi_tables_leave();
	return EFI_SUCCESS;
}

static EFIAPI efi_status next_count(uint64_t *count)
{
	static uint64_t last;

	if (count == NULL)
		return EFI_INVALID_PARAMETER;
	*count = ++last;
	return EFI_SUCCESS;
}

static EFIAPI efi_status stall(uint64_t microseconds)
{
	while (microseconds-- != 0)
		port_write8(DELAY_PORT, 0);
	return EFI_SUCCESS;
}

static EFIAPI efi_status calculate_crc32(const void *data, uint64_t size, uint32_t *crc)
{
	if (data == NULL || size == 0 || crc == NULL)
		return EFI_INVALID_PARAMETER;
	*crc = efi_crc32(data, size);
	return EFI_SUCCESS;
}

static EFIAPI void copy_mem(void *to, const void *from, uint64_t size)
{
	memmove(to, from, size);
}

static EFIAPI void set_mem(void *to, uint64_t size, uint8_t value)
{
	memset(to, value, size);
}

struct efi_boot_services efi_boot = {
	{ EFI_BOOT_SERVICES_SIGNATURE, EFI_REVISION, sizeof(efi_boot), 0, 0 },
	{
		[EFI_RAISE_TPL] = (efi_service)raise_tpl,
		[EFI_RESTORE_TPL] = (efi_service)success,
		[EFI_ALLOCATE_PAGES] = (efi_service)efi_allocate_pages,
		[EFI_FREE_PAGES] = (efi_service)efi_free_pages,
		[EFI_GET_MEMORY_MAP] = (efi_service)efi_get_memory_map,
		[EFI_ALLOCATE_POOL] = (efi_service)efi_allocate_pool,
		[EFI_FREE_POOL] = (efi_service)efi_free_pool,
		[EFI_CREATE_EVENT] = (efi_service)efi_unsupported,
		[EFI_SET_TIMER] = (efi_service)efi_unsupported,
		[EFI_WAIT_FOR_EVENT] = (efi_service)efi_unsupported,
		[EFI_SIGNAL_EVENT] = (efi_service)efi_unsupported,
		[EFI_CLOSE_EVENT] = (efi_service)efi_unsupported,
		[EFI_CHECK_EVENT] = (efi_service)efi_unsupported,
		[EFI_INSTALL_PROTOCOL] = (efi_service)efi_install_protocol,
		[EFI_REINSTALL_PROTOCOL] = (efi_service)efi_reinstall_protocol,
		[EFI_UNINSTALL_PROTOCOL] = (efi_service)efi_uninstall_protocol,
		[EFI_HANDLE_PROTOCOL] = (efi_service)efi_handle_protocol,
		[EFI_RESERVED_SERVICE] = (efi_service)efi_unsupported,
		[EFI_REGISTER_PROTOCOL_NOTIFY] = (efi_service)efi_unsupported,
		[EFI_LOCATE_HANDLE] = (efi_service)efi_locate_handle,
		[EFI_LOCATE_DEVICE_PATH] = (efi_service)efi_locate_device_path,
		[EFI_INSTALL_CONFIGURATION_TABLE] = (efi_service)efi_install_configuration_table,
		[EFI_LOAD_IMAGE] = (efi_service)efi_load_image,
		[EFI_START_IMAGE] = (efi_service)efi_start_image,
		[EFI_EXIT] = (efi_service)efi_exit,
		[EFI_UNLOAD_IMAGE] = (efi_service)efi_unload_image,
		[EFI_EXIT_BOOT_SERVICES] = (efi_service)exit_boot_services,
		[EFI_GET_NEXT_MONOTONIC_COUNT] = (efi_service)next_count,
		[EFI_STALL] = (efi_service)stall,
		[EFI_SET_WATCHDOG_TIMER] = (efi_service)success,
		[EFI_CONNECT_CONTROLLER] = (efi_service)not_found,
		[EFI_DISCONNECT_CONTROLLER] = (efi_service)success,
		[EFI_OPEN_PROTOCOL] = (efi_service)efi_open_protocol,
		[EFI_CLOSE_PROTOCOL] = (efi_service)efi_close_protocol,
		[EFI_OPEN_PROTOCOL_INFORMATION] = (efi_service)efi_unsupported,
		[EFI_PROTOCOLS_PER_HANDLE] = (efi_service)efi_unsupported,
		[EFI_LOCATE_HANDLE_BUFFER] = (efi_service)efi_locate_handle_buffer,
		[EFI_LOCATE_PROTOCOL] = (efi_service)efi_locate_protocol,
		[EFI_INSTALL_MULTIPLE_PROTOCOLS] = (efi_service)efi_install_multiple_protocols,
		[EFI_UNINSTALL_MULTIPLE_PROTOCOLS] = (efi_service)efi_uninstall_multiple_protocols,
		[EFI_CALCULATE_CRC32] = (efi_service)calculate_crc32,
		[EFI_COPY_MEM] = (efi_service)copy_mem,
		[EFI_SET_MEM] = (efi_service)set_mem,
		[EFI_CREATE_EVENT_EX] = (efi_service)efi_unsupported,
	},
};
