/* SPDX-License-Identifier: MIT */
/* Images: loading, starting, leaving (UEFI 2.10, 7.4). */
#ifndef EFI_IMAGE_H
#define EFI_IMAGE_H

#include "uefi.h"

/* A file in memory, as an image of its own. Says on the console what is wrong with it. options may
 * be NULL; they are borrowed. */
efi_status efi_image_load(const void *file, uint64_t size, efi_handle parent, void *options,
			  uint32_t options_size, efi_handle *out);

/* The device that images come from: it has an empty file system. */
extern efi_handle efi_device;

EFIAPI efi_status efi_load_image(uint8_t boot_policy, efi_handle parent,
				 const struct efi_device_path *path, const void *source,
				 uint64_t size, efi_handle *out);
EFIAPI efi_status efi_start_image(efi_handle handle, uint64_t *exit_size, uint16_t **exit_data);
EFIAPI efi_status efi_exit(efi_handle handle, efi_status status, uint64_t size, uint16_t *data);
EFIAPI efi_status efi_unload_image(efi_handle handle);

#endif
