/* SPDX-License-Identifier: MIT */
/* What store.c, store_rows.c and store_load.c have in common. */
#ifndef BROKER_STORE_PARTS_H
#define BROKER_STORE_PARTS_H

#include "broker.h"

#include <sqlite3.h>

enum {
    STORE_PROBLEM = 256, /* bytes */
    CLOCK_COMMIT = 1000  /* milliseconds that the clock's row may be behind at a commit */
};

/* The statements that write: X(NAME, SQL). */
/* clang-format off: a table is read in columns */
#define STORE_STATEMENTS(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(SET_CLOCK, "REPLACE INTO clock VALUES (1, ?1)")                                              \
    X(ADD_MESSAGE, "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)")                              \
    X(REMOVE_MESSAGE, "DELETE FROM message WHERE number = ?1")                                     \
    X(SET_SESSION, "REPLACE INTO session VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")        \
    X(REMOVE_SESSION, "DELETE FROM session WHERE number = ?1")                                     \
    X(SET_SUBSCRIPTION, "REPLACE INTO subscription VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")       \
    X(REMOVE_SUBSCRIPTION, "DELETE FROM subscription "                                             \
                           "WHERE session = ?1 AND filter = ?2 AND shared = ?3")                   \
    X(SET_DELIVERY, "REPLACE INTO delivery VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")               \
    X(REMOVE_DELIVERY, "DELETE FROM delivery WHERE session = ?1 AND number = ?2")                  \
    X(SET_RECEIVED, "REPLACE INTO received VALUES (?1, ?2)")                                       \
    X(REMOVE_RECEIVED, "DELETE FROM received WHERE session = ?1 AND packet_id = ?2")               \
    X(REMOVE_ALL_RECEIVED, "DELETE FROM received WHERE session = ?1")                              \
    X(SET_RETAINED, "REPLACE INTO retained VALUES (?1, ?2)")                                       \
    X(REMOVE_RETAINED, "DELETE FROM retained WHERE topic = ?1")                                    \
    X(SHIFT_MESSAGES, "UPDATE message SET expires = max(0, expires + ?1)")                         \
    X(SHIFT_SESSIONS, "UPDATE session SET ends = max(0, ends + ?1), "                              \
                      "will_due = max(0, will_due + ?1)")
/* clang-format on */

enum store_statement {
#define STORE_ROW(name, sql) STORE_##name,
    STORE_STATEMENTS(STORE_ROW)
#undef STORE_ROW
        STORE_STATEMENT_COUNT
};

struct store {
    struct broker *broker;
    sqlite3 *database;
    sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
    struct stored changed; /* a ring, with those that have changed behind it, in that order */
    uint64_t last_message;
    struct timer timer; /* for the clock's row ... */
    int64_t clock;      /* ... that was written then */
    int64_t offset;     /* of the file's times, which are the wall's, from the broker's clock */
    int lock;           /* descriptor of a file that one broker at a time has locked */
    bool loading;       /* nothing is new */
    bool open_transaction;
    bool failed; /* what the file has and what was told may differ: nothing more is written */
    const char *path;
    char problem[STORE_PROBLEM];
};

/* Answer false; the first problem is the one that is told. */
bool store_fail(struct store *store, const char *why);
bool store_fail_database(struct store *store); /* SQLite knows why */

/* A statement to be bound and executed, in the transaction.  NULL: there is none, *store failed. */
sqlite3_stmt *store_begin(struct store *store, enum store_statement which);
bool store_execute(struct store *store, sqlite3_stmt *statement);

/* Says when the broker was last seen alive.  Where the wall's clock was set, the file's times are
 * shifted, as what is left of them is still the same. */
bool store_write_clock(struct store *store);

/* store_rows.c: writes it as it is now. */
bool store_write(struct store *store, struct stored *stored);

#endif
