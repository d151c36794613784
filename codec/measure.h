/* SPDX-License-Identifier: MIT */
/*
 * The measuring cursor: counts the bytes that a packet takes, and judges what stored bytes could
 * not show any more: lengths that do not fit their prefix, values that do not fit their bits,
 * fields that the version has not.  Operations are described in walks.h.
 */
#ifndef MQW_MEASURE_H
#define MQW_MEASURE_H

#include "internal.h"

enum { BLOCKS = 2 }; /* of properties, in a CONNECT with a will */

struct measurer {
    uint64_t size;           /* of what has been measured, bytes */
    uint32_t blocks[BLOCKS]; /* sizes of the blocks of properties */
    uint32_t payload;        /* of a PUBLISH, bytes */
    uint8_t block;           /* the next of blocks */
    uint8_t octet;
    uint8_t flags;           /* of byte 1 */
    uint8_t version, sender;
    bool bad;

    /* Only where naming is on, which costs: */
    bool naming;
    enum mqw_code rule;             /* the first that is broken, */
    uint64_t where;                 /* after so many bytes, */
    const char *group, *list;       /* in such a group, in such a list, */
    const char *name;               /* by this field, */
    uint8_t property;               /* or by this property, */
    uint32_t item;                  /* and by this element */
    const char *in_group, *in_list; /* where the cursor is now */
    uint8_t in_property;
    uint32_t in_item;
};

/* The version that a packet is written in, or 0 if that is not known. */
static inline uint8_t version_of(const struct mqw_packet *packet, const struct mqw_options *o)
{
    if (packet->type == MQW_CONNECT && packet->version)
        return packet->version;
    return o->version;
}

FAST void measure_start(struct measurer *c, uint8_t flags, uint8_t version, uint8_t sender,
                        bool naming)
{
    c->flags = flags;
    c->size = 0;
    c->payload = 0;
    c->block = 0;
    c->blocks[0] = c->blocks[1] = 0;
    c->octet = 0;
    c->version = version;
    c->sender = sender;
    c->bad = false;
    c->naming = naming;
    c->rule = MQW_OK;
    c->in_group = c->in_list = NULL;
    c->in_property = 0;
    c->in_item = 0;
}

/* Measures a whole packet with naming. */
HIDDEN void mqw__measure(struct measurer *c, const struct mqw_packet *packet,
                         const struct mqw_options *o);

/* The same for a measurer that was started. */
HIDDEN void mqw__measure_packet(struct measurer *c, const struct mqw_packet *packet);

#endif
