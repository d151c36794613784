/* SPDX-License-Identifier: MIT */
/*
 * Messages that came.  QoS 1: PUBACK when the application is done, in the order of the messages
 * ([MQTT-4.6.0-2]).  QoS 2: the message is kept with its identifier before PUBREC, and handed over
 * at once; PUBCOMP when the application is done and PUBREL came, so that the server's identifier,
 * and what the client keeps, last as long as each other.  A message that comes again is not handed
 * over again ([MQTT-4.3.3-10]).
 */
#include "client.h"

#include <string.h>

/* ---- The application ------------------------------------------------------------------------- */

static bool hand_over(struct mqw_client *client, const struct mqw_publish *publish, uint64_t token,
                      bool repeat)
{
    struct mqw_client_message message;
    if (requests_take(client, publish))
        return true;
    message.publish = publish;
    message.token = token;
    message.repeat = repeat;
    if (client->store && !store_begin(client->store)) { /* for what the application writes */
        connection_stored(client, false);
        return false;
    }
    return handlers_call(client, &message);
}

/* PUBACKs of messages that are done, up to the first one that is not. */
static void acknowledge_in_order(struct mqw_client *client)
{
    struct incoming *entry;
    if (client->stage != STAGE_ONLINE)
        return;
    while ((entry = client->incoming[1].first) && entry->owed) {
        outgoing_send_ack(client, MQW_PUBACK, entry->packet_id, entry->reason_code);
        inbox_end(client, entry);
    }
}

/* The application is done with a message of QoS 2. */
static void settle(struct mqw_client *client, struct incoming *entry)
{
    uint16_t packet_id = entry->packet_id;
    bool released = entry->released;
    inbox_mark_done(client, entry);
    if (packet_id && !released) {
        inbox_store_change(client, entry);
        packet_drop(&entry->packet);
        return;
    }
    inbox_end(client, entry);
    if (released && client->stage == STAGE_ONLINE)
        outgoing_send_ack(client, MQW_PUBCOMP, packet_id, MQW_REASON_SUCCESS);
}

enum mqw_client_status mqw_client_acknowledge(struct mqw_client *client, uint64_t token)
{
    struct incoming *entry = inbox_by_token(client, token);
    if (!entry || entry->owed || entry->state == STATE_DONE)
        return MQW_CLIENT_OK; /* its connection is gone, and it will come again */
    client_enter(client);
    if (entry->qos == 2) {
        settle(client, entry);
    } else {
        entry->owed = true;
        acknowledge_in_order(client);
    }
    client_leave(client);
    return MQW_CLIENT_OK;
}

enum mqw_client_status mqw_client_refuse(struct mqw_client *client, uint64_t token,
                                         uint8_t reason_code)
{
    struct incoming *entry = inbox_by_token(client, token);
    const char *name = mqw_reason_name(client_version(client), MQW_PUBACK, reason_code);
    if (reason_code < MQW_REASON_FAILURE || !*name) /* PUBREC has the same codes; 3.1.1 has none */
        return client_problem(client, MQW_CLIENT_INVALID,
                              "a message is refused with a reason code of PUBACK, in MQTT 5.0");
    if (!entry || entry->owed || entry->state == STATE_DONE)
        return MQW_CLIENT_OK;
    if (entry->qos == 2 && token != client->offered)
        return client_problem(client, MQW_CLIENT_INVALID,
                              "PUBREC has accepted the message when its handler returned");
    entry->reason_code = reason_code;
    if (entry->qos == 1)
        return mqw_client_acknowledge(client, token);
    entry->owed = true; /* PUBREC */
    return MQW_CLIENT_OK;
}

/* ---- The server ------------------------------------------------------------------------------ */

static void publish_1(struct mqw_client *client, const struct mqw_publish *publish)
{
    uint64_t token = client->last_token + 1;
    struct incoming *entry = inbox_add(client, publish->packet_id, 1, token);
    if (!entry) {
        connection_no_memory(client);
        return;
    }
    if (!hand_over(client, publish, token, publish->dup))
        return;
    entry = inbox_by_token(client, token); /* unless the handler has said so itself */
    if (entry)
        entry->owed = true;
    acknowledge_in_order(client);
}

/* PUBREC's reason code.  A message that is refused ends with it: nothing of it is kept, and its
 * identifier is free ([MQTT-4.3.3-9]). */
static uint8_t offer(struct mqw_client *client, const struct mqw_publish *publish, uint64_t token)
{
    struct incoming *entry;
    uint8_t reason_code;
    client->offered = token;
    if (hand_over(client, publish, token, publish->dup))
        mqw_client_acknowledge(client, token);
    client->offered = 0;
    entry = inbox_by_token(client, token);
    reason_code = entry ? entry->reason_code : MQW_REASON_SUCCESS;
    if (reason_code)
        inbox_end(client, entry);
    return reason_code;
}

static void publish_2(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    struct incoming *entry = inbox_find(client, publish->packet_id);
    uint8_t reason_code = MQW_REASON_SUCCESS;
    if (!entry) {
        entry = inbox_add(client, publish->packet_id, 2, client->last_token + 1);
        if (!entry) {
            connection_no_memory(client);
            return;
        }
        if (client->store && !inbox_keep(client, entry, packet)) {
            inbox_take_out(client, entry);
            return;
        }
        reason_code = offer(client, publish, entry->number);
    }
    if (client->stage == STAGE_ONLINE)
        outgoing_send_ack(client, MQW_PUBREC, publish->packet_id, reason_code);
}

void incoming_publish(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    if (publish->qos == 0)
        hand_over(client, publish, 0, false);
    else if (client->incoming_count > UINT16_MAX)
        connection_fail(client, MQW_CLIENT_PROTOCOL, MQW_REASON_RECEIVE_MAXIMUM_EXCEEDED,
                        "more messages are open than there are identifiers");
    else if (publish->qos == 1)
        publish_1(client, publish);
    else
        publish_2(client, packet);
}

void incoming_release(struct mqw_client *client, const struct mqw_packet *packet)
{
    uint16_t packet_id = packet->ack.packet_id;
    struct incoming *entry = inbox_find(client, packet_id);
    if (entry && entry->state == STATE_RECEIVED) {
        entry->released = true; /* PUBCOMP when the application is done */
        return;
    }
    if (entry)
        inbox_end(client, entry);
    outgoing_send_ack(client, MQW_PUBCOMP, packet_id,
                      entry ? MQW_REASON_SUCCESS : MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND);
}

/* What an earlier run was not done with.  Each once: after that the application has its token. */
void incoming_hand_over(struct mqw_client *client)
{
    struct mqw_packet packet;
    client->next_due = client->incoming[2].first;
    while (client->next_due) {
        struct incoming *entry = client->next_due;
        struct packet kept = entry->packet; /* until the handler returns, if it says done before */
        uint64_t token = entry->number;
        bool due = entry->earlier && entry->state == STATE_RECEIVED;
        client->next_due = entry->next;
        entry->earlier = false;
        if (!due)
            continue;
        memset(&entry->packet, 0, sizeof entry->packet);
        if (packet_read(&kept, client_version(client), &packet) &&
            hand_over(client, &packet.publish, token, true))
            mqw_client_acknowledge(client, token);
        packet_drop(&kept);
    }
}

void incoming_resume(struct mqw_client *client, bool session_present)
{
    struct incoming *entry, *next;
    while (client->incoming[1].first)
        inbox_end(client, client->incoming[1].first); /* it comes again */
    for (entry = client->incoming[2].first; entry; entry = next) {
        next = entry->next;
        entry->released = false; /* PUBREL comes again */
        if (!session_present && entry->state == STATE_DONE) {
            inbox_end(client, entry);
        } else if (!session_present && entry->packet_id) {
            inbox_forget_id(client, entry); /* the server may use it for another */
            inbox_store_change(client, entry);
        } else if (session_present && entry->packet_id &&
                   !net_wire_hold(&client->wire, MQW_SERVER, entry->packet_id, 0)) {
            connection_no_memory(client);
        }
    }
}
