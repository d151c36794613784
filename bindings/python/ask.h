/* SPDX-License-Identifier: MIT */
/*
 * The asking cursor: fills a packet from Python objects, of the layer's classes or in the JSON form.
 * Operations are described in walks.h.
 *
 * What is wrong with a packet is for encoding to say.  Here it is only judged what a struct cannot
 * hold: fields that are missing, that nobody knows, of another type, or numbers that are too large.
 * Flags, numbers, codes, payloads and properties may be left out, which means zero or empty.
 */
#ifndef ASK_H
#define ASK_H

#include "ask_values.h"

#include "text.h"

#define CURSOR struct asker
#define SIDE
#define DO(name) ask_##name
#include "../unjudged.h"
#undef CURSOR
#undef SIDE
#undef DO

/* ---- Operations ------------------------------------------------------------------------------- */

/* Is this an object of that class, or a dict in the JSON form? */
static bool is_record(struct asker *c, PyObject *value, PyObject *class, const char *wanted)
{
    if (c->json ? PyDict_Check(value) : PyObject_TypeCheck(value, (PyTypeObject *)class))
        return true;
    refuse_type(c, c->json ? "an object" : wanted, value);
    return false;
}

static void ask_enter(struct asker *c, const char *name)
{
    if (!c->grouped) {
        PyObject *group = look(c, name);
        c->grouped = name;
        step_in(c, name, -1);
        level_of(&c->group, group && is_record(c, group, layer.will, "a Will") ? group : NULL);
    } else {
        step_in(c, name, -1);
    }
    c->level = &c->group;
}

static void ask_leave(struct asker *c)
{
    step_out(c);
    c->level = &c->packet;
}

static void ask_bit(struct asker *c, const char *name, unsigned low, bool *value)
{
    PyObject *found = look(c, name);
    (void)low;
    if (!found)
        return;
    *value = found == Py_True;
    if (!PyBool_Check(found)) {
        step_in(c, name, -1);
        refuse_type(c, c->json ? "true or false" : "a bool", found);
        step_out(c);
    }
}

/* A number that is 0 where it is left out. */
static uint32_t ask_number(struct asker *c, const char *name, uint32_t most)
{
    PyObject *found = look(c, name);
    uint32_t number;
    if (!found)
        return 0;
    step_in(c, name, -1);
    number = number_of(c, found, most);
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
    *value = look(c, name) != NULL;
}

static void ask_u16(struct asker *c, const char *name, uint16_t *value)
{
    *value = (uint16_t)ask_number(c, name, UINT16_MAX);
}

static void ask_packet_id(struct asker *c, uint16_t *id, enum mqw_code rule)
{
    (void)rule;
    if (want(c, "packet_id"))
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
    PyObject *found = want(c, name);
    (void)rule;
    if (!found)
        return;
    step_in(c, name, -1);
    *value = text_of(c, found);
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
    PyObject *found = look(c, name);
    if (!found)
        return;
    step_in(c, name, -1);
    *value = binary_of(c, found);
    step_out(c);
}

static void ask_rest(struct asker *c, const char *name, struct mqw_bytes *value)
{
    ask_binary(c, name, value);
}

/* ---- Lists ------------------------------------------------------------------------------------ */

/* Fills the place of an item in an array. */
typedef void ask_each(struct asker *c, PyObject *item, void *out);

/*
 * An array of a list's items, which is kept; the field is the last step of the path.  A list that
 * shrinks while it is read gives fewer items.
 */
static void *array_of(struct asker *c, PyObject *value, size_t size, ask_each *each, size_t *count)
{
    struct step *step = &c->path[c->depth - 1];
    PyObject *items = items_of(c, value);
    Py_ssize_t most = items ? PySequence_Fast_GET_SIZE(items) : 0;
    uint8_t *array = items ? (uint8_t *)keep_array(c->keep, (size_t)most + 1, size) : NULL;
    Py_ssize_t i;
    if (!array)
        c->failed = true;
    for (i = 0; !c->failed && i < most && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(items, i);
        Py_INCREF(item);
        if (!keep_object(c->keep, item)) {
            c->failed = true;
            break;
        }
        step->index = i;
        each(c, item, array + (size_t)i * size);
    }
    step->index = -1;
    *count = (size_t)i;
    return array;
}

static void each_code(struct asker *c, PyObject *item, void *out)
{
    *(uint8_t *)out = (uint8_t)number_of(c, item, UINT8_MAX);
}

static void each_id(struct asker *c, PyObject *item, void *out)
{
    *(uint32_t *)out = number_of(c, item, UINT32_MAX);
}

static void each_text(struct asker *c, PyObject *item, void *out)
{
    *(struct mqw_bytes *)out = text_of(c, item);
}

/* The text of a pair, which is kept: what is asked later may run code that changes the pair. */
static struct mqw_bytes pair_text(struct asker *c, const char *name, PyObject *text)
{
    struct mqw_bytes view = mqw_view(NULL, 0);
    Py_INCREF(text);
    if (!keep_object(c->keep, text)) {
        c->failed = true;
        return view;
    }
    step_in(c, name, -1);
    view = text_of(c, text);
    step_out(c);
    return view;
}

static void each_pair(struct asker *c, PyObject *item, void *out)
{
    struct mqw_pair *pair = (struct mqw_pair *)out;
    PyObject *two = items_of(c, item);
    if (!two)
        return;
    if (PySequence_Fast_GET_SIZE(two) != 2) {
        refuse(c, PyExc_ValueError, "expected a name and a value");
        return;
    }
    pair->name = pair_text(c, "name", PySequence_Fast_GET_ITEM(two, 0));
    if (!c->failed)
        pair->value = pair_text(c, "value", PySequence_Fast_GET_ITEM(two, 1));
}

WALK void ask_subscription(struct asker *c, struct mqw_subscription *s);

/* All of its fields are asked, as in 5.0: encoding says where the version has not got them. */
static void each_subscription(struct asker *c, PyObject *item, void *out)
{
    struct level *outer = c->level;
    uint8_t version = c->version;
    struct level level;
    if (!is_record(c, item, layer.subscription, "a Subscription"))
        return;
    level_of(&level, item);
    c->level = &level;
    c->version = MQW_VERSION_5;
    ask_subscription(c, (struct mqw_subscription *)out);
    c->version = version;
    c->level = outer;
    refuse_unknown(c, &level, "a subscription");
}

static void ask_codes(struct asker *c, struct mqw_code_list *list, unsigned place,
                      enum mqw_code rule)
{
    PyObject *found = want(c, "reason_codes");
    size_t count;
    (void)place, (void)rule;
    if (!found)
        return;
    step_in(c, "reason_codes", -1);
    list->items = (const uint8_t *)array_of(c, found, sizeof(uint8_t), each_code, &count);
    *list = mqw_codes(list->items, count);
    step_out(c);
}

static void ask_no_codes(struct asker *c, struct mqw_code_list *list)
{
    if (look(c, "reason_codes"))
        ask_codes(c, list, 0, MQW_OK);
}

static void ask_topic_filters(struct asker *c, struct mqw_filter_list *list)
{
    PyObject *found = want(c, "topic_filters");
    size_t count;
    if (!found)
        return;
    step_in(c, "topic_filters", -1);
    list->items =
        (const struct mqw_bytes *)array_of(c, found, sizeof(struct mqw_bytes), each_text, &count);
    *list = mqw_filters(list->items, count);
    step_out(c);
}

static void ask_subscriptions(struct asker *c, struct mqw_subscription_list *list)
{
    PyObject *found = want(c, "subscriptions");
    size_t count;
    if (!found)
        return;
    step_in(c, "subscriptions", -1);
    list->items = (const struct mqw_subscription *)array_of(
        c, found, sizeof(struct mqw_subscription), each_subscription, &count);
    *list = mqw_subscriptions(list->items, count);
    step_out(c);
}

/* ---- Properties ------------------------------------------------------------------------------- */

static struct mqw_pair_list pairs_of(struct asker *c, PyObject *value)
{
    size_t count;
    void *array = array_of(c, value, sizeof(struct mqw_pair), each_pair, &count);
    return mqw_pairs((const struct mqw_pair *)array, count);
}

static struct mqw_id_list ids_of(struct asker *c, PyObject *value)
{
    size_t count;
    void *array = array_of(c, value, sizeof(uint32_t), each_id, &count);
    return mqw_ids((const uint32_t *)array, count);
}

/* The value of a property, which is kept, or NULL.  *found counts those that are there. */
static PyObject *property_of(struct asker *c, PyObject *values, const char *name, Py_ssize_t *found)
{
    PyObject *key = interned(name);
    PyObject *value = key && !c->failed ? PyDict_GetItemWithError(values, key) : NULL;
    if (!value) {
        c->failed |= PyErr_Occurred() != NULL;
        return NULL;
    }
    ++*found;
    Py_INCREF(value);
    if (!keep_object(c->keep, value)) {
        c->failed = true;
        return NULL;
    }
    return value == Py_None && !c->json ? NULL : value;
}

/* Names the key of which there is no such property. */
static void refuse_property(struct asker *c, PyObject *values)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (!c->failed && PyDict_Next(values, &at, &key, &value)) {
        bool known = false;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    known |= PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, #member) == 0;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
        if (!known)
            refuse(c, PyExc_ValueError, "there is no property %R", key);
    }
}

/* Fills the set from a dict. */
static void fill_properties(struct asker *c, PyObject *values, struct mqw_properties *p)
{
    PyObject *value;
    Py_ssize_t found = 0;
#define ASK_BYTE    (uint8_t) number_of(c, value, UINT8_MAX)
#define ASK_TWO     (uint16_t) number_of(c, value, UINT16_MAX)
#define ASK_FOUR    number_of(c, value, UINT32_MAX)
#define ASK_VARINTS ids_of(c, value)
#define ASK_TEXT    text_of(c, value)
#define ASK_TOPIC   text_of(c, value)
#define ASK_BINARY  binary_of(c, value)
#define ASK_PAIRS   pairs_of(c, value)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    value = property_of(c, values, #member, &found);                                               \
    if (value) {                                                                                   \
        step_in(c, #member, -1);                                                                   \
        mqw_set_##member(p, ASK_##TYPE);                                                           \
        step_out(c);                                                                               \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (!p->user_properties.count) /* an empty list is a property that is not there */
        mqw_drop(p, MQW_PROPERTY_USER_PROPERTY);
    if (!p->subscription_identifiers.count)
        mqw_drop(p, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER);
    if (found != PyDict_Size(values))
        refuse_property(c, values);
}

/*
 * What an object of the layer has its properties in.  The name is interned, because Python's cache of
 * attributes would keep thousands of new ones.
 */
static PyObject *values_of(PyObject *properties)
{
    PyObject *key = interned("_values");
    return key ? PyObject_GetAttr(properties, key) : NULL;
}

static void ask_properties(struct asker *c, struct mqw_properties *p, unsigned place)
{
    PyObject *properties = look(c, "properties");
    PyObject *values;
    (void)place;
    if (!properties)
        return;
    step_in(c, "properties", -1);
    if (is_record(c, properties, layer.properties, "Properties")) {
        values = c->json ? properties : values_of(properties);
        if (!values || (!c->json && !keep_object(c->keep, values)))
            c->failed = true;
        else if (!PyDict_Check(values))
            refuse_type(c, "a dict", values);
        else if (PyDict_Size(values))
            fill_properties(c, values, p);
    }
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
