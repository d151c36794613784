/* SPDX-License-Identifier: MIT */
/*
 * Topic aliases of what goes out.  Each topic has one place, by its hash; whatever was sent there
 * last has the alias.  So topics that come often keep theirs, and nothing is searched.
 */
#include "connection.h"

#include <stdlib.h>

enum {
    MOST = 64, /* aliases, however many the client takes */
    WORTH = 4  /* bytes of a topic that an alias, with its property, would not shorten */
};

struct aliases {
    uint16_t count;
    uint64_t topics[]; /* hashes, which are keyed: nobody can make two topics share one */
};

static struct aliases *aliases_of(struct connection *connection)
{
    uint16_t maximum = connection->wire.rules.client.topic_alias_maximum;
    if (connection->aliases || !maximum)
        return connection->aliases;
    if (maximum > MOST)
        maximum = MOST;
    connection->aliases =
        calloc(1, sizeof *connection->aliases + maximum * sizeof *connection->aliases->topics);
    if (connection->aliases)
        connection->aliases->count = maximum;
    return connection->aliases;
}

void aliases_apply(struct connection *connection, struct mqw_publish *publish)
{
    struct aliases *aliases = aliases_of(connection);
    uint64_t hash, place;
    if (!aliases || publish->topic.len < WORTH)
        return;
    hash = table_hash(publish->topic.ptr, publish->topic.len, 0);
    place = hash % aliases->count;
    mqw_set_topic_alias(&publish->properties, (uint16_t)(place + 1));
    if (aliases->topics[place] == hash)
        publish->topic.len = 0;
    aliases->topics[place] = hash;
}

bool aliases_undo(struct connection *connection, struct mqw_publish *publish,
                  struct mqw_bytes topic)
{
    if (!mqw_has(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS))
        return false;
    connection->aliases->topics[publish->properties.topic_alias - 1] = 0;
    mqw_drop(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS);
    publish->topic = topic;
    return true;
}

void aliases_free(struct connection *connection)
{
    free(connection->aliases);
    connection->aliases = NULL;
}
