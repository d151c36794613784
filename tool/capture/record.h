/* SPDX-License-Identifier: MIT */
/* Records in Python: _capture.Record, a named tuple. */
#ifndef CAPTURE_RECORD_H
#define CAPTURE_RECORD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "capture.h"

/* What is made once, for all records. */
struct record_state {
    PyTypeObject *type;
    PyObject *senders[4]; /* by enum mqw_sender */
    PyObject *notes[256]; /* names, by number */
    PyObject *nothing;    /* an empty tuple, and empty bytes */
    PyObject *no_bytes;
};

/* -1: an exception is set. */
int record_open(struct record_state *state);
void record_close(struct record_state *state);

/* A list of all records of a batch. */
PyObject *record_list(const struct record_state *state, const struct capture_batch *batch);

/* The record of a note, alone. */
PyObject *record_note(const struct record_state *state, const struct capture_batch *batch,
                      const struct capture_record *r);

/* What the notes mean: {name: (level, statements, text)}. */
PyObject *record_notes(const struct record_state *state);

/* Another reference. */
static inline PyObject *record_borrow(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

#endif
