/* SPDX-License-Identifier: MIT */
/* How a client comes in: CONNECT, authentication, CONNACK.  Section 3.1, 3.2 and 4.12. */
#include "connection.h"
#include "listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- CONNACK -------------------------------------------------------------------------------- */

static void limits(struct connection *connection, const struct mqw_connect *connect,
                   struct mqw_properties *properties)
{
    const struct settings *settings = connection->broker->settings;
    const struct session *session = connection->session;
    uint32_t asked = 0;

    if (mqw_has(&connect->properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL))
        asked = connect->properties.session_expiry_interval;
    if (session->expiry != asked)
        mqw_set_session_expiry_interval(properties, session->expiry);
    mqw_set_receive_maximum(properties, settings->max_inflight_messages);
    if (connection_max_qos(connection) < 2)
        mqw_set_maximum_qos(properties, connection_max_qos(connection));
    if (!settings->retain_available)
        mqw_set_retain_available(properties, 0);
    if (settings->max_packet_size)
        mqw_set_maximum_packet_size(properties, settings->max_packet_size);
    if (connection->listener->settings->max_topic_alias)
        mqw_set_topic_alias_maximum(properties, connection->listener->settings->max_topic_alias);
    if (!connect->client_id.len)
        mqw_set_assigned_client_identifier(properties, mqw_text(connection->client_id));
    if (settings->max_keepalive &&
        (!connect->keep_alive || connect->keep_alive > settings->max_keepalive))
        mqw_set_server_keep_alive(properties, settings->max_keepalive);
}

/* A place for replies that is this client's own: 4.10 of 5.0.  A client identifier that is more than
 * one level, or is none, has none. */
static char *response_place(const struct connection *connection, const struct mqw_connect *connect)
{
    struct mqw_bytes id = session_client_id(connection->session);
    char *place;
    if (!mqw_has(&connect->properties, MQW_PROPERTY_REQUEST_RESPONSE_INFORMATION) ||
        !connect->properties.request_response_information || memchr(id.ptr, '/', id.len) ||
        memchr(id.ptr, '+', id.len) || memchr(id.ptr, '#', id.len))
        return NULL;
    place = malloc(sizeof "responses/" + id.len);
    if (place)
        sprintf(place, "responses/%.*s", MQW_ARG(id));
    return place;
}

static void send_connack(struct connection *connection, const struct mqw_connect *connect,
                         bool session_present, struct mqw_bytes last_word)
{
    struct mqw_packet packet;
    struct mqw_properties *properties = &packet.connack.properties;
    char *place = NULL;
    enum mqw_code code;

    memset(&packet, 0, sizeof packet);
    packet.type = MQW_CONNACK;
    packet.connack.session_present = session_present;
    if (connection_version(connection) == MQW_VERSION_5) {
        limits(connection, connect, properties);
        place = response_place(connection, connect);
        if (place)
            mqw_set_response_information(properties, mqw_text(place));
        if (mqw_has(&connect->properties, MQW_PROPERTY_AUTHENTICATION_METHOD))
            mqw_set_authentication_method(properties, connect->properties.authentication_method);
        if (last_word.len)
            mqw_set_authentication_data(properties, last_word);
    }
    code = connection_send(connection, &packet, 0);
    if (code != MQW_OK && place) { /* it may be left out */
        mqw_drop(properties, MQW_PROPERTY_RESPONSE_INFORMATION);
        code = connection_send(connection, &packet, 0);
    }
    if (code != MQW_OK) {
        session_drop_will(connection->session); /* it was not let in: [MQTT-3.1.4-6] */
        connection_end(connection, MQW_REASON_NONE, "its limits leave no room for CONNACK");
    }
    free(place);
}

/* ---- The session ------------------------------------------------------------------------------- */

static uint32_t expiry_of(const struct connection *connection, const struct mqw_connect *connect)
{
    uint32_t wanted = 0;
    if (connection_version(connection) != MQW_VERSION_5)
        wanted = connect->clean_start ? 0 : UINT32_MAX; /* section 3.1.2.4 of 3.1.1 */
    else if (mqw_has(&connect->properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL))
        wanted = connect->properties.session_expiry_interval;
    return session_expiry(connection->broker->settings, wanted);
}

static bool keep_will(struct session *session, const struct mqw_connect *connect)
{
    const struct mqw_properties *properties = &connect->will.properties;
    struct mqw_publish publish;
    session_drop_will(session);
    if (!connect->has_will)
        return true;
    memset(&publish, 0, sizeof publish);
    publish.topic = connect->will.topic;
    publish.payload = connect->will.payload;
    publish.qos = connect->will.qos;
    publish.retain = connect->will.retain;
    publish.properties = *properties;
    mqw_drop(&publish.properties, MQW_PROPERTY_WILL_DELAY_INTERVAL);
    mqw_drop(&publish.properties, MQW_PROPERTY_MESSAGE_EXPIRY_INTERVAL);
    session->will = message_new(session->broker, &publish, session_client_id(session));
    session->will_delay =
        mqw_has(properties, MQW_PROPERTY_WILL_DELAY_INTERVAL) ? properties->will_delay_interval : 0;
    session->will_expiry = mqw_has(properties, MQW_PROPERTY_MESSAGE_EXPIRY_INTERVAL)
                               ? properties->message_expiry_interval
                               : UINT32_MAX;
    return session->will != NULL;
}

static struct mqw_bytes id_of(const struct connection *connection,
                              const struct mqw_connect *connect)
{
    return connection->client_id ? mqw_text(connection->client_id) : connect->client_id;
}

/* [MQTT-3.1.4-3]: the newest connection wins. */
static void take_over(struct connection *connection, struct mqw_bytes client_id)
{
    struct session *session = session_find(connection->broker, client_id);
    struct connection *old = session ? session->connection : NULL;
    if (!old)
        return;
    connection_end(old, MQW_REASON_SESSION_TAKEN_OVER, "another connection has taken its place");
    connection_detach(old);
}

/* Packet identifiers of QoS 2 messages whose PUBREL is still to come. */
static bool hold_received(const struct session *session, struct net_wire *wire)
{
    uint32_t id, left = session->received_count;
    for (id = 1; left && id <= UINT16_MAX; id++) {
        if (!session_received(session, (uint16_t)id))
            continue;
        left--;
        if (!net_wire_hold(wire, MQW_CLIENT, (uint16_t)id, 0))
            return false;
    }
    return true;
}

static bool has_room(const struct broker *broker)
{
    uint32_t most = broker->settings->max_sessions;
    return !most || broker->sessions.count < most + broker->online;
}

/* The session that the client goes on with, or a new one.  NULL: it was told that there is none. */
static struct session *join(struct connection *connection, const struct mqw_connect *connect,
                            bool *present)
{
    struct broker *broker = connection->broker;
    struct mqw_bytes client_id = id_of(connection, connect);
    struct session *session;

    take_over(connection, client_id);
    session = session_find(broker, client_id);
    if (session && connect->clean_start) { /* [MQTT-3.1.2-4] */
        session_free(session);
        session = NULL;
    }
    *present = session != NULL;
    if (!session && !has_room(broker)) {
        connection_end(connection, MQW_REASON_QUOTA_EXCEEDED, "there are too many sessions");
        return NULL;
    }
    if (!session)
        session = session_new(broker, client_id);
    if (!session) {
        connection_no_memory(connection);
        return NULL;
    }
    free(session->username);
    session->username = connection->username;
    connection->username = NULL;
    session->expiry = expiry_of(connection, connect);
    connection->session = session;
    session_join(session, connection);
    if (!keep_will(session, connect)) {
        connection_no_memory(connection);
        return NULL;
    }
    return session;
}

/* use_username_as_clientid: whoever the user is said to be, by whichever means. */
static bool name_by_user(struct connection *connection)
{
    if (!connection->listener->settings->use_username_as_clientid)
        return true;
    if (!connection->username || !*connection->username)
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED,
                       "it has no user name, which is to be its client identifier");
    else if (!connection_set_text(&connection->client_id, mqw_text(connection->username)))
        connection_no_memory(connection);
    else
        return true;
    return false;
}

/* The client is who it says it is. */
void greeting_let_in(struct connection *connection, struct mqw_bytes last_word)
{
    struct broker *broker = connection->broker;
    struct mqw_packet packet;
    struct session *session;
    bool present;

    if (!name_by_user(connection))
        return;
    packet_read(&connection->connect, connection_version(connection), &packet);
    if (packet.connect.has_will &&
        !route_may(broker, mqw_text(connection->username), id_of(connection, &packet.connect),
                   packet.connect.will.topic)) {
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED, "it may not publish its will");
        return;
    }
    session = join(connection, &packet.connect, &present);
    if (!session)
        return;
    send_connack(connection, &packet.connect, present, last_word);
    if (connection->stage == STAGE_LEAVING)
        return;
    connection->stage = STAGE_ONLINE;
    if (++broker->online > broker->online_most)
        broker->online_most = broker->online;
    broker_set_timer(broker, &connection->timer, broker_now(broker)); /* sets itself */
    if (broker->settings->connection_messages)
        connection_say(connection, LOG_CONNECTION,
                       packet.version == MQW_VERSION_5 ? "is connected (MQTT 5.0)"
                                                       : "is connected (MQTT 3.1.1)",
                       (struct log_subject){0});
    packet_drop(&connection->connect);
    if (present && (!hold_received(session, &connection->wire) || !deliver_resume(session))) {
        connection_no_memory(connection);
        return;
    }
    deliver_pump(session);
}

/* ---- CONNECT ------------------------------------------------------------------------------------- */

/* 3.1.3.1: an identifier of the broker's choice. */
static bool assign_id(struct connection *connection)
{
    const char *prefix = connection->broker->settings->auto_id_prefix;
    uint8_t random[16];
    size_t len = strlen(prefix), i;
    char *id = malloc(len + 2 * sizeof random + 1);
    if (!id || uv_random(NULL, NULL, random, sizeof random, 0, NULL)) {
        free(id);
        return false;
    }
    memcpy(id, prefix, len);
    for (i = 0; i < sizeof random; i++)
        sprintf(id + len + 2 * i, "%02x", random[i]);
    free(connection->client_id);
    connection->client_id = id;
    return true;
}

/* A reason why the client cannot be let in, whoever it is; 0: there is none. */
static uint8_t judge(struct connection *connection, const struct mqw_connect *connect,
                     const char **text)
{
    const struct settings *settings = connection->broker->settings;
    *text = "it needs a client identifier";
    if (!connect->client_id.len && !settings->allow_zero_length_clientid)
        return MQW_REASON_CLIENT_IDENTIFIER_NOT_VALID;
    *text = "the QoS of its will is too high";
    if (connect->has_will && connect->will.qos > connection_max_qos(connection))
        return MQW_REASON_QOS_NOT_SUPPORTED;
    *text = "retained messages are turned off, and its will is one";
    if (connect->has_will && connect->will.retain && !settings->retain_available)
        return MQW_REASON_RETAIN_NOT_SUPPORTED;
    *text = "the topic of its will has too many levels";
    if (connect->has_will && settings->max_topic_levels &&
        topic_levels(connect->will.topic) > settings->max_topic_levels)
        return MQW_REASON_TOPIC_NAME_INVALID;
    *text = "there is no room for its will";
    if (connect->has_will && !broker_has_room(connection->broker, connect->will.payload.len))
        return MQW_REASON_QUOTA_EXCEEDED;
    *text = "the broker ends";
    return connection->broker->stopping ? MQW_REASON_SERVER_UNAVAILABLE : 0;
}

void greeting_connect(struct connection *connection, const struct mqw_packet *packet)
{
    const struct mqw_connect *connect = &packet->connect;
    struct mqw_bytes bytes = mqw_view(connection->wire.in.bytes, connection->wire.current);
    const char *text;
    uint8_t code;

    connection->stage = STAGE_AUTHENTICATING;
    trace_connect(connection, connect);
    if (!packet_copy(&connection->connect, bytes, packet->version)) {
        connection_no_memory(connection);
        return;
    }
    code = judge(connection, connect, &text);
    if (code) {
        connection_end(connection, code, text);
        return;
    }
    if (!connect->client_id.len && !assign_id(connection)) {
        connection_no_memory(connection);
        return;
    }
    authentication_begin(connection, connect);
}
