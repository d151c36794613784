/* SPDX-License-Identifier: MIT */
/* What the files of mqw_connection share: one packet on its way, and who judges it. */
#ifndef MQW_CONNECTION_PRIVATE_H
#define MQW_CONNECTION_PRIVATE_H

#define MQW_COMPACT
#include "internal.h"

#define SIDE_OF(connection, sender)                                                                \
    ((sender) == MQW_CLIENT ? &(connection)->client : &(connection)->server)
#define PEER_OF(connection, sender)                                                                \
    ((sender) == MQW_CLIENT ? &(connection)->server : &(connection)->client)

struct step {
    struct mqw_connection *connection;
    struct mqw_seen *seen;
    struct mqw_side *side;           /* of the sender */
    struct mqw_side *peer;           /* of the receiver */
    const struct mqw_packet *packet; /* NULL: could not be decoded */
    uint64_t now, tag;
    uint32_t size;
    uint8_t sender, type;
};

static inline void blame_item(struct step *s, enum mqw_code rule, const char *field, uint32_t item)
{
    struct mqw_finding *finding;
    if (s->seen->count == MQW_FINDINGS)
        return;
    finding = &s->seen->findings[s->seen->count++];
    finding->code = rule;
    finding->field = field;
    finding->item = item;
}

static inline void blame(struct step *s, enum mqw_code rule, const char *field)
{
    blame_item(s, rule, field, 0);
}

static inline bool is_5(const struct mqw_connection *c)
{
    return c->version == MQW_VERSION_5;
}

/* Is the state of both sides known from its beginning?  A session that outlives connections may
 * explain packets that this connection does not; the client is sure of a new one only where it
 * asked for it, as it may send before CONNACK comes. */
static inline bool session_is_new(const struct step *s)
{
    const struct mqw_connection *c = s->connection;
    if (!c->complete)
        return false;
    return c->clean_start || (s->sender == MQW_SERVER && c->acknowledged && !c->session_present);
}

/* handshake.c */
HIDDEN void mqw__connect(struct step *s);
HIDDEN void mqw__connack(struct step *s);
HIDDEN void mqw__auth(struct step *s);
HIDDEN void mqw__disconnect(struct step *s);

/* exchanges.c */
HIDDEN void mqw__publish_exchange(struct step *s);
HIDDEN void mqw__acknowledge(struct step *s); /* PUBACK, PUBREC, PUBCOMP */
HIDDEN void mqw__pubrel(struct step *s);
HIDDEN void mqw__request(struct step *s, uint16_t id, uint32_t filters, uint8_t answer);
HIDDEN void mqw__response(struct step *s); /* SUBACK, UNSUBACK */
HIDDEN void mqw__clear_exchanges(struct mqw_side *side);
HIDDEN void mqw__forget_exchanges(struct mqw_side *side);
HIDDEN void mqw__move_exchanges(struct mqw_side *side, const struct mqw_storage *old);

/* limits.c */
HIDDEN void mqw__sizes(struct step *s);
HIDDEN void mqw__publish_limits(struct step *s);
HIDDEN void mqw__subscribe_limits(struct step *s);
HIDDEN void mqw__topic(struct step *s);
HIDDEN void mqw__clear_aliases(struct mqw_side *side);
HIDDEN void mqw__move_aliases(struct mqw_side *side, const struct mqw_storage *old);
HIDDEN void mqw__release_topics(struct mqw_connection *c, enum mqw_sender sender);

#endif
