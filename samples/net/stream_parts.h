/* SPDX-License-Identifier: MIT */
/* What a stream is made of: for stream.c and dial.c. */
#ifndef NET_STREAM_PARTS_H
#define NET_STREAM_PARTS_H

#include "buffer.h"
#include "layer.h"
#include "stream.h"

struct net_dial;

enum { NET_STREAM_LINGER = 1000 /* ms in which a peer may take the reason why it is left */ };

enum net_stream_state {
    STREAM_DIALLING,
    STREAM_ACCEPTED, /* and told nobody so far */
    STREAM_SHAKING,  /* hands, in one of the layers */
    STREAM_OPEN,
    STREAM_ENDING, /* what is pending goes out, and what comes is passed over */
    STREAM_CLOSING /* libuv gives the handles back */
};

/* An idle stream has none. */
struct net_requests {
    uv_write_t write;
    uv_shutdown_t shutdown;
};

struct net_stream {
    enum net_stream_state state;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    bool has_socket; /* it is not closed, nor closing */
    uv_timer_t timer;
    unsigned handles; /* of the two, those that libuv has */
    struct net_dial *dial;
    struct net_layer top, bottom;
    struct net_layer *tls; /* one of those between them, or NULL */

    struct net_stream_events events;
    void *arg;
    bool silent;             /* the application does not know of it */
    struct net_error *error; /* why it ends; NULL: it does not, or there was no memory for it */

    struct net_buffer early; /* written before it was open */
    struct net_buffer out, sending;
    struct net_requests *requests; /* to libuv; NULL: none was made, or none is wanted any more */
    bool busy;                     /* libuv is sending */
    bool asked;                    /* what is sent just now is the application's */
    size_t unasked; /* bytes in out and sending that layers sent of their own: pongs, say */
    bool wrote;     /* and the application was not told that all is sent */
    int deaf;       /* why the peer takes no more; 0: it does */
    bool finished;  /* nothing more will be written */
    bool shut;      /* and the peer knows */
    bool ended;     /* the peer says no more */
    bool paused;

    char *peer, *own; /* who is at the ends; NULL: not known */
};

/* The socket is connected. */
void net_stream_connected(struct net_stream *stream);

/* The socket as a layer. */
extern const struct net_layer_calls net_bottom_calls;

/* Goes on or stops with reading. */
void net_bottom_read(struct net_stream *stream, bool on);

/* Finds out who is at both ends. */
void net_bottom_names(struct net_stream *stream);

/* Why the stream ends.  Always false. */
bool net_stream_fail(struct net_stream *stream, enum net_failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Drops the stream, for that reason unless it ends for another already. */
void net_stream_broke(struct net_stream *stream, enum net_failure failure, const char *text);

/* Closes all handles; `closed` comes thereafter. */
void net_stream_drop(struct net_stream *stream);

/* In so many milliseconds the state is looked at: an attempt is late, a peer does not close. */
void net_stream_alarm(struct net_stream *stream, uint64_t timeout);

/* For uv_close. */
void net_stream_handle_closed(struct net_stream *stream);

/* Begins to connect to the address.  What goes wrong is told by the stream's end.  False: no memory. */
bool net_dial_begin(struct net_stream *stream, const struct net_peer *peer);

/* An attempt takes too long. */
void net_dial_late(struct net_stream *stream);

/* Forgets about it; the name may still be looked up. */
void net_dial_free(struct net_dial *dial);

#endif
