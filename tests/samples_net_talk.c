/* SPDX-License-Identifier: MIT */
/* Two ends of a connection in one loop: for tests of samples/net. */
#include "samples_net.h"

#include <string.h>
#include <unistd.h>

enum { MOST = 20000, MOMENT = 200 /* ms */ };

uint32_t talk_random(struct talk *talk, uint32_t below)
{
    talk->seed = talk->seed * 1664525 + 1013904223;
    return (talk->seed >> 8) % below;
}

/* What an end sends at a place. */
static uint8_t pattern(const struct end *end, size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 17 + (at >> 16) + (end == &end->talk->client));
}

static struct end *other(struct end *end)
{
    return end == &end->talk->client ? &end->talk->server : &end->talk->client;
}

void talk_push(struct end *end)
{
    static uint8_t data[200000];
    while (end->stream && end->sent < end->to_send && net_stream_pending(end->stream) < 100000) {
        size_t len = talk_random(end->talk, talk_random(end->talk, 8) ? 3000 : sizeof data);
        if (len > end->to_send - end->sent)
            len = end->to_send - end->sent;
        for (size_t i = 0; i < len; i++)
            data[i] = pattern(end, end->sent + i);
        ck_assert(net_stream_write(end->stream, data, len));
        end->sent += len;
    }
}

static void opened(void *arg)
{
    struct end *end = arg;
    ck_assert_uint_eq(end->closed + end->opened, 0);
    end->opened++;
    ck_assert_str_ne(net_stream_peer(end->stream), "");
    ck_assert_str_ne(net_stream_own(end->stream), "");
    if (end->abort_opened)
        net_stream_abort(end->stream);
    else if (end->on_opened)
        end->on_opened(end);
    else
        talk_push(end);
}

static void received(void *arg, const uint8_t *data, size_t len)
{
    struct end *end = arg;
    ck_assert_uint_eq(end->opened, 1);
    ck_assert_uint_eq(end->closed, 0);
    ck_assert_uint_ne(len, 0);
    if (end->abort_received) {
        net_stream_abort(end->stream);
        end->abort_received = false;
        end->opened = 2; /* no more calls */
        return;
    }
    if (end->on_received) {
        end->on_received(end, data, len);
        return;
    }
    for (size_t i = 0; i < len && !end->talk->lenient; i++)
        if (data[i] != pattern(other(end), end->got + i))
            ck_abort_msg("byte %zu is another", end->got + i);
    end->got += len;
    if (end->got == other(end)->to_send && end == &end->talk->client)
        net_stream_close(end->stream, 5000);
}

static void drained(void *arg)
{
    struct end *end = arg;
    ck_assert_uint_eq(end->opened, 1);
    ck_assert_uint_eq(end->closed, 0);
    ck_assert_uint_eq(net_stream_pending(end->stream), 0);
    end->drained++;
    if (end->abort_drained)
        net_stream_abort(end->stream);
    else if (end->on_drained)
        end->on_drained(end);
    else
        talk_push(end);
}

static void stop_when_over(struct talk *talk)
{
    if (talk->running)
        return;
    if (!talk->alone)
        uv_close(&talk->listener.handle, NULL);
    uv_close((uv_handle_t *)&talk->watchdog, NULL);
}

static void closed(void *arg, const struct net_error *error)
{
    struct end *end = arg;
    end->closed++;
    ck_assert_uint_eq(end->closed, 1);
    end->error = *error;
    end->stream = NULL;
    end->when = uv_now(&end->talk->loop);
    ck_assert(memchr(error->text, 0, sizeof error->text));
    end->talk->running--;
    if (end->talk->left)
        end->talk->left(end->talk);
    stop_when_over(end->talk);
}

static const struct net_stream_events events = {
    .opened = opened, .received = received, .drained = drained, .closed = closed};

static void accepted(uv_stream_t *listener, int status)
{
    struct talk *talk = listener->data;
    struct net_error error;
    ck_assert_int_eq(status, 0);
    talk->server.stream = net_stream_accept(listener, &talk->terms, &events, &talk->server, &error);
    ck_assert_ptr_nonnull(talk->server.stream);
    talk->running++;
    if (talk->took)
        talk->took(talk);
}

static void too_late(uv_timer_t *timer)
{
    struct talk *talk = timer->data;
    if (!talk->lenient)
        ck_abort_msg("it hangs");
    if (talk->client.stream)
        net_stream_abort(talk->client.stream);
    if (talk->server.stream)
        net_stream_abort(talk->server.stream);
}

uint16_t talk_port(const struct talk *talk)
{
    struct sockaddr_storage address;
    int len = sizeof address;
    ck_assert(!uv_tcp_getsockname(&talk->listener.tcp, (struct sockaddr *)&address, &len));
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

static void listen_tcp(struct talk *talk)
{
    struct sockaddr_storage address;
    const char *host = strcmp(talk->address.host, "localhost") ? talk->address.host : "127.0.0.1";
    if (uv_ip4_addr(host, 0, (struct sockaddr_in *)&address))
        ck_assert(!uv_ip6_addr(host, 0, (struct sockaddr_in6 *)&address));
    uv_tcp_init(&talk->loop, &talk->listener.tcp);
    ck_assert(!uv_tcp_bind(&talk->listener.tcp, (struct sockaddr *)&address, 0));
}

void talk_begin(struct talk *talk, const char *url)
{
    struct net_error error;

    memset(talk, 0, sizeof *talk);
    talk->seed = 1;
    talk->client.talk = talk->server.talk = talk;
    ck_assert(!uv_loop_init(&talk->loop));
    ck_assert_msg(net_address_parse(&talk->address, url, &error), "%s", error.text);
    if (talk->address.local) {
        unlink(talk->address.host);
        uv_pipe_init(&talk->loop, &talk->listener.pipe, 0);
        ck_assert(!uv_pipe_bind(&talk->listener.pipe, talk->address.host));
    } else {
        listen_tcp(talk);
    }
    talk->listener.handle.data = talk;
    ck_assert(!uv_listen(&talk->listener.stream, 8, accepted));
    if (!talk->address.local)
        talk->address.port = talk_port(talk);
    talk->peer.address = &talk->address;
    talk->terms.websocket = talk->address.websocket;
    uv_timer_init(&talk->loop, &talk->watchdog);
    talk->watchdog.data = talk;
}

void talk_run(struct talk *talk)
{
    talk->running++;
    talk->client.stream = net_stream_connect(&talk->loop, &talk->peer, &events, &talk->client);
    ck_assert_ptr_nonnull(talk->client.stream);
    uv_timer_start(&talk->watchdog, too_late, talk->lenient ? MOMENT : MOST, 0);
    if (talk->started)
        talk->started(talk);
    ck_assert_uint_eq(talk->client.closed + talk->client.opened, 0);
    ck_assert_int_eq(uv_run(&talk->loop, UV_RUN_DEFAULT), 0);
    ck_assert_uint_eq(talk->client.closed, 1);
}

void talk_end(struct talk *talk)
{
    ck_assert_int_eq(uv_loop_close(&talk->loop), 0);
    net_address_free(&talk->address);
}
