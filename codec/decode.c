/* SPDX-License-Identifier: MIT */
/* Decoding: the plain reader for packets that are good, the telling walk for all others. */
#include "tell.h"

SLOW struct mqw_result decode_slowly(const uint8_t *buf, size_t len, const struct mqw_options *o,
                                     struct mqw_packet *packet)
{
    return mqw__judge(buf, len, o, packet);
}

#ifndef MQW_SMALL

#define WALK FAST
#include "read.h"

#define CURSOR struct reader
#define SIDE
#define DO(name) read_##name
#include "walks.h"

typedef void read_walk(struct reader *c, struct mqw_packet *packet);

/* The number of n bytes at at; n is a constant. */
FAST uint32_t number_at(const uint8_t *at, unsigned n)
{
    if (n == 4)
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return n == 2 ? (uint32_t)at[0] << 8 | at[1] : at[0];
}

/* Two bytes of length and as many bytes: where they end, or NULL. */
FAST const uint8_t *take_counted(const uint8_t *at, const uint8_t *end, struct mqw_bytes *value)
{
    uint32_t len;
    if (end - at < 2)
        return NULL;
    len = number_at(at, 2);
    at += 2;
    if (end - at < (ptrdiff_t)len)
        return NULL;
    value->ptr = at;
    value->len = len;
    return at + len;
}

/* Notes what a reader went over, from at on; the element that began at last may be bad. */
#define NOTE_LIST(list, at, last, n)                                                               \
    ((list)->wire = (at), (list)->items = NULL, (list)->count = (n) - (c.bad ? 1 : 0),             \
     (list)->size = (uint32_t)((c.bad ? (last) : c.at) - (at)))

bool mqw__read_subscriptions(const uint8_t *at, const uint8_t *end, uint8_t version,
                             struct mqw_subscription_list *list)
{
    struct reader c = {at, end, 0, version, 0, false};
    struct mqw_subscription s;
    const uint8_t *last = at;
    uint32_t count = 0;
    for (; c.at < end; count++) {
        last = c.at;
        read_subscription(&c, &s);
    }
    NOTE_LIST(list, at, last, count);
    return !c.bad;
}

bool mqw__read_filters(const uint8_t *at, const uint8_t *end, uint8_t version,
                       struct mqw_filter_list *list)
{
    struct reader c = {at, end, 0, version, 0, false};
    struct mqw_bytes filter;
    const uint8_t *last = at;
    uint32_t count = 0;
    for (; c.at < end; count++) {
        last = c.at;
        read_topic_filter(&c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
    }
    NOTE_LIST(list, at, last, count);
    return !c.bad;
}

/* Reads a number of n bytes into a member, if it is in its range, or that is only a wish. */
#define READ_NUMBER(n, member, low, high, wish)                                                    \
    do {                                                                                           \
        uint32_t number;                                                                           \
        if (end - at < (n))                                                                        \
            goto stuck;                                                                            \
        number = number_at(at, n);                                                                 \
        at += (n);                                                                                 \
        p->member = (MQW_TYPE_##n)number;                                                          \
        if (!wish && !within(number, low, high))                                                   \
            goto stuck;                                                                            \
    } while (0)
#define MQW_TYPE_1 uint8_t
#define MQW_TYPE_2 uint16_t
#define MQW_TYPE_4 uint32_t

/* What a property of each type reads; text is read behind the switch, once for all. */
#define READ_BYTE(member, low, high, wish) READ_NUMBER(1, member, low, high, wish)
#define READ_TWO(member, low, high, wish)  READ_NUMBER(2, member, low, high, wish)
#define READ_FOUR(member, low, high, wish) READ_NUMBER(4, member, low, high, wish)
#define READ_VARINTS(member, low, high, wish)                                                      \
    if (!(at = read_id(at, end, start, low, high, &p->member)))                                    \
        goto stuck;                                                                                \
    open |= repeatable & PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER)
#define READ_PAIRS(member, low, high, wish)                                                        \
    if (!(at = read_pair(at, end, limit, start, &p->member)))                                      \
        goto stuck;                                                                                \
    open |= PROPERTY_BIT(USER_PROPERTY)
#define READ_BINARY(member, low, high, wish)                                                       \
    if (!(at = take_counted(at, end, &p->member)))                                                 \
    goto stuck
#define READ_TEXT(member, low, high, wish)                                                         \
    text = &p->member;                                                                             \
    goto read_text
#define READ_TOPIC(member, low, high, wish)                                                        \
    if (!(at = take_counted(at, end, &p->member)) ||                                               \
        !text_good(p->member.ptr, p->member.len, limit, true))                                     \
    goto stuck

/* A list begins at its first item's identifier, `start`, and ends with its last item. */
FAST const uint8_t *read_id(const uint8_t *at, const uint8_t *end, const uint8_t *start,
                            uint32_t low, uint32_t high, struct mqw_id_list *list)
{
    uint32_t id;
    if (!mqw_list_varint(&at, end, &id) || !within(id, low, high) ||
        (at[-1] == 0 && at - start > 2))
        return NULL;
    if (!list->count++) {
        list->wire = start;
        list->items = NULL;
    }
    list->size = (uint32_t)(at - list->wire);
    return at;
}

FAST const uint8_t *read_pair(const uint8_t *at, const uint8_t *end, const uint8_t *limit,
                              const uint8_t *start, struct mqw_pair_list *list)
{
    struct mqw_bytes name, value;
    if (!(at = take_counted(at, end, &name)) || !(at = take_counted(at, end, &value)) ||
        !text_good(name.ptr, name.len, limit, false) ||
        !text_good(value.ptr, value.len, limit, false))
        return NULL;
    if (!list->count++) {
        list->wire = start;
        list->items = NULL;
    }
    list->size = (uint32_t)(at - list->wire);
    return at;
}

const uint8_t *mqw__read_properties(const uint8_t *at, const uint8_t *limit,
                                    struct mqw_properties *p, uint64_t open, uint64_t repeatable)
{
    const uint8_t *start = at; /* of what is being read */
    const uint8_t *end;
    uint64_t present = 0, bit = 0;
    uint32_t size;
    if (!mqw_list_varint(&at, limit, &size) || (at[-1] == 0 && at - start > 1) ||
        limit - at < (ptrdiff_t)size)
        goto stuck;
    end = at + size;
    p->user_properties.count = 0;
    p->subscription_identifiers.count = 0;
    while (at < end) {
        struct mqw_bytes *text;
        unsigned id;
        start = at;
        present |= bit; /* of the last one, which was good */
        id = *at++;
        bit = (uint64_t)1 << (id & 63); /* an identifier over 63 has no case below */
        if (!(open & bit))
            goto stuck;
        open ^= bit;
        switch (id) {
#define MQW_ROW(number, NAME, member, TYPE, places, low, high, rule, text)                         \
    case (number):                                                                                 \
        READ_##TYPE(member, low, high, WISH_##rule);                                               \
        continue;
            MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
        default:
            goto stuck;
        }
    read_text:
        if (!(at = take_counted(at, end, text)) || !text_good(text->ptr, text->len, limit, false))
            goto stuck;
    }
    p->present = present | bit;
    return at;
stuck:
    p->present = present | STUCK;
    return start;
}

/*
 * One function for each packet type, so that each saves no more registers than it needs.  Which
 * version a CONNECT is, it says itself.
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

/* Is it good without any option? */
FAST bool decode(read_walk *read, int flags, unsigned senders, uint8_t version, const uint8_t *buf,
                 const uint8_t *end, const struct mqw_options *o, struct mqw_packet *packet,
                 const uint8_t *at)
{
    struct reader c;
    if (flags != ANY_FLAGS && (*buf & 15) != flags)
        return false;
    if (senders != (unsigned)MQW_EITHER && o->sender == (senders ^ MQW_EITHER))
        return false;
    c.at = at;
    c.end = end;
    c.octet = *buf;
    c.version = version;
    c.sender = o->sender;
    c.bad = false;
    read(&c, packet);
    return !c.bad && c.at == c.end;
}

#define DECODE(function, walk, flags, senders, version)                                            \
    APART struct mqw_result function(const uint8_t *buf, const uint8_t *end,                       \
                                     const struct mqw_options *o, struct mqw_packet *packet,       \
                                     const uint8_t *at)                                            \
    {                                                                                              \
        if (LIKELY(decode(read_##walk, flags, senders, version, buf, end, o, packet, at)))         \
            return result_of(MQW_OK, (uint32_t)(end - buf));                                       \
        return decode_again(buf, end, o, packet, at);                                              \
    }
/* The two kinds that most traffic consists of are worth a function for each version. */
DECODE(decode_publish_311, publish, ANY_FLAGS, SENDERS_PUBLISH, MQW_VERSION_3_1_1)
DECODE(decode_publish_5, publish, ANY_FLAGS, SENDERS_PUBLISH, MQW_VERSION_5)
DECODE(decode_ack_311, ack, FLAGS_PUBACK, SENDERS_PUBACK, MQW_VERSION_3_1_1)
DECODE(decode_ack_5, ack, FLAGS_PUBACK, SENDERS_PUBACK, MQW_VERSION_5)
DECODE(decode_pubrel_311, ack, FLAGS_PUBREL, SENDERS_PUBREL, MQW_VERSION_3_1_1)
DECODE(decode_pubrel_5, ack, FLAGS_PUBREL, SENDERS_PUBREL, MQW_VERSION_5)
DECODE(decode_connect, connect, FLAGS_CONNECT, SENDERS_CONNECT, o->version)
DECODE(decode_connack, connack, FLAGS_CONNACK, SENDERS_CONNACK, o->version)
DECODE(decode_subscribe, subscribe, FLAGS_SUBSCRIBE, SENDERS_SUBSCRIBE, o->version)
DECODE(decode_suback, suback, FLAGS_SUBACK, SENDERS_SUBACK, o->version)
DECODE(decode_unsubscribe, unsubscribe, FLAGS_UNSUBSCRIBE, SENDERS_UNSUBSCRIBE, o->version)
DECODE(decode_unsuback, unsuback, FLAGS_UNSUBACK, SENDERS_UNSUBACK, o->version)
DECODE(decode_pingreq, ping, FLAGS_PINGREQ, SENDERS_PINGREQ, o->version)
DECODE(decode_pingresp, ping, FLAGS_PINGRESP, SENDERS_PINGRESP, o->version)
DECODE(decode_disconnect_311, disconnect, FLAGS_DISCONNECT, SENDERS_311_DISCONNECT,
       MQW_VERSION_3_1_1)
DECODE(decode_disconnect_5, disconnect, FLAGS_DISCONNECT, SENDERS_DISCONNECT, MQW_VERSION_5)
DECODE(decode_auth, auth, FLAGS_AUTH, SENDERS_AUTH, MQW_VERSION_5)
#undef DECODE

/* By version (3.1.1, 5.0: an even and an odd number) and packet type. */
static decoder *const decoders[2][MQW_TYPES] = {
    {decode_again, decode_connect, decode_connack, decode_publish_311, decode_ack_311,
     decode_ack_311, decode_pubrel_311, decode_ack_311, decode_subscribe, decode_suback,
     decode_unsubscribe, decode_unsuback, decode_pingreq, decode_pingresp, decode_disconnect_311,
     decode_again},
    {decode_again, decode_connect, decode_connack, decode_publish_5, decode_ack_5, decode_ack_5,
     decode_pubrel_5, decode_ack_5, decode_subscribe, decode_suback, decode_unsubscribe,
     decode_unsuback, decode_pingreq, decode_pingresp, decode_disconnect_5, decode_auth},
};

/* Reads a packet of a known version, whose length is good. */
FAST struct mqw_result dispatch(const uint8_t *buf, const uint8_t *end, const struct mqw_options *o,
                                struct mqw_packet *packet, const uint8_t *at)
{
    unsigned type = (unsigned)*buf >> 4;
    packet->type = (uint8_t)type;
    packet->version = o->version;
    return decoders[o->version & 1][type](buf, end, o, packet, at);
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
    if (code == MQW_OK && !o->version && *buf == MQW_CONNECT << 4) {
        packet->type = MQW_CONNECT;
        return decode_connect(buf, buf + h.size, o, packet, buf + h.length);
    }
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
