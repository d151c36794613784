/* SPDX-License-Identifier: MIT */
#include "same.h"

static bool same_TEXT(struct mqw_bytes a, struct mqw_bytes b)
{
    return mqw_same(a, b);
}
#define same_TOPIC  same_TEXT
#define same_BINARY same_TEXT

static bool same_BYTE(uint32_t a, uint32_t b)
{
    return a == b;
}
#define same_TWO  same_BYTE
#define same_FOUR same_BYTE

static bool same_id(const uint32_t *a, const uint32_t *b)
{
    return *a == *b;
}

static bool same_filter(const struct mqw_bytes *a, const struct mqw_bytes *b)
{
    return mqw_same(*a, *b);
}

static bool same_pair(const struct mqw_pair *a, const struct mqw_pair *b)
{
    return mqw_same(a->name, b->name) && mqw_same(a->value, b->value);
}

/* Before 5.0 the others are reserved bits, which encoding leaves out. */
static bool same_old_subscription(const struct mqw_subscription *a,
                                  const struct mqw_subscription *b)
{
    return mqw_same(a->topic_filter, b->topic_filter) && a->qos == b->qos;
}

static bool same_subscription(const struct mqw_subscription *a, const struct mqw_subscription *b)
{
    return same_old_subscription(a, b) && a->no_local == b->no_local &&
           a->retain_as_published == b->retain_as_published &&
           a->retain_handling == b->retain_handling;
}

/* Both have the same items, and as many as they say. */
#define SAME_LIST(name, list, item, next, same)                                                    \
    static bool name(struct list a, struct list b)                                                 \
    {                                                                                              \
        uint32_t at_a = 0, at_b = 0, count = 0;                                                    \
        item one, other;                                                                           \
        while (next(&a, &at_a, &one)) {                                                            \
            if (!next(&b, &at_b, &other) || !same(&one, &other))                                   \
                return false;                                                                      \
            count++;                                                                               \
        }                                                                                          \
        return !next(&b, &at_b, &other) && a.count == count && b.count == count;                   \
    }
SAME_LIST(same_PAIRS, mqw_pair_list, struct mqw_pair, mqw_next_pair, same_pair)
SAME_LIST(same_VARINTS, mqw_id_list, uint32_t, mqw_next_id, same_id)
SAME_LIST(same_filters, mqw_filter_list, struct mqw_bytes, mqw_next_filter, same_filter)
SAME_LIST(same_subscriptions, mqw_subscription_list, struct mqw_subscription, mqw_next_subscription,
          same_subscription)
SAME_LIST(same_old_subscriptions, mqw_subscription_list, struct mqw_subscription,
          mqw_next_subscription, same_old_subscription)

static bool same_codes(struct mqw_code_list a, struct mqw_code_list b)
{
    uint32_t i;
    for (i = 0; i < a.count && i < b.count; i++)
        if (a.items[i] != b.items[i])
            return false;
    return a.count == b.count;
}

/* A list of nothing is as good as none. */
static uint64_t present(const struct mqw_properties *properties)
{
    struct mqw_properties left;
    left.present = properties->present;
    if (mqw_has(properties, MQW_PROPERTY_USER_PROPERTY) && !properties->user_properties.count)
        mqw_drop(&left, MQW_PROPERTY_USER_PROPERTY);
    if (mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER) &&
        !properties->subscription_identifiers.count)
        mqw_drop(&left, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER);
    return left.present;
}

static bool same_properties(const struct mqw_properties *a, const struct mqw_properties *b)
{
    uint64_t there = present(a);
    if (present(b) != there)
        return false;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (there >> (id)&1 && !same_##TYPE(a->member, b->member))                                     \
        return false;
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return true;
}

static bool same_will(const struct mqw_will *a, const struct mqw_will *b)
{
    return mqw_same(a->topic, b->topic) && mqw_same(a->payload, b->payload) && a->qos == b->qos &&
           a->retain == b->retain && same_properties(&a->properties, &b->properties);
}

static bool same_connect(const struct mqw_connect *a, const struct mqw_connect *b)
{
    return a->clean_start == b->clean_start && a->has_will == b->has_will &&
           a->has_username == b->has_username && a->has_password == b->has_password &&
           a->keep_alive == b->keep_alive && mqw_same(a->client_id, b->client_id) &&
           (!a->has_username || mqw_same(a->username, b->username)) &&
           (!a->has_password || mqw_same(a->password, b->password)) &&
           same_properties(&a->properties, &b->properties) &&
           (!a->has_will || same_will(&a->will, &b->will));
}

static bool same_publish(const struct mqw_publish *a, const struct mqw_publish *b)
{
    return a->dup == b->dup && a->retain == b->retain && a->qos == b->qos &&
           a->packet_id == b->packet_id && mqw_same(a->topic, b->topic) &&
           mqw_same(a->payload, b->payload) && same_properties(&a->properties, &b->properties);
}

bool same_packet(const struct mqw_packet *a, const struct mqw_packet *b, uint8_t version)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case MQW_CONNECT:
        return same_connect(&a->connect, &b->connect);
    case MQW_CONNACK:
        return a->connack.session_present == b->connack.session_present &&
               a->connack.reason_code == b->connack.reason_code &&
               same_properties(&a->connack.properties, &b->connack.properties);
    case MQW_PUBLISH:
        return same_publish(&a->publish, &b->publish);
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        return a->ack.packet_id == b->ack.packet_id && a->ack.reason_code == b->ack.reason_code &&
               same_properties(&a->ack.properties, &b->ack.properties);
    case MQW_SUBSCRIBE:
        return a->subscribe.packet_id == b->subscribe.packet_id &&
               same_properties(&a->subscribe.properties, &b->subscribe.properties) &&
               (version == MQW_VERSION_5 ? same_subscriptions : same_old_subscriptions)(
                   a->subscribe.subscriptions, b->subscribe.subscriptions);
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return a->suback.packet_id == b->suback.packet_id &&
               same_properties(&a->suback.properties, &b->suback.properties) &&
               same_codes(a->suback.reason_codes, b->suback.reason_codes);
    case MQW_UNSUBSCRIBE:
        return a->unsubscribe.packet_id == b->unsubscribe.packet_id &&
               same_properties(&a->unsubscribe.properties, &b->unsubscribe.properties) &&
               same_filters(a->unsubscribe.topic_filters, b->unsubscribe.topic_filters);
    case MQW_DISCONNECT:
    case MQW_AUTH:
        return a->disconnect.reason_code == b->disconnect.reason_code &&
               same_properties(&a->disconnect.properties, &b->disconnect.properties);
    default:
        return true;
    }
}
