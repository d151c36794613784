/* SPDX-License-Identifier: MIT */
/*
 * Messages that came and are not settled, those of each QoS in their order.  Tables find them by
 * the server's identifier, in QoS 2, and by the application's token.
 */
#include "client.h"

#include <stdlib.h>

static struct incoming **bucket(struct mqw_client *client, uint16_t packet_id)
{
    return &client->incoming_by_id[packet_id % BUCKETS];
}

struct incoming *inbox_find(struct mqw_client *client, uint16_t packet_id)
{
    struct incoming *entry = *bucket(client, packet_id);
    while (entry && entry->packet_id != packet_id)
        entry = entry->same;
    return entry;
}

struct incoming *inbox_by_token(struct mqw_client *client, uint64_t token)
{
    struct incoming *entry = client->incoming_by_token[token % BUCKETS];
    while (entry && entry->number != token)
        entry = entry->same_token;
    return entry;
}

struct incoming *inbox_add(struct mqw_client *client, uint16_t packet_id, uint8_t qos,
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

void inbox_forget_id(struct mqw_client *client, struct incoming *entry)
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

void inbox_take_out(struct mqw_client *client, struct incoming *entry)
{
    struct incoming_list *list = &client->incoming[entry->qos];
    forget_token(client, entry);
    if (entry->qos == 2)
        inbox_forget_id(client, entry);
    *(entry->previous ? &entry->previous->next : &list->first) = entry->next;
    *(entry->next ? &entry->next->previous : &list->last) = entry->previous;
    client->incoming_count--;
    client->incoming_done -= entry->state == STATE_DONE;
    if (client->next_due == entry)
        client->next_due = entry->next;
    packet_drop(&entry->packet);
    free(entry);
}

void inbox_mark_done(struct mqw_client *client, struct incoming *entry)
{
    entry->state = STATE_DONE;
    client->incoming_done++;
}

/* ---- The store, which has messages of QoS 2 -------------------------------------------------- */

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

bool inbox_keep(struct mqw_client *client, struct incoming *entry, const struct mqw_packet *packet)
{
    struct stored row;
    if (packet_keep(&entry->packet, packet, MQW_SERVER, client_version(client), client->problem,
                    sizeof client->problem) != MQW_OK) {
        connection_no_memory(client);
        return false;
    }
    row = row_of(entry);
    connection_stored(client, store_add(client->store, &row));
    return client->stage == STAGE_ONLINE;
}

void inbox_store_change(struct mqw_client *client, const struct incoming *entry)
{
    struct stored row = row_of(entry);
    if (client->store)
        connection_stored(client,
                          store_change(client->store, &row, entry->state == STATE_RECEIVED));
}

void inbox_end(struct mqw_client *client, struct incoming *entry)
{
    if (client->store && entry->qos == 2)
        connection_stored(client, store_remove(client->store, true, entry->number));
    inbox_take_out(client, entry);
}

bool inbox_load(struct mqw_client *client, const struct stored *row)
{
    struct incoming *entry = inbox_add(client, row->packet_id, 2, row->number);
    if (!entry)
        return false;
    if (row->state == STATE_DONE)
        inbox_mark_done(client, entry);
    entry->earlier = true;
    return !row->packet.len || packet_copy(&entry->packet, row->packet, row->version);
}

void inbox_close(struct mqw_client *client)
{
    size_t qos;
    client->first_owed = NULL;
    for (qos = 1; qos <= 2; qos++)
        while (client->incoming[qos].first)
            inbox_take_out(client, client->incoming[qos].first);
}
