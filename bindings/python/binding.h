/* SPDX-License-Identifier: MIT */
/*
 * The private extension under the Python layer: what SWIG wraps for Python alone.
 *
 * Packets cross by value: objects of the layer's classes on one side, bytes on the other; nothing
 * refers to the caller's memory afterwards.  All functions take the options of a call as the layer
 * has them: version (None, 3, 4, 5), sender (None, "client", "server"), allow, refuse (bits) and
 * max_size (None, bytes).  Where a packet breaks a rule, they raise what the layer's `failure`
 * makes; NULL is a Python exception.
 */
#ifndef BINDING_H
#define BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/*
 * Makes the layer known: the classes of packets by type (None for 0), those of their parts, and
 * failure(code, size, offset, field, version), which answers an exception.
 */
PyObject *py_register(PyObject *packets, PyObject *will, PyObject *subscription,
                      PyObject *properties, PyObject *failure);

/* The bytes of an object as a memoryview of them, one after the other. */
PyObject *py_view(PyObject *data);

/* The size of the first packet. */
PyObject *py_frame(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                   PyObject *refuse, PyObject *max_size);

/* The one packet that the bytes are; view (a bool): a PUBLISH's payload is a slice of data. */
PyObject *py_decode(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                    PyObject *refuse, PyObject *max_size, PyObject *view);

/*
 * Appends the packets that are all there to a list.  Answers where the rest begins, the version from
 * there on (0: unknown), how many bytes the next packet wants (0: unknown), and the exception for a
 * broken rule or None.
 */
PyObject *py_decode_all(PyObject *packets, PyObject *data, PyObject *version, PyObject *sender,
                        PyObject *allow, PyObject *refuse, PyObject *max_size, PyObject *view);

/*
 * The fields of the first packet as tuples (path, value, start, end, note, kind, bit, width), its
 * size (0: unknown), its version (0: unknown), the exception for what is wrong, or None, and how
 * many bytes are behind the fields because of limit (None, or how many that have bytes).
 */
PyObject *py_explain(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                     PyObject *refuse, PyObject *max_size, PyObject *limit);

/* The first packet as a line of text. */
PyObject *py_line(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                  PyObject *refuse, PyObject *max_size);

/*
 * What is where in a buffer of packets: a dict of columns (scan.c has their names), where the rest
 * begins, the version from there on (0: unknown), and how many bytes the next packet wants (0: there
 * is none, or it cannot be read).
 */
PyObject *py_scan(PyObject *data, PyObject *version, PyObject *sender, PyObject *allow,
                  PyObject *refuse, PyObject *max_size);

/*
 * Copies of spans of data, one after the other, from row `first` on, of `most` bytes in all at most:
 * how many rows that are, their offsets (int32, one more than rows), and the bytes.  starts and ends
 * are columns of a scan; it ends at a span that is not within data.
 */
PyObject *py_gather(PyObject *data, PyObject *starts, PyObject *ends, int64_t first, int64_t most);

/* The bytes of a packet. */
PyObject *py_encode(PyObject *packet, int type, PyObject *version, PyObject *sender,
                    PyObject *allow, PyObject *refuse, PyObject *max_size);

/* A packet in the JSON form, and back. */
PyObject *py_to_dict(PyObject *packet, int type, PyObject *version);
PyObject *py_from_dict(PyObject *dict);

/* None, or an exception. */
PyObject *py_topic_name_check(PyObject *name, PyObject *version, PyObject *allow, PyObject *refuse);
PyObject *py_topic_filter_check(PyObject *filter, PyObject *version, PyObject *allow,
                                PyObject *refuse);

PyObject *py_topic_match(PyObject *filter, PyObject *name, PyObject *version);

/* (group, filter), or None. */
PyObject *py_topic_share(PyObject *filter);

#endif
