/* SPDX-License-Identifier: MIT */
/* The packets of a connection that wait for an answer: what is due, and since when. */
#ifndef CAPTURE_WAITS_H
#define CAPTURE_WAITS_H

#include "memory.h"

struct wait {
    uint64_t number, time; /* of the packet; number 0: the place is free */
    uint32_t key;          /* of the exchange, of which one packet waits at a time */
    uint8_t sender;        /* MQW_CLIENT, MQW_SERVER */
    uint8_t first;         /* byte of the packet */
};

/* A table with open addressing. */
struct waits {
    struct wait *places;
    uint32_t room, count; /* room is 0 or a power of two */
};

/* NULL: nothing waits under this key. */
struct wait *waits_find(const struct waits *waits, uint32_t key);

/* In place of what waits under its key.  Where memory runs out it is not followed. */
void waits_put(struct waits *waits, struct memory *memory, struct wait wait);

/* wait is one that was found. */
void waits_remove(struct waits *waits, struct wait *wait);

/* In the order of their numbers; nothing can be found any more. */
void waits_sort(struct waits *waits);

void waits_free(struct waits *waits, struct memory *memory);

#endif
