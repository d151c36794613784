/* SPDX-License-Identifier: MIT */
/* The operations of the telling cursor (tell.h), described in walks.h: lists and properties. */
#ifndef MQW_TELL_LISTS_H
#define MQW_TELL_LISTS_H

#include "tell_ops.h"

/* ---- Going ahead ----------------------------------------------------------------------------- */

/*
 * Where nobody listens and no option matters, the plain reader goes over what is good of a list or
 * block that is all there, so that a fault at its end costs no more than a few fields.
 */
#ifdef MQW_SMALL
#define skip_codes(c, list, place)           ((void)0)
#define skip_subscriptions(c, list)          ((void)0)
#define skip_filters(c, list)                ((void)0)
#define skip_properties(c, p, place, length) ((void)(length))
#else
#include "read.h"

static bool may_skip(const struct teller *c)
{
    return c->quiet && !c->stopped && !(c->allow | c->refuse) && c->limit <= c->end;
}

static void skip_codes(struct teller *c, struct mqw_code_list *list, unsigned place)
{
    unsigned mask = reason_mask(c->sender, place);
    uint32_t start = c->at;
    if (may_skip(c) && tell_v5(c))
        while (c->at < c->limit && (reason_places(c->base[c->at]) & mask))
            c->at++;
    list->count = c->at - start;
}

static void skip_subscriptions(struct teller *c, struct mqw_subscription_list *list)
{
    if (may_skip(c)) {
        mqw__read_subscriptions(c->base + c->at, c->base + c->limit, c->version, list);
        c->at += list->size;
    }
}

static void skip_filters(struct teller *c, struct mqw_filter_list *list)
{
    if (may_skip(c)) {
        mqw__read_filters(c->base + c->at, c->base + c->limit, c->version, list);
        c->at += list->size;
    }
}

/* From the block's length, which is good, to the first property that is not. */
static void skip_properties(struct teller *c, struct mqw_properties *p, unsigned place,
                            uint32_t length)
{
    if (may_skip(c) && c->at < c->limit) {
        const uint8_t *at = mqw__read_properties(c->base + length, c->base + c->limit, p,
                                                 mqw__place_properties(place) &
                                                     ~withheld_properties(place, c->sender),
                                                 repeatable_properties(place));
        p->present &= ~(uint64_t)STUCK;
        c->at = (uint32_t)(at - c->base);
    }
}
#endif

/* ---- Elements ------------------------------------------------------------------------------ */

static void tell_codes(struct teller *c, struct mqw_code_list *list, unsigned place,
                       enum mqw_code rule)
{
    list->wire = NULL;
    list->items = c->base + c->at;
    list->size = list->count = 0;
    skip_codes(c, list, place);
    for (; !c->stopped && c->at < c->limit; list->count++) {
        enter_item(c, "reason_codes", 0, list->count);
        if (tell_need(c, 1)) {
            uint32_t start = c->at;
            uint8_t code = c->base[c->at++];
            tell_field(c, MQW_KIND_REASON, "", start, code);
            if (!reason_known(c->version, c->sender, place, code))
                tell_fail(c, rule, start);
        }
        leave_item(c);
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
    skip_subscriptions(c, list);
    for (; !c->stopped && c->at < c->limit; list->count++) {
        struct mqw_subscription s;
        enter_item(c, "subscriptions", 0, list->count);
        tell_subscription(c, &s);
        leave_item(c);
    }
    list->size = c->at - start;
}

static void tell_topic_filters(struct teller *c, struct mqw_filter_list *list)
{
    uint32_t start = c->at;
    list->wire = c->base + start;
    list->items = NULL;
    list->count = 0;
    skip_filters(c, list);
    for (; !c->stopped && c->at < c->limit; list->count++) {
        struct mqw_bytes filter;
        enter_item(c, "topic_filters", 0, list->count);
        tell_topic_filter(c, "", &filter, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8);
        leave_item(c);
    }
    list->size = c->at - start;
}

/* ---- Properties ---------------------------------------------------------------------------- */

/* The rule that a known property breaks by being here at all, or MQW_OK. */
static enum mqw_code misplaced(const struct teller *c, uint8_t id, unsigned place)
{
    uint64_t bit = (uint64_t)1 << id;
    if (!(mqw__properties[id].places & place))
        return MQW_RULE_PROPERTY_MISPLACED;
    if (place == MQW_IN_DISCONNECT && c->sender == MQW_CLIENT &&
        id == MQW_PROPERTY_SERVER_REFERENCE)
        return MQW_RULE_DISCONNECT_SERVER_REFERENCE;
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
    if (!c->stopped && !in_range(number, row))
        tell_fail(c, (enum mqw_code)row->rule, c->field_at);
}

/* An identifier is a variable byte integer, although none that there is takes two bytes: 2.2.2.2 */
static void judge_identifier(struct teller *c)
{
    tell_listener *listener = c->listener;
    c->listener = NULL;
    tell_varint(c, MQW_KIND_IDENTIFIER, "");
    c->listener = listener;
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
        if (id >= 0x80)
            judge_identifier(c);
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
        enter_part(c, NULL, id, (uint32_t)NO_INDEX);
    rule = misplaced(c, id, place);
    if (rule != MQW_OK)
        tell_fail(c, rule, start);
    if ((p->present & bit) && !(repeatable_properties(place) & bit))
        tell_fail(c, MQW_RULE_PROPERTY_REPEATED, start);
    if (c->stopped)
        return;
    tell_field(c, MQW_KIND_IDENTIFIER, ".identifier", start, id);
    if (!(p->present & bit) && row->type == TYPE_PAIRS)
        p->user_properties.count = 0;
    if (!(p->present & bit) && row->type == TYPE_VARINTS)
        p->subscription_identifiers.count = 0;
    p->present |= bit;
    tell_value(c, p, row, start);
    leave_item(c);
}

static void tell_properties(struct teller *c, struct mqw_properties *p, unsigned place)
{
    uint32_t length = c->at;
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
        c->wanted = c->limit; /* there is no use in less than all of the block */
        if (!c->listener)
            tell_need(c, size);
    }
    skip_properties(c, p, place, length);
    while (!c->stopped && c->at < c->limit && tell_need(c, 1))
        tell_property(c, p, place);
    tell_leave(c);
    c->limit = limit;
    c->short_rule = rule;
}

#endif
