/* SPDX-License-Identifier: MIT */
/* What the functions of connection.h have in common: a connection with its memory, arguments. */
#ifndef FOLLOWED_H
#define FOLLOWED_H

#include "call.h"
#include "connection.h"

#include "../room.h" /* after Python.h, which has to be the first */

struct followed {
    struct mqw_connection connection;
    struct limits limits[MQW_SERVER + 1]; /* by sender */
    uint64_t number;                      /* packets so far */
    uint64_t now;                         /* milliseconds: the clock does not go back */
    bool busy;
};

/*
 * The connection, which is busy until `leave`, or NULL and an exception.  Python code of others runs
 * while exceptions and objects are made, and must not find a connection in the middle of its work.
 */
struct followed *enter(PyObject *capsule);

static inline PyObject *leave(struct followed *f, PyObject *result)
{
    f->busy = false;
    return result;
}

static inline PyObject *none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

/* ---- Arguments: false, with an exception set, where they are impossible ---- */

/* One of the two senders. */
bool side_from(PyObject *sender, uint8_t *out);

/* Seconds as milliseconds. */
bool now_from(PyObject *now, uint64_t *out);

/* A whole number between these. */
bool number_from(PyObject *number, const char *name, uint32_t least, uint32_t most, uint32_t *out);

/* ---- Room, as far as the limits allow; false: an exception is set ---- */

/* For one more exchange. */
bool room_for_exchange(struct followed *f, uint8_t sender);

/* For what a packet may need. */
bool room_for(struct followed *f, uint8_t sender, const struct mqw_packet *packet);

#endif
