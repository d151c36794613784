/* SPDX-License-Identifier: MIT */
/* samples/broker/store.c: what is there in the next life of the broker. */
#include "broker_core.h"
#include "case.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR = 3600 /* seconds */ };

static char folder[64], path[80], other[80];
static struct core core;

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

static void begin(void)
{
    ck_assert_msg(core_open(&core, path, false), "%s", core.problem);
}

static void commit(void)
{
    ck_assert_msg(store_commit(core.broker.store), "%s", store_problem(core.broker.store));
}

/* The broker is killed, and starts again after so long. */
static void again(int64_t milliseconds)
{
    core_kill(&core);
    core_sleep(milliseconds);
    begin();
}

/* What is due happens. */
static void turn(void)
{
    timers_run(&core.broker.timers, core_now);
    commit();
}

static struct session *session(const char *client_id)
{
    return session_find(&core.broker, mqw_text(client_id));
}

static struct retained *retained(const char *topic)
{
    const struct level *level = tree_find(&core.broker.retained, mqw_text(topic));
    return level ? level->retained : NULL;
}

static int64_t ask_file(const char *file, const char *sql)
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

static int64_t ask(const char *sql)
{
    return ask_file(path, sql);
}

/* ---- All kinds ------------------------------------------------------------------------------- */

START_TEST(all_of_it)
{
    struct session *away, *there;
    struct subscription *subscription;
    struct delivery *delivery;
    bool existed;
    char *before, *after;

    begin();
    away = core_session(&core, "away", 100 * HOUR);
    away->username = strdup("Zo\xc3\xab");
    there = core_session(&core, "there", UINT32_MAX);
    core_will(there, "wills/there", 3 * HOUR, 60);
    core_subscribe(away, "a/#", 2);
    core_subscribe(away, "$share/group/a/+", 1);
    core_subscribe(there, "$share/group/a/+", 1)->identifier = MQW_LENGTH_MAX;
    subscription = core_subscribe(there, "a/b", 2);
    subscription->identifier = 7;
    subscription->no_local = subscription->retain_as_published = true;
    subscription->retain_handling = 2;
    subscription =
        subscription_add(there, mqw_text("$share/group/a/+"), false, &existed); /* of 3.1.1 */
    ck_assert(subscription && !existed);
    store_changed(core.broker.store, &subscription->stored);
    core_publish(&core, "a/b", "one", 1, true, 0);
    core_publish(&core, "a/b", "two", 2, false, 50 * HOUR);
    core_publish(&core, "a/b", "three", 2, true, 50 * HOUR);
    core_publish(&core, "x", "", 0, true, 0);
    core_publish(&core, "y", "QoS 0", 0, true, 0);
    core_send(away->messages.first, 65535);
    delivery = away->messages.first->next;
    while (delivery->qos != 2)
        delivery = delivery->next;
    core_send(delivery, 1);
    core_acknowledge(delivery, MQW_PUBREC);
    session_set_received(away, 1, true);
    session_set_received(away, 65535, true);
    session_set_received(away, 3, true);
    session_set_received(away, 3, false);
    session_leave(away, core_now);
    commit();
    before = core_dump(&core);
    again(0);
    after = core_dump(&core);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);

    away = session("away");
    ck_assert_str_eq(away->username, "Zo\xc3\xab");
    ck_assert_int_eq(away->ends, core_now + 100 * HOUR * 1000);
    ck_assert_uint_eq(away->subscription_count, 2);
    ck_assert_uint_eq(away->received_count, 2);
    ck_assert(session_received(away, 65535) && !session_received(away, 3));
    ck_assert_int_eq(away->messages.first->state, DELIVERY_SENT);
    ck_assert_uint_eq(away->messages.first->packet_id, 65535);
    there = session("there");
    ck_assert_ptr_null(there->username);
    ck_assert_int_eq(there->ends, NEVER);
    ck_assert_uint_eq(there->subscription_count, 3);
    ck_assert_int_eq(there->will_due, core_now + 3 * HOUR * 1000);
    ck_assert_uint_eq(there->messages.first->identifier_count, 1);
    ck_assert(retained("y") && !retained("x"));
    ck_assert_int_eq(retained("a/b")->timer.at, core_now + 50 * HOUR * 1000);
    core_publish(&core, "a/b", "four", 1, false, 0); /* numbers go on */
    ck_assert_uint_eq(away->last_delivery, away->messages.last->number);
    ck_assert(session_new(&core.broker, mqw_text("new"))->number > there->number);
    core_close(&core);
}
END_TEST

START_TEST(one_message_has_one_row)
{
    char name[2] = "0";
    begin();
    for (; *name < '8'; ++*name)
        core_subscribe(core_session(&core, name, HOUR), "#", 1);
    core_publish(&core, "a", "x", 1, true, 0);
    commit();
    ck_assert_int_eq(ask("SELECT count(*) FROM delivery"), 8);
    ck_assert_int_eq(ask("SELECT count(*) FROM message"), 1);
    again(0);
    ck_assert_uint_eq(core.broker.message_count, 1);
    while (--*name >= '0')
        core_acknowledge(session(name)->messages.first, MQW_PUBACK);
    core_publish(&core, "a", "", 0, true, 0);
    commit();
    ck_assert_int_eq(ask("SELECT count(*) FROM delivery"), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM message"), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM retained"), 0);
    core_close(&core);
}
END_TEST

START_TEST(what_was_not_committed)
{
    begin();
    core_subscribe(core_session(&core, "a", HOUR), "#", 1);
    commit();
    core_publish(&core, "a", "x", 1, true, 0);
    session_set_received(session("a"), 1, true);
    core_session(&core, "b", HOUR);
    again(0);
    ck_assert(session("a") && !session("b") && !retained("a"));
    ck_assert(!session("a")->messages.first && !session("a")->received_count);
    core_close(&core);
}
END_TEST

START_TEST(what_comes_and_goes)
{
    struct session *a;
    int before;
    begin();
    a = core_session(&core, "a", HOUR);
    core_subscribe(a, "#", 2);
    commit();
    before = sqlite3_total_changes(store_database(core.broker.store));
    core_publish(&core, "a", "x", 1, true, 0);
    core_publish(&core, "b", "y", 2, false, 0);
    core_acknowledge(a->messages.first, MQW_PUBACK);
    core_send(a->messages.first, 1);
    core_acknowledge(a->messages.first, MQW_PUBREC);
    core_acknowledge(a->messages.first, MQW_PUBCOMP);
    ck_assert(!a->messages.first);
    core_publish(&core, "a", "", 1, true, 0);
    core_acknowledge(a->messages.first, MQW_PUBACK);
    subscription_free(core_subscribe(a, "x", 1));
    session_free(core_session(&core, "b", HOUR));
    commit();
    ck_assert_int_eq(sqlite3_total_changes(store_database(core.broker.store)), before);
    core_close(&core);
}
END_TEST

START_TEST(without_a_store)
{
    ck_assert(core_open(&core, NULL, false));
    core_subscribe(core_session(&core, "a", HOUR), "#", 2);
    core_publish(&core, "a", "x", 1, true, 0);
    session_set_received(session("a"), 1, true);
    commit();
    session_free(session("a"));
    core_close(&core);
}
END_TEST

START_TEST(a_session_that_comes_and_goes_with_received_ids)
{
    begin();
    core_session(&core, "a", HOUR);
    session_set_received(session("a"), 1, true);
    session_free(session("a"));
    commit();
    again(0);
    core_close(&core);
}
END_TEST

/* ---- Sessions that end with the connection ---------------------------------------------------- */

START_TEST(those_that_do_not_last)
{
    begin();
    core_subscribe(core_session(&core, "keeper", HOUR), "wills/#", 1);
    core_subscribe(core_session(&core, "plain", 0), "#", 1);
    core_subscribe(core_session(&core, "will", 0), "#", 1);
    core_will(session("will"), "wills/will", 0, UINT32_MAX);
    core_publish(&core, "a", "x", 1, false, 0);
    session_set_received(session("plain"), 1, true);
    commit();
    ck_assert_int_eq(ask("SELECT count(*) FROM session"), 2);
    ck_assert_int_eq(ask("SELECT count(*) FROM subscription"), 1);
    ck_assert_int_eq(ask("SELECT count(*) FROM message"), 1);
    ck_assert_int_eq(ask("SELECT count(*) FROM delivery"), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM received"), 0);
    again(0);
    turn();
    ck_assert(!session("plain") && !session("will"));
    ck_assert(mqw_same(message_topic(session("keeper")->messages.first->message),
                       mqw_text("wills/will")));
    ck_assert_ptr_null(session("keeper")->messages.first->next);
    again(0); /* and not a second time */
    turn();
    ck_assert_ptr_null(session("keeper")->messages.first->next);
    ck_assert_int_eq(ask("SELECT count(*) FROM session"), 1);
    core_close(&core);
}
END_TEST

START_TEST(one_that_does_not_last_any_more)
{
    struct session *a;
    begin();
    a = core_session(&core, "a", HOUR);
    core_subscribe(a, "#", 2);
    core_publish(&core, "a", "x", 2, false, 0);
    core_send(a->messages.first, 1);
    session_set_received(a, 1, true);
    session_leave(a, core_now);
    commit();
    a->expiry = 0; /* its client comes back, and wants it no longer than that */
    session_join(a, &core.connection);
    core_will(a, "will", 0, UINT32_MAX);
    core_acknowledge(a->messages.first, MQW_PUBREC); /* the message is gone, the delivery is not */
    session_set_received(a, 1, false);
    commit();
    ck_assert_int_eq(ask("SELECT count(*) FROM session"), 1);
    ck_assert_int_eq(ask("SELECT count(*) FROM message"), 1);
    ck_assert_int_eq(ask("SELECT (SELECT count(*) FROM subscription) + "
                         "(SELECT count(*) FROM delivery) + (SELECT count(*) FROM received)"),
                     0);
    session_drop_will(a);
    commit();
    ck_assert_int_eq(ask("SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM message)"),
                     0);
    again(0);
    ck_assert(!session("a"));
    core_close(&core);
}
END_TEST

/* ---- Times ------------------------------------------------------------------------------------ */

START_TEST(messages_expire_meanwhile)
{
    struct session *a;
    begin();
    a = core_session(&core, "a", UINT32_MAX);
    core_subscribe(a, "#", 1);
    core_publish(&core, "sent", "x", 1, false, 60);
    core_publish(&core, "short", "x", 1, true, 60);
    core_publish(&core, "long", "x", 1, true, 2 * HOUR);
    core_send(a->messages.first, 1);
    commit();
    again(HOUR * 1000);
    turn();
    a = session("a"); /* 4.4: what was sent is sent again, whatever its age */
    ck_assert(mqw_same(message_topic(a->messages.first->message), mqw_text("sent")));
    ck_assert(mqw_same(message_topic(a->messages.last->message), mqw_text("long")));
    ck_assert_ptr_eq(a->messages.first->next, a->messages.last);
    ck_assert_int_eq(a->messages.last->message->expires, core_now + HOUR * 1000);
    ck_assert(!retained("short") && retained("long"));
    ck_assert_int_eq(ask("SELECT count(*) FROM message"), 2);
    ck_assert_int_eq(ask("SELECT count(*) FROM retained"), 1);
    core_close(&core);
}
END_TEST

START_TEST(sessions_end_meanwhile)
{
    begin();
    core_subscribe(core_session(&core, "keeper", UINT32_MAX), "#", 1);
    session_leave(core_session(&core, "away, short", 60), core_now - 10000);
    session_leave(core_session(&core, "away, long", 2 * HOUR), core_now - 10000);
    core_session(&core, "there, short", 60);
    core_session(&core, "there, long", 2 * HOUR);
    core_will(session("there, short"), "will", 2 * HOUR, UINT32_MAX);
    core_publish(&core, "a", "x", 1, false, 0);
    commit();
    again(HOUR * 1000);
    turn();
    ck_assert(!session("away, short") && !session("there, short"));
    ck_assert_int_eq(session("away, long")->ends, core_now + HOUR * 1000 - 10000);
    ck_assert_int_eq(session("there, long")->ends, core_now + HOUR * 1000);
    /* [MQTT-3.1.3-9]: when the session ends, if the delay is longer. */
    ck_assert(mqw_same(message_topic(session("keeper")->messages.last->message), mqw_text("will")));
    ck_assert_int_eq(ask("SELECT count(*) FROM session"), 3);
    core_sleep(HOUR * 1000 - 5000);
    turn();
    ck_assert(!session("away, long") && session("there, long"));
    core_close(&core);
}
END_TEST

START_TEST(wills_come_due_meanwhile)
{
    struct session *keeper;
    begin();
    core_subscribe(core_session(&core, "keeper", UINT32_MAX), "#", 1);
    core_session(&core, "soon", UINT32_MAX);
    core_will(session("soon"), "soon", 60, 300);
    session_leave(session("soon"), core_now);
    core_session(&core, "late", UINT32_MAX);
    core_will(session("late"), "late", 2 * HOUR, UINT32_MAX);
    commit();
    again(HOUR * 1000);
    turn();
    keeper = session("keeper");
    ck_assert(mqw_same(message_topic(keeper->messages.first->message), mqw_text("soon")));
    ck_assert_ptr_eq(keeper->messages.first, keeper->messages.last);
    ck_assert(!session("soon")->will && session("late")->will);
    again(0); /* its interval runs since it was published, and is in the file now */
    ck_assert_int_eq(session("keeper")->messages.first->message->expires, core_now + 300 * 1000);
    again(HOUR * 1000);
    turn();
    keeper = session("keeper");
    ck_assert(mqw_same(message_topic(keeper->messages.first->message), mqw_text("late")));
    ck_assert_ptr_eq(keeper->messages.first, keeper->messages.last);
    core_close(&core);
}
END_TEST

START_TEST(the_clock_goes_on)
{
    int64_t died;
    int i;
    begin();
    core_session(&core, "a", 2 * HOUR);
    core.broker.online = 1;
    commit();
    for (i = 0; i < HOUR; i++) { /* in which nothing happens */
        core_sleep(1000);
        turn();
    }
    died = core_now;
    again(HOUR * 1000);
    ck_assert_int_le(session("a")->ends, died + 2 * HOUR * 1000);
    ck_assert_int_ge(session("a")->ends, died + 2 * HOUR * 1000 - 6000);
    turn();
    died = core_now; /* nobody is connected */
    core_sleep(10000);
    turn();
    core_sleep(10000);
    ck_assert_int_eq(timers_next(&core.broker.timers), session("a")->ends);
    ck_assert_int_le(ask("SELECT wall FROM clock"), core_wall - 20000);
    core_close(&core);
}
END_TEST

static void is_within_a_second(int64_t time, int64_t most)
{
    ck_assert_int_le(time, most);
    ck_assert_int_ge(time, most - 1000);
}

START_TEST(the_clock_is_set_back)
{
    begin();
    commit();
    core_sleep(900);
    core_session(&core, "a", HOUR);
    core_session(&core, "away", HOUR);
    core_will(session("away"), "will", 60, UINT32_MAX);
    session_leave(session("away"), core_now);
    core_publish(&core, "a", "x", 1, true, HOUR);
    commit();
    core_kill(&core);
    core_wall -= 10 * HOUR * 1000;
    begin();
    commit();
    ck_assert_int_eq(session("a")->ends, core_now + HOUR * 1000);
    is_within_a_second(retained("a")->message->expires, core_now + HOUR * 1000);
    again(0); /* it is set right once */
    is_within_a_second(retained("a")->message->expires, core_now + HOUR * 1000);
    again(0);
    is_within_a_second(retained("a")->message->expires, core_now + HOUR * 1000);
    is_within_a_second(session("away")->ends, core_now + HOUR * 1000);
    is_within_a_second(session("away")->will_due, core_now + 60 * 1000);
    core_close(&core);
    core_wall += 10 * HOUR * 1000;
}
END_TEST

/* Back and forth, while the broker runs: it knows better. */
START_TEST(the_clock_is_set_meanwhile)
{
    static const int64_t steps[] = {-10 * HOUR * 1000, 10 * HOUR * 1000, 10 * HOUR * 1000};
    size_t i;
    begin();
    core_session(&core, "keeper", UINT32_MAX);
    session_leave(core_session(&core, "away", 100 * HOUR), core_now);
    core_publish(&core, "a", "x", 1, true, HOUR);
    for (i = 0; i < sizeof steps / sizeof *steps; i++) {
        int64_t ends = session("away")->ends, expires = retained("a")->message->expires;
        commit();
        core_wall += steps[i];
        core_sleep(2000);
        core_publish(&core, "b", "x", 1, true, HOUR);
        commit();
        again(1000);
        ck_assert_int_eq(session("away")->ends, ends);
        ck_assert_int_eq(retained("a")->message->expires, expires);
        ck_assert_int_eq(retained("b")->message->expires, core_now + HOUR * 1000 - 1000);
        ck_assert_int_eq(session("keeper")->ends, NEVER);
    }
    core_close(&core);
    core_wall -= 10 * HOUR * 1000;
}
END_TEST

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
    TCase *tcase = tcase_create("broker_store");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, all_of_it);
    tcase_add_test(tcase, one_message_has_one_row);
    tcase_add_test(tcase, what_was_not_committed);
    tcase_add_test(tcase, what_comes_and_goes);
    tcase_add_test(tcase, a_session_that_comes_and_goes_with_received_ids);
    tcase_add_test(tcase, without_a_store);
    tcase_add_test(tcase, those_that_do_not_last);
    tcase_add_test(tcase, one_that_does_not_last_any_more);
    tcase_add_test(tcase, messages_expire_meanwhile);
    tcase_add_test(tcase, sessions_end_meanwhile);
    tcase_add_test(tcase, wills_come_due_meanwhile);
    tcase_add_test(tcase, the_clock_goes_on);
    tcase_add_test(tcase, the_clock_is_set_back);
    tcase_add_test(tcase, the_clock_is_set_meanwhile);
    tcase_add_test(tcase, a_second_broker);
    tcase_add_test(tcase, files_of_others);
    tcase_add_test(tcase, a_newer_version);
    tcase_add_loop_test(tcase, broken_row, 0, (int)(sizeof broken_rows / sizeof *broken_rows));
    tcase_add_test(tcase, damaged_files);
    tcase_add_test(tcase, no_room);
    return run_case("broker_store", tcase);
}
