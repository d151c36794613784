/* SPDX-License-Identifier: MIT */
/* samples/broker/store.c: what is there in the next life of the broker. */
#include "store_case.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    TCase *tcase = store_case("broker_store");
    tcase_add_test(tcase, all_of_it);
    tcase_add_test(tcase, one_message_has_one_row);
    tcase_add_test(tcase, what_was_not_committed);
    tcase_add_test(tcase, what_comes_and_goes);
    tcase_add_test(tcase, a_session_that_comes_and_goes_with_received_ids);
    tcase_add_test(tcase, without_a_store);
    tcase_add_test(tcase, those_that_do_not_last);
    tcase_add_test(tcase, one_that_does_not_last_any_more);
    return run_case("broker_store", tcase);
}
