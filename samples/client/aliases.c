/* SPDX-License-Identifier: MIT */
/*
 * Topic aliases that the client gives by itself: section 3.3.2.3.4 of 5.0.  A topic's alias follows
 * from its bytes, and takes the place of a topic that had it before: no search, no order of use.
 */
#include "client.h"

#include <stdlib.h>
#include <string.h>

/* On each connection anew: aliases do not outlive it. */
bool aliases_begin(struct mqw_client *client)
{
    uint16_t allowed = client->wire.rules.server.topic_alias_maximum;
    uint16_t count =
        client->options.topic_aliases < allowed ? client->options.topic_aliases : allowed;
    free(client->aliases);
    client->aliases = count ? calloc(count, sizeof *client->aliases) : NULL;
    client->alias_count = client->aliases ? count : 0;
    return client->aliases || !count;
}

void aliases_apply(struct mqw_client *client, struct mqw_publish *publish)
{
    struct mqw_bytes topic = publish->topic;
    uint16_t alias;
    char *known;
    if (!client->alias_count || !topic.len || topic.len >= ALIAS_TOPIC)
        return;
    alias = (uint16_t)(1 + packet_hash(topic) % client->alias_count);
    known = client->aliases[alias - 1];
    mqw_set_topic_alias(&publish->properties, alias);
    if (mqw_same(mqw_text(known), topic)) {
        publish->topic = mqw_view(NULL, 0);
        return;
    }
    memcpy(known, topic.ptr, topic.len); /* a topic has no NUL in it: 4.7.3-2 */
    known[topic.len] = 0;
}

void aliases_forget(struct mqw_client *client, const struct mqw_publish *publish)
{
    if (client->alias_count && mqw_has(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS))
        client->aliases[publish->properties.topic_alias - 1][0] = 0;
}
