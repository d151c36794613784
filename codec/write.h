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
    block odd;               /* marks of text that is not plain: see write_judged */
    uint32_t blocks[BLOCKS]; /* sizes of the blocks of properties, as measured */
    uint8_t block;           /* the next of blocks */
    uint8_t octet;
    uint8_t version, sender;
    bool bad;
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
    if (UNLIKELY(!good))
        c->bad = true;
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
    c->bad |= *value;
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

/*
 * Bytes are copied without a call, so that the cursor keeps its registers: text that is not plain
 * ASCII is only marked, and read back when the packet is stored.
 */

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

FAST void copy_bytes(uint8_t *to, const uint8_t *from, uint32_t len)
{
    uint32_t at;
    if (len < BLOCK) {
        copy_short(to, from, len);
    } else {
        for (at = 0; at < len - BLOCK; at += BLOCK)
            block_store(to + at, block_load(from + at));
        block_store(to + len - BLOCK, block_load(from + len - BLOCK));
    }
}

FAST void write_binary(struct writer *c, const char *name, const struct mqw_bytes *value)
{
    (void)name;
    write_number(c, value->len, 2);
    copy_bytes(c->at, value->ptr, value->len);
    c->at += value->len;
}

/* Copies a text and marks it where it is not plain, in one pass. */
FAST void write_judged(struct writer *c, const struct mqw_bytes *value, bool topic)
{
    const uint8_t *from = value->ptr;
    uint32_t len = value->len;
    write_number(c, len, 2);
    if (len < BLOCK) {
        c->odd = block_or(c->odd, block_faults(copy_short(c->at, from, len), topic));
    } else {
        block b = block_load(from + len - BLOCK);
        uint32_t at;
        block_store(c->at + len - BLOCK, b);
        c->odd = block_or(c->odd, block_faults(b, topic));
        for (at = 0; at < len - BLOCK; at += BLOCK) {
            b = block_load(from + at);
            block_store(c->at + at, b);
            c->odd = block_or(c->odd, block_faults(b, topic));
        }
    }
    c->at += len;
}

FAST void write_codes(struct writer *c, const struct mqw_code_list *list, unsigned place,
                      enum mqw_code rule)
{
    uint32_t count = list->count;
    write_check(c, count, rule);
    copy_bytes(c->at, list->items, count);
    write_check(c, codes_known(c->version, c->sender, place, c->at, c->at + count), rule);
    c->at += count;
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
    c->bad |= !mqw__filter_good(value->ptr, value->len, value->ptr + value->len, c->version);
}

/* Copied when all else is good. */
FAST void write_rest(struct writer *c, const char *name, const struct mqw_bytes *value)
{
    (void)c, (void)name, (void)value;
}

FAST void write_protocol(struct writer *c, const struct mqw_packet *packet)
{
    (void)packet;
    memcpy(c->at, "\0\4MQTT", 6);
    c->at[6] = c->version;
    c->at += 7;
}

FAST void write_varint(struct writer *c, uint32_t value)
{
    for (; value >= 128; value >>= 7)
        *c->at++ = (uint8_t)(value | 128);
    *c->at++ = (uint8_t)value;
}

/*
 * A block of properties of this size, with its length: where it ends.  *odd marks its text, *bad
 * becomes true where it is not good.  A real call.
 */
HIDDEN uint8_t *mqw__write_block(uint8_t *at, uint32_t size, const struct mqw_properties *p,
                                 uint64_t allowed, uint64_t repeatable, block *odd, bool *bad);

FAST void write_properties(struct writer *c, const struct mqw_properties *p, unsigned place)
{
    uint32_t size;
    block odd;
    bool bad;
    if (!write_v5(c))
        return;
    size = c->blocks[c->block++];
    if (!p->present) {
        *c->at++ = 0;
        return;
    }
    c->at = mqw__write_block(c->at, size, p,
                             place_properties(place) & ~withheld_properties(place, c->sender),
                             repeatable_properties(place), &odd, &bad);
    c->odd = block_or(c->odd, odd);
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
