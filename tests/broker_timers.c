/* SPDX-License-Identifier: MIT */
/* samples/broker/timers.c beside a plain list of when each timer is to be due. */
#include "broker_help.h"
#include "timers.h"

enum { MOST = 1000 };

struct clock {
    struct timer timer;
    int64_t at;    /* INT64_MAX: it is not set */
    int64_t again; /* set again, by due, for so long after; 0: not */
    size_t ran;
};

static struct timers timers;
static struct clock clocks[MOST];
static int64_t now, last;

static struct clock *clock_of(struct timer *timer)
{
    return (struct clock *)timer; /* its first member */
}

static void set(struct clock *clock, int64_t at)
{
    clock->at = at;
    ck_assert(timers_set(&timers, &clock->timer, at));
    ck_assert(clock->timer.at == at);
}

static void stop(struct clock *clock)
{
    clock->at = INT64_MAX;
    timers_stop(&timers, &clock->timer);
}

/* In order, and none too early. */
static void due(struct timer *timer)
{
    struct clock *clock = clock_of(timer);
    ck_assert(clock->at <= now && last <= clock->at);
    ck_assert_uint_eq(timer->place, 0);
    last = clock->at;
    clock->at = INT64_MAX;
    clock->ran++;
    if (clock->again)
        set(clock, now + clock->again);
}

static int64_t first(void)
{
    int64_t at = INT64_MAX;
    size_t i;
    for (i = 0; i < MOST; i++)
        if (clocks[i].at < at)
            at = clocks[i].at;
    return at;
}

static void run_due(void)
{
    last = INT64_MIN;
    timers_run(&timers, now);
}

static void begin(void)
{
    size_t i;
    draw_begin();
    now = 0;
    memset(clocks, 0, sizeof clocks);
    for (i = 0; i < MOST; i++) {
        clocks[i].at = INT64_MAX;
        clocks[i].timer.due = due;
    }
}

START_TEST(nothing)
{
    begin();
    ck_assert(timers_next(&timers) == INT64_MAX);
    run_due();
    timers_stop(&timers, &clocks[0].timer);
    timers_free(&timers);
}
END_TEST

START_TEST(changes)
{
    size_t round, i, count;
    begin();
    for (round = 0; round < 100000; round++) {
        struct clock *clock = &clocks[draw(MOST)];
        switch (draw(4)) {
        case 0:
            stop(clock);
            break;
        case 1:
            now += draw(20);
            run_due();
            ck_assert(first() > now);
            break;
        default: /* also of one that is set, to earlier and to later; many for the same time */
            clock->again = draw(8) ? 0 : 1 + draw(50);
            set(clock, now + draw(2 * MOST));
        }
        ck_assert(timers_next(&timers) == first());
    }
    for (i = count = 0; i < MOST; i++) {
        ck_assert((clocks[i].timer.place != 0) == (clocks[i].at != INT64_MAX));
        count += clocks[i].timer.place != 0;
        clocks[i].again = 0;
    }
    ck_assert_uint_eq(timers.count, count);
    now = INT64_MAX;
    run_due();
    ck_assert_uint_eq(timers.count, 0);
    timers_free(&timers);
}
END_TEST

static struct clock *victim;

static void due_stops(struct timer *timer)
{
    due(timer);
    stop(victim);
}

/* One that is due at the same time, or later, can be stopped, and is not run then. */
START_TEST(stopped_by_another)
{
    begin();
    clocks[0].timer.due = due_stops;
    victim = &clocks[1];
    set(&clocks[0], 10);
    set(&clocks[1], 11);
    set(&clocks[2], 12);
    now = 12;
    run_due();
    ck_assert_uint_eq(clocks[0].ran, 1);
    ck_assert_uint_eq(clocks[1].ran, 0);
    ck_assert_uint_eq(clocks[2].ran, 1);
    timers_free(&timers);
}
END_TEST

static void due_at_once(struct timer *timer)
{
    clock_of(timer)->ran++;
    set(clock_of(timer), now);
}

/* One that is always due does not keep timers_run for ever. */
START_TEST(at_once)
{
    begin();
    clocks[0].timer.due = due_at_once;
    set(&clocks[0], 0);
    run_due();
    run_due();
    ck_assert_uint_eq(clocks[0].ran, 2);
    ck_assert(timers_next(&timers) == 0);
    timers_free(&timers);
}
END_TEST

static bool set_with(size_t memory, struct clock *clock)
{
    bool done;
    memory_left = memory;
    done = timers_set(&timers, &clock->timer, 1);
    memory_left = SIZE_MAX;
    return done;
}

START_TEST(no_memory)
{
    size_t i, room;
    begin();
    ck_assert(!set_with(0, &clocks[0]));
    ck_assert_uint_eq(clocks[0].timer.place, 0);
    set(&clocks[0], 500);
    room = timers.room;
    for (i = 1; i < room; i++)
        set(&clocks[i], 1000 - (int64_t)i);
    ck_assert(!set_with(0, &clocks[room]));
    ck_assert_uint_eq(clocks[room].timer.place, 0);
    ck_assert(set_with(0, &clocks[0])); /* one that is set needs none */
    clocks[0].at = 1;
    set(&clocks[room], 2);
    now = 1000;
    run_due();
    for (i = 0; i < MOST; i++)
        ck_assert_uint_eq(clocks[i].ran, i <= room);
    timers_free(&timers);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("broker_timers");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, nothing);
    tcase_add_test(tcase, changes);
    tcase_add_test(tcase, stopped_by_another);
    tcase_add_test(tcase, at_once);
    tcase_add_test(tcase, no_memory);
    return run_case("broker_timers", tcase);
}
