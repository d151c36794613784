/* SPDX-License-Identifier: MIT */
/*
 * Packets that break one rule.  Each rule has a recipe: which packets can break it, and how a good one
 * is spoilt, as a structure before it is encoded without that rule, or as bytes after that.  What
 * comes of it is decoded; where it is not exactly what was wanted, another packet is drawn.
 */
#include "packets.h"
#include "stream.h"

struct job {
    struct drawn d;
    struct mutation m; /* of the bytes */
    enum mqw_code rule;
    /* As which it is judged: for rules about them, d has another sender, or another version. */
    uint8_t version, sender;
};

typedef bool spoil(struct job *j);

#define BIT(NAME) ((uint32_t)1 << MQW_##NAME)
static const char *const letters = "abcdefghijklmnopqrstuvwxyz";

/* ---- The rows: which bit switches a rule, which types have flags that break it -------------- */

static struct mqw_options without(enum mqw_code rule)
{
    struct mqw_options o = {0, 0, false, 0, 0, 0};
    switch (rule) {
#define ALLOW_BITS(bit)  o.allow = MQW_ALLOW_##bit
#define REFUSE_BITS(bit) (void)0
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case MQW_RULE_##NAME:                                                                          \
        kind##_BITS(bit);                                                                          \
        break;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
#undef ALLOW_BITS
#undef REFUSE_BITS
    default:
        break;
    }
    return o;
}

struct mqw_options mqw_broken_options(uint8_t version, uint8_t sender, enum mqw_code rule)
{
    struct mqw_options o = {0, 0, false, 0, 0, 0};
    o.version = version;
    o.sender = sender;
    switch (rule) {
#define ALLOW_BITS(bit)  (void)0
#define REFUSE_BITS(bit) o.refuse = MQW_REFUSE_##bit
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case MQW_RULE_##NAME:                                                                          \
        kind##_BITS(bit);                                                                          \
        break;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
#undef ALLOW_BITS
#undef REFUSE_BITS
    default:
        break;
    }
    return o;
}

static uint32_t types_with_flags(enum mqw_code rule)
{
    uint32_t types = 0;
#define MQW_ROW(number, NAME, name, flags, broken, senders_311, senders_5)                         \
    if (MQW_RULE_##broken == rule && MQW_##NAME != MQW_PUBLISH)                                    \
        types |= BIT(NAME);
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    return types;
}

/* ---- Structures ---------------------------------------------------------------------------- */

/* The properties of a packet, and their place; those of a will where it has one, by chance. */
static struct mqw_properties *block_of(struct job *j, uint32_t *place)
{
    struct mqw_packet *p = &j->d.packet;
    *place = 0;
    switch (p->type) {
    case MQW_CONNECT:
        if (p->connect.has_will && draw_chance(j->d.draw, 50)) {
            *place = MQW_IN_WILL;
            return &p->connect.will.properties;
        }
        *place = MQW_IN_CONNECT;
        return &p->connect.properties;
    case MQW_CONNACK:
        *place = MQW_IN_CONNACK;
        return &p->connack.properties;
    case MQW_PUBLISH:
        *place = MQW_IN_PUBLISH;
        return &p->publish.properties;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        *place = (uint32_t)MQW_IN_PUBACK << (p->type - MQW_PUBACK);
        return &p->ack.properties;
    case MQW_SUBSCRIBE:
        *place = MQW_IN_SUBSCRIBE;
        return &p->subscribe.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        *place = p->type == MQW_SUBACK ? MQW_IN_SUBACK : MQW_IN_UNSUBACK;
        return &p->suback.properties;
    case MQW_UNSUBSCRIBE:
        *place = MQW_IN_UNSUBSCRIBE;
        return &p->unsubscribe.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        *place = p->type == MQW_AUTH ? MQW_IN_AUTH : MQW_IN_DISCONNECT;
        return &p->disconnect.properties;
    default:
        return NULL;
    }
}

static bool none(struct job *j)
{
    (void)j;
    return true;
}

static bool no_packet_id(struct job *j)
{
    switch (j->d.packet.type) {
    case MQW_PUBLISH:
        j->d.packet.publish.packet_id = 0;
        return j->d.packet.publish.qos;
    case MQW_SUBSCRIBE:
        j->d.packet.subscribe.packet_id = 0;
        return true;
    case MQW_UNSUBSCRIBE:
        j->d.packet.unsubscribe.packet_id = 0;
        return true;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        j->d.packet.suback.packet_id = 0;
        return true;
    default:
        j->d.packet.ack.packet_id = 0;
        return true;
    }
}

/* Any other code; whether it is a bad one, decoding tells. */
static bool other_reason(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    uint8_t code = (uint8_t)draw_any(j->d.draw);
    switch (p->type) {
    case MQW_CONNACK:
        p->connack.reason_code = code;
        p->connack.session_present = false;
        return true;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        j->d.codes[draw_below(j->d.draw, p->suback.reason_codes.count)] = code;
        return p->suback.reason_codes.count;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        p->disconnect.reason_code = code;
        return true;
    default:
        p->ack.reason_code = code;
        return true;
    }
}

static bool no_elements(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_SUBSCRIBE)
        p->subscribe.subscriptions.count = 0;
    else if (p->type == MQW_UNSUBSCRIBE)
        p->unsubscribe.topic_filters.count = 0;
    else
        p->suback.reason_codes.count = 0;
    return true;
}

static bool empty_topic(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_CONNECT) {
        p->connect.will.topic.len = 0;
        return p->connect.has_will;
    }
    p->publish.topic.len = 0;
    mqw_drop(&p->publish.properties, MQW_PROPERTY_TOPIC_ALIAS);
    return true;
}

static bool empty_filter(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_SUBSCRIBE)
        j->d.subscriptions[draw_below(j->d.draw, p->subscribe.subscriptions.count)]
            .topic_filter.len = 0;
    else
        j->d.filters[draw_below(j->d.draw, p->unsubscribe.topic_filters.count)].len = 0;
    return true;
}

static bool empty_response_topic(struct job *j)
{
    uint32_t place;
    struct mqw_properties *p = block_of(j, &place);
    mqw_set_response_topic(p, mqw_text(""));
    return place & MQW_IN_MESSAGE;
}

static bool shared_no_local(struct job *j)
{
    struct mqw_subscribe *p = &j->d.packet.subscribe;
    struct mqw_subscription *s = &j->d.subscriptions[draw_below(j->d.draw, p->subscriptions.count)];
    s->topic_filter = mqw_text("$share/group/filter");
    s->no_local = true;
    return true;
}

static bool lone_password(struct job *j)
{
    struct mqw_connect *p = &j->d.packet.connect;
    p->has_username = false;
    p->has_password = true;
    return true;
}

static bool empty_client_id(struct job *j)
{
    j->d.packet.connect.clean_start = false;
    j->d.packet.connect.client_id.len = 0;
    return true;
}

static bool odd_client_id(struct job *j)
{
    j->d.packet.connect.client_id = draw_chance(j->d.draw, 50)
                                        ? mqw_view(letters, draw_between(j->d.draw, 24, 26))
                                        : mqw__draw_text(&j->d, 1, 12);
    return true;
}

static bool lone_data(struct job *j)
{
    uint32_t place;
    struct mqw_properties *p = block_of(j, &place);
    mqw_set_authentication_data(p, mqw_text("data"));
    mqw_drop(p, MQW_PROPERTY_AUTHENTICATION_METHOD);
    return place & MQW_IN_HANDSHAKE;
}

static bool no_method(struct job *j)
{
    mqw_drop(&j->d.packet.disconnect.properties, MQW_PROPERTY_AUTHENTICATION_METHOD);
    return true;
}

static bool session_of_refused(struct job *j)
{
    j->d.packet.connack.session_present = true;
    return j->d.packet.connack.reason_code;
}

static bool dup_at_qos_0(struct job *j)
{
    j->d.packet.publish.dup = true;
    return !j->d.packet.publish.qos;
}

static bool false_text(struct job *j)
{
    static const uint8_t no_text[] = {'a', 0xFF};
    struct mqw_packet *p = &j->d.packet;
    uint32_t place;
    struct mqw_properties *block = block_of(j, &place);
    mqw_set_payload_format_indicator(block, 1);
    if (place == MQW_IN_PUBLISH)
        p->publish.payload = mqw_view(no_text, sizeof no_text);
    else
        p->connect.will.payload = mqw_view(no_text, sizeof no_text);
    return place & MQW_IN_MESSAGE;
}

static bool client_gives_ids(struct job *j)
{
    j->d.ids[0] = 1;
    mqw_set_subscription_identifiers(&j->d.packet.publish.properties, mqw_ids(j->d.ids, 1));
    return true;
}

static bool server_gives_expiry(struct job *j)
{
    mqw_set_session_expiry_interval(&j->d.packet.disconnect.properties, draw_any(j->d.draw));
    return true;
}

static bool client_gives_reference(struct job *j)
{
    mqw_set_server_reference(&j->d.packet.disconnect.properties, mqw_text("server"));
    return true;
}

/* The members of a property; what is not drawn here is a text of no characters. */
static void set_property(struct job *j, struct mqw_properties *p, uint8_t id, uint32_t number)
{
    struct mqw_bytes text = mqw_text("");
#define SET_BYTE    (uint8_t) number
#define SET_TWO     (uint16_t) number
#define SET_FOUR    number
#define SET_VARINTS (j->d.ids[0] = number, mqw_ids(j->d.ids, 1))
#define SET_TEXT    text
#define SET_TOPIC   mqw_text("r")
#define SET_BINARY  text
#define SET_PAIRS   mqw_pairs(NULL, 0)
    switch (id) {
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, rule, text_)                       \
    case (number_):                                                                                \
        mqw_set_##member(p, SET_##TYPE);                                                           \
        break;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        break;
    }
#undef SET_BYTE
#undef SET_TWO
#undef SET_FOUR
#undef SET_VARINTS
#undef SET_TEXT
#undef SET_TOPIC
#undef SET_BINARY
#undef SET_PAIRS
}

/* A value below or above the range of a property that is judged by this rule. */
static bool out_of_range(struct job *j)
{
    uint32_t place, seen = 0, number = 0;
    uint8_t id = 0;
    struct mqw_properties *p = block_of(j, &place);
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, broken, text)                      \
    if (MQW_RULE_##broken == j->rule && ((uint32_t)(places)&place) &&                              \
        draw_below(j->d.draw, ++seen) == 0) {                                                      \
        id = (number_);                                                                            \
        number = (low) ? (uint32_t)(low)-1                                                         \
                       : draw_between(j->d.draw, (uint32_t)((high)&0xFE) + 1, 0xFF);               \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (seen)
        set_property(j, p, id, number);
    return seen;
}

static bool misplaced(struct job *j)
{
    uint32_t place, seen = 0, number = 1;
    uint8_t id = 0;
    struct mqw_properties *p = block_of(j, &place);
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, broken, text)                      \
    if (!((uint32_t)(places)&place) && draw_below(j->d.draw, ++seen) == 0)                         \
        id = (number_);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (p && seen)
        set_property(j, p, id, number);
    return p && seen;
}

/* ---- Bytes --------------------------------------------------------------------------------- */

static bool find(struct job *j, wanted *want, const void *arg, struct spot *s)
{
    memset(&s->piece, 0, sizeof s->piece);
    s->piece.version = j->d.version;
    return mqw__next_piece(j->m.data, j->m.size, &s->piece) &&
           mqw__find_field(&j->m, &s->piece, want, arg, &s->field);
}

static bool put(struct job *j, const struct spot *s, const struct field *f, uint32_t at,
                uint32_t removed, const void *bytes, size_t n)
{
    uint8_t *to = mqw__splice(&j->m, &s->piece, f, f->depth, at, removed, n);
    if (to && n)
        memcpy(to, bytes, n);
    return to;
}

static bool put_instead(struct job *j, const struct spot *s, const char *text, size_t n)
{
    return put(j, s, &s->field, s->field.start, s->field.end - s->field.start, text, n);
}

static bool reserve_type(struct job *j)
{
    j->m.data[0] &= 15;
    if (j->d.version != MQW_VERSION_5 && draw_chance(j->d.draw, 50))
        j->m.data[0] |= 0xF0;
    return true;
}

static bool other_flags(struct job *j)
{
    j->m.data[0] ^= (uint8_t)draw_between(j->d.draw, 1, 15);
    return true;
}

/* Variable byte integers: the Remaining Length, the lengths of blocks, identifiers of subscriptions. */
static bool is_varint(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return is_remaining_length(f, NULL) || is_block(f, NULL) ||
           (f->kind == MQW_KIND_INTEGER && strstr(f->path, "subscription_identifiers["));
}

static bool too_long(struct job *j)
{
    struct spot s;
    uint8_t bytes[5];
    if (!find(j, is_varint, NULL, &s))
        return false;
    mqw__put_varint(bytes, s.field.number, 5);
    return put_instead(j, &s, (const char *)bytes, 5);
}

static bool pad(struct job *j, wanted *which)
{
    struct spot s;
    uint8_t bytes[5];
    uint32_t n;
    if (!find(j, which, NULL, &s))
        return false;
    n = mqw__put_varint(bytes, s.field.number, 1);
    if (n > 3)
        return false;
    n = mqw__put_varint(bytes, s.field.number, draw_between(j->d.draw, n + 1, 4));
    return put_instead(j, &s, (const char *)bytes, n);
}

static bool padded(struct job *j)
{
    return pad(j, is_varint);
}

static bool padded_length(struct job *j)
{
    return pad(j, is_remaining_length);
}

/* The packet ends at an offset, and says so. */
static bool cut_at(struct job *j, const struct piece *piece, uint32_t at)
{
    struct spot s;
    struct field f;
    if (!find(j, is_remaining_length, NULL, &s) || at < s.field.end)
        return false;
    f = inside(&s.field);
    return mqw__splice(&j->m, piece, &f, 1, at, piece->size - at, 0);
}

static bool cut_anywhere(struct job *j)
{
    struct spot s;
    return find(j, is_remaining_length, NULL, &s) && s.piece.size > s.field.end &&
           cut_at(j, &s.piece, draw_between(j->d.draw, s.field.end, s.piece.size - 1));
}

static bool begins(const struct mqw_field *f, const void *path)
{
    return f->kind != MQW_KIND_BITS && path_is(f, (const char *)path);
}

static bool cut_before(struct job *j, const char *path)
{
    struct spot s;
    return find(j, begins, path, &s) && cut_at(j, &s.piece, s.field.start);
}

static bool no_client_id(struct job *j)
{
    return cut_before(j, "client_id.length");
}

static bool no_will(struct job *j)
{
    static const char *const paths[] = {"will.properties.length", "will.topic.length",
                                        "will.payload.length"};
    return cut_before(j, paths[draw_below(j->d.draw, 3)]);
}

static bool no_username(struct job *j)
{
    return cut_before(j, "username.length");
}

static bool no_password(struct job *j)
{
    return cut_before(j, "password.length");
}

static bool no_property_length(struct job *j)
{
    return cut_before(j, "properties.length");
}

static bool surplus(struct job *j)
{
    struct spot s;
    struct field f;
    if (!find(j, is_remaining_length, NULL, &s))
        return false;
    f = inside(&s.field);
    return put(j, &s, &f, s.piece.size, 0, letters, draw_between(j->d.draw, 1, 8));
}

static bool trailing(struct job *j)
{
    uint32_t n = draw_between(j->d.draw, 1, 8);
    uint8_t *at = mqw__splice_raw(&j->m, j->m.size, 0, n);
    for (uint32_t i = 0; at && i < n; i++)
        at[i] = (uint8_t)draw_any(j->d.draw);
    return at;
}

/* ---- Bytes of text ------------------------------------------------------------------------- */

static bool is_text(const struct mqw_field *f, const void *part)
{
    return f->kind == MQW_KIND_TEXT && strstr(f->path, (const char *)part) != NULL &&
           !path_is(f, "protocol_name");
}

/* The part of a path that those texts have which a rule is about. */
static const char *texts_of(enum mqw_code rule)
{
    switch (rule) {
    case MQW_RULE_CLIENT_ID_UTF8:
        return "client_id";
    case MQW_RULE_WILL_TOPIC_UTF8:
        return "will.topic";
    case MQW_RULE_USERNAME_UTF8:
        return "username";
    case MQW_RULE_RESPONSE_TOPIC_UTF8:
    case MQW_RULE_RESPONSE_TOPIC_WILDCARD:
        return "response_topic";
    case MQW_RULE_CONTENT_TYPE_UTF8:
        return "content_type";
    case MQW_RULE_USER_PROPERTY_UTF8:
    case MQW_RULE_USER_PROPERTY_NUL:
        return "user_properties";
    case MQW_RULE_TEXT_UTF8:
        return "properties";
    case MQW_RULE_TEXT_CONTROL:
    case MQW_RULE_TEXT_NONCHARACTER:
    case MQW_RULE_TEXT_NUL:
        return "";
    default:
        return "topic";
    }
}

struct piece_of_text {
    uint8_t size;
    char bytes[5];
};

/* Puts one of these somewhere into a text that the rule is about. */
static bool put_in_text(struct job *j, const struct piece_of_text *pieces, size_t count)
{
    const struct piece_of_text *p = &pieces[draw_below(j->d.draw, count)];
    struct spot s;
    uint32_t at;
    if (!find(j, is_text, texts_of(j->rule), &s))
        return false;
    at = draw_between(j->d.draw, s.field.start, s.field.end);
    while (at > s.field.start && at < s.field.end && (j->m.data[s.piece.at + at] & 0xC0) == 0x80)
        at--;
    return put(j, &s, &s.field, at, 0, p->bytes, p->size);
}

#define PIECE(text)                                                                                \
    {                                                                                              \
        sizeof(text) - 1, text                                                                     \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool bad_utf8(struct job *j)
{
    static const struct piece_of_text pieces[] = {
        PIECE("\xC0\x80"),
        PIECE("\xC1\xBF"),
        PIECE("\xE0\x80\xAF"),
        PIECE("\xE0\x9F\xBF"),
        PIECE("\xF0\x80\x80\xAF"),
        PIECE("\xED\xA0\x80"),
        PIECE("\xED\xBF\xBF"),
        PIECE("\xF4\x90\x80\x80"),
        PIECE("\xF5\x80\x80\x80"),
        PIECE("\xFF"),
        PIECE("\xE2\x82"),
        PIECE("\xF0\x9F\x98"),
        PIECE("\x80"),
        PIECE("\xBF"),
    };
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool nul(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("\0")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool control(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("\x01"),     PIECE("\n"),
                                                  PIECE("\x1F"),     PIECE("\x7F"),
                                                  PIECE("\xC2\x80"), PIECE("\xC2\x9F")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool noncharacter(struct job *j)
{
    static const struct piece_of_text pieces[] = {
        PIECE("\xEF\xB7\x90"), PIECE("\xEF\xB7\xAF"),     PIECE("\xEF\xBF\xBE"),
        PIECE("\xEF\xBF\xBF"), PIECE("\xF0\x9F\xBF\xBE"), PIECE("\xF4\x8F\xBF\xBF")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool wildcard(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("+"), PIECE("#"), PIECE("/+"), PIECE("/#"),
                                                  PIECE("+/")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool is_filter(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_TEXT &&
           (path_begins(f, "subscriptions[") || path_begins(f, "topic_filters["));
}

static bool share(struct job *j)
{
    static const char *const filters[] = {"$share//a",   "$share/",  "$share/+/a", "$share/#/a",
                                          "$share/g+/a", "$share/g", "$share/g/",  "$share//"};
    const char *filter = filters[draw_below(j->d.draw, COUNT(filters))];
    struct spot s;
    return find(j, is_filter, NULL, &s) && put_instead(j, &s, filter, strlen(filter));
}

/* ---- Bytes of CONNECT, bits, properties ---------------------------------------------------- */

static bool protocol_name(struct job *j)
{
    static const char *const names[] = {"MQTTT", "MQT", "", "mqtt", "MQTX", "MQIsdp", "AMQP"};
    const char *name = names[draw_below(j->d.draw, COUNT(names))];
    struct spot s;
    return find(j, has_path, "protocol_name", &s) && put_instead(j, &s, name, strlen(name));
}

static bool protocol_version(struct job *j)
{
    struct spot s;
    return find(j, has_path, "protocol_version", &s) &&
           mqw__set_number(&j->m, &s,
                           draw_chance(j->d.draw, 50) ? draw_below(j->d.draw, 8)
                                                      : draw_below(j->d.draw, 256));
}

static bool mqtt_3_1(struct job *j)
{
    struct spot s;
    return find(j, has_path, "protocol_version", &s) && mqw__set_number(&j->m, &s, 3) &&
           find(j, has_path, "protocol_name", &s) && put_instead(j, &s, "MQIsdp", 6);
}

static bool is_octet(const struct mqw_field *f, const void *path)
{
    return f->kind == MQW_KIND_OCTET && path_ends(f, (const char *)path);
}

/* Any bit of a byte of flags; whether it is a reserved one, decoding tells. */
static bool turn_bit(struct job *j, const char *octet)
{
    struct spot s;
    if (!find(j, is_octet, octet, &s))
        return false;
    j->m.data[s.piece.at + s.field.start] ^= (uint8_t)(1u << draw_below(j->d.draw, 8));
    return true;
}

static bool connect_flags(struct job *j)
{
    return turn_bit(j, "connect_flags");
}

static bool acknowledge_flags(struct job *j)
{
    return turn_bit(j, "acknowledge_flags");
}

static bool subscription_options(struct job *j)
{
    return turn_bit(j, "options");
}

static bool are_bits(const struct mqw_field *f, const void *path)
{
    return f->kind == MQW_KIND_BITS && path_ends(f, (const char *)path);
}

static bool all_ones(struct job *j, const char *bits)
{
    struct spot s;
    if (!find(j, are_bits, bits, &s))
        return false;
    set_bits(&j->m, &s, 3);
    return true;
}

static bool qos_3(struct job *j)
{
    return all_ones(j, "qos");
}

static bool retain_handling_3(struct job *j)
{
    return all_ones(j, "retain_handling");
}

/* A property goes past the end of its block, which is less than it should be. */
static bool overrun(struct job *j)
{
    struct spot s;
    return find(j, is_block, NULL, &s) && s.field.number > 1 &&
           mqw__set_number(&j->m, &s, s.field.number - 1);
}

static bool unknown_property(struct job *j)
{
    struct spot s;
    struct field f;
    char bytes[2] = {(char)draw_any(j->d.draw), 1};
    if (!find(j, is_block, NULL, &s))
        return false;
    f = inside(&s.field);
    return put(j, &s, &f, f.end + f.number, 0, bytes, draw_between(j->d.draw, 1, 2));
}

static bool repeated_property(struct job *j)
{
    struct spot s;
    uint32_t next, n;
    uint8_t *at;
    if (!mqw__pick_unit(&j->m, UNIT_PROPERTY, &s, &next))
        return false;
    n = s.field.end - s.field.start;
    at = mqw__splice(&j->m, &s.piece, &s.field, s.field.depth, s.field.end, 0, n);
    if (at)
        memcpy(at, at - n, n);
    return at;
}

/* AUTH of one byte. */
static bool short_auth(struct job *j)
{
    struct spot s;
    return find(j, begins, "properties.length", &s) && cut_at(j, &s.piece, s.field.start);
}

/* The bits of a will that is taken away: what is written of it is there no more. */
static bool will_bits(struct job *j)
{
    struct mqw_connect *p = &j->d.packet.connect;
    struct spot s, will;
    uint8_t flags;
    if (!find(j, is_octet, "connect_flags", &s) || !p->has_will)
        return false;
    flags = j->m.data[s.piece.at + s.field.start];
    if (!find(j, are_bits, "will_flag", &will))
        return false;
    flags &= (uint8_t) ~(1u << will.field.bit);
    p->has_will = false;
    {
        struct mqw_options o = {0, 0, false, 0, 0, 0};
        struct mqw_result r;
        o.version = j->d.version;
        r = mqw_encode(&j->d.packet, &o, j->m.data, j->m.max);
        j->m.size = r.size;
        if (r.code != MQW_OK || !find(j, is_octet, "connect_flags", &s))
            return false;
    }
    j->m.data[s.piece.at + s.field.start] = flags;
    return true;
}

/* ---- Recipes ------------------------------------------------------------------------------- */

enum { IN_FIELDS, IN_BYTES };

struct recipe {
    enum mqw_code rule;
    uint32_t types;
    uint8_t where; /* what is spoilt: the structure, or its bytes */
    spoil *spoil;
};

#define ALL_TYPES   UINT32_MAX
#define WITH_TOPIC  (BIT(CONNECT) | BIT(PUBLISH))
#define WITH_FILTER (BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE))

static const struct recipe recipes[] = {
    {MQW_RULE_TYPE_RESERVED, ALL_TYPES, IN_BYTES, reserve_type},
    {MQW_RULE_DIRECTION, ALL_TYPES, IN_BYTES, none},
    {MQW_RULE_FIXED_HEADER_FLAGS, 0, IN_BYTES, other_flags}, /* types: those of the rows */
    {MQW_RULE_PUBREL_FLAGS, 0, IN_BYTES, other_flags},
    {MQW_RULE_SUBSCRIBE_FLAGS, 0, IN_BYTES, other_flags},
    {MQW_RULE_UNSUBSCRIBE_FLAGS, 0, IN_BYTES, other_flags},
    {MQW_RULE_DISCONNECT_FLAGS, 0, IN_BYTES, other_flags},
    {MQW_RULE_AUTH_FLAGS, 0, IN_BYTES, other_flags},
    {MQW_RULE_INTEGER_TOO_LONG, ALL_TYPES, IN_BYTES, too_long},
    {MQW_RULE_INTEGER_PADDED, ALL_TYPES, IN_BYTES, padded},
    {MQW_RULE_LENGTH_PADDED, ALL_TYPES, IN_BYTES, padded_length},
    {MQW_RULE_TRUNCATED, ALL_TYPES, IN_BYTES, cut_anywhere},
    {MQW_RULE_SURPLUS_BYTES, ALL_TYPES, IN_BYTES, surplus},
    {MQW_RULE_TRAILING_BYTES, ALL_TYPES, IN_BYTES, trailing},
    {MQW_RULE_TEXT_UTF8, ALL_TYPES, IN_BYTES, bad_utf8},
    {MQW_RULE_CLIENT_ID_UTF8, BIT(CONNECT), IN_BYTES, bad_utf8},
    {MQW_RULE_WILL_TOPIC_UTF8, BIT(CONNECT), IN_BYTES, bad_utf8},
    {MQW_RULE_USERNAME_UTF8, BIT(CONNECT), IN_BYTES, bad_utf8},
    {MQW_RULE_TOPIC_UTF8, BIT(PUBLISH), IN_BYTES, bad_utf8},
    {MQW_RULE_SUBSCRIBE_FILTER_UTF8, BIT(SUBSCRIBE), IN_BYTES, bad_utf8},
    {MQW_RULE_UNSUBSCRIBE_FILTER_UTF8, BIT(UNSUBSCRIBE), IN_BYTES, bad_utf8},
    {MQW_RULE_RESPONSE_TOPIC_UTF8, WITH_TOPIC, IN_BYTES, bad_utf8},
    {MQW_RULE_CONTENT_TYPE_UTF8, WITH_TOPIC, IN_BYTES, bad_utf8},
    {MQW_RULE_USER_PROPERTY_UTF8, ALL_TYPES, IN_BYTES, bad_utf8},
    {MQW_RULE_TEXT_NUL, ALL_TYPES, IN_BYTES, nul},
    {MQW_RULE_USER_PROPERTY_NUL, ALL_TYPES, IN_BYTES, nul},
    {MQW_RULE_TOPIC_NUL, WITH_TOPIC | WITH_FILTER, IN_BYTES, nul},
    {MQW_RULE_TEXT_CONTROL, ALL_TYPES, IN_BYTES, control},
    {MQW_RULE_TEXT_NONCHARACTER, ALL_TYPES, IN_BYTES, noncharacter},
    {MQW_RULE_TOPIC_EMPTY, WITH_TOPIC, IN_FIELDS, empty_topic},
    {MQW_RULE_TOPIC_WILDCARD, WITH_TOPIC, IN_BYTES, wildcard},
    {MQW_RULE_RESPONSE_TOPIC_WILDCARD, WITH_TOPIC, IN_BYTES, wildcard},
    {MQW_RULE_RESPONSE_TOPIC_EMPTY, WITH_TOPIC, IN_FIELDS, empty_response_topic},
    {MQW_RULE_FILTER_EMPTY, WITH_FILTER, IN_FIELDS, empty_filter},
    {MQW_RULE_FILTER_HASH, WITH_FILTER, IN_BYTES, wildcard},
    {MQW_RULE_FILTER_PLUS, WITH_FILTER, IN_BYTES, wildcard},
    {MQW_RULE_SHARE_NAME_EMPTY, WITH_FILTER, IN_BYTES, share},
    {MQW_RULE_SHARE_NAME_WILDCARD, WITH_FILTER, IN_BYTES, share},
    {MQW_RULE_SHARE_FILTER_MISSING, WITH_FILTER, IN_BYTES, share},
    {MQW_RULE_PROTOCOL_NAME, BIT(CONNECT), IN_BYTES, protocol_name},
    {MQW_RULE_PROTOCOL_VERSION, BIT(CONNECT), IN_BYTES, protocol_version},
    {MQW_RULE_MQTT_3_1, BIT(CONNECT), IN_BYTES, mqtt_3_1},
    {MQW_RULE_CONNECT_FLAGS_RESERVED, BIT(CONNECT), IN_BYTES, connect_flags},
    {MQW_RULE_WILL_QOS_3, BIT(CONNECT), IN_BYTES, qos_3},
    {MQW_RULE_WILL_QOS_WITHOUT_WILL, BIT(CONNECT), IN_BYTES, will_bits},
    {MQW_RULE_WILL_RETAIN_WITHOUT_WILL, BIT(CONNECT), IN_BYTES, will_bits},
    {MQW_RULE_PASSWORD_WITHOUT_USERNAME, BIT(CONNECT), IN_FIELDS, lone_password},
    {MQW_RULE_CLIENT_ID_MISSING, BIT(CONNECT), IN_BYTES, no_client_id},
    {MQW_RULE_WILL_MISSING, BIT(CONNECT), IN_BYTES, no_will},
    {MQW_RULE_USERNAME_MISSING, BIT(CONNECT), IN_BYTES, no_username},
    {MQW_RULE_PASSWORD_MISSING, BIT(CONNECT), IN_BYTES, no_password},
    {MQW_RULE_CONNECT_SURPLUS, BIT(CONNECT), IN_BYTES, surplus},
    {MQW_RULE_CLIENT_ID_EMPTY, BIT(CONNECT), IN_FIELDS, empty_client_id},
    {MQW_RULE_CLIENT_ID_REFUSED, BIT(CONNECT), IN_FIELDS, odd_client_id},
    {MQW_RULE_AUTHENTICATION_DATA_ALONE, BIT(CONNECT), IN_FIELDS, lone_data},
    {MQW_RULE_CONNACK_FLAGS, BIT(CONNACK), IN_BYTES, acknowledge_flags},
    {MQW_RULE_SESSION_PRESENT_REFUSED, BIT(CONNACK), IN_FIELDS, session_of_refused},
    {MQW_RULE_CONNACK_REASON, BIT(CONNACK), IN_FIELDS, other_reason},
    {MQW_RULE_CONNACK_DATA_ALONE, BIT(CONNACK), IN_FIELDS, lone_data},
    {MQW_RULE_QOS_3, BIT(PUBLISH), IN_BYTES, qos_3},
    {MQW_RULE_DUP_QOS_0, BIT(PUBLISH), IN_FIELDS, dup_at_qos_0},
    {MQW_RULE_PACKET_ID_ZERO, BIT(PUBLISH) | WITH_FILTER, IN_FIELDS, no_packet_id},
    {MQW_RULE_TOPIC_ALIAS_ZERO, BIT(PUBLISH), IN_FIELDS, out_of_range},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_FROM_CLIENT, BIT(PUBLISH), IN_FIELDS, client_gives_ids},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, BIT(PUBLISH) | BIT(SUBSCRIBE), IN_FIELDS, out_of_range},
    {MQW_RULE_PAYLOAD_FORMAT_INDICATOR_VALUE, WITH_TOPIC, IN_FIELDS, out_of_range},
    {MQW_RULE_PAYLOAD_NOT_TEXT, WITH_TOPIC, IN_FIELDS, false_text},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, BIT(PUBACK) | BIT(PUBREC) | BIT(PUBREL) | BIT(PUBCOMP),
     IN_FIELDS, no_packet_id},
    {MQW_RULE_ANSWERED_ID_ZERO, BIT(SUBACK) | BIT(UNSUBACK), IN_FIELDS, no_packet_id},
    {MQW_RULE_PUBACK_REASON, BIT(PUBACK), IN_FIELDS, other_reason},
    {MQW_RULE_PUBREC_REASON, BIT(PUBREC), IN_FIELDS, other_reason},
    {MQW_RULE_PUBREL_REASON, BIT(PUBREL), IN_FIELDS, other_reason},
    {MQW_RULE_PUBCOMP_REASON, BIT(PUBCOMP), IN_FIELDS, other_reason},
    {MQW_RULE_SUBSCRIBE_EMPTY, BIT(SUBSCRIBE), IN_FIELDS, no_elements},
    {MQW_RULE_SUBSCRIPTION_QOS_3, BIT(SUBSCRIBE), IN_BYTES, qos_3},
    {MQW_RULE_SUBSCRIPTION_RESERVED, BIT(SUBSCRIBE), IN_BYTES, subscription_options},
    {MQW_RULE_RETAIN_HANDLING_3, BIT(SUBSCRIBE), IN_BYTES, retain_handling_3},
    {MQW_RULE_SHARED_NO_LOCAL, BIT(SUBSCRIBE), IN_FIELDS, shared_no_local},
    {MQW_RULE_SUBACK_REASON, BIT(SUBACK), IN_FIELDS, other_reason},
    {MQW_RULE_SUBACK_EMPTY, BIT(SUBACK), IN_FIELDS, no_elements},
    {MQW_RULE_UNSUBSCRIBE_EMPTY, BIT(UNSUBSCRIBE), IN_FIELDS, no_elements},
    {MQW_RULE_UNSUBACK_REASON, BIT(UNSUBACK), IN_FIELDS, other_reason},
    {MQW_RULE_UNSUBACK_EMPTY, BIT(UNSUBACK), IN_FIELDS, no_elements},
    {MQW_RULE_DISCONNECT_REASON, BIT(DISCONNECT), IN_FIELDS, other_reason},
    {MQW_RULE_DISCONNECT_SESSION_EXPIRY, BIT(DISCONNECT), IN_FIELDS, server_gives_expiry},
    {MQW_RULE_DISCONNECT_SERVER_REFERENCE, BIT(DISCONNECT), IN_FIELDS, client_gives_reference},
    {MQW_RULE_AUTH_REASON, BIT(AUTH), IN_FIELDS, other_reason},
    {MQW_RULE_AUTH_METHOD_MISSING, BIT(AUTH), IN_FIELDS, no_method},
    {MQW_RULE_AUTH_SHORT, BIT(AUTH), IN_BYTES, short_auth},
    {MQW_RULE_PROPERTY_LENGTH_MISSING, ALL_TYPES, IN_BYTES, no_property_length},
    {MQW_RULE_PROPERTY_OVERRUN, ALL_TYPES, IN_BYTES, overrun},
    {MQW_RULE_PROPERTY_UNKNOWN, ALL_TYPES, IN_BYTES, unknown_property},
    {MQW_RULE_PROPERTY_MISPLACED, ALL_TYPES, IN_FIELDS, misplaced},
    {MQW_RULE_PROPERTY_REPEATED, ALL_TYPES, IN_BYTES, repeated_property},
    {MQW_RULE_RECEIVE_MAXIMUM_ZERO, BIT(CONNECT) | BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_MAXIMUM_PACKET_SIZE_ZERO, BIT(CONNECT) | BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_REQUEST_PROBLEM_INFORMATION_VALUE, BIT(CONNECT), IN_FIELDS, out_of_range},
    {MQW_RULE_REQUEST_RESPONSE_INFORMATION_VALUE, BIT(CONNECT), IN_FIELDS, out_of_range},
    {MQW_RULE_MAXIMUM_QOS_VALUE, BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_RETAIN_AVAILABLE_VALUE, BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE, BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE, BIT(CONNACK), IN_FIELDS, out_of_range},
    {MQW_RULE_SHARED_SUBSCRIPTION_AVAILABLE_VALUE, BIT(CONNACK), IN_FIELDS, out_of_range},
};

static const struct recipe *recipe_of(enum mqw_code rule)
{
    for (size_t i = 0; i < COUNT(recipes); i++)
        if (recipes[i].rule == rule)
            return &recipes[i];
    return NULL;
}

bool mqw_breakable(enum mqw_code rule)
{
    return recipe_of(rule);
}

/* ---- Making and judging -------------------------------------------------------------------- */

/* Is it refused by this rule, and is that all that is wrong with it? */
static bool breaks(const struct job *j)
{
    struct mqw_options told = mqw_broken_options(j->version, j->sender, j->rule);
    struct mqw_options o = without(j->rule);
    struct mqw_packet packet;
    struct mqw_result r = mqw_decode(j->m.data, j->m.size, &told, &packet);
    if (j->rule == MQW_RULE_TRAILING_BYTES)
        return r.code == MQW_OK && r.size < j->m.size;
    if (r.code != j->rule)
        return false;
    if (j->rule == MQW_RULE_AUTH_SHORT)
        o.allow = MQW_ALLOW_MISSING_METHOD; /* which has no room in it */
    if (!o.allow && !told.refuse)
        return true; /* nothing lets it through */
    o.version = j->version;
    o.sender = j->sender;
    if (j->rule == MQW_RULE_MQTT_3_1)
        o.version = 0;
    r = mqw_decode(j->m.data, j->m.size, &o, &packet);
    return r.code == MQW_OK;
}

/* Who draws the packet: for the rule on directions, the other side. */
static uint32_t types_for(struct job *j, const struct recipe *recipe)
{
    uint32_t types = recipe->types ? recipe->types : types_with_flags(recipe->rule);
    if (recipe->rule == MQW_RULE_DIRECTION) {
        j->d.sender = j->sender ^ (uint8_t)MQW_EITHER;
        types = ~mqw__types_of(j->d.version, j->sender);
    }
    return types;
}

static bool make(struct job *j, const struct recipe *recipe)
{
    struct mqw_options o = {0, 0, false, 0, MQW_ALLOW_ALL, 0};
    struct mqw_result r;
    if (!mqw__draw_packet(&j->d, types_for(j, recipe)))
        return false;
    if (recipe->where == IN_FIELDS && !recipe->spoil(j))
        return false;
    o.version = j->d.version;
    r = mqw_encode(&j->d.packet, &o, j->m.data, j->m.max);
    j->m.size = r.size;
    return r.code == MQW_OK && (recipe->where == IN_FIELDS || recipe->spoil(j)) && breaks(j);
}

/* Does a version have this rule? */
static bool in_version(enum mqw_code rule, uint8_t version)
{
    const struct mqw_rule *row = mqw_rule_of(rule);
    return version == MQW_VERSION_5 ? *row->ids_5 : *row->ids_3_1_1;
}

static size_t generate(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                       const struct recipe *recipe, uint32_t seed)
{
    enum { TRIES = 400 };
    for (uint32_t i = 0; i < TRIES && in_version(recipe->rule, version); i++) {
        struct draw draw = {seed + ((uint64_t)i << 32)};
        struct job j;
        j.d.draw = &draw;
        j.d.version = version;
        j.d.sender = sender;
        j.d.modest = true;
        j.m.data = out;
        j.m.size = 0;
        j.m.max = max;
        j.m.version = version;
        j.m.sender = 0;
        j.m.repair = true;
        j.m.draw.state = draw_any(&draw);
        j.rule = recipe->rule;
        j.version = version;
        j.sender = sender;
        if (j.rule == MQW_RULE_MQTT_3_1) /* it is laid out as 3.1.1 */
            j.d.version = MQW_VERSION_3_1_1;
        if (make(&j, recipe))
            return j.m.size;
    }
    return 0;
}

size_t mqw_generate_broken(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                           enum mqw_code rule, uint32_t seed)
{
    const struct recipe *recipe = recipe_of(rule);
    struct draw draw = {seed};
    if (!recipe || !max)
        return 0;
    if (!version)
        version = draw_chance(&draw, 50) ? (uint8_t)MQW_VERSION_5 : (uint8_t)MQW_VERSION_3_1_1;
    else if (version != MQW_VERSION_5)
        version = MQW_VERSION_3_1_1;
    if (sender != MQW_CLIENT && sender != MQW_SERVER)
        sender = draw_chance(&draw, 50) ? (uint8_t)MQW_CLIENT : (uint8_t)MQW_SERVER;
    return generate(out, max, version, sender, recipe, seed);
}
