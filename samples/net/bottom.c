/* SPDX-License-Identifier: MIT */
/* The socket at the bottom of a stream's layers. */
#include "stream_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEPT = 64 * 1024,   /* bytes of buffers that stay when they are empty */
    UNASKED = 64 * 1024 /* bytes of answers that the peer may ask for without reading them */
};

static void send_more(struct net_stream *stream);

/* What a thread reads into, one stream at a time; another where a callback runs the loop. */
static _Thread_local struct {
    bool taken;
    char bytes[64 * 1024];
} reading;

/* What the peer said before it went may tell more than the error of a write: it is read first. */
static void write_failed(struct net_stream *stream, int status)
{
    if (stream->state == STREAM_ENDING || stream->ended || stream->paused) {
        net_stream_broke(stream, NET_BROKEN, uv_strerror(status));
        return;
    }
    stream->deaf = status;
    net_buffer_free(&stream->out);
    net_stream_alarm(stream, NET_STREAM_LINGER);
}

/* Who asks for relief alone has thousands of streams, most of them idle. */
static void shrink(const struct net_stream *stream, struct net_buffer *buffer)
{
    if (stream->events.relief || buffer->cap > KEPT)
        net_buffer_free(buffer);
}

static void drained(struct net_stream *stream)
{
    stream->unasked = 0;
    shrink(stream, &stream->sending);
    shrink(stream, &stream->out);
    if (stream->events.relief && !stream->finished) {
        free(stream->requests);
        stream->requests = NULL;
    }
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

static bool make_requests(struct net_stream *stream)
{
    if (!stream->requests)
        stream->requests = malloc(sizeof *stream->requests);
    return stream->requests != NULL;
}

static void shut_down(struct net_stream *stream)
{
    if (!make_requests(stream) ||
        uv_shutdown(&stream->requests->shutdown, &stream->socket.stream, was_shut))
        net_stream_drop(stream);
}

/* Hands over what the system takes at once, most of the time all of it, without libuv's request,
 * which takes two turns of its loop and a call of epoll_ctl.  Answers how many bytes. */
static size_t try_write(struct net_stream *stream, const uint8_t *data, size_t len)
{
    uv_buf_t buffer;
    int taken;
    if (!stream->events.relief || stream->busy || stream->out.len ||
        stream->state == STREAM_CLOSING)
        return 0;
    buffer.base = (char *)(uintptr_t)data; /* libuv's type is not const */
    buffer.len = len;
    taken = uv_try_write(&stream->socket.stream, &buffer, 1);
    return taken > 0 ? (size_t)taken : 0; /* what is wrong is told by uv_write */
}

/* What is written while libuv sends goes out together thereafter. */
static void send_more(struct net_stream *stream)
{
    struct net_buffer taken;
    uv_buf_t data;
    int status;

    if (stream->busy || stream->state == STREAM_CLOSING)
        return;
    taken = stream->out;
    if (!taken.len) {
        if (stream->finished)
            shut_down(stream);
        return;
    }
    if (!make_requests(stream)) {
        net_stream_broke(stream, NET_MEMORY, "out of memory");
        return;
    }
    stream->out = stream->sending;
    stream->sending = taken;
    data.base = (char *)taken.bytes;
    data.len = taken.len;
    stream->busy = true;
    status = uv_write(&stream->requests->write, &stream->socket.stream, &data, 1, sent);
    if (status) {
        stream->busy = false;
        net_stream_broke(stream, NET_BROKEN, uv_strerror(status));
    }
}

static bool bottom_write(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct net_stream *stream = layer->stream;
    size_t taken;
    if (stream->deaf || stream->finished || stream->state == STREAM_CLOSING)
        return true;
    taken = try_write(stream, data, len);
    if (taken == len) {
        stream->wrote = false;
        return true;
    }
    if (!net_buffer_add(&stream->out, data + taken, len - taken)) {
        net_stream_broke(stream, NET_MEMORY, "out of memory");
        return false;
    }
    if (!stream->asked && stream->state >= STREAM_OPEN && (stream->unasked += len) > UNASKED)
        net_stream_broke(stream, NET_BROKEN, "the peer does not read what it asks for");
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
        net_stream_broke(stream, NET_BROKEN, uv_strerror((int)len));
    if (buffer->base == reading.bytes)
        reading.taken = false;
    else
        free(buffer->base);
}

static void make_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    if (!reading.taken) {
        reading.taken = true;
        *buffer = uv_buf_init(reading.bytes, sizeof reading.bytes);
        return;
    }
    buffer->base = malloc(suggested);
    buffer->len = buffer->base ? suggested : 0;
}

void net_bottom_read(struct net_stream *stream, bool on)
{
    int status = 0;
    if (stream->ended)
        return;
    if (on)
        status = uv_read_start(&stream->socket.stream, make_room, got);
    else
        uv_read_stop(&stream->socket.stream);
    if (status && status != UV_EALREADY)
        net_stream_broke(stream, NET_BROKEN, uv_strerror(status));
}

const struct net_layer_calls net_bottom_calls = {.write = bottom_write, .finish = bottom_finish};

/* An address of IPv4 that came in to a socket of IPv6 is written as what it is. */
static char *name(const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
    char host[64], text[96];

    uv_ip_name((const struct sockaddr *)address, host, sizeof host);
    if (address->ss_family == AF_INET)
        snprintf(text, sizeof text, "%s:%u", host,
                 ntohs(((const struct sockaddr_in *)address)->sin_port));
    else if (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr))
        snprintf(text, sizeof text, "%s:%u", strrchr(host, ':') + 1, ntohs(ip6->sin6_port));
    else
        snprintf(text, sizeof text, "[%s]:%u", host, ntohs(ip6->sin6_port));
    return strdup(text);
}

/* One end of a unix socket has no name of its own: it is called as the other. */
static void local_names(struct net_stream *stream)
{
    char own[128] = "", peer[128] = ""; /* a path has 107 bytes at most */
    size_t own_len = sizeof own - 1, peer_len = sizeof peer - 1;
    uv_pipe_getsockname(&stream->socket.pipe, own, &own_len);
    uv_pipe_getpeername(&stream->socket.pipe, peer, &peer_len);
    stream->own = strdup(*own ? own : peer);
    stream->peer = strdup(*peer ? peer : own);
}

void net_bottom_names(struct net_stream *stream)
{
    struct sockaddr_storage address;
    int len = sizeof address;

    if (stream->socket.handle.type == UV_NAMED_PIPE) {
        local_names(stream);
        return;
    }
    if (!uv_tcp_getsockname(&stream->socket.tcp, (struct sockaddr *)&address, &len))
        stream->own = name(&address);
    len = sizeof address;
    if (!uv_tcp_getpeername(&stream->socket.tcp, (struct sockaddr *)&address, &len))
        stream->peer = name(&address);
}
