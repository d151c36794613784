/* SPDX-License-Identifier: MIT */
/* Valid packets, drawn field by field into the structures of the codec. */
#ifndef MQW_KIT_PACKETS_H
#define MQW_KIT_PACKETS_H

#include "draw.h"
#include "mqttwire_fuzz.h"

enum { TEXT_ROOM = 3072, ITEMS = 6 };

struct drawn {
    struct mqw_packet packet;
    struct draw *draw;
    uint8_t version, sender; /* a client or a server */
    bool modest;             /* nothing that a receiver may refuse either */
    size_t used;
    uint8_t text[TEXT_ROOM];
    struct mqw_pair pairs[2][ITEMS];
    unsigned blocks;
    uint32_t ids[ITEMS];
    struct mqw_subscription subscriptions[ITEMS];
    struct mqw_bytes filters[ITEMS];
    uint8_t codes[ITEMS];
};

/* A packet of one of these types, by bits, which the version and the sender have; false: there is none.
   What it points to is in *d, which stays where it is. */
bool mqw__draw_packet(struct drawn *d, uint32_t types);

/* mqw_generate for some types. */
size_t mqw__generate_of(uint8_t *out, size_t max, uint8_t version, uint8_t sender, uint32_t types,
                        uint32_t seed);

/* The types that a sender may send. */
uint32_t mqw__types_of(uint8_t version, uint8_t sender);

/* Bytes that last as long as *d; those of text are modest. */
struct mqw_bytes mqw__draw_text(struct drawn *d, uint32_t least, uint32_t most);
struct mqw_bytes mqw__draw_topic(struct drawn *d);

#endif
