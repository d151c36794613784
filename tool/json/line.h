/* SPDX-License-Identifier: MIT */
/* The line of a packet: where it was seen, the packet, and what is wrong with it. */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include "form.h"

/* Who talks to whom; what is not known is NULL. */
struct json_connection {
    uint64_t number;
    struct mqw_bytes client, server; /* address:port */
    struct mqw_bytes client_id;
    const char *transport, *tls;
};

/* A rule of the connection that a packet breaks. */
struct json_finding {
    enum mqw_code code;
    uint32_t offset;
    char field[128]; /* longer than any */
};

struct json_line {
    uint64_t number;
    bool timed;
    uint64_t time;                     /* nanoseconds since the epoch */
    const struct json_out *connection; /* as json_connection_write has it */
    uint64_t size;                     /* 0: not known */
    const char *guessed;               /* how sure, or NULL: it is no guess */
    const uint8_t *data;
    size_t len;
    struct mqw_options options; /* with its version and sender */
    struct mqw_bytes topic;     /* which an alias stands for, or NULL */
    uint64_t acknowledges;      /* or 0, */
    bool late;                  /* or with a latency, */
    uint64_t latency;           /* in nanoseconds */
    const struct json_finding *findings;
    size_t finding_count;
};

/* Writes what the lines of a connection have in common. */
void json_connection_write(const struct json_connection *connection, struct json_out *out);

/* Adds a line.  The result is mqw_decode's. */
enum mqw_code json_line_write(struct json_form *form, const struct json_line *line,
                              struct json_out *out);

#endif
