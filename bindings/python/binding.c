/* SPDX-License-Identifier: MIT */
/* The functions of binding.h that packets go through; they cross in ask.h and give.h. */
#include "call.h"

#define WALK static
#include "ask.h"
#include "give.h"

#define CURSOR struct asker
#define SIDE
#define DO(name) ask_##name
#include "walks.h"
#undef CURSOR
#undef SIDE
#undef DO

#define CURSOR   struct giver
#define SIDE     const
#define DO(name) give_##name
#include "walks.h"

/* ---- Packets ---------------------------------------------------------------------------------- */

PyObject *packet_object(const struct mqw_packet *packet, bool json, const struct input *in)
{
    struct giver c = {.in = in, .version = packet->version, .json = json};
    if (!layer.packets) {
        PyErr_SetString(PyExc_RuntimeError, "mqttwire was not imported");
        return NULL;
    }
    c.packet = c.into = give_record(&c, PyTuple_GET_ITEM(layer.packets, packet->type));
    if (!c.packet)
        return NULL;
    if (json)
        give(&c, "type", PyUnicode_FromString(mqw_type_name(packet->type)));
    give(&c, "version", PyLong_FromLong(packet->version));
    give_packet(&c, packet);
    if (c.failed)
        Py_CLEAR(c.packet);
    return c.packet;
}

struct sought {
    PyObject *path;
    uint32_t at;
};

static bool look_for(void *arg, const struct mqw_field *field)
{
    struct sought *sought = arg;
    sought->at = field->start;
    return PyUnicode_CompareWithASCIIString(sought->path, field->path) != 0;
}

/* Where a field is in the packet, once that is encoded. */
static uint32_t offset_of(const struct mqw_packet *packet, PyObject *path)
{
    struct mqw_options options = {.version = packet->version, .allow = MQW_ALLOW_ALL};
    struct mqw_result r = mqw_encode(packet, &options, NULL, 0);
    struct sought sought = {path, r.offset};
    uint8_t *bytes;
    if (r.code != MQW_OK)
        return r.offset; /* its bits do not even hold what stands for it */
    bytes = PyMem_Malloc(r.size);
    if (!bytes)
        return 0;
    mqw_encode(packet, &options, bytes, r.size);
    mqw_explain(bytes, r.size, &options, look_for, &sought);
    PyMem_Free(bytes);
    return sought.at;
}

bool packet_from(PyObject *from, bool json, uint8_t type, uint8_t version, struct keeper *keep,
                 struct mqw_packet *packet)
{
    struct asker c;
    memset(packet, 0, sizeof *packet);
    memset(&c, 0, sizeof c);
    packet->type = type;
    packet->version = c.version = version;
    c.keep = keep;
    c.json = json;
    c.level = &c.packet;
    level_of(&c.packet, from);
    note_asked(&c.packet, "type");
    note_asked(&c.packet, "version");
    ask_packet(&c, packet);
    refuse_unknown(&c, &c.packet, mqw_type_name(type));
    refuse_unknown(&c, &c.group, c.grouped);
    if (c.too_wide) { /* what else failed may have come of that */
        c.failed = true;
        PyErr_Clear();
        raise_failure(MQW_RULE_VALUE_TOO_WIDE, 0, offset_of(packet, c.too_wide), c.too_wide,
                      version);
    }
    Py_XDECREF(c.too_wide);
    return !c.failed;
}

PyObject *py_frame(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                   PyObject *refuse, PyObject *max_size)
{
    struct input in;
    struct mqw_result r;
    PyObject *made = NULL;
    if (!open_input(&in, data, version, sender, allow, refuse, max_size))
        return NULL;
    r = mqw_frame(in.bytes, in.len, &in.options);
    if (r.code == MQW_OK)
        made = PyLong_FromUnsignedLong(r.size);
    else
        raise_exception(decode_failure(r, in.bytes, in.len, &in.options));
    close_input(&in);
    return made;
}

PyObject *py_decode(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                    PyObject *refuse, PyObject *max_size, PyObject *view)
{
    struct input in;
    struct mqw_packet packet;
    struct mqw_result r;
    PyObject *made = NULL;
    if (!open_input(&in, data, version, sender, allow, refuse, max_size) ||
        !view_input(&in, data, view))
        return NULL;
    r = mqw_decode(in.bytes, in.len, &in.options, &packet);
    if (r.code == MQW_OK && r.size < in.len)
        raise_failure(MQW_RULE_TRAILING_BYTES, r.size, r.size, NULL, packet.version);
    else if (r.code == MQW_OK)
        made = packet_object(&packet, false, &in);
    else
        raise_exception(decode_failure(r, in.bytes, in.len, &in.options));
    close_input(&in);
    return made;
}

PyObject *py_decode_all(PyObject *packets, PyObject *data, PyObject *version, PyObject *sender,
                        PyObject *allow, PyObject *refuse, PyObject *max_size, PyObject *view)
{
    struct input in;
    struct mqw_packet packet;
    struct mqw_result r = {MQW_OK, 0, 0, 0};
    PyObject *error = Py_None;
    bool good = true;
    size_t at = 0;
    if (!PyList_Check(packets)) {
        PyErr_SetString(PyExc_TypeError, "packets: expected a list");
        return NULL;
    }
    if (!open_input(&in, data, version, sender, allow, refuse, max_size) ||
        !view_input(&in, data, view))
        return NULL;
    Py_INCREF(error);
    while (good && at < in.len) {
        r = mqw_decode(in.bytes + at, in.len - at, &in.options, &packet);
        if (r.code != MQW_OK)
            break;
        good = add_item(packets, packet_object(&packet, false, &in));
        at += r.size;
        if (!in.options.version)
            in.options.version = packet.version;
    }
    if (good && r.code != MQW_OK && r.code != MQW_MORE) {
        Py_DECREF(error);
        error = decode_failure(r, in.bytes + at, in.len - at, &in.options);
        good = error;
    }
    close_input(&in);
    if (!good) {
        Py_XDECREF(error);
        return NULL;
    }
    return Py_BuildValue("niIN", (Py_ssize_t)at, (int)in.options.version,
                         r.code == MQW_MORE ? r.size : 0, error);
}

PyObject *py_encode(PyObject *object, int type, PyObject *version, PyObject *sender,
                    PyObject *allow, PyObject *refuse, PyObject *max_size)
{
    struct mqw_options options;
    struct mqw_packet packet;
    struct keeper keep = {{NULL}, 0, NULL};
    uint8_t
        room[512]; /* most packets fit: the bytes are then copied once, and not measured twice */
    struct mqw_result r;
    PyObject *made = NULL;
    uint8_t *out = room;
    if (!options_from(version, sender, allow, refuse, max_size, &options) ||
        !packet_version(version, &options.version))
        return NULL;
    if (packet_from(object, false, (uint8_t)type, options.version, &keep, &packet)) {
        r = mqw_encode(&packet, &options, room, sizeof room);
        if (r.code == MQW_SPACE) {
            made = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)r.size);
            if (made) {
                out = (uint8_t *)PyBytes_AS_STRING(made);
                r = mqw_encode(&packet, &options, out, r.size);
            }
        } else if (r.code == MQW_OK) {
            made = PyBytes_FromStringAndSize((const char *)room, (Py_ssize_t)r.size);
        }
        if (r.code >= MQW_RULE_FIRST || r.code == MQW_MISUSE) {
            char name[128];
            size_t size = made ? (size_t)PyBytes_GET_SIZE(made) : sizeof room;
            PyObject *field;
            mqw_encode_field(&packet, &options, out, size, name, sizeof name);
            field = PyUnicode_FromString(name);
            if (field)
                raise_failure(r.code, r.size, r.offset, field, options.version);
            Py_XDECREF(field);
            Py_CLEAR(made);
        }
    }
    let_go(&keep);
    return made;
}

PyObject *py_to_dict(PyObject *object, int type, PyObject *version)
{
    struct mqw_packet packet;
    struct keeper keep = {{NULL}, 0, NULL};
    PyObject *made = NULL;
    uint8_t number;
    if (!packet_version(version, &number))
        return NULL;
    if (packet_from(object, false, (uint8_t)type, number, &keep, &packet))
        made = packet_object(&packet, true, NULL);
    let_go(&keep);
    return made;
}

/* The type that the JSON form names, or 0 and an exception. */
static uint8_t type_of(PyObject *dict)
{
    PyObject *name = PyDict_GetItemString(dict, "type");
    unsigned type;
    for (type = 1; name && PyUnicode_Check(name) && type < MQW_TYPES; type++)
        if (PyUnicode_CompareWithASCIIString(name, mqw_type_name((uint8_t)type)) == 0)
            return (uint8_t)type;
    if (!name)
        PyErr_SetString(PyExc_ValueError, "type: missing");
    else if (!PyUnicode_Check(name))
        PyErr_Format(PyExc_TypeError, "type: expected a string, not %.100s",
                     Py_TYPE(name)->tp_name);
    else
        PyErr_Format(PyExc_ValueError, "type: there is no packet type %R", name);
    return 0;
}

PyObject *py_from_dict(PyObject *dict)
{
    struct mqw_packet packet;
    struct keeper keep = {{NULL}, 0, NULL};
    PyObject *version, *made = NULL;
    uint8_t type, number = MQW_VERSION_5;
    if (!PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "expected a dict, not %.100s", Py_TYPE(dict)->tp_name);
        return NULL;
    }
    type = type_of(dict);
    version = PyDict_GetItemString(dict, "version");
    if (!type || (version && !packet_version(version, &number)))
        return NULL;
    if (packet_from(dict, true, type, number, &keep, &packet))
        made = packet_object(&packet, false, NULL);
    let_go(&keep);
    return made;
}

/* ---- Explaining ------------------------------------------------------------------------------- */

struct explanation {
    PyObject *fields; /* a list; NULL after a failure */
    uint8_t version;
    bool cut;        /* there is more than was wanted */
    uint32_t told;   /* end of the last field */
    uint64_t wanted; /* fields with bytes that may still be told */
};

static bool limit_from(PyObject *limit, uint64_t *out)
{
    unsigned long long number;
    *out = UINT64_MAX;
    if (limit == Py_None)
        return true;
    if (!PyLong_Check(limit)) {
        PyErr_Format(PyExc_TypeError, "limit: expected a number of fields or None, not %.100s",
                     Py_TYPE(limit)->tp_name);
        return false;
    }
    number = PyLong_AsUnsignedLongLong(limit);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "limit: expected 0 fields or more, not %R", limit);
        return false;
    }
    *out = number;
    return true;
}

static PyObject *field_value(const struct mqw_field *field)
{
    switch (field->kind) {
    case MQW_KIND_TEXT:
        return text_object(field->bytes, false);
    case MQW_KIND_BINARY:
    case MQW_KIND_UNREAD:
        return binary_object(field->bytes, false);
    default:
        return PyLong_FromUnsignedLong(field->number);
    }
}

static bool add_field(void *arg, const struct mqw_field *field)
{
    struct explanation *e = (struct explanation *)arg;
    PyObject *value;
    if (field->end > e->told) { /* bits, and what is empty, come with the field before them */
        e->cut = !e->wanted;
        if (e->cut)
            return false;
        e->wanted--;
        e->told = field->end;
    }
    value = field_value(field);
    note_version(&e->version, field);
    e->fields = if_good(
        e->fields,
        value && add_item(e->fields, Py_BuildValue("sOIIziii", field->path, value, field->start,
                                                   field->end, field->note, (int)field->kind,
                                                   (int)field->bit, (int)field->width)));
    Py_XDECREF(value);
    return e->fields;
}

/* The bytes behind the last field that was told, of the packet or of what came of it. */
static size_t more_of(const struct explanation *e, const struct input *in, struct mqw_result r)
{
    size_t end = r.size && r.size < in->len ? r.size : in->len;
    return e->cut ? end - e->told : 0;
}

PyObject *py_explain(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                     PyObject *refuse, PyObject *max_size, PyObject *limit)
{
    struct input in;
    struct explanation e = {.fields = NULL};
    PyObject *error = Py_None, *made = NULL;
    struct mqw_result r;
    if (!limit_from(limit, &e.wanted) ||
        !open_input(&in, data, version, sender, allow, refuse, max_size))
        return NULL;
    e.fields = PyList_New(0);
    if (!e.fields) {
        close_input(&in);
        return NULL;
    }
    e.version = in.options.version;
    r = mqw_explain(in.bytes, in.len, &in.options, add_field, &e);
    if (e.cut) { /* the version, and what is wrong, may be behind that */
        struct mqw_packet packet;
        e.version = version_read(in.bytes, in.len, &in.options);
        r = mqw_decode(in.bytes, in.len, &in.options, &packet);
    }
    if (r.code == MQW_OK)
        Py_INCREF(error);
    else
        error = e.fields ? decode_failure(r, in.bytes, in.len, &in.options) : NULL;
    if (e.fields && error && r.code != MQW_MISUSE)
        made = Py_BuildValue("OIiOn", e.fields, r.size, (int)e.version, error,
                             (Py_ssize_t)more_of(&e, &in, r));
    else if (e.fields && error) {
        Py_INCREF(error);
        raise_exception(error);
    }
    Py_XDECREF(e.fields);
    Py_XDECREF(error);
    close_input(&in);
    return made;
}

PyObject *py_line(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                  PyObject *refuse, PyObject *max_size)
{
    struct input in;
    char room[512];
    char *line = room;
    size_t len;
    PyObject *made = NULL;
    if (!open_input(&in, data, version, sender, allow, refuse, max_size))
        return NULL;
    len = mqw_line(in.bytes, in.len, &in.options, room, sizeof room);
    if (len >= sizeof room) {
        line = (char *)PyMem_Malloc(len + 1);
        if (line)
            mqw_line(in.bytes, in.len, &in.options, line, len + 1);
    }
    made = line ? PyUnicode_DecodeUTF8(line, (Py_ssize_t)len, "replace") : PyErr_NoMemory();
    if (line != room)
        PyMem_Free(line);
    close_input(&in);
    return made;
}
