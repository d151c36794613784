/* SPDX-License-Identifier: MIT */
/* What happens at a time: a heap of deadlines, of which one libuv timer waits for the first. */
#ifndef BROKER_TIMERS_H
#define BROKER_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t at;   /* of the broker's clock, milliseconds */
    size_t place; /* in the heap, from 1 on; 0: it is not set */
    void (*due)(struct timer *timer);
};

/* All zero is an empty one. */
struct timers {
    struct timer **heap;
    size_t count, room;
};

bool timers_set(struct timers *timers, struct timer *timer, int64_t at); /* false: no memory */
void timers_stop(struct timers *timers, struct timer *timer);
int64_t
timers_next(const struct timers *timers); /* when the first is due; INT64_MAX: none is set */
void timers_run(struct timers *timers, int64_t now);
void timers_free(struct timers *timers);

#endif
