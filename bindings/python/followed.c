/* SPDX-License-Identifier: MIT */
/* A connection with its memory, which grows as it is needed; arguments of its functions. */
#include "followed.h"

static const char CAPSULE[] = "mqttwire.connection";

/* ---- Arguments -------------------------------------------------------------------------------- */

struct followed *enter(PyObject *capsule)
{
    struct followed *f = (struct followed *)PyCapsule_GetPointer(capsule, CAPSULE);
    if (!f)
        return NULL;
    if (f->busy) {
        PyErr_SetString(PyExc_RuntimeError,
                        "this connection is in use: threads need a lock around it");
        return NULL;
    }
    f->busy = true;
    return f;
}

bool side_from(PyObject *sender, uint8_t *out)
{
    if (sender != Py_None && sender_from(sender, out))
        return true;
    PyErr_Clear();
    PyErr_Format(PyUnicode_Check(sender) ? PyExc_ValueError : PyExc_TypeError,
                 "sender: expected 'client' or 'server', not %R", sender);
    return false;
}

bool now_from(PyObject *now, uint64_t *out)
{
    double seconds = PyFloat_Check(now) || PyLong_Check(now) ? PyFloat_AsDouble(now) : -1;
    if (seconds >= 0 && seconds < 1e15) {
        *out = (uint64_t)(seconds * 1000 + 0.5);
        return true;
    }
    PyErr_Clear(); /* an integer may be larger than any float */
    if (PyFloat_Check(now) || PyLong_Check(now))
        PyErr_Format(PyExc_ValueError, "now: expected seconds from 0 on, not %R", now);
    else
        PyErr_Format(PyExc_TypeError, "now: expected seconds, not %.100s", Py_TYPE(now)->tp_name);
    return false;
}

bool number_from(PyObject *number, const char *name, uint32_t least, uint32_t most, uint32_t *out)
{
    unsigned long long n;
    if (!PyLong_Check(number) || PyBool_Check(number)) {
        PyErr_Format(PyExc_TypeError, "%s: expected a whole number, not %.100s", name,
                     Py_TYPE(number)->tp_name);
        return false;
    }
    n = PyLong_AsUnsignedLongLong(number);
    if (PyErr_Occurred() || n < least || n > most) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%s: expected %lu to %lu, not %R", name,
                     (unsigned long)least, (unsigned long)most, number);
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

static bool limit_from(PyObject *number, const char *name, uint32_t *out)
{
    *out = MOST;
    return number == Py_None || number_from(number, name, 0, MOST, out);
}

/* ---- A connection's memory -------------------------------------------------------------------- */

static void *loose(const void *memory)
{
    return (void *)(uintptr_t)memory;
}

/* A topic that finds no memory is not kept, which the library allows for. */
static struct mqw_bytes keep_topic(void *arg, enum mqw_sender sender, uint16_t alias,
                                   struct mqw_bytes old, struct mqw_bytes topic)
{
    struct mqw_bytes copy = {NULL, 0};
    uint8_t *bytes = topic.len ? (uint8_t *)PyMem_Malloc(topic.len) : NULL;
    (void)arg, (void)sender, (void)alias;
    PyMem_Free(loose(old.ptr));
    if (bytes) {
        memcpy(bytes, topic.ptr, topic.len);
        copy = mqw_view(bytes, topic.len);
    }
    return copy;
}

static void free_storage(struct mqw_storage *storage)
{
    PyMem_Free(storage->exchanges);
    PyMem_Free(storage->aliases);
}

static void destroy(PyObject *capsule)
{
    struct followed *f = (struct followed *)PyCapsule_GetPointer(capsule, CAPSULE);
    mqw_connection_end(&f->connection);
    free_storage(&f->connection.client.storage);
    free_storage(&f->connection.server.storage);
    PyMem_Free(f);
}

/* Goes on in larger arrays, of which one may be the old one. */
static bool make_room(struct followed *f, struct room room)
{
    struct mqw_storage old = side_of(&f->connection, room.sender)->storage, larger = old;
    if (room.exchanges == old.exchange_count && room.aliases == old.alias_count)
        return true;
    if (room.exchanges > old.exchange_count)
        larger.exchanges =
            (struct mqw_exchange *)PyMem_Malloc(room.exchanges * sizeof *old.exchanges);
    if (room.aliases > old.alias_count)
        larger.aliases = (struct mqw_alias *)PyMem_Malloc(room.aliases * sizeof *old.aliases);
    larger.exchange_count = room.exchanges;
    larger.alias_count = room.aliases;
    if ((room.exchanges && !larger.exchanges) || (room.aliases && !larger.aliases) ||
        !mqw_connection_move(&f->connection, room.sender, &larger)) {
        if (larger.exchanges != old.exchanges)
            PyMem_Free(larger.exchanges);
        if (larger.aliases != old.aliases)
            PyMem_Free(larger.aliases);
        PyErr_NoMemory();
        return false;
    }
    if (larger.exchanges != old.exchanges)
        PyMem_Free(old.exchanges);
    if (larger.aliases != old.aliases)
        PyMem_Free(old.aliases);
    return true;
}

bool room_for_exchange(struct followed *f, uint8_t sender)
{
    return make_room(f, room_with(&f->connection, f->limits, (enum mqw_sender)sender, 1, 0));
}

bool room_for(struct followed *f, uint8_t sender, const struct mqw_packet *packet)
{
    return make_room(f,
                     room_for_packet(&f->connection, f->limits, (enum mqw_sender)sender, packet));
}

/* ---- Making one ------------------------------------------------------------------------------- */

static bool side_options(PyObject *side, struct mqw_options *options, struct limits *limits)
{
    if (!PyTuple_Check(side) || PyTuple_GET_SIZE(side) != 5) {
        PyErr_SetString(PyExc_TypeError, "expected a tuple of 5");
        return false;
    }
    return options_from(Py_None, Py_None, PyTuple_GET_ITEM(side, 0), PyTuple_GET_ITEM(side, 1),
                        PyTuple_GET_ITEM(side, 2), options) &&
           limit_from(PyTuple_GET_ITEM(side, 3), "exchanges", &limits->exchanges) &&
           limit_from(PyTuple_GET_ITEM(side, 4), "aliases", &limits->aliases);
}

PyObject *py_connection_new(PyObject *version, PyObject *midway, PyObject *one_sided,
                            PyObject *enforce_sizes, PyObject *client, PyObject *server)
{
    struct mqw_connection_config config;
    struct followed *f = (struct followed *)PyMem_Calloc(1, sizeof *f);
    uint8_t number;
    PyObject *made;
    if (!f)
        return PyErr_NoMemory();
    memset(&config, 0, sizeof config);
    config.midway = midway == Py_True;
    config.one_sided = one_sided == Py_True;
    config.enforce_sizes = enforce_sizes == Py_True;
    config.keep = keep_topic;
    if (!version_from(version, &number) ||
        !side_options(client, &config.client_options, &f->limits[MQW_CLIENT]) ||
        !side_options(server, &config.server_options, &f->limits[MQW_SERVER])) {
        PyMem_Free(f);
        return NULL;
    }
    mqw_connection_init(&f->connection, &config);
    mqw_connection_version(&f->connection, (enum mqw_version)number);
    made = PyCapsule_New(f, CAPSULE, destroy);
    if (!made)
        PyMem_Free(f);
    return made;
}
