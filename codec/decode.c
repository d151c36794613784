/* SPDX-License-Identifier: MIT */
/* Decoding: the plain reader for packets that are good, the telling walk for all others. */
#include "tell.h"

SLOW struct mqw_result decode_slowly(const uint8_t *buf, size_t len, const struct mqw_options *o,
                                       struct mqw_packet *packet)
{
    struct teller teller;
    return mqw__tell(&teller, buf, len, o, packet, NULL, NULL);
}

#ifndef MQW_SMALL

#define WALK FAST
#include "read.h"

#define CURSOR struct reader
#define SIDE
#define DO(name) read_##name
#include "walks.h"

typedef void read_walk(struct reader *c, struct mqw_packet *packet);

/* A list begins at its first item's identifier and ends with its last item. */
FAST void grow(const uint8_t **wire, uint32_t *size, uint32_t count, const uint8_t *from,
               const uint8_t *to)
{
    if (!count)
        *wire = from;
    *size = (uint32_t)(to - *wire);
}

/* A list begins at its first item's identifier and ends with its last item. */
#define GROW(list, from, to)                                                                       \
    do {                                                                                           \
        if (!(list).count++) {                                                                     \
            (list).wire = (from);                                                                  \
            (list).items = NULL;                                                                   \
        }                                                                                          \
        (list).size = (uint32_t)((to) - (list).wire);                                              \
    } while (0)

/* Two bytes of length and as many bytes, or NULL. */
FAST const uint8_t *take_counted(const uint8_t *at, const uint8_t *end, struct mqw_bytes *value)
{
    size_t left = (size_t)(end - at);
    size_t len;
    if (left < 2)
        return NULL;
    len = (size_t)(at[0] << 8 | at[1]);
    if (left - 2 < len)
        return NULL;
    value->ptr = at + 2;
    value->len = (uint32_t)len;
    return at + 2 + len;
}

bool mqw__read_subscriptions(const uint8_t *at, const uint8_t *end, uint8_t version,
                             struct mqw_subscription_list *list)
{
    struct reader c = {at, end, 0, version, 0, false};
    struct mqw_subscription s;
    uint32_t count = 0;
    for (; c.at < end; count++)
        read_subscription(&c, &s);
    list->wire = at;
    list->items = NULL;
    list->size = (uint32_t)(end - at);
    list->count = count;
    return !c.bad;
}

bool mqw__read_filters(const uint8_t *at, const uint8_t *end, uint8_t version,
                       struct mqw_filter_list *list)
{
    struct reader c = {at, end, 0, version, 0, false};
    struct mqw_bytes filter;
    uint32_t count = 0;
    for (; c.at < end; count++)
        read_topic_filter(&c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
    list->wire = at;
    list->items = NULL;
    list->size = (uint32_t)(end - at);
    list->count = count;
    return !c.bad;
}

const uint8_t *mqw__read_properties(const uint8_t *at, const uint8_t *limit,
                                    struct mqw_properties *p, uint64_t open, uint64_t repeatable)
{
    uint32_t size;
    const uint8_t *length = at;
    const uint8_t *end;
    uint64_t present = 0;
    if (!mqw_list_varint(&at, limit, &size) || (at[-1] == 0 && at - length > 1) ||
        limit - at < (ptrdiff_t)size)
        return NULL;
    end = at + size;
    p->user_properties.count = 0;
    p->subscription_identifiers.count = 0;
    while (at < end) {
        const uint8_t *start = at;
        unsigned id = *at++;
        uint64_t bit = (uint64_t)1 << (id & 63);
        const struct property_row *row = &mqw__properties[id];
        uint8_t *member = (uint8_t *)p + row->member;
        struct mqw_bytes name, value;
        uint32_t number;
        if (id > 63 || !(open & bit))
            return NULL;
        open &= ~bit | repeatable;
        present |= bit;
        switch (row->type) {
        case TYPE_BYTE:
            if (end == at)
                return NULL;
            number = *member = *at++;
            break;
        case TYPE_TWO:
            if (end - at < 2)
                return NULL;
            number = (uint32_t)(at[0] << 8 | at[1]);
            *(uint16_t *)(void *)member = (uint16_t)number;
            at += 2;
            break;
        case TYPE_FOUR:
            if (end - at < 4)
                return NULL;
            number = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
            *(uint32_t *)(void *)member = number;
            at += 4;
            break;
        case TYPE_VARINTS:
            if (!mqw_list_varint(&at, end, &number) || (at[-1] == 0 && at - start > 2))
                return NULL;
            grow(&p->subscription_identifiers.wire, &p->subscription_identifiers.size,
                 p->subscription_identifiers.count++, start, at);
            break;
        case TYPE_PAIRS:
            if (!(at = take_counted(at, end, &name)) || !(at = take_counted(at, end, &value)) ||
                !text_good(name.ptr, name.len, limit, false) ||
                !text_good(value.ptr, value.len, limit, false))
                return NULL;
            grow(&p->user_properties.wire, &p->user_properties.size, p->user_properties.count++,
                 start, at);
            continue;
        default: /* TYPE_TEXT, TYPE_TOPIC, TYPE_BINARY */
            if (!(at = take_counted(at, end, &value)) ||
                (row->type != TYPE_BINARY &&
                 !text_good(value.ptr, value.len, limit, row->type == TYPE_TOPIC)))
                return NULL;
            *(struct mqw_bytes *)(void *)member = value;
            continue;
        }
        if (!within(number, row->low, row->high) && !is_wish((enum mqw_code)row->rule))
            return NULL;
    }
    if (present & PROPERTY_BIT(USER_PROPERTY))
        p->user_properties.items = NULL;
    if (present & PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER))
        p->subscription_identifiers.items = NULL;
    p->present = present;
    return at;
}

/*
 * One function for each packet type and version, so that each saves no more registers than it
 * needs.  Which version a CONNECT is, it says itself.
 * Arguments are in the order of mqw_decode's, so that they can stay where they are.
 */
typedef struct mqw_result decoder(const uint8_t *buf, const uint8_t *end,
                                  const struct mqw_options *o, struct mqw_packet *packet,
                                  const uint8_t *at);

SLOW struct mqw_result decode_again(const uint8_t *buf, const uint8_t *end,
                                    const struct mqw_options *o, struct mqw_packet *packet,
                                    const uint8_t *at)
{
    (void)at;
    return decode_slowly(buf, (size_t)(end - buf), o, packet);
}

FAST struct mqw_result decode(read_walk *read, unsigned senders, uint8_t version,
                              const uint8_t *buf, const uint8_t *end, const struct mqw_options *o,
                              struct mqw_packet *packet, const uint8_t *at)
{
    struct reader c;
    if (senders != (unsigned)MQW_EITHER && o->sender && !(senders & o->sender))
        return decode_again(buf, end, o, packet, at);
    c.at = at;
    c.end = end;
    c.octet = *buf;
    c.version = version;
    c.sender = o->sender;
    c.bad = false;
    packet->type = *buf >> 4;
    packet->version = version;
    read(&c, packet);
    if (LIKELY(!c.bad && c.at == c.end))
        return result_of(MQW_OK, (uint32_t)(end - buf));
    return decode_again(buf, end, o, packet, at);
}

/* In 3.1.1 (DECODE_311) and in 5.0 (DECODE_5); acknowledgements share theirs. */
#define DECODE(function, walk, senders, version)                                                   \
    APART struct mqw_result function(const uint8_t *buf, const uint8_t *end,                       \
                                     const struct mqw_options *o, struct mqw_packet *packet,       \
                                     const uint8_t *at)                                            \
    {                                                                                              \
        return decode(read_##walk, senders, version, buf, end, o, packet, at);                     \
    }
#define DECODE_311(walk, NAME)                                                                     \
    DECODE(decode_##walk##_311, walk, SENDERS_311_##NAME, MQW_VERSION_3_1_1)
#define DECODE_5(walk, NAME) DECODE(decode_##walk##_5, walk, SENDERS_5_##NAME, MQW_VERSION_5)
enum senders {
#define MQW_ROW(number, NAME, name, flags, rule, SENDERS_311, SENDERS_5)                           \
    SENDERS_311_##NAME = MQW_##SENDERS_311, SENDERS_5_##NAME = MQW_##SENDERS_5,
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
};
#define DECODE_BOTH(walk, NAME) DECODE_311(walk, NAME) DECODE_5(walk, NAME)
DECODE(decode_connect, connect, SENDERS_5_CONNECT, o->version)
DECODE_BOTH(connack, CONNACK)
DECODE_BOTH(publish, PUBLISH)
DECODE_BOTH(ack, PUBACK)
DECODE_BOTH(subscribe, SUBSCRIBE)
DECODE_BOTH(suback, SUBACK)
DECODE_BOTH(unsubscribe, UNSUBSCRIBE)
DECODE_BOTH(unsuback, UNSUBACK)
DECODE_BOTH(pingreq, PINGREQ)
DECODE_BOTH(pingresp, PINGRESP)
DECODE_BOTH(disconnect, DISCONNECT)
DECODE_5(auth, AUTH)

/* By version (3.1.1, 5.0) and packet type. */
static decoder *const decoders[2][MQW_TYPES] = {
    {decode_again, decode_connect, decode_connack_311, decode_publish_311, decode_ack_311,
     decode_ack_311, decode_ack_311, decode_ack_311, decode_subscribe_311, decode_suback_311,
     decode_unsubscribe_311, decode_unsuback_311, decode_pingreq_311, decode_pingresp_311,
     decode_disconnect_311, decode_again},
    {decode_again, decode_connect, decode_connack_5, decode_publish_5, decode_ack_5, decode_ack_5,
     decode_ack_5, decode_ack_5, decode_subscribe_5, decode_suback_5, decode_unsubscribe_5,
     decode_unsuback_5, decode_pingreq_5, decode_pingresp_5, decode_disconnect_5, decode_auth_5},
};

/* Reads a packet of a known version, whose length is good. */
FAST struct mqw_result dispatch(const uint8_t *buf, const uint8_t *end,
                                const struct mqw_options *o, struct mqw_packet *packet,
                                const uint8_t *at)
{
    const struct type_row *row = &mqw__types[*buf >> 4];
    if ((*buf & row->fixed) != row->flags)
        return decode_again(buf, end, o, packet, at);
    return decoders[o->version - MQW_VERSION_3_1_1][*buf >> 4](buf, end, o, packet, at);
}

/* All that is not short, whole, and of a known version. */
APART struct mqw_result decode_other(const uint8_t *buf, size_t len, const struct mqw_options *o,
                                     struct mqw_packet *packet)
{
    struct header h;
    enum mqw_code code = mqw__header(buf, len, o, &h);
    if (code > MQW_MORE || !h.length || h.padded || o->refuse || !options_good(o) ||
        o->version == MQW_VERSION_3_1)
        return decode_slowly(buf, len, o, packet);
    if (code == MQW_OK && !o->version && *buf == MQW_CONNECT << 4)
        return decode_connect(buf, buf + h.size, o, packet, buf + h.length);
    if (code == MQW_OK && o->version)
        return dispatch(buf, buf + h.size, o, packet, buf + h.length);
    if (o->version && o->partial && *buf >> 4 == MQW_PUBLISH) {
        struct mqw_result r = dispatch(buf, buf + len, o, packet, buf + h.length);
        if (r.code == MQW_OK)
            r.size = h.size;
        return r;
    }
    return decode_slowly(buf, len, o, packet);
}

struct mqw_result mqw_decode(const void *buf, size_t len, const struct mqw_options *options,
                             struct mqw_packet *packet)
{
    const uint8_t *bytes = (const uint8_t *)buf;
    const struct mqw_options *o = options ? options : &mqw__no_options;
    uint32_t size;
    /* 3.1.1 or 5.0, a possible sender, no wishes: one test for what nearly all calls have. */
    if (len < 2 || ((o->version - 4u) | (o->sender & ~3u) | o->refuse) > 1)
        return decode_other(bytes, len, o, packet);
    size = bytes[1];
    if (size < 128) {
        size += 2;
        if (size <= len && size - 1 <= o->max_size - 1) /* 0 is no limit */
            return dispatch(bytes, bytes + size, o, packet, bytes + 2);
    } else if (len > 2 && (uint8_t)(bytes[2] - 1) < 127) {
        size = (size & 127) + bytes[2] * 128u + 3;
        if (size <= len && size - 1 <= o->max_size - 1)
            return dispatch(bytes, bytes + size, o, packet, bytes + 3);
    }
    return decode_other(bytes, len, o, packet);
}

#else

struct mqw_result mqw_decode(const void *buf, size_t len, const struct mqw_options *options,
                             struct mqw_packet *packet)
{
    return decode_slowly((const uint8_t *)buf, len, options ? options : &mqw__no_options, packet);
}

#endif
