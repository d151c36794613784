/* SPDX-License-Identifier: MIT */
/*
 * The asking cursor: fills a packet from a Lua table, as it is or in the JSON form.  Operations are
 * described in walks.h.
 *
 * What is wrong with a packet is for encoding to say.  Here it is only judged what a struct cannot
 * hold: fields that are missing, that nobody knows, of another type, or numbers that are too large.
 * Flags, numbers, codes, payloads and properties may be left out, which means zero or empty.
 */
#ifndef ASK_H
#define ASK_H

#include "ask_values.h"

#define CURSOR struct asker
#define SIDE
#define DO(name) ask_##name
#include "../unjudged.h"
#undef CURSOR
#undef SIDE
#undef DO

static void want_table(struct asker *c, const char *wanted)
{
    if (!lua_istable(c->L, -1))
        refuse_type(c, wanted);
}

/* The table of the group stays on the stack. */
static void ask_enter(struct asker *c, const char *name)
{
    bool found = !c->grouped && look(c, name);
    step_in(c, name);
    if (found) {
        want_table(c, "a table");
        c->group.from = lua_gettop(c->L);
    }
    c->grouped = name;
    c->level = &c->group;
}

static void ask_leave(struct asker *c)
{
    step_out(c);
    c->level = &c->packet;
}

static void ask_bit(struct asker *c, const char *name, unsigned low, bool *value)
{
    (void)low;
    if (!look(c, name))
        return;
    step_in(c, name);
    if (!lua_isboolean(c->L, -1))
        refuse_type(c, "true or false");
    *value = lua_toboolean(c->L, -1);
    lua_pop(c->L, 1);
    step_out(c);
}

/* A number that is 0 where it is left out. */
static uint32_t ask_number(struct asker *c, const char *name, uint32_t most)
{
    uint32_t number;
    if (!look(c, name))
        return 0;
    step_in(c, name);
    number = number_of(c, most);
    step_out(c);
    return number;
}

static void ask_bits(struct asker *c, const char *name, unsigned low, unsigned width,
                     uint8_t *value)
{
    (void)low, (void)width;
    *value = (uint8_t)ask_number(c, name, UINT8_MAX);
}

static void ask_flag(struct asker *c, const char *name, unsigned low, bool *value)
{
    (void)low;
    *value = look(c, name);
    if (*value)
        lua_pop(c->L, 1);
}

static void ask_u16(struct asker *c, const char *name, uint16_t *value)
{
    *value = (uint16_t)ask_number(c, name, UINT16_MAX);
}

static void ask_packet_id(struct asker *c, uint16_t *id, enum mqw_code rule)
{
    (void)rule;
    if (want(c, "packet_id"))
        lua_pop(c->L, 1);
    ask_u16(c, "packet_id", id);
}

static void ask_no_packet_id(struct asker *c, uint16_t *id)
{
    ask_u16(c, "packet_id", id);
}

static void ask_reason(struct asker *c, uint8_t *code, unsigned place, enum mqw_code rule)
{
    (void)place, (void)rule;
    *code = (uint8_t)ask_number(c, "reason_code", UINT8_MAX);
}

static void ask_text(struct asker *c, const char *name, struct mqw_bytes *value, enum mqw_code rule)
{
    (void)rule;
    if (!want(c, name))
        return;
    step_in(c, name);
    *value = text_of(c);
    step_out(c);
}

static void ask_topic_name(struct asker *c, const char *name, struct mqw_bytes *value,
                           enum mqw_code rule)
{
    ask_text(c, name, value, rule);
}

static void ask_topic_filter(struct asker *c, const char *name, struct mqw_bytes *value,
                             enum mqw_code rule)
{
    ask_text(c, name, value, rule);
}

static void ask_binary(struct asker *c, const char *name, struct mqw_bytes *value)
{
    if (!look(c, name))
        return;
    step_in(c, name);
    *value = binary_of(c);
    step_out(c);
}

static void ask_rest(struct asker *c, const char *name, struct mqw_bytes *value)
{
    ask_binary(c, name, value);
}

/* ---- Lists ------------------------------------------------------------------------------------ */

/* Fills the place of an item in an array; takes the item, which is on top. */
typedef void ask_each(struct asker *c, void *out);

/*
 * An array of the items of the list on top, which it takes; the field is the last step of the path.
 * A table is a list if its keys are 1 up to their number.
 */
static void *array_of(struct asker *c, size_t size, ask_each *each, size_t *count)
{
    struct step *step = &c->path[c->depth - 1];
    int list = lua_gettop(c->L), items, i;
    uint8_t *array;
    want_table(c, "a list");
    items = count_keys(c->L, list);
    array = (uint8_t *)keep_array(c, (size_t)items + 1, size);
    for (i = 0; i < items; i++) {
        lua_rawgeti(c->L, list, i + 1);
        step->index = lua_isnil(c->L, -1) ? -1 : i;
        if (step->index < 0)
            refuse(c, "expected a list, whose keys are 1, 2, 3 ... without a hole");
        each(c, array + (size_t)i * size);
    }
    step->index = -1;
    lua_pop(c->L, 1);
    *count = (size_t)items;
    return array;
}

static void each_code(struct asker *c, void *out)
{
    *(uint8_t *)out = (uint8_t)number_of(c, UINT8_MAX);
}

static void each_id(struct asker *c, void *out)
{
    *(uint32_t *)out = number_of(c, UINT32_MAX);
}

static void each_text(struct asker *c, void *out)
{
    *(struct mqw_bytes *)out = text_of(c);
}

static void each_pair(struct asker *c, void *out)
{
    struct mqw_pair *pair = (struct mqw_pair *)out;
    int two = lua_gettop(c->L);
    want_table(c, "a name and a value");
    lua_rawgeti(c->L, two, 1);
    lua_rawgeti(c->L, two, 2);
    if (lua_isnil(c->L, -1) || lua_isnil(c->L, -2) || count_keys(c->L, two) != 2)
        refuse(c, "expected a name and a value");
    step_in(c, "value");
    pair->value = text_of(c);
    step_out(c);
    step_in(c, "name");
    pair->name = text_of(c);
    step_out(c);
    lua_pop(c->L, 1);
}

WALK void ask_subscription(struct asker *c, struct mqw_subscription *s);

/* All of its fields are asked, as in 5.0: encoding says where the version has not got them. */
static void each_subscription(struct asker *c, void *out)
{
    struct level *outer = c->level;
    uint8_t version = c->version;
    struct level level = {0, {NULL}, 0};
    want_table(c, "a table");
    level.from = lua_gettop(c->L);
    c->level = &level;
    c->version = MQW_VERSION_5;
    ask_subscription(c, (struct mqw_subscription *)out);
    c->version = version;
    c->level = outer;
    refuse_unknown(c, &level, "a subscription");
    lua_pop(c->L, 1);
}

static void ask_codes(struct asker *c, struct mqw_code_list *list, unsigned place,
                      enum mqw_code rule)
{
    size_t count;
    (void)place, (void)rule;
    if (!want(c, "reason_codes"))
        return;
    step_in(c, "reason_codes");
    list->items = (const uint8_t *)array_of(c, sizeof(uint8_t), each_code, &count);
    *list = mqw_codes(list->items, count);
    step_out(c);
}

static void ask_no_codes(struct asker *c, struct mqw_code_list *list)
{
    if (!look(c, "reason_codes"))
        return;
    lua_pop(c->L, 1);
    ask_codes(c, list, 0, MQW_OK);
}

static void ask_topic_filters(struct asker *c, struct mqw_filter_list *list)
{
    size_t count;
    if (!want(c, "topic_filters"))
        return;
    step_in(c, "topic_filters");
    list->items =
        (const struct mqw_bytes *)array_of(c, sizeof(struct mqw_bytes), each_text, &count);
    *list = mqw_filters(list->items, count);
    step_out(c);
}

static void ask_subscriptions(struct asker *c, struct mqw_subscription_list *list)
{
    size_t count;
    if (!want(c, "subscriptions"))
        return;
    step_in(c, "subscriptions");
    list->items = (const struct mqw_subscription *)array_of(c, sizeof(struct mqw_subscription),
                                                            each_subscription, &count);
    *list = mqw_subscriptions(list->items, count);
    step_out(c);
}

/* ---- Properties ------------------------------------------------------------------------------- */

static struct mqw_pair_list pairs_of(struct asker *c)
{
    size_t count;
    void *array = array_of(c, sizeof(struct mqw_pair), each_pair, &count);
    return mqw_pairs((const struct mqw_pair *)array, count);
}

static struct mqw_id_list ids_of(struct asker *c)
{
    size_t count;
    void *array = array_of(c, sizeof(uint32_t), each_id, &count);
    return mqw_ids((const uint32_t *)array, count);
}

static bool is_property(const char *key)
{
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (strcmp(key, #member) == 0)                                                                 \
        return true;
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return false;
}

static void ask_properties(struct asker *c, struct mqw_properties *p, unsigned place)
{
    lua_State *L = c->L;
    int from;
    (void)place;
    if (!look(c, "properties"))
        return;
    step_in(c, "properties");
    want_table(c, "a table");
    from = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, from);) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING || !is_property(lua_tostring(L, -1)))
            refuse_key(c, "there is", "no property");
    }
#define ASK_BYTE    (uint8_t) number_of(c, UINT8_MAX)
#define ASK_TWO     (uint16_t) number_of(c, UINT16_MAX)
#define ASK_FOUR    number_of(c, UINT32_MAX)
#define ASK_VARINTS ids_of(c)
#define ASK_TEXT    text_of(c)
#define ASK_TOPIC   text_of(c)
#define ASK_BINARY  binary_of(c)
#define ASK_PAIRS   pairs_of(c)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (push_field(L, from, #member)) {                                                            \
        step_in(c, #member);                                                                       \
        mqw_set_##member(p, ASK_##TYPE);                                                           \
        step_out(c);                                                                               \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (!p->user_properties.count) /* an empty list is a property that is not there */
        mqw_drop(p, MQW_PROPERTY_USER_PROPERTY);
    if (!p->subscription_identifiers.count)
        mqw_drop(p, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER);
    lua_pop(L, 1);
    step_out(c);
}

/* These are asked whatever the version: encoding says where it has not got them. */
static void ask_defaults(struct asker *c, uint8_t *code, struct mqw_properties *properties)
{
    ask_reason(c, code, 0, MQW_OK);
    ask_properties(c, properties, 0);
}

/* They are asked already. */
FAST bool ask_tail(const struct asker *c, bool wanted)
{
    (void)c, (void)wanted;
    return false;
}

#endif
