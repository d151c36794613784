/* SPDX-License-Identifier: MIT */
/*
 * How much room a connection needs next, for bindings whose connections grow: as it is needed, up to
 * limits.  Taking the memory, and mqw_connection_move, is theirs.
 */
#ifndef ROOM_H
#define ROOM_H

#include <mqttwire/mqttwire.h>

enum {
    MOST = 65535, /* packet identifiers, and topic aliases, that there are */
    FEW = 16,     /* entries to begin with */
    GROWTH = 4    /* few steps: the table of all identifiers is the one where none collide */
};

/* How many are followed of a side at most. */
struct limits {
    uint32_t exchanges, aliases;
};

/* What a side is to have: never less than it has. */
struct room {
    enum mqw_sender sender;
    uint32_t exchanges, aliases;
};

static inline struct mqw_side *side_of(struct mqw_connection *c, enum mqw_sender sender)
{
    return sender == MQW_CLIENT ? &c->client : &c->server;
}

static inline enum mqw_sender peer_of(enum mqw_sender sender)
{
    return sender == MQW_CLIENT ? MQW_SERVER : MQW_CLIENT;
}

/* From a number that is too small to one of at least `wanted`, where the limit allows it. */
static inline uint32_t grown(uint32_t count, uint32_t wanted, uint32_t limit)
{
    if (wanted <= count || wanted > limit)
        return count;
    if (!count)
        count = FEW;
    while (count < wanted)
        count *= GROWTH;
    return count < limit ? count : limit;
}

/* For `more` exchanges, 0 or 1, and an alias that may be used, or 0; limits: by sender. */
static inline struct room room_with(struct mqw_connection *c, const struct limits *limits,
                                    enum mqw_sender sender, uint32_t more, uint16_t alias)
{
    const struct mqw_side *side = side_of(c, sender), *peer = side_of(c, peer_of(sender));
    struct limits most = limits[sender];
    struct room room = {sender, side->storage.exchange_count, side->storage.alias_count};
    if (peer->known && peer->topic_alias_maximum < most.aliases)
        most.aliases = peer->topic_alias_maximum;
    room.exchanges = grown(room.exchanges, side->stored + more, most.exchanges);
    room.aliases = grown(room.aliases, alias, most.aliases);
    return room;
}

/* For what a packet may need.  PUBREC and PUBREL may take up messages of earlier connections. */
static inline struct room room_for_packet(struct mqw_connection *c, const struct limits *limits,
                                          enum mqw_sender sender, const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    switch (packet->type) {
    case MQW_PUBLISH:
        return room_with(c, limits, sender, publish->qos != 0,
                         mqw_has(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS)
                             ? publish->properties.topic_alias
                             : 0);
    case MQW_PUBREL:
    case MQW_SUBSCRIBE:
    case MQW_UNSUBSCRIBE:
        return room_with(c, limits, sender, 1, 0);
    case MQW_PUBREC:
        return room_with(c, limits, peer_of(sender), 1, 0);
    default:
        return room_with(c, limits, sender, 0, 0);
    }
}

#endif
