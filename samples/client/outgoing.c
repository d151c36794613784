/* SPDX-License-Identifier: MIT */
/*
 * What is sent from the queues, in their order, again in that order on a new connection, and never
 * by a timer ([MQTT-4.4.0-1], [MQTT-4.6.0-1]); and what its answers mean.
 */
#include "client.h"

#include <string.h>

/* ---- Sending --------------------------------------------------------------------------------- */

enum mqw_client_status outgoing_send_ack(struct mqw_client *client, uint8_t type,
                                         uint16_t packet_id, uint8_t code)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    packet.ack.packet_id = packet_id;
    packet.ack.reason_code = client_version(client) == MQW_VERSION_5 ? code : 0;
    return connection_send(client, &packet, 0);
}

static enum mqw_client_status send_publish(struct mqw_client *client, struct mqw_packet *packet)
{
    struct mqw_publish *publish = &packet->publish;
    bool own = client->options.topic_aliases;
    enum mqw_client_status status;
    if (own) { /* the caller's might mean another topic */
        mqw_drop(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS);
        aliases_apply(client, publish);
    }
    status = connection_send(client, packet, 0);
    if (status != MQW_CLIENT_OK && own)
        aliases_forget(client, publish);
    return status;
}

static bool has_quota(const struct mqw_client *client)
{
    return mqw_connection_quota(&client->wire.rules, MQW_CLIENT) &&
           client->wire.rules.client.in_flight < client->options.in_flight;
}

/* Sends an entry, for the first time or again.  False: it has to wait, as all behind it. */
static bool send_entry(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = queue_of(client, entry);
    struct mqw_packet packet;
    enum mqw_client_status status;
    bool needs_id = entry->type != MQW_PUBLISH || entry->qos;
    bool again = entry->state == STATE_SENT;

    if (entry->state == STATE_RELEASED) {
        queue->unsent = entry->next;
        outgoing_send_ack(client, MQW_PUBREL, entry->packet_id, MQW_REASON_SUCCESS);
        return true;
    }
    if (queue_is_message(entry) && !has_quota(client))
        return false;
    if (needs_id && !again) {
        uint16_t packet_id = net_wire_next_id(&client->wire);
        if (!packet_id)
            return false;
        queue_name(client, entry, packet_id);
    }
    queue->unsent = entry->next;
    packet_read(&entry->packet, client_version(client), &packet);
    packet_set_id(&packet, entry->packet_id);
    if (packet.type == MQW_PUBLISH)
        packet.publish.dup = again;
    queue_set_state(client, entry, STATE_SENT);
    if (packet.type == MQW_PUBLISH)
        status = send_publish(client, &packet);
    else
        status = connection_send(client, &packet, 0);
    if (status != MQW_CLIENT_OK)
        queue_finish_as(client, entry, status, client->problem);
    else if (!needs_id)
        queue_finish_as(client, entry, MQW_CLIENT_OK, mqw_client_status_text(MQW_CLIENT_OK));
    else if (!again)
        queue_store_change(client, entry);
    return true;
}

/* Callbacks that ask for more come here again: the call that is under way sends that, too. */
void outgoing_pump(struct mqw_client *client)
{
    struct queue *queues[] = {&client->requests, &client->messages};
    size_t i;
    if (client->pumping++)
        return;
    do {
        client->pumping = 1;
        for (i = 0; i < 2; i++)
            while (queues[i]->unsent && connection_can_send(client))
                if (!send_entry(client, queues[i]->unsent))
                    break;
    } while (client->pumping > 1);
    client->pumping = 0;
}

/* ---- A new connection ------------------------------------------------------------------------ */

/* The server has no session: what it had acknowledged by PUBREC is its own, and the rest is new. */
static void start_over(struct mqw_client *client, struct outgoing *entry)
{
    if (entry->state == STATE_RELEASED) {
        queue_finish_as(client, entry, MQW_CLIENT_OK, mqw_client_status_text(MQW_CLIENT_OK));
        return;
    }
    if (entry->state == STATE_WAITING)
        return;
    queue_unname(client, entry);
    queue_set_state(client, entry, STATE_WAITING);
    queue_store_change(client, entry);
}

void outgoing_resume(struct mqw_client *client, bool session_present)
{
    struct outgoing *entry;
    client->pumping = true; /* what callbacks publish meanwhile goes out after what was there */
    for (entry = client->requests.first; entry; entry = entry->next)
        start_over(client, entry);
    client->next_outgoing = client->messages.first;
    while (client->next_outgoing) {
        entry = client->next_outgoing;
        client->next_outgoing = entry->next;
        if (!session_present)
            start_over(client, entry);
        else if (entry->packet_id && !net_wire_hold(&client->wire, MQW_CLIENT, entry->packet_id, 0))
            connection_no_memory(client);
    }
    client->requests.unsent = client->requests.first;
    client->messages.unsent = client->messages.waiting = client->messages.first;
    client->pumping = false;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void unexpected(struct mqw_client *client)
{
    connection_fail(client, MQW_CLIENT_PROTOCOL, MQW_REASON_PROTOCOL_ERROR,
                    "an acknowledgement does not fit its message");
}

static void finish_with(struct mqw_client *client, struct outgoing *entry,
                        const struct mqw_packet *packet, uint8_t code)
{
    struct mqw_client_result result = {0};
    result.status = code >= MQW_REASON_FAILURE ? MQW_CLIENT_REFUSED : MQW_CLIENT_OK;
    result.reason_code = code;
    result.packet = packet;
    result.text = mqw_reason_text(client_version(client), packet->type, code);
    queue_finish(client, entry, &result);
}

/* PUBREC: the message is the server's from now on ([MQTT-4.3.3-4] to [MQTT-4.3.3-6]). */
static void release(struct mqw_client *client, struct outgoing *entry,
                    const struct mqw_packet *packet)
{
    if (packet->ack.reason_code >= MQW_REASON_FAILURE) {
        finish_with(client, entry, packet, packet->ack.reason_code);
        return;
    }
    if (entry->state == STATE_SENT) {
        entry->state = STATE_RELEASED;
        queue_store_change(client, entry);
        packet_drop(&entry->packet);
        if (client->messages.unsent == entry) /* it was sent on an earlier connection */
            client->messages.unsent = entry->next;
    }
    outgoing_send_ack(client, MQW_PUBREL, entry->packet_id, MQW_REASON_SUCCESS);
}

void outgoing_acknowledge(struct mqw_client *client, const struct mqw_packet *packet)
{
    struct outgoing *entry = queue_find(client, packet->ack.packet_id);
    if (!entry) {
        if (packet->type == MQW_PUBREC && packet->ack.reason_code < MQW_REASON_FAILURE)
            outgoing_send_ack(client, MQW_PUBREL, packet->ack.packet_id,
                              MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND);
        return;
    }
    if (!queue_is_message(entry) || (entry->qos == 1) != (packet->type == MQW_PUBACK))
        unexpected(client);
    else if (packet->type == MQW_PUBREC)
        release(client, entry, packet);
    else if (packet->type == MQW_PUBCOMP && entry->state != STATE_RELEASED)
        unexpected(client);
    else
        finish_with(client, entry, packet, packet->ack.reason_code);
    outgoing_pump(client);
}

void outgoing_answer(struct mqw_client *client, const struct mqw_packet *packet)
{
    struct outgoing *entry = queue_find(client, packet->suback.packet_id);
    const struct mqw_code_list *codes = &packet->suback.reason_codes;
    struct mqw_packet request;
    uint8_t worst = 0;
    uint32_t i;
    if (!entry || entry->type == MQW_PUBLISH) {
        unexpected(client);
        return;
    }
    packet_read(&entry->packet, client_version(client), &request);
    subscriptions_note(client, &request, packet);
    for (i = 0; i < codes->count; i++)
        if (codes->items[i] > worst)
            worst = codes->items[i];
    finish_with(client, entry, packet, worst);
    outgoing_pump(client);
}
