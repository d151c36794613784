/* SPDX-License-Identifier: MIT */
/* Records in Python, many at once: a batch as lines of JSON. */
#ifndef CAPTURE_LINES_H
#define CAPTURE_LINES_H

#include "record.h"

#include <line.h>

enum { LINES_CONNECTIONS = 64 };

/* What lines say of a connection, kept for a batch. */
struct lines_connection {
    uint32_t number; /* in the capture; 0: free */
    struct json_out text;
};

/* How lines are written, and what is kept from one batch to the next.  All zero at first. */
struct lines {
    struct json_form form;
    struct json_out out;
    uint64_t packets;     /* of the inputs before this one */
    uint64_t connections; /* likewise */
    bool untimed;         /* the capture does not say when */
    struct mqw_options options;
    struct lines_connection known[LINES_CONNECTIONS];

    /* What came of a batch. */
    uint64_t packet, connection; /* the highest number, or 0 */
    bool broken, early;          /* a rule was; bytes of a packet are missing */
};

/*
 * A list of what the batch has, in order: bytes, which are lines, and the Record of each note.
 * NULL: an exception is set.
 */
PyObject *lines_list(struct lines *lines, const struct capture *capture,
                     const struct record_state *state, const struct capture_batch *batch);

void lines_free(struct lines *lines);

#endif
