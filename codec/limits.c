/* SPDX-License-Identifier: MIT */
/* What 5.0 lets either side announce about itself, and what a topic alias stands for. */
#include "connection_private.h"

/* The properties of a packet that answers another one, or NULL. */
static const struct mqw_properties *answer_properties(const struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_CONNACK:
        return &packet->connack.properties;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        return &packet->ack.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return &packet->suback.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        return &packet->disconnect.properties;
    default:
        return NULL;
    }
}

/* The name of the diagnostic property that an answer carries, or NULL. */
static const char *diagnostics(const struct step *s)
{
    const struct mqw_properties *properties = NULL;
    if (s->packet && is_5(s->connection))
        properties = answer_properties(s->packet);
    if (!properties)
        return NULL;
    if (mqw_has(properties, MQW_PROPERTY_REASON_STRING))
        return "properties.reason_string";
    if (mqw_has(properties, MQW_PROPERTY_USER_PROPERTY))
        return "properties.user_properties";
    return NULL;
}

/* 3.1.2.11.4, 3.1.2.11.7, 3.2.2.3.6. */
void mqw__sizes(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    const char *extra = diagnostics(s);
    uint32_t limit = s->peer->maximum_packet_size;
    bool exempt = s->type == MQW_CONNACK || s->type == MQW_DISCONNECT;
    if (limit && s->size > limit && !c->enforce_sizes) {
        blame(s, MQW_RULE_PACKET_TOO_LARGE, "");
        if (extra)
            blame(s, MQW_RULE_DIAGNOSTICS_TOO_LARGE, extra);
    }
    if (extra && s->sender == MQW_SERVER && !c->problem_information && !exempt)
        blame(s, MQW_RULE_PROBLEM_INFORMATION_UNASKED, extra);
}

/* 3.3.4: a server may say only what the client's SUBSCRIBEs said. */
static void publish_identifiers(struct step *s)
{
    const struct mqw_properties *properties = &s->packet->publish.properties;
    uint32_t at = 0, id, item;
    if (s->sender != MQW_SERVER || !session_is_new(s) ||
        !mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        return;
    for (item = 0; mqw_next_id(&properties->subscription_identifiers, &at, &id); item++)
        if (!(s->connection->subscription_identifiers >> (id % 64) & 1)) {
            blame_item(s, MQW_RULE_SUBSCRIPTION_IDENTIFIER_UNKNOWN,
                       "properties.subscription_identifiers", item);
            return;
        }
}

/* 4.9, which counts packets, whatever their identifiers.  An acknowledgement that was seen may not
 * have reached the sender when it sent this, but the quota never grows above the maximum. */
static void count_message(struct step *s)
{
    struct mqw_side *side = s->side;
    uint64_t allowed = (uint64_t)s->peer->receive_maximum + side->surplus;
    if (side->in_flight < UINT32_MAX)
        side->in_flight++;
    if (s->peer->known && s->connection->complete && side->in_flight > allowed)
        blame(s, MQW_RULE_RECEIVE_MAXIMUM_EXCEEDED, "");
}

void mqw__publish_limits(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    const struct mqw_publish *publish = &s->packet->publish;
    if (publish->qos)
        count_message(s);
    if (!is_5(c))
        return;
    publish_identifiers(s);
    if (s->sender != MQW_CLIENT || !s->peer->known)
        return;
    if (publish->qos > c->maximum_qos)
        blame(s, MQW_RULE_QOS_NOT_SUPPORTED, "qos");
    if (publish->retain && !c->retain_available)
        blame(s, MQW_RULE_RETAIN_NOT_SUPPORTED, "retain");
}

uint32_t mqw_connection_quota(const struct mqw_connection *c, enum mqw_sender sender)
{
    uint32_t in_flight = SIDE_OF(c, sender)->in_flight;
    uint32_t maximum = PEER_OF(c, sender)->receive_maximum;
    return in_flight < maximum ? maximum - in_flight : 0;
}

static bool is_wildcard(struct mqw_bytes filter)
{
    return filter.len &&
           (memchr(filter.ptr, '+', filter.len) || memchr(filter.ptr, '#', filter.len));
}

static bool is_shared(struct mqw_bytes filter)
{
    return filter.len >= SHARE_PREFIX && memcmp(filter.ptr, "$share/", SHARE_PREFIX) == 0;
}

/* 3.2.2.3.11, 3.2.2.3.13: one finding of each kind, for the first filter at fault. */
static void subscribe_filters(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    bool wildcards = c->wildcard_subscription_available;
    bool shared = c->shared_subscription_available;
    struct mqw_subscription subscription;
    uint32_t at = 0, item;
    for (item = 0; !wildcards || !shared; item++) {
        if (!mqw_next_subscription(&s->packet->subscribe.subscriptions, &at, &subscription))
            return;
        if (!wildcards && is_wildcard(subscription.topic_filter)) {
            blame_item(s, MQW_RULE_WILDCARDS_NOT_SUPPORTED, "subscriptions", item);
            wildcards = true;
        }
        if (!shared && is_shared(subscription.topic_filter)) {
            blame_item(s, MQW_RULE_SHARED_NOT_SUPPORTED, "subscriptions", item);
            shared = true;
        }
    }
}

void mqw__subscribe_limits(struct step *s)
{
    struct mqw_connection *c = s->connection;
    const struct mqw_properties *properties = &s->packet->subscribe.properties;
    uint32_t at = 0, id;
    if (!is_5(c))
        return;
    subscribe_filters(s);
    if (!mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        return;
    if (!c->subscription_identifier_available)
        blame(s, MQW_RULE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
              "properties.subscription_identifiers");
    while (mqw_next_id(&properties->subscription_identifiers, &at, &id))
        c->subscription_identifiers |= UINT64_C(1) << (id % 64);
}

/* An empty topic releases the one that is there. */
static void keep(struct mqw_connection *c, enum mqw_sender sender, uint32_t number,
                 struct mqw_bytes topic)
{
    struct mqw_alias *alias = &SIDE_OF(c, sender)->storage.aliases[number - 1];
    if (c->keep)
        alias->topic = c->keep(c->arg, sender, (uint16_t)number, alias->topic, topic);
}

/* 3.3.2.3.4, 3.3.4. */
static void resolve(struct step *s, uint32_t number)
{
    struct mqw_bytes topic = s->packet->publish.topic;
    struct mqw_alias *alias;
    if (!number)
        return;
    if (number > s->side->storage.alias_count) {
        s->side->aliases_missed = true;
        return;
    }
    alias = &s->side->storage.aliases[number - 1];
    if (topic.len) {
        keep(s->connection, s->sender, number, topic);
        alias->epoch = s->side->alias_epoch;
    } else if (alias->epoch == s->side->alias_epoch) {
        s->seen->topic = alias->topic;
        s->seen->aliased = alias->topic.len != 0;
    } else if (s->connection->complete) {
        blame(s, MQW_RULE_TOPIC_ALIAS_UNKNOWN, "properties.topic_alias");
    }
}

void mqw__topic(struct step *s)
{
    const struct mqw_publish *publish = &s->packet->publish;
    if (publish->topic.len)
        s->seen->topic = publish->topic;
    if (!is_5(s->connection) || !mqw_has(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS))
        return;
    if (s->peer->known && publish->properties.topic_alias > s->peer->topic_alias_maximum)
        blame(s, MQW_RULE_TOPIC_ALIAS_TOO_LARGE, "properties.topic_alias");
    else
        resolve(s, publish->properties.topic_alias);
}

void mqw__clear_aliases(struct mqw_side *side)
{
    const struct mqw_storage *storage = &side->storage;
    if (storage->alias_count)
        memset(storage->aliases, 0, storage->alias_count * sizeof *storage->aliases);
}

/* Where one was missed, those that now have room may stand for something. */
void mqw__move_aliases(struct mqw_side *side, const struct mqw_storage *old)
{
    const struct mqw_storage *storage = &side->storage;
    uint32_t i;
    mqw__clear_aliases(side);
    for (i = 0; i < storage->alias_count; i++)
        if (i < old->alias_count)
            storage->aliases[i] = old->aliases[i];
        else if (side->aliases_missed)
            storage->aliases[i].epoch = side->alias_epoch;
}

void mqw__release_topics(struct mqw_connection *c, enum mqw_sender sender)
{
    const struct mqw_storage *storage = &SIDE_OF(c, sender)->storage;
    uint32_t i;
    for (i = 0; i < storage->alias_count; i++)
        if (storage->aliases[i].topic.len)
            keep(c, sender, i + 1, mqw_view(NULL, 0));
}
