/* SPDX-License-Identifier: MIT */
/* The broker's store in a folder of its own. */
#include "store_case.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char folder[64], path[80], other[80];
struct core core;

static void setup(void)
{
    snprintf(folder, sizeof folder, "broker_store_XXXXXX");
    ck_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/db", folder);
    snprintf(other, sizeof other, "%s/other", folder);
}

static void teardown(void)
{
    static const char *const names[] = {"db", "db-wal", "db-shm", "db-lock", "other", "other-lock"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        unlink(name);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

void begin(void)
{
    ck_assert_msg(core_open(&core, path, false), "%s", core.problem);
}

void commit(void)
{
    ck_assert_msg(store_commit(core.broker.store), "%s", store_problem(core.broker.store));
}

void again(int64_t milliseconds)
{
    core_kill(&core);
    core_sleep(milliseconds);
    begin();
}

void turn(void)
{
    timers_run(&core.broker.timers, core_now);
    commit();
}

struct session *session(const char *client_id)
{
    return session_find(&core.broker, mqw_text(client_id));
}

struct retained *retained(const char *topic)
{
    const struct level *level = tree_find(&core.broker.retained, mqw_text(topic));
    return level ? level->retained : NULL;
}

int64_t ask_file(const char *file, const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t answer;
    ck_assert_int_eq(sqlite3_open(file, &database), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s",
                  sql, sqlite3_errmsg(database));
    sqlite3_step(statement);
    answer = sqlite3_column_int64(statement, 0);
    ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
    sqlite3_close(database);
    return answer;
}

int64_t ask(const char *sql)
{
    return ask_file(path, sql);
}

TCase *store_case(const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 0);
    return tcase;
}
