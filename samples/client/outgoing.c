/* SPDX-License-Identifier: MIT */
/*
 * What goes out and is answered.  Messages of QoS 1 and 2 are in one queue, which is the session:
 * sent in the order of the calls, again in that order on a new connection, and never by a timer
 * ([MQTT-4.4.0-1], [MQTT-4.6.0-1]).  Requests, and QoS 0 that has to wait, are in another, which no
 * Receive Maximum holds up.
 */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct outgoing **bucket(struct mqw_client *client, uint16_t packet_id)
{
    return &client->by_id[packet_id % BUCKETS];
}

static struct outgoing *find(struct mqw_client *client, uint16_t packet_id)
{
    struct outgoing *entry = *bucket(client, packet_id);
    while (entry && entry->packet_id != packet_id)
        entry = entry->same;
    return entry;
}

static void name(struct mqw_client *client, struct outgoing *entry, uint16_t packet_id)
{
    struct outgoing **place = bucket(client, packet_id);
    entry->packet_id = packet_id;
    entry->same = *place;
    *place = entry;
}

static void unname(struct mqw_client *client, struct outgoing *entry)
{
    struct outgoing **place = bucket(client, entry->packet_id);
    while (entry->packet_id && *place && *place != entry)
        place = &(*place)->same;
    if (entry->packet_id && *place)
        *place = entry->same;
    entry->packet_id = 0;
}

static bool is_message(const struct outgoing *entry)
{
    return entry->type == MQW_PUBLISH && entry->qos;
}

static struct queue *queue_of(struct mqw_client *client, const struct outgoing *entry)
{
    return is_message(entry) ? &client->messages : &client->requests;
}

static void append(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = queue_of(client, entry);
    entry->previous = queue->last;
    if (queue->last)
        queue->last->next = entry;
    else
        queue->first = entry;
    queue->last = entry;
    if (!queue->unsent)
        queue->unsent = entry;
    client->pending++;
}

/* Counts what waits among the publishes. */
static void count(struct mqw_client *client, const struct outgoing *entry, bool more)
{
    if (entry->type != MQW_PUBLISH || entry->state != STATE_WAITING)
        return;
    client->waiting += more ? 1 : (size_t)-1;
    client->waiting_bytes += more ? entry->packet.size : (size_t)0 - entry->packet.size;
}

static void set_state(struct mqw_client *client, struct outgoing *entry, enum message_state state)
{
    count(client, entry, false);
    entry->state = (uint8_t)state;
    count(client, entry, true);
}

static void take_out(struct mqw_client *client, struct outgoing *entry)
{
    struct queue *queue = queue_of(client, entry);
    count(client, entry, false);
    unname(client, entry);
    *(entry->previous ? &entry->previous->next : &queue->first) = entry->next;
    *(entry->next ? &entry->next->previous : &queue->last) = entry->previous;
    if (queue->unsent == entry)
        queue->unsent = entry->next;
    if (client->next_outgoing == entry) /* a callback had it dropped */
        client->next_outgoing = entry->next;
    client->pending--;
}

/* ---- The store -------------------------------------------------------------------------------- */

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

static void store_change_of(struct mqw_client *client, const struct outgoing *entry)
{
    struct stored row = row_of(entry);
    if (client->store && is_message(entry))
        connection_stored(client,
                          store_change(client->store, &row, entry->state != STATE_RELEASED));
}

bool outgoing_load(struct mqw_client *client, const struct stored *row)
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
            packet_drop(&entry->packet);
            free(entry);
            return false;
        }
        entry->qos = packet.publish.qos;
    }
    if (row->packet_id)
        name(client, entry, row->packet_id);
    client->last_number = row->number;
    append(client, entry);
    count(client, entry, true);
    return true;
}

/* ---- The end of an entry ------------------------------------------------------------------------ */

static void finish(struct mqw_client *client, struct outgoing *entry,
                   const struct mqw_client_result *result)
{
    mqw_client_done *done = entry->earlier ? client->options.settled : entry->done;
    take_out(client, entry);
    if (client->store && is_message(entry))
        connection_stored(client, store_remove(client->store, false, entry->number));
    client_tell(client, done, entry->earlier ? client->arg : entry->arg, result);
    packet_drop(&entry->packet);
    free(entry);
}

static void finish_as(struct mqw_client *client, struct outgoing *entry,
                      enum mqw_client_status status, const char *text)
{
    struct mqw_client_result result = {0};
    result.status = status;
    result.text = text;
    finish(client, entry, &result);
}

static void finish_with(struct mqw_client *client, struct outgoing *entry,
                        const struct mqw_packet *packet, uint8_t code)
{
    struct mqw_client_result result = {0};
    result.status = code >= MQW_REASON_FAILURE ? MQW_CLIENT_REFUSED : MQW_CLIENT_OK;
    result.reason_code = code;
    result.packet = packet;
    result.text = mqw_reason_text(client_version(client), packet->type, code);
    finish(client, entry, &result);
}

void outgoing_close(struct mqw_client *client, enum mqw_client_status status, const char *text)
{
    struct queue *queues[] = {&client->messages, &client->requests};
    size_t i;
    for (i = 0; i < 2; i++) {
        while (queues[i]->first) {
            struct outgoing *entry = queues[i]->first;
            take_out(client, entry); /* and not out of the store */
            if (!entry->earlier) {
                struct mqw_client_result result = {0};
                result.status = status;
                result.text = text;
                client_tell(client, entry->done, entry->arg, &result);
            }
            packet_drop(&entry->packet);
            free(entry);
        }
    }
}

/* ---- Sending ------------------------------------------------------------------------------------ */

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

static void set_id(struct mqw_packet *packet, uint16_t packet_id)
{
    if (packet->type == MQW_PUBLISH)
        packet->publish.packet_id = packet_id;
    else if (packet->type == MQW_SUBSCRIBE)
        packet->subscribe.packet_id = packet_id;
    else
        packet->unsubscribe.packet_id = packet_id;
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
    if (is_message(entry) && !has_quota(client))
        return false;
    if (needs_id && !again) {
        uint16_t packet_id = net_wire_next_id(&client->wire);
        if (!packet_id)
            return false;
        name(client, entry, packet_id);
    }
    queue->unsent = entry->next;
    packet_read(&entry->packet, client_version(client), &packet);
    set_id(&packet, entry->packet_id);
    if (packet.type == MQW_PUBLISH)
        packet.publish.dup = again;
    set_state(client, entry, STATE_SENT);
    if (packet.type == MQW_PUBLISH)
        status = send_publish(client, &packet);
    else
        status = connection_send(client, &packet, 0);
    if (status != MQW_CLIENT_OK)
        finish_as(client, entry, status, client->problem);
    else if (!needs_id)
        finish_as(client, entry, MQW_CLIENT_OK, mqw_client_status_text(MQW_CLIENT_OK));
    else if (!again)
        store_change_of(client, entry);
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

/* ---- A new connection --------------------------------------------------------------------------- */

/* The server has no session: what it had acknowledged by PUBREC is its own, and the rest is new. */
static void start_over(struct mqw_client *client, struct outgoing *entry)
{
    if (entry->state == STATE_RELEASED) {
        finish_as(client, entry, MQW_CLIENT_OK, mqw_client_status_text(MQW_CLIENT_OK));
        return;
    }
    if (entry->state == STATE_WAITING)
        return;
    unname(client, entry);
    set_state(client, entry, STATE_WAITING);
    store_change_of(client, entry);
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
            connection_fail(client, MQW_CLIENT_MEMORY, MQW_REASON_NONE, "out of memory");
    }
    client->requests.unsent = client->requests.first;
    client->messages.unsent = client->messages.first;
    client->pumping = false;
}

/* ---- Answers ------------------------------------------------------------------------------------ */

static void unexpected(struct mqw_client *client)
{
    connection_fail(client, MQW_CLIENT_PROTOCOL, MQW_REASON_PROTOCOL_ERROR,
                    "an acknowledgement does not fit its message");
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
        store_change_of(client, entry);
        packet_drop(&entry->packet);
        if (client->messages.unsent == entry) /* it was sent on an earlier connection */
            client->messages.unsent = entry->next;
    }
    outgoing_send_ack(client, MQW_PUBREL, entry->packet_id, MQW_REASON_SUCCESS);
}

void outgoing_acknowledge(struct mqw_client *client, const struct mqw_packet *packet)
{
    struct outgoing *entry = find(client, packet->ack.packet_id);
    if (!entry) {
        if (packet->type == MQW_PUBREC && packet->ack.reason_code < MQW_REASON_FAILURE)
            outgoing_send_ack(client, MQW_PUBREL, packet->ack.packet_id,
                              MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND);
        return;
    }
    if (!is_message(entry) || (entry->qos == 1) != (packet->type == MQW_PUBACK))
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
    struct outgoing *entry = find(client, packet->suback.packet_id);
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

/* ---- New entries -------------------------------------------------------------------------------- */

static struct outgoing *first_waiting(struct outgoing *entry)
{
    while (entry && !(entry->type == MQW_PUBLISH && entry->state == STATE_WAITING))
        entry = entry->next;
    return entry;
}

static struct outgoing *oldest_waiting(struct mqw_client *client)
{
    struct outgoing *message = first_waiting(client->messages.unsent);
    struct outgoing *other = first_waiting(client->requests.unsent);
    return message && (!other || message->number < other->number) ? message : other;
}

/* Makes room for one more, or says that there is none.  What a callback publishes when it is told
 * DROPPED finds none, or it would never end. */
static bool make_room(struct mqw_client *client, size_t size)
{
    const struct mqw_client_options *options = &client->options;
    bool drops = options->overflow == MQW_CLIENT_DROP_OLDEST && size <= options->queue_bytes;
    if (client->making_room)
        return false;
    client->making_room = true;
    while (client->waiting >= options->queue_messages ||
           client->waiting_bytes + size > options->queue_bytes) {
        struct outgoing *oldest = drops ? oldest_waiting(client) : NULL;
        if (!oldest)
            break;
        finish_as(client, oldest, MQW_CLIENT_DROPPED, mqw_client_status_text(MQW_CLIENT_DROPPED));
    }
    client->making_room = false;
    return client->waiting < options->queue_messages &&
           client->waiting_bytes + size <= options->queue_bytes;
}

static void drop(struct outgoing *entry)
{
    if (!entry)
        return;
    packet_drop(&entry->packet);
    free(entry);
}

static enum mqw_client_status make(struct mqw_client *client, const struct mqw_packet *packet,
                                   struct outgoing *entry)
{
    struct mqw_packet draft = *packet;
    enum mqw_code code;
    entry->type = packet->type;
    entry->qos = packet->type == MQW_PUBLISH ? packet->publish.qos : 0;
    if (packet->type != MQW_PUBLISH || entry->qos)
        set_id(&draft, 1); /* until it gets one */
    code = packet_keep(&entry->packet, &draft, MQW_CLIENT, client_version(client), client->problem,
                       sizeof client->problem);
    if (code == MQW_SPACE)
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (code != MQW_OK)
        return MQW_CLIENT_INVALID;
    if (packet->type == MQW_PUBLISH && !make_room(client, entry->packet.size))
        return client_problem(client, MQW_CLIENT_FULL, "%s",
                              mqw_client_status_text(MQW_CLIENT_FULL));
    entry->number = ++client->last_number;
    if (client->store && is_message(entry)) {
        struct stored row = row_of(entry);
        if (!store_add(client->store, &row))
            return client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
    }
    return MQW_CLIENT_OK;
}

void outgoing_drop_renewals(struct mqw_client *client)
{
    struct outgoing *entry, *next;
    for (entry = client->requests.first; entry; entry = next) {
        next = entry->next;
        if (entry->renews) {
            take_out(client, entry);
            drop(entry);
        }
    }
}

/* A SUBSCRIBE before all requests that wait, which may be about the same filter. */
enum mqw_client_status outgoing_put_first(struct mqw_client *client,
                                          const struct mqw_packet *packet)
{
    struct outgoing *entry = calloc(1, sizeof *entry);
    struct queue *queue = &client->requests;
    enum mqw_client_status status = entry ? make(client, packet, entry) : MQW_CLIENT_MEMORY;
    if (status != MQW_CLIENT_OK) {
        drop(entry);
        return status;
    }
    entry->renews = true;
    entry->next = queue->first;
    *(queue->first ? &queue->first->previous : &queue->last) = entry;
    queue->first = entry;
    client->pending++;
    return MQW_CLIENT_OK;
}

enum mqw_client_status outgoing_add(struct mqw_client *client, const struct mqw_packet *packet,
                                    mqw_client_done *done, void *arg)
{
    struct outgoing *entry;
    enum mqw_client_status status;
    if (client->freed) /* or a callback that publishes when it is told CLOSED has no end */
        return client_problem(client, MQW_CLIENT_CLOSED, "%s",
                              mqw_client_status_text(MQW_CLIENT_CLOSED));
    if (client->store && store_failed(client->store))
        return client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
    entry = calloc(1, sizeof *entry);
    status = entry ? make(client, packet, entry)
                   : client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (status != MQW_CLIENT_OK) {
        drop(entry);
        return status;
    }
    entry->done = done;
    entry->arg = arg;
    append(client, entry);
    count(client, entry, true);
    outgoing_pump(client);
    return MQW_CLIENT_OK;
}
