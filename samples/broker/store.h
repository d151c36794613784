/* SPDX-License-Identifier: MIT */
/*
 * The broker's state in an SQLite file.  Sessions, subscriptions, deliveries and retained messages
 * are in memory; what changes of them is noted, and written in one transaction by store_commit,
 * which the broker calls before anything that it says about them goes out.  What comes and goes
 * between two commits is never written.  Without persistence there is no store, and NULL does
 * nothing.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include "session.h"

#include <stdbool.h>
#include <stdint.h>

struct broker;
struct store;
struct sqlite3;

/* NULL: *problem, of 256 bytes, says why: the file is locked by another broker, broken, of a newer
 * version. */
struct store *store_open(struct broker *broker, const char *path, bool full, char *problem);

/* Puts all that the file has into the broker.  Messages, sessions and wills whose time came while
 * the broker was down are seen to.  False: *problem says why. */
bool store_load(struct store *store, char *problem);

/* It is new, or has changed. */
void store_changed(struct store *store, struct stored *stored);
/* It is about to be freed. */
void store_gone(struct store *store, struct stored *stored);
/* A message of store number `number`, unless 0, is freed. */
void store_message_gone(struct store *store, uint64_t number);
/* An incoming packet identifier of QoS 2: session_set_received. */
void store_received(struct store *store, const struct session *session, uint16_t packet_id,
                    bool set);

/* Writes all changes.  False: nothing of them may be told to anybody, and the broker must end;
 * store_problem says why. */
bool store_commit(struct store *store);
const char *store_problem(const struct store *store);
struct sqlite3 *store_database(struct store *store); /* for tests */
void store_close(struct store *store);

#endif
