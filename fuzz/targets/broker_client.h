/* SPDX-License-Identifier: MIT */
/* A client of the broker in a fuzz target: its socket, and a judge of what the broker says. */
#ifndef FUZZ_BROKER_CLIENT_H
#define FUZZ_BROKER_CLIENT_H

#include "broker_world.h"

enum { EXCHANGES = 256, ALIASES = 64, OWED = 64 };

/* What is to be answered. */
struct owed {
    uint8_t type; /* of the answer */
    uint16_t packet_id;
};

struct heap {
    uint8_t *bytes;
    size_t len;
};

struct client {
    int fd;      /* -1: none */
    bool deaf;   /* it does not read */
    bool judged; /* packets go one by one, so that the judge has them in their order */
    uint8_t version;
    uint16_t last_id;
    struct mqw_connection judge;
    struct mqw_exchange exchanges[2][EXCHANGES];
    struct mqw_alias aliases[2][ALIASES];
    struct heap in, out; /* what has come, or gone, and is no whole packet */
    struct owed owed[OWED];
    unsigned owed_count;
    bool broken; /* it said what is no packet */
};

void client_open(struct client *client, struct world *world, bool judged);
void client_close(struct client *client);
/* Sends bytes, packet by packet if it is judged.  What the broker does not take is lost. */
void client_send(struct client *client, struct world *world, const uint8_t *data, size_t len);
/* Reads what the broker has said. */
void client_read(struct client *client);

#endif
