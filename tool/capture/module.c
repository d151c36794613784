/* SPDX-License-Identifier: MIT */
/* mqttwire_tool._capture: the capture reader in Python.  See _capture.pyi for what it offers. */
#include "columns.h"
#include "lines.h"
#include "numbering.h"
#include "record.h"

#include <errno.h>
#include <string.h>

struct state {
    PyTypeObject *capture, *numbering;
    struct record_state records;
};

struct object {
    PyObject_HEAD struct capture *capture; /* NULL: closed */
    bool busy;                             /* a thread is in it */
    struct lines *lines;                   /* NULL: none was read yet */
};

static PyObject *fail(const struct capture_error *error)
{
    PyObject *arguments = Py_BuildValue("(is)", error->number, error->text);
    if (arguments) {
        PyErr_SetObject(error->number == ENOMEM ? PyExc_MemoryError : PyExc_OSError, arguments);
        Py_DECREF(arguments);
    }
    return NULL;
}

/* ---- Opening and closing ---- */

struct arguments {
    unsigned int allow, refuse, connections;
    Py_ssize_t records, packet, memory;
    PyObject *keylog; /* a path as bytes, or NULL */
    int follow;
};

/* An argument that is a path, or None. */
static int path_of(PyObject *object, void *result)
{
    if (object == Py_None)
        return 1;
    return PyUnicode_FSConverter(object, result);
}

static bool options_of(const struct arguments *a, struct capture_options *options)
{
    if (a->records < 0 || a->packet < 0 || a->memory < 0) {
        PyErr_SetString(PyExc_ValueError, "limits are not negative");
        return false;
    }
    memset(options, 0, sizeof *options);
    options->allow = a->allow;
    options->refuse = a->refuse;
    options->connections = a->connections;
    options->records = (size_t)a->records;
    options->packet = (size_t)a->packet;
    options->memory = (size_t)a->memory;
    options->keylog = a->keylog ? PyBytes_AS_STRING(a->keylog) : NULL;
    options->follow = a->follow;
    return true;
}

static PyObject *wrap(PyTypeObject *type, struct capture *capture,
                      const struct capture_error *error)
{
    struct object *self;
    if (!capture)
        return fail(error);
    self = (struct object *)type->tp_alloc(type, 0);
    if (!self) {
        capture_close(capture);
        return NULL;
    }
    self->capture = capture;
    return (PyObject *)self;
}

static PyObject *capture_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"path",   "allow",       "refuse", "records", "packet",
                                        "memory", "connections", "keylog", "follow",  NULL};
    struct arguments a = {0, 0, 0, 0, 0, 0, NULL, 0};
    struct capture_options options;
    struct capture_error error;
    struct capture *capture;
    PyObject *path = NULL, *made = NULL;

    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|$IInnnIO&p:Capture",
                                    (char **)(uintptr_t)names, PyUnicode_FSConverter, &path,
                                    &a.allow, &a.refuse, &a.records, &a.packet, &a.memory,
                                    &a.connections, path_of, &a.keylog, &a.follow) &&
        options_of(&a, &options)) {
        Py_BEGIN_ALLOW_THREADS capture = capture_open(PyBytes_AS_STRING(path), &options, &error);
        Py_END_ALLOW_THREADS made = wrap(type, capture, &error);
    }
    Py_XDECREF(path);
    Py_XDECREF(a.keylog);
    return made;
}

static PyObject *capture_live(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"interface", "filter", "allow",       "refuse", "records",
                                        "packet",    "memory", "connections", "keylog", NULL};
    struct arguments a = {0, 0, 0, 0, 0, 0, NULL, 0};
    struct capture_options options;
    struct capture_error error;
    struct capture *capture;
    const char *interface, *filter = NULL;
    PyObject *made = NULL;

    if (PyArg_ParseTupleAndKeywords(args, kwargs, "s|z$IInnnIO&:live", (char **)(uintptr_t)names,
                                    &interface, &filter, &a.allow, &a.refuse, &a.records, &a.packet,
                                    &a.memory, &a.connections, path_of, &a.keylog) &&
        options_of(&a, &options)) {
        Py_BEGIN_ALLOW_THREADS capture = capture_open_live(interface, filter, &options, &error);
        Py_END_ALLOW_THREADS made = wrap((PyTypeObject *)type, capture, &error);
    }
    Py_XDECREF(a.keylog);
    return made;
}

/* Answers whether it may be used now, and raises if not. */
static bool usable(const struct object *self)
{
    if (self->busy)
        PyErr_SetString(PyExc_RuntimeError, "another thread is using this capture");
    else if (!self->capture)
        PyErr_SetString(PyExc_ValueError, "this capture is closed");
    else
        return true;
    return false;
}

static PyObject *capture_shut(PyObject *object, PyObject *unused)
{
    struct object *self = (struct object *)object;
    struct capture *capture;
    (void)unused;
    if (!self->capture)
        Py_RETURN_NONE;
    if (!usable(self))
        return NULL;
    capture = self->capture;
    self->capture = NULL;
    Py_BEGIN_ALLOW_THREADS capture_close(capture);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static void capture_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    capture_close(((struct object *)object)->capture);
    if (((struct object *)object)->lines)
        lines_free(((struct object *)object)->lines);
    PyMem_Free(((struct object *)object)->lines);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *capture_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    Py_INCREF(object);
    return object;
}

static PyObject *capture_exit(PyObject *object, PyObject *args)
{
    (void)args;
    return capture_shut(object, NULL);
}

/* ---- Reading ---- */

typedef PyObject *make_batch(const struct object *self, const struct record_state *state,
                             const struct capture_batch *batch);

/* The next batch, as what `make` makes of it; None: there is no more. */
static PyObject *next_batch(PyObject *object, make_batch *make)
{
    struct object *self = (struct object *)object;
    const struct state *state = PyType_GetModuleState(Py_TYPE(object));
    struct capture_batch batch;
    struct capture_error error;
    PyObject *made;
    int answer;

    if (!state || !usable(self))
        return NULL;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS answer = capture_read(self->capture, &batch, &error);
    Py_END_ALLOW_THREADS if (answer > 0) made = make(self, &state->records, &batch);
    else made = answer ? fail(&error) : record_borrow(Py_None);
    self->busy = false;
    return made;
}

static PyObject *as_records(const struct object *self, const struct record_state *state,
                            const struct capture_batch *batch)
{
    (void)self;
    return record_list(state, batch);
}

static PyObject *capture_next(PyObject *object, PyObject *unused)
{
    (void)unused;
    return next_batch(object, as_records);
}

static PyObject *as_columns(const struct object *self, const struct record_state *state,
                            const struct capture_batch *batch)
{
    (void)self;
    return columns_dict(state, batch);
}

static PyObject *capture_columns(PyObject *object, PyObject *unused)
{
    (void)unused;
    return next_batch(object, as_columns);
}

static PyObject *as_lines(const struct object *self, const struct record_state *state,
                          const struct capture_batch *batch)
{
    struct lines *lines = self->lines;
    PyObject *list = lines_list(lines, self->capture, state, batch);
    if (!list)
        return NULL;
    return Py_BuildValue("(NKKNN)", list, (unsigned long long)lines->packet,
                         (unsigned long long)lines->connection, PyBool_FromLong(lines->broken),
                         PyBool_FromLong(lines->early));
}

static PyObject *capture_lines(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"packets",      "connections",  "timed",    "version",
                                        "allow",        "refuse",       "max_size", "ascii",
                                        "show_secrets", "payload_text", NULL};
    struct object *self = (struct object *)object;
    unsigned long long packets = 0, connections = 0;
    unsigned int allow = 0, refuse = 0, max_size = 0;
    unsigned char version = 0;
    int timed = 1, ascii = 0, show_secrets = 0, payload_text = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$KKpbIIIppp:read_lines",
                                     (char **)(uintptr_t)names, &packets, &connections, &timed,
                                     &version, &allow, &refuse, &max_size, &ascii, &show_secrets,
                                     &payload_text))
        return NULL;
    if (!usable(self))
        return NULL;
    if (!self->lines)
        self->lines = PyMem_Calloc(1, sizeof *self->lines);
    if (!self->lines)
        return PyErr_NoMemory();
    self->lines->packets = packets;
    self->lines->connections = connections;
    self->lines->untimed = !timed;
    self->lines->options.version = version;
    self->lines->options.allow = allow;
    self->lines->options.refuse = refuse;
    self->lines->options.max_size = max_size;
    self->lines->out.ascii = ascii;
    self->lines->form.style.show_secrets = show_secrets;
    self->lines->form.style.payload_text = payload_text;
    return next_batch(object, as_lines);
}

static PyObject *capture_iternext(PyObject *object)
{
    PyObject *batch = capture_next(object, NULL);
    if (batch == Py_None)
        Py_CLEAR(batch); /* no exception: the end */
    return batch;
}

static PyObject *capture_stop(PyObject *object, PyObject *unused)
{
    const struct object *self = (struct object *)object;
    (void)unused;
    if (!usable(self))
        return NULL;
    capture_finish(self->capture);
    Py_RETURN_NONE;
}

/* ---- Questions ---- */

static PyObject *capture_about(PyObject *object, PyObject *number)
{
    struct object *self = (struct object *)object;
    struct capture_connection c;
    PyObject *client_id;
    unsigned long wanted = PyLong_AsUnsignedLong(number);

    if (PyErr_Occurred() || !usable(self))
        return NULL;
    if (wanted > UINT32_MAX || !capture_connection(self->capture, (uint32_t)wanted, &c)) {
        PyErr_SetObject(PyExc_KeyError, number);
        return NULL;
    }
    client_id = c.client_id.ptr ? PyUnicode_DecodeUTF8((const char *)c.client_id.ptr,
                                                       (Py_ssize_t)c.client_id.len, "replace")
                                : record_borrow(Py_None);
    if (!client_id)
        return NULL;
    return Py_BuildValue("{s:I,s:(si),s:(si),s:s,s:z,s:i,s:z,s:N,s:N,s:N,s:K,s:K,s:K,s:K,s:N}",
                         "number", (unsigned int)c.number, "client", c.client.address,
                         (int)c.client.port, "server", c.server.address, (int)c.server.port,
                         "transport", capture_transport_name(c.transport), "tls",
                         capture_tls_name(c.tls), "version", (int)c.version, "guessed",
                         capture_guess_name(c.guessed), "whole", PyBool_FromLong(c.whole), "mqtt",
                         PyBool_FromLong(c.mqtt), "over", PyBool_FromLong(c.over), "opened",
                         (unsigned long long)c.opened, "last", (unsigned long long)c.last,
                         "packets", (unsigned long long)c.packets, "bytes",
                         (unsigned long long)c.bytes, "client_id", client_id);
}

static PyObject *capture_count(PyObject *object, PyObject *unused)
{
    struct object *self = (struct object *)object;
    struct capture_counts c;
    (void)unused;
    if (!usable(self))
        return NULL;
    c = capture_counts(self->capture);
    return Py_BuildValue(
        "{s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", "frames", (unsigned long long)c.frames,
        "segments", (unsigned long long)c.segments, "repeated", (unsigned long long)c.repeated,
        "fragments", (unsigned long long)c.fragments, "others", (unsigned long long)c.others,
        "damaged", (unsigned long long)c.damaged, "connections", (unsigned long long)c.connections,
        "packets", (unsigned long long)c.packets, "read", (unsigned long long)c.read, "dropped",
        (unsigned long long)c.dropped, "keys", (unsigned long long)c.keys);
}

static PyObject *capture_closed(PyObject *object, void *unused)
{
    (void)unused;
    return PyBool_FromLong(!((struct object *)object)->capture);
}

/* ---- The module ---- */

static PyMethodDef methods[] = {
    {"live", (PyCFunction)(void (*)(void))capture_live, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "Listens at a network interface."},
    {"read", capture_next, METH_NOARGS,
     "The next batch of records; None: there is no more.  Live, it may be empty."},
    {"read_columns", capture_columns, METH_NOARGS, "The next batch, as columns of numbers; None."},
    {"read_lines", (PyCFunction)(void (*)(void))capture_lines, METH_VARARGS | METH_KEYWORDS,
     "The next batch, as lines of JSON; None."},
    {"finish", capture_stop, METH_NOARGS, "What has not come yet is not waited for."},
    {"connection", capture_about, METH_O, "What is known of a connection."},
    {"counts", capture_count, METH_NOARGS, "How much was read."},
    {"close", capture_shut, METH_NOARGS, "Closes the input."},
    {"__enter__", capture_enter, METH_NOARGS, NULL},
    {"__exit__", capture_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"closed", capture_closed, NULL, "Is it closed?", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Slots hold functions as object pointers, as dlsym does. */
#define SLOT(function) ((void *)(uintptr_t)(function))
static PyType_Slot slots[] = {
    {Py_tp_doc, "MQTT packets of a pcap or pcapng file; '-' is standard input."},
    {Py_tp_new, SLOT(capture_new)},
    {Py_tp_dealloc, SLOT(capture_dealloc)},
    {Py_tp_iter, SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, SLOT(capture_iternext)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {0, NULL},
};

static PyType_Spec spec = {
    "mqttwire_tool._capture.Capture", (int)sizeof(struct object), 0, Py_TPFLAGS_DEFAULT, slots,
};

/* For Py_BuildValue. */
#define LETTER(NAME, name) "s"
#define WORD(NAME, name)   , name

static int module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    PyObject *notes, *guesses;

    if (record_open(&state->records))
        return -1;
    state->capture = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    state->numbering = (PyTypeObject *)PyType_FromModuleAndSpec(module, &numbering_spec, NULL);
    if (!state->capture || PyModule_AddType(module, state->capture) || !state->numbering ||
        PyModule_AddType(module, state->numbering) || PyModule_AddType(module, state->records.type))
        return -1;
    notes = record_notes(&state->records);
    if (!notes || PyModule_AddObject(module, "NOTES", notes)) {
        Py_XDECREF(notes);
        return -1;
    }
    guesses = Py_BuildValue("(" CAPTURE_GUESSES(LETTER) ")" CAPTURE_GUESSES(WORD));
    if (!guesses || PyModule_AddObject(module, "GUESSES", guesses)) {
        Py_XDECREF(guesses);
        return -1;
    }
    return 0;
}

static int module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    Py_CLEAR(state->capture);
    Py_CLEAR(state->numbering);
    record_close(&state->records);
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);
    Py_VISIT(state->capture);
    Py_VISIT(state->numbering);
    Py_VISIT(state->records.type);
    return 0;
}

static void module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, SLOT(module_exec)},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,          .m_name = "_capture",    .m_doc = "MQTT packets of captures.",
    .m_size = sizeof(struct state), .m_slots = module_slots, .m_traverse = module_traverse,
    .m_clear = module_clear,        .m_free = module_free,
};

PyMODINIT_FUNC PyInit__capture(void);

PyMODINIT_FUNC PyInit__capture(void)
{
    return PyModuleDef_Init(&module_def);
}
