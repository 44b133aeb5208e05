/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <inttypes.h>
#include <pvhboot/wire/elf.h>
#include <stdio.h>
#include <string.h>

void facts_version(char out[16], uint16_t protocol)
{
	snprintf(out, 16, "%d.%d", protocol >> 8, protocol & 0xff);
}

const char *facts_machine(const struct pvhboot_kernel *kernel)
{
	return kernel->machine == PVHBOOT_ELF_EM_386 ? "i386" : "x86-64";
}

int facts_has_pvh(const struct pvhboot_kernel *kernel)
{
	return (kernel->entries & PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH)) != 0;
}

struct pvhboot_bytes facts_cut(struct pvhboot_bytes bytes)
{
	if (bytes.size > FACTS_MAX_STRING)
		bytes.size = FACTS_MAX_STRING;
	return bytes;
}

void facts_flags(char out[4], uint32_t flags)
{
	out[0] = flags & 4 ? 'r' : '-';
	out[1] = flags & 2 ? 'w' : '-';
	out[2] = flags & 1 ? 'x' : '-';
	out[3] = '\0';
}

int facts_has_features(const struct pvhboot_features *features)
{
	return features->supported != 0 || features->required != 0 || features->is_complete;
}

void facts_feature(char out[FACTS_MAX_FEATURE], uint32_t bit)
{
	const char *name = pvhboot_feature_name(bit);

	if (name)
		snprintf(out, FACTS_MAX_FEATURE, "%s", name);
	else
		snprintf(out, FACTS_MAX_FEATURE, "bit %" PRIu32, bit);
}

void facts_entry(char out[FACTS_MAX_FEATURE], uint32_t bit)
{
	snprintf(out, FACTS_MAX_FEATURE, "%s", pvhboot_entry_name((enum pvhboot_entry_kind)bit));
}

/* Source: Linux arch/x86/include/uapi/asm/bootparam.h, XLF_*. */
void facts_xloadflag(char out[FACTS_MAX_FEATURE], uint32_t bit)
{
	static const char *const names[] = {
		"KERNEL_64",       "CAN_BE_LOADED_ABOVE_4G",
		"EFI_HANDOVER_32", "EFI_HANDOVER_64",
		"EFI_KEXEC",       "5LEVEL",
		"5LEVEL_ENABLED",  "MEM_ENCRYPTION",
	};

	if (bit < sizeof(names) / sizeof(names[0]))
		snprintf(out, FACTS_MAX_FEATURE, "%s", names[bit]);
	else
		snprintf(out, FACTS_MAX_FEATURE, "bit %" PRIu32, bit);
}

static struct pvhboot_bytes behind(struct pvhboot_bytes bytes, size_t n)
{
	return (struct pvhboot_bytes){ bytes.data + n, bytes.size - n };
}

/* The first line, without its line feed; *rest is what follows. */
static struct pvhboot_bytes cut_line(struct pvhboot_bytes *rest)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);
	const size_t size = end ? (size_t)(end - rest->data) : rest->size;
	const struct pvhboot_bytes line = { rest->data, size };

	*rest = behind(*rest, end ? size + 1 : size);
	return line;
}

static struct pvhboot_bytes unquote(struct pvhboot_bytes value)
{
	if (value.size >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
	    value.data[value.size - 1] == value.data[0])
		return (struct pvhboot_bytes){ value.data + 1, value.size - 2 };
	return value;
}

/* Source: freedesktop.org, os-release(5). */
struct pvhboot_bytes facts_system(struct pvhboot_bytes os_release)
{
	static const char key[] = "PRETTY_NAME=";
	const size_t key_size = sizeof(key) - 1;
	struct pvhboot_bytes first = { NULL, 0 };

	while (os_release.size > 0) {
		const struct pvhboot_bytes line = cut_line(&os_release);

		if (line.size > key_size && memcmp(line.data, key, key_size) == 0)
			return unquote(behind(line, key_size));
		if (first.size == 0 && line.size > 0 && line.data[0] != '#')
			first = line;
	}
	return first;
}
