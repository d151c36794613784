/* SPDX-License-Identifier: MIT */
/* Filters that the server granted, which are asked for again where it has lost its session. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct subscription **find(struct mqw_client *client, struct mqw_bytes filter)
{
    struct subscription **place = &client->subscriptions[packet_hash(filter) % BUCKETS];
    while (*place && !mqw_same(packet_text_view(&(*place)->filter), filter))
        place = &(*place)->same;
    return place;
}

static void drop(struct subscription **place)
{
    struct subscription *subscription = *place;
    *place = subscription->same;
    packet_drop(&subscription->packet);
    packet_text_drop(&subscription->filter);
    free(subscription);
}

/* A filter with its options, and with the properties of its SUBSCRIBE.  Without memory it is not
 * asked for again. */
static void remember(struct mqw_client *client, const struct mqw_packet *request,
                     const struct mqw_subscription *wanted)
{
    struct subscription **place = find(client, wanted->topic_filter);
    struct subscription *made = calloc(1, sizeof *made);
    struct mqw_packet packet = *request;
    packet.subscribe.subscriptions = mqw_subscriptions(wanted, 1);
    if (*place)
        drop(place);
    if (!made)
        return;
    if (packet_keep(&made->packet, &packet, MQW_CLIENT, client_version(client), client->problem,
                    sizeof client->problem) != MQW_OK ||
        !packet_text_set(&made->filter, wanted->topic_filter)) {
        packet_drop(&made->packet);
        free(made);
        return;
    }
    made->same = *place;
    *place = made;
}

static void note_subscribe(struct mqw_client *client, const struct mqw_packet *request,
                           const struct mqw_code_list *codes)
{
    struct mqw_subscription wanted;
    uint32_t at = 0, code_at = 0;
    uint8_t code;
    while (mqw_next_subscription(&request->subscribe.subscriptions, &at, &wanted) &&
           mqw_next_code(codes, &code_at, &code))
        if (code < MQW_REASON_FAILURE)
            remember(client, request, &wanted);
}

/* 3.1.1 has no codes: there is no subscription any more. */
static void note_unsubscribe(struct mqw_client *client, const struct mqw_packet *request,
                             const struct mqw_code_list *codes)
{
    struct mqw_bytes filter;
    uint32_t at = 0, code_at = 0;
    while (mqw_next_filter(&request->unsubscribe.topic_filters, &at, &filter)) {
        uint8_t code = MQW_REASON_SUCCESS;
        struct subscription **place = find(client, filter);
        mqw_next_code(codes, &code_at, &code);
        if (code >= MQW_REASON_FAILURE)
            continue;
        if (*place)
            drop(place);
        handlers_remove(client, filter);
    }
}

void subscriptions_note(struct mqw_client *client, const struct mqw_packet *request,
                        const struct mqw_packet *answer)
{
    if (request->type == MQW_SUBSCRIBE)
        note_subscribe(client, request, &answer->suback.reason_codes);
    else
        note_unsubscribe(client, request, &answer->suback.reason_codes);
}

void subscriptions_renew(struct mqw_client *client)
{
    const struct subscription *subscription;
    struct mqw_packet packet;
    size_t i;
    queue_drop_renewals(client);
    for (i = 0; i < BUCKETS; i++)
        for (subscription = client->subscriptions[i]; subscription;
             subscription = subscription->same)
            if (packet_read(&subscription->packet, client_version(client), &packet) &&
                calls_renew(client, &packet) != MQW_CLIENT_OK)
                connection_no_memory(client);
}

void subscriptions_close(struct mqw_client *client)
{
    size_t i;
    for (i = 0; i < BUCKETS; i++)
        while (client->subscriptions[i])
            drop(&client->subscriptions[i]);
}
