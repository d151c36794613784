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

/* In the order of mqttwire.connection.Seen. */
static PyObject *seen_object(const struct mqw_seen *seen, const struct passing *p, uint64_t number)
{
    PyObject *packet = p->packet;
    /* First the topic, which may be the connection's. */
    PyObject *topic = seen->topic.ptr ? text_object(seen->topic, false) : none();
    PyObject *findings = findings_of(seen, p);
    PyObject *answers = seen->answers ? tag_object(p->tags, seen->tag) : none();
    PyObject *begins = seen->answers ? tag_object(p->tags, seen->first) : none();
    PyObject *arguments =
        topic && findings && answers && begins
            ? Py_BuildValue("((KOOIOOOONNNNN))", (unsigned long long)number, p->sender, packet,
                            (unsigned int)p->size, findings, topic, answers, begins,
                            PyBool_FromLong(seen->repeats), PyBool_FromLong(seen->settles),
                            PyBool_FromLong(seen->ignored), PyBool_FromLong(seen->untracked),
                            PyBool_FromLong(seen->aliased))
            : NULL;
    PyObject *made =
        arguments ? PyTuple_Type.tp_new((PyTypeObject *)seen_class, arguments, NULL) : NULL;
    Py_XDECREF(topic);
    Py_XDECREF(findings);
    Py_XDECREF(answers);
    Py_XDECREF(begins);
    Py_XDECREF(arguments);
    return made;
}

static void advance(struct followed *f, uint64_t now)
{
    if (now > f->now)
        f->now = now;
}

/* Takes note of a packet that there is room for. */
static PyObject *pass(struct followed *f, uint8_t sender, const struct mqw_packet *packet,
                      const struct passing *p)
{
    struct mqw_seen seen;
    seen = mqw_connection_packet(&f->connection, (enum mqw_sender)sender, packet, p->size, f->now,
                                 ++f->number);
    return seen_object(&seen, p, f->number);
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
        good = p->packet && room_for(f, sender, &packet);
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

/* The bytes of a packet, to be freed, or NULL where it cannot be encoded. */
static uint8_t *encoded(const struct mqw_packet *packet, const struct mqw_options *options,
                        size_t *len)
{
    struct mqw_result r = mqw_encode(packet, options, NULL, 0);
    uint8_t *bytes = r.code == MQW_OK ? (uint8_t *)PyMem_Malloc(r.size) : NULL;
    *len = 0;
    if (bytes && mqw_encode(packet, options, bytes, r.size).code == MQW_OK)
        *len = r.size;
    return bytes;
}

/* Takes note of a packet.  Where it is at fault, its bytes tell the places. */
static PyObject *pass_object(struct followed *f, uint8_t sender, const struct mqw_packet *packet,
                             struct passing *p)
{
    struct mqw_seen seen;
    uint8_t *bytes = NULL;
    PyObject *made;
    if (!room_for(f, sender, packet))
        return NULL;
    seen = mqw_connection_packet(&f->connection, (enum mqw_sender)sender, packet, p->size, f->now,
                                 ++f->number);
    p->options = side_of(&f->connection, sender)->options;
    p->options.version = packet->version;
    p->options.allow = MQW_ALLOW_ALL;
    p->options.max_size = 0;
    if (seen.count)
        p->bytes = bytes = encoded(packet, &p->options, &p->len);
    made = seen_object(&seen, p, f->number);
    PyMem_Free(bytes);
    return made;
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
        advance(f, time);
        made = leave(f, pass_object(f, side, &packet, &p));
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
