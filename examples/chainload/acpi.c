/* SPDX-License-Identifier: MIT */
/* ACPI 6.5, 5.2.5.1, "Finding the RSDP on IA-PC Systems", and 5.2.5.3, its structure. */

#include "acpi.h"

#include <stdbool.h>

#include "physical.h"

#define EBDA_SEGMENT 0x40e /* of the BIOS data area: real-mode segment of the EBDA */
#define EBDA_LOWEST 0x500  /* behind the BIOS data area */
#define EBDA_HIGHEST 0xa0000
#define EBDA_SIZE 1024 /* as much of it as may hold the structure */
#define ROM_START 0xe0000
#define ROM_END 0x100000

#define RSDP_STEP 16 /* its alignment */
#define RSDP_REVISION 15
#define RSDP_LENGTH 20 /* where revision 1 ends, and 2 has a length */
#define RSDP_2_SIZE 36

static bool sums_to_zero(uint64_t address, uint64_t size)
{
	const uint8_t *bytes = physical(address);
	uint8_t sum = 0;
	uint64_t i;

	for (i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum == 0;
}

static bool is_rsdp(uint64_t address, uint64_t left)
{
	const uint8_t *bytes = physical(address);
	uint32_t size;

	if (left < RSDP_LENGTH || memcmp(bytes, "RSD PTR ", 8) != 0 ||
	    !sums_to_zero(address, RSDP_LENGTH))
		return false;
	if (bytes[RSDP_REVISION] < 2)
		return true;
	size = physical_load32(address + RSDP_LENGTH);
	return size >= RSDP_2_SIZE && size <= left && sums_to_zero(address, size);
}

static uint64_t scan(uint64_t start, uint64_t end)
{
	uint64_t address;

	for (address = start; address < end; address += RSDP_STEP)
		if (is_rsdp(address, end - address))
			return address;
	return 0;
}

uint64_t acpi_find_rsdp(void)
{
	uint64_t ebda = (uint64_t)physical_load16(EBDA_SEGMENT) << 4;
	uint64_t found = 0;

	if (ebda >= EBDA_LOWEST && ebda <= EBDA_HIGHEST - EBDA_SIZE)
		found = scan(ebda, ebda + EBDA_SIZE);
	return found != 0 ? found : scan(ROM_START, ROM_END);
}
