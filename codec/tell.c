/* SPDX-License-Identifier: MIT */
/* The telling cursor: its operations, and the walk around a packet.  They are described in walks.h. */
#define MQW_COMPACT
#include "tell.h"

/* ---- Faults, and what is left ----------------------------------------------------------------- */

static void tell_stop(struct teller *c, enum mqw_code code, uint32_t offset)
{
    const struct path_part *part = c->path + c->depth;
    c->stopped = true;
    c->result.code = code;
    c->result.offset = offset;
    while (part-- > c->path) {
        if (part->indexed) {
            c->result.item = part->index;
            break;
        }
    }
}

/* Breaks a rule at an offset, unless an option says that it does not matter. */
static bool tell_fail(struct teller *c, enum mqw_code rule, uint32_t offset)
{
    if (c->stopped || mqw__let_through(rule, c->allow, c->refuse))
        return false;
    tell_stop(c, rule, offset);
    return true;
}

static void enter_part(struct teller *c, const char *name, uint8_t property)
{
    struct path_part *part = &c->path[c->depth];
    if (c->stopped)
        return; /* the path stays where the fault is */
    part->name = name;
    part->property = property;
    part->indexed = false;
    c->depth++;
}

static void tell_enter(struct teller *c, const char *name)
{
    enter_part(c, name, 0);
}

static void tell_leave(struct teller *c)
{
    if (!c->stopped)
        c->depth--;
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
        c->result.size = c->at + n;
        return false;
    }
    return true;
}

static void tell_field(struct teller *c, enum mqw_kind kind, const char *suffix, uint32_t start,
                       uint32_t number)
{
    struct told told = {kind, suffix, 0, 0, start, c->at, number};
    c->told = c->at;
    if (c->listener && !c->stopped && !c->listener(c->arg, c, &told))
        tell_stop(c, MQW_OK, 0);
}

/* ---- Rules ------------------------------------------------------------------------------------ */

static bool tell_v5(const struct teller *c)
{
    return c->version == MQW_VERSION_5;
}

static uint8_t tell_sender(const struct teller *c)
{
    return c->sender;
}

static bool tell_wishes(const struct teller *c)
{
    return c->refuse && c->end == c->limit; /* of a part there is nothing to wish */
}

/* A fault of the field just walked: its part of the path is still there, and is entered again. */
static void tell_check(struct teller *c, bool good, enum mqw_code rule)
{
    if (!good && !c->stopped) {
        c->depth++;
        if (!tell_fail(c, rule, c->field_at))
            c->depth--;
    }
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

/* ---- Numbers ---------------------------------------------------------------------------------- */

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
    struct told told = {MQW_KIND_BITS, suffix, (uint8_t)low, (uint8_t)width, c->octet_at,
                        c->octet_at + 1, c->octet >> low & ((1u << width) - 1)};
    c->field_at = c->octet_at;
    tell_enter(c, name);
    if (c->listener && !c->stopped && !c->listener(c->arg, c, &told))
        tell_stop(c, MQW_OK, 0);
    tell_leave(c);
}

static void tell_bit(struct teller *c, const char *name, unsigned low, bool *value)
{
    *value = c->octet >> low & 1;
    tell_some_bits(c, name, "", low, 1);
}

static void tell_flag(struct teller *c, const char *name, unsigned low, bool *value)
{
    *value = c->octet >> low & 1;
    tell_some_bits(c, name, "_flag", low, 1);
}

static void tell_bits(struct teller *c, const char *name, unsigned low, unsigned width,
                      uint8_t *value)
{
    *value = (uint8_t)(c->octet >> low & ((1u << width) - 1));
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

/* ---- Text and binary data --------------------------------------------------------------------- */

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
    bool topic = wildcard_rule != MQW_OK;
    uint32_t where;
    if (!c->refuse && text_good(value->ptr, value->len, c->base + c->end, topic))
        return;
    if (mqw__text_scan(value->ptr, value->len, TEXT_BAD_UTF8, &where))
        tell_fail(c, utf8_rule, c->field_at);
    if (mqw__text_scan(value->ptr, value->len, TEXT_NUL, &where))
        tell_fail(c, nul_rule, c->field_at);
    if (topic && mqw__text_scan(value->ptr, value->len, TEXT_WILDCARD, &where))
        tell_fail(c, wildcard_rule, c->field_at);
    if (mqw__text_scan(value->ptr, value->len, TEXT_CONTROL, &where))
        tell_fail(c, MQW_RULE_TEXT_CONTROL, c->field_at);
    if (mqw__text_scan(value->ptr, value->len, TEXT_NONCHARACTER, &where))
        tell_fail(c, MQW_RULE_TEXT_NONCHARACTER, c->field_at);
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
    if (tell_counted(c, MQW_KIND_TEXT, value)) {
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
        old = name.len == 6 && memcmp(name.ptr, "MQIsdp", 6) == 0;
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

/* ---- Elements --------------------------------------------------------------------------------- */

/* Enters an element of the list `name`; the list is entered by the first one. */
static void enter_item(struct teller *c, const char *name, uint8_t property, uint32_t index)
{
    enter_part(c, name, property);
    if (!c->stopped) {
        c->path[c->depth - 1].indexed = true;
        c->path[c->depth - 1].index = index;
    }
}

static void tell_codes(struct teller *c, struct mqw_code_list *list, unsigned place,
                       enum mqw_code rule)
{
    list->wire = NULL;
    list->items = c->base + c->at;
    list->size = list->count = 0;
    for (; !c->stopped && c->at < c->limit; list->count++) {
        enter_item(c, "reason_codes", 0, list->count);
        if (tell_need(c, 1)) {
            uint32_t start = c->at;
            uint8_t code = c->base[c->at++];
            tell_field(c, MQW_KIND_REASON, "", start, code);
            if (!reason_known(c->version, c->sender, place, code))
                tell_fail(c, rule, start);
        }
        tell_leave(c);
    }
}

static void tell_no_codes(struct teller *c, struct mqw_code_list *list)
{
    (void)c;
    list->wire = NULL;
    list->items = NULL;
    list->size = list->count = 0;
}

FAST void tell_subscription(struct teller *c, struct mqw_subscription *s);

static void tell_subscriptions(struct teller *c, struct mqw_subscription_list *list)
{
    uint32_t start = c->at;
    list->wire = c->base + start;
    list->items = NULL;
    list->count = 0;
    for (; !c->stopped && c->at < c->limit; list->count++) {
        struct mqw_subscription s;
        enter_item(c, "subscriptions", 0, list->count);
        tell_subscription(c, &s);
        tell_leave(c);
    }
    list->size = c->at - start;
}

static void tell_topic_filters(struct teller *c, struct mqw_filter_list *list)
{
    uint32_t start = c->at;
    list->wire = c->base + start;
    list->items = NULL;
    list->count = 0;
    for (; !c->stopped && c->at < c->limit; list->count++) {
        struct mqw_bytes filter;
        enter_item(c, "topic_filters", 0, list->count);
        tell_topic_filter(c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
        tell_leave(c);
    }
    list->size = c->at - start;
}

/* ---- Properties ------------------------------------------------------------------------------- */

/* The rule that a known property breaks by being here at all, or MQW_OK. */
static enum mqw_code misplaced(const struct teller *c, uint8_t id, unsigned place)
{
    uint64_t bit = (uint64_t)1 << id;
    if (!(mqw__properties[id].places & place))
        return MQW_RULE_PROPERTY_MISPLACED;
    if (withheld_properties(place, c->sender) & bit)
        return place == MQW_IN_PUBLISH ? MQW_RULE_SUBSCRIPTION_IDENTIFIER_FROM_CLIENT
                                       : MQW_RULE_DISCONNECT_SESSION_EXPIRY;
    return MQW_OK;
}

/* The list grows by an item that began at `start`; its first one starts it. */
#define GROW(list, start)                                                                          \
    do {                                                                                           \
        if (!(list)->count) {                                                                      \
            (list)->wire = c->base + (start);                                                      \
            (list)->items = NULL;                                                                  \
        }                                                                                          \
        (list)->count++;                                                                           \
        (list)->size = c->at - (uint32_t)((list)->wire - c->base);                                 \
    } while (0)

/* The value of a property, whose identifier stood at `start`. */
static void tell_value(struct teller *c, struct mqw_properties *p, const struct property_row *row,
                       uint32_t start)
{
    void *member = (uint8_t *)p + row->member;
    struct mqw_bytes view;
    uint32_t number = 0;
    uint32_t at = c->at;
    switch (row->type) {
    case TYPE_BYTE:
    case TYPE_TWO:
    case TYPE_FOUR:
        if (!tell_need(c, row->type == TYPE_FOUR ? 4 : row->type))
            return;
        for (number = 0; c->at < at + (row->type == TYPE_FOUR ? 4 : row->type); c->at++)
            number = number << 8 | c->base[c->at];
        if (row->type == TYPE_BYTE)
            *(uint8_t *)member = (uint8_t)number;
        else if (row->type == TYPE_TWO)
            *(uint16_t *)member = (uint16_t)number;
        else
            *(uint32_t *)member = number;
        c->field_at = at;
        tell_field(c, MQW_KIND_INTEGER, "", at, number);
        break;
    case TYPE_VARINTS:
        number = tell_varint(c, MQW_KIND_INTEGER, "");
        if (!c->stopped)
            GROW(&p->subscription_identifiers, start);
        break;
    case TYPE_TEXT:
    case TYPE_TOPIC:
        if (!tell_counted(c, MQW_KIND_TEXT, &view))
            return;
        memcpy(member, &view, sizeof view);
        judge_text(c, &view, (enum mqw_code)row->rule,
                   row->type == TYPE_TOPIC ? MQW_RULE_TOPIC_NUL : MQW_RULE_TEXT_NUL,
                   row->type == TYPE_TOPIC ? MQW_RULE_RESPONSE_TOPIC_WILDCARD : MQW_OK);
        if (row->type == TYPE_TOPIC && !view.len)
            tell_fail(c, MQW_RULE_RESPONSE_TOPIC_EMPTY, c->field_at);
        return;
    case TYPE_BINARY:
        if (tell_counted(c, MQW_KIND_BINARY, &view))
            memcpy(member, &view, sizeof view);
        return;
    default: /* TYPE_PAIRS */
        tell_enter(c, "name");
        if (tell_counted(c, MQW_KIND_TEXT, &view))
            judge_text(c, &view, MQW_RULE_USER_PROPERTY_UTF8, MQW_RULE_USER_PROPERTY_NUL, MQW_OK);
        tell_leave(c);
        tell_enter(c, "value");
        if (tell_counted(c, MQW_KIND_TEXT, &view))
            judge_text(c, &view, MQW_RULE_USER_PROPERTY_UTF8, MQW_RULE_USER_PROPERTY_NUL, MQW_OK);
        tell_leave(c);
        if (!c->stopped)
            GROW(&p->user_properties, start);
        return;
    }
    if (!c->stopped && !within(number, row->low, row->high))
        tell_fail(c, (enum mqw_code)row->rule, c->field_at);
}

static void tell_property(struct teller *c, struct mqw_properties *p, unsigned place)
{
    uint32_t start = c->at;
    uint8_t id = c->base[c->at++];
    uint64_t bit = (uint64_t)1 << (id & 63);
    const struct property_row *row = &mqw__properties[id < MQW_PROPERTY_END ? id : 0];
    enum mqw_code rule;
    if (row->type == TYPE_NONE) {
        c->at = start;
        if (tell_fail(c, MQW_RULE_PROPERTY_UNKNOWN, start))
            return;
        c->at = c->limit < c->end ? c->limit : c->end; /* where it ends nobody can tell */
        tell_field(c, MQW_KIND_UNREAD, "", start, 0);
        return;
    }
    if (row->type == TYPE_PAIRS)
        enter_item(c, NULL, id, p->present & bit ? p->user_properties.count : 0);
    else if (row->type == TYPE_VARINTS)
        enter_item(c, NULL, id, p->present & bit ? p->subscription_identifiers.count : 0);
    else
        enter_part(c, NULL, id);
    rule = misplaced(c, id, place);
    if (rule != MQW_OK)
        tell_fail(c, rule, start);
    if ((p->present & bit) && !(repeatable_properties(place) & bit))
        tell_fail(c, MQW_RULE_PROPERTY_REPEATED, start);
    if (c->stopped) {
        c->at = start;
        return;
    }
    tell_field(c, MQW_KIND_IDENTIFIER, ".identifier", start, id);
    if (!(p->present & bit) && row->type == TYPE_PAIRS)
        p->user_properties.count = 0;
    if (!(p->present & bit) && row->type == TYPE_VARINTS)
        p->subscription_identifiers.count = 0;
    p->present |= bit;
    tell_value(c, p, row, start);
    tell_leave(c);
}

static void tell_properties(struct teller *c, struct mqw_properties *p, unsigned place)
{
    uint32_t size, limit;
    uint8_t rule = c->short_rule;
    p->present = 0;
    if (!tell_v5(c) || c->stopped)
        return;
    tell_demand(c, "properties", MQW_RULE_PROPERTY_LENGTH_MISSING);
    tell_enter(c, "properties");
    size = tell_varint(c, MQW_KIND_LENGTH, ".length");
    if (!c->stopped && c->limit - c->at < size)
        tell_fail(c, (enum mqw_code)c->short_rule, c->at);
    limit = c->limit;
    if (!c->stopped) {
        c->limit = c->at + size;
        c->short_rule = MQW_RULE_PROPERTY_OVERRUN;
        if (!c->listener && c->end < c->limit)
            tell_need(c, size); /* no need to look before all of the block has come */
    }
    while (!c->stopped && c->at < c->limit && tell_need(c, 1))
        tell_property(c, p, place);
    tell_leave(c);
    c->limit = limit;
    c->short_rule = rule;
}

/* ---- The packet ------------------------------------------------------------------------------- */

#define WALK FAST
#define CURSOR struct teller
#define SIDE
#define DO(name) tell_##name
#include "walks.h"

/* Byte 1: type, direction, flags. */
static void tell_first_byte(struct teller *c)
{
    uint8_t first = c->base[0];
    const struct type_row *row = &mqw__types[first >> 4];
    uint8_t senders = row->senders[c->version == MQW_VERSION_5 || !c->version];
    c->type = first >> 4;
    c->octet = first;
    c->octet_at = 0;
    c->at = 1;
    tell_enter(c, "fixed_header");
    tell_field(c, MQW_KIND_OCTET, "", 0, first);
    tell_leave(c);
    tell_some_bits(c, "type", "", 4, 4);
    if (!senders) {
        fail_named(c, "type", MQW_RULE_TYPE_RESERVED, 0);
        return;
    }
    if (c->sender && !(senders & c->sender))
        fail_named(c, "type", MQW_RULE_DIRECTION, 0);
    if (c->type == MQW_PUBLISH)
        return; /* whose flags are fields */
    tell_some_bits(c, "flags", "", 0, 4);
    if ((first & 15) != row->flags && !c->stopped)
        fail_named(c, "flags", (enum mqw_code)row->flags_rule, 0);
}

/* Padding of the Remaining Length, where only the CONNECT behind it has told the version. */
static void judge_padding(struct teller *c)
{
    if (c->header.padded && !c->stopped)
        fail_named(c, "remaining_length",
                   tell_v5(c) ? MQW_RULE_INTEGER_PADDED : MQW_RULE_LENGTH_PADDED, 1);
}

static void tell_whole(struct teller *c, struct mqw_packet *packet)
{
    if (c->type != MQW_PUBLISH)
        tell_flags_end(c);
    packet->type = c->type;
    packet->version = c->version;
    if (!c->stopped)
        tell_packet(c, packet);
    judge_padding(c);
    if (c->at < c->limit && c->type != MQW_PUBLISH && !c->stopped)
        tell_fail(c, c->type == MQW_CONNECT ? MQW_RULE_CONNECT_SURPLUS : MQW_RULE_SURPLUS_BYTES,
                  c->at);
}

/* What no field was made of, up to the end of the packet or of what came of it. */
static void tell_unread(struct teller *c)
{
    struct told told = {MQW_KIND_UNREAD, "", 0, 0, c->told, c->end, 0};
    if (c->listener && c->told < c->end) {
        c->depth = 0;
        c->listener(c->arg, c, &told);
    }
}

struct mqw_result mqw__tell(struct teller *c, const uint8_t *buf, size_t len,
                            const struct mqw_options *options, struct mqw_packet *packet,
                            tell_listener *listener, void *arg)
{
    enum mqw_code code;
    bool connect = len && buf[0] >> 4 == MQW_CONNECT;
    bool partial = options->partial && len && buf[0] >> 4 == MQW_PUBLISH;
    if (!options_good(options) || (len && !options->version && !connect && buf[0] >> 4 != 0))
        return result_of(MQW_MISUSE, 0);
    memset(c, 0, sizeof *c);
    code = mqw__header(buf, len, options, &c->header);
    if (code == MQW_MORE && !listener && !(partial && c->header.length))
        return result_of(MQW_MORE, c->header.size);
    c->base = buf;
    c->limit = c->header.length ? c->header.size : 5;
    c->end = c->header.length && c->header.size < len ? c->header.size : (uint32_t)len;
    c->allow = options->allow;
    c->refuse = options->refuse;
    c->version = options->version == MQW_VERSION_3_1 ? MQW_VERSION_3_1_1 : options->version;
    c->sender = options->sender;
    c->short_rule = MQW_RULE_TRUNCATED;
    c->listener = listener;
    c->arg = arg;
    c->result.size = c->header.size;
    if (len)
        tell_first_byte(c);
    if (code >= MQW_RULE_FIRST && !c->stopped)
        fail_named(c, "remaining_length", code, 1);
    if (c->header.length && !c->stopped)
        tell_whole(c, packet);
    if (c->result.code < MQW_RULE_FIRST)
        c->result.offset = c->result.item = 0;
    if (code == MQW_MORE && c->result.code <= MQW_MORE && (listener || !c->header.length)) {
        c->result.code = partial && !c->stopped && c->header.length ? MQW_OK : MQW_MORE;
        c->result.size = c->header.size;
    }
    tell_unread(c);
    return c->result;
}
