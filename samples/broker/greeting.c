/* SPDX-License-Identifier: MIT */
/* How a client comes in: CONNECT, authentication, CONNACK.  Section 3.1, 3.2 and 4.12. */
#include "connection.h"
#include "listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *copy_text(char **place, struct mqw_bytes text)
{
    free(*place);
    *place = malloc(text.len + (size_t)1);
    if (*place) {
        memcpy(*place, text.ptr, text.len);
        (*place)[text.len] = 0;
    }
    return *place;
}

static void out_of_memory(struct connection *connection)
{
    connection_end(connection, MQW_REASON_QUOTA_EXCEEDED, "out of memory");
}

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
        out_of_memory(connection);
        return NULL;
    }
    free(session->username);
    session->username = connection->username;
    connection->username = NULL;
    session->expiry = expiry_of(connection, connect);
    connection->session = session;
    session_join(session, connection);
    if (!keep_will(session, connect)) {
        out_of_memory(connection);
        return NULL;
    }
    return session;
}

/* use_username_as_clientid: whoever the user is said to be, by whichever means. */
static bool name_by_user(struct connection *connection)
{
    if (!connection->listener->settings->use_username_as_clientid)
        return true;
    if (!connection->username)
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED,
                       "it has no user name, which is to be its client identifier");
    else if (!copy_text(&connection->client_id, mqw_text(connection->username)))
        out_of_memory(connection);
    else
        return true;
    return false;
}

/* The client is who it says it is. */
static void let_in(struct connection *connection, struct mqw_bytes last_word)
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
        log_say(LOG_CONNECTION, "%s is connected (MQTT %s%s%s%s)", connection_name(connection),
                packet.version == MQW_VERSION_5 ? "5.0" : "3.1.1",
                session->username ? ", user '" : "", session->username ? session->username : "",
                session->username ? "'" : "");
    packet_drop(&connection->connect);
    if (present && (!hold_received(session, &connection->wire) || !deliver_resume(session))) {
        out_of_memory(connection);
        return;
    }
    deliver_pump(session);
}

/* ---- Who is it? -------------------------------------------------------------------------------- */

static void refuse(struct connection *connection, enum access_verdict verdict)
{
    if (verdict == ACCESS_WRONG)
        connection_end(connection, MQW_REASON_BAD_USER_NAME_OR_PASSWORD,
                       "user name or password are wrong");
    else
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED, "it may not connect");
}

static void checked(void *arg, enum access_verdict verdict)
{
    struct connection *connection = arg;
    bool waited = connection->check != NULL;
    connection->check = NULL;
    if (verdict == ACCESS_GRANTED)
        let_in(connection, mqw_view(NULL, 0));
    else
        refuse(connection, verdict);
    if (waited) {
        net_stream_pause(connection->stream, false);
        receive_bytes(connection, NULL, 0); /* what came meanwhile */
    }
}

static void check_password(struct connection *connection, const struct mqw_connect *connect)
{
    struct mqw_bytes none = mqw_view(NULL, 0);
    struct access_check *check;
    if (connect->has_username && !copy_text(&connection->username, connect->username)) {
        out_of_memory(connection);
        return;
    }
    check =
        access_check(connection->broker->access, connect->has_username ? connect->username : none,
                     connect->has_password ? connect->password : none, checked, connection);
    if (!check)
        return;
    connection->check = check;
}

/* The certificate says who it is: use_identity_as_username, use_subject_as_username. */
static void check_certificate(struct connection *connection)
{
    const char *name = connection->listener->settings->use_subject_as_username
                           ? net_stream_subject(connection->stream)
                           : net_stream_identity(connection->stream);
    if (!name)
        refuse(connection, ACCESS_WRONG);
    else if (!copy_text(&connection->username, mqw_text(name)))
        out_of_memory(connection);
    else
        let_in(connection, mqw_view(NULL, 0));
}

/* ---- Enhanced authentication --------------------------------------------------------------------- */

static void send_auth(struct connection *connection, struct mqw_bytes method, uint8_t code,
                      struct mqw_bytes data)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_AUTH;
    packet.disconnect.reason_code = code;
    mqw_set_authentication_method(&packet.disconnect.properties, method);
    if (data.len)
        mqw_set_authentication_data(&packet.disconnect.properties, data);
    connection_send(connection, &packet, 0);
}

/* It is a known user, and when it says so again, the same. */
static void proved(struct connection *connection, struct mqw_bytes method,
                   struct mqw_bytes last_word)
{
    struct mqw_bytes name = mqw_text(net_sasl_username(connection->sasl));
    if (connection->stage == STAGE_AUTHENTICATING) {
        if (copy_text(&connection->username, name))
            let_in(connection, last_word);
        else
            out_of_memory(connection);
    } else if (mqw_same(name, session_username(connection->session))) {
        send_auth(connection, method, MQW_REASON_SUCCESS, last_word);
    } else {
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED, "it is another user now");
    }
    net_sasl_free(connection->sasl);
    connection->sasl = NULL;
}

static void step(struct connection *connection, const struct mqw_properties *properties)
{
    struct mqw_bytes method = properties->authentication_method, in = mqw_view(NULL, 0);
    const uint8_t *out = NULL;
    size_t out_len = 0;
    if (mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_DATA))
        in = properties->authentication_data;
    switch (net_sasl_step(connection->sasl, in.ptr, in.len, &out, &out_len)) {
    case NET_SASL_MORE:
        send_auth(connection, method, MQW_REASON_CONTINUE_AUTHENTICATION, mqw_view(out, out_len));
        break;
    case NET_SASL_DONE:
        proved(connection, method, mqw_view(out, out_len));
        break;
    case NET_SASL_FAILED:
        log_say(LOG_NOTICE, "%s: %s", connection_name(connection),
                net_sasl_problem(connection->sasl));
        connection_end(connection, MQW_REASON_NOT_AUTHORIZED, "authentication failed");
        break;
    }
}

static void begin(struct connection *connection, const struct mqw_properties *properties)
{
    struct access *access = connection->broker->access;
    char method[64];
    struct net_error error;
    snprintf(method, sizeof method, "%.*s", MQW_ARG(properties->authentication_method));
    if (!access_has_scram(access) || !net_sasl_known(method)) {
        connection_end(connection, MQW_REASON_BAD_AUTHENTICATION_METHOD,
                       "this authentication method is not known here");
        return;
    }
    net_sasl_free(connection->sasl);
    connection->sasl = net_sasl_server(method, access_scram, access, &error);
    if (connection->sasl)
        step(connection, properties);
    else
        connection_end(connection, MQW_REASON_UNSPECIFIED_ERROR, error.text);
}

void greeting_auth(struct connection *connection, const struct mqw_packet *packet)
{
    const struct mqw_properties *properties = &packet->disconnect.properties;
    if (packet->disconnect.reason_code == MQW_REASON_RE_AUTHENTICATE)
        begin(connection, properties);
    else if (connection->sasl)
        step(connection, properties);
    else
        connection_end(connection, MQW_REASON_PROTOCOL_ERROR, "there is nothing to authenticate");
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
    *text = "the broker ends";
    return connection->broker->stopping ? MQW_REASON_SERVER_UNAVAILABLE : 0;
}

void greeting_connect(struct connection *connection, const struct mqw_packet *packet)
{
    const struct listener_settings *listener = connection->listener->settings;
    const struct mqw_connect *connect = &packet->connect;
    struct mqw_bytes bytes = mqw_view(connection->wire.in.bytes, connection->wire.current);
    const char *text;
    uint8_t code;

    connection->stage = STAGE_AUTHENTICATING;
    trace_connect(connection, connect);
    code = judge(connection, connect, &text);
    if (code) {
        connection_end(connection, code, text);
        return;
    }
    if (!packet_copy(&connection->connect, bytes, packet->version) ||
        (!connect->client_id.len && !assign_id(connection))) {
        out_of_memory(connection);
        return;
    }
    if (mqw_has(&connect->properties, MQW_PROPERTY_AUTHENTICATION_METHOD))
        begin(connection, &connect->properties);
    else if (listener->use_identity_as_username || listener->use_subject_as_username)
        check_certificate(connection);
    else
        check_password(connection, connect);
}

void greeting_end(struct connection *connection)
{
    if (connection->check)
        access_forget(connection->check);
    connection->check = NULL;
    net_sasl_free(connection->sasl);
    connection->sasl = NULL;
}
