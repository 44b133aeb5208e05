/* SPDX-License-Identifier: MIT */
/* Variables lie one behind the other, in the order in which they were made. */

#include "variable.h"

#include <stdbool.h>
#include <stddef.h>

#include "../../base/env.h"

#define NON_VOLATILE 0x1u
#define BOOT_ACCESS 0x2u
#define RUNTIME_ACCESS 0x4u
#define APPENDS 0x40u
#define KNOWN (NON_VOLATILE | BOOT_ACCESS | RUNTIME_ACCESS)

struct variable {
	struct efi_guid vendor;
	uint32_t attributes;
	uint32_t name_size; /* bytes, with its NUL */
	uint32_t data_size;
	uint8_t bytes[]; /* the name, and behind it the data */
};

static _Alignas(struct variable) uint8_t store[EFI_VARIABLE_STORE];
static uint32_t used;

static struct variable *variable_at(uint32_t at)
{
	return (void *)(store + at);
}

/* With what the next one is aligned by. */
static uint32_t room_for(uint32_t name_size, uint32_t data_size)
{
	return (uint32_t)(sizeof(struct variable) + name_size + data_size + 3) & ~(uint32_t)3;
}

static uint32_t size_at(uint32_t at)
{
	return room_for(variable_at(at)->name_size, variable_at(at)->data_size);
}

/* Bytes of a name with its NUL. Where there is none in that many, more than that many. */
static uint32_t size_of_name(const uint16_t *name, uint64_t bound)
{
	uint32_t n = 2;

	while (n <= bound && *name++ != 0)
		n += 2;
	return n;
}

/* Where it lies; `used` if it does not. */
static uint32_t find(const uint16_t *name, uint32_t name_size, const struct efi_guid *vendor)
{
	uint32_t at;

	for (at = 0; at < used; at += size_at(at)) {
		const struct variable *v = variable_at(at);

		if (v->name_size == name_size && memcmp(v->bytes, name, name_size) == 0 &&
		    memcmp(&v->vendor, vendor, sizeof(*vendor)) == 0)
			break;
	}
	return at;
}

/* Gives what lies there another size, and moves what lies behind it. */
static bool resize(uint32_t at, uint32_t old, uint32_t size)
{
	if (size > old && size - old > EFI_VARIABLE_STORE - used)
		return false;
	memmove(store + at + size, store + at + old, used - at - old);
	used = used - old + size;
	return true;
}

/* Attributes but for APPENDS. Those that we do not know are signatures and errors of hardware. */
static efi_status check(uint32_t attributes)
{
	if ((attributes & ~KNOWN) != 0)
		return EFI_UNSUPPORTED;
	return (attributes & (BOOT_ACCESS | RUNTIME_ACCESS)) == RUNTIME_ACCESS ?
		       EFI_INVALID_PARAMETER :
		       EFI_SUCCESS;
}

/* Linux, systemd's stub and Xen ask for what firmware has of Secure Boot: it is not there. */
EFIAPI efi_status efi_get_variable(const uint16_t *name, const struct efi_guid *vendor,
				   uint32_t *attributes, uint64_t *size, void *data)
{
	const struct variable *v;
	uint32_t at;
	bool fits;

	if (name == NULL || vendor == NULL || size == NULL)
		return EFI_INVALID_PARAMETER;
	at = find(name, size_of_name(name, EFI_VARIABLE_STORE), vendor);
	if (at == used)
		return EFI_NOT_FOUND;
	v = variable_at(at);
	if (attributes != NULL)
		*attributes = v->attributes;
	fits = *size >= v->data_size;
	*size = v->data_size;
	if (!fits)
		return EFI_BUFFER_TOO_SMALL;
	if (data == NULL)
		return EFI_INVALID_PARAMETER;
	memcpy(data, v->bytes + v->name_size, v->data_size);
	return EFI_SUCCESS;
}

/* The one behind a name, the first one behind an empty name. */
EFIAPI efi_status efi_get_next_variable_name(uint64_t *size, uint16_t *name,
					     struct efi_guid *vendor)
{
	const struct variable *v;
	uint32_t at = 0, name_size;
	bool fits;

	if (size == NULL || name == NULL || vendor == NULL)
		return EFI_INVALID_PARAMETER;
	name_size = size_of_name(name, *size);
	if (name_size > *size)
		return EFI_INVALID_PARAMETER;
	if (name[0] != 0) {
		at = find(name, name_size, vendor);
		if (at == used)
			return EFI_INVALID_PARAMETER;
		at += size_at(at);
	}
	if (at == used)
		return EFI_NOT_FOUND;
	v = variable_at(at);
	fits = *size >= v->name_size;
	*size = v->name_size;
	if (!fits)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(name, v->bytes, v->name_size);
	*vendor = v->vendor;
	return EFI_SUCCESS;
}

/* systemd's stub says by variables who it is. For one that should outlive the machine there is no
 * room: nobody would find it again. */
EFIAPI efi_status efi_set_variable(const uint16_t *name, const struct efi_guid *vendor,
				   uint32_t attributes, uint64_t size, const void *data)
{
	bool appends = (attributes & APPENDS) != 0;
	uint32_t at, name_size, before, kept;
	struct variable *v;
	efi_status status;

	attributes &= ~APPENDS;
	status = check(attributes);
	if (name == NULL || name[0] == 0 || vendor == NULL || (size != 0 && data == NULL))
		status = EFI_INVALID_PARAMETER;
	if (status != EFI_SUCCESS)
		return status;
	name_size = size_of_name(name, EFI_VARIABLE_STORE);
	at = find(name, name_size, vendor);
	before = at != used ? size_at(at) : 0;
	if ((attributes & BOOT_ACCESS) == 0 || (size == 0 && !appends)) {
		(void)resize(at, before, 0);
		return before != 0 ? EFI_SUCCESS : EFI_NOT_FOUND;
	}
	if ((attributes & NON_VOLATILE) != 0 || size > EFI_VARIABLE_STORE)
		return EFI_OUT_OF_RESOURCES;
	v = variable_at(at);
	if (before != 0 && v->attributes != attributes)
		return EFI_INVALID_PARAMETER;
	if (size == 0)
		return EFI_SUCCESS;
	kept = before != 0 && appends ? v->data_size : 0;
	if (!resize(at, before, room_for(name_size, kept + (uint32_t)size)))
		return EFI_OUT_OF_RESOURCES;
	v->vendor = *vendor;
	v->attributes = attributes;
	v->name_size = name_size;
	v->data_size = kept + (uint32_t)size;
	memcpy(v->bytes, name, name_size);
	memcpy(v->bytes + name_size + kept, data, size);
	return EFI_SUCCESS;
}

/* Xen, of those that stay. */
EFIAPI efi_status efi_query_variable_info(uint32_t attributes, uint64_t *storage,
					  uint64_t *remaining, uint64_t *variable)
{
	efi_status status = check(attributes);

	if (attributes == 0 || storage == NULL || remaining == NULL || variable == NULL)
		status = EFI_INVALID_PARAMETER;
	if (status != EFI_SUCCESS)
		return status;
	*storage = *remaining = *variable = 0;
	if ((attributes & NON_VOLATILE) == 0) {
		*storage = *variable = EFI_VARIABLE_STORE;
		*remaining = EFI_VARIABLE_STORE - used;
	}
	return EFI_SUCCESS;
}
