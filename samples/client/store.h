/* SPDX-License-Identifier: MIT */
/*
 * The session in an SQLite file: what survives the end of the process.  Changes gather in one
 * transaction until they are committed, which is before anything that rests on them is sent.
 */
#ifndef CLIENT_STORE_H
#define CLIENT_STORE_H

#include <mqttwire/mqttwire.h>

struct sqlite3;
struct store;

/* A message of QoS 1 or 2; one that is going out, or one that came. */
struct stored {
    uint64_t number; /* in the order of their coming; unique among those that go the same way */
    bool incoming;
    uint8_t state;           /* enum message_state */
    uint8_t version;         /* of the packet's bytes */
    uint16_t packet_id;      /* 0: none yet, or none any more */
    struct mqw_bytes packet; /* PUBLISH; empty where the message is not wanted any more */
};

enum { STORE_ERROR = 256 /* bytes */ };

/* NULL: error says why.  full: commits survive power loss. */
struct store *store_open(const char *path, bool full, char error[STORE_ERROR]);

/* Hands over what there is, in order; false from visit ends it.  False: store_problem says why. */
typedef bool store_visit(void *arg, const struct stored *stored);
bool store_load(struct store *store, store_visit *visit, void *arg);

/* The client identifier that the session is of; "" in a new file.  Lasts until the store closes. */
const char *store_client_id(const struct store *store);

/* Each begins a transaction if none is open.  False: store_problem says why. */
bool store_set_client_id(struct store *store, struct mqw_bytes client_id);
bool store_add(struct store *store, const struct stored *stored);
/* Changes state and packet_id; the packet goes if it is not to be kept. */
bool store_change(struct store *store, const struct stored *stored, bool keep_packet);
bool store_remove(struct store *store, bool incoming, uint64_t number);

/* Opens the transaction for what an application writes. */
bool store_begin(struct store *store);
/* Once anything has failed, it all fails: what was not committed is lost with that. */
bool store_commit(struct store *store);
bool store_failed(const struct store *store);
/* A transaction is open that is not the store's. */
bool store_is_taken(const struct store *store);

const char *store_problem(const struct store *store);
struct sqlite3 *store_database(struct store *store);

/* Loses what was not committed.  Where the application has left a statement, SQLite frees the
 * database with that. */
void store_close(struct store *store);

#endif
