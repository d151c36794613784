/* SPDX-License-Identifier: MIT */
/* Packets of the server: what each of them sets going. */
#include "../net/text.h"
#include "client.h"

#include <stdio.h>
#include <string.h>

/* The packet lasts as the bytes that came, which are kept until the next connection. */
static void refused(struct mqw_client *client, const struct mqw_packet *packet, uint8_t code)
{
    char text[PROBLEM], reason[120];
    bool connack = packet->type == MQW_CONNACK;
    const struct mqw_properties *properties =
        connack ? &packet->connack.properties : &packet->disconnect.properties;
    bool has_reason = mqw_has(properties, MQW_PROPERTY_REASON_STRING);
    struct mqw_bytes said = has_reason ? properties->reason_string : mqw_view(NULL, 0);

    net_text_quote(reason, sizeof reason, said.ptr, said.len);
    snprintf(text, sizeof text, "%s%s%s",
             mqw_reason_text(client_version(client), packet->type, code), *reason ? ": " : "",
             reason);
    connection_fail(client, MQW_CLIENT_REFUSED, MQW_REASON_NONE, text);
    client->farewell = *packet;
    client->end.packet = &client->farewell;
    client->end.reason_code = code;
}

/* What CONNACK gives the client for later: its identifier, and where replies may go. */
static bool take_gifts(struct mqw_client *client, const struct mqw_properties *properties)
{
    struct mqw_bytes id = properties->assigned_client_identifier;
    struct mqw_bytes place = properties->response_information;
    if (mqw_has(properties, MQW_PROPERTY_RESPONSE_INFORMATION) &&
        !mqw_same(packet_text_view(&client->response_information), place)) {
        requests_renew(client);
        if (!packet_text_set(&client->response_information, place))
            return false;
    }
    if (!mqw_has(properties, MQW_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER))
        return true;
    requests_renew(client);
    return packet_text_set(&client->client_id, id) &&
           (!client->store || store_set_client_id(client->store, id));
}

static void greeted(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_connack *connack = &packet->connack;
    if (connack->reason_code) {
        refused(client, packet, connack->reason_code);
        return;
    }
    if (!authentication_accepted(client, connack))
        return;
    if (!take_gifts(client, &connack->properties) || !aliases_begin(client)) {
        connection_no_memory(client);
        return;
    }
    client->stage = STAGE_ONLINE;
    client->was_online = true;
    client->failures = 0;
    client->deadline = UINT64_MAX;
    if (!connack->session_present)
        subscriptions_renew(client);
    incoming_resume(client, connack->session_present);
    outgoing_resume(client, connack->session_present);
    if (client->options.connected)
        client->options.connected(client, client->arg, connack);
    outgoing_pump(client);
}

static void told(struct mqw_client *client, const struct mqw_packet *packet,
                 const struct mqw_seen *seen)
{
    struct mqw_packet publish;
    switch (packet->type) {
    case MQW_CONNACK:
        greeted(client, packet);
        break;
    case MQW_PUBLISH:
        publish = *packet;
        publish.publish.topic = seen->topic;
        mqw_drop(&publish.publish.properties, MQW_PROPERTY_TOPIC_ALIAS);
        incoming_publish(client, &publish);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBCOMP:
        outgoing_acknowledge(client, packet);
        break;
    case MQW_PUBREL:
        incoming_release(client, packet);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        outgoing_answer(client, packet);
        break;
    case MQW_PINGRESP:
        client->pinged = false;
        client->deadline = UINT64_MAX;
        break;
    case MQW_DISCONNECT:
        refused(client, packet, packet->disconnect.reason_code);
        break;
    case MQW_AUTH:
        authentication_packet(client, packet);
        break;
    default:
        break;
    }
}

/* 4.13.1 of 5.0: say what is wrong, and close.  3.1.1 closes in silence. */
static void broken(struct mqw_client *client, enum mqw_code code, const char *problem)
{
    struct mqw_packet packet;
    char text[PROBLEM];
    bool says = mqw_refusal(code, client_version(client), MQW_CLIENT, MQW_DISCONNECT, &packet);
    snprintf(text, sizeof text, "the server broke a rule: %.200s", problem);
    connection_fail(client, MQW_CLIENT_PROTOCOL,
                    says ? packet.disconnect.reason_code : MQW_REASON_NONE, text);
}

/* The port of something else, which for MQTT would be the beginning of a long packet. */
static bool is_http(const struct mqw_client *client)
{
    const struct net_buffer *in = &client->wire.in;
    return client->stage == STAGE_GREETING && in->len >= 5 && !memcmp(in->bytes, "HTTP/", 5);
}

void receive_bytes(struct mqw_client *client, const uint8_t *data, size_t len)
{
    struct mqw_packet packet;
    struct mqw_seen seen;
    char problem[PROBLEM] = "";
    enum mqw_code code = net_buffer_add(&client->wire.in, data, len) ? MQW_OK : MQW_SPACE;

    if (is_http(client))
        connection_fail(client, MQW_CLIENT_PROTOCOL, MQW_REASON_NONE,
                        "the server speaks HTTP, not MQTT");
    while (code == MQW_OK && (client->stage == STAGE_GREETING || client->stage == STAGE_ONLINE)) {
        code = net_wire_next(&client->wire, client_now(client), &packet, &seen, problem,
                             sizeof problem);
        if (code == MQW_OK)
            told(client, &packet, &seen);
        connection_leave(client);
    }
    if (code == MQW_SPACE)
        connection_no_memory(client);
    else if (code != MQW_OK && code != MQW_MORE)
        broken(client, code, problem);
}
