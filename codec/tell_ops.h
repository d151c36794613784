/* SPDX-License-Identifier: MIT */
/* The operations of the telling cursor (tell.h), described in walks.h: rules, numbers, text. */
#ifndef MQW_TELL_OPS_H
#define MQW_TELL_OPS_H

#include "tell.h"

/* ---- Faults, and what is left -------------------------------------------------------------- */

static void tell_stop(struct teller *c, enum mqw_code code, uint32_t offset)
{
    c->stopped = true;
    c->result.code = code;
    c->result.offset = offset;
    c->result.item = c->item;
}

/* Breaks a rule at an offset, unless an option says that it does not matter. */
static bool tell_fail(struct teller *c, enum mqw_code rule, uint32_t offset)
{
    if (c->stopped || mqw__let_through(rule, c->allow, c->refuse))
        return false;
    tell_stop(c, rule, offset);
    return true;
}

/* The path stays where the fault is. */
static void enter_part(struct teller *c, const char *name, uint8_t property, uint32_t index)
{
    struct path_part *part;
    if (c->quiet || c->stopped)
        return;
    part = &c->path[c->depth++];
    part->name = name;
    part->property = property;
    part->index = index;
}

static void tell_enter(struct teller *c, const char *name)
{
    enter_part(c, name, 0, (uint32_t)NO_INDEX);
}

static void tell_leave(struct teller *c)
{
    if (!c->quiet && !c->stopped)
        c->depth--;
}

/* An element of a list. */
static void enter_item(struct teller *c, const char *name, uint8_t property, uint32_t index)
{
    c->item = index;
    enter_part(c, name, property, index);
}

static void leave_item(struct teller *c)
{
    c->item = 0;
    tell_leave(c);
}

/* Are n more bytes there? */
static bool tell_need(struct teller *c, uint32_t n)
{
    if (c->stopped)
        return false;
    if (c->limit - c->at < n) {
        tell_fail(c, (enum mqw_code)c->short_rule, c->at);
        return false;
    }
    if (c->end - c->at < n) {
        tell_stop(c, MQW_MORE, c->at);
        c->result.size = c->at + n > c->wanted ? c->at + n : c->wanted;
        return false;
    }
    return true;
}

/* The listener has heard enough. */
static void tell_enough(struct teller *c)
{
    c->listener = NULL;
    tell_stop(c, MQW_OK, 0);
}

static void tell_field(struct teller *c, enum mqw_kind kind, const char *suffix, uint32_t start,
                       uint32_t number)
{
    if (c->listener && !c->stopped) {
        struct told told = {kind, suffix, 0, 0, start, c->at, number};
        c->told = c->at;
        if (!c->listener(c->arg, c, &told))
            tell_enough(c);
    }
}

/* ---- Rules --------------------------------------------------------------------------------- */

static bool tell_v5(const struct teller *c)
{
    return c->version == MQW_VERSION_5;
}

static bool tell_wishes(const struct teller *c)
{
    return c->refuse && !c->stopped && c->end == c->limit; /* of a part there is nothing to wish */
}

/* A fault of the field just walked: its part of the path is still there, and is entered again. */
static void tell_check(struct teller *c, bool good, enum mqw_code rule)
{
    if (!good && tell_fail(c, rule, c->field_at) && !c->quiet)
        c->depth++;
}

static void fail_named(struct teller *c, const char *name, enum mqw_code rule, uint32_t offset)
{
    tell_enter(c, name);
    tell_fail(c, rule, offset);
    tell_leave(c);
}

static void tell_check_view(struct teller *c, bool good, const char *name,
                            const struct mqw_bytes *view, enum mqw_code rule)
{
    if (!good && !c->stopped)
        fail_named(c, name, rule, view ? (uint32_t)(view->ptr - c->base) : c->at);
}

static void tell_check_octet(struct teller *c, bool good, const char *name, enum mqw_code rule)
{
    if (!good && !c->stopped)
        fail_named(c, name, rule, c->octet_at);
}

static void tell_check_lack(struct teller *c, bool good, const char *name, enum mqw_code rule)
{
    if (!good && !c->stopped)
        fail_named(c, name, rule, c->at);
}

static void tell_demand(struct teller *c, const char *name, enum mqw_code rule)
{
    if (c->at == c->limit && !c->stopped)
        fail_named(c, name, rule, c->at);
}

static void tell_only_v5(struct teller *c, const char *name, bool used)
{
    (void)c, (void)name, (void)used;
}

static void tell_defaults(struct teller *c, uint8_t *code, struct mqw_properties *properties)
{
    (void)c;
    *code = 0;
    properties->present = 0;
}

static bool tell_tail(const struct teller *c, bool wanted)
{
    (void)wanted;
    return !c->stopped && c->at < c->limit;
}

/* ---- Numbers ------------------------------------------------------------------------------- */

/* Reads n bytes as a number of the field `name`, or answers 0. */
static uint32_t tell_number(struct teller *c, const char *name, enum mqw_kind kind, uint32_t n)
{
    uint32_t start = c->at;
    uint32_t value = 0;
    tell_enter(c, name);
    if (tell_need(c, n)) {
        while (n--)
            value = value << 8 | c->base[c->at++];
        c->field_at = start;
        tell_field(c, kind, "", start, value);
    }
    tell_leave(c);
    return value;
}

static void tell_octet(struct teller *c, const char *name)
{
    c->octet_at = c->at;
    c->octet = (uint8_t)tell_number(c, name, MQW_KIND_OCTET, 1);
}

static void tell_octet_end(struct teller *c)
{
    (void)c;
}

static void tell_some_bits(struct teller *c, const char *name, const char *suffix, unsigned low,
                           unsigned width)
{
    c->field_at = c->octet_at;
    if (c->quiet)
        return;
    tell_enter(c, name);
    if (c->listener && !c->stopped) {
        struct told told = {MQW_KIND_BITS,
                            suffix,
                            (uint8_t)low,
                            (uint8_t)width,
                            c->octet_at,
                            c->octet_at + 1,
                            (unsigned)c->octet >> low & ((1u << width) - 1)};
        if (!c->listener(c->arg, c, &told))
            tell_enough(c);
    }
    tell_leave(c);
}

static void tell_bit(struct teller *c, const char *name, unsigned low, bool *value)
{
    *value = (unsigned)c->octet >> low & 1;
    tell_some_bits(c, name, "", low, 1);
}

static void tell_flag(struct teller *c, const char *name, unsigned low, bool *value)
{
    *value = (unsigned)c->octet >> low & 1;
    tell_some_bits(c, name, "_flag", low, 1);
}

static void tell_bits(struct teller *c, const char *name, unsigned low, unsigned width,
                      uint8_t *value)
{
    *value = (uint8_t)((unsigned)c->octet >> low & ((1u << width) - 1));
    tell_some_bits(c, name, "", low, width);
}

static void tell_no_bit(struct teller *c, const char *name, bool *value)
{
    (void)c, (void)name;
    *value = false;
}

static void tell_no_bits(struct teller *c, const char *name, uint8_t *value)
{
    (void)c, (void)name;
    *value = 0;
}

static void tell_reserved(struct teller *c, const char *name, unsigned mask, enum mqw_code rule)
{
    tell_check_octet(c, !(c->octet & mask), name, rule);
}

/* The Remaining Length, which is told once the bits of byte 1 are. */
static void tell_flags_end(struct teller *c)
{
    if (c->stopped)
        return;
    c->at = c->header.length;
    tell_enter(c, "remaining_length");
    tell_field(c, MQW_KIND_LENGTH, "", 1, c->header.size - c->header.length);
    tell_leave(c);
}

static void tell_u16(struct teller *c, const char *name, uint16_t *value)
{
    *value = (uint16_t)tell_number(c, name, MQW_KIND_INTEGER, 2);
}

static void tell_packet_id(struct teller *c, uint16_t *id, enum mqw_code rule)
{
    tell_u16(c, "packet_id", id);
    tell_check(c, *id, rule);
}

static void tell_no_packet_id(struct teller *c, uint16_t *id)
{
    (void)c;
    *id = 0;
}

static void tell_reason(struct teller *c, uint8_t *code, unsigned place, enum mqw_code rule)
{
    *code = (uint8_t)tell_number(c, "reason_code", MQW_KIND_REASON, 1);
    tell_check(c, reason_known(c->version, c->sender, place, *code), rule);
}

/* A variable byte integer: section 2.2.3 (3.1.1), 1.5.5 (5.0). */
static uint32_t tell_varint(struct teller *c, enum mqw_kind kind, const char *suffix)
{
    uint32_t start = c->at;
    uint32_t value = 0;
    unsigned shift;
    for (shift = 0; shift < 28 && tell_need(c, 1); shift += 7) {
        uint8_t byte = c->base[c->at++];
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (!byte && shift)
                tell_fail(c, MQW_RULE_INTEGER_PADDED, start);
            c->field_at = start;
            tell_field(c, kind, suffix, start, value);
            return value;
        }
    }
    if (!c->stopped)
        tell_fail(c, MQW_RULE_INTEGER_TOO_LONG, start);
    else if (c->result.code == (enum mqw_code)c->short_rule)
        c->result.offset = start;
    return 0;
}

/* ---- Text and binary data ------------------------------------------------------------------ */

/* A two-byte length and as many bytes, of the field that was entered. */
static bool tell_counted(struct teller *c, enum mqw_kind kind, struct mqw_bytes *value)
{
    uint32_t start = c->at;
    uint32_t len;
    value->ptr = c->base + c->at;
    value->len = 0;
    if (!tell_need(c, 2))
        return false;
    len = (uint32_t)(c->base[c->at] << 8 | c->base[c->at + 1]);
    c->at += 2;
    tell_field(c, MQW_KIND_LENGTH, ".length", start, len);
    if (!tell_need(c, len))
        return false;
    start = c->at;
    value->ptr = c->base + start;
    value->len = len;
    c->at += len;
    c->field_at = start;
    tell_field(c, kind, "", start, 0);
    return !c->stopped;
}

/* The rules of all text; what a topic may not hold besides. */
static void judge_text(struct teller *c, const struct mqw_bytes *value, enum mqw_code utf8_rule,
                       enum mqw_code nul_rule, enum mqw_code wildcard_rule)
{
    unsigned look_for = TEXT_BAD_UTF8 | TEXT_NUL;
    uint32_t where;
    if (wildcard_rule != MQW_OK)
        look_for |= TEXT_WILDCARD;
    if (c->refuse)
        look_for |= TEXT_CONTROL | TEXT_NONCHARACTER;
    while (look_for) { /* one fault after the other, as options may let through some of them */
        enum text_fault fault = mqw__text_scan(value->ptr, value->len, look_for, &where);
        if (fault == TEXT_GOOD)
            return;
        if (tell_fail(c,
                      fault == TEXT_BAD_UTF8   ? utf8_rule
                      : fault == TEXT_NUL      ? nul_rule
                      : fault == TEXT_WILDCARD ? wildcard_rule
                      : fault == TEXT_CONTROL  ? MQW_RULE_TEXT_CONTROL
                                               : MQW_RULE_TEXT_NONCHARACTER,
                      c->field_at))
            return;
        look_for &= ~(unsigned)fault;
    }
}

static void tell_binary(struct teller *c, const char *name, struct mqw_bytes *value)
{
    tell_enter(c, name);
    tell_counted(c, MQW_KIND_BINARY, value);
    tell_leave(c);
}

static void tell_text(struct teller *c, const char *name, struct mqw_bytes *value,
                      enum mqw_code rule)
{
    tell_enter(c, name);
    if (tell_counted(c, MQW_KIND_TEXT, value))
        judge_text(c, value, rule, MQW_RULE_TEXT_NUL, MQW_OK);
    tell_leave(c);
}

static void tell_topic_name(struct teller *c, const char *name, struct mqw_bytes *value,
                            enum mqw_code rule)
{
    tell_enter(c, name);
    if (tell_counted(c, MQW_KIND_TEXT, value))
        judge_text(c, value, rule, MQW_RULE_TOPIC_NUL, MQW_RULE_TOPIC_WILDCARD);
    tell_leave(c);
}

static void tell_topic_filter(struct teller *c, const char *name, struct mqw_bytes *value,
                              enum mqw_code rule)
{
    tell_enter(c, name);
    if (tell_counted(c, MQW_KIND_TEXT, value) &&
        (c->refuse || !mqw__filter_good(value->ptr, value->len, c->base + c->end, c->version))) {
        uint32_t where;
        enum mqw_code broken;
        judge_text(c, value, rule, MQW_RULE_TOPIC_NUL, MQW_OK);
        broken = mqw__filter_scan(value->ptr, value->len, c->version, &where);
        if (broken != MQW_OK)
            tell_fail(c, broken, c->field_at);
    }
    tell_leave(c);
}

/* All that is left; of a payload, what has come. */
static void tell_rest(struct teller *c, const char *name, struct mqw_bytes *value)
{
    uint32_t start = c->at;
    value->ptr = c->base + c->at;
    value->len = c->stopped ? 0 : c->end - c->at;
    if (c->stopped)
        return;
    c->at = c->end;
    tell_enter(c, name);
    if (start < c->at)
        tell_field(c, MQW_KIND_BINARY, "", start, 0);
    tell_leave(c);
}

static void tell_protocol(struct teller *c, struct mqw_packet *packet)
{
    struct mqw_bytes name;
    uint8_t level;
    bool old = false;
    tell_enter(c, "protocol_name");
    if (tell_counted(c, MQW_KIND_TEXT, &name)) {
        old = name.len == 6 && memcmp(name.ptr, "MQIsdp", 6) == 0 &&
              (c->at >= c->end || c->base[c->at] == MQW_VERSION_3_1);
        if (!old && (name.len != 4 || memcmp(name.ptr, "MQTT", 4) != 0))
            tell_fail(c, MQW_RULE_PROTOCOL_NAME, c->field_at);
    }
    tell_leave(c);
    level = (uint8_t)tell_number(c, "protocol_version", MQW_KIND_INTEGER, 1);
    if (old && level == MQW_VERSION_3_1)
        tell_check(c, false, MQW_RULE_MQTT_3_1);
    else
        tell_check(c, !old && level > MQW_VERSION_3_1 && level <= MQW_VERSION_5,
                   MQW_RULE_PROTOCOL_VERSION);
    tell_check(c,
               !c->version || c->version == level ||
                   (level == MQW_VERSION_3_1 && c->version == MQW_VERSION_3_1_1),
               MQW_RULE_PROTOCOL_VERSION);
    c->version = packet->version = level;
}

#endif
