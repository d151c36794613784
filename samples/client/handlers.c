/* SPDX-License-Identifier: MIT */
/* Who gets a message: handlers of subscription identifiers, those of filters, and one for the rest. */
#include "client.h"

#include <stdlib.h>

static bool has_identifier(const struct mqw_properties *properties, uint32_t wanted)
{
    uint32_t at = 0, id;
    if (!mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        return false;
    while (mqw_next_id(&properties->subscription_identifiers, &at, &id))
        if (id == wanted)
            return true;
    return false;
}

static bool fits(const struct handler *handler, const struct mqw_publish *publish, uint8_t version)
{
    if (handler->filter.ptr)
        return mqw_topic_match(packet_text_view(&handler->filter), publish->topic, version);
    return has_identifier(&publish->properties, handler->identifier);
}

/* Handlers may come and go meanwhile: which of them are asked is settled before, by a number that
 * later ones lie above, and those that went are freed when the message is done with. */
bool handlers_call(struct mqw_client *client, const struct mqw_client_message *message)
{
    const uint8_t version = client_version(client);
    uint64_t last = client->last_handler;
    bool done = true, taken = false;
    struct handler *handler;

    client->handing_over++;
    for (handler = client->handlers; handler; handler = handler->next) {
        if (handler->handle && handler->number <= last &&
            fits(handler, message->publish, version)) {
            done &= handler->handle(client, handler->arg, message);
            taken = true;
        }
    }
    if (!taken && client->options.message)
        done = client->options.message(client, client->arg, message);
    if (!--client->handing_over)
        handlers_sweep(client);
    return done;
}

/* Frees those that were taken away. */
void handlers_sweep(struct mqw_client *client)
{
    struct handler **place = &client->handlers;
    while (*place) {
        struct handler *handler = *place;
        if (handler->handle) {
            place = &handler->next;
            continue;
        }
        *place = handler->next;
        packet_text_drop(&handler->filter);
        free(handler);
    }
}

/* Without a filter: by the identifier. */
static struct handler *find(struct mqw_client *client, const struct mqw_bytes *filter,
                            uint32_t identifier)
{
    struct handler *handler = client->handlers;
    for (; handler; handler = handler->next) {
        if (!handler->handle || !handler->filter.ptr != !filter)
            continue;
        if (filter ? mqw_same(packet_text_view(&handler->filter), *filter)
                   : handler->identifier == identifier)
            break;
    }
    return handler;
}

static enum mqw_client_status set(struct mqw_client *client, const struct mqw_bytes *filter,
                                  uint32_t identifier, mqw_client_handler *handle, void *arg)
{
    struct handler *handler = find(client, filter, identifier);
    struct handler **end = &client->handlers;
    if (!handler && handle) {
        handler = calloc(1, sizeof *handler);
        if (!handler || (filter && !packet_text_set(&handler->filter, *filter))) {
            free(handler);
            return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
        }
        handler->identifier = identifier;
        handler->number = ++client->last_handler;
        while (*end)
            end = &(*end)->next;
        *end = handler;
    }
    if (handler) {
        handler->handle = handle;
        handler->arg = arg;
    }
    if (!client->handing_over)
        handlers_sweep(client);
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
    struct handler *handler;
    for (handler = client->handlers; handler; handler = handler->next)
        handler->handle = NULL;
    handlers_sweep(client);
}
