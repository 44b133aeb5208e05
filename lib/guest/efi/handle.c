/* SPDX-License-Identifier: MIT */
/* One table has a row for each protocol of each handle. A handle is a number that was none before,
 * so that one that is gone stays so. */

#include "handle.h"

#include <stdbool.h>

#include "../../base/env.h"
#include "console.h"
#include "device_path.h"
#include "memory.h"

#define MAX_ROWS 64

enum { ALL_HANDLES = 0, BY_PROTOCOL = 2 }; /* EFI_LOCATE_SEARCH_TYPE, 7.3.9 */
#define TEST_PROTOCOL 4u                   /* EFI_OPEN_PROTOCOL_TEST_PROTOCOL, 7.3.10 */

struct row {
	efi_handle handle;
	struct efi_guid protocol;
	void *interface;
};

static struct row rows[MAX_ROWS];
static uint32_t n_rows;
static uintptr_t last_handle;

const struct efi_guid efi_device_path_guid = {
	0x09576e91, 0x6d3f, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
const struct efi_guid efi_loaded_image_guid = {
	0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
const struct efi_guid efi_loaded_image_path_guid = {
	0xbc62157e, 0x3e33, 0x4fec, { 0x99, 0x20, 0x2d, 0x3b, 0x36, 0xd7, 0x50, 0xdf }
};
const struct efi_guid efi_load_file2_guid = {
	0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d }
};
const struct efi_guid efi_file_system_guid = {
	0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
const struct efi_guid efi_rng_guid = {
	0x3152bca5, 0xeade, 0x433d, { 0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44 }
};

/* The first row from one on of a handle, or of all where that is NULL, and a protocol, or of all
 * where that is NULL. NULL: there is none. */
static struct row *next_row(struct row *row, efi_handle handle, const struct efi_guid *protocol)
{
	for (; row != rows + n_rows; row++) {
		if ((handle == NULL || row->handle == handle) &&
		    (protocol == NULL || memcmp(&row->protocol, protocol, sizeof(*protocol)) == 0))
			return row;
	}
	return NULL;
}

efi_status efi_handle_install(efi_handle *handle, const struct efi_guid *protocol, void *interface)
{
	if (*handle != NULL &&
	    (next_row(rows, *handle, NULL) == NULL || next_row(rows, *handle, protocol) != NULL))
		return EFI_INVALID_PARAMETER;
	if (n_rows == MAX_ROWS)
		return EFI_OUT_OF_RESOURCES;
	if (*handle == NULL)
		*handle = (efi_handle)++last_handle;
	rows[n_rows++] = (struct row){ *handle, *protocol, interface };
	return EFI_SUCCESS;
}

/* The row of a protocol with this interface. */
static efi_status find(efi_handle handle, const struct efi_guid *protocol, const void *interface,
		       struct row **out)
{
	if (handle == NULL || protocol == NULL)
		return EFI_INVALID_PARAMETER;
	*out = next_row(rows, handle, protocol);
	return *out != NULL && (*out)->interface == interface ? EFI_SUCCESS : EFI_NOT_FOUND;
}

efi_status efi_handle_uninstall(efi_handle handle, const struct efi_guid *protocol,
				const void *interface)
{
	struct row *row;
	efi_status status = find(handle, protocol, interface, &row);

	if (status == EFI_SUCCESS)
		*row = rows[--n_rows];
	return status;
}

/* What an image asks for in vain is worth a line. */
static struct row *look_up(efi_handle handle, const struct efi_guid *protocol)
{
	struct row *row = next_row(rows, handle, protocol);

	if (row == NULL)
		console_log("there is no protocol %g", protocol);
	return row;
}

efi_status efi_handle_find(efi_handle handle, const struct efi_guid *protocol, void **interface)
{
	const struct row *row;

	if (handle == NULL || protocol == NULL)
		return EFI_INVALID_PARAMETER;
	row = look_up(handle, protocol);
	if (interface != NULL)
		*interface = row != NULL ? row->interface : NULL;
	return row != NULL ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

/* ---- Services -------------------------------------------------------------------- */

EFIAPI efi_status efi_install_protocol(efi_handle *handle, const struct efi_guid *protocol,
				       uint32_t type, void *interface)
{
	if (handle == NULL || protocol == NULL || type != 0) /* EFI_NATIVE_INTERFACE alone */
		return EFI_INVALID_PARAMETER;
	return efi_handle_install(handle, protocol, interface);
}

EFIAPI efi_status efi_reinstall_protocol(efi_handle handle, const struct efi_guid *protocol,
					 void *old, void *new)
{
	struct row *row;
	efi_status status = find(handle, protocol, old, &row);

	if (status == EFI_SUCCESS)
		row->interface = new;
	return status;
}

EFIAPI efi_status efi_uninstall_protocol(efi_handle handle, const struct efi_guid *protocol,
					 void *interface)
{
	return efi_handle_uninstall(handle, protocol, interface);
}

/* Takes the first n out. */
static void take_back(efi_handle handle, __builtin_ms_va_list pairs, int n)
{
	while (n-- != 0) {
		const struct efi_guid *protocol = __builtin_va_arg(pairs, const struct efi_guid *);

		(void)efi_handle_uninstall(handle, protocol, __builtin_va_arg(pairs, void *));
	}
}

EFIAPI efi_status efi_install_multiple_protocols(efi_handle *handle, ...)
{
	const struct efi_guid *protocol;
	efi_status status = EFI_SUCCESS;
	__builtin_ms_va_list pairs, again;
	efi_handle before;
	int n = 0;

	if (handle == NULL)
		return EFI_INVALID_PARAMETER;
	before = *handle;
	__builtin_ms_va_start(pairs, handle);
	__builtin_ms_va_copy(again, pairs);
	while (status == EFI_SUCCESS &&
	       (protocol = __builtin_va_arg(pairs, const struct efi_guid *)) != NULL) {
		status = efi_handle_install(handle, protocol, __builtin_va_arg(pairs, void *));
		n++;
	}
	if (status != EFI_SUCCESS) {
		take_back(*handle, again, n - 1);
		*handle = before;
	}
	__builtin_ms_va_end(again);
	__builtin_ms_va_end(pairs);
	return status;
}

/* All of them or none. */
EFIAPI efi_status efi_uninstall_multiple_protocols(efi_handle handle, ...)
{
	const struct efi_guid *protocol;
	efi_status status = EFI_SUCCESS;
	__builtin_ms_va_list pairs, again;
	struct row *row;
	int n = 0;

	__builtin_ms_va_start(pairs, handle);
	__builtin_ms_va_copy(again, pairs);
	for (; (protocol = __builtin_va_arg(pairs, const struct efi_guid *)) != NULL; n++) {
		if (find(handle, protocol, __builtin_va_arg(pairs, void *), &row) != EFI_SUCCESS)
			status = EFI_INVALID_PARAMETER;
	}
	if (status == EFI_SUCCESS)
		take_back(handle, again, n);
	__builtin_ms_va_end(again);
	__builtin_ms_va_end(pairs);
	return status;
}

EFIAPI efi_status efi_handle_protocol(efi_handle handle, const struct efi_guid *protocol,
				      void **interface)
{
	return interface != NULL ? efi_handle_find(handle, protocol, interface) :
				   EFI_INVALID_PARAMETER;
}

/* Nobody is told who has it open: no driver is ever stopped. */
EFIAPI efi_status efi_open_protocol(efi_handle handle, const struct efi_guid *protocol,
				    void **interface, efi_handle agent, efi_handle controller,
				    uint32_t attributes)
{
	(void)agent;
	(void)controller;
	if (interface == NULL && attributes != TEST_PROTOCOL)
		return EFI_INVALID_PARAMETER;
	return efi_handle_find(handle, protocol, attributes != TEST_PROTOCOL ? interface : NULL);
}

EFIAPI efi_status efi_close_protocol(efi_handle handle, const struct efi_guid *protocol,
				     efi_handle agent, efi_handle controller)
{
	(void)controller;
	if (handle == NULL || protocol == NULL || agent == NULL)
		return EFI_INVALID_PARAMETER;
	return next_row(rows, handle, protocol) != NULL ? EFI_SUCCESS : EFI_NOT_FOUND;
}

EFIAPI efi_status efi_locate_protocol(const struct efi_guid *protocol, void *registration,
				      void **interface)
{
	const struct row *row;

	(void)registration;
	if (protocol == NULL || interface == NULL)
		return EFI_INVALID_PARAMETER;
	row = look_up(NULL, protocol);
	*interface = row != NULL ? row->interface : NULL;
	return row != NULL ? EFI_SUCCESS : EFI_NOT_FOUND;
}

EFIAPI efi_status efi_locate_handle(uint32_t search, const struct efi_guid *protocol, void *key,
				    uint64_t *size, efi_handle *buffer)
{
	uint64_t room, n = 0;
	struct row *row = rows;

	(void)key;
	if (size == NULL || (search == BY_PROTOCOL ? protocol == NULL : search != ALL_HANDLES))
		return EFI_INVALID_PARAMETER;
	if (search == ALL_HANDLES)
		protocol = NULL;
	room = buffer != NULL ? *size / sizeof(efi_handle) : 0;
	for (; (row = next_row(row, NULL, protocol)) != NULL; row++) {
		/* once each */
		if (next_row(rows, row->handle, protocol) != row)
			continue;
		if (n < room)
			buffer[n] = row->handle;
		n++;
	}
	if (n == 0)
		return EFI_NOT_FOUND;
	if (buffer == NULL && *size / sizeof(efi_handle) >= n)
		return EFI_INVALID_PARAMETER;
	*size = n * sizeof(efi_handle);
	return n > room ? EFI_BUFFER_TOO_SMALL : EFI_SUCCESS;
}

EFIAPI efi_status efi_locate_handle_buffer(uint32_t search, const struct efi_guid *protocol,
					   void *key, uint64_t *n, efi_handle **buffer)
{
	uint64_t size = 0;
	efi_status status;

	if (n == NULL || buffer == NULL)
		return EFI_INVALID_PARAMETER;
	*n = 0;
	*buffer = NULL;
	status = efi_locate_handle(search, protocol, key, &size, NULL);
	if (status != EFI_BUFFER_TOO_SMALL)
		return status;
	status = efi_allocate_pool(EFI_BOOT_SERVICES_DATA, size, (void **)buffer);
	if (status != EFI_SUCCESS)
		return status;
	*n = size / sizeof(efi_handle);
	return efi_locate_handle(search, protocol, key, &size, *buffer);
}

/* Of the handles with the protocol, the one whose device path is the longest beginning of the
 * path; which goes on behind it then. */
EFIAPI efi_status efi_locate_device_path(const struct efi_guid *protocol,
					 const struct efi_device_path **path, efi_handle *device)
{
	const struct efi_device_path *best = NULL;
	struct row *row = rows;

	if (protocol == NULL || path == NULL || *path == NULL || device == NULL)
		return EFI_INVALID_PARAMETER;
	for (; (row = next_row(row, NULL, &efi_device_path_guid)) != NULL; row++) {
		const struct efi_device_path *rest = efi_path_behind(*path, row->interface);

		if (rest != NULL && (best == NULL || rest > best) &&
		    next_row(rows, row->handle, protocol) != NULL) {
			best = rest;
			*device = row->handle;
		}
	}
	if (best == NULL)
		return EFI_NOT_FOUND;
	*path = best;
	return EFI_SUCCESS;
}
