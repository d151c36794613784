/* SPDX-License-Identifier: MIT */
/* The broker in the process of a fuzz target: its settings, files, clock and store. */
#ifndef FUZZ_BROKER_WORLD_H
#define FUZZ_BROKER_WORLD_H

#include "target.h"

#include "../../samples/broker/broker.h"
#include "../../samples/broker/connection.h"
#include "../../samples/broker/listeners.h"

#include <sqlite3.h>

struct world {
    uv_loop_t loop;
    struct settings settings;
    struct listener_settings door_settings;
    struct listener door;
    struct broker broker;
    bool held_up;  /* what clients do comes together, once it goes on */
    sqlite3 *held; /* keeps the store, which is in memory, while the broker is down; or NULL */
};

/* Ten bytes of the input say which settings. */
void world_begin(struct world *world, struct input *input);
/* Ends the broker in order, and begins another on what is stored. */
void world_restart(struct world *world);
/* All clients are gone: so is all that they had, in time. */
void world_end(struct world *world);

/* Lets the broker do what is to be done now. */
void world_turn(struct world *world);
void world_wait(struct world *world, uint64_t milliseconds);
uint64_t world_now(void);

/* What holds at any time. */
void world_look(const struct world *world);

#endif
