/* SPDX-License-Identifier: MIT */
/*
 * Messages that came.  QoS 1: PUBACK when the application is done, in the order of the messages
 * ([MQTT-4.6.0-2]).  QoS 2: PUBREC says that the client owns the message ([MQTT-4.3.3-8]): with a
 * store when it is kept there, whole and with its identifier, and without when the application is
 * done, as nobody else would have it after the end of the process; in order, too ([MQTT-4.6.0-3]).
 * PUBCOMP when the application is done and PUBREL came, so that the server's identifier, and what
 * the client keeps, last as long as each other.  A message that comes again is not handed over
 * again ([MQTT-4.3.3-10]).
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

/* The end of a message of QoS 2. */
static void complete(struct mqw_client *client, struct incoming *entry)
{
    if (entry->released && client->stage == STAGE_ONLINE)
        outgoing_send_ack(client, MQW_PUBCOMP, entry->packet_id, MQW_REASON_SUCCESS);
    inbox_end(client, entry);
}

static void owe_pubrec(struct mqw_client *client, struct incoming *entry)
{
    if (entry->owed)
        return;
    entry->owed = true;
    entry->next_owed = NULL;
    *(client->first_owed ? &client->last_owed->next_owed : &client->first_owed) = entry;
    client->last_owed = entry;
}

/* PUBRECs, likewise.  One that refuses ends the message ([MQTT-4.3.3-9]). */
static void receive_in_order(struct mqw_client *client)
{
    struct incoming *entry;
    while (client->stage == STAGE_ONLINE && (entry = client->first_owed) &&
           (client->store || entry->state == STATE_DONE)) {
        client->first_owed = entry->next_owed;
        entry->owed = false;
        outgoing_send_ack(client, MQW_PUBREC, entry->packet_id, entry->reason_code);
        if (entry->reason_code)
            inbox_end(client, entry);
        else if (entry->released && entry->state == STATE_DONE)
            complete(client, entry);
    }
}

/* The application is done with a message of QoS 2. */
static void settle(struct mqw_client *client, struct incoming *entry)
{
    inbox_mark_done(client, entry);
    if (entry->packet_id && (entry->owed || !entry->released)) {
        inbox_store_change(client, entry);
        packet_drop(&entry->packet);
        receive_in_order(client);
    } else {
        complete(client, entry);
    }
}

/* Is it settled, or as good as that?  One that is not found comes again, if it was not. */
static bool is_done_with(const struct incoming *entry)
{
    return !entry || entry->state == STATE_DONE || (entry->qos == 1 && entry->owed);
}

static enum mqw_client_status check_token(struct mqw_client *client, uint64_t token)
{
    if (token > client->last_token)
        return client_problem(client, MQW_CLIENT_INVALID, "no message has had this token");
    return client_check_store(client);
}

enum mqw_client_status mqw_client_acknowledge(struct mqw_client *client, uint64_t token)
{
    struct incoming *entry = inbox_by_token(client, token);
    enum mqw_client_status status = check_token(client, token);
    if (status != MQW_CLIENT_OK || is_done_with(entry))
        return status;
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
    enum mqw_client_status status = check_token(client, token);
    if (reason_code < MQW_REASON_FAILURE || !*name) /* PUBREC has the same codes; 3.1.1 has none */
        return client_problem(client, MQW_CLIENT_INVALID,
                              "a message is refused with a reason code of PUBACK, in MQTT 5.0");
    if (status != MQW_CLIENT_OK || is_done_with(entry))
        return status;
    if (entry->qos == 2 && client->store && !entry->owed)
        return client_problem(client, MQW_CLIENT_INVALID,
                              "PUBREC has accepted the message when its handler returned");
    entry->reason_code = reason_code;
    return mqw_client_acknowledge(client, token);
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

static void publish_2(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    struct incoming *entry = inbox_find(client, publish->packet_id);
    uint64_t token;
    if (entry) {
        owe_pubrec(client, entry);
    } else {
        entry = inbox_add(client, publish->packet_id, 2, client->last_token + 1);
        if (!entry) {
            connection_no_memory(client);
            return;
        }
        token = entry->number;
        if (client->store && !inbox_keep(client, entry, packet)) {
            inbox_take_out(client, entry);
            return;
        }
        owe_pubrec(client, entry);
        if (hand_over(client, publish, token, publish->dup))
            mqw_client_acknowledge(client, token);
    }
    receive_in_order(client);
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
    if (entry && (entry->owed || entry->state == STATE_RECEIVED)) {
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
    while (client->next_due && !client->free_wanted) {
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
    client->first_owed = NULL;
    for (entry = client->incoming[2].first; entry; entry = next) {
        next = entry->next;
        entry->released = entry->owed = false; /* PUBREL, or PUBLISH, comes again */
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
