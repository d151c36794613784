/* SPDX-License-Identifier: MIT */
/* The store's file: opening it, its tables, transactions, and the clock. */
#include "store_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
    APPLICATION = 0x6d717762, /* "mqwb", as file(1) and SQLite's application_id have it */
    VERSION = 1,              /* of the tables; a change of them is a new one */
    CLOCK_IDLE = 5000         /* milliseconds that the clock's row may be behind in between */
};

/*
 * Times are milliseconds since 1970, NULL: never.  Rows of one session are next to each other.
 * Nothing has a second index, which every write would pay for; what would be constraints of keys is
 * found by store_load.
 */
static const char tables[] =
    /* About when the broker was last seen alive. */
    "CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), wall INTEGER NOT NULL) STRICT;"
    /* packet: PUBLISH of 5.0; origin: the publisher's client identifier. */
    "CREATE TABLE message (number INTEGER PRIMARY KEY, packet BLOB NOT NULL, origin TEXT NOT NULL,"
    " qos INTEGER NOT NULL, expires INTEGER) STRICT;"
    "CREATE TABLE session (number INTEGER PRIMARY KEY, client_id TEXT NOT NULL, username TEXT,"
    " expiry INTEGER NOT NULL, connected INTEGER NOT NULL, ends INTEGER,"
    " will INTEGER, will_delay INTEGER NOT NULL, will_expiry INTEGER NOT NULL, will_due INTEGER)"
    " STRICT;"
    "CREATE TABLE subscription (session INTEGER NOT NULL, filter TEXT NOT NULL,"
    " shared INTEGER NOT NULL, qos INTEGER NOT NULL, no_local INTEGER NOT NULL,"
    " retain_as_published INTEGER NOT NULL, retain_handling INTEGER NOT NULL,"
    " identifier INTEGER NOT NULL, PRIMARY KEY (session, filter, shared)) STRICT, WITHOUT ROWID;"
    /* state: enum delivery_state; identifiers: four bytes each, the highest first. */
    "CREATE TABLE delivery (session INTEGER NOT NULL, number INTEGER NOT NULL, message INTEGER,"
    " state INTEGER NOT NULL, packet_id INTEGER NOT NULL, qos INTEGER NOT NULL,"
    " retain INTEGER NOT NULL, identifiers BLOB NOT NULL,"
    " PRIMARY KEY (session, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE received (session INTEGER NOT NULL, packet_id INTEGER NOT NULL,"
    " PRIMARY KEY (session, packet_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE retained (topic TEXT PRIMARY KEY, message INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* ---- Failing -------------------------------------------------------------------------------- */

bool store_fail(struct store *store, const char *why)
{
    if (!store->failed)
        snprintf(store->problem, sizeof store->problem, "%.120s: %.120s", store->path, why);
    store->failed = true;
    return false;
}

bool store_fail_database(struct store *store)
{
    int code = sqlite3_extended_errcode(store->database);
    int number = sqlite3_system_errno(store->database);
    char why[STORE_PROBLEM];
    snprintf(why, sizeof why, "%s%s%s", sqlite3_errmsg(store->database),
             (code & 0xff) == SQLITE_IOERR && number ? ": " : "",
             (code & 0xff) == SQLITE_IOERR && number ? strerror(number) : "");
    return store_fail(store, why);
}

/* ---- Opening -------------------------------------------------------------------------------- */

/* Two brokers with one file would each write what the other knows nothing of. */
static bool lock(struct store *store)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s" STORE_LOCK, store->path) >= (int)sizeof name)
        return store_fail(store, "the path is too long");
    store->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    return store_fail(store, errno == EWOULDBLOCK ? "another broker uses it" : strerror(errno));
}

/* Messages are nobody else's business; SQLite gives the files beside it the same rights. */
static void make_private(const char *path)
{
    int made = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0) /* else SQLite says what is wrong */
        close(made);
}

static bool run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_fail_database(store);
}

/* The integer that a query answers. */
static bool ask(struct store *store, const char *sql, int64_t *answer)
{
    sqlite3_stmt *statement = NULL;
    bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (good)
        *answer = sqlite3_column_int64(statement, 0);
    else
        store_fail_database(store);
    sqlite3_finalize(statement);
    return good;
}

/* Takes a fraction of the time of loading, and finds what would else be found by writing. */
static bool check_pages(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    const char *answer, *line;
    char why[STORE_PROBLEM];
    if (sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        store_fail_database(store);
    answer = (const char *)sqlite3_column_text(statement, 0);
    line = answer ? strrchr(answer, '\n') : NULL; /* the first says which database */
    snprintf(why, sizeof why, "it is damaged: %s", line ? line + 1 : answer ? answer : "?");
    if (!answer || strcmp(answer, "ok") != 0)
        store_fail(store, why);
    sqlite3_finalize(statement);
    return !store->failed;
}

static bool make_tables(struct store *store)
{
    char sql[sizeof tables + 128];
    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE;%s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             tables, APPLICATION, VERSION);
    return run(store, sql);
}

/* A file that is not the broker's is left as it is. */
static bool check_tables(struct store *store)
{
    int64_t objects, application, version;
    char why[STORE_PROBLEM];
    if (!ask(store, "SELECT count(*) FROM sqlite_schema", &objects) ||
        !ask(store, "PRAGMA application_id", &application) ||
        !ask(store, "PRAGMA user_version", &version))
        return false;
    if (!objects && !application && !version)
        return make_tables(store);
    if (application != APPLICATION)
        return store_fail(store, "this is a database of something else");
    if (version == VERSION)
        return check_pages(store);
    snprintf(why, sizeof why, "its version is %lld, and this broker knows %d", (long long)version,
             VERSION);
    return store_fail(store, why);
}

/* WAL: a commit appends to one file.  The checkpoint, which copies that into the other, waits for the
 * disk: it comes more rarely than by default. */
static bool set_up(struct store *store, bool full)
{
    return run(store, "PRAGMA journal_mode = WAL") &&
           run(store, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL") &&
           run(store, "PRAGMA wal_autocheckpoint = 4000;"
                      "PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -16000") &&
           check_tables(store);
}

static bool prepare(struct store *store)
{
    static const char *const texts[] = {
#define STORE_ROW(name, sql) sql,
        STORE_STATEMENTS(STORE_ROW)
#undef STORE_ROW
    };
    int i;
    for (i = 0; i < STORE_STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(store->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return store_fail_database(store);
    return true;
}

static int64_t offset_now(void);
static void clock_due(struct timer *timer);

struct store *store_open(struct broker *broker, const char *path, bool full, char *problem)
{
    struct store *store = calloc(1, sizeof *store);
    bool good;
    if (!store) {
        snprintf(problem, STORE_PROBLEM, "out of memory");
        return NULL;
    }
    store->broker = broker;
    store->path = path;
    store->lock = -1;
    store->offset = offset_now();
    store->changed.next = store->changed.previous = &store->changed;
    store->timer.due = clock_due;
    good = lock(store);
    if (good)
        make_private(path);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks, and counting takes a lock */
    if (good && sqlite3_open_v2(path, &store->database,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                NULL) != SQLITE_OK)
        good = store_fail_database(store);
    if (good) {
        sqlite3_busy_timeout(store->database, 5000); /* others may read it, for a copy say */
        good = set_up(store, full) && prepare(store);
    }
    if (good)
        return store;
    snprintf(problem, STORE_PROBLEM, "%s", store->problem);
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    int i;
    if (!store)
        return;
    timers_stop(&store->broker->timers, &store->timer);
    for (i = 0; i < STORE_STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->database); /* which rolls back */
    if (store->lock >= 0)
        close(store->lock);
    free(store);
}

/* ---- Transactions --------------------------------------------------------------------------- */

bool store_execute(struct store *store, sqlite3_stmt *statement)
{
    bool good = sqlite3_step(statement) == SQLITE_DONE || store_fail_database(store);
    sqlite3_reset(statement);
    return good;
}

sqlite3_stmt *store_begin(struct store *store, enum store_statement which)
{
    if (store->failed)
        return NULL;
    if (!store->open_transaction)
        store->open_transaction = store_execute(store, store->statements[STORE_BEGIN]);
    return store->failed ? NULL : store->statements[which];
}

/* broker_now, whose clock this is, may be behind by what the turn of the loop takes. */
static int64_t offset_now(void)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    return (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 - (int64_t)(uv_hrtime() / 1000000);
}

static bool execute_with(struct store *store, enum store_statement which, int64_t value)
{
    sqlite3_stmt *statement = store_begin(store, which);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, value);
    return store_execute(store, statement);
}

bool store_write_clock(struct store *store)
{
    int64_t offset = offset_now(), shift = offset - store->offset;
    if (shift <= -CLOCK_COMMIT || shift >= CLOCK_COMMIT) { /* the wall's clock was set */
        store->offset = offset;
        if (!execute_with(store, STORE_SHIFT_MESSAGES, shift) ||
            !execute_with(store, STORE_SHIFT_SESSIONS, shift))
            return false;
    }
    store->clock = broker_now(store->broker);
    return execute_with(store, STORE_SET_CLOCK, store->clock + store->offset);
}

/* The broker commits before it waits for what comes next. */
static void clock_due(struct timer *timer)
{
    struct store *store = TABLE_OF(timer, struct store, timer);
    if (store->broker->online)
        store_write_clock(store);
}

bool store_commit(struct store *store)
{
    if (!store)
        return true;
    while (!store->failed && store->changed.next != &store->changed) {
        struct stored *stored = store->changed.next;
        store->changed.next = stored->next;
        stored->next->previous = &store->changed;
        stored->changed = false;
        store_write(store, stored);
    }
    if (store->failed || !store->open_transaction)
        return !store->failed;
    if (broker_now(store->broker) - store->clock >= CLOCK_COMMIT && !store_write_clock(store))
        return false;
    if (!store->timer.place)
        broker_set_timer(store->broker, &store->timer, broker_now(store->broker) + CLOCK_IDLE);
    store->open_transaction = false;
    return store_execute(store, store->statements[STORE_COMMIT]);
}

const char *store_problem(const struct store *store)
{
    return store->problem;
}

struct sqlite3 *store_database(struct store *store)
{
    return store->database;
}
