/* SPDX-License-Identifier: MIT */
/* What the functions of binding.h have in common: options and input out of Python, failures into it. */
#ifndef CALL_H
#define CALL_H

#include "binding.h"
#include "keep.h"
#include "values.h"

/* ---- Options: false, with an exception set, where they are impossible ---- */

/* 3, 4, 5; 0 for None. */
bool version_from(PyObject *version, uint8_t *out);

/* The version of a packet: not None. */
bool packet_version(PyObject *version, uint8_t *out);

/* MQW_NEITHER for None. */
bool sender_from(PyObject *sender, uint8_t *out);

bool options_from(PyObject *version, PyObject *sender, PyObject *allow, PyObject *refuse,
                  PyObject *max_size, struct mqw_options *out);

/* ---- Input ---- */

/* The bytes of an object, to be released with PyBuffer_Release. */
bool input_from(PyObject *data, Py_buffer *buffer);

/* Bytes of an object, and how to read them. */
struct input {
    Py_buffer buffer;
    const uint8_t *bytes;
    size_t len;
    struct mqw_options options;
    PyObject *view; /* the bytes as a memoryview, of which payloads are slices; NULL: copies */
};

/* False: an exception is set, and there is nothing to close. */
bool open_input(struct input *in, PyObject *data, PyObject *version, PyObject *sender,
                PyObject *allow, PyObject *refuse, PyObject *max_size);
void close_input(struct input *in);

/* Has payloads be slices of the input, where that is wanted (a bool).  False: it is closed. */
bool view_input(struct input *in, PyObject *data, PyObject *wanted);

/* ---- Packets: binding.c ---- */

/* A packet as an object of its class, or in the JSON form.  in: what it was read from, or NULL. */
PyObject *packet_object(const struct mqw_packet *packet, bool json, const struct input *in);

/* Fills a packet from an object; what it points into is kept.  False: an exception is set. */
bool packet_from(PyObject *from, bool json, uint8_t type, uint8_t version, struct keeper *keep,
                 struct mqw_packet *packet);

/* ---- Failures ---- */

/* A visitor (of mqw_explain) that notes the version which a CONNECT tells, and ends there. */
bool note_version(void *arg, const struct mqw_field *field);

/* The version that a packet was read in; 0: not known. */
uint8_t version_read(const uint8_t *bytes, size_t len, const struct mqw_options *options);

/* The exception for a result that is not OK; field may be NULL for "".  NULL: another is set. */
PyObject *failure(enum mqw_code code, uint32_t size, uint32_t offset, PyObject *field,
                  uint8_t version);

/* The exception for bytes that were not decoded. */
PyObject *decode_failure(struct mqw_result r, const uint8_t *bytes, size_t len,
                         const struct mqw_options *options);

/* Takes the reference; NULL: an exception is set already. */
void raise_exception(PyObject *exception);

#endif
