/* SPDX-License-Identifier: MIT */
/* Publishing and subscribing, as an application asks for it. */
#include "client.h"

#include <string.h>

static enum mqw_client_status add(struct mqw_client *client, const struct mqw_packet *packet,
                                  mqw_client_done *done, void *arg)
{
    enum mqw_client_status status;
    client_enter(client);
    status = outgoing_add(client, packet, done, arg);
    client_leave(client);
    return status;
}

enum mqw_client_status mqw_client_publish(struct mqw_client *client,
                                          const struct mqw_publish *publish, mqw_client_done *done,
                                          void *arg)
{
    struct mqw_packet packet;
    if (!publish->qos && client->stage != STAGE_ONLINE && !client->options.queue_qos_0)
        return client_problem(client, MQW_CLIENT_OFFLINE, "%s",
                              mqw_client_status_text(MQW_CLIENT_OFFLINE));
    if (publish->qos && !publish->topic.len)
        return client_problem(client, MQW_CLIENT_INVALID,
                              "a message of QoS 1 or 2 needs its topic, as it may be sent again");
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PUBLISH;
    packet.publish = *publish;
    packet.publish.dup = false;
    packet.publish.packet_id = 0;
    return add(client, &packet, done, arg);
}

enum mqw_client_status mqw_client_subscribe(struct mqw_client *client,
                                            const struct mqw_subscribe *subscribe,
                                            mqw_client_done *done, void *arg)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_SUBSCRIBE;
    packet.subscribe = *subscribe;
    return add(client, &packet, done, arg);
}

enum mqw_client_status mqw_client_unsubscribe(struct mqw_client *client,
                                              const struct mqw_unsubscribe *unsubscribe,
                                              mqw_client_done *done, void *arg)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_UNSUBSCRIBE;
    packet.unsubscribe = *unsubscribe;
    return add(client, &packet, done, arg);
}
