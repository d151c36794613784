/* SPDX-License-Identifier: MIT */
/* Recipes that spoil the bytes of a packet: numbers, bits, properties, and where it ends. */
#include "broken.h"

static const char *const letters = "abcdefghijklmnopqrstuvwxyz";

static bool none(struct job *j)
{
    (void)j;
    return true;
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
    if (j->rule == MQW_RULE_WILL_QOS_WITHOUT_WILL) {
        if (!find(j, are_bits, "will.retain", &will))
            return false;
        flags &= (uint8_t) ~(1u << will.field.bit);
    }
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

static const struct recipe recipes[] = {
    {MQW_RULE_TYPE_RESERVED, ALL_TYPES, reserve_type},
    {MQW_RULE_DIRECTION, ALL_TYPES, none},
    {MQW_RULE_FIXED_HEADER_FLAGS, 0, other_flags}, /* types: those of the rows */
    {MQW_RULE_PUBREL_FLAGS, 0, other_flags},
    {MQW_RULE_SUBSCRIBE_FLAGS, 0, other_flags},
    {MQW_RULE_UNSUBSCRIBE_FLAGS, 0, other_flags},
    {MQW_RULE_DISCONNECT_FLAGS, 0, other_flags},
    {MQW_RULE_AUTH_FLAGS, 0, other_flags},
    {MQW_RULE_INTEGER_TOO_LONG, ALL_TYPES, too_long},
    {MQW_RULE_INTEGER_PADDED, ALL_TYPES, padded},
    {MQW_RULE_LENGTH_PADDED, ALL_TYPES, padded_length},
    {MQW_RULE_TRUNCATED, ALL_TYPES, cut_anywhere},
    {MQW_RULE_SURPLUS_BYTES, ALL_TYPES, surplus},
    {MQW_RULE_TRAILING_BYTES, ALL_TYPES, trailing},
    {MQW_RULE_PROTOCOL_VERSION, BIT(CONNECT), protocol_version},
    {MQW_RULE_MQTT_3_1, BIT(CONNECT), mqtt_3_1},
    {MQW_RULE_CONNECT_FLAGS_RESERVED, BIT(CONNECT), connect_flags},
    {MQW_RULE_WILL_QOS_3, BIT(CONNECT), qos_3},
    {MQW_RULE_WILL_QOS_WITHOUT_WILL, BIT(CONNECT), will_bits},
    {MQW_RULE_WILL_RETAIN_WITHOUT_WILL, BIT(CONNECT), will_bits},
    {MQW_RULE_CLIENT_ID_MISSING, BIT(CONNECT), no_client_id},
    {MQW_RULE_WILL_MISSING, BIT(CONNECT), no_will},
    {MQW_RULE_USERNAME_MISSING, BIT(CONNECT), no_username},
    {MQW_RULE_PASSWORD_MISSING, BIT(CONNECT), no_password},
    {MQW_RULE_CONNECT_SURPLUS, BIT(CONNECT), surplus},
    {MQW_RULE_CONNACK_FLAGS, BIT(CONNACK), acknowledge_flags},
    {MQW_RULE_QOS_3, BIT(PUBLISH), qos_3},
    {MQW_RULE_SUBSCRIPTION_QOS_3, BIT(SUBSCRIBE), qos_3},
    {MQW_RULE_SUBSCRIPTION_RESERVED, BIT(SUBSCRIBE), subscription_options},
    {MQW_RULE_RETAIN_HANDLING_3, BIT(SUBSCRIBE), retain_handling_3},
    {MQW_RULE_AUTH_SHORT, BIT(AUTH), short_auth},
    {MQW_RULE_PROPERTY_LENGTH_MISSING, ALL_TYPES, no_property_length},
    {MQW_RULE_PROPERTY_OVERRUN, ALL_TYPES, overrun},
    {MQW_RULE_PROPERTY_UNKNOWN, ALL_TYPES, unknown_property},
    {MQW_RULE_PROPERTY_REPEATED, ALL_TYPES, repeated_property},
};

const struct recipes mqw__byte_recipes = {recipes, COUNT(recipes)};
