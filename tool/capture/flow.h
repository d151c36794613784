/* SPDX-License-Identifier: MIT */
/* The table of connections: finding one by its ends, and forgetting those that matter least. */
#ifndef CAPTURE_FLOW_H
#define CAPTURE_FLOW_H

#include "flows.h"
#include "stream.h"
#include "talk.h"

/* Lists: what to forget first comes first. */
enum { LIST_OVER, LIST_OTHER, LIST_MQTT, LISTS };

enum ending { OPEN, ENDING_CLOSED, ENDING_RESET, ENDING_REPLACED, ENDING_INPUT, ENDED };

struct flow {
    struct endpoint ends[2];
    struct stream streams[2]; /* by sender */
    uint8_t client;           /* enum talk_client, as SYN tells */
    uint8_t ending;           /* enum ending */
    uint8_t closer;           /* who ended it first: end + 1; 0: nobody, as far as can be seen */
    uint8_t strikes;
    uint8_t list;
    bool linked;  /* in the table */
    bool waiting; /* among the stalled */
    bool refused; /* it is not MQTT */
    struct {
        bool seen, advanced; /* an acknowledgement; a later one of more bytes */
        uint32_t first;
    } answers[2]; /* that the other end gave */
    struct talk *talk;
    struct info *info;
    struct moment last;
    struct flow *next; /* in its bucket */
    struct flow *older, *newer;
    struct flow *after; /* among the stalled */
};

/* Is it the same address and port? */
bool flow_same(const struct endpoint *a, const struct endpoint *b);

struct flow *flow_find(struct flows *flows, const struct segment *segment);

/* A new one with the ends of a segment; NULL: no memory. */
struct flow *flow_add(struct flows *flows, const struct segment *segment, struct moment when);

/* Moves it to the end of a list: it was used last. */
void flow_use(struct flows *flows, struct flow *flow, uint8_t list);

/* Takes it out of the table: its ports belong to another one. */
void flow_unlink(struct flows *flows, struct flow *flow);

/* Notes that it has more to tell than there was room for, and that this was told. */
void flow_stall(struct flows *flows, struct flow *flow);
void flow_unstall(struct flows *flows, struct flow *flow);

/* Drops everything but what may be asked for by number. */
void flow_free(struct flows *flows, struct flow *flow);

/* Forgets what there is no room for, except one. */
void flow_make_room(struct flows *flows, const struct flow *but, struct moment when);

#endif
