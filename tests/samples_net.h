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
    size_t got;    /* bytes, which were those that the other end's pattern has */
    uint64_t when; /* it was closed, in ms */
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
    bool alone;       /* there is no listener */
    bool lenient; /* bytes may differ; an end that does not hear of it is closed after a moment */
    void (*started)(struct talk *); /* when the client's stream is there; or NULL */
    void (*took)(struct talk *);    /* the server's, likewise */
    void (*left)(struct talk *);    /* when an end is closed; or NULL */
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

/* ---- Somebody in between -------------------------------------------------------------------- */

struct relay;

/* Places count the bytes of both directions as they are handed on; SIZE_MAX: never. */
struct relay_plan {
    size_t cut;    /* where both connections are dropped */
    size_t damage; /* the byte that is changed */
};

/* Between talk_begin and talk_run, of TCP: the client gets to the relay then. */
struct relay *relay_begin(struct talk *talk, const struct relay_plan *plan);

/* After talk_run.  The answer: how many bytes it handed on. */
size_t relay_end(struct relay *relay);

/* ---- Ways from one end to the other --------------------------------------------------------- */

struct way {
    const char *url; /* of unix sockets, the name of a file in the folder is behind it */
    bool mutual;
    const char *version;
};

enum { WAYS = 11, RELAYED = 6 };

extern const struct way ways[WAYS];
extern const unsigned relayed[RELAYED]; /* those of TCP over IPv4, one of a kind */

/* talk_begin, with TLS of the certificates below. */
void talk_begin_way(struct talk *talk, const struct way *way);

/* talk_end, and forgets TLS. */
void talk_end_way(struct talk *talk);

/* ---- A folder, and certificates in it ------------------------------------------------------ */

/* Makes the folder with ca.pem, server.pem, client.pem, expired.pem, early.pem, wrong.pem, other.pem
 * (another authority), each with its key behind it. */
void certificates_make(void);
void certificates_remove(void);

/* The path of a file there; lasts until the fourth call from now. */
const char *in_folder(const char *name);

#endif
