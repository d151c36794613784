/* SPDX-License-Identifier: MIT */
/* The functions of binding.h for topics. */
#include "call.h"

/* A topic, which the object owns. */
static bool topic_from(PyObject *topic, PyObject **owner, struct mqw_bytes *out)
{
    if (PyUnicode_Check(topic)) {
        *owner = PyUnicode_AsEncodedString(topic, "utf-8", "surrogatepass");
    } else if (PyBytes_Check(topic)) {
        *owner = topic;
        Py_INCREF(topic);
    } else {
        *owner = NULL;
        PyErr_Format(PyExc_TypeError, "expected a topic as str, not %.100s",
                     Py_TYPE(topic)->tp_name);
    }
    if (*owner)
        *out = mqw_view(PyBytes_AS_STRING(*owner), (size_t)PyBytes_GET_SIZE(*owner));
    return *owner;
}

typedef struct mqw_result topic_check(struct mqw_bytes topic, const struct mqw_options *options);

static PyObject *check_topic(topic_check *check, PyObject *topic, PyObject *version,
                             PyObject *allow, PyObject *refuse)
{
    struct mqw_options options;
    struct mqw_bytes view;
    PyObject *owner;
    struct mqw_result r;
    if (!options_from(version, Py_None, allow, refuse, Py_None, &options) ||
        !topic_from(topic, &owner, &view))
        return NULL;
    r = check(view, &options);
    Py_DECREF(owner);
    if (r.code == MQW_OK)
        Py_RETURN_NONE;
    raise_failure(r.code, 0, r.offset, NULL, options.version);
    return NULL;
}

PyObject *py_topic_name_check(PyObject *name, PyObject *version, PyObject *allow, PyObject *refuse)
{
    return check_topic(mqw_topic_name_check, name, version, allow, refuse);
}

PyObject *py_topic_filter_check(PyObject *filter, PyObject *version, PyObject *allow,
                                PyObject *refuse)
{
    return check_topic(mqw_topic_filter_check, filter, version, allow, refuse);
}

PyObject *py_topic_match(PyObject *filter, PyObject *name, PyObject *version)
{
    struct mqw_bytes filter_view, name_view;
    PyObject *filter_owner, *name_owner;
    uint8_t number;
    bool matches;
    if (!version_from(version, &number) || !topic_from(filter, &filter_owner, &filter_view))
        return NULL;
    if (!topic_from(name, &name_owner, &name_view)) {
        Py_DECREF(filter_owner);
        return NULL;
    }
    matches = mqw_topic_match(filter_view, name_view, number);
    Py_DECREF(filter_owner);
    Py_DECREF(name_owner);
    return PyBool_FromLong(matches);
}

PyObject *py_topic_share(PyObject *filter)
{
    struct mqw_bytes view, group, rest;
    PyObject *owner, *made;
    if (!topic_from(filter, &owner, &view))
        return NULL;
    if (mqw_topic_share(view, &group, &rest)) {
        made = Py_BuildValue("NN", text_object(group, false), text_object(rest, false));
    } else {
        made = Py_None;
        Py_INCREF(made);
    }
    Py_DECREF(owner);
    return made;
}
