/* SPDX-License-Identifier: MIT */
/* The functions of binding.h for many packets at once: what is where, in columns. */
#include "call.h"

/* X(name, C type, the same for Python's struct).  docs of each: mqttwire/scan.py */
#define COLUMNS(X)                                                                                 \
    X(type, uint8_t, "B")                                                                          \
    X(flags, uint8_t, "B")                                                                         \
    X(start, uint64_t, "Q")                                                                        \
    X(end, uint64_t, "Q")                                                                          \
    X(topic_start, uint64_t, "Q")                                                                  \
    X(topic_end, uint64_t, "Q")                                                                    \
    X(packet_id, uint16_t, "H")                                                                    \
    X(payload_start, uint64_t, "Q")                                                                \
    X(payload_end, uint64_t, "Q")                                                                  \
    X(error, uint16_t, "H")

enum {
    COLUMN_COUNT = 0
#define X(name, type, format) +1
    COLUMNS(X)
#undef X
};

static const struct {
    const char *name, *format;
    size_t size;
} about[COLUMN_COUNT] = {
#define X(name, type, format) {#name, format, sizeof(type)},
    COLUMNS(X)
#undef X
};

struct columns {
    union {
        struct {
#define X(name, type, format) type *name;
            COLUMNS(X)
#undef X
        };
        void *any[COLUMN_COUNT];
    };
    size_t room, rows;
};

/*
 * How many rows there are at most.  Packets are counted as leniently as they can be; what is left of
 * the input may be one more row.
 */
static size_t count_rows(const struct input *in)
{
    struct mqw_options lenient = {.allow = MQW_ALLOW_ALL};
    size_t at = 0, rows = 0;
    for (;;) {
        struct mqw_result r = mqw_frame(in->bytes + at, in->len - at, &lenient);
        rows++;
        if (r.code != MQW_OK)
            return rows;
        at += r.size;
    }
}

/* A span of the input; one that is not there is empty, where the packet starts. */
static void put_span(uint64_t *start, uint64_t *end, const struct input *in, size_t packet,
                     struct mqw_bytes bytes)
{
    *start = bytes.ptr ? (uint64_t)(bytes.ptr - in->bytes) : packet;
    *end = *start + bytes.len;
}

static void put_row(struct columns *c, const struct input *in, size_t at, size_t size,
                    enum mqw_code code, const struct mqw_packet *packet)
{
    const struct mqw_bytes none = {NULL, 0};
    bool message = code == MQW_OK && packet->type == MQW_PUBLISH;
    size_t i = c->rows++;
    c->type[i] = in->bytes[at] >> 4;
    c->flags[i] = in->bytes[at] & 15;
    c->start[i] = at;
    c->end[i] = at + size;
    put_span(&c->topic_start[i], &c->topic_end[i], in, at, message ? packet->publish.topic : none);
    put_span(&c->payload_start[i], &c->payload_end[i], in, at,
             message ? packet->publish.payload : none);
    c->packet_id[i] = code == MQW_OK ? mqw_packet_id(packet) : 0;
    c->error[i] = (uint16_t)code;
}

/* Fills the columns; answers what ended that: OK, MORE or MISUSE.  *at: where the rest begins. */
static struct mqw_result fill_rows(struct columns *c, struct input *in, size_t *at)
{
    struct mqw_result r = {MQW_OK, 0, 0, 0};
    struct mqw_packet packet;
    while (*at < in->len && c->rows < c->room) {
        size_t left = in->len - *at;
        r = mqw_decode(in->bytes + *at, left, &in->options, &packet);
        if (r.code == MQW_MORE || r.code == MQW_MISUSE)
            break;
        if (r.size == 0 || r.size > left) /* there is no telling where the next one begins */
            r.size = (uint32_t)left;
        put_row(c, in, *at, r.size, r.code, &packet);
        *at += r.size;
        if (!in->options.version && packet.version <= MQW_VERSION_5) /* else no known one */
            in->options.version = packet.version;
        r.code = MQW_OK;
    }
    return r;
}

/* Makes room for the rows.  False: an exception is set. */
static bool open_columns(struct columns *c, PyObject *bytes[COLUMN_COUNT])
{
    size_t i;
    for (i = 0; i < COLUMN_COUNT; i++) {
        bytes[i] = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(c->room * about[i].size));
        if (!bytes[i])
            return false;
        c->any[i] = PyBytes_AS_STRING(bytes[i]);
    }
    return true;
}

/* What was used of a column, as numbers; takes the reference and leaves NULL. */
static PyObject *numbers_of(PyObject **bytes, size_t size, const char *format)
{
    PyObject *view = NULL, *numbers = NULL;
    if (_PyBytes_Resize(bytes, (Py_ssize_t)size) == 0)
        view = PyMemoryView_FromObject(*bytes);
    if (view)
        numbers = PyObject_CallMethod(view, "cast", "s", format);
    Py_XDECREF(view);
    Py_CLEAR(*bytes);
    return numbers;
}

/* The columns by name; NULL: an exception is set. */
static PyObject *columns_object(const struct columns *c, PyObject *bytes[COLUMN_COUNT])
{
    PyObject *made = PyDict_New();
    size_t i;
    for (i = 0; made && i < COLUMN_COUNT; i++) {
        PyObject *numbers = numbers_of(&bytes[i], c->rows * about[i].size, about[i].format);
        if (!numbers || PyDict_SetItemString(made, about[i].name, numbers) < 0)
            Py_CLEAR(made);
        Py_XDECREF(numbers);
    }
    return made;
}

PyObject *py_scan(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                  PyObject *refuse, PyObject *max_size)
{
    struct input in;
    struct columns c = {.rows = 0};
    struct mqw_result r = {MQW_OK, 0, 0, 0};
    PyObject *bytes[COLUMN_COUNT] = {NULL};
    PyObject *made = NULL;
    size_t at = 0, i;
    bool good;
    if (!open_input(&in, data, version, sender, allow, refuse, max_size))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    c.room = count_rows(&in);
    Py_END_ALLOW_THREADS;
    good = open_columns(&c, bytes);
    if (good) {
        Py_BEGIN_ALLOW_THREADS;
        r = fill_rows(&c, &in, &at);
        Py_END_ALLOW_THREADS;
    }
    if (good && r.code == MQW_MISUSE && !c.rows)
        raise_exception(decode_failure(r, in.bytes, in.len, &in.options));
    else if (good)
        made = columns_object(&c, bytes);
    for (i = 0; i < COLUMN_COUNT; i++)
        Py_XDECREF(bytes[i]);
    close_input(&in);
    if (!made)
        return NULL;
    return Py_BuildValue("NniI", made, (Py_ssize_t)at, (int)in.options.version,
                         r.code == MQW_MORE ? r.size : 0);
}

/* ---- Gathering -------------------------------------------------------------------------------- */

/* Spans of an input. */
struct spans {
    Py_buffer data, starts, ends;
    size_t rows;
};

static void close_spans(struct spans *s)
{
    PyBuffer_Release(&s->data);
    PyBuffer_Release(&s->starts);
    PyBuffer_Release(&s->ends);
}

/* False: an exception is set, and there is nothing to close. */
static bool open_spans(struct spans *s, PyObject *data, PyObject *starts, PyObject *ends)
{
    memset(s, 0, sizeof *s);
    if (PyObject_GetBuffer(data, &s->data, PyBUF_SIMPLE) == 0 &&
        PyObject_GetBuffer(starts, &s->starts, PyBUF_SIMPLE) == 0 &&
        PyObject_GetBuffer(ends, &s->ends, PyBUF_SIMPLE) == 0) {
        s->rows = (size_t)s->starts.len / sizeof(uint64_t);
        if (s->starts.len == s->ends.len)
            return true;
        PyErr_SetString(PyExc_ValueError, "there are not as many ends as starts");
    }
    close_spans(s);
    return false;
}

/* How many rows from the first one on have at most that many bytes; *bytes counts these. */
static size_t rows_within(const struct spans *s, size_t first, size_t most, size_t *bytes)
{
    const uint64_t *start = s->starts.buf, *end = s->ends.buf;
    size_t row;
    *bytes = 0;
    for (row = first; row < s->rows; row++) {
        if (start[row] > end[row] || end[row] > (uint64_t)s->data.len ||
            end[row] - start[row] > most - *bytes)
            break;
        *bytes += (size_t)(end[row] - start[row]);
    }
    return row - first;
}

PyObject *py_gather(PyObject *data, PyObject *starts, PyObject *ends, int64_t first, int64_t most)
{
    struct spans s;
    PyObject *offsets = NULL, *bytes = NULL, *made = NULL;
    size_t rows, size, row;
    if (!open_spans(&s, data, starts, ends))
        return NULL;
    rows = rows_within(&s, (size_t)first, (size_t)most, &size);
    offsets = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)((rows + 1) * sizeof(int32_t)));
    bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (offsets && bytes) {
        const uint64_t *start = (const uint64_t *)s.starts.buf + first;
        const uint64_t *end = (const uint64_t *)s.ends.buf + first;
        int32_t *offset = (int32_t *)(void *)PyBytes_AS_STRING(offsets);
        char *out = PyBytes_AS_STRING(bytes);
        size = 0;
        for (row = 0; row < rows; row++) {
            offset[row] = (int32_t)size;
            memcpy(out + size, (const char *)s.data.buf + start[row], end[row] - start[row]);
            size += end[row] - start[row];
        }
        offset[rows] = (int32_t)size;
        made = Py_BuildValue("nOO", (Py_ssize_t)rows, offsets, bytes);
    }
    Py_XDECREF(offsets);
    Py_XDECREF(bytes);
    close_spans(&s);
    return made;
}
