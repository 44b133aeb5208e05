/* SPDX-License-Identifier: MIT */
#include "xenstored.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "report.h"

/* Whether somebody listens on its socket. libxenstore turns to a device where nobody does, which
 * opens all the same, and then waits for ever for an answer. */
static bool runs(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = xs_daemon_socket();
	bool answered;
	int fd;

	if (path == NULL || snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
				    (int)sizeof(address.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	answered = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return answered;
}

bool xenstored_introduce(struct xenstored *out, uint32_t domain, uint64_t frame, uint32_t port)
{
	struct xs_handle *handle;

	if (!runs())
		return true;
	handle = xs_open(0);
	if (handle == NULL)
		return call_failed("xs_open");
	if (!xs_introduce_domain(handle, domain, frame, port)) {
		call_failed("xs_introduce_domain");
		xs_close(handle);
		return false;
	}
	*out = (struct xenstored){ handle, domain };
	return true;
}

void xenstored_release(struct xenstored *xenstored)
{
	if (xenstored->handle == NULL)
		return;
	if (!xs_release_domain(xenstored->handle, xenstored->domain))
		call_failed("xs_release_domain");
	xs_close(xenstored->handle);
	xenstored->handle = NULL;
}
