/* SPDX-License-Identifier: MIT */
/*
 * Bytes to and from a peer over TCP or a unix socket, within TLS or not, within WebSocket frames or
 * not: whoever sends MQTT need not know.  Works in a libuv loop; all calls are made in its thread.
 * The first stream has SIGPIPE ignored, unless the process does something else with it.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "address.h"
#include "error.h"
#include "tls.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct net_stream;

/* Called from the loop, never from within a call of the stream. */
struct net_stream_events {
    void (*opened)(void *arg); /* all handshakes are done */
    void (*received)(void *arg, const uint8_t *data, size_t len);
    void (*drained)(void *arg); /* all that was written has been handed to the system */
    bool relief; /* drained is told only where that took a while, and costs nothing where not */
    /* The last call, always made once; the stream is freed when it returns.  NET_OK: it was closed
     * by net_stream_close or net_stream_abort. */
    void (*closed)(void *arg, const struct net_error *error);
};

/* How a client connects.  Nothing of it is kept but tls, which must outlive the stream. */
struct net_peer {
    const struct net_address *address; /* address->tls, ->websocket and ->path say which layers */
    struct net_tls *tls;               /* where address->tls */
    const char *bind_address;          /* local address; NULL: any */
    const char *websocket_path;        /* NULL: the address's, or /mqtt */
    const char *websocket_origin;      /* NULL: none is sent */
    const char *const *websocket_headers; /* "Name: value" texts, ending with NULL; NULL: none */
    bool nodelay;                         /* TCP_NODELAY */
};

/* Pages of the host that the request names, at any port, if that is an address or localhost: a name
 * may be that of an attacker, who has it lead here (DNS rebinding). */
#define NET_ORIGIN_OWN "own"

/* What a listener speaks. */
struct net_terms {
    struct net_tls *tls; /* NULL: none */
    bool proxy;          /* each connection begins with PROXY protocol v2, which says who it is */
    bool websocket;
    const char *const *origins; /* that a WebSocket may come from, ending with NULL; NULL: any;
                                   NET_ORIGIN_OWN stands for those of the host that is asked */
    size_t websocket_max; /* bytes of a WebSocket message; 0: any number, which are handed on as
                             they come */
};

/*
 * Connects, trying the addresses of a name in turn, those of both families.  NULL: out of memory.
 * Every other failure is told by closed.
 */
struct net_stream *net_stream_connect(uv_loop_t *loop, const struct net_peer *peer,
                                      const struct net_stream_events *events, void *arg);

/* Accepts from a listening uv_tcp_t or uv_pipe_t.  NULL: that failed, and *error says why. */
struct net_stream *net_stream_accept(uv_stream_t *listener, const struct net_terms *terms,
                                     const struct net_stream_events *events, void *arg,
                                     struct net_error *error);

/* The same for a descriptor that is connected: one end of a socketpair, say, or what was inherited.
 * It is the stream's from now on, also where that fails. */
struct net_stream *net_stream_open(uv_loop_t *loop, int fd, const struct net_terms *terms,
                                   const struct net_stream_events *events, void *arg,
                                   struct net_error *error);

/* Copies the bytes and sends them; false: no memory, or the stream is closing. */
bool net_stream_write(struct net_stream *stream, const void *data, size_t len);

/* Bytes that were written and that the system has not taken yet. */
size_t net_stream_pending(const struct net_stream *stream);

/* Stops or goes on with reading; what has been read already may still come. */
void net_stream_pause(struct net_stream *stream, bool paused);

/*
 * Sends what is pending, ends WebSocket, TLS and TCP in order, and waits for the peer to close, at
 * most timeout milliseconds.  received is not called any more.
 */
void net_stream_close(struct net_stream *stream, uint64_t timeout);

/* Closes at once, and loses what is pending. */
void net_stream_abort(struct net_stream *stream);

/* Who is at the other end: "127.0.0.1:1883", "[::1]:1883", "/run/socket"; "" before it is open. */
const char *net_stream_peer(const struct net_stream *stream);

/* This end, likewise. */
const char *net_stream_own(const struct net_stream *stream);

/* Server: the name (CN) and the whole subject of the peer's verified certificate, or NULL. */
const char *net_stream_identity(const struct net_stream *stream);
const char *net_stream_subject(const struct net_stream *stream);

#endif
