/* SPDX-License-Identifier: MIT */

#include "files.h"

#include <stddef.h>

#include "../../base/env.h"
#include "console.h"
#include "device_path.h"
#include "handle.h"
#include "image.h"
#include "port.h"

struct efi_part efi_parts[EFI_MAX_PARTS];
uint32_t efi_n_parts;

bool efi_part_add(const void *data, uint64_t size)
{
	if (efi_n_parts == EFI_MAX_PARTS)
		return console_refuse("an image and at most 16 initrds", EFI_MAX_PARTS + 1,
				      EFI_MAX_PARTS);
	efi_parts[efi_n_parts++] = (struct efi_part){ data, size };
	return true;
}

/* ---- The initrd (EFI_LOAD_FILE2_PROTOCOL, UEFI 2.10, 13.2) -------------------------- */

/* LINUX_EFI_INITRD_MEDIA_GUID: Linux, include/linux/efi.h. */
static const struct efi_vendor_path initrd_path = EFI_VENDOR_PATH(
	EFI_PATH_MEDIA, EFI_PATH_MEDIA_VENDOR,
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } });

static uint64_t filled_up(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

/* The parts one behind the other, each filled up with zeros to 4 bytes. */
static EFIAPI efi_status load_initrd(void *self, const struct efi_device_path *path,
				     uint8_t boot_policy, uint64_t *size, uint8_t *buffer)
{
	uint64_t need = 0;
	bool fits;
	uint32_t i;

	(void)self;
	if (path == NULL || size == NULL)
		return EFI_INVALID_PARAMETER;
	if (boot_policy != 0)
		return EFI_UNSUPPORTED;
	for (i = 1; i < efi_n_parts; i++)
		need += filled_up(efi_parts[i].size);
	fits = buffer != NULL && *size >= need;
	*size = need;
	if (!fits)
		return EFI_BUFFER_TOO_SMALL;
	for (i = 1; i < efi_n_parts; i++) {
		uint64_t part = efi_parts[i].size;

		memcpy(buffer, efi_parts[i].data, part);
		memset(buffer + part, 0, filled_up(part) - part);
		buffer += filled_up(part);
	}
	return EFI_SUCCESS;
}

static efi_service load_file2 = (efi_service)load_initrd;

/* ---- The file system (13.4): Xen's loader ends where its device has none ------------- */

static EFIAPI efi_status no_file(void *self, void **out)
{
	(void)self;
	if (out != NULL)
		*out = NULL;
	return EFI_NOT_FOUND;
}

static EFIAPI efi_status closed(void *self)
{
	(void)self;
	return EFI_SUCCESS;
}

static EFIAPI efi_status no_service(void)
{
	return EFI_UNSUPPORTED;
}

/* Its directory: Open, Close, Delete, Read, Write, GetPosition, SetPosition, GetInfo, SetInfo,
 * Flush. */
static struct {
	uint64_t revision;
	efi_service at[10];
} root = { 0x10000,
	   { (efi_service)no_file, (efi_service)closed, (efi_service)no_service,
	     (efi_service)no_service, (efi_service)no_service, (efi_service)no_service,
	     (efi_service)no_service, (efi_service)no_service, (efi_service)no_service,
	     (efi_service)closed } };

static EFIAPI efi_status open_volume(void *self, void **out)
{
	(void)self;
	*out = &root;
	return EFI_SUCCESS;
}

static struct {
	uint64_t revision;
	efi_service open_volume;
} file_system = { 0x10000, (efi_service)open_volume };

static const struct efi_vendor_path device_path = EFI_VENDOR_PATH(
	EFI_PATH_HARDWARE, EFI_PATH_HARDWARE_VENDOR,
	{ 0x7f3a1bd0, 0x52c6, 0x4e0b, { 0x9d, 0x11, 0x70, 0x76, 0x68, 0x62, 0x6f, 0x74 } });

/* ---- Random numbers (37.5) ------------------------------------------------------------ */

#define ECX_RDRAND (1u << 30)
#define PATIENCE 100

static bool random(uint64_t *out)
{
	int patience = PATIENCE;

	while (!rdrand(out)) {
		if (--patience == 0)
			return false;
	}
	return true;
}

/* No algorithm is named, so that the caller takes the default. */
static EFIAPI efi_status rng_info(void *self, uint64_t *size, struct efi_guid *list)
{
	(void)self;
	(void)list;
	if (size == NULL)
		return EFI_INVALID_PARAMETER;
	*size = 0;
	return EFI_SUCCESS;
}

static EFIAPI efi_status rng_get(void *self, const struct efi_guid *algorithm, uint64_t size,
				 uint8_t *out)
{
	(void)self;
	if (size == 0 || out == NULL)
		return EFI_INVALID_PARAMETER;
	if (algorithm != NULL)
		return EFI_UNSUPPORTED;
	while (size != 0) {
		uint64_t number, n = size < sizeof(number) ? size : sizeof(number);

		if (!random(&number))
			return EFI_NOT_READY;
		memcpy(out, &number, n);
		out += n;
		size -= n;
	}
	return EFI_SUCCESS;
}

static efi_service rng[2] = { (efi_service)rng_info, (efi_service)rng_get };

/* ---------------------------------------------------------------------------------------- */

/* There is room for all of them: they are the first. */
static void add(efi_handle *handle, const struct efi_guid *protocol, const void *interface)
{
	(void)efi_handle_install(handle, protocol, (void *)(uintptr_t)interface);
}

void efi_files_setup(void)
{
	efi_handle initrd = NULL, processor = NULL;

	add(&efi_device, &efi_device_path_guid, &device_path);
	add(&efi_device, &efi_file_system_guid, &file_system);
	if (efi_n_parts > 1) {
		add(&initrd, &efi_device_path_guid, &initrd_path);
		add(&initrd, &efi_load_file2_guid, &load_file2);
	}
	if ((cpuid(1).ecx & ECX_RDRAND) != 0)
		add(&processor, &efi_rng_guid, rng);
}
