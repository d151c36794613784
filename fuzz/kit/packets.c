/* SPDX-License-Identifier: MIT */
/* Drawing valid packets. */
#include "packets.h"

#include <string.h>

/* ---- Bytes and text ------------------------------------------------------------------------ */

static uint8_t *room(struct drawn *d, uint32_t *n)
{
    uint8_t *at = d->text + d->used;
    if (*n > TEXT_ROOM - d->used)
        *n = (uint32_t)(TEXT_ROOM - d->used);
    d->used += *n;
    return at;
}

static struct mqw_bytes draw_bytes(struct drawn *d, uint32_t least, uint32_t most)
{
    uint32_t n = draw_between(d->draw, least, most);
    uint8_t *at = room(d, &n);
    for (uint32_t i = 0; i < n; i++)
        at[i] = (uint8_t)draw_any(d->draw);
    return mqw_view(at, n);
}

/* A character other than those with a meaning in topics; answers its bytes. */
static uint32_t draw_character(struct drawn *d, uint8_t out[4])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                " !\"$%&'()*,-.:;<=>?@[]^_`{|}~";
    /* At both ends of what takes so many bytes, and beside what is forbidden. */
    static const char *const wide[] = {
        "\xC2\xA0",         "\xC3\xA9",         "\xDF\xBF",         "\xE0\xA0\x80", "\xE2\x82\xAC",
        "\xED\x9F\xBF",     "\xEE\x80\x80",     "\xEF\xBB\xBF",     "\xEF\xBF\xBD", "\xE4\xB8\xAD",
        "\xF0\x90\x80\x80", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBD",
    };
    static const char *const bold[] = {"\x01",     "\n",           "\x7F",
                                       "\xC2\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"};
    const char *from;
    uint32_t n;
    if (draw_chance(d->draw, 90)) {
        out[0] = (uint8_t)plain[draw_below(d->draw, sizeof plain - 1)];
        return 1;
    }
    from = !d->modest && draw_chance(d->draw, 20)
               ? bold[draw_below(d->draw, sizeof bold / sizeof bold[0])]
               : wide[draw_below(d->draw, sizeof wide / sizeof wide[0])];
    for (n = 0; from[n]; n++)
        out[n] = (uint8_t)from[n];
    return n;
}

/* So many characters, or as many as there is room for. */
static void add_characters(struct drawn *d, uint32_t count)
{
    while (count-- && TEXT_ROOM - d->used >= 4)
        d->used += draw_character(d, d->text + d->used);
}

static void add_byte(struct drawn *d, char byte)
{
    if (d->used < TEXT_ROOM)
        d->text[d->used++] = (uint8_t)byte;
}

static struct mqw_bytes text_from(const struct drawn *d, size_t start)
{
    return mqw_view(d->text + start, d->used - start);
}

struct mqw_bytes mqw__draw_text(struct drawn *d, uint32_t least, uint32_t most)
{
    size_t start = d->used;
    if (draw_chance(d->draw, 5))
        most *= 12;
    add_characters(d, draw_between(d->draw, least, most));
    return text_from(d, start);
}

static void add_levels(struct drawn *d)
{
    uint32_t levels = draw_between(d->draw, 1, 4);
    add_characters(d, draw_between(d->draw, 1, 5));
    while (--levels) {
        add_byte(d, '/');
        add_characters(d, draw_below(d->draw, 6));
    }
}

struct mqw_bytes mqw__draw_topic(struct drawn *d)
{
    size_t start = d->used;
    add_levels(d);
    if (d->used == start) /* there was no room */
        return mqw_text("t");
    return text_from(d, start);
}

static struct mqw_bytes draw_filter(struct drawn *d)
{
    size_t start = d->used;
    const char *prefix = "$share/group/";
    if (d->version == MQW_VERSION_5 && draw_chance(d->draw, 15))
        while (*prefix)
            add_byte(d, *prefix++);
    if (draw_chance(d->draw, 20))
        return TEXT_ROOM - d->used < 16 ? mqw_text("#") : (add_byte(d, '#'), text_from(d, start));
    if (draw_chance(d->draw, 30)) {
        add_byte(d, '+');
        add_byte(d, '/');
    }
    add_levels(d);
    if (draw_chance(d->draw, 20)) {
        add_byte(d, '/');
        add_byte(d, draw_chance(d->draw, 50) ? '#' : '+');
    }
    return TEXT_ROOM - d->used < 16 ? mqw_text("f") : text_from(d, start);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static uint32_t draw_number(struct drawn *d, uint32_t low, uint32_t high)
{
    if (draw_chance(d->draw, 15))
        return low;
    if (draw_chance(d->draw, 15))
        return high;
    return high - low > 1000 && draw_chance(d->draw, 50) ? draw_between(d->draw, low, low + 1000)
                                                         : draw_between(d->draw, low, high);
}

static uint16_t draw_packet_id(struct drawn *d)
{
    return (uint16_t)draw_number(d, 1, 0xFFFF);
}

/* A code that a place has, from this sender. */
static uint8_t draw_reason(struct drawn *d, uint32_t place)
{
    uint8_t found = 0;
    uint32_t seen = 0;
    if (d->version == MQW_VERSION_5) {
#define MQW_ROW(code, NAME, name, client, server, text)                                            \
    if (((d->sender == MQW_CLIENT ? (uint32_t)(client) : (uint32_t)(server)) & place) &&           \
        draw_below(d->draw, ++seen) == 0)                                                          \
        found = (code);
        MQW_REASONS(MQW_ROW)
#undef MQW_ROW
    } else {
#define MQW_ROW(code, NAME, name, where, text)                                                     \
    if (((uint32_t)(where)&place) && draw_below(d->draw, ++seen) == 0)                             \
        found = (code);
        MQW_RETURN_CODES(MQW_ROW)
#undef MQW_ROW
    }
    return found;
}

static struct mqw_code_list draw_codes(struct drawn *d, uint32_t place)
{
    uint32_t n = draw_between(d->draw, 1, ITEMS);
    for (uint32_t i = 0; i < n; i++)
        d->codes[i] = draw_reason(d, place);
    return mqw_codes(d->codes, n);
}

/* ---- Properties ---------------------------------------------------------------------------- */

static struct mqw_pair_list draw_pairs(struct drawn *d)
{
    struct mqw_pair *pairs = d->pairs[d->blocks];
    uint32_t n = draw_between(d->draw, 1, ITEMS);
    for (uint32_t i = 0; i < n; i++) {
        pairs[i].name = mqw__draw_text(d, 0, 8);
        pairs[i].value = mqw__draw_text(d, 0, 12);
    }
    return mqw_pairs(pairs, n);
}

static struct mqw_id_list draw_ids(struct drawn *d, uint32_t place)
{
    uint32_t n = place == MQW_IN_PUBLISH ? draw_between(d->draw, 1, ITEMS) : 1;
    for (uint32_t i = 0; i < n; i++)
        d->ids[i] = draw_number(d, 1, MQW_LENGTH_MAX);
    return mqw_ids(d->ids, n);
}

/* What only one side sends, or only with another property. */
static uint64_t withheld(const struct drawn *d, uint32_t place)
{
    uint64_t bits = 0;
    if (place == MQW_IN_PUBLISH && d->sender == MQW_CLIENT)
        bits |= (uint64_t)1 << MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER;
    if (place == MQW_IN_DISCONNECT)
        bits |= (uint64_t)1 << (d->sender == MQW_CLIENT ? MQW_PROPERTY_SERVER_REFERENCE
                                                        : MQW_PROPERTY_SESSION_EXPIRY_INTERVAL);
    return bits;
}

static void draw_properties(struct drawn *d, struct mqw_properties *p, uint32_t place)
{
    unsigned percent = draw_chance(d->draw, 25) ? 0 : draw_between(d->draw, 5, 90);
    uint64_t not_here = withheld(d, place);
    p->present = 0;
    if (d->version != MQW_VERSION_5)
        return;
#define DRAW_BYTE(low, high)    (uint8_t) draw_number(d, low, high)
#define DRAW_TWO(low, high)     (uint16_t) draw_number(d, low, high)
#define DRAW_FOUR(low, high)    draw_number(d, low, high)
#define DRAW_VARINTS(low, high) draw_ids(d, place)
#define DRAW_TEXT(low, high)    mqw__draw_text(d, 0, 12)
#define DRAW_TOPIC(low, high)   mqw__draw_topic(d)
#define DRAW_BINARY(low, high)  draw_bytes(d, 0, 12)
#define DRAW_PAIRS(low, high)   draw_pairs(d)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (((uint32_t)(places)&place) && !(not_here >> (id)&1) && draw_chance(d->draw, percent))      \
        mqw_set_##member(p, DRAW_##TYPE(low, high));
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#undef DRAW_BYTE
#undef DRAW_TWO
#undef DRAW_FOUR
#undef DRAW_VARINTS
#undef DRAW_TEXT
#undef DRAW_TOPIC
#undef DRAW_BINARY
#undef DRAW_PAIRS
    d->blocks++;
    if (mqw_has(p, MQW_PROPERTY_AUTHENTICATION_DATA) || place == MQW_IN_AUTH)
        mqw_set_authentication_method(p, mqw__draw_text(d, 0, 12));
}

/* A payload is text where it is announced as such. */
static struct mqw_bytes draw_payload(struct drawn *d, const struct mqw_properties *p)
{
    uint32_t most = draw_chance(d->draw, 10) ? 300 : 24;
    if (mqw_has(p, MQW_PROPERTY_PAYLOAD_FORMAT_INDICATOR) && p->payload_format_indicator)
        return mqw__draw_text(d, 0, most);
    return draw_bytes(d, 0, most);
}

/* ---- Packets ------------------------------------------------------------------------------- */

static void draw_connect(struct drawn *d)
{
    struct mqw_connect *p = &d->packet.connect;
    uint32_t n = draw_below(d->draw, 24);
    size_t start = d->used;
    p->clean_start = draw_chance(d->draw, 70);
    p->keep_alive = (uint16_t)draw_number(d, 0, 0xFFFF);
    p->has_will = draw_chance(d->draw, 50);
    p->has_username = draw_chance(d->draw, 50);
    p->has_password = (p->has_username || d->version == MQW_VERSION_5) && draw_chance(d->draw, 50);
    if (!d->modest && draw_chance(d->draw, 20))
        p->client_id = mqw__draw_text(d, 1, 30);
    else {
        while (n--)
            add_byte(d, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[draw_below(
                            d->draw, 62)]);
        p->client_id = text_from(d, start);
    }
    if (!p->client_id.len && d->version != MQW_VERSION_5)
        p->clean_start = true;
    draw_properties(d, &p->properties, MQW_IN_CONNECT);
    if (p->has_will) {
        draw_properties(d, &p->will.properties, MQW_IN_WILL);
        p->will.topic = mqw__draw_topic(d);
        p->will.payload = draw_payload(d, &p->will.properties);
        p->will.qos = (uint8_t)draw_below(d->draw, 3);
        p->will.retain = draw_chance(d->draw, 50);
    }
    if (p->has_username)
        p->username = mqw__draw_text(d, 0, 12);
    if (p->has_password)
        p->password = draw_bytes(d, 0, 12);
}

static void draw_connack(struct drawn *d)
{
    struct mqw_connack *p = &d->packet.connack;
    p->reason_code = draw_chance(d->draw, 50) ? 0 : draw_reason(d, MQW_IN_CONNACK);
    p->session_present = !p->reason_code && draw_chance(d->draw, 50);
    draw_properties(d, &p->properties, MQW_IN_CONNACK);
}

static void draw_publish(struct drawn *d)
{
    struct mqw_publish *p = &d->packet.publish;
    p->qos = (uint8_t)draw_below(d->draw, 3);
    p->dup = p->qos && draw_chance(d->draw, 30);
    p->retain = draw_chance(d->draw, 30);
    if (p->qos)
        p->packet_id = draw_packet_id(d);
    draw_properties(d, &p->properties, MQW_IN_PUBLISH);
    p->topic = mqw_has(&p->properties, MQW_PROPERTY_TOPIC_ALIAS) && draw_chance(d->draw, 30)
                   ? mqw_text("")
                   : mqw__draw_topic(d);
    p->payload = draw_payload(d, &p->properties);
}

static void draw_ack(struct drawn *d)
{
    struct mqw_ack *p = &d->packet.ack;
    uint32_t place = (uint32_t)MQW_IN_PUBACK << (d->packet.type - MQW_PUBACK);
    p->packet_id = draw_packet_id(d);
    if (d->version != MQW_VERSION_5)
        return;
    p->reason_code = draw_chance(d->draw, 40) ? 0 : draw_reason(d, place);
    if (draw_chance(d->draw, 60))
        draw_properties(d, &p->properties, place);
}

static void draw_subscribe(struct drawn *d)
{
    struct mqw_subscribe *p = &d->packet.subscribe;
    uint32_t n = draw_between(d->draw, 1, ITEMS);
    p->packet_id = draw_packet_id(d);
    draw_properties(d, &p->properties, MQW_IN_SUBSCRIBE);
    for (uint32_t i = 0; i < n; i++) {
        struct mqw_subscription *s = &d->subscriptions[i];
        struct mqw_bytes group, rest;
        s->topic_filter = draw_filter(d);
        s->qos = (uint8_t)draw_below(d->draw, 3);
        if (d->version != MQW_VERSION_5)
            continue;
        s->no_local = !mqw_topic_share(s->topic_filter, &group, &rest) && draw_chance(d->draw, 30);
        s->retain_as_published = draw_chance(d->draw, 30);
        s->retain_handling = (uint8_t)draw_below(d->draw, 3);
    }
    p->subscriptions = mqw_subscriptions(d->subscriptions, n);
}

static void draw_unsubscribe(struct drawn *d)
{
    struct mqw_unsubscribe *p = &d->packet.unsubscribe;
    uint32_t n = draw_between(d->draw, 1, ITEMS);
    p->packet_id = draw_packet_id(d);
    draw_properties(d, &p->properties, MQW_IN_UNSUBSCRIBE);
    for (uint32_t i = 0; i < n; i++)
        d->filters[i] = draw_filter(d);
    p->topic_filters = mqw_filters(d->filters, n);
}

/* SUBACK, UNSUBACK */
static void draw_suback(struct drawn *d, uint32_t place)
{
    struct mqw_suback *p = &d->packet.suback;
    p->packet_id = draw_packet_id(d);
    draw_properties(d, &p->properties, place);
    if (d->version == MQW_VERSION_5 || place == MQW_IN_SUBACK)
        p->reason_codes = draw_codes(d, place);
}

/* DISCONNECT, AUTH */
static void draw_disconnect(struct drawn *d, uint32_t place)
{
    struct mqw_disconnect *p = &d->packet.disconnect;
    if (d->version != MQW_VERSION_5)
        return;
    p->reason_code = draw_reason(d, place);
    draw_properties(d, &p->properties, place);
}

static void draw_fields(struct drawn *d)
{
    switch (d->packet.type) {
    case MQW_CONNECT:
        draw_connect(d);
        break;
    case MQW_CONNACK:
        draw_connack(d);
        break;
    case MQW_PUBLISH:
        draw_publish(d);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        draw_ack(d);
        break;
    case MQW_SUBSCRIBE:
        draw_subscribe(d);
        break;
    case MQW_SUBACK:
        draw_suback(d, MQW_IN_SUBACK);
        break;
    case MQW_UNSUBSCRIBE:
        draw_unsubscribe(d);
        break;
    case MQW_UNSUBACK:
        draw_suback(d, MQW_IN_UNSUBACK);
        break;
    case MQW_DISCONNECT:
        draw_disconnect(d, MQW_IN_DISCONNECT);
        break;
    case MQW_AUTH:
        draw_disconnect(d, MQW_IN_AUTH);
        break;
    default: /* PINGREQ, PINGRESP */
        break;
    }
}

uint32_t mqw__types_of(uint8_t version, uint8_t sender)
{
    uint32_t types = 0;
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5)                           \
    if ((version == MQW_VERSION_5 ? MQW_##senders_5 : MQW_##senders_311) & sender)                 \
        types |= (uint32_t)1 << (number);
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    return types;
}

bool mqw__draw_packet(struct drawn *d, uint32_t types)
{
    uint32_t seen = 0;
    types &= mqw__types_of(d->version, d->sender);
    memset(&d->packet, 0, sizeof d->packet);
    memset(d->subscriptions, 0, sizeof d->subscriptions);
    d->used = 0;
    d->blocks = 0;
    d->packet.version = d->version;
    for (uint8_t type = 1; type < MQW_TYPES; type++)
        if ((types >> type & 1) && draw_below(d->draw, ++seen) == 0)
            d->packet.type = type;
    draw_fields(d);
    return seen;
}
