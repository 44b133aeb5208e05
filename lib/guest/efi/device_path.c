/* SPDX-License-Identifier: MIT */

#include "device_path.h"

#include "../../base/env.h"

#define MAX_NODES 1024

static size_t node_size(const struct efi_device_path *node)
{
	return (size_t)(node->length[0] | node->length[1] << 8);
}

static const struct efi_device_path *next_node(const struct efi_device_path *node)
{
	return (const void *)((const uint8_t *)node + node_size(node));
}

size_t efi_path_size(const struct efi_device_path *path)
{
	const struct efi_device_path *node = path;
	int i;

	for (i = 0; i < MAX_NODES && node_size(node) >= sizeof(*node); i++) {
		if (node->type == EFI_PATH_END && node->subtype == EFI_PATH_END_ENTIRE)
			return (size_t)((const uint8_t *)next_node(node) - (const uint8_t *)path);
		node = next_node(node);
	}
	return 0;
}

const struct efi_device_path *efi_path_behind(const struct efi_device_path *path,
					      const struct efi_device_path *prefix)
{
	size_t size = efi_path_size(prefix);
	size_t all = efi_path_size(path);

	if (size == 0 || size > all)
		return NULL;
	size -= sizeof(*prefix); /* without its end */
	if (memcmp(path, prefix, size) != 0)
		return NULL;
	return (const void *)((const uint8_t *)path + size);
}
