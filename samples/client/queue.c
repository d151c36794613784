/* SPDX-License-Identifier: MIT */
/*
 * Two queues in the order of the calls.  Messages of QoS 1 and 2 are in one, which is the session.
 * Requests, and QoS 0 that has to wait, are in the other, which no Receive Maximum holds up.  A
 * table finds what has a packet identifier, and publishes that wait are counted.
 */
#include "client.h"

#include <stdlib.h>

static struct outgoing **bucket(struct mqw_client *client, uint16_t packet_id)
{
    return &client->by_id[packet_id % BUCKETS];
}

struct outgoing *queue_find(struct mqw_client *client, uint16_t packet_id)
{
    struct outgoing *entry = *bucket(client, packet_id);
    while (entry && entry->packet_id != packet_id)
        entry = entry->same;
    return entry;
}

void queue_name(struct mqw_client *client, struct outgoing *entry, uint16_t packet_id)
{
    struct outgoing **place = bucket(client, packet_id);
    entry->packet_id = packet_id;
    entry->same = *place;
    *place = entry;
}

void queue_unname(struct mqw_client *client, struct outgoing *entry)
{
    struct outgoing **place = bucket(client, entry->packet_id);
    while (entry->packet_id && *place && *place != entry)
        place = &(*place)->same;
    if (entry->packet_id && *place)
        *place = entry->same;
    entry->packet_id = 0;
}

/* ---- The order ------------------------------------------------------------------------------- */

bool queue_is_message(const struct outgoing *entry)
{
    return entry->type == MQW_PUBLISH && entry->qos;
}

struct queue *queue_of(struct mqw_client *client, const struct outgoing *entry)
{
    return queue_is_message(entry) ? &client->messages : &client->requests;
}

/* Counts what waits among the publishes. */
static void count(struct mqw_client *client, const struct outgoing *entry, bool more)
{
    if (entry->type != MQW_PUBLISH || entry->state != STATE_WAITING)
        return;
    client->waiting += more ? 1 : (size_t)-1;
    client->waiting_bytes += more ? entry->packet.size : (size_t)0 - entry->packet.size;
}

void queue_append(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = queue_of(client, entry);
    entry->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = entry;
    queue->last = entry;
    if (!queue->unsent)
        queue->unsent = entry;
    if (!queue->waiting)
        queue->waiting = entry;
    client->pending++;
    count(client, entry, true);
}

/* Before all requests that wait, which may be about the same filter. */
void queue_put_first(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = &client->requests;
    entry->next = queue->first;
    *(queue->first ? &queue->first->previous : &queue->last) = entry;
    queue->first = entry;
    client->pending++;
}

void queue_set_state(struct mqw_client *client, struct outgoing *entry, enum message_state state)
{
    count(client, entry, false);
    entry->state = (uint8_t)state;
    count(client, entry, true);
}

static void take_out(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = queue_of(client, entry);
    count(client, entry, false);
    queue_unname(client, entry);
    *(entry->previous ? &entry->previous->next : &queue->first) = entry->next;
    *(entry->next ? &entry->next->previous : &queue->last) = entry->previous;
    if (queue->unsent == entry)
        queue->unsent = entry->next;
    if (queue->waiting == entry)
        queue->waiting = entry->next;
    if (client->next_outgoing == entry) /* a callback had it dropped */
        client->next_outgoing = entry->next;
    client->pending--;
}

void queue_free(struct outgoing *entry)
{
    packet_drop(&entry->packet);
    free(entry);
}

/* ---- The store ------------------------------------------------------------------------------- */

static struct stored row_of(const struct outgoing *entry)
{
    struct stored row;
    row.number = entry->number;
    row.incoming = false;
    row.state = entry->state;
    row.version = entry->packet.version;
    row.packet_id = entry->packet_id;
    row.packet = mqw_view(entry->packet.bytes, entry->packet.size);
    return row;
}

bool queue_store(struct mqw_client *client, const struct outgoing *entry)
{
    struct stored row = row_of(entry);
    return !client->store || !queue_is_message(entry) || store_add(client->store, &row);
}

void queue_store_change(struct mqw_client *client, const struct outgoing *entry)
{
    struct stored row = row_of(entry);
    if (client->store && queue_is_message(entry))
        connection_stored(client,
                          store_change(client->store, &row, entry->state != STATE_RELEASED));
}

bool queue_load(struct mqw_client *client, const struct stored *row)
{
    struct outgoing *entry = calloc(1, sizeof *entry);
    struct mqw_packet packet;
    if (!entry)
        return false;
    entry->type = MQW_PUBLISH;
    entry->qos = 2; /* what is released is */
    entry->number = row->number;
    entry->state = row->state;
    entry->earlier = true;
    if (row->packet.len) {
        if (!packet_copy(&entry->packet, row->packet, row->version) ||
            !packet_read(&entry->packet, row->version, &packet)) {
            queue_free(entry);
            return false;
        }
        entry->qos = packet.publish.qos;
    }
    if (row->packet_id)
        queue_name(client, entry, row->packet_id);
    client->last_number = row->number;
    queue_append(client, entry);
    return true;
}

/* ---- The end of an entry --------------------------------------------------------------------- */

void queue_finish(struct mqw_client *client, struct outgoing *entry,
                  const struct mqw_client_result *result)
{
    mqw_client_done *done = entry->earlier ? client->options.settled : entry->done;
    take_out(client, entry);
    if (client->store && queue_is_message(entry))
        connection_stored(client, store_remove(client->store, false, entry->number));
    client_tell(client, done, entry->earlier ? client->arg : entry->arg, result);
    queue_free(entry);
}

void queue_finish_as(struct mqw_client *client, struct outgoing *entry,
                     enum mqw_client_status status, const char *text)
{
    struct mqw_client_result result = {0};
    result.status = status;
    result.text = text;
    queue_finish(client, entry, &result);
}

/* Leaves the session in the store. */
static void close_queue(struct mqw_client *client, struct queue *queue,
                        const struct mqw_client_result *result)
{
    while (queue->first) {
        struct outgoing *entry = queue->first;
        take_out(client, entry);
        if (!entry->earlier)
            client_tell(client, entry->done, entry->arg, result);
        queue_free(entry);
    }
}

void queue_close(struct mqw_client *client, enum mqw_client_status status, const char *text)
{
    struct mqw_client_result result = {0};
    result.status = status;
    result.text = text;
    close_queue(client, &client->messages, &result);
    close_queue(client, &client->requests, &result);
}

void queue_drop_renewals(struct mqw_client *client)
{
    struct outgoing *entry, *next;
    for (entry = client->requests.first; entry; entry = next) {
        next = entry->next;
        if (entry->renews) {
            take_out(client, entry);
            queue_free(entry);
        }
    }
}
