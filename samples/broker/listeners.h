/* SPDX-License-Identifier: MIT */
/* A place where connections come in. */
#ifndef BROKER_LISTENERS_H
#define BROKER_LISTENERS_H

#include "broker.h"

struct listener {
    struct broker *broker;
    const struct listener_settings *settings;
    struct net_terms terms; /* its TLS is replaced by listeners_reload */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    uint32_t connections;
};

#endif
