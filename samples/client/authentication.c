/* SPDX-License-Identifier: MIT */
/* Enhanced authentication: section 4.12 of 5.0.  The client speaks first, in CONNECT or in AUTH 0x19. */
#include "client.h"

#include <string.h>

static void drop(struct mqw_client *client)
{
    net_sasl_free(client->sasl);
    client->sasl = NULL;
}

static bool begin_scram(struct mqw_client *client)
{
    struct mqw_packet packet;
    struct packet_text username = {0}, password = {0};
    struct net_error error = {NET_MEMORY, "out of memory"};
    drop(client);
    packet_read(&client->connect, client_version(client), &packet);
    if (packet_text_set(&username,
                        packet.connect.has_username ? packet.connect.username : mqw_text("")) &&
        packet_text_set(&password,
                        packet.connect.has_password ? packet.connect.password : mqw_text("")))
        client->sasl = net_sasl_client(client->options.authentication_method, (char *)username.ptr,
                                       (char *)password.ptr, &error);
    packet_text_drop(&username);
    packet_text_drop(&password);
    if (!client->sasl)
        client_problem(client, MQW_CLIENT_AUTHENTICATION, "%s", error.text);
    return client->sasl;
}

/* One step of the method.  False: the other side is not who it claims to be. */
static bool step(struct mqw_client *client, bool begin, bool final, struct mqw_bytes in,
                 struct mqw_bytes *out)
{
    const struct mqw_client_options *options = &client->options;
    enum net_sasl_step how;
    const uint8_t *said = NULL;
    size_t len = 0;

    *out = mqw_view(NULL, 0);
    if (options->authenticate) {
        if (options->authenticate(options->authenticate_arg, begin, final, in, out))
            return true;
        client_problem(client, MQW_CLIENT_AUTHENTICATION, "the server could not be authenticated");
        return false;
    }
    if (begin && !begin_scram(client))
        return false;
    if (!client->sasl)
        return final && !in.len; /* the last word came with AUTH already */
    how = net_sasl_step(client->sasl, in.ptr, in.len, &said, &len);
    *out = mqw_view(said, len);
    if (how == NET_SASL_FAILED || (final && how != NET_SASL_DONE)) {
        client_problem(client, MQW_CLIENT_AUTHENTICATION, "%s",
                       how == NET_SASL_FAILED ? net_sasl_problem(client->sasl)
                                              : "the server has not proved who it is");
        return false;
    }
    return true;
}

static void say(struct mqw_client *client, struct mqw_properties *properties, struct mqw_bytes data)
{
    mqw_set_authentication_method(properties, mqw_text(client->options.authentication_method));
    if (data.len)
        mqw_set_authentication_data(properties, data);
}

bool authentication_begin(struct mqw_client *client, struct mqw_properties *properties)
{
    struct mqw_bytes data;
    if (!step(client, true, false, mqw_view(NULL, 0), &data))
        return false;
    say(client, properties, data);
    return true;
}

static struct mqw_bytes data_of(const struct mqw_properties *properties)
{
    return mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_DATA) ? properties->authentication_data
                                                                 : mqw_view(NULL, 0);
}

static void distrust(struct mqw_client *client)
{
    connection_fail(client, MQW_CLIENT_AUTHENTICATION, MQW_REASON_UNSPECIFIED_ERROR,
                    client->problem); /* NOT_AUTHORIZED is a word of servers */
}

bool authentication_accepted(struct mqw_client *client, const struct mqw_connack *connack)
{
    struct mqw_bytes out;
    if (!client->options.authentication_method ||
        step(client, false, true, data_of(&connack->properties), &out))
        return true;
    distrust(client);
    return false;
}

static void finish(struct mqw_client *client, enum mqw_client_status status,
                   const struct mqw_packet *packet)
{
    struct mqw_client_result result = {0};
    mqw_client_done *done = client->reauthenticated;
    if (!client->reauthenticating)
        return;
    client->reauthenticating = false;
    result.status = status;
    result.packet = packet; /* AUTH or DISCONNECT */
    result.reason_code = packet ? packet->disconnect.reason_code : 0;
    result.text = mqw_client_status_text(status);
    client_tell(client, done, client->reauthenticated_arg, &result);
}

/* The server goes on (0x18), or is content with a new authentication (0x00). */
void authentication_packet(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_disconnect *auth = &packet->disconnect;
    bool final = auth->reason_code == MQW_REASON_SUCCESS;
    struct mqw_packet answer;
    struct mqw_bytes out;
    if (!step(client, false, final, data_of(&auth->properties), &out)) {
        distrust(client);
        return;
    }
    if (final) {
        finish(client, MQW_CLIENT_OK, packet);
        return;
    }
    memset(&answer, 0, sizeof answer);
    answer.type = MQW_AUTH;
    answer.disconnect.reason_code = MQW_REASON_CONTINUE_AUTHENTICATION;
    say(client, &answer.disconnect.properties, out);
    connection_send(client, &answer, 0);
}

static enum mqw_client_status reauthenticate(struct mqw_client *client)
{
    struct mqw_packet packet;
    if (client->stage != STAGE_ONLINE)
        return client_problem(client, MQW_CLIENT_OFFLINE, "there is no connection");
    if (!client->options.authentication_method || client->reauthenticating)
        return client_problem(client, MQW_CLIENT_INVALID,
                              client->reauthenticating ? "it is under way"
                                                       : "there was no authentication before");
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_AUTH;
    packet.disconnect.reason_code = MQW_REASON_RE_AUTHENTICATE;
    return authentication_begin(client, &packet.disconnect.properties)
               ? connection_send(client, &packet, 0)
               : MQW_CLIENT_AUTHENTICATION;
}

enum mqw_client_status mqw_client_reauthenticate(struct mqw_client *client, mqw_client_done *done,
                                                 void *arg)
{
    enum mqw_client_status status;
    client_enter(client);
    status = loop_begun(client, reauthenticate(client), done, arg);
    if (status == MQW_CLIENT_OK) {
        client->reauthenticating = true;
        client->reauthenticated = done;
        client->reauthenticated_arg = arg;
    }
    client_leave(client);
    return status;
}

/* The connection has ended. */
void authentication_end(struct mqw_client *client, enum mqw_client_status status)
{
    drop(client);
    finish(client, status == MQW_CLIENT_OK ? MQW_CLIENT_CLOSED : status,
           status == MQW_CLIENT_REFUSED ? client->end.packet : NULL);
}
