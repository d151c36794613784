/* SPDX-License-Identifier: MIT */
/* A program's client in its loop. */
#include "session.h"

#include "exits.h"
#include "pcap.h"
#include "trace.h"

#include <signal.h>
#include <stdlib.h>

enum { PATIENCE = 5000 }; /* milliseconds without progress, or that a goodbye may take */

static void set_code(struct session *session, int code)
{
    if (!session->code)
        session->code = code;
}

int session_code(enum mqw_client_status status, unsigned reason_code)
{
    if (status == MQW_CLIENT_TIMEOUT)
        return EXIT_CODE_TIMEOUT;
    return reason_code ? (int)reason_code : EXIT_CODE_ERROR;
}

static void patience_is_over(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void say_goodbye(struct session *session, uint8_t reason_code)
{
    struct mqw_disconnect packet = {.reason_code = reason_code};

    if (session->goodbye)
        return;
    session->goodbye = true;
    if (session->config->version == MQW_VERSION_5)
        packet.properties = session->config->properties[FOR_DISCONNECT].properties;
    if (!mqw_client_is_connected(session->client) ||
        mqw_client_disconnect(session->client, &packet) != MQW_CLIENT_OK) {
        uv_stop(&session->loop);
        return;
    }
    uv_timer_start(&session->give_up, patience_is_over, PATIENCE, 0);
}

void session_stop(struct session *session, int code, bool will)
{
    set_code(session, code);
    session->ending = true;
    say_goodbye(session, will && session->config->version == MQW_VERSION_5
                             ? MQW_REASON_DISCONNECT_WITH_WILL_MESSAGE
                             : MQW_REASON_SUCCESS);
}

static void settling_takes_too_long(uv_timer_t *timer);

/* Before the loop waits: is all acknowledged, by both sides?  What is large may take long. */
static void look_whether_settled(uv_prepare_t *prepare)
{
    struct session *session = prepare->data;
    size_t left = mqw_client_pending(session->client) + mqw_client_unsent(session->client);

    if (mqw_client_is_settled(session->client)) {
        uv_prepare_stop(prepare);
        say_goodbye(session, MQW_REASON_SUCCESS);
    } else if (left != session->left) {
        session->left = left;
        uv_timer_start(&session->give_up, settling_takes_too_long, PATIENCE, 0);
    }
}

static void settling_takes_too_long(uv_timer_t *timer)
{
    struct session *session = timer->data;

    complain(session->config, "the server does not take, or acknowledge, what is under way");
    set_code(session, EXIT_CODE_ERROR);
    uv_prepare_stop(&session->settling);
    say_goodbye(session, MQW_REASON_SUCCESS);
}

void session_end(struct session *session, int code)
{
    set_code(session, code);
    if (session->ending)
        return;
    session->ending = true;
    uv_prepare_start(&session->settling, look_whether_settled);
    uv_timer_start(&session->give_up, settling_takes_too_long, PATIENCE, 0);
}

static void time_is_over(uv_timer_t *timer)
{
    struct session *session = timer->data;

    complain(session->config, "timed out");
    session_stop(session, EXIT_CODE_TIMEOUT, true);
}

static void interrupted(uv_signal_t *handle, int number)
{
    (void)number;
    session_stop(handle->data, EXIT_CODE_GOOD, true);
}

static void connected(struct mqw_client *client, void *arg, const struct mqw_connack *connack)
{
    struct session *session = arg;
    bool first = !session->connected_once;

    (void)client, (void)connack;
    session->connected_once = true;
    if (!session->ending)
        session->ready(session, first);
}

/* Refusals that may be over in a while. */
static bool may_pass(const struct mqw_client_end *end)
{
    return end->status != MQW_CLIENT_REFUSED || end->reason_code == MQW_REASON_SERVER_BUSY ||
           end->reason_code == MQW_REASON_SERVER_UNAVAILABLE ||
           end->reason_code == MQW_RETURN_SERVER_UNAVAILABLE;
}

static void disconnected(struct mqw_client *client, void *arg, const struct mqw_client_end *end)
{
    struct session *session = arg;
    const struct config *config = session->config;
    bool go_on = config->reconnect || (session->connected_once && session->reconnects);

    trace_closed(session->trace, session->goodbye ? NULL : end->text);
    recording_closed(session->recording);
    if (session->goodbye) {
        uv_stop(&session->loop);
        return;
    }
    if (go_on && !config->no_reconnect && (!session->ending || mqw_client_pending(client)) &&
        end->retry != UINT64_MAX && may_pass(end)) {
        complain(config, "%s: %s; trying again in %.1f s", config->url, end_text(config, end),
                 (double)end->retry / 1000);
        if (session->ending)
            uv_timer_start(&session->give_up, settling_takes_too_long, end->retry + PATIENCE, 0);
        return;
    }
    complain(config, "%s: %s", config->url, end_text(config, end));
    set_code(session, session_code(end->status, end->reason_code));
    session->ending = true; /* that requests end with this is told already */
    uv_stop(&session->loop);
}

static void packet(struct mqw_client *client, void *arg, enum mqw_sender sender,
                   const uint8_t *bytes, size_t len)
{
    struct session *session = arg;

    (void)client;
    trace_packet(session->trace, sender, bytes, len);
    if (!recording_packet(session->recording, sender, bytes, len)) {
        complain(session->config, "%s cannot be written", session->config->pcap_file);
        recording_close(session->recording);
        session->recording = NULL;
        session_stop(session, EXIT_CODE_ERROR, false);
    }
}

static bool message(struct mqw_client *client, void *arg, const struct mqw_client_message *message)
{
    struct session *session = arg;

    if (session->ending || !session->message)
        return false; /* not acknowledged, it comes again in the next connection of the session */
    return session->message(client, session, message);
}

bool session_refused(struct session *session, const struct mqw_client_result *result,
                     const struct texts *filters, int *code)
{
    size_t refused = 0, i = 0;
    uint8_t reason_code;

    *code = session_code(result->status, result->reason_code);
    if (!result->packet) {
        if (result->status != MQW_CLIENT_OK)
            complain(session->config, "%s", result->text);
        return result->status != MQW_CLIENT_OK;
    }
    for (uint32_t at = 0; mqw_next_code(&result->packet->suback.reason_codes, &at, &reason_code);
         i++) {
        if (reason_code < MQW_REASON_FAILURE || i >= filters->count)
            continue;
        refused++;
        complain(session->config, "%s: %s", filters->items[i],
                 mqw_reason_text(session->config->version, MQW_SUBACK, reason_code));
    }
    return refused == filters->count;
}

static bool open_files(struct session *session)
{
    const struct config *config = session->config;
    const char *error;

    if (config->trace)
        session->trace = trace_open(config);
    if (config->pcap_file && !(session->recording = recording_open(config->pcap_file, &error))) {
        complain(config, "%s: %s", config->pcap_file, error);
        return false;
    }
    return true;
}

void session_open(struct session *session)
{
    uv_loop_init(&session->loop);
    uv_timer_init(&session->loop, &session->limit);
    uv_timer_init(&session->loop, &session->give_up);
    uv_prepare_init(&session->loop, &session->settling);
    session->limit.data = session->give_up.data = session->settling.data = session;
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&session->loop, &session->signals[i]);
        session->signals[i].data = session;
        if (session->catches_signals)
            uv_signal_start(&session->signals[i], interrupted, i ? SIGTERM : SIGINT);
    }
    if (session->config->timeout)
        uv_timer_start(&session->limit, time_is_over, (uint64_t)session->config->timeout * 1000, 0);
}

/* Of the client's own handles it takes care itself, while the loop runs. */
static void close_loop(struct session *session)
{
    uv_close((uv_handle_t *)&session->limit, NULL);
    uv_close((uv_handle_t *)&session->give_up, NULL);
    uv_close((uv_handle_t *)&session->settling, NULL);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&session->signals[i], NULL);
    if (session->finish)
        session->finish(session);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    uv_loop_close(&session->loop);
}

int session_run(struct session *session)
{
    struct mqw_connect connect = {0};
    struct mqw_client_options options = {
        .connected = connected,
        .disconnected = disconnected,
        .message = message,
        .queue_qos_0 = true,
        .packet = packet,
    };

    signal(SIGPIPE, SIG_IGN); /* writing tells it */
    session_options(session->config, &options, &connect);
    if (open_files(session))
        session->client = mqw_client_new(&options, &session->loop, session);
    if (session->client) {
        if (mqw_client_connect(session->client) == MQW_CLIENT_OK) {
            uv_run(&session->loop, UV_RUN_DEFAULT);
        } else {
            complain(session->config, "%s", mqw_client_problem(session->client));
            set_code(session, EXIT_CODE_ERROR);
        }
        mqw_client_free(session->client);
    } else {
        if (!session->config->pcap_file || session->recording)
            complain(session->config, "%s", mqw_client_new_error());
        set_code(session, EXIT_CODE_ERROR);
    }
    close_loop(session);
    trace_close(session->trace);
    recording_close(session->recording);
    return session->code;
}
