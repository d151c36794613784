/* SPDX-License-Identifier: MIT */
/*
 * The socket at the bottom of a stream's layers, and the application on top of them.  The last
 * handle's close callback tells `closed`, so that it comes once, and from the loop.
 */
#include "fail.h"
#include "stream_parts.h"
#include "tls_layer.h"
#include "websocket.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum {
    LINGER = 1000,      /* ms in which a peer may take the reason why it is left */
    KEPT = 64 * 1024,   /* bytes of buffers that stay when they are empty */
    UNASKED = 64 * 1024 /* bytes of answers that the peer may ask for without reading them */
};

/* ---- The end -------------------------------------------------------------------------------- */

static void destroy(struct net_stream *stream)
{
    for (struct net_layer *layer = stream->bottom.above, *above; layer != &stream->top;
         layer = above) {
        above = layer->above;
        layer->calls->free(layer);
    }
    net_dial_free(stream->dial);
    net_buffer_free(&stream->early);
    net_buffer_free(&stream->out);
    net_buffer_free(&stream->sending);
    free(stream);
}

void net_stream_handle_closed(struct net_stream *stream)
{
    if (--stream->handles)
        return;
    if (!stream->silent)
        stream->events.closed(stream->arg, &stream->error);
    destroy(stream);
}

static void handle_closed(uv_handle_t *handle)
{
    net_stream_handle_closed(handle->data);
}

void net_stream_drop(struct net_stream *stream)
{
    if (stream->state == STREAM_CLOSING)
        return;
    stream->state = STREAM_CLOSING;
    if (stream->has_socket)
        uv_close(&stream->socket.handle, handle_closed);
    stream->has_socket = false;
    uv_close((uv_handle_t *)&stream->timer, handle_closed);
}

/* The connection is of no use any more. */
static void broke(struct net_stream *stream, int status)
{
    if (stream->state == STREAM_OPEN || stream->state == STREAM_SHAKING)
        net_fail(&stream->error, NET_BROKEN, "%s", uv_strerror(status));
    net_stream_drop(stream);
}

static void read_on(struct net_stream *stream);

/* The layers end in order, from the top to the bottom. */
static void end(struct net_stream *stream, uint64_t timeout)
{
    stream->state = STREAM_ENDING;
    net_stream_alarm(stream, timeout);
    if (!stream->ended)
        read_on(stream);
    stream->top.below->calls->finish(stream->top.below);
}

bool net_layer_fail(struct net_layer *layer, enum net_failure failure, const char *format, ...)
{
    struct net_stream *stream = layer->stream;
    char text[sizeof stream->error.text];
    va_list args;

    if (stream->state >= STREAM_ENDING)
        return false;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    net_fail(&stream->error, failure, "%s", text);
    end(stream, LINGER);
    return false;
}

bool net_layer_gone(const struct net_layer *layer)
{
    return layer->stream->state == STREAM_CLOSING;
}

/* ---- The bottom ----------------------------------------------------------------------------- */

static void send_more(struct net_stream *stream);

/* What the peer said before it went may tell more than the error of a write: it is read first. */
static void write_failed(struct net_stream *stream, int status)
{
    if (stream->state == STREAM_ENDING || stream->ended || stream->paused) {
        broke(stream, status);
        return;
    }
    stream->deaf = status;
    net_buffer_free(&stream->out);
    net_stream_alarm(stream, LINGER);
}

static void drained(struct net_stream *stream)
{
    stream->unasked = 0;
    if (stream->sending.cap > KEPT)
        net_buffer_free(&stream->sending);
    if (stream->out.cap > KEPT)
        net_buffer_free(&stream->out);
    if (!stream->wrote || stream->state != STREAM_OPEN)
        return;
    stream->wrote = false;
    stream->events.drained(stream->arg);
}

static void sent(uv_write_t *request, int status)
{
    struct net_stream *stream = request->handle->data;
    stream->busy = false;
    net_buffer_take(&stream->sending, stream->sending.len);
    if (stream->state == STREAM_CLOSING)
        return;
    if (status < 0) {
        write_failed(stream, status);
        return;
    }
    send_more(stream);
    if (!stream->busy)
        drained(stream);
}

static void was_shut(uv_shutdown_t *request, int status)
{
    struct net_stream *stream = request->handle->data;
    stream->shut = true;
    if (status < 0 || stream->ended)
        net_stream_drop(stream);
}

static void shut_down(struct net_stream *stream)
{
    if (uv_shutdown(&stream->shutdown, &stream->socket.stream, was_shut))
        net_stream_drop(stream);
}

/* What is written while libuv sends goes out together thereafter. */
static void send_more(struct net_stream *stream)
{
    struct net_buffer taken = stream->out;
    uv_buf_t data;
    int status;

    if (stream->busy || stream->state == STREAM_CLOSING)
        return;
    if (!taken.len) {
        if (stream->finished)
            shut_down(stream);
        return;
    }
    stream->out = stream->sending;
    stream->sending = taken;
    data.base = (char *)taken.bytes;
    data.len = taken.len;
    stream->busy = true;
    status = uv_write(&stream->write, &stream->socket.stream, &data, 1, sent);
    if (status) {
        stream->busy = false;
        broke(stream, status);
    }
}

static bool bottom_write(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct net_stream *stream = layer->stream;
    if (stream->deaf || stream->finished || stream->state == STREAM_CLOSING)
        return true;
    if (!net_buffer_add(&stream->out, data, len)) {
        if (stream->state < STREAM_ENDING)
            net_fail(&stream->error, NET_MEMORY, "out of memory");
        net_stream_drop(stream);
        return false;
    }
    if (!stream->asked && stream->state == STREAM_OPEN && (stream->unasked += len) > UNASKED) {
        net_fail(&stream->error, NET_BROKEN, "the peer does not read what it asks for");
        net_stream_drop(stream);
    }
    send_more(stream);
    return true;
}

static void bottom_finish(struct net_layer *layer)
{
    struct net_stream *stream = layer->stream;
    if (stream->finished)
        return;
    stream->finished = true;
    if (stream->deaf)
        net_stream_drop(stream);
    else
        send_more(stream);
}

static void got_end(struct net_stream *stream)
{
    struct net_layer *above = stream->bottom.above;

    stream->ended = true;
    uv_read_stop(&stream->socket.stream);
    if (stream->state != STREAM_ENDING)
        above->calls->ended(above);
    else if (stream->shut)
        net_stream_drop(stream);
    else
        bottom_finish(&stream->bottom); /* a layer waits in vain for the peer's last words */
}

static void got(uv_stream_t *handle, ssize_t len, const uv_buf_t *buffer)
{
    struct net_stream *stream = handle->data;
    struct net_layer *above = stream->bottom.above;

    if (len > 0)
        above->calls->feed(above, (const uint8_t *)buffer->base, (size_t)len);
    else if (len == UV_EOF)
        got_end(stream);
    else if (len < 0)
        broke(stream, (int)len);
    free(buffer->base);
}

static void make_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    buffer->base = malloc(suggested);
    buffer->len = buffer->base ? suggested : 0;
}

static void read_on(struct net_stream *stream)
{
    int status = uv_read_start(&stream->socket.stream, make_room, got);
    if (status && status != UV_EALREADY)
        broke(stream, status);
}

static const struct net_layer_calls bottom_calls = {.write = bottom_write, .finish = bottom_finish};

/* ---- The top -------------------------------------------------------------------------------- */

static void top_start(struct net_layer *layer)
{
    struct net_stream *stream = layer->stream;
    if (stream->state != STREAM_SHAKING)
        return;
    stream->state = STREAM_OPEN;
    if (stream->paused)
        uv_read_stop(&stream->socket.stream);
    if (stream->early.len)
        net_stream_write(stream, stream->early.bytes, stream->early.len);
    net_buffer_free(&stream->early);
    if (stream->state == STREAM_OPEN)
        stream->events.opened(stream->arg);
}

static void top_feed(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct net_stream *stream = layer->stream;
    if (stream->state == STREAM_OPEN && len)
        stream->events.received(stream->arg, data, len);
}

static void top_ended(struct net_layer *layer)
{
    net_layer_fail(layer, NET_END, "the peer closed the connection");
}

static const struct net_layer_calls top_calls = {
    .start = top_start, .feed = top_feed, .ended = top_ended};

/* An address of IPv4 that came in to a socket of IPv6 is written as what it is. */
static void name(const struct sockaddr_storage *address, char *text, size_t cap)
{
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
    char host[64];

    uv_ip_name((const struct sockaddr *)address, host, sizeof host);
    if (address->ss_family == AF_INET)
        snprintf(text, cap, "%s:%u", host, ntohs(((const struct sockaddr_in *)address)->sin_port));
    else if (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr))
        snprintf(text, cap, "%s:%u", strrchr(host, ':') + 1, ntohs(ip6->sin6_port));
    else
        snprintf(text, cap, "[%s]:%u", host, ntohs(ip6->sin6_port));
}

static void name_ends(struct net_stream *stream)
{
    struct sockaddr_storage address;
    int len = sizeof address;
    size_t room = sizeof stream->own - 1;

    if (stream->socket.handle.type == UV_NAMED_PIPE) {
        uv_pipe_getsockname(&stream->socket.pipe, stream->own, &room);
        room = sizeof stream->peer - 1;
        uv_pipe_getpeername(&stream->socket.pipe, stream->peer, &room);
        /* One end has no name of its own. */
        if (!stream->peer[0])
            memcpy(stream->peer, stream->own, sizeof stream->peer);
        else if (!stream->own[0])
            memcpy(stream->own, stream->peer, sizeof stream->own);
        return;
    }
    if (!uv_tcp_getsockname(&stream->socket.tcp, (struct sockaddr *)&address, &len))
        name(&address, stream->own, sizeof stream->own);
    len = sizeof address;
    if (!uv_tcp_getpeername(&stream->socket.tcp, (struct sockaddr *)&address, &len))
        name(&address, stream->peer, sizeof stream->peer);
}

void net_stream_connected(struct net_stream *stream)
{
    stream->state = STREAM_SHAKING;
    name_ends(stream);
    read_on(stream);
    if (stream->state == STREAM_SHAKING)
        stream->bottom.above->calls->start(stream->bottom.above);
}

static void timer_rang(uv_timer_t *timer)
{
    struct net_stream *stream = timer->data;
    switch (stream->state) {
    case STREAM_DIALLING:
        net_dial_late(stream);
        break;
    case STREAM_ACCEPTED:
        net_stream_connected(stream);
        break;
    default:
        broke(stream, stream->deaf); /* or it takes too long to end, which has its own error */
    }
}

void net_stream_alarm(struct net_stream *stream, uint64_t timeout)
{
    uv_timer_start(&stream->timer, timer_rang, timeout, 0);
}

/* ---- Public calls --------------------------------------------------------------------------- */

static struct net_stream *new_stream(uv_loop_t *loop, const struct net_stream_events *events,
                                     void *arg)
{
    struct net_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->events = *events;
    stream->arg = arg;
    stream->top.calls = &top_calls;
    stream->top.below = &stream->bottom;
    stream->bottom.calls = &bottom_calls;
    stream->bottom.above = &stream->top;
    stream->top.stream = stream->bottom.stream = stream;
    uv_timer_init(loop, &stream->timer);
    stream->timer.data = stream;
    stream->handles = 1;
    return stream;
}

/* Closes a stream that the application never came to know. */
static void forget(struct net_stream *stream)
{
    stream->silent = true;
    net_stream_drop(stream);
}

/* Puts a layer under the application. */
static bool push(struct net_stream *stream, struct net_layer *layer)
{
    if (!layer)
        return false;
    layer->stream = stream;
    layer->above = &stream->top;
    layer->below = stream->top.below;
    layer->below->above = stream->top.below = layer;
    return true;
}

static bool push_tls(struct net_stream *stream, struct net_tls *tls, const char *host,
                     struct net_error *error)
{
    stream->tls = net_tls_layer(tls, host, error);
    return push(stream, stream->tls);
}

static bool push_client(struct net_stream *stream, const struct net_peer *peer)
{
    if (peer->address->tls && !peer->tls)
        return net_fail(&stream->error, NET_CONFIG, "TLS is wanted, and its options are not there");
    return (!peer->address->tls ||
            push_tls(stream, peer->tls, peer->address->host, &stream->error)) &&
           (!peer->address->websocket || push(stream, net_websocket_client(peer, &stream->error)));
}

static bool push_server(struct net_stream *stream, const struct net_terms *terms,
                        struct net_error *error)
{
    return (!terms->tls || push_tls(stream, terms->tls, NULL, error)) &&
           (!terms->websocket || push(stream, net_websocket_server(terms, error)));
}

struct net_stream *net_stream_connect(uv_loop_t *loop, const struct net_peer *peer,
                                      const struct net_stream_events *events, void *arg)
{
    struct net_stream *stream = new_stream(loop, events, arg);
    if (!stream)
        return NULL;
    if (!push_client(stream, peer)) {
        net_stream_drop(stream);
    } else if (!net_dial_begin(stream, peer)) {
        forget(stream);
        return NULL;
    }
    return stream;
}

struct net_stream *net_stream_accept(uv_stream_t *listener, const struct net_terms *terms,
                                     const struct net_stream_events *events, void *arg,
                                     struct net_error *error)
{
    struct net_stream *stream = new_stream(listener->loop, events, arg);
    int status;

    if (!stream) {
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    if (listener->type == UV_NAMED_PIPE)
        uv_pipe_init(listener->loop, &stream->socket.pipe, 0);
    else
        uv_tcp_init(listener->loop, &stream->socket.tcp);
    stream->socket.handle.data = stream;
    stream->has_socket = true;
    stream->handles++;
    stream->state = STREAM_ACCEPTED;
    status = uv_accept(listener, &stream->socket.stream);
    if (status) {
        net_fail(error, NET_CONNECT, "%s", uv_strerror(status));
        forget(stream);
        return NULL;
    }
    if (!push_server(stream, terms, error)) {
        forget(stream);
        return NULL;
    }
    /* Small packets are gathered here, not by the system. */
    if (listener->type == UV_TCP)
        uv_tcp_nodelay(&stream->socket.tcp, 1);
    net_stream_alarm(stream, 0);
    return stream;
}

bool net_stream_write(struct net_stream *stream, const void *data, size_t len)
{
    bool written;
    if (stream->state >= STREAM_ENDING)
        return false;
    if (!len)
        return true;
    stream->wrote = true;
    if (stream->state < STREAM_OPEN)
        return net_buffer_add(&stream->early, data, len);
    stream->asked = true;
    written = stream->top.below->calls->write(stream->top.below, data, len);
    stream->asked = false;
    return written;
}

size_t net_stream_pending(const struct net_stream *stream)
{
    size_t sending =
        stream->has_socket ? uv_stream_get_write_queue_size(&stream->socket.stream) : 0;
    return stream->early.len + stream->out.len + sending;
}

void net_stream_pause(struct net_stream *stream, bool paused)
{
    stream->paused = paused;
    if (stream->state != STREAM_OPEN || stream->ended)
        return;
    if (paused)
        uv_read_stop(&stream->socket.stream);
    else
        read_on(stream);
}

void net_stream_close(struct net_stream *stream, uint64_t timeout)
{
    if (stream->state < STREAM_OPEN)
        net_stream_abort(stream);
    if (stream->state != STREAM_OPEN)
        return;
    net_fail(&stream->error, NET_OK, "closed");
    end(stream, timeout);
}

void net_stream_abort(struct net_stream *stream)
{
    if (stream->state < STREAM_ENDING)
        net_fail(&stream->error, NET_OK, "closed");
    net_stream_drop(stream);
}

const char *net_stream_peer(const struct net_stream *stream)
{
    return stream->peer;
}

const char *net_stream_own(const struct net_stream *stream)
{
    return stream->own;
}

const char *net_stream_identity(const struct net_stream *stream)
{
    return stream->tls ? net_tls_layer_identity(stream->tls) : NULL;
}

const char *net_stream_subject(const struct net_stream *stream)
{
    return stream->tls ? net_tls_layer_subject(stream->tls) : NULL;
}
