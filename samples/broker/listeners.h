/* SPDX-License-Identifier: MIT */
/* A place where connections come in. */
#ifndef BROKER_LISTENERS_H
#define BROKER_LISTENERS_H

#include "broker.h"
#include "sockets.h"

enum listener_state { LISTENER_SHUT, LISTENER_OPEN, LISTENER_CLOSING, LISTENER_RESTING };

struct listener {
    struct broker *broker;
    const struct listener_settings *settings; /* of which there may be several sockets */
    struct net_terms terms;                   /* its TLS is replaced by listeners_reload */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    uint32_t connections;

    /* Of listeners.c alone. */
    int fd; /* that listens; the socket has a duplicate, which is closed while it rests */
    enum listener_state state;
    struct timer timer;       /* when it goes on */
    bool waiting;             /* a connection is there, and has not been accepted */
    struct log_brake refused; /* connections */
    char name[SOCKET_NAME_SIZE];
};

/* Are the certificates of all listeners good?  False: *problem, of 256 bytes, says why not. */
bool listeners_check(const struct settings *settings, char *problem);

#endif
