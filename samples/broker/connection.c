/* SPDX-License-Identifier: MIT */
/* Network connections: how they begin, what goes out, and how they end. */
#include "connection.h"
#include "listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONGESTED = 128 * 1024, /* bytes that a client has not taken: the rest waits in its session */
    URGENT = 64 * 1024,     /* bytes that need not wait for the end of the loop's turn */
    ANSWERS = 64 * 1024,    /* bytes of answers that a client may ask for and not take */
    LINGER = 1000           /* ms in which a client may take why it is left */
};

uint8_t connection_version(const struct connection *connection)
{
    return connection->wire.rules.version;
}

uint8_t connection_max_qos(const struct connection *connection)
{
    return connection->listener->settings->max_qos;
}

bool connection_congested(const struct connection *connection)
{
    return connection->wire.out.len + net_stream_pending(connection->stream) > CONGESTED;
}

/* Before there is a session, it is who it says it is. */
static struct mqw_bytes client_id(const struct connection *connection)
{
    struct mqw_packet packet;
    if (connection->session)
        return session_client_id(connection->session);
    if (connection->client_id || !connection->connect.bytes ||
        !packet_read(&connection->connect, connection_version(connection), &packet))
        return mqw_text(connection->client_id);
    return packet.connect.client_id;
}

void connection_say(const struct connection *connection, enum log_type type, const char *does,
                    struct log_subject about)
{
    if (!log_wants(type))
        return;
    about.client = client_id(connection);
    about.user = connection->session ? session_username(connection->session)
                                     : mqw_text(connection->username);
    about.address = net_stream_peer(connection->stream);
    log_about(type, about, does);
}

/* ---- What goes out -------------------------------------------------------------------------- */

/* Something is to go out, or the connection is to be closed. */
static void unflushed(struct connection *connection)
{
    struct broker *broker = connection->broker;
    if (connection->unflushed)
        return;
    connection->unflushed = true;
    connection->next_unflushed = NULL;
    connection->previous_unflushed = broker->last_unflushed;
    *(broker->last_unflushed ? &broker->last_unflushed->next_unflushed : &broker->unflushed) =
        connection;
    broker->last_unflushed = connection;
}

static void is_flushed(struct connection *connection)
{
    struct broker *broker = connection->broker;
    struct connection *next = connection->next_unflushed,
                      *previous = connection->previous_unflushed;
    if (!connection->unflushed)
        return;
    connection->unflushed = false;
    *(previous ? &previous->next_unflushed : &broker->unflushed) = next;
    *(next ? &next->previous_unflushed : &broker->last_unflushed) = previous;
}

static uint64_t now_of(const struct connection *connection)
{
    return (uint64_t)broker_now(connection->broker);
}

static void say_unsent(const struct connection *connection, const struct mqw_packet *packet,
                       const char *problem)
{
    char does[64];
    snprintf(does, sizeof does, "is not sent %s", mqw_type_name(packet->type));
    connection_say(connection, LOG_DEBUG, does, (struct log_subject){.reason = problem});
}

enum mqw_code connection_send(struct connection *connection, const struct mqw_packet *packet,
                              uint64_t tag)
{
    char problem[256] = "";
    size_t before = connection->wire.out.len;
    enum mqw_code code =
        net_wire_send(&connection->wire, packet, now_of(connection), tag, problem, sizeof problem);
    if (code == MQW_OK)
        connection->broker->counters.packets_sent++;
    else
        say_unsent(connection, packet, problem);
    if (packet->type != MQW_PUBLISH) { /* messages wait in the session */
        connection->answered += (uint32_t)(connection->wire.out.len - before);
        connection->swamped |= connection->answered > ANSWERS;
    }
    connection->broker->urgent |= connection->wire.out.len > URGENT;
    unflushed(connection);
    return code;
}

enum mqw_code connection_explain(struct connection *connection, struct mqw_packet *packet,
                                 struct mqw_properties *properties, const char *text)
{
    if (text && connection_version(connection) == MQW_VERSION_5) {
        mqw_set_reason_string(properties, mqw_text(text));
        if (connection_send(connection, packet, 0) == MQW_OK)
            return MQW_OK;
        mqw_drop(properties, MQW_PROPERTY_REASON_STRING);
    }
    return connection_send(connection, packet, 0);
}

/* Most connections are idle most of the time. */
static void shrink(struct net_buffer *buffer)
{
    if (!buffer->len)
        net_buffer_free(buffer);
}

void connection_wake(struct connection *connection, int64_t at)
{
    struct timer *timer = &connection->timer;
    /* Paused, its timer comes, and sooner than that would be too soon. */
    if (!connection->paused && (!timer->place || at < timer->at))
        broker_set_timer(connection->broker, timer, at);
}

/* The client has taken all there was: it may be read again, and sent what waited for room. */
static void relieve(struct connection *connection)
{
    if (connection->stage != STAGE_ONLINE)
        return;
    if (!net_stream_pending(connection->stream)) {
        if (connection->swamped)
            connection_wake(connection, broker_now(connection->broker));
        connection->swamped = false;
        connection->answered = 0;
    }
    deliver_pump(connection->session);
    retained_pump(connection->session);
}

void connection_flush(struct connection *connection)
{
    struct net_buffer *out = &connection->wire.out;
    is_flushed(connection);
    if (out->len) {
        connection->broker->counters.bytes_sent += out->len;
        net_stream_write(connection->stream, out->bytes, out->len);
        net_buffer_take(out, out->len);
        shrink(out);
    }
    if (connection->stage == STAGE_LEAVING)
        net_stream_close(connection->stream, LINGER);
    else
        relieve(connection);
}

/* ---- The end -------------------------------------------------------------------------------- */

/* What 3.1.1 has for a reason code of 5.0 in CONNACK (3.2.2.3); 0: nothing. */
static uint8_t return_code(unsigned code)
{
    switch (code) {
    case MQW_REASON_UNSUPPORTED_PROTOCOL_VERSION:
        return MQW_RETURN_UNACCEPTABLE_PROTOCOL_VERSION;
    case MQW_REASON_CLIENT_IDENTIFIER_NOT_VALID:
        return MQW_RETURN_IDENTIFIER_REJECTED;
    case MQW_REASON_SERVER_UNAVAILABLE:
    case MQW_REASON_SERVER_BUSY:
    case MQW_REASON_CONNECTION_RATE_EXCEEDED:
    case MQW_REASON_QUOTA_EXCEEDED:
        return MQW_RETURN_SERVER_UNAVAILABLE;
    case MQW_REASON_BAD_USER_NAME_OR_PASSWORD:
        return MQW_RETURN_BAD_USER_NAME_OR_PASSWORD;
    case MQW_REASON_NOT_AUTHORIZED:
    case MQW_REASON_BANNED:
        return MQW_RETURN_NOT_AUTHORIZED;
    default:
        return 0;
    }
}

static void say_goodbye(struct connection *connection, unsigned code, const char *text)
{
    struct mqw_packet packet;
    bool five = connection_version(connection) == MQW_VERSION_5;
    memset(&packet, 0, sizeof packet);
    if (connection->stage == STAGE_ONLINE && five) {
        packet.type = MQW_DISCONNECT;
        packet.disconnect.reason_code = (uint8_t)code;
        connection_explain(connection, &packet, &packet.disconnect.properties, text);
    } else if (connection->stage == STAGE_AUTHENTICATING) {
        packet.type = MQW_CONNACK;
        packet.connack.reason_code = five ? (uint8_t)code : return_code(code);
        if (packet.connack.reason_code)
            connection_explain(connection, &packet, &packet.connack.properties, text);
    }
}

void connection_end(struct connection *connection, unsigned code, const char *text)
{
    if (connection->stage == STAGE_LEAVING)
        return;
    if (code != MQW_REASON_NONE)
        say_goodbye(connection, code, text);
    if (connection->stage != STAGE_ONLINE)
        connection->broker->counters.connections_refused++;
    else
        connection->broker->online--;
    if (connection->broker->settings->connection_messages && !connection->normal)
        connection_say(connection, LOG_CONNECTION, "is disconnected",
                       (struct log_subject){.code = code, .reason = text});
    if (connection->refused.count)
        connection_say(connection, LOG_NOTICE, "could not publish",
                       (struct log_subject){.times = connection->refused.count});
    authentication_end(connection);
    connection->stage = STAGE_LEAVING;
    unflushed(connection);
}

void connection_no_memory(struct connection *connection)
{
    connection_end(connection, MQW_REASON_QUOTA_EXCEEDED, "out of memory");
}

bool connection_set_text(char **place, struct mqw_bytes text)
{
    free(*place);
    *place = malloc(text.len + (size_t)1);
    if (!*place)
        return false;
    memcpy(*place, text.ptr, text.len);
    (*place)[text.len] = 0;
    return true;
}

void connection_detach(struct connection *connection)
{
    struct session *session = connection->session;
    timers_stop(&connection->broker->timers, &connection->timer);
    connection->session = NULL;
    if (!session)
        return;
    if (connection->normal)
        session_drop_will(session);
    session_leave(session, broker_now(connection->broker));
}

static void closed(void *arg, const struct net_error *error)
{
    struct connection *connection = arg;
    struct broker *broker = connection->broker;

    connection_end(connection, MQW_REASON_NONE, error->text);
    connection_detach(connection);
    is_flushed(connection);
    *(connection->previous ? &connection->previous->next : &broker->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    broker->connection_count--;
    connection->listener->connections--;
    net_wire_end(&connection->wire);
    packet_drop(&connection->connect);
    aliases_free(connection);
    free(connection->username);
    free(connection->client_id);
    free(connection);
    broker_left(broker);
}

/* ---- The beginning ----------------------------------------------------------------------------- */

static void opened(void *arg)
{
    (void)arg;
}

static void received(void *arg, const uint8_t *data, size_t len)
{
    struct connection *connection = arg;
    connection->broker->counters.bytes_received += len;
    receive_bytes(connection, data, len);
    shrink(&connection->wire.in);
}

static void drained(void *arg)
{
    relieve(arg);
}

/* For CONNECT it was to wait so long; for the next packet, one and a half times the keep alive:
 * [MQTT-3.1.2-22]. */
static void late(struct timer *timer)
{
    struct connection *connection = TABLE_OF(timer, struct connection, timer);
    uint64_t deadline;
    if (connection->stage != STAGE_ONLINE) {
        connection_end(connection, MQW_REASON_NONE, "it took too long to connect");
        return;
    }
    connection->paused = false;
    net_stream_pause(connection->stream, connection->swamped);
    receive_bytes(connection, NULL, 0); /* what was not read while it was paused */
    if (connection->stage != STAGE_ONLINE)
        return;
    retained_pump(connection->session);
    if (connection->paused)
        return;
    deadline = mqw_connection_deadline(&connection->wire.rules);
    if (deadline <= now_of(connection))
        connection_end(connection, MQW_REASON_KEEP_ALIVE_TIMEOUT, "the keep alive is over");
    else if (deadline != UINT64_MAX)
        connection_wake(connection, (int64_t)deadline);
}

static const struct net_stream_events events = {
    .opened = opened, .received = received, .drained = drained, .relief = true, .closed = closed};

static bool refuse(struct connection *connection, const char *why)
{
    log_say(LOG_WARNING, "a connection is not taken: %s", why);
    if (connection)
        net_wire_end(&connection->wire);
    free(connection);
    return false;
}

static void add(struct connection *connection)
{
    struct broker *broker = connection->broker;
    connection->timer.due = late;
    connection->next = broker->connections;
    if (connection->next)
        connection->next->previous = connection;
    broker->connections = connection;
    broker->connection_count++;
    connection->listener->connections++;
    broker->counters.connections_accepted++;
    broker_set_timer(broker, &connection->timer,
                     broker_now(broker) + (int64_t)broker->settings->connect_timeout * 1000);
}

/* Of the two, server is asked unless it is NULL. */
static bool make(struct broker *broker, struct listener *listener, uv_stream_t *server, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    struct net_error error;
    if (!connection)
        return refuse(connection, "out of memory");
    connection->broker = broker;
    connection->listener = listener;
    net_wire_begin(&connection->wire, MQW_SERVER, 0, broker->settings->max_packet_size,
                   listener->settings->max_topic_alias, MQW_ALLOW_MQTT_3_1);
    connection->stream =
        server ? net_stream_accept(server, &listener->terms, &events, connection, &error)
               : net_stream_open(broker->loop, fd, &listener->terms, &events, connection, &error);
    if (!connection->stream)
        return refuse(connection, error.text);
    add(connection);
    return true;
}

void connection_accept(struct broker *broker, struct listener *listener, uv_stream_t *server)
{
    make(broker, listener, server, -1);
}

bool connection_open(struct broker *broker, struct listener *listener, int fd)
{
    return make(broker, listener, NULL, fd);
}
