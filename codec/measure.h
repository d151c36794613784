/* SPDX-License-Identifier: MIT */
/*
 * The measuring cursor: counts the bytes that a packet takes, and finds out whether stored bytes
 * can show it at all: whether lengths fit their prefix, values their bits, fields the version. What
 * does not fit, and why, is for the putting cursor (put.h).  Operations are described in walks.h.
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
    uint8_t flags; /* of byte 1, where they are data */
    uint8_t version;
    bool bad;
};

FAST void measure_start(struct measurer *c, uint8_t version)
{
    c->size = 0;
    c->blocks[0] = c->blocks[1] = 0;
    c->payload = 0;
    c->block = 0;
    c->octet = 0;
    c->flags = 0;
    c->version = version;
    c->bad = false;
}

FAST void measure_fail(struct measurer *c)
{
    c->bad = true;
}

FAST bool measure_v5(const struct measurer *c)
{
    return c->version == MQW_VERSION_5;
}

/* Content is judged when it is stored, or by the telling walk over what was. */
FAST bool measure_wishes(const struct measurer *c)
{
    (void)c;
    return false;
}

FAST void measure_check(struct measurer *c, bool good, enum mqw_code rule)
{
    (void)c, (void)good, (void)rule;
}

FAST void measure_check_view(struct measurer *c, bool good, const char *name,
                             const struct mqw_bytes *view, enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)view, (void)rule;
}

FAST void measure_check_octet(struct measurer *c, bool good, const char *name, enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)rule;
}

FAST void measure_check_lack(struct measurer *c, bool good, const char *name, enum mqw_code rule)
{
    (void)c, (void)good, (void)name, (void)rule;
}

FAST void measure_demand(struct measurer *c, const char *name, enum mqw_code rule)
{
    (void)c, (void)name, (void)rule;
}

FAST void measure_enter(struct measurer *c, const char *name)
{
    (void)c, (void)name;
}

FAST void measure_leave(struct measurer *c)
{
    (void)c;
}

FAST void measure_only_v5(struct measurer *c, const char *name, bool used)
{
    (void)name;
    if (UNLIKELY(used && !measure_v5(c)))
        measure_fail(c);
}

FAST void measure_defaults(struct measurer *c, const uint8_t *code,
                           const struct mqw_properties *properties)
{
    (void)c, (void)code, (void)properties;
}

FAST bool measure_tail(struct measurer *c, bool wanted)
{
    (void)c;
    return wanted;
}

FAST void measure_octet(struct measurer *c, const char *name)
{
    (void)name;
    c->octet = 0;
}

FAST void measure_octet_end(struct measurer *c)
{
    c->size++;
}

FAST void measure_flags_end(struct measurer *c)
{
    c->flags = c->octet;
}

FAST void measure_bit(struct measurer *c, const char *name, unsigned low, const bool *value)
{
    (void)name;
    c->octet |= (uint8_t)(*value << low);
}

FAST void measure_flag(struct measurer *c, const char *name, unsigned low, const bool *value)
{
    measure_bit(c, name, low, value);
}

FAST void measure_bits(struct measurer *c, const char *name, unsigned low, unsigned width,
                       const uint8_t *value)
{
    (void)name;
    c->octet |= (uint8_t)(*value << low);
    if (UNLIKELY(*value >> width))
        measure_fail(c);
}

FAST void measure_no_bit(struct measurer *c, const char *name, const bool *value)
{
    measure_only_v5(c, name, *value);
}

FAST void measure_no_bits(struct measurer *c, const char *name, const uint8_t *value)
{
    measure_only_v5(c, name, *value);
}

FAST void measure_reserved(struct measurer *c, const char *name, unsigned mask, enum mqw_code rule)
{
    (void)c, (void)name, (void)mask, (void)rule;
}

FAST void measure_u16(struct measurer *c, const char *name, const uint16_t *value)
{
    (void)name, (void)value;
    c->size += 2;
}

FAST void measure_packet_id(struct measurer *c, const uint16_t *id, enum mqw_code rule)
{
    (void)id, (void)rule;
    c->size += 2;
}

FAST void measure_no_packet_id(struct measurer *c, const uint16_t *id)
{
    if (UNLIKELY(*id))
        measure_fail(c);
}

FAST void measure_reason(struct measurer *c, const uint8_t *code, unsigned place,
                         enum mqw_code rule)
{
    (void)code, (void)place, (void)rule;
    c->size++;
}

FAST void measure_codes(struct measurer *c, const struct mqw_code_list *list, unsigned place,
                        enum mqw_code rule)
{
    (void)place, (void)rule;
    c->size += list->count;
}

FAST void measure_no_codes(struct measurer *c, const struct mqw_code_list *list)
{
    if (UNLIKELY(list->count))
        measure_fail(c);
}

FAST void measure_counted(struct measurer *c, const char *name, const struct mqw_bytes *value,
                          enum mqw_code rule)
{
    (void)name, (void)rule;
    if (UNLIKELY(value->len > MQW_TEXT_MAX))
        measure_fail(c);
    c->size += 2 + (uint64_t)value->len;
}

FAST void measure_binary(struct measurer *c, const char *name, const struct mqw_bytes *value)
{
    measure_counted(c, name, value, MQW_RULE_TEXT_TOO_LONG);
}

FAST void measure_text(struct measurer *c, const char *name, const struct mqw_bytes *value,
                       enum mqw_code rule)
{
    (void)rule;
    measure_counted(c, name, value, MQW_RULE_TEXT_TOO_LONG);
}

FAST void measure_topic_name(struct measurer *c, const char *name, const struct mqw_bytes *value,
                             enum mqw_code rule)
{
    (void)rule;
    measure_counted(c, name, value, MQW_RULE_TOPIC_TOO_LONG);
}

FAST void measure_topic_filter(struct measurer *c, const char *name, const struct mqw_bytes *value,
                               enum mqw_code rule)
{
    measure_topic_name(c, name, value, rule);
}

FAST void measure_rest(struct measurer *c, const char *name, const struct mqw_bytes *value)
{
    (void)name;
    c->payload = value->len;
    c->size += value->len;
}

/* Another version than the options' is left to others, and so is MQTT 3.1. */
FAST void measure_protocol(struct measurer *c, const struct mqw_packet *packet)
{
    if (UNLIKELY(packet->version && packet->version != c->version))
        measure_fail(c);
    c->size += 7;
}

/* The size of a block without its length, or UINT64_MAX.  A real call. */
HIDDEN uint64_t mqw__measure_block(const struct mqw_properties *p);

FAST void measure_properties(struct measurer *c, const struct mqw_properties *p, unsigned place)
{
    uint64_t before = c->size;
    uint64_t size;
    (void)place;
    if (!measure_v5(c)) {
        measure_only_v5(c, "properties", p->present);
        return;
    }
    if (!p->present) {
        c->blocks[c->block++] = 0;
        c->size++;
        return;
    }
    size = mqw__measure_block(p);
    if (size > MQW_LENGTH_MAX) {
        measure_fail(c);
        size = 0;
    }
    c->blocks[c->block++] = (uint32_t)size;
    c->size = before + varint_size(size) + size;
}

FAST void measure_subscription(struct measurer *c, const struct mqw_subscription *s);

FAST void measure_subscriptions(struct measurer *c, const struct mqw_subscription_list *list)
{
    struct mqw_subscription s;
    uint32_t at = 0;
    if (list->wire) { /* writing will see whether it holds that much */
        c->size += list->size;
        return;
    }
    while (mqw_next_subscription(list, &at, &s))
        measure_subscription(c, &s);
}

FAST void measure_topic_filters(struct measurer *c, const struct mqw_filter_list *list)
{
    struct mqw_bytes filter;
    uint32_t at = 0;
    if (list->wire) {
        c->size += list->size;
        return;
    }
    while (mqw_next_filter(list, &at, &filter))
        measure_topic_filter(c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
}

#endif
