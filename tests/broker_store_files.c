/* SPDX-License-Identifier: MIT */
/* samples/broker/store.c: files that it does not take, that are damaged, or that find no room. */
#include "store_case.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files that are not taken ------------------------------------------------------------------- */

static void refused(const char *file, const char *why)
{
    struct core second;
    ck_assert(!core_open(&second, file, false));
    ck_assert_msg(strstr(second.problem, why) && strstr(second.problem, file), "%s",
                  second.problem);
}

START_TEST(a_second_broker)
{
    struct stat status;
    begin();
    refused(path, "another broker uses it");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    core_close(&core);
    begin();
    core_close(&core);
}
END_TEST

START_TEST(files_of_others)
{
    FILE *file = fopen(other, "w");
    ck_assert(file && fputs("This is a letter to somebody, and no database at all.", file) >= 0);
    ck_assert_int_eq(fclose(file), 0);
    refused(other, "file is not a database");
    unlink(other);
    ask_file(other, "CREATE TABLE message (text)");
    refused(other, "this is a database of something else");
    ck_assert_int_eq(ask_file(other, "SELECT count(*) FROM sqlite_schema"), 1);
    refused("nowhere/at/all", "No such file or directory");
    refused(folder, "unable to open database file");
    snprintf(other, sizeof other, "%s-lock", folder);
    unlink(other);
}
END_TEST

START_TEST(a_newer_version)
{
    begin();
    core_close(&core);
    ask("PRAGMA user_version = 2");
    refused(path, "its version is 2, and this broker knows 1");
    ck_assert_int_eq(ask("PRAGMA user_version"), 2);
}
END_TEST

static const char *const broken_rows[][2] = {
    {"UPDATE message SET packet = x'3003'", "table message, row 1: its packet cannot be read"},
    {"UPDATE message SET packet = x'c000'", "table message, row 1: its packet cannot be read"},
    {"UPDATE message SET qos = 3", "table message, row 1: a value is out of its range"},
    {"UPDATE message SET expires = -1", "table message, row 1: a value"},
    {"UPDATE message SET number = -1 WHERE number = 1", "table message, row -1: a value"},
    {"UPDATE message SET origin = printf('%.*c', 65536, 'x')", "table message, row 1: a value"},
    {"DELETE FROM message", "table session, row 1: its will is not there"},
    {"UPDATE session SET will = NULL; DELETE FROM message WHERE number > 1",
     "table delivery, row 1: its message is not there"},
    {"UPDATE session SET expiry = 4294967296", "table session, row 1: a value"},
    {"UPDATE session SET connected = 2", "table session, row 1: a value"},
    {"UPDATE session SET number = 0", "table session, row 0: a value"},
    {"UPDATE session SET client_id = ''", "table session, row 1: a value"},
    {"UPDATE session SET ends = 9223372036854775807", "table session, row 1: a value"},
    {"UPDATE session SET client_id = printf('%.*c', 65536, 'x')", "table session, row 1: a value"},
    {"INSERT INTO session SELECT 9, client_id, username, expiry, connected, ends, will, will_delay,"
     " will_expiry, will_due FROM session",
     "table session, row 9: another row has its client identifier"},
    {"DELETE FROM session", "table subscription, row 1: its session is not there"},
    {"UPDATE subscription SET filter = ''", "table subscription, row 1: a value"},
    {"UPDATE subscription SET filter = printf('%.*c', 65536, 'x')", "table subscription, row 1: a"},
    {"UPDATE subscription SET shared = 1",
     "table subscription, row 1: its filter is not one of a shared subscription"},
    {"UPDATE subscription SET qos = 3", "table subscription, row 1: a value"},
    {"UPDATE subscription SET retain_handling = 3", "table subscription, row 1: a value"},
    {"UPDATE subscription SET identifier = 268435456", "table subscription, row 1: a value"},
    {"UPDATE delivery SET session = 2", "table delivery, row 2: its session is not there"},
    {"UPDATE delivery SET state = 3", "table delivery, row 1: a value"},
    {"UPDATE delivery SET state = 2", "table delivery, row 1: its state contradicts what it has"},
    {"UPDATE delivery SET message = NULL", "table delivery, row 1: its state contradicts"},
    {"UPDATE delivery SET packet_id = 7", "table delivery, row 1: its state contradicts"},
    {"UPDATE delivery SET qos = 0", "table delivery, row 1: a value"},
    {"UPDATE delivery SET identifiers = x'000001'", "table delivery, row 1: a value"},
    {"UPDATE received SET packet_id = 0", "table received, row 1: a value"},
    {"UPDATE received SET packet_id = 65536", "table received, row 1: a value"},
    {"UPDATE received SET session = 5", "table received, row 5: its session is not there"},
    {"UPDATE retained SET topic = 'b'", "table retained, row b: its message is another topic's"},
    {"UPDATE retained SET message = 99", "table retained, row a: its message is not there"},
    {"UPDATE clock SET wall = -1", "table clock, row 1: this is no time"},
    {"DROP TABLE received", "no such table: received"},
    {"ALTER TABLE session DROP COLUMN will_due", "table session has 9 columns"},
};

START_TEST(broken_row)
{
    sqlite3 *database;
    char *problem = NULL;
    begin();
    core_subscribe(core_session(&core, "a", HOUR), "#", 1);
    core_will(session("a"), "w", HOUR, UINT32_MAX);
    core_publish(&core, "a", "x", 1, true, 0);
    session_set_received(session("a"), 1, true);
    commit();
    core_close(&core);
    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_exec(database, broken_rows[_i][0], NULL, NULL, &problem);
    ck_assert_msg(!problem, "%s: %s", broken_rows[_i][0], problem);
    sqlite3_close(database);
    refused(path, broken_rows[_i][1]);
    refused(path, broken_rows[_i][1]); /* it is left as it was */
}
END_TEST

/* ---- Damage ------------------------------------------------------------------------------------- */

static long read_file(char *bytes, size_t cap)
{
    FILE *file = fopen(path, "rb");
    size_t len;
    ck_assert_ptr_nonnull(file);
    len = fread(bytes, 1, cap, file);
    fclose(file);
    return (long)len;
}

static void write_file(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(bytes, 1, len, file) == len);
    ck_assert_int_eq(fclose(file), 0);
}

/* Whatever a file is, it is loaded or refused, and what follows fails in order or does not. */
static void try_damaged(void)
{
    if (!core_open(&core, path, false)) {
        ck_assert_msg(strlen(core.problem) > strlen(path) + 2, "%s", core.problem);
        return;
    }
    core_subscribe(core_session(&core, "new", HOUR), "#", 1);
    core_publish(&core, "a", "x", 1, true, 0);
    core_publish(&core, "b/c", "x", 1, true, 0);
    if (!store_commit(core.broker.store))
        ck_assert_uint_gt(strlen(store_problem(core.broker.store)), strlen(path) + 2);
    core_kill(&core);
}

START_TEST(damaged_files)
{
    static char good[200000], bad[200000];
    uint32_t random = 12345;
    size_t len;
    int i;
    begin();
    for (i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        core_subscribe(core_session(&core, name, 100 * HOUR), i % 2 ? "#" : "b/+", 2);
        session_set_received(session(name), 9, true);
        core_publish(&core, "b/c", "a message of some length, so that there are pages", 2, true, 0);
    }
    commit();
    core_close(&core);
    len = (size_t)read_file(good, sizeof good);
    ck_assert(len > 30000 && len < sizeof good);
    for (i = 0; i < 600; i++) {
        int damages = 1 + i % 7;
        size_t cut = len;
        memcpy(bad, good, len);
        if (i % 5 == 0) {
            random = random * 1664525 + 1013904223;
            cut = random % len;
        }
        while (i % 5 && damages--) {
            random = random * 1664525 + 1013904223;
            bad[(random >> 8) % (i % 3 ? len : 200)] ^= (char)(1 << (random >> 5) % 8);
        }
        write_file(bad, cut);
        try_damaged();
    }
}
END_TEST

START_TEST(no_room)
{
    struct rlimit limit, before;
    char *saved = NULL, *found;
    int i;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    begin();
    core_subscribe(core_session(&core, "a", UINT32_MAX), "#", 1);
    limit = before;
    limit.rlim_cur = 300000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (i = 0; i < 10000; i++) {
        core_publish(&core, "a", "filling the file with what is longer than nothing", 1, false, 0);
        core_sleep(1000);
        found = core_dump(&core);
        if (!store_commit(core.broker.store))
            break;
        free(saved);
        saved = found;
    }
    free(found);
    ck_assert_int_lt(i, 10000);
    ck_assert_msg(strstr(store_problem(core.broker.store), "disk"), "%s",
                  store_problem(core.broker.store));
    core_publish(&core, "a", "and nothing more", 1, false, 0);
    ck_assert(!store_commit(core.broker.store));
    core_kill(&core);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    begin();
    found = core_dump(&core);
    ck_assert_str_eq(found, saved);
    free(found);
    free(saved);
    core_close(&core);
}
END_TEST

int main(void)
{
    TCase *tcase = store_case("broker_store_files");
    tcase_add_test(tcase, a_second_broker);
    tcase_add_test(tcase, files_of_others);
    tcase_add_test(tcase, a_newer_version);
    tcase_add_loop_test(tcase, broken_row, 0, (int)(sizeof broken_rows / sizeof *broken_rows));
    tcase_add_test(tcase, damaged_files);
    tcase_add_test(tcase, no_room);
    return run_case("broker_store_files", tcase);
}
