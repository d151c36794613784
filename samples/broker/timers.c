/* SPDX-License-Identifier: MIT */
/* A binary heap: the timer at place n is not due before the one at n / 2. */
#include "timers.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64 };

static struct timer *at_place(const struct timers *timers, size_t place)
{
    return timers->heap[place - 1];
}

static void put(struct timers *timers, struct timer *timer, size_t place)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

/* Puts a timer where it belongs, given a place that is free. */
static void sift(struct timers *timers, struct timer *timer, size_t place)
{
    size_t next;
    for (; place > 1 && timer->at < at_place(timers, place / 2)->at; place /= 2)
        put(timers, at_place(timers, place / 2), place);
    for (; (next = 2 * place) <= timers->count; place = next) {
        if (next < timers->count && at_place(timers, next + 1)->at < at_place(timers, next)->at)
            next++;
        if (timer->at <= at_place(timers, next)->at)
            break;
        put(timers, at_place(timers, next), place);
    }
    put(timers, timer, place);
}

static bool grow(struct timers *timers)
{
    size_t room = timers->room ? 2 * timers->room : ROOM_FIRST;
    struct timer **heap = realloc(timers->heap, room * sizeof(struct timer *));
    if (!heap)
        return false;
    timers->heap = heap;
    timers->room = room;
    return true;
}

bool timers_set(struct timers *timers, struct timer *timer, int64_t at)
{
    if (!timer->place) {
        if (timers->count == timers->room && !grow(timers))
            return false;
        put(timers, timer, ++timers->count);
    }
    timer->at = at;
    sift(timers, timer, timer->place);
    return true;
}

void timers_stop(struct timers *timers, struct timer *timer)
{
    struct timer *last;
    size_t place = timer->place;
    if (!place)
        return;
    last = at_place(timers, timers->count--);
    timer->place = 0;
    if (last != timer)
        sift(timers, last, place);
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count ? timers->heap[0]->at : INT64_MAX;
}

/* A timer that is set again for now is due again, but others of the loop have their turn first. */
void timers_run(struct timers *timers, int64_t now)
{
    size_t most = timers->count;
    while (most-- && timers->count && timers->heap[0]->at <= now) {
        struct timer *timer = timers->heap[0];
        timers_stop(timers, timer);
        timer->due(timer);
    }
}

void timers_free(struct timers *timers)
{
    free(timers->heap);
    memset(timers, 0, sizeof *timers);
}
