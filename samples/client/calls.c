/* SPDX-License-Identifier: MIT */
/* Publishing and subscribing, as an application asks for it: is it right, and is there room? */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct outgoing *first_waiting(struct queue *queue)
{
    struct outgoing **entry = &queue->waiting;
    while (*entry && !((*entry)->type == MQW_PUBLISH && (*entry)->state == STATE_WAITING))
        *entry = (*entry)->next;
    return *entry;
}

static struct outgoing *oldest_waiting(struct mqw_client *client)
{
    struct outgoing *message = first_waiting(&client->messages);
    struct outgoing *other = first_waiting(&client->requests);
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
        queue_finish_as(client, oldest, MQW_CLIENT_DROPPED,
                        mqw_client_status_text(MQW_CLIENT_DROPPED));
    }
    client->making_room = false;
    return client->waiting < options->queue_messages &&
           client->waiting_bytes + size <= options->queue_bytes;
}

static enum mqw_client_status fill(struct mqw_client *client, const struct mqw_packet *packet,
                                   struct outgoing *entry)
{
    struct mqw_packet draft = *packet;
    enum mqw_code code;
    entry->type = packet->type;
    entry->qos = packet->type == MQW_PUBLISH ? packet->publish.qos : 0;
    if (packet->type != MQW_PUBLISH || entry->qos)
        packet_set_id(&draft, 1); /* until it gets one */
    code = packet_keep(&entry->packet, &draft, MQW_CLIENT, client_version(client), client->problem,
                       sizeof client->problem);
    if (code == MQW_SPACE)
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (code != MQW_OK)
        return MQW_CLIENT_INVALID;
    if (packet->type == MQW_PUBLISH && !make_room(client, entry->packet.size))
        return client_problem(client, MQW_CLIENT_FULL, "%s",
                              entry->packet.size > client->options.queue_bytes
                                  ? "the message is larger than the queue may be, queue_bytes"
                                  : mqw_client_status_text(MQW_CLIENT_FULL));
    entry->number = ++client->last_number;
    if (!queue_store(client, entry))
        return client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
    return MQW_CLIENT_OK;
}

/* NULL: status says why. */
static struct outgoing *make(struct mqw_client *client, const struct mqw_packet *packet,
                             enum mqw_client_status *status)
{
    struct outgoing *entry = calloc(1, sizeof *entry);
    *status = entry ? fill(client, packet, entry)
                    : client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (entry && *status != MQW_CLIENT_OK) {
        queue_free(entry);
        return NULL;
    }
    return entry;
}

enum mqw_client_status calls_renew(struct mqw_client *client, const struct mqw_packet *subscribe)
{
    enum mqw_client_status status;
    struct outgoing *entry = make(client, subscribe, &status);
    if (entry) {
        entry->renews = true;
        queue_put_first(client, entry);
    }
    return status;
}

enum mqw_client_status calls_add(struct mqw_client *client, const struct mqw_packet *packet,
                                 mqw_client_done *done, void *arg)
{
    struct outgoing *entry;
    enum mqw_client_status status;
    if (client->freed) /* or a callback that publishes when it is told CLOSED has no end */
        return client_problem(client, MQW_CLIENT_CLOSED, "%s",
                              mqw_client_status_text(MQW_CLIENT_CLOSED));
    if (client->store && store_failed(client->store))
        return client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
    status = client_check_store(client);
    entry = status == MQW_CLIENT_OK ? make(client, packet, &status) : NULL;
    if (!entry)
        return status;
    entry->done = done;
    entry->arg = arg;
    queue_append(client, entry);
    outgoing_pump(client);
    return MQW_CLIENT_OK;
}

/* ---- What an application calls --------------------------------------------------------------- */

static enum mqw_client_status call(struct mqw_client *client, const struct mqw_packet *packet,
                                   mqw_client_done *done, void *arg)
{
    enum mqw_client_status status;
    client_enter(client);
    status = loop_begun(client, calls_add(client, packet, done, arg), done, arg);
    client_leave(client);
    return status;
}

/* What can be sent now, or kept until then? */
static enum mqw_client_status check_publish(struct mqw_client *client,
                                            const struct mqw_publish *publish)
{
    if (!publish->qos && client->stage != STAGE_ONLINE && !client->options.queue_qos_0)
        return client_problem(client, MQW_CLIENT_OFFLINE, "%s",
                              mqw_client_status_text(MQW_CLIENT_OFFLINE));
    if (publish->qos && !publish->topic.len)
        return client_problem(client, MQW_CLIENT_INVALID,
                              "a message of QoS 1 or 2 needs its topic, as it may be sent again");
    return MQW_CLIENT_OK;
}

enum mqw_client_status mqw_client_publish(struct mqw_client *client,
                                          const struct mqw_publish *publish, mqw_client_done *done,
                                          void *arg)
{
    enum mqw_client_status status = check_publish(client, publish);
    struct mqw_packet packet;
    if (status != MQW_CLIENT_OK)
        return loop_begun(client, status, done, arg);
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PUBLISH;
    packet.publish = *publish;
    packet.publish.dup = false;
    packet.publish.packet_id = 0;
    return call(client, &packet, done, arg);
}

enum mqw_client_status mqw_client_subscribe(struct mqw_client *client,
                                            const struct mqw_subscribe *subscribe,
                                            mqw_client_done *done, void *arg)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_SUBSCRIBE;
    packet.subscribe = *subscribe;
    return call(client, &packet, done, arg);
}

enum mqw_client_status mqw_client_unsubscribe(struct mqw_client *client,
                                              const struct mqw_unsubscribe *unsubscribe,
                                              mqw_client_done *done, void *arg)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_UNSUBSCRIBE;
    packet.unsubscribe = *unsubscribe;
    return call(client, &packet, done, arg);
}
