/* SPDX-License-Identifier: MIT */
/*
 * The giving cursor: makes a Lua table of a packet, as it is or in the JSON form.  Operations are
 * described in walks.h.
 *
 * A field that is not there is nil, unless a packet that was made by hand has it where it does not
 * belong: then encoding is to find it.
 */
#ifndef GIVE_H
#define GIVE_H

#include "values.h"

struct giver {
    lua_State *L;
    int packet;          /* where on the stack is what is made, and */
    int into;            /* what is filled now: that, or an element */
    const char *entered; /* the group of the packet that is filled now, or NULL */
    int group;           /* where that is, once it was made: there is only one, the will; else 0 */
    uint8_t version;
    bool json;
};

#define CURSOR   struct giver
#define SIDE     const
#define DO(name) give_##name
#include "../unjudged.h"
#undef CURSOR
#undef SIDE
#undef DO

/* What is filled now; a group is made by its first field, and goes below the value on top. */
static int give_target(struct giver *c)
{
    if (!c->entered)
        return c->into;
    if (!c->group) {
        lua_newtable(c->L);
        lua_pushvalue(c->L, -1);
        lua_setfield(c->L, c->packet, c->entered);
        lua_insert(c->L, -2);
        c->group = lua_gettop(c->L) - 1;
    }
    return c->group;
}

/* Puts the value on top in its place. */
static void give(struct giver *c, const char *name)
{
    int target = give_target(c);
    lua_setfield(c->L, target, name);
}

static void give_enter(struct giver *c, const char *name)
{
    c->entered = name;
}

static void give_leave(struct giver *c)
{
    c->entered = NULL;
}

static void give_number(struct giver *c, const char *name, uint32_t number)
{
    push_number(c->L, number);
    give(c, name);
}

static void give_bit(struct giver *c, const char *name, unsigned low, const bool *value)
{
    (void)low;
    lua_pushboolean(c->L, *value);
    give(c, name);
}

static void give_bits(struct giver *c, const char *name, unsigned low, unsigned width,
                      const uint8_t *value)
{
    (void)low, (void)width;
    give_number(c, name, *value);
}

static void give_flag(struct giver *c, const char *name, unsigned low, const bool *value)
{
    (void)c, (void)name, (void)low, (void)value;
}

static void give_u16(struct giver *c, const char *name, const uint16_t *value)
{
    give_number(c, name, *value);
}

static void give_packet_id(struct giver *c, const uint16_t *id, enum mqw_code rule)
{
    (void)rule;
    give_u16(c, "packet_id", id);
}

static void give_no_packet_id(struct giver *c, const uint16_t *id)
{
    if (*id)
        give_u16(c, "packet_id", id);
}

static void give_reason(struct giver *c, const uint8_t *code, unsigned place, enum mqw_code rule)
{
    (void)place, (void)rule;
    give_number(c, "reason_code", *code);
}

static void give_text(struct giver *c, const char *name, const struct mqw_bytes *value,
                      enum mqw_code rule)
{
    (void)rule;
    push_text(c->L, *value, c->json);
    give(c, name);
}

static void give_topic_name(struct giver *c, const char *name, const struct mqw_bytes *value,
                            enum mqw_code rule)
{
    give_text(c, name, value, rule);
}

static void give_topic_filter(struct giver *c, const char *name, const struct mqw_bytes *value,
                              enum mqw_code rule)
{
    give_text(c, name, value, rule);
}

static void give_binary(struct giver *c, const char *name, const struct mqw_bytes *value)
{
    push_binary(c->L, *value, c->json);
    give(c, name);
}

static void give_rest(struct giver *c, const char *name, const struct mqw_bytes *value)
{
    give_binary(c, name, value);
}

/* ---- Lists ------------------------------------------------------------------------------------ */

/* Appends the value on top to the list below it. */
static void add_item(lua_State *L, int *count)
{
    lua_rawseti(L, -2, ++*count);
}

static void give_codes(struct giver *c, const struct mqw_code_list *codes, unsigned place,
                       enum mqw_code rule)
{
    uint32_t at = 0;
    uint8_t code;
    int count = 0;
    (void)place, (void)rule;
    lua_createtable(c->L, (int)codes->count, 0);
    while (mqw_next_code(codes, &at, &code)) {
        push_number(c->L, code);
        add_item(c->L, &count);
    }
    give(c, "reason_codes");
}

static void give_no_codes(struct giver *c, const struct mqw_code_list *codes)
{
    if (codes->count)
        give_codes(c, codes, 0, MQW_OK);
}

static void give_topic_filters(struct giver *c, const struct mqw_filter_list *filters)
{
    uint32_t at = 0;
    struct mqw_bytes filter;
    int count = 0;
    lua_createtable(c->L, (int)filters->count, 0);
    while (mqw_next_filter(filters, &at, &filter)) {
        push_text(c->L, filter, c->json);
        add_item(c->L, &count);
    }
    give(c, "topic_filters");
}

WALK void give_subscription(struct giver *c, const struct mqw_subscription *s);

static void give_subscriptions(struct giver *c, const struct mqw_subscription_list *subscriptions)
{
    uint32_t at = 0;
    struct mqw_subscription s;
    int outer = c->into, count = 0;
    lua_createtable(c->L, (int)subscriptions->count, 0);
    while (mqw_next_subscription(subscriptions, &at, &s)) {
        lua_newtable(c->L);
        c->into = lua_gettop(c->L);
        give_subscription(c, &s);
        add_item(c->L, &count);
    }
    c->into = outer;
    give(c, "subscriptions");
}

static void push_pairs(lua_State *L, const struct mqw_pair_list *pairs, bool json)
{
    uint32_t at = 0;
    struct mqw_pair pair;
    int count = 0;
    lua_createtable(L, (int)pairs->count, 0);
    while (mqw_next_pair(pairs, &at, &pair)) {
        lua_createtable(L, 2, 0);
        push_text(L, pair.name, json);
        lua_rawseti(L, -2, 1);
        push_text(L, pair.value, json);
        lua_rawseti(L, -2, 2);
        add_item(L, &count);
    }
}

static void push_ids(lua_State *L, const struct mqw_id_list *ids)
{
    uint32_t at = 0, id;
    int count = 0;
    lua_createtable(L, (int)ids->count, 0);
    while (mqw_next_id(ids, &at, &id)) {
        push_number(L, id);
        add_item(L, &count);
    }
}

/* ---- Properties ------------------------------------------------------------------------------- */

static void give_properties(struct giver *c, const struct mqw_properties *p, unsigned place)
{
    lua_State *L = c->L;
    (void)place;
    if (!give_v5(c) && !p->present)
        return;
    lua_newtable(L);
#define GIVE_BYTE(value)    push_number(L, value)
#define GIVE_TWO(value)     push_number(L, value)
#define GIVE_FOUR(value)    push_number(L, value)
#define GIVE_VARINTS(value) push_ids(L, &(value))
#define GIVE_TEXT(value)    push_text(L, value, c->json)
#define GIVE_TOPIC(value)   push_text(L, value, c->json)
#define GIVE_BINARY(value)  push_binary(L, value, c->json)
#define GIVE_PAIRS(value)   push_pairs(L, &(value), c->json)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (mqw_has(p, MQW_PROPERTY_##NAME)) {                                                         \
        GIVE_##TYPE(p->member);                                                                    \
        lua_setfield(L, -2, #member);                                                              \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    give(c, "properties");
}

/* In 3.1.1 the walk ends before these; in 5.0 it comes to them. */
static void give_defaults(struct giver *c, const uint8_t *code,
                          const struct mqw_properties *properties)
{
    if (give_v5(c))
        return;
    if (*code)
        give_reason(c, code, 0, MQW_OK);
    give_properties(c, properties, 0);
}

FAST bool give_tail(const struct giver *c, bool wanted)
{
    (void)wanted;
    return give_v5(c);
}

#endif
