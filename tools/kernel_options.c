/* SPDX-License-Identifier: MIT */
#include "kernel_options.h"

#include "value.h"

#include <string.h>

/* A number is never an ID: those who have such an ID give the number of its profile. */
int kernel_take_profile(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	struct pvhboot_options *out = option_member(options, row);
	uint64_t number;

	out->profile = 0;
	out->profile_id = pvhboot_text(NULL);
	if (!value_whole_number(value, &number)) {
		if (value[0] == '\0')
			return misused(command, "--profile is a number or an ID, not ''");
		out->profile_id = pvhboot_text(value);
	} else if (number > UINT32_MAX) {
		return misused(command, "--profile is a number of 32 bits or an ID, not '%s'",
			       value);
	} else {
		out->profile = (uint32_t)number;
	}
	return NO_EXIT;
}

int kernel_take_limit(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	return value_limit(command, row->name, value, option_member(options, row));
}

int kernel_take_compat(const struct command *command, const struct option_row *row, char *value,
		       void *options)
{
	if (strcmp(value, "xen") != 0)
		return misused(command, "--compat is xen, not '%s'", value);
	*(uint32_t *)option_member(options, row) |= PVHBOOT_COMPAT_XEN;
	return NO_EXIT;
}
