/* SPDX-License-Identifier: MIT */
/*
 * mqw_connection for the Python layer, as part of the private extension: see binding.h.
 *
 * A connection is a capsule, which owns its storage and the topics of its aliases.  None of these
 * functions runs while another one is at work on the same connection: that is a RuntimeError.  They
 * take a sender ("client" or "server"), seconds of a clock (`now`), and `tags`: what packets are
 * called, by their number; one that is not there is called by its number.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Makes the class of what is seen known: a NamedTuple. */
PyObject *py_connection_register(PyObject *seen);

/* A connection; of each side a tuple (allow, refuse, max_size, exchanges, aliases): the last two are
 * how many may be followed at most. */
PyObject *py_connection_new(PyObject *version, PyObject *midway, PyObject *one_sided,
                            PyObject *enforce_sizes, PyObject *client, PyObject *server);

/*
 * Appends what is seen of the packets that are all there to a list.  Answers where the rest begins,
 * how many bytes the next packet wants (0: unknown), and the exception for what cannot be decoded,
 * of which the connection has taken note, or None.
 */
PyObject *py_connection_feed(PyObject *connection, PyObject *tags, PyObject *list, PyObject *sender,
                             PyObject *data, PyObject *now);

/* What is seen of a packet of this many bytes. */
PyObject *py_connection_packet(PyObject *connection, PyObject *tags, PyObject *sender,
                               PyObject *packet, int type, PyObject *version, PyObject *size,
                               PyObject *now);

/* What is seen of bytes that cannot be decoded. */
PyObject *py_connection_unread(PyObject *connection, PyObject *tags, PyObject *sender,
                               PyObject *data, PyObject *now);

/* The tags of those numbers that may still be told. */
PyObject *py_connection_tags(PyObject *connection, PyObject *tags);

/* Version, allow, refuse, max_size of the sender's next packet. */
PyObject *py_connection_options(PyObject *connection, PyObject *sender);

/* receive_maximum, topic_alias_maximum, maximum_packet_size, in_flight, stored, untracked. */
PyObject *py_connection_side(PyObject *connection, PyObject *sender);

/* Version (3, 4, 5, None), keep alive in seconds, deadline in seconds or None. */
PyObject *py_connection_state(PyObject *connection);

PyObject *py_connection_quota(PyObject *connection, PyObject *sender);
PyObject *py_connection_next_id(PyObject *connection, PyObject *sender); /* or None */
PyObject *py_connection_hold(PyObject *connection, PyObject *sender, PyObject *packet_id,
                             PyObject *tag);

/* The exception for a finding in the bytes of a packet. */
PyObject *py_finding(int code, PyObject *item, PyObject *field, PyObject *data, PyObject *version,
                     PyObject *sender, PyObject *allow);

#endif
