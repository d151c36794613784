/* SPDX-License-Identifier: MIT */
/* samples/net: how streams begin and end, in order and not. */
#include "case.h"
#include "samples_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void idle(struct end *end)
{
    (void)end;
}

/* ---- Nobody there --------------------------------------------------------------------------- */

/* Nothing listens behind the talk's listener any more. */
static void begin_alone(struct talk *talk, const char *url)
{
    talk_begin(talk, url);
    uv_close(&talk->listener.handle, NULL);
    uv_run(&talk->loop, UV_RUN_NOWAIT);
    talk->alone = true;
}

static void fails(struct talk *talk, enum net_failure failure, const char *text)
{
    talk_run(talk);
    ck_assert_int_eq(talk->client.error.failure, failure);
    ck_assert_str_eq(talk->client.error.text, text);
    ck_assert_uint_eq(talk->client.opened, 0);
    talk_end(talk);
}

START_TEST(nobody)
{
    struct talk talk;
    char path[400], url[450];

    begin_alone(&talk, "mqtt://127.0.0.1");
    fails(&talk, NET_CONNECT, "connection refused");
    begin_alone(&talk, "mqtt://[::1]");
    fails(&talk, NET_CONNECT, "connection refused");
    begin_alone(&talk, "ws://localhost"); /* each of its addresses */
    fails(&talk, NET_CONNECT, "connection refused");
    snprintf(url, sizeof url, "unix://%s", in_folder("socket"));
    begin_alone(&talk, url);
    fails(&talk, NET_CONNECT, "no such file or directory");
    begin_alone(&talk, url);
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = 0;
    free(talk.address.host);
    talk.address.host = strdup(path);
    fails(&talk, NET_ADDRESS, "name too long");
    begin_alone(&talk, "mqtts://127.0.0.1");
    fails(&talk, NET_CONFIG, "TLS is wanted, and its options are not there");
}
END_TEST

START_TEST(this_end)
{
    struct talk talk;
    begin_alone(&talk, "mqtt://127.0.0.1");
    talk.peer.bind_address = "nowhere";
    fails(&talk, NET_CONFIG, "nowhere is no address of this end");
    begin_alone(&talk, "mqtt://127.0.0.1");
    talk.peer.bind_address = "::1";
    fails(&talk, NET_ADDRESS, "127.0.0.1 has no address of the family of this end's");
    begin_alone(&talk, "mqtt://127.0.0.1");
    talk.peer.bind_address = "192.0.2.1";
    fails(&talk, NET_CONNECT, "address not available");
}
END_TEST

static void check_names(struct end *end)
{
    char wanted[64];
    if (end == &end->talk->client) {
        ck_assert(!strncmp(net_stream_own(end->stream), "127.0.0.2:", 10));
        snprintf(wanted, sizeof wanted, "127.0.0.1:%u", end->talk->address.port);
        ck_assert_str_eq(net_stream_peer(end->stream), wanted);
        net_stream_close(end->stream, 1000);
    } else {
        ck_assert(!strncmp(net_stream_peer(end->stream), "127.0.0.2:", 10));
    }
    ck_assert_ptr_null(net_stream_identity(end->stream));
    ck_assert_ptr_null(net_stream_subject(end->stream));
}

START_TEST(names)
{
    struct talk talk;
    talk_begin(&talk, "mqtt://127.0.0.1");
    talk.peer.bind_address = "127.0.0.2";
    talk.client.on_opened = talk.server.on_opened = check_names;
    talk_run(&talk);
    ck_assert_uint_eq(talk.client.opened + talk.server.opened, 2);
    talk_end(&talk);
}
END_TEST

/* Nobody waits to be accepted: a listener's EMFILE looks like that, too. */
START_TEST(accepts_nobody)
{
    struct talk talk;
    struct net_error error;
    struct net_stream_events events;
    memset(&events, 0, sizeof events);
    talk_begin(&talk, "wss://127.0.0.1");
    talk.terms.websocket = false;
    ck_assert_ptr_null(
        net_stream_accept(&talk.listener.stream, &talk.terms, &events, NULL, &error));
    ck_assert_int_eq(error.failure, NET_CONNECT);
    ck_assert_str_eq(error.text, "resource temporarily unavailable");
    uv_close(&talk.listener.handle, NULL);
    uv_close((uv_handle_t *)&talk.watchdog, NULL);
    uv_run(&talk.loop, UV_RUN_DEFAULT);
    talk_end(&talk);
}
END_TEST

/* ---- Aborted -------------------------------------------------------------------------------- */

static const struct {
    bool server, opened, received, drained;
} aborts[] = {
    {false, true, false, false}, {true, true, false, false},  {false, false, true, false},
    {true, false, true, false},  {false, false, false, true}, {true, false, false, true},
};

enum { ABORTS = sizeof aborts / sizeof *aborts };

START_TEST(aborted)
{
    struct talk talk;
    struct end *end;
    talk_begin_way(&talk, &ways[_i / ABORTS]);
    end = aborts[_i % ABORTS].server ? &talk.server : &talk.client;
    end->abort_opened = aborts[_i % ABORTS].opened;
    end->abort_received = aborts[_i % ABORTS].received;
    end->abort_drained = aborts[_i % ABORTS].drained;
    talk.client.to_send = talk.server.to_send = 400000;
    talk_run(&talk);
    ck_assert_int_eq(end->error.failure, NET_OK);
    ck_assert_uint_eq(talk.server.closed, 1);
    talk_end_way(&talk);
}
END_TEST

static void abort_now(struct talk *talk)
{
    net_stream_abort(talk->client.stream);
}

static void close_now(struct talk *talk)
{
    net_stream_close(talk->client.stream, 1000);
    ck_assert(net_stream_write(talk->client.stream, "x", 1) == false);
}

static void abort_twice(struct talk *talk)
{
    close_now(talk);
    net_stream_abort(talk->client.stream);
    net_stream_pause(talk->client.stream, true);
    ck_assert_uint_eq(net_stream_pending(talk->client.stream), 0);
    ck_assert_str_eq(net_stream_peer(talk->client.stream), "");
}

/* Before anything else could happen. */
START_TEST(never_opened)
{
    static void (*const acts[])(struct talk *) = {abort_now, close_now, abort_twice};
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        struct talk talk;
        talk_begin_way(&talk, &ways[_i]);
        talk.started = acts[i];
        talk_run(&talk);
        ck_assert_int_eq(talk.client.error.failure, NET_OK);
        ck_assert_uint_eq(talk.client.opened, 0);
        talk_end_way(&talk);
    }
}
END_TEST

static void abort_accepted(struct talk *talk)
{
    net_stream_abort(talk->server.stream);
}

START_TEST(accepted_and_aborted)
{
    struct talk talk;
    talk_begin_way(&talk, &ways[_i]);
    talk.took = abort_accepted;
    talk.client.on_opened = idle;
    talk_run(&talk);
    ck_assert_int_eq(talk.server.error.failure, NET_OK);
    ck_assert_uint_eq(talk.server.opened, 0);
    ck_assert_int_ne(talk.client.error.failure, NET_OK);
    talk_end_way(&talk);
}
END_TEST

/* ---- In order ------------------------------------------------------------------------------- */

/* Written as soon as there is a stream: it goes out when that is open. */
static void write_early(struct talk *talk)
{
    talk->client.on_opened = idle;
    talk_push(&talk->client);
    ck_assert_uint_eq(net_stream_pending(talk->client.stream), talk->client.sent);
}

START_TEST(early)
{
    struct talk talk;
    talk_begin_way(&talk, &ways[_i]);
    talk.started = write_early;
    talk.client.to_send = 5000;
    talk.server.to_send = 1;
    talk_run(&talk);
    ck_assert_uint_eq(talk.server.got, 5000);
    talk_end_way(&talk);
}
END_TEST

static void write_and_close(struct end *end)
{
    while (end->sent < end->to_send) {
        talk_push(end);
        ck_assert(end->sent == end->to_send || net_stream_pending(end->stream));
        if (net_stream_pending(end->stream) >= 100000)
            end->to_send = end->sent;
    }
    net_stream_close(end->stream, 10000);
    ck_assert(!net_stream_write(end->stream, "x", 1));
}

/* What is pending arrives before the end. */
START_TEST(pending)
{
    struct talk talk;
    talk_begin_way(&talk, &ways[_i]);
    talk.client.to_send = 50000000;
    talk.client.on_opened = write_and_close;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_OK);
    ck_assert_int_eq(talk.server.error.failure, NET_END);
    ck_assert_uint_ge(talk.server.got, 100000);
    ck_assert_uint_eq(talk.server.got, talk.client.sent);
    talk_end_way(&talk);
}
END_TEST

static uint64_t began;

static void pause_and_fill(struct end *end)
{
    if (end == &end->talk->server) {
        net_stream_pause(end->stream, true);
        return;
    }
    end->to_send = SIZE_MAX;
    talk_push(end);
    if (net_stream_pending(end->stream) && !began) {
        began = uv_now(&end->talk->loop);
        net_stream_close(end->stream, 150);
    }
}

static void wake_server(struct talk *talk)
{
    if (talk->server.stream)
        net_stream_abort(talk->server.stream);
}

/* A peer that neither reads nor closes is waited for so long, and no longer. */
START_TEST(stubborn)
{
    struct talk talk;
    began = 0;
    talk_begin_way(&talk, &ways[_i]);
    talk.left = wake_server;
    talk.client.on_opened = talk.client.on_drained = pause_and_fill;
    talk.server.on_opened = pause_and_fill;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_OK);
    ck_assert_uint_ne(began, 0);
    ck_assert_uint_ge(talk.client.when - began, 150);
    ck_assert_uint_lt(talk.server.got, 200000); /* read already when it paused */
    talk_end_way(&talk);
}
END_TEST

/* ---- Cut, and damaged ----------------------------------------------------------------------- */

static size_t run_relayed(const struct way *way, size_t where, size_t damage)
{
    struct talk talk;
    struct relay_plan plan = {where, damage};
    struct relay *relay;
    talk_begin_way(&talk, way);
    relay = relay_begin(&talk, &plan);
    talk.seed = (uint32_t)(where ^ damage);
    talk.client.to_send = talk.server.to_send = 300;
    talk.lenient = damage != SIZE_MAX;
    talk_run(&talk);
    if (talk.server.closed && where != SIZE_MAX)
        ck_assert(talk.client.error.failure || talk.server.error.failure);
    talk_end_way(&talk);
    return relay_end(relay);
}

/* At each byte of a connection, and at some of the handshake's many bytes of certificates. */
START_TEST(cut_anywhere)
{
    size_t step = ways[relayed[_i]].mutual ? 13 : 5;
    for (size_t at = 1; run_relayed(&ways[relayed[_i]], at, SIZE_MAX) == at; at += step)
        ;
}
END_TEST

/* It may go wrong, and it may hang, as when a length has grown: then it is cut. */
START_TEST(damaged_anywhere)
{
    size_t step = ways[relayed[_i]].mutual ? 29 : 7;
    for (size_t at = 0; run_relayed(&ways[relayed[_i]], SIZE_MAX, at) > at; at += step)
        ;
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_stream");
    tcase_set_timeout(tcase, 120);
    tcase_add_unchecked_fixture(tcase, certificates_make, certificates_remove);
    tcase_add_test(tcase, nobody);
    tcase_add_test(tcase, this_end);
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, accepts_nobody);
    tcase_add_loop_test(tcase, aborted, 0, WAYS * ABORTS);
    tcase_add_loop_test(tcase, never_opened, 0, WAYS);
    tcase_add_loop_test(tcase, accepted_and_aborted, 0, WAYS);
    tcase_add_loop_test(tcase, early, 0, WAYS);
    tcase_add_loop_test(tcase, pending, 0, WAYS);
    tcase_add_loop_test(tcase, stubborn, 0, WAYS);
    tcase_add_loop_test(tcase, cut_anywhere, 0, RELAYED);
    tcase_add_loop_test(tcase, damaged_anywhere, 0, RELAYED);
    return run_case("samples_stream", tcase);
}
