/* SPDX-License-Identifier: MIT */

#include "image.h"

#include <stddef.h>

#include "console.h"
#include "device_path.h"
#include "handle.h"
#include "memory.h"
#include "paging.h"
#include "pe.h"
#include "runtime.h"

#define MAX_IMAGES 8

/* Of start.S. */
efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
		     void **stack);
_Noreturn void efi_leave(void *stack, efi_status status);

struct image {
	struct efi_loaded_image loaded;
	efi_handle handle; /* NULL: free */
	uint64_t entry;
	void *stack; /* for efi_leave(); NULL: it does not run */
};

static struct image images[MAX_IMAGES];
efi_handle efi_device;

/* Where the image is said to come from, and the file there. Stubs print it, or look beside it. */
static const struct {
	struct efi_device_path file;
	uint16_t name[7];
	struct efi_device_path end;
} __attribute__((packed)) file_path = {
	{ EFI_PATH_MEDIA, EFI_PATH_MEDIA_FILE, { 4 + 14, 0 } },
	{ '\\', 'i', 'm', 'a', 'g', 'e', 0 },
	{ EFI_PATH_END, EFI_PATH_END_ENTIRE, { 4, 0 } },
};

static struct image *image_of(efi_handle handle)
{
	int i;

	for (i = 0; i < MAX_IMAGES; i++) {
		if (images[i].handle == handle)
			return &images[i];
	}
	return NULL;
}

static uint64_t pages_of(const struct efi_loaded_image *loaded)
{
	return (loaded->size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
}

/* Memory for the image, at its own address if it cannot run elsewhere. */
static efi_status allocate(const struct efi_pe *pe, struct efi_loaded_image *loaded)
{
	uint64_t align = pe->align > EFI_PAGE_SIZE ? pe->align : EFI_PAGE_SIZE;
	uint64_t address = pe->base;
	efi_status status;

	loaded->size = pe->image_size;
	if (!pe->is_fixed)
		address = efi_find_pages(pages_of(loaded), align);
	status = efi_allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_LOADER_CODE, pages_of(loaded),
				    &address);
	loaded->base = (void *)(uintptr_t)address;
	if (status == EFI_SUCCESS)
		return EFI_SUCCESS;
	(void)console_refuse("free memory for the image (size; its address, or 0)", loaded->size,
			     pe->is_fixed ? pe->base : 0);
	return EFI_OUT_OF_RESOURCES;
}

/* What no section says, headers and gaps, is read and no more. */
static efi_status protect(const struct efi_pe *pe, const struct efi_loaded_image *loaded)
{
	uint64_t base = (uintptr_t)loaded->base;
	uint64_t end = base + pages_of(loaded) * EFI_PAGE_SIZE;
	bool ok = efi_paging_protect(base, end, EFI_MEMORY_RO | EFI_MEMORY_XP);
	struct efi_section section;
	uint32_t i;

	for (i = 0; ok && i < pe->n_sections && efi_pe_section(pe, i, &section); i++)
		ok = efi_paging_protect(
			base + section.start,
			(base + section.end + EFI_PAGE_SIZE - 1) & ~(EFI_PAGE_SIZE - 1),
			((section.flags & EFI_SECTION_IS_WRITTEN) == 0 ? EFI_MEMORY_RO : 0) |
				((section.flags & EFI_SECTION_RUNS) == 0 ? EFI_MEMORY_XP : 0));
	return ok ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static efi_status add_protocols(struct image *image, efi_handle *handle)
{
	efi_status status = efi_handle_install(handle, &efi_loaded_image_guid, &image->loaded);

	if (status == EFI_SUCCESS)
		status = efi_handle_install(handle, &efi_loaded_image_path_guid,
					    (void *)(uintptr_t)&file_path);
	return status;
}

static void drop(struct image *image)
{
	(void)efi_handle_uninstall(image->handle, &efi_loaded_image_path_guid, &file_path);
	(void)efi_handle_uninstall(image->handle, &efi_loaded_image_guid, &image->loaded);
	(void)efi_free_pages((uintptr_t)image->loaded.base, pages_of(&image->loaded));
	*image = (struct image){ .handle = NULL };
}

efi_status efi_image_load(const void *file, uint64_t size, efi_handle parent, void *options,
			  uint32_t options_size, efi_handle *out)
{
	struct image *image = image_of(NULL);
	efi_handle handle = NULL;
	efi_status status;
	struct efi_pe pe;

	if (image == NULL)
		return EFI_OUT_OF_RESOURCES;
	if (!efi_pe_open((struct pvhboot_bytes){ file, size }, &pe))
		return EFI_LOAD_ERROR;
	image->loaded = (struct efi_loaded_image){
		.revision = EFI_LOADED_IMAGE_REVISION,
		.parent = parent,
		.system = &efi_system,
		.device = efi_device,
		.path = &file_path.file,
		.options = options,
		.options_size = options_size,
		.code_type = EFI_LOADER_CODE,
		.data_type = EFI_LOADER_DATA,
	};
	status = allocate(&pe, &image->loaded);
	if (status != EFI_SUCCESS)
		return status;
	status = add_protocols(image, &handle);
	image->handle = handle;
	if (status == EFI_SUCCESS &&
	    !efi_pe_load(&pe, image->loaded.base, (uintptr_t)image->loaded.base))
		status = EFI_LOAD_ERROR;
	if (status == EFI_SUCCESS && pe.is_protected)
		status = protect(&pe, &image->loaded);
	if (status != EFI_SUCCESS) {
		drop(image);
		return status;
	}
	image->entry = (uintptr_t)image->loaded.base + pe.entry;
	console_log("image of %x bytes at %x, entry %x", image->loaded.size,
		    (uint64_t)(uintptr_t)image->loaded.base, image->entry);
	*out = handle;
	return EFI_SUCCESS;
}

/* From memory alone: there are no files. */
EFIAPI efi_status efi_load_image(uint8_t boot_policy, efi_handle parent,
				 const struct efi_device_path *path, const void *source,
				 uint64_t size, efi_handle *out)
{
	(void)boot_policy;
	(void)path;
	if (out == NULL || parent == NULL || image_of(parent) == NULL)
		return EFI_INVALID_PARAMETER;
	*out = NULL;
	if (source == NULL)
		return EFI_NOT_FOUND;
	return efi_image_load(source, size, parent, NULL, 0, out);
}

/* An application is unloaded when it ends. */
EFIAPI efi_status efi_start_image(efi_handle handle, uint64_t *exit_size, uint16_t **exit_data)
{
	struct image *image = handle != NULL ? image_of(handle) : NULL;
	efi_status status;

	if (image == NULL || image->stack != NULL)
		return EFI_INVALID_PARAMETER;
	if (exit_size != NULL)
		*exit_size = 0;
	if (exit_data != NULL)
		*exit_data = NULL;
	status = efi_enter(image->entry, handle, &efi_system, &image->stack);
	console_log("image ended with status %x", status);
	drop(image);
	return status;
}

EFIAPI efi_status efi_exit(efi_handle handle, efi_status status, uint64_t size, uint16_t *data)
{
	struct image *image = handle != NULL ? image_of(handle) : NULL;

	(void)size;
	(void)data;
	if (image == NULL)
		return EFI_INVALID_PARAMETER;
	if (image->stack != NULL)
		efi_leave(image->stack, status);
	drop(image);
	return EFI_SUCCESS;
}

EFIAPI efi_status efi_unload_image(efi_handle handle)
{
	struct image *image = handle != NULL ? image_of(handle) : NULL;

	if (image == NULL)
		return EFI_INVALID_PARAMETER;
	if (image->stack != NULL) /* it runs, and has no function for that */
		return EFI_UNSUPPORTED;
	drop(image);
	return EFI_SUCCESS;
}
