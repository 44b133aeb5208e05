/* SPDX-License-Identifier: MIT */
/* One table has a row for each protocol of each handle. A handle is the address of a counter. */

#include "handle.h"

#include <stdbool.h>

#include "../../base/env.h"
#include "console.h"
#include "device_path.h"
#include "memory.h"

#define MAX_ROWS 64
#define MAX_HANDLES 32

enum { ALL_HANDLES = 0, BY_PROTOCOL = 2 }; /* EFI_LOCATE_SEARCH_TYPE, 7.3.9 */

struct row {
	uint32_t *handle; /* NULL: the row is free */
	struct efi_guid protocol;
	void *interface;
};

static struct row rows[MAX_ROWS];
static uint32_t n_protocols[MAX_HANDLES]; /* of each handle; 0: it is free */

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

/* The counter of a handle that an image gave; NULL: it is none. */
static uint32_t *counter_of(efi_handle handle)
{
	int i;

	for (i = 0; i < MAX_HANDLES; i++) {
		if (handle == &n_protocols[i] && n_protocols[i] != 0)
			return &n_protocols[i];
	}
	return NULL;
}

static struct row *row_of(efi_handle handle, const struct efi_guid *protocol)
{
	int i;

	for (i = 0; i < MAX_ROWS; i++) {
		if (rows[i].handle == handle && handle != NULL &&
		    memcmp(&rows[i].protocol, protocol, sizeof(*protocol)) == 0)
			return &rows[i];
	}
	return NULL;
}

static uint32_t *free_counter(void)
{
	int i;

	for (i = 0; i < MAX_HANDLES; i++) {
		if (n_protocols[i] == 0)
			return &n_protocols[i];
	}
	return NULL;
}

static struct row *free_row(void)
{
	int i;

	for (i = 0; i < MAX_ROWS; i++) {
		if (rows[i].handle == NULL)
			return &rows[i];
	}
	return NULL;
}

efi_status efi_handle_install(efi_handle *handle, const struct efi_guid *protocol, void *interface)
{
	uint32_t *counter = *handle == NULL ? free_counter() : counter_of(*handle);
	struct row *row = free_row();

	if (*handle != NULL && (counter == NULL || row_of(*handle, protocol) != NULL))
		return EFI_INVALID_PARAMETER;
	if (counter == NULL || row == NULL)
		return EFI_OUT_OF_RESOURCES;
	*row = (struct row){ counter, *protocol, interface };
	*counter += 1;
	*handle = counter;
	return EFI_SUCCESS;
}

efi_status efi_handle_uninstall(efi_handle handle, const struct efi_guid *protocol,
				const void *interface)
{
	struct row *row = row_of(handle, protocol);

	if (row == NULL || row->interface != interface)
		return EFI_NOT_FOUND;
	*row->handle -= 1;
	row->handle = NULL;
	return EFI_SUCCESS;
}

efi_status efi_handle_find(efi_handle handle, const struct efi_guid *protocol, void **interface)
{
	const struct row *row = row_of(handle, protocol);

	if (interface != NULL)
		*interface = row != NULL ? row->interface : NULL;
	if (row != NULL)
		return EFI_SUCCESS;
	console_log("a protocol that is not there: %g", protocol);
	return EFI_UNSUPPORTED;
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
	struct row *row = row_of(handle, protocol);

	if (row == NULL || row->interface != old)
		return EFI_NOT_FOUND;
	row->interface = new;
	return EFI_SUCCESS;
}

EFIAPI efi_status efi_uninstall_protocol(efi_handle handle, const struct efi_guid *protocol,
					 void *interface)
{
	return efi_handle_uninstall(handle, protocol, interface);
}

/* Takes back the first n that were installed. */
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
	efi_handle before = *handle;
	int n = 0;

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

EFIAPI efi_status efi_uninstall_multiple_protocols(efi_handle handle, ...)
{
	const struct efi_guid *protocol;
	efi_status status = EFI_SUCCESS;
	__builtin_ms_va_list pairs;

	__builtin_ms_va_start(pairs, handle);
	while ((protocol = __builtin_va_arg(pairs, const struct efi_guid *)) != NULL) {
		if (efi_handle_uninstall(handle, protocol, __builtin_va_arg(pairs, void *)) !=
		    EFI_SUCCESS)
			status = EFI_INVALID_PARAMETER;
	}
	__builtin_ms_va_end(pairs);
	return status;
}

EFIAPI efi_status efi_handle_protocol(efi_handle handle, const struct efi_guid *protocol,
				      void **interface)
{
	return efi_handle_find(handle, protocol, interface);
}

/* Nobody is told who has it open: no driver is ever stopped. */
EFIAPI efi_status efi_open_protocol(efi_handle handle, const struct efi_guid *protocol,
				    void **interface, efi_handle agent, efi_handle controller,
				    uint32_t attributes)
{
	(void)agent;
	(void)controller;
	(void)attributes;
	return efi_handle_find(handle, protocol, interface);
}

EFIAPI efi_status efi_close_protocol(efi_handle handle, const struct efi_guid *protocol,
				     efi_handle agent, efi_handle controller)
{
	(void)agent;
	(void)controller;
	return row_of(handle, protocol) != NULL ? EFI_SUCCESS : EFI_NOT_FOUND;
}

EFIAPI efi_status efi_locate_protocol(const struct efi_guid *protocol, void *registration,
				      void **interface)
{
	int i;

	if (protocol == NULL || interface == NULL)
		return EFI_INVALID_PARAMETER;
	(void)registration;
	*interface = NULL;
	for (i = 0; i < MAX_ROWS; i++) {
		if (rows[i].handle != NULL &&
		    memcmp(&rows[i].protocol, protocol, sizeof(*protocol)) == 0) {
			*interface = rows[i].interface;
			return EFI_SUCCESS;
		}
	}
	console_log("a protocol that nobody has: %g", protocol);
	return EFI_NOT_FOUND;
}

/* How many handles there are; those for which there is room go to out. */
static uint64_t collect(uint32_t search, const struct efi_guid *protocol, efi_handle *out,
			uint64_t room)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < MAX_HANDLES; i++) {
		if (n_protocols[i] == 0 ||
		    (search == BY_PROTOCOL && row_of(&n_protocols[i], protocol) == NULL))
			continue;
		if (n < room)
			out[n] = &n_protocols[i];
		n++;
	}
	return n;
}

EFIAPI efi_status efi_locate_handle(uint32_t search, const struct efi_guid *protocol, void *key,
				    uint64_t *size, efi_handle *buffer)
{
	uint64_t room, n;

	(void)key;
	if (size == NULL || (search == BY_PROTOCOL ? protocol == NULL : search != ALL_HANDLES))
		return EFI_INVALID_PARAMETER;
	room = buffer != NULL ? *size / sizeof(efi_handle) : 0;
	n = collect(search, protocol, buffer, room);
	if (n == 0)
		return EFI_NOT_FOUND;
	*size = n * sizeof(efi_handle);
	return n > room ? EFI_BUFFER_TOO_SMALL : EFI_SUCCESS;
}

EFIAPI efi_status efi_locate_handle_buffer(uint32_t search, const struct efi_guid *protocol,
					   void *key, uint64_t *n, efi_handle **buffer)
{
	uint64_t size = MAX_HANDLES * sizeof(efi_handle);
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
	int i;

	if (protocol == NULL || path == NULL || *path == NULL || device == NULL)
		return EFI_INVALID_PARAMETER;
	for (i = 0; i < MAX_HANDLES; i++) {
		const struct row *row = row_of(&n_protocols[i], &efi_device_path_guid);
		const struct efi_device_path *rest;

		if (row == NULL || row_of(&n_protocols[i], protocol) == NULL)
			continue;
		rest = efi_path_behind(*path, row->interface);
		if (rest != NULL && (best == NULL || rest > best)) {
			best = rest;
			*device = &n_protocols[i];
		}
	}
	if (best == NULL)
		return EFI_NOT_FOUND;
	*path = best;
	return EFI_SUCCESS;
}
