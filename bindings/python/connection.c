/* SPDX-License-Identifier: MIT */
/* What is seen of packets that pass a connection.  Nothing of the caller's memory is kept. */
#include "finding.h"
#include "followed.h"

/* ---- What is seen ----------------------------------------------------------------------------- */

static PyObject *seen_class;

PyObject *py_connection_register(PyObject *seen)
{
    if (!PyType_Check(seen) || !PyType_IsSubtype((PyTypeObject *)seen, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "expected a class of tuples");
        return NULL;
    }
    Py_INCREF(seen);
    Py_XSETREF(seen_class, seen);
    Py_RETURN_NONE;
}

/* What a packet is called; NULL: an exception is set. */
static PyObject *tag_object(PyObject *tags, uint64_t number)
{
    PyObject *key = PyLong_FromUnsignedLongLong(number);
    PyObject *tag = key ? PyDict_GetItemWithError(tags, key) : NULL;
    if (!tag && !PyErr_Occurred())
        return key;
    Py_XINCREF(tag);
    Py_XDECREF(key);
    return tag;
}

/* A packet on its way into what is seen of it. */
struct passing {
    PyObject *sender, *tags;
    PyObject *packet; /* borrowed; None: it could not be decoded */
    const uint8_t *bytes;
    size_t len;
    uint32_t size;
    uint8_t version;
    struct mqw_options options;
};

static PyObject *findings_of(const struct mqw_seen *seen, const struct passing *p)
{
    PyObject *findings = PyTuple_New((Py_ssize_t)seen->count);
    uint32_t i;
    for (i = 0; findings && i < seen->count; i++) {
        PyObject *made =
            finding_object(&seen->findings[i], p->bytes, p->len, p->size, p->version, &p->options);
        if (made)
            PyTuple_SET_ITEM(findings, (Py_ssize_t)i, made);
        else
            Py_CLEAR(findings);
    }
    return findings;
}

static PyObject *flag(bool value)
{
    return PyBool_FromLong(value);
}

static PyObject *tag_or_none(const struct mqw_seen *seen, const struct passing *p, uint64_t number)
{
    return seen->answers ? tag_object(p->tags, number) : none();
}

/* In the order of mqttwire.connection.Seen, which is made as tuple.__new__ makes it. */
static PyObject *seen_object(const struct mqw_seen *seen, const struct passing *p, uint64_t number)
{
    enum { FIELDS = 13 };
    PyTypeObject *type = (PyTypeObject *)seen_class;
    /* First the topic, which may be the connection's: what follows runs other code. */
    PyObject *topic = seen->topic.ptr ? text_object(seen->topic, false) : none();
    PyObject *findings = topic ? findings_of(seen, p) : NULL;
    PyObject *answers = findings ? tag_or_none(seen, p, seen->tag) : NULL;
    PyObject *begins = answers ? tag_or_none(seen, p, seen->first) : NULL;
    PyObject *numbered = begins ? PyLong_FromUnsignedLongLong(number) : NULL;
    PyObject *size = numbered ? PyLong_FromUnsignedLong(p->size) : NULL;
    PyObject *made = size ? type->tp_alloc(type, FIELDS) : NULL;
    PyObject *fields[FIELDS] = {
        numbered,
        p->sender,
        p->packet,
        size,
        findings,
        topic,
        answers,
        begins,
        flag(seen->repeats),
        flag(seen->settles),
        flag(seen->ignored),
        flag(seen->untracked),
        flag(seen->aliased),
    };
    Py_ssize_t i;
    Py_INCREF(p->sender);
    Py_INCREF(p->packet);
    for (i = 0; i < FIELDS; i++)
        if (made)
            PyTuple_SET_ITEM(made, i, fields[i]);
        else
            Py_XDECREF(fields[i]);
    return made;
}

static void advance(struct followed *f, uint64_t now)
{
    if (now > f->now)
        f->now = now;
}

/* The bytes of a packet, to be freed, or NULL where it cannot be encoded. */
static uint8_t *encoded(const struct mqw_packet *packet, const struct mqw_options *options,
                        size_t *len)
{
    struct mqw_result r = mqw_encode(packet, options, NULL, 0);
    uint8_t *bytes = r.code == MQW_OK ? (uint8_t *)PyMem_Malloc(r.size) : NULL;
    if (bytes && mqw_encode(packet, options, bytes, r.size).code == MQW_OK)
        *len = r.size;
    return bytes;
}

/* Takes note of a packet.  Where one without bytes is at fault, it is encoded to tell the place. */
static PyObject *pass(struct followed *f, uint8_t sender, const struct mqw_packet *packet,
                      struct passing *p)
{
    struct mqw_seen seen;
    uint8_t *bytes = NULL;
    PyObject *made;
    if (!room_for(f, sender, packet))
        return NULL;
    seen = mqw_connection_packet(&f->connection, (enum mqw_sender)sender, packet, p->size, f->now,
                                 ++f->number);
    if (seen.count && !p->bytes) {
        p->options.version = packet->version;
        p->options.allow = MQW_ALLOW_ALL;
        p->bytes = bytes = encoded(packet, &p->options, &p->len);
    }
    made = seen_object(&seen, p, f->number);
    PyMem_Free(bytes);
    return made;
}

static PyObject *pass_unread(struct followed *f, uint8_t sender, struct passing *p)
{
    struct mqw_result frame = mqw_frame(p->bytes, p->len, NULL);
    struct mqw_seen seen;
    p->packet = Py_None;
    p->options = mqw_connection_options(&f->connection, (enum mqw_sender)sender);
    p->version = f->connection.version;
    p->size = frame.code == MQW_OK ? frame.size : 0;
    seen = mqw_connection_unread(&f->connection, (enum mqw_sender)sender, p->bytes, p->len, f->now);
    return seen_object(&seen, p, ++f->number);
}

/* ---- Packets ---------------------------------------------------------------------------------- */

/* Decodes and passes the packets that are all there; *r is the result for what follows them. */
static bool feed(struct followed *f, uint8_t sender, PyObject *list, const Py_buffer *in,
                 struct passing *p, size_t *at, struct mqw_result *r)
{
    bool good = true;
    r->code = MQW_MORE;
    r->size = 0;
    while (good && *at < (size_t)in->len) {
        struct mqw_packet packet;
        p->bytes = (const uint8_t *)in->buf + *at;
        p->options = mqw_connection_options(&f->connection, (enum mqw_sender)sender);
        *r = mqw_decode(p->bytes, (size_t)in->len - *at, &p->options, &packet);
        if (r->code != MQW_OK)
            break;
        p->len = p->size = r->size;
        p->version = packet.version;
        p->packet = packet_object(&packet, false, NULL);
        good = p->packet;
        if (good) {
            PyObject *seen = pass(f, sender, &packet, p);
            good = seen && PyList_Append(list, seen) == 0;
            Py_XDECREF(seen);
        }
        Py_XDECREF(p->packet);
        *at += r->size;
    }
    return good;
}

/* Without a version nothing is read.  If the packet that tells it should have come, that is what is
 * wrong. */
static PyObject *failure_of(struct mqw_result r, const struct passing *p, PyObject *findings)
{
    PyObject *error;
    if (r.code != MQW_MISUSE || !PyTuple_GET_SIZE(findings))
        return decode_failure(r, p->bytes, p->len, &p->options);
    error = PyTuple_GET_ITEM(findings, 0);
    Py_INCREF(error);
    return error;
}

/* The exception for bytes that cannot be decoded, with what their connection says of them. */
static PyObject *refuse(struct followed *f, uint8_t sender, struct mqw_result r, struct passing *p)
{
    PyObject *seen = pass_unread(f, sender, p);
    PyObject *findings = seen ? PyObject_GetAttrString(seen, "findings") : NULL;
    PyObject *error = findings ? failure_of(r, p, findings) : NULL;
    if (error && PyObject_SetAttrString(error, "findings", findings) < 0)
        Py_CLEAR(error);
    Py_XDECREF(findings);
    Py_XDECREF(seen);
    return error;
}

PyObject *py_connection_feed(PyObject *connection, PyObject *tags, PyObject *list, PyObject *sender,
                             PyObject *data, PyObject *now)
{
    struct followed *f;
    Py_buffer in;
    struct passing p;
    struct mqw_result r = {MQW_OK, 0, 0, 0};
    PyObject *error = NULL;
    uint64_t time;
    uint8_t side;
    size_t at = 0;
    memset(&p, 0, sizeof p);
    p.sender = sender;
    p.tags = tags;
    if (!side_from(sender, &side) || !now_from(now, &time) || !input_from(data, &in))
        return NULL;
    f = enter(connection);
    if (f) {
        advance(f, time);
        if (feed(f, side, list, &in, &p, &at, &r)) {
            p.len = (size_t)in.len - at;
            error = r.code == MQW_OK || r.code == MQW_MORE ? none() : refuse(f, side, r, &p);
        }
        leave(f, NULL);
    }
    PyBuffer_Release(&in);
    if (!error)
        return NULL;
    return Py_BuildValue("nIN", (Py_ssize_t)at, r.code == MQW_MORE ? r.size : 0, error);
}

static bool is_of_version(const struct followed *f, uint8_t version)
{
    uint8_t known = f->connection.version;
    if (!known || (known == MQW_VERSION_5) == (version == MQW_VERSION_5))
        return true;
    PyErr_Format(PyExc_ValueError, "packet: is of version %d, and the connection of %d",
                 (int)version, (int)known);
    return false;
}

PyObject *py_connection_packet(PyObject *connection, PyObject *tags, PyObject *sender,
                               PyObject *object, int type, PyObject *version, PyObject *size,
                               PyObject *now)
{
    struct followed *f;
    struct passing p;
    struct mqw_packet packet;
    struct keeper keep = {{NULL}, 0, NULL};
    PyObject *made = NULL;
    uint64_t time;
    uint8_t side;
    memset(&p, 0, sizeof p);
    p.sender = sender;
    p.tags = tags;
    p.packet = object;
    if (!side_from(sender, &side) || !now_from(now, &time) ||
        !packet_version(version, &p.version) || !number_from(size, "size", 1, UINT32_MAX, &p.size))
        return NULL;
    if (type <= 0 || type >= MQW_TYPES) {
        PyErr_Format(PyExc_ValueError, "type: there is no packet type %d", type);
        return NULL;
    }
    if (packet_from(object, false, (uint8_t)type, p.version, &keep, &packet) &&
        (f = enter(connection)) != NULL) {
        if (is_of_version(f, p.version)) {
            advance(f, time);
            made = pass(f, side, &packet, &p);
        }
        leave(f, NULL);
    }
    let_go(&keep);
    return made;
}

PyObject *py_connection_unread(PyObject *connection, PyObject *tags, PyObject *sender,
                               PyObject *data, PyObject *now)
{
    struct followed *f;
    Py_buffer in;
    struct passing p;
    PyObject *made = NULL;
    uint64_t time;
    uint8_t side;
    memset(&p, 0, sizeof p);
    p.sender = sender;
    p.tags = tags;
    if (!side_from(sender, &side) || !now_from(now, &time) || !input_from(data, &in))
        return NULL;
    p.bytes = (const uint8_t *)in.buf;
    p.len = (size_t)in.len;
    f = enter(connection);
    if (f) {
        advance(f, time);
        made = leave(f, pass_unread(f, side, &p));
    }
    PyBuffer_Release(&in);
    return made;
}
