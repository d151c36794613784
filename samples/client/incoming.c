/* SPDX-License-Identifier: MIT */
/*
 * Messages that came.  QoS 1: PUBACK when the application is done, in the order of the messages
 * ([MQTT-4.6.0-2]).  QoS 2: the message is kept with its identifier before PUBREC, and handed over at
 * once; PUBCOMP when the application is done and PUBREL came, so that the server's identifier, and
 * what the client keeps, last as long as each other.  A message that comes again is not handed over
 * again ([MQTT-4.3.3-10]).
 */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct incoming **bucket(struct mqw_client *client, uint16_t packet_id)
{
    return &client->incoming_by_id[packet_id % BUCKETS];
}

/* Of QoS 2. */
static struct incoming *find(struct mqw_client *client, uint16_t packet_id)
{
    struct incoming *entry = *bucket(client, packet_id);
    while (entry && entry->packet_id != packet_id)
        entry = entry->same;
    return entry;
}

static struct incoming *add(struct mqw_client *client, uint16_t packet_id, uint8_t qos,
                            uint64_t token)
{
    struct incoming_list *list = &client->incoming[qos];
    struct incoming *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->packet_id = packet_id;
    entry->qos = qos;
    entry->state = STATE_RECEIVED;
    entry->number = client->last_token = token;
    entry->same_token = client->incoming_by_token[token % BUCKETS];
    client->incoming_by_token[token % BUCKETS] = entry;
    entry->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = entry;
    list->last = entry;
    client->incoming_count++;
    if (qos == 2 && packet_id) {
        entry->same = *bucket(client, packet_id);
        *bucket(client, packet_id) = entry;
    }
    return entry;
}

static void forget_id(struct mqw_client *client, struct incoming *entry)
{
    struct incoming **place = bucket(client, entry->packet_id);
    while (*place && *place != entry)
        place = &(*place)->same;
    if (*place)
        *place = entry->same;
    entry->packet_id = 0;
}

static void forget_token(struct mqw_client *client, const struct incoming *entry)
{
    struct incoming **place = &client->incoming_by_token[entry->number % BUCKETS];
    while (*place != entry)
        place = &(*place)->same_token;
    *place = entry->same_token;
}

static void take_out(struct mqw_client *client, struct incoming *entry)
{
    struct incoming_list *list = &client->incoming[entry->qos];
    forget_token(client, entry);
    if (entry->qos == 2)
        forget_id(client, entry);
    *(entry->previous ? &entry->previous->next : &list->first) = entry->next;
    *(entry->next ? &entry->next->previous : &list->last) = entry->previous;
    client->incoming_count--;
    client->incoming_done -= entry->state == STATE_DONE;
    if (client->next_due == entry)
        client->next_due = entry->next;
    packet_drop(&entry->packet);
    free(entry);
}

/* It is not wanted any more, but its identifier is. */
static void mark_done(struct mqw_client *client, struct incoming *entry)
{
    entry->state = STATE_DONE;
    client->incoming_done++;
}

/* ---- The store, which has messages of QoS 2 ------------------------------------------------------ */

static struct stored row_of(const struct incoming *entry)
{
    struct stored row;
    row.number = entry->number;
    row.incoming = true;
    row.state = entry->state;
    row.version = entry->packet.version;
    row.packet_id = entry->packet_id;
    row.packet = mqw_view(entry->packet.bytes, entry->packet.size);
    return row;
}

static void store_change_of(struct mqw_client *client, const struct incoming *entry)
{
    struct stored row = row_of(entry);
    if (client->store)
        connection_stored(client,
                          store_change(client->store, &row, entry->state == STATE_RECEIVED));
}

static void end(struct mqw_client *client, struct incoming *entry)
{
    if (client->store && entry->qos == 2)
        connection_stored(client, store_remove(client->store, true, entry->number));
    take_out(client, entry);
}

bool incoming_load(struct mqw_client *client, const struct stored *row)
{
    struct incoming *entry = add(client, row->packet_id, 2, row->number);
    if (!entry)
        return false;
    if (row->state == STATE_DONE)
        mark_done(client, entry);
    entry->earlier = true;
    return !row->packet.len || packet_copy(&entry->packet, row->packet, row->version);
}

void incoming_close(struct mqw_client *client)
{
    size_t qos;
    for (qos = 1; qos <= 2; qos++)
        while (client->incoming[qos].first)
            take_out(client, client->incoming[qos].first);
}

/* ---- The application ------------------------------------------------------------------------------ */

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
        outgoing_send_ack(client, MQW_PUBACK, entry->packet_id, MQW_REASON_SUCCESS);
        end(client, entry);
    }
}

/* The application is done with a message of QoS 2. */
static void settle(struct mqw_client *client, struct incoming *entry)
{
    uint16_t packet_id = entry->packet_id;
    bool released = entry->released;
    mark_done(client, entry);
    if (packet_id && !released) {
        store_change_of(client, entry);
        packet_drop(&entry->packet);
        return;
    }
    end(client, entry);
    if (released && client->stage == STAGE_ONLINE)
        outgoing_send_ack(client, MQW_PUBCOMP, packet_id, MQW_REASON_SUCCESS);
}

static struct incoming *by_token(struct mqw_client *client, uint64_t token)
{
    struct incoming *entry = client->incoming_by_token[token % BUCKETS];
    while (entry && entry->number != token)
        entry = entry->same_token;
    return entry;
}

enum mqw_client_status mqw_client_acknowledge(struct mqw_client *client, uint64_t token)
{
    struct incoming *entry = by_token(client, token);
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

/* ---- The server ------------------------------------------------------------------------------------ */

static void no_memory(struct mqw_client *client)
{
    connection_fail(client, MQW_CLIENT_MEMORY, MQW_REASON_NONE, "out of memory");
}

static void publish_1(struct mqw_client *client, const struct mqw_publish *publish)
{
    uint64_t token = client->last_token + 1;
    struct incoming *entry = add(client, publish->packet_id, 1, token);
    if (!entry) {
        no_memory(client);
        return;
    }
    if (!hand_over(client, publish, token, publish->dup))
        return;
    entry = by_token(client, token); /* unless the handler has said so itself, or disconnected */
    if (entry)
        entry->owed = true;
    acknowledge_in_order(client);
}

static bool keep(struct mqw_client *client, struct incoming *entry, const struct mqw_packet *packet)
{
    struct stored row;
    if (packet_keep(&entry->packet, packet, MQW_SERVER, client_version(client), client->problem,
                    sizeof client->problem) != MQW_OK) {
        no_memory(client);
        return false;
    }
    row = row_of(entry);
    connection_stored(client, store_add(client->store, &row));
    return client->stage == STAGE_ONLINE;
}

static void publish_2(struct mqw_client *client, const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    struct incoming *entry = find(client, publish->packet_id);
    uint64_t token;
    if (!entry) {
        entry = add(client, publish->packet_id, 2, client->last_token + 1);
        if (!entry) {
            no_memory(client);
            return;
        }
        token = entry->number;
        if (client->store && !keep(client, entry, packet)) {
            take_out(client, entry);
            return;
        }
        if (hand_over(client, publish, token, publish->dup))
            mqw_client_acknowledge(client, token);
    }
    if (client->stage == STAGE_ONLINE)
        outgoing_send_ack(client, MQW_PUBREC, publish->packet_id, MQW_REASON_SUCCESS);
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
    struct incoming *entry = find(client, packet_id);
    if (entry && entry->state == STATE_RECEIVED) {
        entry->released = true; /* PUBCOMP when the application is done */
        return;
    }
    if (entry)
        end(client, entry);
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
        end(client, client->incoming[1].first); /* it comes again */
    for (entry = client->incoming[2].first; entry; entry = next) {
        next = entry->next;
        entry->released = false; /* PUBREL comes again */
        if (!session_present && entry->state == STATE_DONE) {
            end(client, entry);
        } else if (!session_present && entry->packet_id) {
            forget_id(client, entry); /* the server may use it for another */
            store_change_of(client, entry);
        } else if (session_present && entry->packet_id &&
                   !net_wire_hold(&client->wire, MQW_SERVER, entry->packet_id, 0)) {
            no_memory(client);
        }
    }
}
