/* SPDX-License-Identifier: MIT */
/* What mqttwire-bench is made of: its clients, what it counts, and how it tells of it. */
#ifndef PROGRAMS_BENCH_H
#define PROGRAMS_BENCH_H

#include "config.h"
#include "histogram.h"

#include <uv.h>

enum {
    BENCH_STAMP = 20, /* bytes at the beginning of a payload: publisher, number, when it was due */
    BENCH_UNANSWERED = 100000 /* messages of a publisher that may be under way */
};

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

struct bench;

/* What a subscriber knows of a publisher's messages, which are numbered from 1 on. */
struct track {
    uint64_t highest, missing;
};

struct member {
    struct bench *bench;
    struct mqw_client *client;
    long number;
    bool publishes, ready, gone;
    char *topic;
    uint64_t sent, under_way; /* publisher */
    struct track *tracks;     /* subscriber */
};

/* A message that is under way. */
struct letter {
    struct member *member;
    uint64_t due;
};

struct bench {
    struct config *config;
    uv_loop_t loop;
    uv_timer_t tick, second, end;
    uv_signal_t signals[2];
    uv_idle_t flood;
    struct member *members;
    long count, begun, ready;
    char *filter;
    uint8_t *payload;
    uint64_t connect_start, start, last_arrival;
    struct counts *counts;
    bool publishing, over;
    int code;
};

/* One line on standard error, of the second that is over. */
void bench_progress(const struct config *config, const struct counts *counts, uint64_t nanoseconds);

/* The summary on standard output. */
void bench_summary(const struct config *config, const struct counts *counts);

/* What the loop calls to publish: each millisecond what is due, or whenever it can what goes. */
void bench_publish_due(uv_timer_t *timer);
void bench_publish_all(uv_idle_t *idle);

/* What a subscriber is called with. */
mqw_client_handler bench_got;

#endif
