/* SPDX-License-Identifier: MIT */
/* Handles and their protocols (UEFI 2.10, 7.3). */
#ifndef EFI_HANDLE_H
#define EFI_HANDLE_H

#include "uefi.h"

extern const struct efi_guid efi_device_path_guid;
extern const struct efi_guid efi_loaded_image_guid;
extern const struct efi_guid efi_loaded_image_path_guid;
extern const struct efi_guid efi_load_file2_guid;
extern const struct efi_guid efi_file_system_guid;
extern const struct efi_guid efi_rng_guid;

/* Adds a protocol to a handle; to a new one where *handle is NULL. INVALID_PARAMETER: the handle
 * has it, or is none; OUT_OF_RESOURCES: there is no room. */
efi_status efi_handle_install(efi_handle *handle, const struct efi_guid *protocol, void *interface);

/* NOT_FOUND: it does not have it. A handle without protocols is none any more. */
efi_status efi_handle_uninstall(efi_handle handle, const struct efi_guid *protocol,
				const void *interface);

/* The interface of a handle's protocol, in *interface where that is not NULL. */
efi_status efi_handle_find(efi_handle handle, const struct efi_guid *protocol, void **interface);

/* Services of images. */
EFIAPI efi_status efi_install_protocol(efi_handle *handle, const struct efi_guid *protocol,
				       uint32_t type, void *interface);
EFIAPI efi_status efi_reinstall_protocol(efi_handle handle, const struct efi_guid *protocol,
					 void *old, void *new);
EFIAPI efi_status efi_uninstall_protocol(efi_handle handle, const struct efi_guid *protocol,
					 void *interface);
EFIAPI efi_status efi_install_multiple_protocols(efi_handle *handle, ...);
EFIAPI efi_status efi_uninstall_multiple_protocols(efi_handle handle, ...);
EFIAPI efi_status efi_handle_protocol(efi_handle handle, const struct efi_guid *protocol,
				      void **interface);
EFIAPI efi_status efi_open_protocol(efi_handle handle, const struct efi_guid *protocol,
				    void **interface, efi_handle agent, efi_handle controller,
				    uint32_t attributes);
EFIAPI efi_status efi_close_protocol(efi_handle handle, const struct efi_guid *protocol,
				     efi_handle agent, efi_handle controller);
EFIAPI efi_status efi_locate_protocol(const struct efi_guid *protocol, void *registration,
				      void **interface);
EFIAPI efi_status efi_locate_handle(uint32_t search, const struct efi_guid *protocol, void *key,
				    uint64_t *size, efi_handle *buffer);
EFIAPI efi_status efi_locate_handle_buffer(uint32_t search, const struct efi_guid *protocol,
					   void *key, uint64_t *n, efi_handle **buffer);
EFIAPI efi_status efi_locate_device_path(const struct efi_guid *protocol,
					 const struct efi_device_path **path, efi_handle *device);

#endif
