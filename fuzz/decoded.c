/* SPDX-License-Identifier: MIT */
/* A decoded packet in the text form of the oracle, in the order in which it reads. */
#include "compare.h"

static void bytes(struct oracle_text *text, const char *group, const char *name,
                  struct mqw_bytes view)
{
    oracle_bytes(text, group, name, view.ptr, view.len);
}

/* A list whose count is not that of its items says so. */
static void count(struct oracle_text *text, uint32_t told, uint32_t found)
{
    if (told != found)
        oracle_number(text, "", "wrong_count", told);
}

static void varints(struct oracle_text *text, const char *group, const char *name,
                    const struct mqw_id_list *list)
{
    uint32_t id, n = 0;
    for (uint32_t at = 0; mqw_next_id(list, &at, &id); n++)
        oracle_number(text, group, name, id);
    count(text, list->count, n);
}

static void pairs(struct oracle_text *text, const char *group, const char *name,
                  const struct mqw_pair_list *list)
{
    struct mqw_pair pair;
    uint32_t n = 0;
    for (uint32_t at = 0; mqw_next_pair(list, &at, &pair); n++) {
        bytes(text, group, name, pair.name);
        bytes(text, group, name, pair.value);
    }
    count(text, list->count, n);
}

/* By type of value, what shows the member of a property set. */
#define SHOW_BYTE(name)    oracle_number(text, group, #name, properties->name)
#define SHOW_TWO(name)     oracle_number(text, group, #name, properties->name)
#define SHOW_FOUR(name)    oracle_number(text, group, #name, properties->name)
#define SHOW_VARINTS(name) varints(text, group, #name, &properties->name)
#define SHOW_TEXT(name)    bytes(text, group, #name, properties->name)
#define SHOW_TOPIC(name)   bytes(text, group, #name, properties->name)
#define SHOW_BINARY(name)  bytes(text, group, #name, properties->name)
#define SHOW_PAIRS(name)   pairs(text, group, #name, &properties->name)

static void show(struct oracle_text *text, const char *group,
                 const struct mqw_properties *properties)
{
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, words)                            \
    if (mqw_has(properties, MQW_PROPERTY_##NAME))                                                  \
        SHOW_##TYPE(member);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
}

static void connect(struct oracle_text *text, const struct mqw_packet *packet)
{
    const struct mqw_connect *p = &packet->connect;
    oracle_number(text, "", "version", packet->version);
    oracle_number(text, "", "clean_start", p->clean_start);
    oracle_number(text, "", "keep_alive", p->keep_alive);
    show(text, "properties.", &p->properties);
    bytes(text, "", "client_id", p->client_id);
    if (p->has_will) {
        oracle_number(text, "will.", "qos", p->will.qos);
        oracle_number(text, "will.", "retain", p->will.retain);
        show(text, "will.properties.", &p->will.properties);
        bytes(text, "will.", "topic", p->will.topic);
        bytes(text, "will.", "payload", p->will.payload);
    }
    if (p->has_username)
        bytes(text, "", "username", p->username);
    if (p->has_password)
        bytes(text, "", "password", p->password);
}

static void publish(struct oracle_text *text, const struct mqw_publish *p)
{
    oracle_number(text, "", "dup", p->dup);
    oracle_number(text, "", "qos", p->qos);
    oracle_number(text, "", "retain", p->retain);
    bytes(text, "", "topic", p->topic);
    if (p->qos > 0 || p->packet_id != 0)
        oracle_number(text, "", "packet_id", p->packet_id);
    show(text, "properties.", &p->properties);
    bytes(text, "", "payload", p->payload);
}

static void subscribe(struct oracle_text *text, const struct mqw_packet *packet)
{
    const struct mqw_subscribe *p = &packet->subscribe;
    struct mqw_subscription one;
    uint32_t n = 0;
    oracle_number(text, "", "packet_id", p->packet_id);
    show(text, "properties.", &p->properties);
    for (uint32_t at = 0; mqw_next_subscription(&p->subscriptions, &at, &one); n++) {
        bytes(text, "subscriptions.", "topic_filter", one.topic_filter);
        oracle_number(text, "subscriptions.", "qos", one.qos);
        if (packet->version != MQW_VERSION_5)
            continue;
        oracle_number(text, "subscriptions.", "no_local", one.no_local);
        oracle_number(text, "subscriptions.", "retain_as_published", one.retain_as_published);
        oracle_number(text, "subscriptions.", "retain_handling", one.retain_handling);
    }
    count(text, p->subscriptions.count, n);
}

static void unsubscribe(struct oracle_text *text, const struct mqw_unsubscribe *p)
{
    struct mqw_bytes filter;
    uint32_t n = 0;
    oracle_number(text, "", "packet_id", p->packet_id);
    show(text, "properties.", &p->properties);
    for (uint32_t at = 0; mqw_next_filter(&p->topic_filters, &at, &filter); n++)
        bytes(text, "", "topic_filters", filter);
    count(text, p->topic_filters.count, n);
}

static void answer(struct oracle_text *text, const struct mqw_packet *packet)
{
    uint8_t code;
    oracle_number(text, "", "packet_id", packet->suback.packet_id);
    show(text, "properties.", &packet->suback.properties);
    if (packet->type == MQW_UNSUBACK && packet->version != MQW_VERSION_5)
        return;
    for (uint32_t at = 0; mqw_next_code(&packet->suback.reason_codes, &at, &code);)
        oracle_number(text, "", "reason_codes", code);
}

void decoded_text(struct oracle_text *text, const struct mqw_packet *packet)
{
    oracle_clear(text);
    oracle_bytes(text, "", mqw_type_name(packet->type), NULL, 0);
    switch (packet->type) {
    case MQW_CONNECT:
        connect(text, packet);
        break;
    case MQW_CONNACK:
        oracle_number(text, "", "session_present", packet->connack.session_present);
        oracle_number(text, "", "reason_code", packet->connack.reason_code);
        show(text, "properties.", &packet->connack.properties);
        break;
    case MQW_PUBLISH:
        publish(text, &packet->publish);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        oracle_number(text, "", "packet_id", packet->ack.packet_id);
        if (packet->version == MQW_VERSION_5)
            oracle_number(text, "", "reason_code", packet->ack.reason_code);
        show(text, "properties.", &packet->ack.properties);
        break;
    case MQW_SUBSCRIBE:
        subscribe(text, packet);
        break;
    case MQW_UNSUBSCRIBE:
        unsubscribe(text, &packet->unsubscribe);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        answer(text, packet);
        break;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        if (packet->version == MQW_VERSION_5)
            oracle_number(text, "", "reason_code", packet->disconnect.reason_code);
        show(text, "properties.", &packet->disconnect.properties);
        break;
    default:
        break;
    }
}
