/* SPDX-License-Identifier: MIT */
/* samples/broker/store.c: times, which run on while the broker is down, and clocks that are set. */
#include "store_case.h"

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

int main(void)
{
    TCase *tcase = store_case("broker_store_times");
    tcase_add_test(tcase, messages_expire_meanwhile);
    tcase_add_test(tcase, sessions_end_meanwhile);
    tcase_add_test(tcase, wills_come_due_meanwhile);
    tcase_add_test(tcase, the_clock_goes_on);
    tcase_add_test(tcase, the_clock_is_set_back);
    tcase_add_test(tcase, the_clock_is_set_meanwhile);
    return run_case("broker_store_times", tcase);
}
