/* SPDX-License-Identifier: MIT */
/*
 * The linker puts all of this file into pages of their own. The kernel maps them where it likes,
 * away from the tables: so this code is position-independent, and behind SetVirtualAddressMap it
 * touches nothing but these pages and its arguments.
 */

#include "runtime.h"

#include <stddef.h>

#include "port.h"

#define SCHED_OP 29        /* xen/include/public/xen.h */
#define SCHEDOP_SHUTDOWN 2 /* xen/include/public/sched.h */
enum { SHUTDOWN_POWEROFF = 0, SHUTDOWN_REBOOT = 1 };

/* What a PC restarts by: the reset control register of its chipset, and the keyboard controller. */
#define RESET_CONTROL 0xcf9u
#define KEYBOARD 0x64u

struct efi_reset efi_reset;

static void hypercall(uint32_t reason)
{
	if (efi_reset.hypercall == EFI_VMMCALL)
		(void)vmmcall(SCHED_OP, SCHEDOP_SHUTDOWN, &reason);
	else if (efi_reset.hypercall == EFI_VMCALL)
		(void)vmcall(SCHED_OP, SCHEDOP_SHUTDOWN, &reason);
}

static void write_port(struct efi_port_write write)
{
	if (write.port != 0 && write.value > 0xff)
		port_write16(write.port, write.value);
	else if (write.port != 0)
		port_write8(write.port, (uint8_t)write.value);
}

static _Noreturn void stop(void)
{
	for (;;)
		stop_processor();
}

static _Noreturn void restart(void)
{
	hypercall(SHUTDOWN_REBOOT);
	write_port(efi_reset.reset);
	port_write8(RESET_CONTROL, 2);
	port_write8(RESET_CONTROL, 6);
	port_write8(KEYBOARD, 0xfe);
	stop();
}

void efi_end(void)
{
	restart();
}

EFIAPI void efi_reset_system(uint32_t type, efi_status status, uint64_t size, const void *data)
{
	(void)status;
	(void)size;
	(void)data;
	if (type != EFI_RESET_SHUTDOWN)
		restart();
	hypercall(SHUTDOWN_POWEROFF);
	write_port(efi_reset.poweroff);
	stop();
}

/* ---- The clock of a PC ------------------------------------------------------------- */

#define CLOCK_INDEX 0x70u
#define CLOCK_DATA 0x71u
#define CLOCK_STATUS_A 0x0au
#define CLOCK_STATUS_B 0x0bu
#define CLOCK_STATUS_D 0x0du
#define CLOCK_UPDATES 0x80u   /* A */
#define CLOCK_IS_BINARY 0x04u /* B */
#define CLOCK_IS_24H 0x02u

#define ZONE_UNKNOWN 0x7ff

static uint8_t read_clock(uint8_t index)
{
	port_write8(CLOCK_INDEX, index);
	return port_read8(CLOCK_DATA);
}

static uint8_t number_of(uint8_t value, uint8_t status_b)
{
	return (status_b & CLOCK_IS_BINARY) != 0 ? value :
						   (uint8_t)((value >> 4) * 10 + (value & 0xf));
}

/* Register D has one bit alone; all are set where nobody answers. */
bool efi_has_clock(void)
{
	return (read_clock(CLOCK_STATUS_D) & 0x7f) == 0;
}

EFIAPI efi_status efi_get_time(struct efi_time *time, void *capabilities)
{
	uint8_t b, hour;
	int patience = 100000;

	(void)capabilities;
	if (time == NULL)
		return EFI_INVALID_PARAMETER;
	if (!efi_reset.has_clock)
		return EFI_UNSUPPORTED;
	while ((read_clock(CLOCK_STATUS_A) & CLOCK_UPDATES) != 0 && --patience != 0)
		;
	b = read_clock(CLOCK_STATUS_B);
	hour = read_clock(4);
	*time = (struct efi_time){
		.year = (uint16_t)(2000 + number_of(read_clock(9), b)),
		.month = number_of(read_clock(8), b),
		.day = number_of(read_clock(7), b),
		.hour = number_of(hour & 0x7f, b),
		.minute = number_of(read_clock(2), b),
		.second = number_of(read_clock(0), b),
		.zone = ZONE_UNKNOWN,
	};
	if ((b & CLOCK_IS_24H) == 0) /* the hour's top bit is "pm"; 12 comes before 1 */
		time->hour = (uint8_t)(time->hour % 12 + (hour >> 7) * 12);
	return EFI_SUCCESS;
}

/* ---- What there is not ------------------------------------------------------------- */

EFIAPI efi_status efi_unsupported(void)
{
	return EFI_UNSUPPORTED;
}

/* ---- Addresses --------------------------------------------------------------------- */

/* How far a page moves that stays; false: it has no new address. */
static bool find_slide(const uint8_t *page, const uint8_t *map, uint64_t size, uint64_t step,
		       uint64_t *slide)
{
	for (; size >= step; map += step, size -= step) {
		const struct efi_memory_descriptor *region = (const void *)map;

		if ((region->attribute & EFI_MEMORY_RUNTIME) != 0 &&
		    ((uintptr_t)page - region->physical) >> 12 < region->n_pages) {
			*slide = region->virtual_address - region->physical;
			return true;
		}
	}
	return false;
}

/* The kernel calls the services by their new addresses then. Boot services must have ended, and in
 * the place of this one there is UNSUPPORTED afterwards (8.4.1). */
EFIAPI efi_status efi_set_virtual_address_map(uint64_t size, uint64_t step, uint32_t version,
					      const uint8_t *map)
{
	struct efi_runtime_services *runtime = efi_system.runtime;
	uint64_t code, data;
	int i;

	if (efi_system.boot != NULL)
		return EFI_UNSUPPORTED;
	if (version != EFI_DESCRIPTOR_VERSION || step < sizeof(struct efi_memory_descriptor) - 8 ||
	    map == NULL)
		return EFI_INVALID_PARAMETER;
	if (!find_slide(efi_runtime_code, map, size, step, &code) ||
	    !find_slide(efi_runtime_data, map, size, step, &data))
		return EFI_NO_MAPPING;
	runtime->at[EFI_SET_VIRTUAL_ADDRESS_MAP] = (efi_service)efi_unsupported;
	for (i = 0; i < EFI_N_RUNTIME_SERVICES; i++)
		runtime->at[i] = (efi_service)((uintptr_t)runtime->at[i] + code);
	efi_system.runtime = (void *)((uintptr_t)runtime + data);
	efi_system.firmware_vendor = (void *)((uintptr_t)efi_system.firmware_vendor + data);
	efi_system.tables = (void *)((uintptr_t)efi_system.tables + data);
	return EFI_SUCCESS;
}
