/* SPDX-License-Identifier: MIT */
/* The asking cursor (ask.h): where it is, what it complains of, and values out of Python objects. */
#ifndef ASK_VALUES_H
#define ASK_VALUES_H

#include "keep.h"
#include "values.h"

enum { ASK_NAMES = 16, ASK_DEPTH = 6 };

/* A dict or an object whose fields are asked, and which of a dict's were. */
struct level {
    PyObject *from; /* NULL: it is not there */
    const char *asked[ASK_NAMES];
    unsigned count;
};

/* A step on the way to a field: `name`, or its element `index`, or only that where name is "". */
struct step {
    const char *name;
    Py_ssize_t index; /* negative: no element */
};

struct asker {
    struct level packet, group;
    struct level *level; /* what is asked now */
    const char *grouped; /* name of the group */
    struct step path[ASK_DEPTH];
    int depth;
    struct keeper *keep;
    uint8_t version;
    bool json;
    bool failed; /* an exception is set */
    PyObject
        *too_wide; /* path of the first number that no member of the structure holds, or NULL */
};

/* ---- Faults ----------------------------------------------------------------------------------- */

static void step_in(struct asker *c, const char *name, Py_ssize_t index)
{
    if (c->depth < ASK_DEPTH) {
        c->path[c->depth].name = name;
        c->path[c->depth].index = index;
    }
    c->depth++;
}

static void step_out(struct asker *c)
{
    c->depth--;
}

/* The dotted name of the field that is asked. */
static PyObject *path_object(const struct asker *c)
{
    PyObject *path = PyUnicode_FromString("");
    int i;
    for (i = 0; path && i < c->depth && i < ASK_DEPTH; i++) {
        const struct step *step = &c->path[i];
        const char *dot = PyUnicode_GetLength(path) && *step->name ? "." : "";
        PyObject *longer = step->index < 0 ? PyUnicode_FromFormat("%U%s%s", path, dot, step->name)
                                           : PyUnicode_FromFormat("%U%s%s[%zd]", path, dot,
                                                                  step->name, step->index);
        Py_DECREF(path);
        path = longer;
    }
    return path;
}

/* Sets an exception whose text begins with the field's name. */
static void refuse(struct asker *c, PyObject *exception, const char *format, ...)
{
    PyObject *path, *text;
    va_list arguments;
    c->failed = true;
    va_start(arguments, format);
    text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    path = text ? path_object(c) : NULL;
    if (path && PyUnicode_GetLength(path))
        PyErr_Format(exception, "%U: %U", path, text);
    else if (path)
        PyErr_SetObject(exception, text);
    Py_XDECREF(path);
    Py_XDECREF(text);
}

/* Of another type than wanted; replaces what Python said about that, and nothing graver. */
static void refuse_type(struct asker *c, const char *wanted, PyObject *found)
{
    c->failed = true;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError) &&
        !PyErr_ExceptionMatches(PyExc_BufferError))
        return;
    PyErr_Clear();
    refuse(c, PyExc_TypeError, "expected %s, not %.100s", wanted, Py_TYPE(found)->tp_name);
}

/* A rule that only the size of a C member makes: told when all else was asked. */
static void note_width(struct asker *c)
{
    if (c->too_wide)
        return;
    c->too_wide = path_object(c);
    c->failed |= !c->too_wide;
}

/* ---- Fields of the level ---------------------------------------------------------------------- */

static void level_of(struct level *level, PyObject *from)
{
    level->from = from;
    level->count = 0;
}

static void note_asked(struct level *level, const char *name)
{
    unsigned i;
    for (i = 0; i < level->count; i++)
        if (strcmp(level->asked[i], name) == 0)
            return;
    if (level->count < ASK_NAMES)
        level->asked[level->count++] = name;
}

/* The value of a field, which is kept; NULL: it is not there, or a failure. */
static PyObject *look(struct asker *c, const char *name)
{
    PyObject *from = c->level->from;
    PyObject *key, *value;
    if (c->failed || !from)
        return NULL;
    note_asked(c->level, name);
    key = interned(name);
    if (!key)
        value = NULL;
    else if (!c->json)
        value = PyObject_GetAttr(from, key);
    else if ((value = PyDict_GetItemWithError(from, key)))
        Py_INCREF(value);
    if (value && keep_object(c->keep, value))
        return value == Py_None && !c->json ? NULL : value;
    c->failed = PyErr_Occurred() != NULL;
    return NULL;
}

/* The value of a field that has to be there. */
static PyObject *want(struct asker *c, const char *name)
{
    PyObject *value = look(c, name);
    if (!value && !c->failed && c->level->from) {
        step_in(c, name, -1);
        refuse(c, PyExc_ValueError, "missing");
        step_out(c);
    }
    return value;
}

/* In the JSON form every key was asked for, or `owner` has no such field. */
static void refuse_unknown(struct asker *c, const struct level *level, const char *owner)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (c->failed || !c->json || !level->from)
        return;
    while (PyDict_Next(level->from, &at, &key, &value)) {
        unsigned i = 0;
        while (i < level->count && !(PyUnicode_Check(key) &&
                                     PyUnicode_CompareWithASCIIString(key, level->asked[i]) == 0))
            i++;
        if (i == level->count) {
            refuse(c, PyExc_ValueError, "%s has no field %R", owner, key);
            return;
        }
    }
}

/* ---- Values ----------------------------------------------------------------------------------- */

/* A whole number up to `most`, which stands for those that are too wide. */
static uint32_t number_of(struct asker *c, PyObject *value, uint32_t most)
{
    PyObject *number = PyBool_Check(value) ? NULL : PyNumber_Index(value);
    unsigned long long n;
    if (!number) {
        refuse_type(c, "a whole number", value);
        return 0;
    }
    n = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (PyErr_Occurred() || n > most) { /* negative, or too large for that type too */
        PyErr_Clear();
        note_width(c);
        return most;
    }
    return (uint32_t)n;
}

static struct mqw_bytes view_of(struct asker *c, PyObject *object)
{
    const Py_buffer *view = keep_view(c->keep, object);
    if (!view) {
        refuse_type(c, "bytes", object);
        return mqw_view(NULL, 0);
    }
    return mqw_view(view->buf, (size_t)view->len);
}

/* Hex digits as the bytes that they mean. */
static struct mqw_bytes bytes_of_hex(struct asker *c, PyObject *value)
{
    Py_ssize_t i, digits;
    uint8_t *bytes;
    if (!PyUnicode_Check(value)) {
        refuse_type(c, "a string of hex digits", value);
        return mqw_view(NULL, 0);
    }
    digits = PyUnicode_GetLength(value);
    bytes = (uint8_t *)keep_array(c->keep, (size_t)digits / 2 + 1, 1);
    if (!bytes) {
        c->failed = true;
        return mqw_view(NULL, 0);
    }
    for (i = 0; i < digits; i++) {
        int half = hex_digit(PyUnicode_READ_CHAR(value, i));
        if (half < 0 || digits % 2) {
            refuse(c, PyExc_ValueError, "expected pairs of hex digits");
            return mqw_view(NULL, 0);
        }
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | half);
    }
    return mqw_view(bytes, (size_t)digits / 2);
}

/* Text that has lone surrogates is written as if they were characters: encoding refuses it. */
static struct mqw_bytes bytes_of_surrogates(struct asker *c, PyObject *text)
{
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
    if (!bytes || !keep_object(c->keep, bytes)) {
        c->failed = true;
        return mqw_view(NULL, 0);
    }
    return mqw_view(PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
}

static struct mqw_bytes text_of(struct asker *c, PyObject *value)
{
    if (PyUnicode_Check(value)) {
        Py_ssize_t len;
        const char *text = PyUnicode_AsUTF8AndSize(value, &len);
        if (text)
            return mqw_view(text, (size_t)len);
        PyErr_Clear();
        return bytes_of_surrogates(c, value);
    }
    if (c->json && PyDict_Check(value) && PyDict_Size(value) == 1) {
        PyObject *hex = PyDict_GetItemString(value, "hex");
        if (hex)
            return bytes_of_hex(c, hex);
    }
    if (!c->json && PyBytes_Check(value))
        return mqw_view(PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
    refuse_type(c, c->json ? "a string, or {\"hex\": ...}" : "str, or bytes that are not UTF-8",
                value);
    return mqw_view(NULL, 0);
}

static struct mqw_bytes binary_of(struct asker *c, PyObject *value)
{
    return c->json ? bytes_of_hex(c, value) : view_of(c, value);
}

/* A list as a sequence, which is kept; NULL: a failure.  Text is no list. */
static PyObject *items_of(struct asker *c, PyObject *value)
{
    bool list = PyList_Check(value) || PyTuple_Check(value) ||
                (!c->json && PySequence_Check(value) && !PyUnicode_Check(value));
    PyObject *items = list ? PySequence_Fast(value, "") : NULL;
    if (!items) {
        refuse_type(c, "a list", value);
        return NULL;
    }
    if (!keep_object(c->keep, items)) {
        c->failed = true;
        return NULL;
    }
    return items;
}

#endif
