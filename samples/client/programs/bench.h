/* SPDX-License-Identifier: MIT */
/* What mqttwire-bench counts, and how it tells of it. */
#ifndef PROGRAMS_BENCH_H
#define PROGRAMS_BENCH_H

#include "config.h"
#include "histogram.h"

/* Messages are counted as they came to each subscriber; times are nanoseconds. */
struct counts {
    uint64_t sent, settled, refused;
    uint64_t received; /* each once */
    uint64_t expected; /* of what was settled */
    uint64_t repeated, out_of_order;
    uint64_t broken;                 /* connections that were lost */
    uint64_t connecting, publishing; /* how long that took */
    struct histogram arrival;        /* from when a message was due to when a subscriber had it */
    struct histogram settling;       /* to when the server had acknowledged it; QoS 1 and 2 */
};

/* One line on standard error, of the second that is over. */
void bench_progress(const struct config *config, const struct counts *counts, uint64_t nanoseconds);

/* The summary on standard output. */
void bench_summary(const struct config *config, const struct counts *counts);

#endif
