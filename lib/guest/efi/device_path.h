/* SPDX-License-Identifier: MIT */
/* Device paths (UEFI 2.10, 10). Those of images are the image's to write, so that none is read
 * further than its nodes are good. */
#ifndef EFI_DEVICE_PATH_H
#define EFI_DEVICE_PATH_H

#include <stddef.h>

#include "uefi.h"

/* The bytes of a path with its end node; 0: a node below 4 bytes, or more than 1024 nodes. */
size_t efi_path_size(const struct efi_device_path *path);

/* Where `path` goes on behind all nodes of `prefix`; NULL if it does not begin with them. */
const struct efi_device_path *efi_path_behind(const struct efi_device_path *path,
					      const struct efi_device_path *prefix);

/* A node of a vendor, and the end. */
struct efi_vendor_path {
	struct efi_device_path vendor;
	struct efi_guid guid;
	struct efi_device_path end;
};
#define EFI_VENDOR_PATH(kind, sub, ...)                                                            \
	{                                                                                          \
		{ kind, sub, { 20, 0 } }, __VA_ARGS__,                                             \
		{                                                                                  \
			EFI_PATH_END, EFI_PATH_END_ENTIRE,                                         \
			{                                                                          \
				4, 0                                                               \
			}                                                                          \
		}                                                                                  \
	}

#endif
