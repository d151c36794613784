/* SPDX-License-Identifier: MIT */
/* Encoding: measure, compare with the room, store while judging; tell what is wrong, if anything. */
#include "tell.h"

#define WALK FAST
#include "measure.h"
#ifndef MQW_SMALL
#include "measure_ops.h"
#endif
#include "write.h"

#define SIDE const

#ifndef MQW_SMALL /* which measures with naming alone */
#define CURSOR struct measurer
#define DO(name) measure_##name
#include "walks.h"
#undef CURSOR
#undef DO
#endif

#define CURSOR struct writer
#define DO(name) write_##name
#include "walks.h"
#undef CURSOR
#undef DO

#ifndef MQW_SMALL
uint64_t mqw__measure_block(const struct mqw_properties *p)
{
    struct measurer measurer;
    measure_start(&measurer, 0, MQW_VERSION_5, 0, false);
    measure_block(&measurer, p);
    return measurer.bad ? UINT64_MAX : measurer.size;
}
#endif

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
    struct writer w = {at, end, NULL, 0, version, 0, 0, false, false};
    struct mqw_subscription s;
    uint32_t pos = 0;
    while (mqw_next_subscription(list, &pos, &s) && write_room(&w, s.topic_filter.len + 1))
        write_subscription(&w, &s);
    *bad = w.bad || w.at != end || !pos;
    return w.at;
}

uint8_t *mqw__write_filters(uint8_t *at, uint8_t *end, uint8_t version,
                            const struct mqw_filter_list *list, bool *bad)
{
    struct writer w = {at, end, NULL, 0, version, 0, 0, false, false};
    struct mqw_bytes filter;
    uint32_t pos = 0;
    while (mqw_next_filter(list, &pos, &filter))
        write_topic_filter(&w, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
    *bad = w.bad || w.at != end || !pos;
    return w.at;
}

uint8_t *mqw__write_block(uint8_t *at, uint32_t size, const struct mqw_properties *p,
                          uint64_t allowed, uint64_t repeatable, bool *bad)
{
    struct writer writer = {at, NULL, NULL, 0, MQW_VERSION_5, 0, 0, false, false};
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

/* What is wrong with a packet whose bytes were not stored: what measuring alone finds amiss. */
SLOW struct mqw_result refuse_measured(const struct mqw_packet *packet,
                                       const struct mqw_options *o)
{
    struct measurer m;
    struct mqw_result r = {MQW_OK, 0, 1, 0};
    mqw__measure(&m, packet, o);
    if (m.rule != MQW_OK) {
        uint64_t where = m.where + 1 + (m.size <= MQW_LENGTH_MAX ? varint_size(m.size) : 4);
        r.code = m.rule;
        r.offset = where > UINT32_MAX ? UINT32_MAX : (uint32_t)where;
        r.item = m.item;
    } else if (m.size > MQW_LENGTH_MAX) {
        r.code = MQW_RULE_LENGTH_OVER_LIMIT;
    }
    return r;
}

/* What is wrong with the bytes that were stored up to at, if options do not let it through. */
SLOW struct mqw_result refuse_stored(const struct mqw_packet *packet, const struct mqw_options *o,
                                     uint8_t *buf, uint8_t *at, uint8_t *end, uint8_t version)
{
    struct teller teller;
    struct mqw_packet again;
    struct mqw_options options = *o;
    struct mqw_result r = refuse_measured(packet, o);
    uint32_t stored = (uint32_t)(end - buf);
    if (r.code != MQW_OK)
        return r;
    if (at < end) /* a list holds less than it says */
        memset(at, 0, (size_t)(end - at));
    if (packet->type != MQW_CONNECT)
        options.version = version;
    r = mqw__tell(&teller, buf, stored, &options, &again, NULL, NULL);
    if (r.code == MQW_OK)
        r.size = stored;
    return r;
}

typedef void measure_walk(struct measurer *c, const struct mqw_packet *packet);
typedef void write_walk(struct writer *c, const struct mqw_packet *packet);

/* Encodes with the walks of one packet type, or of all. */
FAST struct mqw_result encode(measure_walk *measure, write_walk *write, unsigned senders,
                              const struct mqw_packet *packet, const struct mqw_options *o,
                              uint8_t *buf, size_t cap, uint8_t version)
{
    struct measurer m;
    struct writer w;
    uint32_t total, stored;
    uint8_t first;
    measure_start(&m, mqw__types[packet->type].flags, version, o->sender, false);
    measure(&m, packet);
    if (m.bad || m.size > MQW_LENGTH_MAX)
        return refuse_measured(packet, o);
    total = 1 + varint_size(m.size) + (uint32_t)m.size;
    if (total - 1 > o->max_size - 1) { /* where 0 is no limit */
        struct mqw_result r = {MQW_RULE_PACKET_TOO_LARGE, total, 1, 0};
        return r;
    }
    stored = total - (o->partial ? m.payload : 0);
    if (!buf)
        return result_of(MQW_OK, stored);
    if (cap < stored)
        return result_of(MQW_SPACE, stored);
    w.at = buf;
    w.end = buf + stored;
    w.block = m.blocks;
    w.octet = 0;
    w.version = version;
    w.sender = o->sender;
    w.expected = o->version;
    w.partial = o->partial;
    first = (uint8_t)(packet->type << 4 | m.flags);
    w.bad = o->refuse || (senders != (unsigned)MQW_EITHER && !(senders & (o->sender ? o->sender : (unsigned)MQW_EITHER)));
    *w.at++ = first;
    write_varint(&w, (uint32_t)m.size);
    write(&w, packet);
    if (LIKELY(!w.bad && w.at == w.end))
        return result_of(MQW_OK, stored);
    return refuse_stored(packet, o, buf, w.at, w.end, version);
}

#ifdef MQW_SMALL

struct mqw_result mqw_encode(const struct mqw_packet *packet, const struct mqw_options *options,
                             void *buf, size_t cap)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    uint8_t version;
    if (!options_good(o) || !packet || !packet->type || packet->type >= MQW_TYPES ||
        !(version = version_of(packet, o)))
        return result_of(MQW_MISUSE, 0);
    return encode(mqw__measure_packet, write_packet,
                  mqw__types[packet->type].senders[version == MQW_VERSION_5], packet, o,
                  (uint8_t *)buf, cap, version);
}

#else

/* One function for each packet type, as in decoding. */
#define MQW_ENCODE(function, NAME, name, senders, level)                                                    \
    APART struct mqw_result function(const struct mqw_packet *packet, const struct mqw_options *o, \
                                     uint8_t *buf, size_t cap, uint8_t version)                    \
    {                                                                                              \
        return encode(measure_##name, write_##name, senders, packet, o, buf, cap,                  \
                      (int)MQW_##NAME == (int)MQW_CONNECT ? version : (uint8_t)(level));           \
    }
#define MQW_ROW(number, NAME, name, flags, rule, SENDERS_311, SENDERS_5)                           \
    MQW_ENCODE(encode_##name##_311, NAME, name, MQW_##SENDERS_311, MQW_VERSION_3_1_1)              \
    MQW_ENCODE(encode_##name##_5, NAME, name, MQW_##SENDERS_5, MQW_VERSION_5)
MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
#undef MQW_ENCODE

struct mqw_result mqw_encode(const struct mqw_packet *packet, const struct mqw_options *options,
                             void *buf, size_t cap)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    uint8_t version;
    if (!options_good(o) || !packet || packet->type >= MQW_TYPES || !(version = version_of(packet, o)))
        return result_of(MQW_MISUSE, 0);
    switch ((unsigned)packet->type | (unsigned)(version == MQW_VERSION_5) << 4) {
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5)                           \
    case (number):                                                                                 \
        return encode_##name##_311(packet, o, (uint8_t *)buf, cap, version);                       \
    case (number) | 16:                                                                            \
        return encode_##name##_5(packet, o, (uint8_t *)buf, cap, version);
        MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    default:
        return result_of(MQW_MISUSE, 0);
    }
}

#endif
