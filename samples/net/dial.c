/* SPDX-License-Identifier: MIT */
/* Looks a name up, and tries its addresses one after the other. */
#include "fail.h"
#include "stream_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum {
    ATTEMPT = 3000 /* ms for an address when there is another; for the last, what the system has */
};

struct net_dial {
    struct net_stream *stream; /* NULL: it is gone while the name is looked up */
    uv_getaddrinfo_t lookup;
    bool looking;
    uv_connect_t connect;
    struct addrinfo *addresses, *next;
    struct sockaddr_storage own; /* where bound */
    bool bound, nodelay;
    char *host;
};

static void fail(struct net_stream *stream, enum net_failure failure, int status)
{
    net_stream_fail(stream, failure, "%s", uv_strerror(status));
    net_stream_drop(stream);
}

void net_dial_free(struct net_dial *dial)
{
    if (!dial)
        return;
    dial->stream = NULL;
    if (dial->looking) {
        uv_cancel((uv_req_t *)&dial->lookup); /* its callback comes all the same */
        return;
    }
    uv_freeaddrinfo(dial->addresses);
    free(dial->host);
    free(dial);
}

static void try_next(struct net_stream *stream);

static void attempt_closed(uv_handle_t *handle)
{
    struct net_stream *stream = handle->data;
    if (stream->state != STREAM_DIALLING) {
        net_stream_handle_closed(stream);
        return;
    }
    stream->handles--;
    try_next(stream);
}

/* A socket that failed to connect cannot try again. */
static void attempt_failed(struct net_stream *stream, int status)
{
    uv_timer_stop(&stream->timer);
    net_stream_fail(stream, NET_CONNECT, "%s", uv_strerror(status));
    stream->has_socket = false;
    uv_close(&stream->socket.handle, attempt_closed);
}

void net_dial_late(struct net_stream *stream)
{
    attempt_failed(stream, UV_ETIMEDOUT);
}

static void connected(uv_connect_t *request, int status)
{
    struct net_stream *stream = request->handle->data;
    if (stream->state != STREAM_DIALLING || !stream->has_socket)
        return;
    if (status < 0) {
        attempt_failed(stream, status);
        return;
    }
    uv_timer_stop(&stream->timer);
    free(stream->error); /* of addresses that were tried before */
    stream->error = NULL;
    if (stream->dial->nodelay)
        uv_tcp_nodelay(&stream->socket.tcp, 1);
    net_stream_connected(stream);
}

static void open_socket(struct net_stream *stream)
{
    stream->socket.handle.data = stream;
    stream->has_socket = true;
    stream->handles++;
}

static void try_address(struct net_stream *stream, const struct sockaddr *address)
{
    struct net_dial *dial = stream->dial;
    int status;

    uv_tcp_init(stream->timer.loop, &stream->socket.tcp);
    open_socket(stream);
    if (dial->next)
        net_stream_alarm(stream, ATTEMPT);
    status = dial->bound ? uv_tcp_bind(&stream->socket.tcp, (struct sockaddr *)&dial->own, 0) : 0;
    if (!status)
        status = uv_tcp_connect(&dial->connect, &stream->socket.tcp, address, connected);
    if (status)
        attempt_failed(stream, status);
}

static void try_next(struct net_stream *stream)
{
    struct net_dial *dial = stream->dial;
    while (dial->next) {
        const struct addrinfo *it = dial->next;
        dial->next = it->ai_next;
        if (!dial->bound || it->ai_family == dial->own.ss_family) {
            try_address(stream, it->ai_addr);
            return;
        }
    }
    if (!stream->error)
        net_stream_fail(stream, NET_ADDRESS, "%s has no address of the family of this end's",
                        dial->host);
    net_stream_drop(stream);
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct net_dial *dial = request->data;
    struct net_stream *stream = dial->stream;

    dial->looking = false;
    dial->addresses = dial->next = addresses;
    if (!stream) {
        net_dial_free(dial);
        return;
    }
    if (stream->state == STREAM_CLOSING)
        return;
    if (status) {
        net_stream_fail(stream, NET_ADDRESS, "%s has no address: %s", dial->host,
                        uv_strerror(status));
        net_stream_drop(stream);
        return;
    }
    try_next(stream);
}

/* uv_pipe_connect would cut a long path. */
static void connect_local(struct net_stream *stream, const char *path)
{
    struct sockaddr_un name;
    if (strlen(path) >= sizeof name.sun_path) {
        fail(stream, NET_ADDRESS, UV_ENAMETOOLONG);
        return;
    }
    uv_pipe_init(stream->timer.loop, &stream->socket.pipe, 0);
    open_socket(stream);
    uv_pipe_connect(&stream->dial->connect, &stream->socket.pipe, path, connected);
}

static void look_up(struct net_stream *stream, const struct net_address *address)
{
    struct net_dial *dial = stream->dial;
    struct addrinfo hints;
    char port[8];
    int status;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    snprintf(port, sizeof port, "%u", address->port);
    dial->lookup.data = dial;
    status =
        uv_getaddrinfo(stream->timer.loop, &dial->lookup, looked_up, address->host, port, &hints);
    dial->looking = !status;
    if (status)
        fail(stream, NET_ADDRESS, status);
}

static bool read_own(struct net_dial *dial, const char *address)
{
    dial->bound = true;
    return !uv_ip4_addr(address, 0, (struct sockaddr_in *)&dial->own) ||
           !uv_ip6_addr(address, 0, (struct sockaddr_in6 *)&dial->own);
}

bool net_dial_begin(struct net_stream *stream, const struct net_peer *peer)
{
    struct net_dial *dial = calloc(1, sizeof *dial);
    if (!dial)
        return false;
    stream->dial = dial;
    dial->stream = stream;
    dial->host = strdup(peer->address->host);
    if (!dial->host)
        return false;
    dial->nodelay = peer->nodelay && !peer->address->local;
    if (peer->address->local) {
        connect_local(stream, dial->host);
    } else if (peer->bind_address && !read_own(dial, peer->bind_address)) {
        net_stream_fail(stream, NET_CONFIG, "%s is no address of this end", peer->bind_address);
        net_stream_drop(stream);
    } else {
        look_up(stream, peer->address);
    }
    return true;
}
