/* SPDX-License-Identifier: MIT */
/* Encoding: measure, compare with the room, store while judging; tell what is wrong, if anything.
 */
#include "put.h"

#ifndef MQW_SMALL

#define WALK FAST
#include "measure.h"
#include "write.h"

#define SIDE const

#define CURSOR   struct measurer
#define DO(name) measure_##name
#include "walks.h"
#undef CURSOR
#undef DO

#define CURSOR   struct writer
#define DO(name) write_##name
#include "walks.h"
#undef CURSOR
#undef DO

uint64_t mqw__measure_block(const struct mqw_properties *p)
{
    struct measurer measurer;
    measure_start(&measurer, 0, MQW_VERSION_5, 0);
    measure_block(&measurer, p);
    return measurer.bad ? UINT64_MAX : measurer.size;
}

uint8_t *mqw__write_varint(uint8_t *at, uint32_t value)
{
    while (value >= 128) {
        *at++ = (uint8_t)(value | 128);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

uint8_t *mqw__write_subscriptions(uint8_t *at, uint8_t *end, uint8_t version,
                                  const struct mqw_subscription_list *list, bool *bad)
{
    struct writer w = {at, end, {0, 0}, 0, 0, version, 0, 0, false, false};
    struct mqw_subscription s;
    uint32_t pos = 0;
    while (mqw_next_subscription(list, &pos, &s) &&
           write_room(&w, (uint64_t)s.topic_filter.len + 3))
        write_subscription(&w, &s);
    *bad = w.bad || w.at != end || !pos;
    return w.at;
}

uint8_t *mqw__write_filters(uint8_t *at, uint8_t *end, uint8_t version,
                            const struct mqw_filter_list *list, bool *bad)
{
    struct writer w = {at, end, {0, 0}, 0, 0, version, 0, 0, false, false};
    struct mqw_bytes filter;
    uint32_t pos = 0;
    while (mqw_next_filter(list, &pos, &filter) && write_room(&w, (uint64_t)filter.len + 2))
        write_topic_filter(&w, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
    *bad = w.bad || w.at != end || !pos;
    return w.at;
}

uint8_t *mqw__write_block(uint8_t *at, uint32_t size, const struct mqw_properties *p,
                          uint64_t allowed, uint64_t repeatable, bool *bad)
{
    struct writer writer = {at, NULL, {0, 0}, 0, 0, MQW_VERSION_5, 0, 0, false, false};
    uint64_t left;
    write_varint(&writer, size);
    writer.end = writer.at + size;
    writer.bad = p->present & ~allowed;
    if ((p->present & PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER) & ~repeatable) &&
        p->subscription_identifiers.count > 1)
        writer.bad = true;
    for (left = p->present; left; left &= left - 1) {
        unsigned id = lowest_bit(left);
        const struct property_row *row = &mqw__properties[id];
        write_value(&writer, (const uint8_t *)p + row->member, (uint8_t)id, row);
    }
    *bad = writer.bad || writer.at != writer.end;
    return writer.end;
}

/* The slow way, for all that is not simply good.  Kept out of the callers' registers. */
SLOW struct mqw_result encode_slowly(const struct mqw_packet *packet, const struct mqw_options *o,
                                     uint8_t *buf, size_t cap)
{
    return mqw__encode(packet, o, buf, cap);
}

/* A packet that is only measured, or too large for a limit or for the room. */
SLOW struct mqw_result not_stored(const struct mqw_packet *packet, const struct mqw_options *o,
                                  uint8_t *buf, uint32_t total, uint32_t stored)
{
    if (total - 1 > o->max_size - 1) /* 0 is no limit */
        return mqw__encode(packet, o, buf, 0);
    return result_of(buf ? MQW_SPACE : MQW_OK, stored);
}

typedef void measure_walk(struct measurer *c, const struct mqw_packet *packet);
typedef void write_walk(struct writer *c, const struct mqw_packet *packet);

/* Encodes with the walks of one packet type; cap is 0 where buf is NULL. */
FAST struct mqw_result encode(measure_walk *measure, write_walk *write, unsigned senders,
                              const struct mqw_packet *packet, const struct mqw_options *o,
                              uint8_t *buf, size_t cap, uint8_t version)
{
    struct measurer m;
    struct writer w;
    uint32_t total, stored;
    measure_start(&m, mqw__types[packet->type].flags, version, o->sender);
    measure(&m, packet);
    if (m.bad || m.size > MQW_LENGTH_MAX)
        return encode_slowly(packet, o, buf, cap);
    total = 1 + varint_size(m.size) + (uint32_t)m.size;
    stored = total - (o->partial ? m.payload : 0);
    if (cap < stored || total - 1 > o->max_size - 1)
        return not_stored(packet, o, buf, total, stored);
    w.at = buf;
    w.end = buf + stored;
    w.blocks[0] = m.blocks[0];
    w.blocks[1] = m.blocks[1];
    w.block = 0;
    w.octet = 0;
    w.version = version;
    w.sender = o->sender;
    w.expected = o->version;
    w.partial = o->partial;
    w.bad = senders != (unsigned)MQW_EITHER && o->sender && !(senders & o->sender);
    *w.at++ = (uint8_t)(packet->type << 4 | m.flags);
    write_varint(&w, (uint32_t)m.size);
    write(&w, packet);
    if (LIKELY(!w.bad && w.at == w.end))
        return result_of(MQW_OK, stored);
    return encode_slowly(packet, o, buf, cap);
}

/* One function for each packet type, as in decoding. */
typedef struct mqw_result encoder(const struct mqw_packet *packet, const struct mqw_options *o,
                                  uint8_t *buf, size_t cap);

#define ENCODE(function, walk, senders, version)                                                   \
    APART struct mqw_result function(const struct mqw_packet *packet, const struct mqw_options *o, \
                                     uint8_t *buf, size_t cap)                                     \
    {                                                                                              \
        return encode(measure_##walk, write_##walk, senders, packet, o, buf, cap, version);        \
    }
ENCODE(encode_publish_311, publish, SENDERS_PUBLISH, MQW_VERSION_3_1_1)
ENCODE(encode_publish_5, publish, SENDERS_PUBLISH, MQW_VERSION_5)
ENCODE(encode_ack_311, ack, SENDERS_PUBACK, MQW_VERSION_3_1_1)
ENCODE(encode_ack_5, ack, SENDERS_PUBACK, MQW_VERSION_5)
ENCODE(encode_connect, connect, SENDERS_CONNECT, version_of(packet, o))
ENCODE(encode_connack, connack, SENDERS_CONNACK, o->version)
ENCODE(encode_subscribe, subscribe, SENDERS_SUBSCRIBE, o->version)
ENCODE(encode_suback, suback, SENDERS_SUBACK, o->version)
ENCODE(encode_unsubscribe, unsubscribe, SENDERS_UNSUBSCRIBE, o->version)
ENCODE(encode_unsuback, unsuback, SENDERS_UNSUBACK, o->version)
ENCODE(encode_pingreq, ping, SENDERS_PINGREQ, o->version)
ENCODE(encode_pingresp, ping, SENDERS_PINGRESP, o->version)
ENCODE(encode_disconnect_311, disconnect, SENDERS_311_DISCONNECT, MQW_VERSION_3_1_1)
ENCODE(encode_disconnect_5, disconnect, SENDERS_DISCONNECT, MQW_VERSION_5)
ENCODE(encode_auth, auth, SENDERS_AUTH, MQW_VERSION_5)
#undef ENCODE

/* By version (3.1.1, 5.0) and packet type. */
static encoder *const encoders[2][MQW_TYPES] = {
    {encode_slowly, encode_connect, encode_connack, encode_publish_311, encode_ack_311,
     encode_ack_311, encode_ack_311, encode_ack_311, encode_subscribe, encode_suback,
     encode_unsubscribe, encode_unsuback, encode_pingreq, encode_pingresp, encode_disconnect_311,
     encode_slowly},
    {encode_slowly, encode_connect, encode_connack, encode_publish_5, encode_ack_5, encode_ack_5,
     encode_ack_5, encode_ack_5, encode_subscribe, encode_suback, encode_unsubscribe,
     encode_unsuback, encode_pingreq, encode_pingresp, encode_disconnect_5, encode_auth},
};

struct mqw_result mqw_encode(const struct mqw_packet *packet, const struct mqw_options *options,
                             void *buf, size_t cap)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    uint8_t *bytes = (uint8_t *)buf;
    /* As in decoding: one test for the options that nearly all calls have. */
    if (((o->version - 4u) | (o->sender & ~3u) | o->refuse) > 1 || !packet ||
        packet->type >= MQW_TYPES)
        return encode_slowly(packet, o, bytes, cap);
    if (!bytes)
        cap = 0;
    return encoders[o->version - MQW_VERSION_3_1_1][packet->type](packet, o, bytes, cap);
}

#endif
