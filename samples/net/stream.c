/* SPDX-License-Identifier: MIT */
/*
 * The application on top of a stream's layers, and how a stream begins and ends.  The last handle's
 * close callback tells `closed`, so that it comes once, and from the loop.
 */
#include "fail.h"
#include "proxy.h"
#include "stream_parts.h"
#include "tls_layer.h"
#include "websocket.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- The end -------------------------------------------------------------------------------- */

static const struct net_error no_memory = {.failure = NET_MEMORY, .text = "out of memory"};

bool net_stream_fail(struct net_stream *stream, enum net_failure failure, const char *format, ...)
{
    char text[sizeof stream->error->text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!stream->error)
        stream->error = malloc(sizeof *stream->error);
    return stream->error && net_fail(stream->error, failure, "%s", text);
}

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
    free(stream->requests);
    free(stream->error);
    free(stream->peer);
    free(stream->own);
    free(stream);
}

void net_stream_handle_closed(struct net_stream *stream)
{
    if (--stream->handles)
        return;
    if (!stream->silent)
        stream->events.closed(stream->arg, stream->error ? stream->error : &no_memory);
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

void net_stream_broke(struct net_stream *stream, enum net_failure failure, const char *text)
{
    if (stream->state < STREAM_ENDING)
        net_stream_fail(stream, failure, "%s", text);
    net_stream_drop(stream);
}

/* The layers end in order, from the top to the bottom. */
static void end(struct net_stream *stream, uint64_t timeout)
{
    stream->state = STREAM_ENDING;
    net_stream_alarm(stream, timeout);
    net_bottom_read(stream, true);
    stream->top.below->calls->finish(stream->top.below);
}

bool net_layer_fail(struct net_layer *layer, enum net_failure failure, const char *format, ...)
{
    struct net_stream *stream = layer->stream;
    char text[sizeof stream->error->text];
    va_list args;

    if (stream->state >= STREAM_ENDING)
        return false;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    net_stream_fail(stream, failure, "%s", text);
    end(stream, NET_STREAM_LINGER);
    return false;
}

bool net_layer_gone(const struct net_layer *layer)
{
    return layer->stream->state == STREAM_CLOSING;
}

/* ---- The top -------------------------------------------------------------------------------- */

static void top_start(struct net_layer *layer)
{
    struct net_stream *stream = layer->stream;
    if (stream->state != STREAM_SHAKING)
        return;
    stream->state = STREAM_OPEN;
    if (stream->paused)
        net_bottom_read(stream, false);
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

void net_stream_connected(struct net_stream *stream)
{
    stream->state = STREAM_SHAKING;
    net_bottom_names(stream);
    net_bottom_read(stream, true);
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
    case STREAM_OPEN:
    case STREAM_SHAKING:
        net_stream_broke(stream, NET_BROKEN, uv_strerror(stream->deaf));
        break;
    default: /* it takes too long to end */
        net_stream_drop(stream);
    }
}

void net_stream_alarm(struct net_stream *stream, uint64_t timeout)
{
    uv_timer_start(&stream->timer, timer_rang, timeout, 0);
}

/* ---- Public calls --------------------------------------------------------------------------- */

/* libuv writes to sockets without MSG_NOSIGNAL.  Who handles SIGPIPE already goes on doing so. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (!sigaction(SIGPIPE, NULL, &action) && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static struct net_stream *new_stream(uv_loop_t *loop, const struct net_stream_events *events,
                                     void *arg)
{
    static uv_once_t once = UV_ONCE_INIT;
    struct net_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    uv_once(&once, ignore_broken_pipes);
    stream->events = *events;
    stream->arg = arg;
    stream->top.calls = &top_calls;
    stream->top.below = &stream->bottom;
    stream->bottom.calls = &net_bottom_calls;
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
    struct net_error error;
    if (peer->address->tls && !peer->tls)
        return net_stream_fail(stream, NET_CONFIG, "TLS is wanted, and its options are not there");
    if ((!peer->address->tls || push_tls(stream, peer->tls, peer->address->host, &error)) &&
        (!peer->address->websocket || push(stream, net_websocket_client(peer, &error))))
        return true;
    return net_stream_fail(stream, error.failure, "%s", error.text);
}

static bool push_server(struct net_stream *stream, const struct net_terms *terms,
                        struct net_error *error)
{
    return (!terms->proxy || push(stream, net_proxy_layer(error))) &&
           (!terms->tls || push_tls(stream, terms->tls, NULL, error)) &&
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

/* A server's, whose socket is to be opened.  NULL: *error says why. */
static struct net_stream *new_guest(uv_loop_t *loop, bool local,
                                    const struct net_stream_events *events, void *arg,
                                    struct net_error *error)
{
    struct net_stream *stream = new_stream(loop, events, arg);
    if (!stream) {
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    if (local)
        uv_pipe_init(loop, &stream->socket.pipe, 0);
    else
        uv_tcp_init(loop, &stream->socket.tcp);
    stream->socket.handle.data = stream;
    stream->has_socket = true;
    stream->handles++;
    stream->state = STREAM_ACCEPTED;
    return stream;
}

/* status: of opening its socket. */
static struct net_stream *admit(struct net_stream *stream, int status,
                                const struct net_terms *terms, struct net_error *error)
{
    if (status)
        net_fail(error, NET_CONNECT, "%s", uv_strerror(status));
    if (status || !push_server(stream, terms, error)) {
        forget(stream);
        return NULL;
    }
    /* Small packets are gathered here, not by the system. */
    if (stream->socket.handle.type == UV_TCP)
        uv_tcp_nodelay(&stream->socket.tcp, 1);
    net_stream_alarm(stream, 0);
    return stream;
}

struct net_stream *net_stream_accept(uv_stream_t *listener, const struct net_terms *terms,
                                     const struct net_stream_events *events, void *arg,
                                     struct net_error *error)
{
    struct net_stream *stream =
        new_guest(listener->loop, listener->type == UV_NAMED_PIPE, events, arg, error);
    return stream ? admit(stream, uv_accept(listener, &stream->socket.stream), terms, error) : NULL;
}

struct net_stream *net_stream_open(uv_loop_t *loop, int fd, const struct net_terms *terms,
                                   const struct net_stream_events *events, void *arg,
                                   struct net_error *error)
{
    struct net_stream *stream =
        new_guest(loop, uv_guess_handle(fd) == UV_NAMED_PIPE, events, arg, error);
    int status;
    if (!stream) {
        close(fd);
        return NULL;
    }
    status = stream->socket.handle.type == UV_NAMED_PIPE ? uv_pipe_open(&stream->socket.pipe, fd)
                                                         : uv_tcp_open(&stream->socket.tcp, fd);
    if (status)
        close(fd);
    return admit(stream, status, terms, error);
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
    if (stream->state == STREAM_OPEN)
        net_bottom_read(stream, !paused);
}

void net_stream_close(struct net_stream *stream, uint64_t timeout)
{
    if (stream->state < STREAM_OPEN)
        net_stream_abort(stream);
    if (stream->state != STREAM_OPEN)
        return;
    net_stream_fail(stream, NET_OK, "closed");
    end(stream, timeout);
}

void net_stream_abort(struct net_stream *stream)
{
    if (stream->state < STREAM_ENDING)
        net_stream_fail(stream, NET_OK, "closed");
    net_stream_drop(stream);
}

const char *net_stream_peer(const struct net_stream *stream)
{
    return stream->peer ? stream->peer : "";
}

const char *net_stream_own(const struct net_stream *stream)
{
    return stream->own ? stream->own : "";
}

const char *net_stream_identity(const struct net_stream *stream)
{
    return stream->tls ? net_tls_layer_identity(stream->tls) : NULL;
}

const char *net_stream_subject(const struct net_stream *stream)
{
    return stream->tls ? net_tls_layer_subject(stream->tls) : NULL;
}
