/* SPDX-License-Identifier: MIT */
/*
 * The writing cursor: stores a packet that was measured, and judges its content on the way.
 * What is amiss is named by the telling walk over what was stored.  Operations are described in
 * walks.h.
 */
#ifndef MQW_WRITE_H
#define MQW_WRITE_H

#include "measure.h"
#include "text.h"

struct writer {
    uint8_t *at, *end;
    uint32_t blocks[BLOCKS]; /* sizes of the blocks of properties, as measured */
    uint8_t block;           /* the next of blocks */
    uint8_t octet;
    uint8_t version, sender;
    uint8_t expected; /* version that the options want, or 0 */
    bool bad;
    bool partial; /* stop before the payload */
};

FAST bool write_v5(const struct writer *c)
{
    return c->version == MQW_VERSION_5;
}

FAST bool write_wishes(const struct writer *c)
{
    (void)c;
    return false;
}

FAST void write_check(struct writer *c, bool good, enum mqw_code rule)
{
    (void)rule;
    c->bad |= !good;
}

FAST void write_check_view(struct writer *c, bool good, const char *name,
                           const struct mqw_bytes *view, enum mqw_code rule)
{
    (void)name, (void)view;
    write_check(c, good, rule);
}

FAST void write_check_octet(struct writer *c, bool good, const char *name, enum mqw_code rule)
{
    (void)name;
    write_check(c, good, rule);
}

FAST void write_check_lack(struct writer *c, bool good, const char *name, enum mqw_code rule)
{
    (void)name;
    write_check(c, good, rule);
}

FAST void write_demand(struct writer *c, const char *name, enum mqw_code rule)
{
    (void)c, (void)name, (void)rule;
}

FAST void write_enter(struct writer *c, const char *name)
{
    (void)c, (void)name;
}

FAST void write_leave(struct writer *c)
{
    (void)c;
}

FAST void write_only_v5(struct writer *c, const char *name, bool used)
{
    (void)c, (void)name, (void)used;
}

FAST void write_defaults(struct writer *c, const uint8_t *code,
                         const struct mqw_properties *properties)
{
    (void)c, (void)code, (void)properties;
}

FAST bool write_tail(struct writer *c, bool wanted)
{
    (void)c;
    return wanted;
}

FAST void write_octet(struct writer *c, const char *name)
{
    (void)name;
    c->octet = 0;
}

FAST void write_octet_end(struct writer *c)
{
    *c->at++ = c->octet;
}

FAST void write_flags_end(struct writer *c)
{
    (void)c;
}

FAST void write_bit(struct writer *c, const char *name, unsigned low, const bool *value)
{
    (void)name;
    c->octet |= (uint8_t)(*value << low);
}

FAST void write_flag(struct writer *c, const char *name, unsigned low, const bool *value)
{
    write_bit(c, name, low, value);
}

FAST void write_bits(struct writer *c, const char *name, unsigned low, unsigned width,
                     const uint8_t *value)
{
    (void)name, (void)width;
    c->octet |= (uint8_t)(*value << low);
}

FAST void write_no_bit(struct writer *c, const char *name, const bool *value)
{
    (void)name;
    c->bad |= *value;
}

FAST void write_no_bits(struct writer *c, const char *name, const uint8_t *value)
{
    (void)name;
    c->bad |= *value != 0;
}

FAST void write_reserved(struct writer *c, const char *name, unsigned mask, enum mqw_code rule)
{
    (void)c, (void)name, (void)mask, (void)rule;
}

FAST void write_number(struct writer *c, uint32_t value, unsigned bytes)
{
    while (bytes--)
        *c->at++ = (uint8_t)(value >> (8 * bytes));
}

FAST void write_u16(struct writer *c, const char *name, const uint16_t *value)
{
    (void)name;
    write_number(c, *value, 2);
}

FAST void write_packet_id(struct writer *c, const uint16_t *id, enum mqw_code rule)
{
    write_number(c, *id, 2);
    write_check(c, *id, rule);
}

FAST void write_no_packet_id(struct writer *c, const uint16_t *id)
{
    (void)c, (void)id;
}

FAST void write_reason(struct writer *c, const uint8_t *code, unsigned place, enum mqw_code rule)
{
    *c->at++ = *code;
    write_check(c, reason_known(c->version, c->sender, place, *code), rule);
}

FAST void write_no_codes(struct writer *c, const struct mqw_code_list *list)
{
    (void)c, (void)list;
}

/*
 * Room for an element of a list.  What was measured has room; this holds should the bytes of the
 * caller's list have changed since, by overlapping the output for example.
 */
FAST bool write_room(struct writer *c, uint64_t len)
{
    if (LIKELY(c->end - c->at >= (ptrdiff_t)len))
        return true;
    c->bad = true;
    return false;
}

/* Copies fewer bytes than a block, and answers them as one. */
FAST block copy_short(uint8_t *to, const uint8_t *from, uint32_t len)
{
    block b = block_short(from, len);
    if (len >= 8) {
        uint64_t first = load8(from), last = load8(from + len - 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        uint32_t first = load4(from), last = load4(from + len - 4);
        memcpy(to, &first, 4);
        memcpy(to + len - 4, &last, 4);
    } else if (len) {
        uint8_t first = from[0], middle = from[len / 2], last = from[len - 1];
        to[0] = first;
        to[len / 2] = middle;
        to[len - 1] = last;
    }
    return b;
}

/* memcpy, without a call where there is little to copy. */
FAST void copy_bytes(uint8_t *to, const uint8_t *from, uint32_t len)
{
    uint32_t at;
    if (len < BLOCK) {
        copy_short(to, from, len);
    } else if (len <= 4 * BLOCK) {
        for (at = 0; at < len - BLOCK; at += BLOCK)
            block_store(to + at, block_load(from + at));
        block_store(to + len - BLOCK, block_load(from + len - BLOCK));
    } else {
        memcpy(to, from, len);
    }
}

FAST void write_binary(struct writer *c, const char *name, const struct mqw_bytes *value)
{
    (void)name;
    write_number(c, value->len, 2);
    copy_bytes(c->at, value->ptr, value->len);
    c->at += value->len;
}

/* Copies a text and judges it in one pass. */
FAST void write_judged(struct writer *c, const struct mqw_bytes *value, bool topic)
{
    const uint8_t *from = value->ptr;
    uint32_t len = value->len;
    block found;
    write_number(c, len, 2);
    if (len < BLOCK) {
        found = block_faults(copy_short(c->at, from, len), topic);
    } else {
        block b = block_load(from + len - BLOCK);
        uint32_t at;
        found = block_faults(b, topic);
        block_store(c->at + len - BLOCK, b);
        for (at = 0; at < len - BLOCK; at += BLOCK) {
            b = block_load(from + at);
            found = block_or(found, block_faults(b, topic));
            block_store(c->at + at, b);
        }
    }
    if (!LIKELY(!block_mask(found)))
        c->bad |= !mqw__text_good(from, len, topic);
    c->at += len;
}

FAST void write_codes(struct writer *c, const struct mqw_code_list *list, unsigned place,
                      enum mqw_code rule)
{
    copy_bytes(c->at, list->items, list->count);
    write_check(c,
                list->count && codes_known(c->version, c->sender, place, list->items,
                                           list->items + list->count),
                rule);
    c->at += list->count;
}

FAST void write_text(struct writer *c, const char *name, const struct mqw_bytes *value,
                     enum mqw_code rule)
{
    (void)name, (void)rule;
    write_judged(c, value, false);
}

FAST void write_topic_name(struct writer *c, const char *name, const struct mqw_bytes *value,
                           enum mqw_code rule)
{
    (void)name, (void)rule;
    write_judged(c, value, true);
}

FAST void write_topic_filter(struct writer *c, const char *name, const struct mqw_bytes *value,
                             enum mqw_code rule)
{
    (void)rule;
    write_binary(c, name, value);
    c->bad |= !filter_good(value->ptr, value->len, value->ptr + value->len, c->version);
}

FAST void write_rest(struct writer *c, const char *name, const struct mqw_bytes *value)
{
    (void)name;
    if (c->partial)
        return;
    copy_bytes(c->at, value->ptr, value->len);
    c->at += value->len;
}

FAST void write_protocol(struct writer *c, const struct mqw_packet *packet)
{
    (void)packet;
    if (c->version == MQW_VERSION_3_1) {
        memcpy(c->at, "\0\6MQIsdp", 8);
        c->at += 8;
        c->bad = true; /* unless an option lets it through */
    } else {
        memcpy(c->at, "\0\4MQTT", 6);
        c->at += 6;
    }
    *c->at++ = c->version;
    c->bad |= c->expected && c->expected != c->version;
}

/* A variable byte integer.  A real call where it has more than one byte. */
HIDDEN uint8_t *mqw__write_varint(uint8_t *at, uint32_t value);

FAST void write_varint(struct writer *c, uint32_t value)
{
    if (LIKELY(value < 128))
        *c->at++ = (uint8_t)value;
    else
        c->at = mqw__write_varint(c->at, value);
}

/* A property with its identifier; one that repeats, as often as it does. */
FAST void write_value(struct writer *c, const void *member, uint8_t id,
                      const struct property_row *row)
{
    uint32_t number;
    if (row->type != TYPE_PAIRS && row->type != TYPE_VARINTS)
        *c->at++ = id;
    switch (row->type) {
    case TYPE_BYTE:
        number = *(const uint8_t *)member;
        *c->at++ = (uint8_t)number;
        break;
    case TYPE_TWO:
        number = *(const uint16_t *)member;
        write_number(c, number, 2);
        break;
    case TYPE_FOUR:
        number = *(const uint32_t *)member;
        write_number(c, number, 4);
        break;
    case TYPE_VARINTS: {
        uint32_t at = 0, each;
        while (mqw_next_id((const struct mqw_id_list *)member, &at, &each)) {
            if (!write_room(c, 1 + varint_size(each)))
                return;
            *c->at++ = id;
            write_varint(c, each);
            c->bad |= !within(each, row->low, row->high);
        }
        return;
    }
    case TYPE_PAIRS: {
        struct mqw_pair pair;
        uint32_t at = 0;
        while (mqw_next_pair((const struct mqw_pair_list *)member, &at, &pair)) {
            if (!write_room(c, 5 + (uint64_t)pair.name.len + pair.value.len))
                return;
            *c->at++ = id;
            write_judged(c, &pair.name, false);
            write_judged(c, &pair.value, false);
        }
        return;
    }
    case TYPE_BINARY:
        write_binary(c, "", (const struct mqw_bytes *)member);
        return;
    default: /* TYPE_TEXT, TYPE_TOPIC */
        write_judged(c, (const struct mqw_bytes *)member, row->type == TYPE_TOPIC);
        return;
    }
    if (!within(number, row->low, row->high))
        c->bad |= !mqw__let_through((enum mqw_code)row->rule, 0, 0);
}

/*
 * A block of properties of this size, with its length: where it ends.  *bad becomes true where the
 * properties are not in order.  A real call.
 */
HIDDEN uint8_t *mqw__write_block(uint8_t *at, uint32_t size, const struct mqw_properties *p,
                                 uint64_t allowed, uint64_t repeatable, bool *bad);

FAST void write_properties(struct writer *c, const struct mqw_properties *p, unsigned place)
{
    uint32_t size;
    bool bad = false;
    if (!write_v5(c))
        return;
    size = c->blocks[c->block++];
    if (!p->present) {
        *c->at++ = 0;
        return;
    }
    c->at = mqw__write_block(c->at, size, p,
                             place_properties(place) & ~withheld_properties(place, c->sender),
                             repeatable_properties(place), &bad);
    c->bad |= bad;
}

/* Elements into at..end, each by its walk: where they end; *bad where they are not good.  Real
 * calls. */
HIDDEN uint8_t *mqw__write_subscriptions(uint8_t *at, uint8_t *end, uint8_t version,
                                         const struct mqw_subscription_list *list, bool *bad);
HIDDEN uint8_t *mqw__write_filters(uint8_t *at, uint8_t *end, uint8_t version,
                                   const struct mqw_filter_list *list, bool *bad);

FAST void write_subscriptions(struct writer *c, const struct mqw_subscription_list *list)
{
    bool bad;
    c->at = mqw__write_subscriptions(c->at, c->end, c->version, list, &bad);
    c->bad |= bad;
}

FAST void write_topic_filters(struct writer *c, const struct mqw_filter_list *list)
{
    bool bad;
    c->at = mqw__write_filters(c->at, c->end, c->version, list, &bad);
    c->bad |= bad;
}

#endif
