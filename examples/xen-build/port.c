/* SPDX-License-Identifier: MIT */
#include "port.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "report.h"

bool port_open(struct port *port, uint32_t domain, uint32_t remote)
{
	xenevtchn_port_or_error_t local;

	port->handle = xenevtchn_open(NULL, 0);
	if (port->handle == NULL)
		return complain("xenevtchn_open: %s; is the module xen-evtchn loaded?",
				strerror(errno));
	local = xenevtchn_bind_interdomain(port->handle, domain, remote);
	if (local < 0)
		return call_failed("xenevtchn_bind_interdomain");
	port->local = (evtchn_port_t)local;
	return true;
}

/* Another notification comes only once the one that came is taken and allowed again. */
static bool take(const struct port *port)
{
	if (xenevtchn_pending(port->handle) < 0)
		return call_failed("xenevtchn_pending");
	return xenevtchn_unmask(port->handle, port->local) == 0 || call_failed("xenevtchn_unmask");
}

bool port_wait(const struct port *port, int milliseconds)
{
	/* poll() passes over a negative descriptor */
	struct pollfd event = { port->handle != NULL ? xenevtchn_fd(port->handle) : -1, POLLIN, 0 };
	const int n = poll(&event, 1, milliseconds);

	if (n < 0 && errno != EINTR)
		return call_failed("poll");
	return n <= 0 || take(port);
}

bool port_notify(const struct port *port)
{
	return xenevtchn_notify(port->handle, port->local) == 0 || call_failed("xenevtchn_notify");
}

void port_close(struct port *port)
{
	if (port->handle != NULL)
		xenevtchn_close(port->handle);
	*port = (struct port){ 0 };
}
