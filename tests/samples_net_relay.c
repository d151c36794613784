/* SPDX-License-Identifier: MIT */
/* Somebody between two ends, who hands bytes on in pieces, damages one, or cuts the line. */
#include "buffer.h"
#include "samples_net.h"

#include <stdlib.h>
#include <string.h>

struct side {
    struct relay *relay;
    struct net_stream *stream;
    struct net_buffer in; /* for the other side */
    bool open, over;      /* what it said ends */
};

struct relay {
    struct talk *talk;
    uv_tcp_t listener;
    uint16_t port; /* whereto */
    struct side client, server;
    struct relay_plan plan;
    size_t count; /* bytes handed on */
};

static struct side *other(struct side *side)
{
    return side == &side->relay->client ? &side->relay->server : &side->relay->client;
}

static void cut(struct relay *relay)
{
    if (relay->client.stream)
        net_stream_abort(relay->client.stream);
    if (relay->server.stream)
        net_stream_abort(relay->server.stream);
}

/* A piece of what the other side said. */
static void hand_on(struct side *to)
{
    struct relay *relay = to->relay;
    struct side *from = other(to);
    size_t len = 1 + talk_random(relay->talk, talk_random(relay->talk, 2) ? 20 : 3000);

    if (!to->stream || !to->open)
        return;
    if (from->over && !from->in.len)
        net_stream_close(to->stream, 1000);
    if (net_stream_pending(to->stream) || !from->in.len)
        return;
    if (len > from->in.len)
        len = from->in.len;
    if (len > relay->plan.cut - relay->count)
        len = relay->plan.cut - relay->count;
    if (relay->plan.damage - relay->count < len)
        from->in.bytes[relay->plan.damage - relay->count] ^= 0x55;
    relay->count += len;
    net_stream_write(to->stream, from->in.bytes, len);
    net_buffer_take(&from->in, len);
    if (relay->count == relay->plan.cut)
        cut(relay);
}

static void opened(void *arg)
{
    struct side *side = arg;
    side->open = true;
    hand_on(side);
}

static void received(void *arg, const uint8_t *data, size_t len)
{
    struct side *side = arg;
    ck_assert(net_buffer_add(&side->in, data, len));
    hand_on(other(side));
}

static void drained(void *arg)
{
    hand_on(arg);
}

static void closed(void *arg, const struct net_error *error)
{
    struct side *side = arg;
    (void)error;
    side->stream = NULL;
    side->over = true;
    hand_on(other(side));
}

static const struct net_stream_events events = {
    .opened = opened, .received = received, .drained = drained, .closed = closed};

static void accepted(uv_stream_t *listener, int status)
{
    struct relay *relay = listener->data;
    struct net_terms terms = {.websocket = false};
    char host[] = "127.0.0.1", path[] = "";
    struct net_address address = {.host = host, .path = path, .port = relay->port};
    struct net_peer peer = {.address = &address, .nodelay = true};
    struct net_error error;

    ck_assert_int_eq(status, 0);
    relay->client.stream = net_stream_accept(listener, &terms, &events, &relay->client, &error);
    relay->server.stream = net_stream_connect(listener->loop, &peer, &events, &relay->server);
    ck_assert(relay->client.stream && relay->server.stream);
    uv_close((uv_handle_t *)listener, NULL);
}

struct relay *relay_begin(struct talk *talk, const struct relay_plan *plan)
{
    struct relay *relay = calloc(1, sizeof *relay);
    struct sockaddr_in address;
    int len = sizeof address;

    relay->talk = talk;
    relay->plan = *plan;
    relay->client.relay = relay->server.relay = relay;
    relay->port = talk->address.port;
    uv_tcp_init(&talk->loop, &relay->listener);
    relay->listener.data = relay;
    uv_ip4_addr("127.0.0.1", 0, &address);
    ck_assert(!uv_tcp_bind(&relay->listener, (struct sockaddr *)&address, 0));
    ck_assert(!uv_listen((uv_stream_t *)&relay->listener, 1, accepted));
    ck_assert(!uv_tcp_getsockname(&relay->listener, (struct sockaddr *)&address, &len));
    talk->address.port = ntohs(address.sin_port);
    return relay;
}

size_t relay_end(struct relay *relay)
{
    size_t count = relay->count;
    ck_assert(!relay->client.stream && !relay->server.stream);
    net_buffer_free(&relay->client.in);
    net_buffer_free(&relay->server.in);
    free(relay);
    return count;
}
