/* SPDX-License-Identifier: MIT */
/* The exceptions for what mqw_connection finds. */
#include "finding.h"

PyObject *finding_object(const struct mqw_finding *finding, const void *buf, size_t len,
                         uint32_t size, uint8_t version, const struct mqw_options *options)
{
    char name[128]; /* longer than any */
    PyObject *field, *made = NULL;
    mqw_finding_field(finding, name, sizeof name);
    field = PyUnicode_FromString(name);
    if (field)
        made = failure(finding->code, size, mqw_finding_offset(finding, buf, len, options), field,
                       version);
    Py_XDECREF(field);
    return made;
}

PyObject *py_finding(int code, PyObject *item, PyObject *field, PyObject *data, PyObject *version,
                     PyObject *sender, PyObject *allow)
{
    struct input in;
    struct mqw_finding finding;
    PyObject *made;
    finding.code = (enum mqw_code)code;
    finding.item = (uint32_t)PyLong_AsUnsignedLongMask(item);
    finding.field = PyUnicode_Check(field) ? PyUnicode_AsUTF8(field) : NULL;
    if (!finding.field && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "field: expected str");
    if (PyErr_Occurred() || !open_input(&in, data, version, sender, allow, NULL, Py_None))
        return NULL;
    made = finding_object(&finding, in.bytes, in.len, mqw_frame(in.bytes, in.len, NULL).size,
                          in.options.version, &in.options);
    close_input(&in);
    return made;
}
