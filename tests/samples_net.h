/* SPDX-License-Identifier: MIT */
/* Two ends of a connection in one loop, and what they need: for tests of samples/net. */
#ifndef SAMPLES_NET_H
#define SAMPLES_NET_H

#include "stream.h"

#include <check.h>

struct talk;

/* One end; what happened to it. */
struct end {
    struct talk *talk;
    struct net_stream *stream; /* NULL: there is none yet, or none any more */
    unsigned opened, drained, closed;
    size_t sent, to_send;
    size_t got; /* bytes, which were those that the other end's pattern has */
    struct net_error error;
    /* What a test does in the middle; each may be NULL. */
    void (*on_opened)(struct end *);
    void (*on_received)(struct end *, const uint8_t *data, size_t len); /* instead of comparing */
    void (*on_drained)(struct end *);
    bool abort_opened, abort_received, abort_drained;
};

/* A listener, its server's end and the client's. */
struct talk {
    uv_loop_t loop;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } listener;
    uv_timer_t watchdog;
    struct net_terms terms;
    struct net_peer peer;
    struct net_address address; /* of the listener */
    struct end client, server;
    unsigned running; /* ends that were not closed */
    uint32_t seed;
};

/* Listens where the URL says, on any port.  "[::1]" and unix sockets are fine. */
void talk_begin(struct talk *talk, const char *url);

/* Connects the client; runs until both ends are closed, or only the client's if it was refused. */
void talk_run(struct talk *talk);

/* Frees all. */
void talk_end(struct talk *talk);

uint32_t talk_random(struct talk *talk, uint32_t below);

/* Writes random pieces until `to_send` bytes were sent; ends then, if all came that should. */
void talk_push(struct end *end);

/* The port that the listener got. */
uint16_t talk_port(const struct talk *talk);

/* ---- A folder, and certificates in it ------------------------------------------------------ */

/* Makes the folder with ca.pem, server.pem, client.pem, expired.pem, early.pem, wrong.pem, other.pem
 * (another authority), each with its key behind it. */
void certificates_make(void);
void certificates_remove(void);

/* The path of a file there; lasts until the fourth call from now. */
const char *in_folder(const char *name);

#endif
