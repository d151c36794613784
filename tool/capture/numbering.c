/* SPDX-License-Identifier: MIT */
/* A table with open addressing; the strings lie one after the other.  See _capture.pyi. */
#include "numbering.h"

#include "hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NOTHING, OTHERS, FIRST /* numbers of strings begin here */ };
enum { WORDS = 64 /* hashed at once */ };

struct string {
    uint64_t hash;
    size_t offset, len;
};

struct numbering {
    PyObject_HEAD uint64_t key[2];
    size_t most, most_bytes;
    struct string *strings;
    uint8_t *bytes;
    uint32_t *slots; /* numbers; 0: empty.  A power of two of them, at most half full. */
    size_t count, size, cap, bytes_cap, mask;
};

static uint64_t hash_of(const struct numbering *n, const uint8_t *data, size_t len)
{
    uint64_t words[WORDS + 2];
    uint64_t before = 0;
    size_t at = 0;
    do { /* each part goes on from the hash of what is before it */
        size_t part = len - at < WORDS * 8 ? len - at : WORDS * 8;
        size_t count = (part + 7) / 8;
        if (part)
            words[count - 1] = 0;
        memcpy(words, data + at, part);
        words[count] = len;
        words[count + 1] = before;
        before = hash(n->key, words, count + 2);
        at += part;
    } while (at < len);
    return before;
}

/* The slot of a string, or the empty one where it would go. */
static uint32_t *slot_of(const struct numbering *n, uint64_t wanted, const uint8_t *data,
                         size_t len)
{
    size_t at = (size_t)wanted & n->mask;
    for (;; at = (at + 1) & n->mask) {
        const struct string *s;
        if (!n->slots[at])
            return n->slots + at;
        s = n->strings + (n->slots[at] - FIRST);
        if (s->hash == wanted && s->len == len && !memcmp(n->bytes + s->offset, data, len))
            return n->slots + at;
    }
}

/* Makes room for one more string; false: there is no memory. */
static bool grow(struct numbering *n, size_t len)
{
    if (n->size + len > n->bytes_cap) {
        size_t cap = (n->size + len) * 2;
        uint8_t *bytes = realloc(n->bytes, cap);
        if (!bytes)
            return false;
        n->bytes = bytes;
        n->bytes_cap = cap;
    }
    if (n->count == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 256, i;
        struct string *strings = realloc(n->strings, cap * sizeof *strings);
        uint32_t *slots = calloc(cap * 2, sizeof *slots);
        if (strings)
            n->strings = strings;
        if (!strings || !slots) {
            free(slots);
            return false;
        }
        free(n->slots);
        n->slots = slots;
        n->cap = cap;
        n->mask = cap * 2 - 1;
        for (i = 0; i < n->count; i++) {
            size_t at = (size_t)strings[i].hash & n->mask;
            while (slots[at])
                at = (at + 1) & n->mask;
            slots[at] = (uint32_t)i + FIRST;
        }
    }
    return true;
}

/* The number of a string; NOTHING: there is no memory. */
static uint32_t number_of(struct numbering *n, const uint8_t *data, size_t len)
{
    uint64_t wanted = hash_of(n, data, len);
    uint32_t *slot = n->slots ? slot_of(n, wanted, data, len) : NULL;
    struct string *made;
    if (slot && *slot)
        return *slot;
    if (n->count == n->most || len > n->most_bytes - n->size)
        return OTHERS;
    if (!grow(n, len))
        return NOTHING;
    made = n->strings + n->count;
    made->hash = wanted;
    made->offset = n->size;
    made->len = len;
    memcpy(n->bytes + n->size, data, len);
    n->size += len;
    n->count++;
    slot = slot_of(n, wanted, data, len);
    *slot = (uint32_t)(n->count - 1) + FIRST;
    return *slot;
}

/* ---- In Python ---- */

static PyObject *numbering_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"most", "most_bytes", NULL};
    Py_ssize_t most, most_bytes;
    struct numbering *n;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "nn:Numbering", (char **)(uintptr_t)names, &most,
                                     &most_bytes))
        return NULL;
    if (most < 0 || most > INT32_MAX || most_bytes < 0) {
        PyErr_SetString(PyExc_ValueError, "there is no such limit");
        return NULL;
    }
    n = (struct numbering *)type->tp_alloc(type, 0);
    if (n) {
        hash_key(n->key);
        n->most = (size_t)most;
        n->most_bytes = (size_t)most_bytes;
    }
    return (PyObject *)n;
}

static void numbering_dealloc(PyObject *object)
{
    struct numbering *n = (struct numbering *)object;
    PyTypeObject *type = Py_TYPE(object);
    free(n->strings);
    free(n->bytes);
    free(n->slots);
    type->tp_free(object);
    Py_DECREF(type);
}

/* The numbers of spans of data.  NULL: an exception is set. */
static PyObject *numbers_of(struct numbering *n, const Py_buffer *data, const Py_buffer *start,
                            const Py_buffer *end)
{
    size_t count = (size_t)start->len / sizeof(uint64_t), i;
    const uint64_t *from = start->buf, *to = end->buf;
    PyObject *made, *view, *numbers;
    uint32_t *out;

    if (start->len != end->len || (size_t)start->len % sizeof(uint64_t)) {
        PyErr_SetString(PyExc_ValueError, "start and end are columns of as many offsets");
        return NULL;
    }
    made = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof *out));
    if (!made)
        return NULL;
    out = (uint32_t *)(void *)PyBytes_AS_STRING(made);
    for (i = 0; i < count; i++) {
        if (from[i] > to[i] || to[i] > (uint64_t)data->len) {
            PyErr_Format(PyExc_ValueError, "row %zu: the span is not within the buffer", i);
            Py_DECREF(made);
            return NULL;
        }
        out[i] = NOTHING;
        if (from[i] == to[i])
            continue;
        out[i] = number_of(n, (const uint8_t *)data->buf + from[i], (size_t)(to[i] - from[i]));
        if (out[i] == NOTHING) {
            Py_DECREF(made);
            return PyErr_NoMemory();
        }
    }
    view = PyMemoryView_FromObject(made);
    numbers = view ? PyObject_CallMethod(view, "cast", "s", "I") : NULL;
    Py_XDECREF(view);
    Py_DECREF(made);
    return numbers;
}

static PyObject *numbering_add(PyObject *object, PyObject *args)
{
    Py_buffer data, start, end;
    PyObject *made;
    if (!PyArg_ParseTuple(args, "y*y*y*:add", &data, &start, &end))
        return NULL;
    made = numbers_of((struct numbering *)object, &data, &start, &end);
    PyBuffer_Release(&data);
    PyBuffer_Release(&start);
    PyBuffer_Release(&end);
    return made;
}

static Py_ssize_t numbering_length(PyObject *object)
{
    return (Py_ssize_t)(((struct numbering *)object)->count + FIRST);
}

static PyObject *numbering_item(PyObject *object, Py_ssize_t number)
{
    const struct numbering *n = (struct numbering *)object;
    const struct string *s;
    if (number < 0 || (size_t)number >= n->count + FIRST)
        return PyErr_Format(PyExc_IndexError, "there is no number %zd", number);
    if (number < FIRST)
        return PyBytes_FromStringAndSize(NULL, 0);
    s = n->strings + number - FIRST;
    return PyBytes_FromStringAndSize((const char *)n->bytes + s->offset, (Py_ssize_t)s->len);
}

static PyObject *numbering_all(PyObject *object, PyObject *unused)
{
    const struct numbering *n = (struct numbering *)object;
    (void)unused;
    return PyBytes_FromStringAndSize((const char *)n->bytes, (Py_ssize_t)n->size);
}

static PyMethodDef methods[] = {
    {"add", numbering_add, METH_VARARGS, "The numbers of spans of a buffer, as a column."},
    {"all", numbering_all, METH_NOARGS, "All strings, one after the other."},
    {NULL, NULL, 0, NULL},
};

/* Slots hold functions as object pointers, as dlsym does. */
#define SLOT(function) ((void *)(uintptr_t)(function))
static PyType_Slot slots[] = {
    {Py_tp_doc, "Numbers for strings."},
    {Py_tp_new, SLOT(numbering_new)},
    {Py_tp_dealloc, SLOT(numbering_dealloc)},
    {Py_sq_length, SLOT(numbering_length)},
    {Py_sq_item, SLOT(numbering_item)},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec numbering_spec = {
    "mqttwire_tool._capture.Numbering", (int)sizeof(struct numbering), 0, Py_TPFLAGS_DEFAULT, slots,
};
