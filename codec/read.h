/* SPDX-License-Identifier: MIT */
/*
 * The reading cursor: settles that a packet is good, and nothing else.
 *
 * It knows the rules as they are without any option.  A failed operation empties the input, so that
 * whatever follows fails too; what is wrong, and whether an option lets it through, is for the
 * telling walk over the same bytes.  Operations are described in walks.h.
 */
#ifndef MQW_READ_H
#define MQW_READ_H

#include "text.h"

struct reader {
    const uint8_t *at, *end;
    uint8_t octet;
    uint8_t version, sender;
    bool bad;
};

FAST void read_fail(struct reader *c)
{
    c->bad = true;
    c->at = c->end;
}

FAST bool read_v5(const struct reader *c)
{
    return c->version == MQW_VERSION_5;
}

FAST bool read_wishes(const struct reader *c)
{
    (void)c;
    return false;
}

FAST void read_check(struct reader *c, bool good, enum mqw_code rule)
{
    (void)rule;
    if (!good)
        read_fail(c);
}

FAST void read_check_view(struct reader *c, bool good, const char *name,
                          const struct mqw_bytes *view, enum mqw_code rule)
{
    (void)name, (void)view;
    read_check(c, good, rule);
}

FAST void read_check_octet(struct reader *c, bool good, const char *name, enum mqw_code rule)
{
    (void)name;
    read_check(c, good, rule);
}

FAST void read_check_lack(struct reader *c, bool good, const char *name, enum mqw_code rule)
{
    (void)name;
    read_check(c, good, rule);
}

FAST void read_demand(struct reader *c, const char *name, enum mqw_code rule)
{
    (void)name;
    read_check(c, c->at < c->end, rule);
}

FAST void read_enter(struct reader *c, const char *name)
{
    (void)c, (void)name;
}

FAST void read_leave(struct reader *c)
{
    (void)c;
}

FAST void read_only_v5(struct reader *c, const char *name, bool used)
{
    (void)c, (void)name, (void)used;
}

FAST void read_defaults(struct reader *c, uint8_t *code, struct mqw_properties *properties)
{
    (void)c;
    *code = 0;
    properties->present = 0;
}

FAST bool read_tail(const struct reader *c, bool wanted)
{
    (void)wanted;
    return c->at < c->end;
}

FAST uint8_t read_u8(struct reader *c)
{
    if (c->at >= c->end) {
        read_fail(c);
        return 0;
    }
    return *c->at++;
}

FAST void read_octet(struct reader *c, const char *name)
{
    (void)name;
    c->octet = read_u8(c);
}

FAST void read_octet_end(struct reader *c)
{
    (void)c;
}

FAST void read_flags_end(struct reader *c)
{
    (void)c;
}

FAST void read_bit(struct reader *c, const char *name, unsigned low, bool *value)
{
    (void)name;
    *value = (unsigned)c->octet >> low & 1;
}

FAST void read_flag(struct reader *c, const char *name, unsigned low, bool *value)
{
    read_bit(c, name, low, value);
}

FAST void read_bits(struct reader *c, const char *name, unsigned low, unsigned width,
                    uint8_t *value)
{
    (void)name;
    *value = (uint8_t)((unsigned)c->octet >> low & ((1u << width) - 1));
}

FAST void read_no_bit(struct reader *c, const char *name, bool *value)
{
    (void)c, (void)name;
    *value = false;
}

FAST void read_no_bits(struct reader *c, const char *name, uint8_t *value)
{
    (void)c, (void)name;
    *value = 0;
}

FAST void read_reserved(struct reader *c, const char *name, unsigned mask, enum mqw_code rule)
{
    (void)name;
    read_check(c, !(c->octet & mask), rule);
}

FAST void read_u16(struct reader *c, const char *name, uint16_t *value)
{
    (void)name;
    if (c->end - c->at < 2) {
        read_fail(c);
        *value = 0;
        return;
    }
    *value = (uint16_t)(c->at[0] << 8 | c->at[1]);
    c->at += 2;
}

FAST void read_packet_id(struct reader *c, uint16_t *id, enum mqw_code rule)
{
    read_u16(c, "packet_id", id);
    read_check(c, *id, rule);
}

FAST void read_no_packet_id(struct reader *c, uint16_t *id)
{
    (void)c;
    *id = 0;
}

FAST void read_reason(struct reader *c, uint8_t *code, unsigned place, enum mqw_code rule)
{
    *code = read_u8(c);
    read_check(c, reason_known(c->version, c->sender, place, *code), rule);
}

FAST void read_codes(struct reader *c, struct mqw_code_list *list, unsigned place,
                     enum mqw_code rule)
{
    uint32_t len = (uint32_t)(c->end - c->at);
    list->wire = NULL;
    list->items = c->at;
    list->size = 0;
    list->count = len;
    read_check(c, codes_known(c->version, c->sender, place, c->at, c->end), rule);
    c->at = c->end;
}

FAST void read_no_codes(struct reader *c, struct mqw_code_list *list)
{
    (void)c;
    list->wire = NULL;
    list->items = NULL;
    list->size = list->count = 0;
}

/* A two-byte length and as many bytes. */
FAST void read_binary(struct reader *c, const char *name, struct mqw_bytes *value)
{
    ptrdiff_t left = c->end - c->at;
    uint32_t len;
    (void)name;
    value->ptr = c->at;
    value->len = 0;
    if (left < 2) {
        read_fail(c);
        return;
    }
    len = (uint32_t)(c->at[0] << 8 | c->at[1]);
    if (left - 2 < (ptrdiff_t)len) {
        read_fail(c);
        return;
    }
    value->ptr = c->at + 2;
    value->len = len;
    c->at += 2 + len;
}

FAST void read_text(struct reader *c, const char *name, struct mqw_bytes *value, enum mqw_code rule)
{
    read_binary(c, name, value);
    read_check(c, text_good(value->ptr, value->len, c->end, false), rule);
}

FAST void read_topic_name(struct reader *c, const char *name, struct mqw_bytes *value,
                          enum mqw_code rule)
{
    read_binary(c, name, value);
    read_check(c, text_good(value->ptr, value->len, c->end, true), rule);
}

FAST void read_rest(struct reader *c, const char *name, struct mqw_bytes *value)
{
    (void)name;
    value->ptr = c->at;
    value->len = (uint32_t)(c->end - c->at);
    c->at = c->end;
}

FAST void read_protocol(struct reader *c, struct mqw_packet *packet)
{
    uint8_t level = 0;
    if (c->end - c->at >= 7 && memcmp(c->at, "\0\4MQTT", 6) == 0)
        level = c->at[6];
    if (level < MQW_VERSION_3_1_1 || level > MQW_VERSION_5 || (c->version && c->version != level)) {
        read_fail(c);
        return;
    }
    c->at += 7;
    c->version = packet->version = level;
}

enum { STUCK = 1 }; /* no property has identifier 0 */

/*
 * A block of properties with its length at at, which ends before end: where it ends, or where it is
 * stuck, which bit STUCK of p->present then says: at a property, or at the block itself.
 * `open` has the properties that may come, so that one test finds those that are unknown, misplaced
 * or repeated.  A real call: it is too large to stand in every walk.
 */
HIDDEN const uint8_t *mqw__read_properties(const uint8_t *at, const uint8_t *end,
                                           struct mqw_properties *p, uint64_t open,
                                           uint64_t repeatable);

FAST void read_properties(struct reader *c, struct mqw_properties *p, unsigned place)
{
    p->present = 0;
    if (!read_v5(c))
        return;
    if (LIKELY(c->at < c->end && *c->at == 0)) {
        c->at++;
        return;
    }
    c->at = mqw__read_properties(c->at, c->end, p,
                                 place_properties(place) & ~withheld_properties(place, c->sender),
                                 repeatable_properties(place));
    if (p->present & STUCK)
        read_fail(c);
}

FAST void read_topic_filter(struct reader *c, const char *name, struct mqw_bytes *value,
                            enum mqw_code rule)
{
    read_binary(c, name, value);
    read_check(c, mqw__filter_good(value->ptr, value->len, c->end, c->version), rule);
}

/* Elements in at..end, each by its walk, into *list, which ends before one that is not good: are all
 * good?  Real calls. */
HIDDEN bool mqw__read_subscriptions(const uint8_t *at, const uint8_t *end, uint8_t version,
                                    struct mqw_subscription_list *list);
HIDDEN bool mqw__read_filters(const uint8_t *at, const uint8_t *end, uint8_t version,
                              struct mqw_filter_list *list);

FAST void read_subscriptions(struct reader *c, struct mqw_subscription_list *list)
{
    read_check(c, mqw__read_subscriptions(c->at, c->end, c->version, list),
               MQW_RULE_SUBSCRIBE_EMPTY);
    c->at = c->end;
}

FAST void read_topic_filters(struct reader *c, struct mqw_filter_list *list)
{
    read_check(c, mqw__read_filters(c->at, c->end, c->version, list), MQW_RULE_UNSUBSCRIBE_EMPTY);
    c->at = c->end;
}

#endif
