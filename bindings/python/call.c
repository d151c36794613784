/* SPDX-License-Identifier: MIT */
/* What the functions of binding.h have in common: the layer, options, input, failures. */
#include "call.h"

struct layer layer;
static PyInterpreterState *home; /* whose objects are in the layer */

PyObject *py_register(PyObject *packets, PyObject *will, PyObject *subscription,
                      PyObject *properties, PyObject *failure)
{
    struct layer old = layer;
    if (!PyTuple_Check(packets) || PyTuple_GET_SIZE(packets) != MQW_TYPES || !PyType_Check(will) ||
        !PyType_Check(subscription) || !PyType_Check(properties) || !PyCallable_Check(failure)) {
        PyErr_SetString(PyExc_TypeError, "expected packets by type, three classes and a function");
        return NULL;
    }
    if (home && home != PyInterpreterState_Get()) {
        PyErr_SetString(PyExc_ImportError, "another interpreter of this process has mqttwire");
        return NULL;
    }
    home = PyInterpreterState_Get();
    layer.packets = packets;
    layer.will = will;
    layer.subscription = subscription;
    layer.properties = properties;
    layer.failure = failure;
    Py_INCREF(packets);
    Py_INCREF(will);
    Py_INCREF(subscription);
    Py_INCREF(properties);
    Py_INCREF(failure);
    Py_XDECREF(old.packets);
    Py_XDECREF(old.will);
    Py_XDECREF(old.subscription);
    Py_XDECREF(old.properties);
    Py_XDECREF(old.failure);
    Py_RETURN_NONE;
}

/* ---- Options ---------------------------------------------------------------------------------- */

bool version_from(PyObject *version, uint8_t *out)
{
    long number;
    *out = 0;
    if (version == Py_None)
        return true;
    if (!PyLong_Check(version)) {
        PyErr_Format(PyExc_TypeError, "version: expected 3, 4, 5 or None, not %.100s",
                     Py_TYPE(version)->tp_name);
        return false;
    }
    number = PyLong_AsLong(version);
    if (number < MQW_VERSION_3_1 || number > MQW_VERSION_5) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "version: expected 3, 4, 5 or None, not %R", version);
        return false;
    }
    *out = (uint8_t)number;
    return true;
}

/* The version of a packet, which has one. */
bool packet_version(PyObject *version, uint8_t *out)
{
    if (!version_from(version, out))
        return false;
    if (!*out)
        PyErr_SetString(PyExc_TypeError, "version: expected 3, 4 or 5, not None");
    return *out;
}

bool sender_from(PyObject *sender, uint8_t *out)
{
    *out = MQW_NEITHER;
    if (sender == Py_None)
        return true;
    if (PyUnicode_Check(sender) && PyUnicode_CompareWithASCIIString(sender, "client") == 0)
        *out = MQW_CLIENT;
    else if (PyUnicode_Check(sender) && PyUnicode_CompareWithASCIIString(sender, "server") == 0)
        *out = MQW_SERVER;
    else
        PyErr_Format(PyUnicode_Check(sender) ? PyExc_ValueError : PyExc_TypeError,
                     "sender: expected 'client', 'server' or None, not %R", sender);
    return *out != MQW_NEITHER;
}

/* Flags of that class, ~ of them too, or a plain number, or NULL: none.  all: those there may be. */
static bool bits_from(PyObject *bits, const char *name, const char *flags, uint32_t all,
                      uint32_t *out)
{
    bool plain = bits && PyLong_CheckExact(bits);
    unsigned long long number;
    *out = 0;
    if (!bits)
        return true;
    if (!plain && !(PyLong_Check(bits) && strcmp(Py_TYPE(bits)->tp_name, flags) == 0)) {
        PyErr_Format(PyExc_TypeError, "%s: expected flags of %s, not %.100s", name, flags,
                     Py_TYPE(bits)->tp_name);
        return false;
    }
    number = plain ? PyLong_AsUnsignedLongLong(bits) : PyLong_AsUnsignedLongMask(bits) & all;
    if (PyErr_Occurred() || (number & ~(unsigned long long)all)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%s: expected flags of %s, not %R", name, flags, bits);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool size_from(PyObject *size, uint32_t *out)
{
    unsigned long long number;
    *out = 0;
    if (size == Py_None)
        return true;
    if (!PyLong_Check(size)) {
        PyErr_Format(PyExc_TypeError, "max_size: expected a number of bytes or None, not %.100s",
                     Py_TYPE(size)->tp_name);
        return false;
    }
    number = PyLong_AsUnsignedLongLong(size);
    if (PyErr_Occurred() || number == 0 || number > UINT32_MAX) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "max_size: expected 1 to 4294967295 bytes, not %R", size);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

bool options_from(PyObject *version, PyObject *sender, PyObject *allow, PyObject *refuse,
                  PyObject *max_size, struct mqw_options *out)
{
    memset(out, 0, sizeof *out);
    return version_from(version, &out->version) && sender_from(sender, &out->sender) &&
           bits_from(allow, "allow", "Allow", MQW_ALLOW_ALL, &out->allow) &&
           bits_from(refuse, "refuse", "Refuse", MQW_REFUSE_ALL, &out->refuse) &&
           size_from(max_size, &out->max_size);
}

/* ---- Input ------------------------------------------------------------------------------------ */

bool input_from(PyObject *data, Py_buffer *buffer)
{
    if (PyObject_GetBuffer(data, buffer, PyBUF_SIMPLE) == 0)
        return true;
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "expected bytes or another object with bytes, not %.100s",
                     Py_TYPE(data)->tp_name);
    } else if (PyErr_ExceptionMatches(PyExc_BufferError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_BufferError,
                     "expected bytes that lie one after the other; those of "
                     "this %.100s do not",
                     Py_TYPE(data)->tp_name);
    }
    return false;
}

bool open_input(struct input *in, PyObject *data, PyObject *version, PyObject *sender,
                PyObject *allow, PyObject *refuse, PyObject *max_size)
{
    if (!options_from(version, sender, allow, refuse, max_size, &in->options) ||
        !input_from(data, &in->buffer))
        return false;
    in->bytes = (const uint8_t *)in->buffer.buf;
    in->len = (size_t)in->buffer.len;
    in->view = NULL;
    return true;
}

PyObject *py_view(PyObject *data)
{
    Py_buffer buffer;
    PyObject *view, *bytes;
    if (!input_from(data, &buffer))
        return NULL;
    view = PyMemoryView_FromObject(data);
    bytes = view ? PyObject_CallMethod(view, "cast", "s", "B") : NULL;
    Py_XDECREF(view);
    PyBuffer_Release(&buffer);
    return bytes;
}

bool view_input(struct input *in, PyObject *data, PyObject *wanted)
{
    int view = PyObject_IsTrue(wanted);
    if (view > 0)
        in->view = py_view(data);
    if (view == 0 || in->view)
        return true;
    close_input(in);
    return false;
}

void close_input(struct input *in)
{
    Py_XDECREF(in->view);
    PyBuffer_Release(&in->buffer);
}

/* ---- Failures --------------------------------------------------------------------------------- */

/* The exception for a result; field NULL: "". */
PyObject *failure(enum mqw_code code, uint32_t size, uint32_t offset, PyObject *field,
                  uint8_t version)
{
    if (!layer.failure) {
        PyErr_SetString(PyExc_RuntimeError, "mqttwire was not imported");
        return NULL;
    }
    if (!field)
        return PyObject_CallFunction(layer.failure, "iIIsi", (int)code, size, offset, "",
                                     (int)version);
    return PyObject_CallFunction(layer.failure, "iIIOi", (int)code, size, offset, field,
                                 (int)version);
}

void raise_exception(PyObject *exception)
{
    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
}

void raise_failure(enum mqw_code code, uint32_t size, uint32_t offset, PyObject *field,
                   uint8_t version)
{
    raise_exception(failure(code, size, offset, field, version));
}

bool note_version(void *arg, const struct mqw_field *field)
{
    if (strcmp(field->path, "protocol_version") != 0)
        return true;
    if (field->number >= MQW_VERSION_3_1 && field->number <= MQW_VERSION_5)
        *(uint8_t *)arg = (uint8_t)field->number;
    return false;
}

uint8_t version_read(const uint8_t *bytes, size_t len, const struct mqw_options *options)
{
    uint8_t version = options->version;
    if (!version)
        mqw_explain(bytes, len, options, note_version, &version);
    return version;
}

/* The exception for bytes that were not decoded. */
PyObject *decode_failure(struct mqw_result r, const uint8_t *bytes, size_t len,
                         const struct mqw_options *options)
{
    char name[128]; /* longer than any */
    PyObject *field, *made;
    name[0] = '\0';
    if (r.code >= MQW_RULE_FIRST)
        mqw_decode_field(bytes, len, options, name, sizeof name);
    field = PyUnicode_FromString(name);
    made =
        field ? failure(r.code, r.size, r.offset, field, version_read(bytes, len, options)) : NULL;
    Py_XDECREF(field);
    return made;
}
