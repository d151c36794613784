/* SPDX-License-Identifier: MIT */
/*
 * Who a client is: by its password, its certificate, or SCRAM.  Ends with greeting_let_in, or the
 * connection's end.
 */
#include "connection.h"
#include "listeners.h"

#include <stdio.h>
#include <string.h>

/* ---- By what CONNECT or the certificate says ------------------------------------------------- */

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
        greeting_let_in(connection, mqw_view(NULL, 0));
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
    if (connect->has_username && !connection_set_text(&connection->username, connect->username)) {
        connection_no_memory(connection);
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
    if (!name || strlen(name) > MQW_TEXT_MAX) /* none that CONNECT could have */
        connection_end(connection, MQW_REASON_BAD_USER_NAME_OR_PASSWORD,
                       "its certificate has no name that could be its user name");
    else if (!connection_set_text(&connection->username, mqw_text(name)))
        connection_no_memory(connection);
    else
        greeting_let_in(connection, mqw_view(NULL, 0));
}

/* ---- Enhanced authentication: 4.12 of 5.0 ---------------------------------------------------- */

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
        if (connection_set_text(&connection->username, name))
            greeting_let_in(connection, last_word);
        else
            connection_no_memory(connection);
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
        connection_say(connection, LOG_NOTICE, "is not authenticated",
                       (struct log_subject){.reason = net_sasl_problem(connection->sasl)});
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

void authentication_packet(struct connection *connection, const struct mqw_packet *packet)
{
    const struct mqw_properties *properties = &packet->disconnect.properties;
    if (packet->disconnect.reason_code == MQW_REASON_RE_AUTHENTICATE)
        begin(connection, properties);
    else if (connection->sasl)
        step(connection, properties);
    else
        connection_end(connection, MQW_REASON_PROTOCOL_ERROR, "there is nothing to authenticate");
}

/* ---- One of them ----------------------------------------------------------------------------- */

void authentication_begin(struct connection *connection, const struct mqw_connect *connect)
{
    const struct listener_settings *listener = connection->listener->settings;
    if (mqw_has(&connect->properties, MQW_PROPERTY_AUTHENTICATION_METHOD))
        begin(connection, &connect->properties);
    else if (listener->use_identity_as_username || listener->use_subject_as_username)
        check_certificate(connection);
    else
        check_password(connection, connect);
}

void authentication_end(struct connection *connection)
{
    if (connection->check)
        access_forget(connection->check);
    connection->check = NULL;
    net_sasl_free(connection->sasl);
    connection->sasl = NULL;
}
