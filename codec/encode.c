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

/* What a property of each type measures; text is measured behind the switch, once for all. */
#define MEASURE_BYTE(member) m.size += 2
#define MEASURE_TWO(member)  m.size += 3
#define MEASURE_FOUR(member) m.size += 5
#define MEASURE_VARINTS(member)                                                                    \
    while (mqw_next_id(&p->member, &at, &id)) {                                                    \
        m.bad |= id > MQW_LENGTH_MAX;                                                              \
        m.size += 1 + varint_size(id);                                                             \
    }
#define MEASURE_PAIRS(member)                                                                      \
    while (mqw_next_pair(&p->member, &at, &pair)) {                                                \
        m.size++;                                                                                  \
        measure_binary(&m, "name", &pair.name);                                                    \
        measure_binary(&m, "value", &pair.value);                                                  \
    }
#define MEASURE_TEXT(member)                                                                       \
    text = &p->member;                                                                             \
    break
#define MEASURE_TOPIC  MEASURE_TEXT
#define MEASURE_BINARY MEASURE_TEXT

uint64_t mqw__measure_block(const struct mqw_properties *p)
{
    struct measurer m;
    uint64_t left;
    measure_start(&m, MQW_VERSION_5);
    for (left = p->present; left; left &= left - 1) {
        const struct mqw_bytes *text;
        struct mqw_pair pair;
        uint32_t at = 0, id;
        switch (lowest_bit(left)) {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    case (id):                                                                                     \
        MEASURE_##TYPE(member);                                                                    \
        continue;
            MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
        default:
            return UINT64_MAX; /* no such property */
        }
        m.size++;
        measure_binary(&m, "", text);
    }
    return m.bad ? UINT64_MAX : m.size;
}

/* A writer with nothing stored yet. */
FAST struct writer writer_at(uint8_t *at, uint8_t *end, uint8_t version)
{
    struct writer w;
    w.at = at;
    w.end = end;
    w.odd = block_none();
    w.blocks[0] = w.blocks[1] = 0;
    w.block = 0;
    w.octet = 0;
    w.version = version;
    w.sender = 0;
    w.bad = false;
    return w;
}

/* Is it good, as far as can be told from here, and has it the size that was measured? */
FAST bool written(const struct writer *w)
{
    return !w->bad && w->at == w->end;
}

uint8_t *mqw__write_subscriptions(uint8_t *at, uint8_t *end, uint8_t version,
                                  const struct mqw_subscription_list *list, bool *bad)
{
    struct writer w = writer_at(at, end, version);
    struct mqw_subscription s;
    uint32_t pos = 0;
    while (mqw_next_subscription(list, &pos, &s) &&
           write_room(&w, (uint64_t)s.topic_filter.len + 3))
        write_subscription(&w, &s);
    *bad = !written(&w) || !pos;
    return w.end;
}

uint8_t *mqw__write_filters(uint8_t *at, uint8_t *end, uint8_t version,
                            const struct mqw_filter_list *list, bool *bad)
{
    struct writer w = writer_at(at, end, version);
    struct mqw_bytes filter;
    uint32_t pos = 0;
    while (mqw_next_filter(list, &pos, &filter) && write_room(&w, (uint64_t)filter.len + 2))
        write_topic_filter(&w, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
    *bad = !written(&w) || !pos;
    return w.end;
}

/* Writes a number of n bytes, which is good if it is in its range, or that is only a wish. */
#define WRITE_NUMBER(n, id, member, low, high, wish)                                               \
    *w.at++ = (id);                                                                                \
    write_number(&w, p->member, n);                                                                \
    w.bad |= !(wish) && !within(p->member, low, high)

/* What a property of each type writes; text is written behind the switch, once for all. */
#define WRITE_BYTE(id, member, low, high, wish)    WRITE_NUMBER(1, id, member, low, high, wish)
#define WRITE_TWO(id, member, low, high, wish)     WRITE_NUMBER(2, id, member, low, high, wish)
#define WRITE_FOUR(id, member, low, high, wish)    WRITE_NUMBER(4, id, member, low, high, wish)
#define WRITE_VARINTS(id, member, low, high, wish) write_ids(&w, &p->member, id, low, high)
#define WRITE_PAIRS(id, member, low, high, wish)   write_pairs(&w, &p->member, id)
#define WRITE_BINARY(id, member, low, high, wish)                                                  \
    *w.at++ = (id);                                                                                \
    write_binary(&w, "", &p->member)
#define WRITE_TOPIC(id, member, low, high, wish)                                                   \
    *w.at++ = (id);                                                                                \
    write_judged(&w, &p->member, true)
#define WRITE_TEXT(id, member, low, high, wish)                                                    \
    text = &p->member;                                                                             \
    break

FAST void write_ids(struct writer *w, const struct mqw_id_list *list, uint8_t id, uint32_t low,
                    uint32_t high)
{
    uint32_t pos = 0, each;
    while (mqw_next_id(list, &pos, &each) && write_room(w, 1 + varint_size(each))) {
        *w->at++ = id;
        write_varint(w, each);
        w->bad |= !within(each, low, high);
    }
}

FAST void write_pairs(struct writer *w, const struct mqw_pair_list *list, uint8_t id)
{
    struct mqw_pair pair;
    uint32_t pos = 0;
    while (mqw_next_pair(list, &pos, &pair) &&
           write_room(w, 5 + (uint64_t)pair.name.len + pair.value.len)) {
        *w->at++ = id;
        write_judged(w, &pair.name, false);
        write_judged(w, &pair.value, false);
    }
}

uint8_t *mqw__write_block(uint8_t *at, uint32_t size, const struct mqw_properties *p,
                          uint64_t allowed, uint64_t repeatable, block *odd, bool *bad)
{
    struct writer w = writer_at(at, NULL, MQW_VERSION_5);
    uint64_t left;
    write_varint(&w, size);
    w.end = w.at + size;
    w.bad = p->present & ~allowed;
    if ((p->present & PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER) & ~repeatable) &&
        p->subscription_identifiers.count > 1)
        w.bad = true;
    for (left = p->present; left; left &= left - 1) {
        const struct mqw_bytes *text;
        unsigned id = lowest_bit(left);
        switch (id) {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    case (id):                                                                                     \
        WRITE_##TYPE(id, member, low, high, WISH_##rule);                                          \
        continue;
            MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
        default: /* was measured, and is not there */
            continue;
        }
        *w.at++ = (uint8_t)id;
        write_judged(&w, text, false);
    }
    *bad = !written(&w);
    *odd = w.odd;
    return w.end;
}

/* The slow way, for all that is not simply good.  Kept out of the callers' registers. */
SLOW struct mqw_result encode_slowly(const struct mqw_packet *packet, const struct mqw_options *o,
                                     uint8_t *buf, size_t cap)
{
    return mqw__encode(packet, o, buf, cap);
}

typedef void measure_walk(struct measurer *c, const struct mqw_packet *packet);
typedef void write_walk(struct writer *c, const struct mqw_packet *packet);

/* What became of a packet. */
enum outcome {
    GOOD,
    NO_ROOM, /* or nothing but measured */
    ODD,     /* good, but for text that is not plain ASCII and is yet to be judged */
    BAD      /* not good, or to be looked at more closely */
};

/* How much of a packet is to be stored, or room for what is wanted. */
struct sizes {
    uint32_t head; /* bytes before the payload of a PUBLISH; all of another packet */
    uint32_t tail; /* bytes of that payload, unless it is left out */
};

/* Bytes that are not simply good: perhaps they are when read back, having text beyond ASCII. */
SLOW struct mqw_result encode_odd(const struct mqw_packet *packet, const struct mqw_options *o,
                                  uint8_t *buf, size_t cap, struct sizes sizes)
{
    struct mqw_packet again;
    struct mqw_options options = *o;
    options.partial = true;
    if (mqw_decode(buf, sizes.head, &options, &again).code != MQW_OK)
        return encode_slowly(packet, o, buf, cap);
    if (sizes.tail)
        memcpy(buf + sizes.head, packet->publish.payload.ptr, sizes.tail);
    return result_of(MQW_OK, sizes.head + sizes.tail);
}

/* Copies a large payload behind all else. */
APART struct mqw_result copy_tail(uint8_t *at, const uint8_t *payload, uint32_t len, uint32_t size)
{
    memcpy(at, payload, len);
    return result_of(MQW_OK, size);
}

/* Measures with the walk of one packet type. */
FAST enum outcome measure(measure_walk *walk, struct measurer *m, const struct mqw_packet *packet,
                          const struct mqw_options *o, const uint8_t *buf, size_t cap,
                          uint8_t version, struct sizes *sizes)
{
    uint32_t total;
    measure_start(m, version);
    walk(m, packet);
    total = 1 + varint_size(m->size) + (uint32_t)m->size;
    if (m->bad || m->size > MQW_LENGTH_MAX || total - 1 > o->max_size - 1) /* 0 is no limit */
        return BAD;
    sizes->head = total - m->payload;
    sizes->tail = m->payload & (o->partial - 1u); /* none of it where partial */
    return buf && cap >= sizes->head + sizes->tail ? GOOD : NO_ROOM;
}

/* Stores what was measured, up to the payload, with the walk of one packet type. */
FAST enum outcome store(write_walk *walk, const struct measurer *m, unsigned first,
                        unsigned senders, const struct mqw_packet *packet,
                        const struct mqw_options *o, uint8_t *buf, uint32_t head)
{
    struct writer w = writer_at(buf, buf + head, m->version);
    w.blocks[0] = m->blocks[0];
    w.blocks[1] = m->blocks[1];
    w.sender = o->sender;
    w.bad = senders != (unsigned)MQW_EITHER && o->sender == (senders ^ MQW_EITHER);
    *w.at++ = (uint8_t)(first | m->flags);
    write_varint(&w, (uint32_t)m->size);
    walk(&w, packet);
    if (UNLIKELY(!written(&w)))
        return BAD;
    return UNLIKELY(block_mask(w.odd)) ? ODD : GOOD;
}

/* One function for each packet type, as in decoding. */
typedef struct mqw_result encoder(const struct mqw_packet *packet, const struct mqw_options *o,
                                  uint8_t *buf, size_t cap);

#define ENCODE(function, walk, first, senders, version)                                            \
    APART struct mqw_result function(const struct mqw_packet *packet, const struct mqw_options *o, \
                                     uint8_t *buf, size_t cap)                                     \
    {                                                                                              \
        struct measurer m;                                                                         \
        struct sizes sizes;                                                                        \
        enum outcome outcome = measure(measure_##walk, &m, packet, o, buf, cap, version, &sizes);  \
        if (UNLIKELY(outcome == NO_ROOM))                                                          \
            return result_of(buf ? MQW_SPACE : MQW_OK, sizes.head + sizes.tail);                   \
        if (LIKELY(outcome == GOOD))                                                               \
            outcome = store(write_##walk, &m, first, senders, packet, o, buf, sizes.head);         \
        if (UNLIKELY(outcome == BAD))                                                              \
            return encode_slowly(packet, o, buf, cap);                                             \
        if (UNLIKELY(outcome == ODD))                                                              \
            return encode_odd(packet, o, buf, cap, sizes);                                         \
        if (sizes.tail > 4 * BLOCK)                                                                \
            return copy_tail(buf + sizes.head, packet->publish.payload.ptr, sizes.tail,            \
                             sizes.head + sizes.tail);                                             \
        if (sizes.tail)                                                                            \
            copy_bytes(buf + sizes.head, packet->publish.payload.ptr, sizes.tail);                 \
        return result_of(MQW_OK, sizes.head + sizes.tail);                                         \
    }
/* The walks of packets that are not worth functions of their own. */
#define OTHER_WALKS(direction, cursor)                                                             \
    FAST void direction##_other(struct cursor *c, const struct mqw_packet *packet)                 \
    {                                                                                              \
        switch (packet->type) {                                                                    \
            OTHER_WALK(direction, CONNACK, connack)                                                \
            OTHER_WALK(direction, SUBSCRIBE, subscribe)                                            \
            OTHER_WALK(direction, SUBACK, suback)                                                  \
            OTHER_WALK(direction, UNSUBSCRIBE, unsubscribe)                                        \
            OTHER_WALK(direction, UNSUBACK, unsuback)                                              \
            OTHER_WALK(direction, DISCONNECT, disconnect)                                          \
            OTHER_WALK(direction, AUTH, auth)                                                      \
        default:                                                                                   \
            break; /* PINGREQ and PINGRESP have no fields */                                       \
        }                                                                                          \
    }
#define OTHER_WALK(direction, NAME, name)                                                          \
    case MQW_##NAME:                                                                               \
        direction##_##name(c, packet);                                                             \
        break;
OTHER_WALKS(measure, measurer)
OTHER_WALKS(write, writer)

#define FIRST        mqw__types[packet->type].first
#define SENDERS(nth) mqw__types[packet->type].senders[nth]
/* The kinds that most traffic consists of are worth functions of their own. */
ENCODE(encode_connect_311, connect, MQW_CONNECT << 4, SENDERS_CONNECT, MQW_VERSION_3_1_1)
ENCODE(encode_connect_5, connect, MQW_CONNECT << 4, SENDERS_CONNECT, MQW_VERSION_5)
ENCODE(encode_publish_311, publish, MQW_PUBLISH << 4, SENDERS_PUBLISH, MQW_VERSION_3_1_1)
ENCODE(encode_publish_5, publish, MQW_PUBLISH << 4, SENDERS_PUBLISH, MQW_VERSION_5)
ENCODE(encode_ack_311, ack, FIRST, SENDERS_PUBACK, MQW_VERSION_3_1_1)
ENCODE(encode_ack_5, ack, FIRST, SENDERS_PUBACK, MQW_VERSION_5)
ENCODE(encode_suback_5, suback, MQW_SUBACK << 4, SENDERS_SUBACK, MQW_VERSION_5)
ENCODE(encode_other_311, other, FIRST, SENDERS(0), MQW_VERSION_3_1_1)
ENCODE(encode_other_5, other, FIRST, SENDERS(1), MQW_VERSION_5)
#undef ENCODE

/* By version (3.1.1, 5.0: an even and an odd number) and packet type. */
static encoder *const encoders[2][MQW_TYPES] = {
    {encode_slowly, encode_connect_311, encode_other_311, encode_publish_311, encode_ack_311,
     encode_ack_311, encode_ack_311, encode_ack_311, encode_other_311, encode_other_311,
     encode_other_311, encode_other_311, encode_other_311, encode_other_311, encode_other_311,
     encode_slowly},
    {encode_slowly, encode_connect_5, encode_other_5, encode_publish_5, encode_ack_5, encode_ack_5,
     encode_ack_5, encode_ack_5, encode_other_5, encode_suback_5, encode_other_5, encode_other_5,
     encode_other_5, encode_other_5, encode_other_5, encode_other_5},
};

struct mqw_result mqw_encode(const struct mqw_packet *packet, const struct mqw_options *options,
                             void *buf, size_t cap)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    uint8_t *bytes = (uint8_t *)buf;
    /* As in decoding: one test for the options that nearly all calls have. */
    if (((o->version - 4u) | (o->sender & ~3u) | o->refuse) > 1 || packet->type >= MQW_TYPES)
        return encode_slowly(packet, o, bytes, cap);
    return encoders[o->version & 1][packet->type](packet, o, bytes, cap);
}

#endif
