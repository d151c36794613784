/* SPDX-License-Identifier: MIT */
/* The operations of the putting cursor, described in walks.h; and what encoding refuses, and why.
 */
#define MQW_COMPACT
#include "put.h"
#include "tell.h"

static void put_fail(struct putter *c, const char *name, enum mqw_code rule)
{
    if (c->rule != MQW_OK || mqw__let_through(rule, c->options->allow, c->options->refuse))
        return;
    c->rule = rule;
    c->where = c->size;
    c->group = c->in_group;
    c->list = c->in_list;
    c->name = name;
    c->property = c->in_property;
    c->item = c->in_item;
}

/* ---- Rules: all but those of measuring are the telling walk's ------------------------------ */

static bool put_v5(const struct putter *c)
{
    return c->version == MQW_VERSION_5;
}

#define put_wishes(c)                             ((void)(c), false)
#define put_check(c, good, rule)                  ((void)(good))
#define put_check_view(c, good, name, view, rule) ((void)(good))
#define put_check_octet(c, good, name, rule)      ((void)(good))
#define put_check_lack(c, good, name, rule)       ((void)(good))
#define put_demand(c, name, rule)                 ((void)(c))
#define put_reserved(c, name, mask, rule)         ((void)(c))
#define put_defaults(c, code, properties)         ((void)(c))
#define put_tail(c, wanted)                       (wanted)

static void put_enter(struct putter *c, const char *name)
{
    c->in_group = name;
}

static void put_leave(struct putter *c)
{
    c->in_group = NULL;
}

static void put_only_v5(struct putter *c, const char *name, bool used)
{
    if (used && !put_v5(c))
        put_fail(c, name, MQW_RULE_NOT_IN_VERSION);
}

/* Bits that are reserved in 3.1.1. */
static void put_no_bit(struct putter *c, const char *name, const bool *value)
{
    if (*value)
        put_fail(c, name, MQW_RULE_SUBSCRIPTION_RESERVED);
}

static void put_no_bits(struct putter *c, const char *name, const uint8_t *value)
{
    if (*value)
        put_fail(c, name, MQW_RULE_SUBSCRIPTION_RESERVED);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static void put_bytes(struct putter *c, const uint8_t *bytes, uint32_t len)
{
    if (c->body && len && c->size + len <= c->room)
        memcpy(c->body + c->size, bytes, len);
    c->size += len;
}

static void put_number(struct putter *c, uint32_t value, unsigned n)
{
    while (n--) {
        uint8_t byte = (uint8_t)(value >> (8 * n));
        put_bytes(c, &byte, 1);
    }
}

static void put_varint(struct putter *c, uint32_t value)
{
    for (; value >= 128; value >>= 7)
        put_number(c, (value & 0x7F) | 0x80, 1);
    put_number(c, value, 1);
}

static void put_octet(struct putter *c, const char *name)
{
    (void)name;
    c->octet = 0;
}

static void put_octet_end(struct putter *c)
{
    put_number(c, c->octet, 1);
}

static void put_flags_end(struct putter *c)
{
    c->flags = c->octet;
    c->at_first = c->rule != MQW_OK;
}

static void put_bits(struct putter *c, const char *name, unsigned low, unsigned width,
                     const uint8_t *value)
{
    c->octet |= (uint8_t)(*value << low);
    if (*value >> width)
        put_fail(c, name, MQW_RULE_VALUE_TOO_WIDE);
}

static void put_bit(struct putter *c, const char *name, unsigned low, const bool *value)
{
    (void)name;
    c->octet |= (uint8_t)(*value << low);
}

#define put_flag put_bit

static void put_u16(struct putter *c, const char *name, const uint16_t *value)
{
    (void)name;
    put_number(c, *value, 2);
}

#define put_packet_id(c, id, rule)       put_u16(c, "packet_id", id)
#define put_reason(c, code, place, rule) ((void)(place), (void)(rule), put_bytes(c, code, 1))
#define put_codes(c, codes, place, rule) put_bytes(c, (codes)->items, (codes)->count)

static void put_no_packet_id(struct putter *c, const uint16_t *id)
{
    if (*id)
        put_fail(c, "packet_id", MQW_RULE_PACKET_ID_AT_QOS_0);
}

static void put_no_codes(struct putter *c, const struct mqw_code_list *list)
{
    put_only_v5(c, "reason_codes", list->count);
}

static void put_protocol(struct putter *c, const struct mqw_packet *packet)
{
    (void)packet;
    if (c->version == MQW_VERSION_3_1)
        put_bytes(c, (const uint8_t *)"\0\6MQIsdp", 8);
    else
        put_bytes(c, (const uint8_t *)"\0\4MQTT", 6);
    put_number(c, c->version, 1);
}

/* ---- Text and binary data ------------------------------------------------------------------ */

static void put_counted(struct putter *c, const char *name, const struct mqw_bytes *value,
                        enum mqw_code rule)
{
    put_number(c, value->len, 2);
    if (value->len > MQW_TEXT_MAX)
        put_fail(c, name, rule);
    put_bytes(c, value->ptr, value->len);
}

#define put_binary(c, name, value)           put_counted(c, name, value, MQW_RULE_TEXT_TOO_LONG)
#define put_text(c, name, value, rule)       put_counted(c, name, value, MQW_RULE_TEXT_TOO_LONG)
#define put_topic_name(c, name, value, rule) put_counted(c, name, value, MQW_RULE_TOPIC_TOO_LONG)
#define put_topic_filter                     put_topic_name

static void put_rest(struct putter *c, const char *name, const struct mqw_bytes *value)
{
    (void)name;
    c->payload = value->len;
    put_bytes(c, value->ptr, value->len); /* with options->partial there is no room for it */
}

/* ---- Properties and lists ------------------------------------------------------------------ */

static void put_value(struct putter *c, const void *member, const struct property_row *row,
                      uint8_t id)
{
    uint32_t at = 0;
    switch (row->type) {
    case TYPE_VARINTS: {
        uint32_t each;
        for (c->in_item = 0; mqw_next_id((const struct mqw_id_list *)member, &at, &each);
             c->in_item++) {
            put_number(c, id, 1);
            if (each > MQW_LENGTH_MAX)
                put_fail(c, "", MQW_RULE_VALUE_TOO_WIDE);
            put_varint(c, each & MQW_LENGTH_MAX);
        }
        return;
    }
    case TYPE_PAIRS: {
        struct mqw_pair pair;
        for (c->in_item = 0; mqw_next_pair((const struct mqw_pair_list *)member, &at, &pair);
             c->in_item++) {
            put_number(c, id, 1);
            put_binary(c, "name", &pair.name);
            put_binary(c, "value", &pair.value);
        }
        return;
    }
    default:
        break;
    }
    put_number(c, id, 1);
    if (row->type == TYPE_BYTE)
        put_number(c, *(const uint8_t *)member, 1);
    else if (row->type == TYPE_TWO)
        put_number(c, *(const uint16_t *)member, 2);
    else if (row->type == TYPE_FOUR)
        put_number(c, *(const uint32_t *)member, 4);
    else
        put_counted(c, "", (const struct mqw_bytes *)member,
                    row->type == TYPE_TOPIC ? MQW_RULE_TOPIC_TOO_LONG : MQW_RULE_TEXT_TOO_LONG);
}

static void put_block(struct putter *c, const struct mqw_properties *p)
{
    uint64_t left = p->present;
    if (left & ~ALL_PROPERTIES) {
        put_fail(c, "properties", MQW_RULE_PROPERTY_UNKNOWN); /* which has no name */
        left &= ALL_PROPERTIES;
    }
    for (; left; left &= left - 1) {
        uint8_t id = (uint8_t)lowest_bit(left);
        const struct property_row *row = &mqw__properties[id];
        c->in_property = id;
        put_value(c, (const uint8_t *)p + row->member, row, id);
    }
    c->in_property = 0;
}

/* The block is measured, and then put behind its length. */
static void put_properties(struct putter *c, const struct mqw_properties *p, unsigned place)
{
    uint64_t before = c->size, size;
    uint8_t *body = c->body;
    bool good = c->rule == MQW_OK;
    (void)place;
    put_only_v5(c, "properties", p->present);
    if (!put_v5(c))
        return;
    c->body = NULL;
    put_block(c, p);
    size = c->size - before;
    c->size = before;
    c->body = body;
    if (size > MQW_LENGTH_MAX) {
        put_fail(c, "properties", MQW_RULE_LENGTH_OVER_LIMIT);
        c->size += size;
        return;
    }
    put_varint(c, (uint32_t)size);
    if (good && c->rule != MQW_OK)
        c->where += c->size - before;
    put_block(c, p);
}

FAST void put_subscription(struct putter *c, const struct mqw_subscription *s);

static void put_subscriptions(struct putter *c, const struct mqw_subscription_list *list)
{
    struct mqw_subscription s;
    uint32_t at = 0;
    c->in_list = "subscriptions";
    for (c->in_item = 0; mqw_next_subscription(list, &at, &s); c->in_item++)
        put_subscription(c, &s);
}

static void put_topic_filters(struct putter *c, const struct mqw_filter_list *list)
{
    struct mqw_bytes filter;
    uint32_t at = 0;
    c->in_list = "topic_filters";
    for (c->in_item = 0; mqw_next_filter(list, &at, &filter); c->in_item++)
        put_topic_filter(c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
}

/* ---- The packet ---------------------------------------------------------------------------- */

#define WALK     FAST
#define SIDE     const
#define CURSOR   struct putter
#define DO(name) put_##name
#include "walks.h"

void mqw__put(struct putter *c, const struct mqw_packet *packet, const struct mqw_options *o,
              uint8_t *body, uint64_t room)
{
    memset(c, 0, sizeof *c);
    c->options = o;
    c->body = body;
    c->room = room;
    c->version = version_of(packet, o);
    c->flags = mqw__types[packet->type].first & 15;
    put_packet(c, packet);
}

/* What measuring alone has found amiss, or MQW_OK. */
static struct mqw_result refusal(const struct putter *c)
{
    struct mqw_result r = {c->rule, 0, 0, c->item};
    uint64_t header = 1 + (c->size <= MQW_LENGTH_MAX ? varint_size(c->size) : 4);
    if (c->rule != MQW_OK) {
        uint64_t where = c->at_first ? 0 : header + c->where;
        r.offset = where > UINT32_MAX ? UINT32_MAX : (uint32_t)where;
    } else if (c->size > MQW_LENGTH_MAX) {
        r.code = MQW_RULE_LENGTH_OVER_LIMIT;
        r.offset = 1;
    } else if (c->size + varint_size(c->size) > c->options->max_size - 1u) { /* 0 is no limit */
        r.code = MQW_RULE_PACKET_TOO_LARGE;
        r.size = 1 + varint_size(c->size) + (uint32_t)c->size;
        r.offset = 1;
    }
    return r;
}

/* What is wrong with the bytes that were stored, if anything. */
static struct mqw_result judge(const uint8_t *buf, uint32_t stored, const struct mqw_options *o)
{
    struct mqw_packet packet;
    struct mqw_options options = *o;
    struct mqw_result r;
    if (buf[0] >> 4 == MQW_PUBLISH)
        options.partial = true;
    r = mqw__judge(buf, stored, &options, &packet);
    if (r.code == MQW_OK)
        r.size = stored;
    return r;
}

struct mqw_result mqw__encode(const struct mqw_packet *packet, const struct mqw_options *o,
                              uint8_t *buf, size_t cap)
{
    struct putter c;
    struct mqw_result r;
    uint32_t header, stored, length;
    if (!options_good(o) || packet->type >= MQW_TYPES || !version_of(packet, o))
        return result_of(MQW_MISUSE, 0);
    if (!mqw__types[packet->type].senders[version_of(packet, o) == MQW_VERSION_5])
        return result_of(MQW_RULE_TYPE_RESERVED, 0);
    mqw__put(&c, packet, o, NULL, 0);
    r = refusal(&c);
    if (r.code != MQW_OK)
        return r;
    length = (uint32_t)c.size;
    header = 1 + varint_size(length);
    stored = header + length - (o->partial ? c.payload : 0);
    if (!buf || cap < stored)
        return result_of(buf ? MQW_SPACE : MQW_OK, stored);
    memset(buf, 0, stored); /* should a list hold less the second time */
    mqw__put(&c, packet, o, buf + header, stored - header);
    buf[0] = (uint8_t)(packet->type << 4 | c.flags);
    c.body = buf;
    c.room = header;
    c.size = 1;
    put_varint(&c, length);
    return judge(buf, stored, o);
}

#ifdef MQW_SMALL

struct mqw_result mqw_encode(const struct mqw_packet *packet, const struct mqw_options *options,
                             void *buf, size_t cap)
{
    return mqw__encode(packet, options ? options : &mqw__no_options, (uint8_t *)buf, cap);
}

#endif
