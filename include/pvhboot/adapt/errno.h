/* SPDX-License-Identifier: MIT */
/* A status as a number of <errno.h>, for toolstacks whose own functions return those. */
#ifndef PVHBOOT_ADAPT_ERRNO_H
#define PVHBOOT_ADAPT_ERRNO_H

#include "../base.h"

#include <errno.h>

/* Positive, as <errno.h> has them; 0 for OK. Where a callback failed (MEMIO), its own value
 * says more: diag.failure.found. */
static inline int pvhboot_errno(enum pvhboot_status status)
{
	switch (status) {
	case PVHBOOT_OK:
		return 0;
	case PVHBOOT_INVAL:
	case PVHBOOT_WARNED:
		return EINVAL;
	case PVHBOOT_NOSPACE:
		return ENOSPC;
	case PVHBOOT_FORMAT:
	case PVHBOOT_NOTPVH:
	case PVHBOOT_UNSUPPORTED:
		return ENOEXEC;
	case PVHBOOT_TRUNCATED:
	case PVHBOOT_MALFORMED:
	case PVHBOOT_CORRUPT:
		return EBADMSG;
	case PVHBOOT_LIMIT:
		return E2BIG;
	case PVHBOOT_NOMEM:
	case PVHBOOT_NOROOM:
		return ENOMEM;
	case PVHBOOT_OVERLAP:
		return EADDRINUSE;
	case PVHBOOT_RANGE:
		return ERANGE;
	case PVHBOOT_MEMIO:
		return EFAULT;
	case PVHBOOT_INTERNAL:
		break;
	}
	return EIO;
}

#endif
