/* SPDX-License-Identifier: MIT */
/*
 * The store under any sequence of doings, while the power goes, the disk is full or fails at any
 * moment: what the next life of the broker finds is what was committed, all of it and nothing else.
 *
 *     broker_store_random FOLDER [SEED [ROUNDS]]
 */
#include "broker_core.h"
#include "fault_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 8, TOPICS = 6, LIVES = 4, STEPS = 400, CHECKPOINT = 20 /* pages */ };

/* ---- Chance --------------------------------------------------------------------------------- */

static uint64_t state;

static uint32_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static uint32_t below(uint32_t most)
{
    return draw() % most;
}

/* ---- Doings --------------------------------------------------------------------------------- */

static const char *const topics[TOPICS] = {"a", "a/b", "a/b/c", "b", "b/c", "\xc3\xa4/x"};
static const char *const filters[] = {
    "#", "a/#", "+", "a/+/c", "b/c", "$share/group/#", "$share/g2/a", "$share/g2/a/#"};

static struct session *any_session(struct core *core)
{
    char name[16];
    snprintf(name, sizeof name, "client%u", below(CLIENTS));
    return session_find(&core->broker, mqw_text(name));
}

static struct delivery *any_delivery(struct session *session)
{
    struct delivery *delivery = session->messages.first;
    uint32_t steps = below(10);
    while (delivery && steps-- && delivery->next)
        delivery = delivery->next;
    return delivery;
}

/* None ends while the test runs: what ends does other things, which are not the store's. */
static uint32_t long_time(void)
{
    return below(3) ? 1000000 + below(1000) : UINT32_MAX;
}

static void come_or_go(struct core *core)
{
    struct session *session = any_session(core);
    char name[16];
    if (!session) {
        snprintf(name, sizeof name, "client%u", below(CLIENTS));
        session = session_find(&core->broker, mqw_text(name)) ? NULL : core_session(core, name, 1);
        if (!session)
            return;
        session->expiry = long_time();
    } else if (below(8) == 0) {
        session_drop_will(session);
        session_free(session);
        return;
    } else if (session->connection) {
        session_leave(session, core_now - below(500));
        return;
    } else {
        session->expiry = long_time();
        session_join(session, &core->connection);
    }
    free(session->username);
    session->username = below(2) ? strdup("user") : NULL;
    session_drop_will(session);
    if (below(2))
        core_will(session, topics[below(TOPICS)], 1000000 + below(10), below(2) ? 5 : UINT32_MAX);
}

static void subscribe(struct core *core)
{
    struct session *session = any_session(core);
    const char *filter = filters[below(sizeof filters / sizeof *filters)];
    bool shared = below(4) != 0, existed;
    struct subscription *subscription;
    if (!session)
        return;
    subscription = subscription_find(session, mqw_text(filter), shared);
    if (subscription && below(2)) {
        subscription_free(subscription);
        return;
    }
    subscription = subscription_add(session, mqw_text(filter), shared, &existed);
    if (existed != (subscription_find(session, mqw_text(filter), shared) == subscription))
        existed = true;
    subscription->qos = (uint8_t)(1 + below(2));
    subscription->no_local = below(2);
    subscription->retain_as_published = below(2);
    subscription->retain_handling = (uint8_t)below(3);
    subscription->identifier = below(2) ? 0 : 1 + below(MQW_LENGTH_MAX);
    store_changed(core->broker.store, &subscription->stored);
}

static void publish(struct core *core)
{
    static char payload[20001];
    uint32_t len = below(4) ? below(100) : below(sizeof payload);
    memset(payload, (int)('a' + below(26)), len);
    payload[len] = 0;
    core_publish(core, topics[below(TOPICS)], payload, (uint8_t)below(3), below(4) == 0,
                 below(3) ? 0 : 100000 + below(1000));
}

static void proceed(struct core *core)
{
    struct session *session = any_session(core);
    struct delivery *delivery = session ? any_delivery(session) : NULL;
    if (!delivery)
        return;
    if (delivery->state == DELIVERY_WAITING)
        core_send(delivery, (uint16_t)(1 + below(UINT16_MAX)));
    else if (delivery->state == DELIVERY_SENT && delivery->qos == 2)
        core_acknowledge(delivery, MQW_PUBREC);
    else
        core_acknowledge(delivery, delivery->qos == 2 ? MQW_PUBCOMP : MQW_PUBACK);
}

static void receive(struct core *core)
{
    struct session *session = any_session(core);
    uint16_t id = (uint16_t)(1 + below(20));
    if (session && !session_set_received(session, id, !session_received(session, id)))
        abort();
}

static void act(struct core *core)
{
    uint32_t what = below(20);
    if (what < 2)
        come_or_go(core);
    else if (what < 5)
        subscribe(core);
    else if (what < 10)
        publish(core);
    else if (what < 17)
        proceed(core);
    else
        receive(core);
}

/* ---- Lives ---------------------------------------------------------------------------------- */

/* What the file may have: the newest last. */
struct history {
    char **dumps;
    size_t count;
};

static void remember(struct history *history, char *dump)
{
    history->dumps = realloc(history->dumps, (history->count + 1) * sizeof *history->dumps);
    history->dumps[history->count++] = dump;
}

static void forget(struct history *history)
{
    while (history->count)
        free(history->dumps[--history->count]);
    free(history->dumps);
    history->dumps = NULL;
}

/* Lives until something happens, or long enough.  *possible: how many of history, from the end, may
 * be what the file has: what was being committed, the last that was, and where nothing was, what may
 * have been before. */
static void live(struct core *core, struct history *history, size_t *possible)
{
    unsigned step;
    for (step = 0; step < STEPS && !fault_happened(); step++) {
        act(core);
        if (below(5))
            continue;
        core_sleep(1000); /* the clock's row is written now, as something is */
        core_publish(core, "tick", "tock", 0, true, 0);
        remember(history, core_dump(core));
        ++*possible;
        if (!store_commit(core->broker.store)) {
            if (!fault_happened() || !*store_problem(core->broker.store)) {
                printf("a commit failed for no reason: %s\n", store_problem(core->broker.store));
                exit(1);
            }
            return;
        }
        if (!fault_happened())
            *possible = 1;
    }
}

static bool whole(struct core *core)
{
    sqlite3_stmt *statement;
    bool good = sqlite3_prepare_v2(store_database(core->broker.store), "PRAGMA integrity_check", -1,
                                   &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW &&
                strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    sqlite3_finalize(statement);
    return good;
}

static void fail(const char *what, uint64_t seed, unsigned life, const char *found,
                 const char *wanted)
{
    printf("seed %llu, life %u: %s\n---- found:\n%s---- wanted:\n%s", (unsigned long long)seed,
           life, what, found, wanted);
    exit(1);
}

/* Opens it again, and looks what is there. */
static void inspect(struct core *core, const char *path, bool full, const struct history *history,
                    size_t possible, uint64_t seed, unsigned life)
{
    char *found;
    size_t i;
    if (!core_open(core, path, full))
        fail(core->problem, seed, life, "", "");
    if (!whole(core))
        fail("the file is not whole", seed, life, "", "");
    found = core_dump(core);
    for (i = 0; i < possible && i < history->count; i++)
        if (strcmp(found, history->dumps[history->count - 1 - i]) == 0)
            break;
    if (i == possible || i == history->count)
        fail("this was never committed, or is too old", seed, life, found,
             history->dumps[history->count - 1]);
    free(found);
}

static void one_round(const char *path, uint64_t seed)
{
    static const enum fault faults[] = {FAULT_NONE, FAULT_POWER, FAULT_POWER,
                                        FAULT_KILL, FAULT_FULL,  FAULT_BROKEN};
    static struct core core;
    struct history history = {NULL, 0};
    size_t possible = 1;
    bool full;
    unsigned life;

    state = seed;
    full = below(2);
    if (!core_open(&core, path, full))
        fail(core.problem, seed, 0, "", "");
    remember(&history, core_dump(&core));
    for (life = 1; life <= LIVES; life++) {
        enum fault fault = faults[below(sizeof faults / sizeof *faults)];
        bool died;
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA wal_autocheckpoint = %d", CHECKPOINT);
        sqlite3_exec(store_database(core.broker.store), sql, NULL, NULL, NULL);
        fault_set(fault, below(below(2) ? 30 : 600));
        live(&core, &history, &possible);
        died = fault_happened() && (fault == FAULT_POWER || fault == FAULT_KILL);
        core_kill(&core);
        if (died)
            fault_restore(draw);
        if (died && fault == FAULT_POWER && !full)
            possible = history.count;
        fault_set(FAULT_NONE, 0);
        inspect(&core, path, full, &history, possible, seed, life);
        remember(&history, core_dump(&core));
        possible++;
    }
    forget(&history);
    core_kill(&core);
    fault_forget();
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, end;
    char path[4096], name[4110];
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    size_t i;

    if (argc < 2)
        return 2;
    end = seed + (argc > 3 ? strtoull(argv[3], NULL, 10) : 50);
    snprintf(path, sizeof path, "%s/broker_store_random.db", argv[1]);
    fault_register();
    for (; seed < end; seed++) {
        for (i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
            snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
            remove(name);
        }
        one_round(path, seed);
    }
    return 0;
}
