/* SPDX-License-Identifier: MIT */
/*
 * The xenstore of examples/xen-build, without Xen: a ring in memory, with a guest that keeps the
 * protocol and several that do not.
 */
#include <stdlib.h>
#include <string.h>

#include "store.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

/* Written out here, because the server takes them from Xen's header. */
#define RING 1024u
#define PAYLOAD_MAX 4096u
#define HEADER 16u
#define REPLY 23u
#define ERROR 16u

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Where the indices start: also so that they go past their end. */
static const uint32_t starts[] = { 0, 1000, 0xfffffff0 };

struct guest {
	struct guard guard;
	struct xenstore_domain_interface *ring;
	struct store store;
	uint32_t sent;
	uint32_t read;
};

/* The ring ends at an unreadable page. */
static void start(struct guest *guest, uint32_t index)
{
	*guest = (struct guest){ .guard = guard_open(sizeof(*guest->ring)) };
	guest->ring = (void *)guard_buffer(&guest->guard, sizeof(*guest->ring)).data;
	memset(guest->ring, 0, sizeof(*guest->ring));
	guest->store = (struct store){ .consumed = index, .produced = index };
	guest->sent = guest->ring->req_prod = guest->ring->req_cons = index;
	guest->read = guest->ring->rsp_prod = guest->ring->rsp_cons = index;
}

static void finish(struct guest *guest)
{
	guard_close(&guest->guard);
}

static void send(struct guest *guest, const void *data, uint32_t size)
{
	const char *bytes = data;
	uint32_t i;

	for (i = 0; i < size; i++)
		guest->ring->req[guest->sent++ % RING] = bytes[i];
	guest->ring->req_prod = guest->sent;
}

static void send_header(struct guest *guest, const uint32_t header[4])
{
	send(guest, header, HEADER);
}

/* The server has taken all, and says so. */
static void expect_taken(const char *row, const struct guest *guest)
{
	expect_eq(row, guest->ring->req_cons, guest->sent);
	expect_true(row, guest->store.broken == NULL);
}

/* The next reply is to that request. */
static void expect_reply(const char *row, struct guest *guest, uint32_t req_id, uint32_t tx_id)
{
	const uint32_t header[4] = { ERROR, req_id, tx_id, 7 };
	uint8_t want[REPLY];
	uint32_t i;

	memcpy(want, header, HEADER);
	memcpy(want + HEADER, "ENOENT", 7);
	ck_assert_msg(guest->ring->rsp_prod - guest->read >= REPLY, "%s: no reply", row);
	for (i = 0; i < REPLY; i++)
		expect_eq(row, (uint8_t)guest->ring->rsp[guest->read++ % RING], want[i]);
	guest->ring->rsp_cons = guest->read;
}

static void expect_no_reply(const char *row, const struct guest *guest)
{
	expect_eq(row, guest->ring->rsp_prod, guest->read);
}

static const struct {
	const char *name;
	uint32_t header[4];
} requests[] = {
	{ "read", { XS_READ, 1, 0, 35 } },
	{ "directory", { XS_DIRECTORY, 0xffffffff, 0, 11 } },
	{ "watch", { XS_WATCH, 7, 0, 20 } },
	{ "write", { XS_WRITE, 8, 3, 1000 } },
	{ "transaction", { XS_TRANSACTION_START, 9, 0, 1 } },
	{ "reset watches", { XS_RESET_WATCHES, 10, 0, 1 } },
	{ "no payload", { XS_READ, 11, 0xffffffff, 0 } },
	{ "fills the ring", { XS_WRITE, 12, 0, RING - HEADER } },
	{ "longer than the ring", { XS_WRITE, 13, 0, RING - HEADER + 1 } },
	{ "the longest", { XS_WRITE, 14, 0, PAYLOAD_MAX } },
	{ "unknown", { 0xffff, 15, 0, 4 } },
	{ "a reply", { ERROR, 16, 0, 7 } },
};

/* Piece by piece; what is not whole has no reply, but room for more. */
static void ask(struct guest *guest, int row, uint32_t piece)
{
	static const char payload[PAYLOAD_MAX];
	uint8_t message[HEADER + PAYLOAD_MAX];
	const uint32_t size = HEADER + requests[row].header[3];
	uint32_t at = 0;
	uint32_t n;

	memcpy(message, requests[row].header, HEADER);
	memcpy(message + HEADER, payload, PAYLOAD_MAX);
	for (; at < size; at += n) {
		expect_no_reply(requests[row].name, guest);
		n = size - at < piece ? size - at : piece;
		send(guest, message + at, n);
		expect_true(requests[row].name, store_serve(&guest->store, guest->ring));
		expect_taken(requests[row].name, guest);
	}
	expect_reply(requests[row].name, guest, requests[row].header[1], requests[row].header[2]);
	expect_no_reply(requests[row].name, guest);
	expect_true(requests[row].name, !store_serve(&guest->store, guest->ring));
}

START_TEST(requests_are_answered)
{
	static const uint32_t pieces[] = { RING, 1, 7, HEADER, HEADER + 1, 100 };
	struct guest guest;
	int row;
	int i;

	start(&guest, starts[_i]);
	for (i = 0; i < ROWS(pieces); i++)
		for (row = 0; row < ROWS(requests); row++)
			ask(&guest, row, pieces[i]);
	finish(&guest);
}
END_TEST

/* Nothing is asked: nothing is said, and the guest is not woken. */
START_TEST(silence)
{
	struct guest guest;

	start(&guest, starts[_i]);
	expect_true("silence", !store_serve(&guest.store, guest.ring));
	expect_taken("silence", &guest);
	expect_no_reply("silence", &guest);
	finish(&guest);
}
END_TEST

/* 64 requests fit in the ring, 44 replies. The others wait where they are until the guest has read
 * as much as a reply is long, and keep their order. */
START_TEST(replies_have_room)
{
	const uint32_t fit = RING / REPLY;
	const uint32_t n = RING / HEADER;
	struct guest guest;
	uint32_t i;

	start(&guest, starts[_i]);
	for (i = 0; i < n; i++)
		send_header(&guest, (const uint32_t[4]){ XS_READ, i, 0, 0 });
	expect_true("room", store_serve(&guest.store, guest.ring));
	expect_eq("room", guest.ring->rsp_prod - guest.read, fit * REPLY);
	expect_eq("room", guest.sent - guest.ring->req_cons, (n - fit) * HEADER);

	guest.ring->rsp_cons += REPLY - (RING - fit * REPLY) - 1;
	expect_true("a byte too few", !store_serve(&guest.store, guest.ring));
	guest.ring->rsp_cons += 1;
	expect_true("just enough", store_serve(&guest.store, guest.ring));
	expect_eq("just enough", guest.ring->rsp_prod - guest.read, (fit + 1) * REPLY);

	guest.read += REPLY; /* the first, on which a part of the last lies */
	for (i = 1; i < n; i++) {
		expect_reply("order", &guest, i, 0);
		store_serve(&guest.store, guest.ring);
	}
	expect_taken("all", &guest);
	expect_no_reply("all", &guest);
	finish(&guest);
}
END_TEST

/* A length of 0: no header is sent. The indices are relative to where they should be. */
static const struct {
	const char *name;
	uint32_t length;
	uint32_t req_prod;
	uint32_t rsp_cons;
	const char *broken;
	uint32_t found;
} lies[] = {
	{ "a full ring", 0, RING, 0, NULL, 0 },
	{ "more than a ring", 0, RING + 1, 0, "at most 1024 bytes of requests", RING + 1 },
	{ "2 GiB of requests", 0, 0x7fffffff, 0, "at most 1024 bytes of requests", 0x7fffffff },
	{ "requests taken back", 0, 0xffffffff, 0, "at most 1024 bytes of requests", 0xffffffff },
	{ "replies not yet written", 0, 1, 1, "at most 1024 bytes of replies", 0xffffffff },
	{ "a full ring of replies", 0, 1, 0u - RING, NULL, 0 },
	{ "more than a ring of replies", 0, 1, 0u - RING - 1, "at most 1024 bytes of replies",
	  RING + 1 },
	{ "replies far away", 0, 1, 0x80000000, "at most 1024 bytes of replies", 0x80000000 },
	{ "the longest", PAYLOAD_MAX, 0, 0, NULL, 0 },
	{ "a byte more", PAYLOAD_MAX + 1, 0, 0, "a request of at most 4096 bytes",
	  PAYLOAD_MAX + 1 },
	{ "almost no end", 0xffffffff, 0, 0, "a request of at most 4096 bytes", 0xffffffff },
	{ "a sum that wraps", 0u - HEADER, 0, 0, "a request of at most 4096 bytes", 0u - HEADER },
};

static void expect_broken(int row, const struct store *store)
{
	const char *name = lies[row].name;

	if (lies[row].broken == NULL) {
		expect_true(name, store->broken == NULL);
		return;
	}
	ck_assert_msg(store->broken != NULL && strcmp(store->broken, lies[row].broken) == 0,
		      "%s: expected '%s', found '%s'", name, lies[row].broken,
		      store->broken ? store->broken : "nothing");
	expect_eq(name, store->found, lies[row].found);
}

/* Behind a good request, which has its reply where the lie lets it be read. */
START_TEST(lies_end_the_service)
{
	const char *name = lies[_i].name;
	struct xenstore_domain_interface before;
	struct guest guest;
	size_t start_row;

	for (start_row = 0; start_row < sizeof(starts) / sizeof(starts[0]); start_row++) {
		start(&guest, starts[start_row]);
		if (lies[_i].length != 0) {
			send_header(&guest, (const uint32_t[4]){ XS_READ, 3, 4, 0 });
			send_header(&guest, (const uint32_t[4]){ XS_WRITE, 5, 0, lies[_i].length });
		}
		guest.ring->req_prod += lies[_i].req_prod;
		guest.ring->rsp_cons += lies[_i].rsp_cons;
		before = *guest.ring;
		store_serve(&guest.store, guest.ring);
		expect_broken(_i, &guest.store);
		if (lies[_i].length != 0)
			expect_reply(name, &guest, 3, 4);
		else if (lies[_i].broken != NULL)
			expect_true(name, memcmp(&before, guest.ring, sizeof(before)) == 0);

		/* for good, even if the guest takes back what it said */
		if (lies[_i].broken != NULL) {
			guest.ring->rsp_cons = guest.store.produced;
			guest.ring->req_prod = guest.store.consumed;
			send_header(&guest, (const uint32_t[4]){ XS_READ, 6, 0, 0 });
			before = *guest.ring;
			expect_true(name, !store_serve(&guest.store, guest.ring));
			expect_true(name, memcmp(&before, guest.ring, sizeof(before)) == 0);
		}
		finish(&guest);
	}
}
END_TEST

/* Indices that are often right, and lengths that often are. */
static void scribble(struct guest *guest)
{
	uint8_t *bytes = (uint8_t *)guest->ring->req;
	uint32_t i;

	for (i = 0; i < RING; i++)
		bytes[i] = (uint8_t)(random_below(3) == 0 ? random_below(256) : 0);
	guest->ring->req_prod = guest->store.consumed + (uint32_t)random_below(RING + 2);
	guest->ring->rsp_cons = guest->store.produced - (uint32_t)random_below(RING + 2);
	guest->ring->req_cons = (uint32_t)random_below(UINT32_MAX);
	guest->ring->rsp_prod = (uint32_t)random_below(UINT32_MAX);
}

/* Whatever the guest does, of the page only the replies and our two indices are written, and no
 * reply lies on one that is not read. */
START_TEST(noise)
{
	struct xenstore_domain_interface before;
	struct guest guest;
	uint64_t rounds = suite_rounds(20000);

	random_start(14);
	start(&guest, starts[_i]);
	for (; rounds != 0; rounds--) {
		scribble(&guest);
		before = *guest.ring;
		store_serve(&guest.store, guest.ring);
		expect_true("noise", memcmp(before.req, guest.ring->req, RING) == 0);
		expect_eq("noise", guest.ring->req_prod, before.req_prod);
		expect_eq("noise", guest.ring->rsp_cons, before.rsp_cons);
		if (guest.store.broken != NULL) { /* before the first reply, or behind the last */
			expect_true("noise", guest.ring->rsp_prod == before.rsp_prod ||
						     guest.ring->rsp_prod == guest.store.produced);
			guest.store.broken = NULL; /* a next life */
			guest.store.taken = 0;
			continue;
		}
		expect_true("noise", guest.store.produced - before.rsp_cons <= RING);
		expect_eq("noise", guest.ring->rsp_prod, guest.store.produced);
		expect_eq("noise", guest.ring->req_cons, guest.store.consumed);
	}
	finish(&guest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen store");
	TCase *protocol = suite_case(suite, "protocol");
	TCase *hostile = suite_case(suite, "hostile");

	tcase_add_loop_test(protocol, silence, 0, ROWS(starts));
	tcase_add_loop_test(protocol, requests_are_answered, 0, ROWS(starts));
	tcase_add_loop_test(protocol, replies_have_room, 0, ROWS(starts));
	tcase_add_loop_test(hostile, lies_end_the_service, 0, ROWS(lies));
	tcase_add_loop_test(hostile, noise, 0, ROWS(starts));
	return suite_run(suite);
}
