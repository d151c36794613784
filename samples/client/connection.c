/* SPDX-License-Identifier: MIT */
/* One network connection after another: opening, keeping alive, ending, and trying again. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONGESTED = 1 << 20, /* bytes that the system has not taken: no more is sent, or read */
    GOODBYE = 2000,      /* milliseconds that the server has to close its side */
    PING_AT = 900        /* thousandths of the keep alive, in milliseconds a second */
};

static void set_end(struct mqw_client *client, enum mqw_client_status status, unsigned reason,
                    const char *text)
{
    memset(&client->end, 0, sizeof client->end);
    client->end.status = status;
    client->end.reason_code = (uint8_t)(reason < MQW_REASON_NONE ? reason : 0);
    snprintf(client->end_text, sizeof client->end_text, "%s", text);
    client->end.text = client->end_text;
}

enum mqw_client_status connection_send(struct mqw_client *client, const struct mqw_packet *packet,
                                       uint64_t tag)
{
    char problem[PROBLEM] = "";
    enum mqw_code code =
        net_wire_send(&client->wire, packet, client_now(client), tag, problem, sizeof problem);
    if (code == MQW_SPACE)
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (code != MQW_OK)
        return client_problem(client, MQW_CLIENT_INVALID, "%s", problem);
    client->spoke = client_now(client);
    return MQW_CLIENT_OK;
}

bool connection_can_send(const struct mqw_client *client)
{
    return client->stage == STAGE_ONLINE &&
           net_stream_pending(client->stream) + client->wire.out.len < CONGESTED;
}

/* What is sent may rest on what the store was told, which is made lasting first. */
void connection_flush(struct mqw_client *client)
{
    struct net_buffer *out = &client->wire.out;
    if (client->store && !store_commit(client->store)) {
        net_buffer_take(out, out->len);
        connection_fail(client, MQW_CLIENT_STORE, MQW_REASON_NONE, store_problem(client->store));
        return;
    }
    if (!out->len || !client->stream)
        return;
    if (!net_stream_write(client->stream, out->bytes, out->len))
        connection_no_memory(client);
    client->written += (int64_t)out->len;
    net_buffer_take(out, out->len);
    if (client->stream && net_stream_pending(client->stream) >= CONGESTED)
        net_stream_pause(client->stream, true); /* or answers would pile up */
}

static bool is_open(const struct mqw_client *client)
{
    return client->stage == STAGE_OPENING || client->stage == STAGE_GREETING ||
           client->stage == STAGE_ONLINE;
}

void connection_fail(struct mqw_client *client, enum mqw_client_status status, unsigned reason,
                     const char *text)
{
    struct mqw_packet packet;
    bool says_why = client->stage == STAGE_ONLINE && reason != MQW_REASON_NONE &&
                    client_version(client) == MQW_VERSION_5;
    if (!is_open(client))
        return;
    set_end(client, status, reason, text);
    client->stage = STAGE_LEAVING;
    client->deadline = UINT64_MAX;
    if (!says_why) {
        net_stream_abort(client->stream);
        return;
    }
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_DISCONNECT;
    packet.disconnect.reason_code = (uint8_t)reason;
    connection_send(client, &packet, 0);
    connection_flush(client);
    net_stream_close(client->stream, GOODBYE);
}

void connection_no_memory(struct mqw_client *client)
{
    connection_fail(client, MQW_CLIENT_MEMORY, MQW_REASON_NONE, "out of memory");
}

void connection_stored(struct mqw_client *client, bool good)
{
    if (!good)
        connection_fail(client, MQW_CLIENT_STORE, MQW_REASON_NONE, store_problem(client->store));
}

/* ---- Opening -------------------------------------------------------------------------------------- */

static uint32_t receive_limit(const struct mqw_client *client, const struct mqw_connect *connect)
{
    if (mqw_has(&connect->properties, MQW_PROPERTY_MAXIMUM_PACKET_SIZE))
        return connect->properties.maximum_packet_size;
    return client->options.receive_limit;
}

/* Is there, or may there be, a session to go on with? */
static bool lasts(const struct mqw_client *client, const struct mqw_connect *connect)
{
    if (client_version(client) != MQW_VERSION_5)
        return !connect->clean_start;
    return mqw_has(&connect->properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL) &&
           connect->properties.session_expiry_interval;
}

static void say_connect(struct mqw_client *client)
{
    struct mqw_packet packet;
    struct mqw_connect *connect = &packet.connect;
    packet_read(&client->connect, client_version(client), &packet);
    connect->client_id = mqw_client_id(client);
    if (client->was_online && lasts(client, connect))
        connect->clean_start = false; /* or a lost connection would cost the session */
    if (client->options.authentication_method) {
        if (!authentication_begin(client, &connect->properties)) {
            connection_fail(client, MQW_CLIENT_AUTHENTICATION, MQW_REASON_NONE, client->problem);
            return;
        }
        if (!client->options.authenticate)
            connect->has_username = connect->has_password = false;
    }
    if (connection_send(client, &packet, 0) != MQW_CLIENT_OK)
        connection_fail(client, MQW_CLIENT_CONFIGURATION, MQW_REASON_NONE, client->problem);
    else
        client->stage = STAGE_GREETING;
}

static void opened(void *arg)
{
    struct mqw_client *client = arg;
    client_enter(client);
    if (client->stage == STAGE_OPENING)
        say_connect(client);
    client_leave(client);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Until when PINGRESP has to come: from now on. */
static uint64_t pong_time(const struct mqw_client *client)
{
    uint64_t keep_alive = client->wire.rules.keep_alive * UINT64_C(1000);
    return client_now(client) + least(client->options.ping_timeout, keep_alive);
}

static void received(void *arg, const uint8_t *data, size_t len)
{
    struct mqw_client *client = arg;
    client_enter(client);
    client->heard = client_now(client);
    if (client->pinged) /* it lives, if its answer is behind much else */
        client->deadline = pong_time(client);
    receive_bytes(client, data, len);
    client_leave(client);
}

static void drained(void *arg)
{
    struct mqw_client *client = arg;
    client_enter(client);
    if (client->stage != STAGE_LEAVING)
        net_stream_pause(client->stream, false);
    outgoing_pump(client);
    client_leave(client);
}

static void closed(void *arg, const struct net_error *error);

static void begin(struct mqw_client *client)
{
    static const struct net_stream_events events = {
        .opened = opened, .received = received, .drained = drained, .closed = closed};
    struct net_peer peer = {0};
    struct mqw_packet packet;
    const struct mqw_properties *properties = &packet.connect.properties;
    uint16_t aliases;

    packet_read(&client->connect, client_version(client), &packet);
    aliases =
        mqw_has(properties, MQW_PROPERTY_TOPIC_ALIAS_MAXIMUM) ? properties->topic_alias_maximum : 0;
    peer.address = &client->address;
    peer.tls = client->tls;
    peer.bind_address = client->options.bind_address;
    peer.websocket_path = client->options.websocket_path;
    peer.websocket_headers = client->options.websocket_headers;
    peer.nodelay = true;
    client->wire.watch_arg = client;
    client->stage = STAGE_OPENING;
    client->pinged = false;
    client->deadline = client_now(client) + client->options.connect_timeout;
    net_wire_begin(&client->wire, MQW_CLIENT, client_version(client),
                   receive_limit(client, &packet.connect), aliases, MQW_ALLOW_NOTHING);
    client->stream = net_stream_connect(client->loop, &peer, &events, client);
    if (client->stream)
        return;
    client->stage = STAGE_IDLE;
    client->deadline = UINT64_MAX;
    set_end(client, MQW_CLIENT_MEMORY, MQW_REASON_NONE, "out of memory");
}

static void watch(void *arg, enum mqw_sender sender, const uint8_t *bytes, size_t len)
{
    struct mqw_client *client = arg;
    client->options.packet(client, client->arg, sender, bytes, len);
}

enum mqw_client_status mqw_client_connect(struct mqw_client *client)
{
    enum mqw_client_status status = client_check_store(client);
    client->connects_again = client->stage == STAGE_LEAVING;
    if (status != MQW_CLIENT_OK || (client->stage != STAGE_IDLE && client->stage != STAGE_PAUSED))
        return status;
    client_enter(client);
    client->was_online &= client->stage == STAGE_PAUSED;
    client->wire.watch = client->options.packet ? watch : NULL;
    client->failures = 0;
    set_end(client, MQW_CLIENT_OK, MQW_REASON_NONE, "disconnected");
    incoming_hand_over(client);
    if (client->leave_packet.bytes) /* a handler has had enough already */
        packet_drop(&client->leave_packet);
    else if (!client->free_wanted)
        begin(client);
    if (client->stage == STAGE_IDLE)
        status = client_problem(client, client->end.status, "%s", client->end_text);
    client_leave(client);
    return status;
}

/* ---- Ending --------------------------------------------------------------------------------------- */

/* Would the same answer come again?  Codes that speak of this client, and not of now. */
static bool is_for_good(const struct mqw_client *client)
{
    const struct mqw_client_end *end = &client->end;
    switch (end->status) {
    case MQW_CLIENT_OK:
    case MQW_CLIENT_CONFIGURATION:
    case MQW_CLIENT_AUTHENTICATION:
    case MQW_CLIENT_STORE:
    case MQW_CLIENT_MEMORY:
        return true;
    case MQW_CLIENT_REFUSED:
        break;
    default:
        return false;
    }
    if (client_version(client) != MQW_VERSION_5)
        return end->reason_code != MQW_RETURN_SERVER_UNAVAILABLE;
    switch (end->reason_code) {
    case MQW_REASON_UNSPECIFIED_ERROR:
    case MQW_REASON_IMPLEMENTATION_SPECIFIC_ERROR:
    case MQW_REASON_ADMINISTRATIVE_ACTION:
    case MQW_REASON_SERVER_UNAVAILABLE:
    case MQW_REASON_SERVER_BUSY:
    case MQW_REASON_SERVER_SHUTTING_DOWN:
    case MQW_REASON_KEEP_ALIVE_TIMEOUT:
    case MQW_REASON_QUOTA_EXCEEDED:
    case MQW_REASON_RECEIVE_MAXIMUM_EXCEEDED:
    case MQW_REASON_MESSAGE_RATE_TOO_HIGH:
    case MQW_REASON_CONNECTION_RATE_EXCEEDED:
    case MQW_REASON_MAXIMUM_CONNECT_TIME:
        return false;
    default:
        return end->reason_code >= MQW_REASON_FAILURE;
    }
}

/* Milliseconds until the next attempt: doubled each time, and up to a tenth more by chance, which
 * is not doubled with it. */
static uint64_t next_pause(struct mqw_client *client)
{
    uint32_t chance = 0;
    client->pause = client->failures++ ? client->pause * 2 : client->options.backoff_first;
    if (client->pause > client->options.backoff_most)
        client->pause = client->options.backoff_most;
    uv_random(NULL, NULL, &chance, sizeof chance, 0, NULL);
    return client->pause + chance % (client->pause / 10 + 1);
}

static enum mqw_client_status status_of(const struct net_error *error)
{
    switch (error->failure) {
    case NET_TLS:
        return MQW_CLIENT_TLS;
    case NET_CONFIG:
        return MQW_CLIENT_CONFIGURATION;
    case NET_MEMORY:
        return MQW_CLIENT_MEMORY;
    default:
        return MQW_CLIENT_NETWORK;
    }
}

static void closed(void *arg, const struct net_error *error)
{
    struct mqw_client *client = arg;
    const struct mqw_client_options *options = &client->options;

    client->stream = NULL;
    if (client->freed) {
        client_stream_gone(client);
        return;
    }
    client_enter(client);
    if (client->stage != STAGE_LEAVING)
        set_end(client, status_of(error), MQW_REASON_NONE, error->text);
    authentication_end(client, client->end.status);
    client->end.retry = UINT64_MAX;
    if (!options->no_reconnect && !is_for_good(client) &&
        (!options->attempts || client->failures + 1 < options->attempts))
        client->end.retry = next_pause(client);
    client->stage = client->end.retry == UINT64_MAX ? STAGE_IDLE : STAGE_PAUSED;
    client->deadline =
        client->stage == STAGE_PAUSED ? client_now(client) + client->end.retry : UINT64_MAX;
    if (options->disconnected)
        options->disconnected(client, client->arg, &client->end);
    if (client->connects_again)
        mqw_client_connect(client);
    client_leave(client);
}

static enum mqw_client_status leave(struct mqw_client *client, const struct mqw_packet *packet)
{
    enum mqw_client_status status = MQW_CLIENT_OK;
    bool greets = client->stage == STAGE_ONLINE;
    if (greets)
        status = connection_send(client, packet, 0);
    if (status != MQW_CLIENT_OK)
        return status;
    if (is_open(client)) {
        connection_flush(client);
        if (!is_open(client))
            return client_problem(client, client->end.status, "%s", client->end_text);
        set_end(client, MQW_CLIENT_OK, MQW_REASON_NONE, "disconnected");
        client->stage = STAGE_LEAVING;
        if (greets)
            net_stream_close(client->stream, GOODBYE);
        else
            net_stream_abort(client->stream);
    } else if (client->stage == STAGE_PAUSED) {
        client->stage = STAGE_IDLE;
    } else if (client->stage == STAGE_LEAVING) {
        client->end.status = MQW_CLIENT_OK; /* and not again */
    }
    client->deadline = UINT64_MAX;
    return status;
}

/* A handler's message is acknowledged before. */
static enum mqw_client_status leave_later(struct mqw_client *client,
                                          const struct mqw_packet *packet)
{
    struct packet *kept = &client->leave_packet;
    struct mqw_seen seen;
    if (packet_keep(kept, packet, MQW_CLIENT, client_version(client), client->problem,
                    sizeof client->problem) != MQW_OK)
        return MQW_CLIENT_INVALID;
    seen = mqw_connection_check(&client->wire.rules, MQW_CLIENT, packet, kept->size,
                                client_now(client));
    if (client->stage != STAGE_ONLINE || !seen.count)
        return MQW_CLIENT_OK;
    packet_drop(kept);
    return client_problem(client, MQW_CLIENT_INVALID, "%s",
                          mqw_rule_of(seen.findings[0].code)->text);
}

/* Does what a handler asked for, now that its message is acknowledged. */
void connection_leave(struct mqw_client *client)
{
    struct mqw_packet packet;
    if (!client->leave_packet.bytes)
        return;
    if (packet_read(&client->leave_packet, client_version(client), &packet))
        leave(client, &packet);
    packet_drop(&client->leave_packet);
}

enum mqw_client_status mqw_client_disconnect(struct mqw_client *client,
                                             const struct mqw_disconnect *wanted)
{
    struct mqw_packet packet;
    enum mqw_client_status status = MQW_CLIENT_OK;

    client_enter(client);
    client->connects_again = false;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_DISCONNECT;
    if (wanted && client_version(client) == MQW_VERSION_5)
        packet.disconnect = *wanted;
    if (!client->handing_over)
        status = leave(client, &packet);
    else if (!client->leave_packet.bytes)
        status = leave_later(client, &packet);
    client_leave(client);
    return status;
}

/* ---- Time ----------------------------------------------------------------------------------------- */

/* When PINGREQ is due: so long after the last packet of either side, as a server that sends nothing
 * may be gone, however much is sent to it.  While PINGRESP is behind much else the server hears of
 * the client, too ([MQTT-3.1.2-20]). */
static uint64_t ping_time(const struct mqw_client *client)
{
    uint64_t last = client->pinged ? client->spoke : least(client->spoke, client->heard);
    bool waits = client->pinged && client->heard < client->spoke;
    if (client->stage != STAGE_ONLINE || waits || !client->wire.rules.keep_alive)
        return UINT64_MAX;
    return last + (uint64_t)client->wire.rules.keep_alive * PING_AT;
}

void connection_schedule(struct mqw_client *client)
{
    uint64_t now = client_now(client);
    uint64_t next = least(client->deadline, ping_time(client));
    if (next == UINT64_MAX)
        uv_timer_stop(&client->timer);
    else
        uv_timer_start(&client->timer, connection_timer, next > now ? next - now : 0, 0);
}

/* What was written goes on leaving: PINGREQ is behind it, and somebody takes it. */
static bool is_taken(struct mqw_client *client)
{
    size_t left = net_stream_pending(client->stream);
    int64_t before = client->taken;
    client->taken = client->written - (int64_t)left;
    return left && client->taken > before;
}

static void ping(struct mqw_client *client)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PINGREQ;
    connection_send(client, &packet, 0);
    if (!client->pinged) {
        client->deadline = pong_time(client);
        is_taken(client); /* so far */
    }
    client->pinged = true;
}

static void expire(struct mqw_client *client)
{
    client->deadline = UINT64_MAX;
    switch (client->stage) {
    case STAGE_PAUSED:
        begin(client);
        break;
    case STAGE_ONLINE:
        if (is_taken(client))
            client->deadline = pong_time(client);
        else
            connection_fail(client, MQW_CLIENT_TIMEOUT, MQW_REASON_NONE,
                            "the server does not answer PINGREQ");
        break;
    case STAGE_OPENING:
        connection_fail(client, MQW_CLIENT_TIMEOUT, MQW_REASON_NONE, "no connection in time");
        break;
    default:
        connection_fail(client, MQW_CLIENT_TIMEOUT, MQW_REASON_NONE, "no CONNACK in time");
    }
}

void connection_timer(uv_timer_t *timer)
{
    struct mqw_client *client = timer->data;
    client_enter(client);
    if (client_now(client) >= client->deadline)
        expire(client);
    if (client_now(client) >= ping_time(client))
        ping(client);
    client_leave(client);
}
