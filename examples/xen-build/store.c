/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <string.h>

/* The zero byte behind the name is a part of it. */
static const char reply_payload[] = "ENOENT";

#define HEADER_SIZE ((uint32_t)sizeof(struct xsd_sockmsg))
#define REPLY_SIZE (HEADER_SIZE + (uint32_t)sizeof(reply_payload))

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool fail(struct store *store, const char *broken, uint32_t found)
{
	store->broken = broken;
	store->found = found;
	return false;
}

/* Copies what is there of the header, each byte once: what is looked at is the copy. */
static void take_header(struct store *store, const struct xenstore_domain_interface *ring,
			uint32_t available)
{
	const volatile char *bytes = ring->req;
	uint8_t *header = (uint8_t *)&store->request;
	uint32_t n = min(HEADER_SIZE - store->taken, available);

	for (; n != 0; n--)
		header[store->taken++] = (uint8_t)bytes[MASK_XENSTORE_IDX(store->consumed++)];
}

/* Takes the request that comes in, up to the end of what is there. Returns whether all of it
 * is taken. The payload is not looked at. */
static bool take_request(struct store *store, const struct xenstore_domain_interface *ring,
			 uint32_t end)
{
	uint32_t n;

	if (store->taken < HEADER_SIZE)
		take_header(store, ring, end - store->consumed);
	if (store->taken < HEADER_SIZE)
		return false;
	if (store->request.len > XENSTORE_PAYLOAD_MAX)
		return fail(store, "a request of at most 4096 bytes", store->request.len);
	n = min(HEADER_SIZE + store->request.len - store->taken, end - store->consumed);
	store->taken += n;
	store->consumed += n;
	return store->taken == HEADER_SIZE + store->request.len;
}

static void put(struct store *store, struct xenstore_domain_interface *ring, const void *data,
		uint32_t size)
{
	const char *bytes = data;
	uint32_t i;

	for (i = 0; i < size; i++)
		ring->rsp[MASK_XENSTORE_IDX(store->produced++)] = bytes[i];
}

static void put_reply(struct store *store, struct xenstore_domain_interface *ring)
{
	const struct xsd_sockmsg header = {
		.type = XS_ERROR,
		.req_id = store->request.req_id,
		.tx_id = store->request.tx_id,
		.len = sizeof(reply_payload),
	};

	put(store, ring, &header, HEADER_SIZE);
	put(store, ring, reply_payload, sizeof(reply_payload));
	store->taken = 0;
}

bool store_serve(struct store *store, struct xenstore_domain_interface *ring)
{
	const uint32_t end = __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE);
	const uint32_t read = __atomic_load_n(&ring->rsp_cons, __ATOMIC_ACQUIRE);
	const uint32_t consumed = store->consumed;

	if (store->broken != NULL)
		return false;
	if (end - consumed > XENSTORE_RING_SIZE)
		return fail(store, "at most 1024 bytes of requests", end - consumed);
	if (store->produced - read > XENSTORE_RING_SIZE)
		return fail(store, "at most 1024 bytes of replies", store->produced - read);

	/* A request stays where it is until there is room for its reply. */
	while (XENSTORE_RING_SIZE - (store->produced - read) >= REPLY_SIZE &&
	       take_request(store, ring, end))
		put_reply(store, ring);

	__atomic_store_n(&ring->rsp_prod, store->produced, __ATOMIC_RELEASE);
	__atomic_store_n(&ring->req_cons, store->consumed, __ATOMIC_RELEASE);
	return store->consumed != consumed;
}
