/* SPDX-License-Identifier: MIT */
#include "kernel_options.h"

#include "value.h"

#include <string.h>

/* A number is never an ID: those who have such an ID give the number of its profile. */
static int take_profile(const struct command *command, const char *text,
			struct pvhboot_options *out)
{
	uint64_t number;

	out->profile = 0;
	out->profile_id = pvhboot_text(NULL);
	if (!value_whole_number(text, &number)) {
		if (text[0] == '\0')
			return misused(command, "--profile is a number or an ID, not ''");
		out->profile_id = pvhboot_text(text);
	} else if (number > UINT32_MAX) {
		return misused(command, "--profile is a number of 32 bits or an ID, not '%s'",
			       text);
	} else {
		out->profile = (uint32_t)number;
	}
	return NO_EXIT;
}

static int take_compat(const struct command *command, const char *text, uint32_t *flags)
{
	if (strcmp(text, "xen") != 0)
		return misused(command, "--compat is xen, not '%s'", text);
	*flags |= PVHBOOT_COMPAT_XEN;
	return NO_EXIT;
}

int kernel_option_take(const struct command *command, int option, const char *value,
		       struct pvhboot_options *out)
{
	switch (option) {
	case OPTION_PROFILE:
		return take_profile(command, value, out);
	case OPTION_MAX_OUTPUT:
		return value_limit(command, "--max-output", value, &out->max_output);
	case OPTION_MAX_MEMORY:
		return value_limit(command, "--max-memory", value, &out->max_memory);
	case OPTION_COMPAT:
		return take_compat(command, value, &out->kernel_flags);
	default:
		out->flags |= PVHBOOT_OPTION_STRICT;
		return NO_EXIT;
	}
}
