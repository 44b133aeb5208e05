/* SPDX-License-Identifier: MIT */
/* An event channel to a domain. What returns a bool returns false after a complaint. */
#ifndef XEN_BUILD_PORT_H
#define XEN_BUILD_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <xenevtchn.h>

/* All zero where there is none. */
struct port {
	xenevtchn_handle *handle;
	evtchn_port_t local;
};

/* To the port that the domain calls remote, which is for us. */
bool port_open(struct port *port, uint32_t domain, uint32_t remote);

/* Waits until the domain notifies us, a signal comes, or a time is over. Without an event
 * channel, only the last two. */
bool port_wait(const struct port *port, int milliseconds);

bool port_notify(const struct port *port);

/* Also of one that is all zero. */
void port_close(struct port *port);

#endif
