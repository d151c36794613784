/* SPDX-License-Identifier: MIT */
/* The session in an SQLite file. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum statement { BEGIN, COMMIT, CLIENT_ID, ADD, CHANGE, REMOVE, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [CLIENT_ID] = "REPLACE INTO mqttwire_session (one, client_id) VALUES (1, ?1)",
    [ADD] = "INSERT INTO mqttwire_message (incoming, number, state, packet_id, version, packet) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [CHANGE] = "UPDATE mqttwire_message SET state = ?3, packet_id = ?4, "
               "packet = CASE WHEN ?5 THEN packet ELSE x'' END WHERE incoming = ?1 AND number = ?2",
    [REMOVE] = "DELETE FROM mqttwire_message WHERE incoming = ?1 AND number = ?2",
};

/* The names leave an application room for tables of its own. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS mqttwire_session ("
    " one INTEGER PRIMARY KEY CHECK (one = 1), client_id TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS mqttwire_message ("
    " incoming INTEGER NOT NULL, number INTEGER NOT NULL, state INTEGER NOT NULL,"
    " packet_id INTEGER NOT NULL, version INTEGER NOT NULL, packet BLOB NOT NULL,"
    " PRIMARY KEY (incoming, number)) WITHOUT ROWID";

struct store {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
    int lock; /* descriptor of a file that one client at a time has locked */
    bool open_transaction;
    bool
        failed; /* what the client knows and what the file has may differ: nothing more is written */
    char client_id[MQW_TEXT_MAX + 1];
    char problem[STORE_ERROR];
};

static bool fail_with(struct store *store, const char *what, const char *why)
{
    if (!store->failed)
        snprintf(store->problem, sizeof store->problem, "%.40s: %.200s", what, why);
    store->failed = true;
    return false;
}

static bool fail(struct store *store, const char *what)
{
    return fail_with(store, what, sqlite3_errmsg(store->database));
}

static bool run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK || fail(store, sql);
}

/* A name that SQLite has a meaning of its own for: a session has to last. */
static bool is_file(struct store *store, const char *path)
{
    if (*path && *path != ':')
        return true;
    snprintf(store->problem, sizeof store->problem, "'%.200s' is no name of a file", path);
    return false;
}

/* Two clients with one session would take each other's identifiers. */
static bool lock(struct store *store, const char *path)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s-lock", path) >= (int)sizeof name) {
        snprintf(store->problem, sizeof store->problem, "the path is too long");
        return false;
    }
    store->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    snprintf(store->problem, sizeof store->problem, "%.200s: %s", name,
             errno == EWOULDBLOCK ? "another client uses this session" : strerror(errno));
    return false;
}

/* Messages are nobody else's business; SQLite gives the files beside it the same rights. */
static void make_private(const char *path)
{
    int made = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0) /* else SQLite says what is wrong */
        close(made);
}

static bool set_up(struct store *store, bool full)
{
    return run(store, "PRAGMA journal_mode = WAL") &&
           run(store, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL") &&
           run(store, tables);
}

static bool read_client_id(struct store *store)
{
    sqlite3_stmt *statement;
    bool good = sqlite3_prepare_v2(store->database, "SELECT client_id FROM mqttwire_session", -1,
                                   &statement, NULL) == SQLITE_OK;
    if (good && sqlite3_step(statement) == SQLITE_ROW)
        snprintf(store->client_id, sizeof store->client_id, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return good || fail(store, "reading the session");
}

static bool prepare(struct store *store)
{
    int i;
    for (i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return fail(store, "preparing");
    return true;
}

struct store *store_open(const char *path, bool full, char error[STORE_ERROR])
{
    struct store *store = calloc(1, sizeof *store);
    bool good;
    if (!store) {
        snprintf(error, STORE_ERROR, "out of memory");
        return NULL;
    }
    store->lock = -1;
    good = is_file(store, path) && lock(store, path);
    if (good)
        make_private(path);
    if (good && sqlite3_open(path, &store->database) != SQLITE_OK)
        good = fail(store, path);
    if (good) {
        sqlite3_busy_timeout(store->database, 5000); /* others may read, and write what is theirs */
        good = set_up(store, full) && read_client_id(store) && prepare(store);
    }
    if (good)
        return store;
    snprintf(error, STORE_ERROR, "%s", store->problem);
    store_close(store);
    return NULL;
}

bool store_load(struct store *store, store_visit *visit, void *arg)
{
    sqlite3_stmt *statement;
    int step = SQLITE_DONE;
    if (sqlite3_prepare_v2(store->database,
                           "SELECT incoming, number, state, packet_id, version, packet "
                           "FROM mqttwire_message ORDER BY incoming, number",
                           -1, &statement, NULL) != SQLITE_OK)
        return fail(store, "reading messages");
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct stored stored;
        stored.incoming = sqlite3_column_int(statement, 0) != 0;
        stored.number = (uint64_t)sqlite3_column_int64(statement, 1);
        stored.state = (uint8_t)sqlite3_column_int(statement, 2);
        stored.packet_id = (uint16_t)sqlite3_column_int(statement, 3);
        stored.version = (uint8_t)sqlite3_column_int(statement, 4);
        stored.packet =
            mqw_view(sqlite3_column_blob(statement, 5), (size_t)sqlite3_column_bytes(statement, 5));
        if (!visit(arg, &stored))
            break;
    }
    if (step == SQLITE_ROW)
        fail_with(store, "reading messages", "one cannot be read, or there is no memory");
    else if (step != SQLITE_DONE)
        fail(store, "reading messages");
    sqlite3_finalize(statement);
    return step == SQLITE_DONE;
}

static bool execute(struct store *store, enum statement which)
{
    sqlite3_stmt *statement = store->statements[which];
    int step = sqlite3_step(statement);
    bool good = step == SQLITE_DONE || fail(store, "writing the session");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return good;
}

/* The transaction, if there is one, is open still: SQLite rolls it back when a statement of the
 * application finds the disk full, say, and what follows would be committed on its own. */
static bool is_whole(struct store *store)
{
    if (store->open_transaction && sqlite3_get_autocommit(store->database))
        fail_with(store, "writing the session",
                  "a statement of the application ended the transaction");
    return !store->failed;
}

bool store_is_taken(const struct store *store)
{
    return !store->open_transaction && !sqlite3_get_autocommit(store->database);
}

bool store_begin(struct store *store)
{
    if (is_whole(store) && !store->open_transaction)
        store->open_transaction = execute(store, BEGIN);
    return !store->failed;
}

bool store_commit(struct store *store)
{
    if (!is_whole(store) || !store->open_transaction)
        return !store->failed;
    store->open_transaction = false;
    return execute(store, COMMIT);
}

/* Binds which message, and answers the statement; NULL: no transaction. */
static sqlite3_stmt *start(struct store *store, enum statement which, bool incoming,
                           uint64_t number)
{
    sqlite3_stmt *statement = store->statements[which];
    if (!store_begin(store))
        return NULL;
    sqlite3_bind_int(statement, 1, incoming);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)number);
    return statement;
}

bool store_set_client_id(struct store *store, struct mqw_bytes client_id)
{
    if (!store_begin(store))
        return false;
    sqlite3_bind_text(store->statements[CLIENT_ID], 1, (const char *)client_id.ptr,
                      (int)client_id.len, SQLITE_TRANSIENT);
    snprintf(store->client_id, sizeof store->client_id, "%.*s", MQW_ARG(client_id));
    return execute(store, CLIENT_ID);
}

bool store_add(struct store *store, const struct stored *stored)
{
    sqlite3_stmt *statement = start(store, ADD, stored->incoming, stored->number);
    if (!statement)
        return false;
    sqlite3_bind_int(statement, 3, stored->state);
    sqlite3_bind_int(statement, 4, stored->packet_id);
    sqlite3_bind_int(statement, 5, stored->version);
    sqlite3_bind_blob(statement, 6, stored->packet.len ? (const void *)stored->packet.ptr : "",
                      (int)stored->packet.len, SQLITE_STATIC);
    return execute(store, ADD);
}

bool store_change(struct store *store, const struct stored *stored, bool keep_packet)
{
    sqlite3_stmt *statement = start(store, CHANGE, stored->incoming, stored->number);
    if (!statement)
        return false;
    sqlite3_bind_int(statement, 3, stored->state);
    sqlite3_bind_int(statement, 4, stored->packet_id);
    sqlite3_bind_int(statement, 5, keep_packet);
    return execute(store, CHANGE);
}

bool store_remove(struct store *store, bool incoming, uint64_t number)
{
    return start(store, REMOVE, incoming, number) && execute(store, REMOVE);
}

const char *store_client_id(const struct store *store)
{
    return store->client_id;
}

bool store_failed(const struct store *store)
{
    return store->failed;
}

const char *store_problem(const struct store *store)
{
    return store->problem;
}

struct sqlite3 *store_database(struct store *store)
{
    return store->database;
}

void store_close(struct store *store)
{
    int i;
    for (i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    if (store->database && !sqlite3_get_autocommit(store->database))
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close_v2(store->database);
    if (store->lock >= 0)
        close(store->lock);
    free(store);
}
