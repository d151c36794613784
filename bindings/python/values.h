/* SPDX-License-Identifier: MIT */
/* Python values for the parts of a packet, and what both cursors know about their objects. */
#ifndef VALUES_H
#define VALUES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <mqttwire/mqttwire.h>

/* The classes of the layer above, and its function that makes exceptions: see py_register. */
struct layer {
    PyObject *packets; /* a tuple, by type */
    PyObject *will, *subscription, *properties;
    PyObject *failure;
};
extern struct layer layer;

/* Sets the exception for a result that is not OK; field may be NULL for "". */
void raise_failure(enum mqw_code code, uint32_t size, uint32_t offset, PyObject *field,
                   uint8_t version);

/*
 * A Python string for the name of a field.  Names are literals, so their addresses tell them apart;
 * strings that were made stay for as long as the program runs.  Borrowed; NULL: an exception is set.
 */
static inline PyObject *interned(const char *literal)
{
    enum { SLOTS = 512 };
    static struct {
        const char *literal;
        PyObject *name;
    } slots[SLOTS];
    uintptr_t address = (uintptr_t)literal;
    size_t slot = (address ^ address >> 9) % SLOTS;
    if (slots[slot].literal != literal) {
        PyObject *name = PyUnicode_InternFromString(literal);
        if (!name)
            return NULL;
        slots[slot].literal = literal;
        slots[slot].name = name; /* the old one may be in use still: it is not released */
    }
    return slots[slot].name;
}

/* A new object of a class of the layer, whose slots are not set yet. */
static inline PyObject *new_object(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    return type->tp_alloc(type, 0);
}

/* As lower-case hex. */
static inline PyObject *hex_of(const uint8_t *bytes, size_t len)
{
    PyObject *hex = PyUnicode_New((Py_ssize_t)(2 * len), 127);
    Py_UCS1 *out;
    size_t i;
    if (!hex)
        return NULL;
    out = PyUnicode_1BYTE_DATA(hex);
    for (i = 0; i < len; i++) {
        *out++ = (Py_UCS1) "0123456789abcdef"[bytes[i] >> 4];
        *out++ = (Py_UCS1) "0123456789abcdef"[bytes[i] & 15];
    }
    return hex;
}

/* The value of a hex digit, or -1. */
static inline int hex_digit(Py_UCS4 c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (int)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (int)(c - 'A' + 10);
    return -1;
}

/* Text as str; where it is not UTF-8, as bytes, or in JSON as {"hex": ...}. */
static inline PyObject *text_object(struct mqw_bytes text, bool json)
{
    PyObject *made = PyUnicode_DecodeUTF8((const char *)text.ptr, (Py_ssize_t)text.len, NULL);
    if (made || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return made;
    PyErr_Clear();
    if (!json)
        return PyBytes_FromStringAndSize((const char *)text.ptr, (Py_ssize_t)text.len);
    return Py_BuildValue("{sN}", "hex", hex_of(text.ptr, text.len));
}

/* Binary data as bytes, or in JSON as hex. */
static inline PyObject *binary_object(struct mqw_bytes binary, bool json)
{
    if (json)
        return hex_of(binary.ptr, binary.len);
    return PyBytes_FromStringAndSize((const char *)binary.ptr, (Py_ssize_t)binary.len);
}

#endif
