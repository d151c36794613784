/* SPDX-License-Identifier: MIT */
/* What is known of a connection, and what one may send. */
#include "followed.h"

/* Takes a tag over, if there is one of this number. */
static bool take_tag(PyObject *tags, PyObject *into, uint64_t number)
{
    PyObject *key = PyLong_FromUnsignedLongLong(number);
    PyObject *tag = key ? PyDict_GetItemWithError(tags, key) : NULL;
    bool good = key && (tag ? PyDict_SetItem(into, key, tag) == 0 : !PyErr_Occurred());
    Py_XDECREF(key);
    return good;
}

static bool take_tags(PyObject *tags, PyObject *into, const struct mqw_side *side)
{
    bool good = true;
    uint32_t i;
    for (i = 0; good && i < side->storage.exchange_count; i++) {
        const struct mqw_exchange *e = &side->storage.exchanges[i];
        if (e->type && e->epoch == side->epoch)
            good = take_tag(tags, into, e->first) && take_tag(tags, into, e->last);
    }
    return good;
}

PyObject *py_connection_tags(PyObject *connection, PyObject *tags)
{
    struct followed *f = enter(connection);
    PyObject *into;
    if (!f)
        return NULL;
    into = PyDict_New();
    if (into && !(take_tag(tags, into, f->connection.connect_tag) &&
                  take_tag(tags, into, f->connection.ping_tag) &&
                  take_tags(tags, into, &f->connection.client) &&
                  take_tags(tags, into, &f->connection.server)))
        Py_CLEAR(into);
    return leave(f, into);
}

/* Zero as None. */
static PyObject *number_or_none(uint32_t number)
{
    return number ? PyLong_FromUnsignedLong(number) : none();
}

PyObject *py_connection_options(PyObject *connection, PyObject *sender)
{
    struct followed *f;
    struct mqw_options options;
    uint8_t side;
    if (!side_from(sender, &side) || (f = enter(connection)) == NULL)
        return NULL;
    options = mqw_connection_options(&f->connection, (enum mqw_sender)side);
    leave(f, NULL);
    return Py_BuildValue("NIIN", number_or_none(options.version), (unsigned int)options.allow,
                         (unsigned int)options.refuse, number_or_none(options.max_size));
}

PyObject *py_connection_side(PyObject *connection, PyObject *sender)
{
    struct followed *f;
    const struct mqw_side *side;
    uint8_t which;
    if (!side_from(sender, &which) || (f = enter(connection)) == NULL)
        return NULL;
    side = side_of(&f->connection, (enum mqw_sender)which);
    leave(f, NULL);
    return Py_BuildValue("IINIII", (unsigned int)side->receive_maximum,
                         (unsigned int)side->topic_alias_maximum,
                         number_or_none(side->maximum_packet_size), (unsigned int)side->in_flight,
                         (unsigned int)side->stored, (unsigned int)side->untracked);
}

PyObject *py_connection_state(PyObject *connection)
{
    struct followed *f = enter(connection);
    uint64_t deadline;
    if (!f)
        return NULL;
    deadline = mqw_connection_deadline(&f->connection);
    leave(f, NULL);
    return Py_BuildValue(
        "NIN", number_or_none(f->connection.version), (unsigned int)f->connection.keep_alive,
        deadline == UINT64_MAX ? none() : PyFloat_FromDouble((double)deadline / 1000));
}

PyObject *py_connection_quota(PyObject *connection, PyObject *sender)
{
    struct followed *f;
    uint32_t quota;
    uint8_t side;
    if (!side_from(sender, &side) || (f = enter(connection)) == NULL)
        return NULL;
    quota = mqw_connection_quota(&f->connection, (enum mqw_sender)side);
    return leave(f, PyLong_FromUnsignedLong(quota));
}

PyObject *py_connection_next_id(PyObject *connection, PyObject *sender)
{
    struct followed *f;
    PyObject *made = NULL;
    uint8_t side;
    if (!side_from(sender, &side) || (f = enter(connection)) == NULL)
        return NULL;
    if (room_for_exchange(f, side))
        made = number_or_none(mqw_connection_next_id(&f->connection, (enum mqw_sender)side));
    return leave(f, made);
}

PyObject *py_connection_hold(PyObject *connection, PyObject *sender, PyObject *packet_id,
                             PyObject *tag)
{
    struct followed *f;
    PyObject *made = NULL;
    uint64_t number = PyLong_AsUnsignedLongLong(tag);
    uint32_t id;
    uint8_t side;
    if (PyErr_Occurred() || !side_from(sender, &side) ||
        !number_from(packet_id, "packet_id", 1, MOST, &id) || (f = enter(connection)) == NULL)
        return NULL;
    if (room_for_exchange(f, side))
        made = PyBool_FromLong(
            mqw_connection_hold(&f->connection, (enum mqw_sender)side, (uint16_t)id, number));
    return leave(f, made);
}
