/* SPDX-License-Identifier: MIT */
/*
 * Who gets a message: handlers of subscription identifiers, those of filters, and one for the rest.
 * A table finds identifiers, and filters that are a topic; those with wildcards are gone through.
 */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static bool is_pattern(struct mqw_bytes filter)
{
    struct mqw_bytes group;
    return memchr(filter.ptr, '+', filter.len) || memchr(filter.ptr, '#', filter.len) ||
           mqw_topic_share(filter, &group, &filter);
}

static struct handler **bucket_of_identifier(struct mqw_client *client, uint32_t identifier)
{
    return &client->handlers[identifier % BUCKETS];
}

static struct handler **bucket_of_filter(struct mqw_client *client, struct mqw_bytes filter)
{
    return &client->handlers[packet_hash(filter) % BUCKETS];
}

/* ---- A message ------------------------------------------------------------------------------- */

/* Handlers may come and go meanwhile.  Later ones have a higher number, and do not get this
 * message; those that go are freed when no message is being handed over. */
struct round {
    const struct mqw_client_message *message;
    uint64_t number, last;
    bool done, taken;
};

static void ask(struct mqw_client *client, struct handler *handler, struct round *round)
{
    if (!handler->handle || handler->number > round->last || handler->asked == round->number)
        return;
    handler->asked = round->number; /* a message may name an identifier twice */
    round->taken = true;
    round->done &= handler->handle(client, handler->arg, round->message);
}

static void ask_identifiers(struct mqw_client *client, struct round *round)
{
    const struct mqw_properties *properties = &round->message->publish->properties;
    struct handler *handler;
    uint32_t at = 0, id;
    if (!mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        return;
    while (mqw_next_id(&properties->subscription_identifiers, &at, &id))
        for (handler = *bucket_of_identifier(client, id); handler; handler = handler->same)
            if (!handler->filter.ptr && handler->identifier == id)
                ask(client, handler, round);
}

static void ask_filters(struct mqw_client *client, struct round *round)
{
    const uint8_t version = client_version(client);
    struct mqw_bytes topic = round->message->publish->topic;
    struct handler *handler;
    for (handler = *bucket_of_filter(client, topic); handler; handler = handler->same)
        if (handler->filter.ptr && !handler->pattern &&
            mqw_same(packet_text_view(&handler->filter), topic))
            ask(client, handler, round);
    for (handler = client->patterns; handler; handler = handler->next)
        if (mqw_topic_match(packet_text_view(&handler->filter), topic, version))
            ask(client, handler, round);
}

static void drop(struct handler *handler)
{
    packet_text_drop(&handler->filter);
    free(handler);
}

bool handlers_call(struct mqw_client *client, const struct mqw_client_message *message)
{
    struct round round = {message, ++client->rounds, client->last_handler, true, false};
    client->handing_over++;
    ask_identifiers(client, &round);
    ask_filters(client, &round);
    if (!round.taken && client->options.message)
        round.done = client->options.message(client, client->arg, message);
    client->handing_over--;
    while (!client->handing_over && client->gone) {
        struct handler *gone = client->gone;
        client->gone = gone->next_gone;
        drop(gone);
    }
    return round.done;
}

/* ---- Coming and going ------------------------------------------------------------------------ */

/* In its bucket: without a filter, by the identifier. */
static struct handler **find(struct handler **place, const struct mqw_bytes *filter,
                             uint32_t identifier)
{
    for (; *place; place = &(*place)->same) {
        const struct handler *handler = *place;
        if (!handler->filter.ptr != !filter)
            continue;
        if (filter ? mqw_same(packet_text_view(&handler->filter), *filter)
                   : handler->identifier == identifier)
            break;
    }
    return place;
}

static struct handler *make(struct mqw_client *client, const struct mqw_bytes *filter,
                            uint32_t identifier)
{
    struct handler *handler = calloc(1, sizeof *handler);
    if (!handler || (filter && !packet_text_set(&handler->filter, *filter))) {
        free(handler);
        return NULL;
    }
    handler->identifier = identifier;
    handler->number = ++client->last_handler;
    handler->pattern = filter && is_pattern(*filter);
    if (handler->pattern) {
        handler->previous = client->last_pattern;
        *(handler->previous ? &handler->previous->next : &client->patterns) = handler;
        client->last_pattern = handler;
    }
    return handler;
}

/* What it points to stays, for a message that is just being handed over. */
static void take_away(struct mqw_client *client, struct handler **place)
{
    struct handler *handler = *place;
    *place = handler->same;
    if (handler->pattern) {
        *(handler->previous ? &handler->previous->next : &client->patterns) = handler->next;
        *(handler->next ? &handler->next->previous : &client->last_pattern) = handler->previous;
    }
    handler->handle = NULL;
    if (!client->handing_over) {
        drop(handler);
        return;
    }
    handler->next_gone = client->gone;
    client->gone = handler;
}

static enum mqw_client_status set(struct mqw_client *client, const struct mqw_bytes *filter,
                                  uint32_t identifier, mqw_client_handler *handle, void *arg)
{
    struct handler **bucket =
        filter ? bucket_of_filter(client, *filter) : bucket_of_identifier(client, identifier);
    struct handler **place = find(bucket, filter, identifier);
    if (!handle) {
        if (*place)
            take_away(client, place);
        return MQW_CLIENT_OK;
    }
    if (!*place)
        *place = make(client, filter, identifier);
    if (!*place)
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    (*place)->handle = handle;
    (*place)->arg = arg;
    return MQW_CLIENT_OK;
}

enum mqw_client_status mqw_client_handle_filter(struct mqw_client *client, struct mqw_bytes filter,
                                                mqw_client_handler *handler, void *arg)
{
    struct mqw_options options = {0};
    struct mqw_result result;
    options.version = client_version(client);
    result = mqw_topic_filter_check(filter, &options);
    if (result.code != MQW_OK)
        return client_problem(client, MQW_CLIENT_INVALID, "%s", mqw_rule_of(result.code)->text);
    return set(client, &filter, 0, handler, arg);
}

enum mqw_client_status mqw_client_handle_identifier(struct mqw_client *client, uint32_t identifier,
                                                    mqw_client_handler *handler, void *arg)
{
    return set(client, NULL, identifier, handler, arg);
}

void handlers_remove(struct mqw_client *client, struct mqw_bytes filter)
{
    set(client, &filter, 0, NULL, NULL);
}

void handlers_close(struct mqw_client *client)
{
    size_t i;
    for (i = 0; i < BUCKETS; i++)
        while (client->handlers[i])
            take_away(client, &client->handlers[i]);
}
