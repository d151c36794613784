/* SPDX-License-Identifier: MIT */
/*
 * The giving cursor: makes Python objects of a packet.  They are objects of the layer's classes, or
 * the JSON form in dicts and lists.  Operations are described in walks.h.
 *
 * An object has all of its slots set: a field that is not there is None, or what it means to leave
 * it out.  In the JSON form such a field is left out, unless a packet that was made by hand has it
 * where it does not belong: then encoding is to find it.
 */
#ifndef GIVE_H
#define GIVE_H

#include "call.h"

#include "text.h"

struct giver {
    const struct input *in; /* what is read, or NULL */
    PyObject *packet;       /* what is made, and */
    PyObject *into;         /* what is filled now: that, or an element; both borrowed */
    const char *entered;    /* the group of the packet that is filled now, or NULL */
    const char *grouped;    /* the group that was made, */
    PyObject *group;        /* which the packet owns */
    uint8_t version;
    bool json;
    bool failed; /* an exception is set */
};

#define CURSOR   struct giver
#define SIDE     const
#define DO(name) give_##name
#include "../unjudged.h"
#undef CURSOR
#undef SIDE
#undef DO

static PyObject *give_record(const struct giver *c, PyObject *class)
{
    return c->json ? PyDict_New() : new_object(class);
}

static bool set_field(const struct giver *c, PyObject *into, const char *name, PyObject *value)
{
    PyObject *key = interned(name);
    if (!key)
        return false;
    return (c->json ? PyDict_SetItem(into, key, value) : PyObject_SetAttr(into, key, value)) == 0;
}

/* What is filled now; a group is made by its first field. */
static PyObject *give_target(struct giver *c)
{
    PyObject *group;
    if (!c->entered)
        return c->into;
    if (c->grouped && strcmp(c->entered, c->grouped) == 0)
        return c->group;
    group = give_record(c, layer.will); /* the only one that there is */
    if (!group)
        return NULL;
    if (set_field(c, c->packet, c->entered, group)) {
        c->grouped = c->entered;
        c->group = group;
    }
    Py_DECREF(group);
    return c->grouped ? c->group : NULL;
}

/* Puts a value in its place; takes the reference, and NULL is a failure. */
static void give(struct giver *c, const char *name, PyObject *value)
{
    PyObject *target = value && !c->failed ? give_target(c) : NULL;
    if (!target || !set_field(c, target, name, value))
        c->failed = true;
    Py_XDECREF(value);
}

static void give_none(struct giver *c, const char *name)
{
    Py_INCREF(Py_None);
    give(c, name, Py_None);
}

static void give_enter(struct giver *c, const char *name)
{
    c->entered = name;
}

static void give_leave(struct giver *c)
{
    c->entered = NULL;
}

static void give_bit(struct giver *c, const char *name, unsigned low, const bool *value)
{
    (void)low;
    give(c, name, PyBool_FromLong(*value));
}

static void give_bits(struct giver *c, const char *name, unsigned low, unsigned width,
                      const uint8_t *value)
{
    (void)low, (void)width;
    give(c, name, PyLong_FromLong(*value));
}

static void give_flag(struct giver *c, const char *name, unsigned low, const bool *value)
{
    (void)low;
    if (!*value && !c->json)
        give_none(c, name);
}

static void give_u16(struct giver *c, const char *name, const uint16_t *value)
{
    give(c, name, PyLong_FromLong(*value));
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
    else if (!c->json)
        give_none(c, "packet_id");
}

static void give_reason(struct giver *c, const uint8_t *code, unsigned place, enum mqw_code rule)
{
    (void)place, (void)rule;
    give(c, "reason_code", PyLong_FromLong(*code));
}

static void give_text(struct giver *c, const char *name, const struct mqw_bytes *value,
                      enum mqw_code rule)
{
    (void)rule;
    give(c, name, text_object(*value, c->json));
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
    give(c, name, binary_object(*value, c->json));
}

static void give_rest(struct giver *c, const char *name, const struct mqw_bytes *value)
{
    if (c->in && c->in->view) {
        Py_ssize_t start = value->ptr ? value->ptr - c->in->bytes : 0;
        give(c, name, PySequence_GetSlice(c->in->view, start, start + (Py_ssize_t)value->len));
    } else {
        give_binary(c, name, value);
    }
}

/* ---- Lists ------------------------------------------------------------------------------------ */

/* Adds an item to a list; takes the reference.  False: an exception is set. */
static bool add_item(PyObject *list, PyObject *item)
{
    bool good = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return good;
}

/* The list, or NULL after a failure. */
static PyObject *if_good(PyObject *list, bool good)
{
    if (!good)
        Py_CLEAR(list);
    return list;
}

static void give_codes(struct giver *c, const struct mqw_code_list *codes, unsigned place,
                       enum mqw_code rule)
{
    PyObject *list = PyList_New(0);
    bool good = list;
    uint32_t at = 0;
    uint8_t code;
    (void)place, (void)rule;
    while (good && mqw_next_code(codes, &at, &code))
        good = add_item(list, PyLong_FromLong(code));
    give(c, "reason_codes", if_good(list, good));
}

static void give_no_codes(struct giver *c, const struct mqw_code_list *codes)
{
    if (!c->json || codes->count)
        give_codes(c, codes, 0, MQW_OK);
}

static void give_topic_filters(struct giver *c, const struct mqw_filter_list *filters)
{
    PyObject *list = PyList_New(0);
    bool good = list;
    uint32_t at = 0;
    struct mqw_bytes filter;
    while (good && mqw_next_filter(filters, &at, &filter))
        good = add_item(list, text_object(filter, c->json));
    give(c, "topic_filters", if_good(list, good));
}

WALK void give_subscription(struct giver *c, const struct mqw_subscription *s);

static void give_subscriptions(struct giver *c, const struct mqw_subscription_list *subscriptions)
{
    PyObject *list = PyList_New(0);
    PyObject *outer = c->into;
    uint8_t version = c->version;
    bool good = list;
    uint32_t at = 0;
    struct mqw_subscription s;
    if (!c->json)
        c->version = MQW_VERSION_5; /* an object has the fields of 5.0 in any version */
    while (good && mqw_next_subscription(subscriptions, &at, &s)) {
        PyObject *element = give_record(c, layer.subscription);
        c->into = element;
        if (element)
            give_subscription(c, &s);
        c->into = outer;
        good = add_item(list, element) && !c->failed;
    }
    c->version = version;
    give(c, "subscriptions", if_good(list, good));
}

static PyObject *pair_list(const struct mqw_pair_list *pairs, bool json)
{
    PyObject *list = PyList_New(0);
    bool good = list;
    uint32_t at = 0;
    struct mqw_pair pair;
    while (good && mqw_next_pair(pairs, &at, &pair)) {
        PyObject *name = text_object(pair.name, json);
        PyObject *value = text_object(pair.value, json);
        good = add_item(list, Py_BuildValue(json ? "[NN]" : "(NN)", name, value));
    }
    return if_good(list, good);
}

static PyObject *id_list(const struct mqw_id_list *ids)
{
    PyObject *list = PyList_New(0);
    bool good = list;
    uint32_t at = 0, id;
    while (good && mqw_next_id(ids, &at, &id))
        good = add_item(list, PyLong_FromUnsignedLong(id));
    return if_good(list, good);
}

/* ---- Properties ------------------------------------------------------------------------------- */

static bool add_property(PyObject *values, const char *name, PyObject *value)
{
    PyObject *key = interned(name);
    bool good = key && value && PyDict_SetItem(values, key, value) == 0;
    Py_XDECREF(value);
    return good;
}

/* Those that are there, by name. */
static PyObject *property_values(const struct mqw_properties *p, bool json)
{
    PyObject *values = PyDict_New();
    bool good = values;
#define GIVE_BYTE(value)    PyLong_FromLong(value)
#define GIVE_TWO(value)     PyLong_FromLong(value)
#define GIVE_FOUR(value)    PyLong_FromUnsignedLong(value)
#define GIVE_VARINTS(value) id_list(&(value))
#define GIVE_TEXT(value)    text_object(value, json)
#define GIVE_TOPIC(value)   text_object(value, json)
#define GIVE_BINARY(value)  binary_object(value, json)
#define GIVE_PAIRS(value)   pair_list(&(value), json)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (good && mqw_has(p, MQW_PROPERTY_##NAME))                                                   \
        good = add_property(values, #member, GIVE_##TYPE(p->member));
    if (p->present) {
        MQW_PROPERTIES(MQW_ROW)
    }
#undef MQW_ROW
    return if_good(values, good);
}

static void give_properties(struct giver *c, const struct mqw_properties *p, unsigned place)
{
    PyObject *values, *properties;
    (void)place;
    if (c->json && !give_v5(c) && !p->present)
        return;
    values = property_values(p, c->json);
    if (c->json || !values) {
        give(c, "properties", values);
        return;
    }
    properties = new_object(layer.properties);
    if (properties && !set_field(c, properties, "_values", values))
        Py_CLEAR(properties);
    Py_DECREF(values);
    give(c, "properties", properties);
}

/* In 3.1.1 the walk ends before these; in 5.0 it comes to them. */
static void give_defaults(struct giver *c, const uint8_t *code,
                          const struct mqw_properties *properties)
{
    if (give_v5(c))
        return;
    if (!c->json || *code)
        give_reason(c, code, 0, MQW_OK);
    give_properties(c, properties, 0);
}

FAST bool give_tail(const struct giver *c, bool wanted)
{
    (void)wanted;
    return give_v5(c);
}

#endif
