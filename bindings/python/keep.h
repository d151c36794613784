/* SPDX-License-Identifier: MIT */
/* What has to last until a packet was written: the objects it points into, buffers, arrays. */
#ifndef KEEP_H
#define KEEP_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

struct kept {
    struct kept *next;
    PyObject *object; /* or NULL */
    Py_buffer view;   /* obj is NULL where there is none */
};

enum { KEPT_HERE = 24 };

/* Begins empty: {0}. */
struct keeper {
    PyObject *objects[KEPT_HERE]; /* the first few objects; the rest are entries */
    unsigned count;
    struct kept *last;
};

/* A new entry with size bytes of memory behind it, which are zero; NULL: an exception is set. */
static inline struct kept *keep_entry(struct keeper *k, size_t size)
{
    struct kept *entry = (struct kept *)PyMem_Calloc(1, sizeof *entry + size);
    if (!entry) {
        PyErr_NoMemory();
        return NULL;
    }
    entry->next = k->last;
    k->last = entry;
    return entry;
}

/* Memory for an array of count items. */
static inline void *keep_array(struct keeper *k, size_t count, size_t size)
{
    struct kept *entry;
    if (count > (size_t)PY_SSIZE_T_MAX / size - sizeof *entry) {
        PyErr_NoMemory();
        return NULL;
    }
    entry = keep_entry(k, count * size);
    return entry ? entry + 1 : NULL;
}

/* Keeps a reference, which it takes over even when it fails. */
static inline bool keep_object(struct keeper *k, PyObject *object)
{
    struct kept *entry;
    if (k->count < KEPT_HERE) {
        k->objects[k->count++] = object;
        return true;
    }
    entry = keep_entry(k, 0);
    if (entry)
        entry->object = object;
    else
        Py_XDECREF(object);
    return entry;
}

/* The bytes of an object, until let_go; NULL: an exception is set. */
static inline const Py_buffer *keep_view(struct keeper *k, PyObject *object)
{
    struct kept *entry = keep_entry(k, 0);
    if (!entry || PyObject_GetBuffer(object, &entry->view, PyBUF_SIMPLE) < 0)
        return NULL;
    return &entry->view;
}

static inline void let_go(struct keeper *k)
{
    while (k->last) {
        struct kept *entry = k->last;
        k->last = entry->next;
        PyBuffer_Release(&entry->view);
        Py_XDECREF(entry->object);
        PyMem_Free(entry);
    }
    while (k->count)
        Py_XDECREF(k->objects[--k->count]);
}

#endif
