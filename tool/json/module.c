/* SPDX-License-Identifier: MIT */
/* mqttwire_tool._json: lines of JSON in Python.  See _json.pyi for what it offers. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "line.h"

struct object {
    PyObject_HEAD struct json_form *form;
    struct json_out out, connection;
    struct mqw_options options;
};

static PyObject *writer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"allow",        "refuse", "max_size", "show_secrets",
                                        "payload_text", "ascii",  NULL};
    unsigned int allow = 0, refuse = 0, max_size = 0;
    int show_secrets = 0, payload_text = 0, ascii = 0;
    struct object *self;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$IIIppp:Writer", (char **)(uintptr_t)names,
                                     &allow, &refuse, &max_size, &show_secrets, &payload_text,
                                     &ascii))
        return NULL;
    self = (struct object *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->form = PyMem_Calloc(1, sizeof *self->form);
    if (!self->form) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->form->style.show_secrets = show_secrets;
    self->form->style.payload_text = payload_text;
    self->out.ascii = self->connection.ascii = ascii;
    self->options.allow = allow;
    self->options.refuse = refuse;
    self->options.max_size = max_size;
    return (PyObject *)self;
}

static void writer_dealloc(PyObject *object)
{
    struct object *self = (struct object *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (self->form)
        json_form_free(self->form);
    PyMem_Free(self->form);
    json_out_free(&self->out);
    json_out_free(&self->connection);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- Arguments -------------------------------------------------------------------------------- */

static int sender_of(PyObject *object, void *result)
{
    uint8_t *sender = result;
    *sender = MQW_NEITHER;
    if (object == Py_None)
        return 1;
    if (PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, "client") == 0)
        *sender = MQW_CLIENT;
    else if (PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, "server") == 0)
        *sender = MQW_SERVER;
    else
        PyErr_Format(PyExc_ValueError, "sender: expected 'client', 'server' or None, not %R",
                     object);
    return *sender != MQW_NEITHER;
}

/* 3, 4 or 5, or 0 for None. */
static int version_of(PyObject *object, void *result)
{
    uint8_t *version = result;
    long number = object == Py_None ? 0 : PyLong_AsLong(object);
    *version = (uint8_t)number;
    if (PyErr_Occurred())
        return 0;
    if (object == Py_None || (number >= MQW_VERSION_3_1 && number <= MQW_VERSION_5))
        return 1;
    PyErr_Format(PyExc_ValueError, "version: expected 3, 4, 5 or None, not %R", object);
    return 0;
}

struct moment {
    bool known;
    uint64_t nanoseconds;
};

/* Nanoseconds, or None. */
static int moment_of(PyObject *object, void *result)
{
    struct moment *moment = result;
    moment->known = object != Py_None;
    moment->nanoseconds = moment->known ? PyLong_AsUnsignedLongLong(object) : 0;
    return !PyErr_Occurred();
}

/* A text of the caller's, or NULL. */
static struct mqw_bytes view(const char *text, Py_ssize_t len)
{
    return mqw_view(text, (size_t)len);
}

/* (code, offset, field), ...  NULL: an exception is set. */
static struct json_finding *findings_of(PyObject *list, size_t *count)
{
    PyObject *fast = PySequence_Fast(list, "findings: expected a sequence");
    struct json_finding *made = NULL;
    size_t i;
    if (!fast)
        return NULL;
    *count = (size_t)PySequence_Fast_GET_SIZE(fast);
    made = PyMem_Calloc(*count + 1, sizeof *made);
    if (!made)
        PyErr_NoMemory();
    for (i = 0; made && i < *count; i++) {
        const char *field;
        int code;
        if (!PyArg_ParseTuple(PySequence_Fast_GET_ITEM(fast, (Py_ssize_t)i), "iIs", &code,
                              &made[i].offset, &field)) {
            PyMem_Free(made);
            made = NULL;
            break;
        }
        made[i].code = (enum mqw_code)code;
        strncpy(made[i].field, field, sizeof made[i].field - 1);
    }
    Py_DECREF(fast);
    return made;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

/* What was written, as bytes. */
static PyObject *written(struct object *self)
{
    if (self->out.failed)
        return PyErr_NoMemory();
    return PyBytes_FromStringAndSize(self->out.text, (Py_ssize_t)self->out.len);
}

static PyObject *writer_line(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {
        "number",  "time",      "connection",   "transport", "tls",      "client",
        "server",  "client_id", "sender",       "size",      "guessed",  "data",
        "version", "topic",     "acknowledges", "latency",   "findings", NULL};
    struct object *self = (struct object *)object;
    unsigned long long number, connection_number, size, acknowledges;
    const char *client, *server, *client_id, *topic, *guessed;
    Py_ssize_t client_len, server_len, client_id_len, topic_len;
    Py_buffer data;
    PyObject *findings, *made = NULL;
    struct moment time, latency;
    struct json_finding *found;
    struct json_connection connection = {0};
    struct json_line line = {0};
    enum mqw_code code;

    line.options = self->options;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "$KO&Kzzz#z#z#O&Kzy*O&z#KO&O:line", (char **)(uintptr_t)names, &number,
            moment_of, &time, &connection_number, &connection.transport, &connection.tls, &client,
            &client_len, &server, &server_len, &client_id, &client_id_len, sender_of,
            &line.options.sender, &size, &guessed, &data, version_of, &line.options.version, &topic,
            &topic_len, &acknowledges, moment_of, &latency, &findings))
        return NULL;
    found = findings_of(findings, &line.finding_count);
    if (found) {
        connection.number = connection_number;
        connection.client = view(client, client_len);
        connection.server = view(server, server_len);
        connection.client_id = view(client_id, client_id_len);
        json_out_clear(&self->connection);
        json_connection_write(&connection, &self->connection);
        line.connection = &self->connection;
        line.number = number;
        line.timed = time.known;
        line.time = time.nanoseconds;
        line.size = size;
        line.guessed = guessed;
        line.data = data.buf;
        line.len = (size_t)data.len;
        line.topic = view(topic, topic_len);
        line.acknowledges = acknowledges;
        line.late = latency.known;
        line.latency = latency.nanoseconds;
        line.findings = found;
        json_out_clear(&self->out);
        code = json_line_write(self->form, &line, &self->out);
        made = Py_BuildValue("(Ni)", written(self), (int)code);
        PyMem_Free(found);
    }
    PyBuffer_Release(&data);
    return made;
}

static PyObject *writer_packet(PyObject *object, PyObject *args)
{
    struct object *self = (struct object *)object;
    struct mqw_options options = self->options;
    Py_buffer data;
    PyObject *made;
    if (!PyArg_ParseTuple(args, "y*O&O&:packet", &data, version_of, &options.version, sender_of,
                          &options.sender))
        return NULL;
    json_out_clear(&self->out);
    json_form_read(self->form, data.buf, (size_t)data.len, &options, self->out.ascii);
    if (self->form->type)
        json_form_write(self->form, &self->out);
    else
        JSON_PUT(&self->out, "{}");
    made = written(self);
    PyBuffer_Release(&data);
    return made;
}

static PyObject *is_secret(PyObject *module, PyObject *path)
{
    const char *text = PyUnicode_AsUTF8(path);
    (void)module;
    return text ? PyBool_FromLong(json_is_secret(text)) : NULL;
}

/* ---- The module ------------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"line", (PyCFunction)(void (*)(void))writer_line, METH_VARARGS | METH_KEYWORDS,
     "The line of a packet, and the result of decoding it."},
    {"packet", writer_packet, METH_VARARGS, "The packet alone."},
    {NULL, NULL, 0, NULL},
};

/* Slots hold functions as object pointers, as dlsym does. */
#define SLOT(function) ((void *)(uintptr_t)(function))
static PyType_Slot slots[] = {
    {Py_tp_doc, "Writes packets as JSON."},
    {Py_tp_new, SLOT(writer_new)},
    {Py_tp_dealloc, SLOT(writer_dealloc)},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    "mqttwire_tool._json.Writer", (int)sizeof(struct object), 0, Py_TPFLAGS_DEFAULT, slots,
};

static int module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int answer = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
    Py_XDECREF(type);
    return answer;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, SLOT(module_exec)},
    {0, NULL},
};

static PyMethodDef functions[] = {
    {"is_secret", is_secret, METH_O, "Is a field of this path hidden?"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,   .m_name = "_json",      .m_doc = "Lines of JSON.",
    .m_slots = module_slots, .m_methods = functions,
};

PyMODINIT_FUNC PyInit__json(void);

PyMODINIT_FUNC PyInit__json(void)
{
    return PyModuleDef_Init(&module_def);
}
