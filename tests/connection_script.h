/* SPDX-License-Identifier: MIT */
/*
 * Traffic as text, for the tests of mqw_connection.  `>` is a packet of the client, `<` one of the
 * server; then its type, or "gap" for lost bytes, or "!" and the type of a packet that could not be
 * decoded; then its fields.  "hello" stands for CONNECT with a clean start and its CONNACK.
 *
 *     hello > publish qos=1 id=5 < puback id=5
 */
#ifndef CONNECTION_SCRIPT_H
#define CONNECTION_SCRIPT_H

#include "case.h"
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXCHANGES = 16, ALIASES = 4, ITEMS = 8 };

struct play {
    struct mqw_connection connection;
    struct mqw_exchange client_exchanges[EXCHANGES], server_exchanges[EXCHANGES];
    struct mqw_alias client_aliases[ALIASES], server_aliases[ALIASES];
    uint8_t version;
    enum mqw_sender only; /* whose packets are passed; MQW_NEITHER: all */
    uint64_t now, tag;
    uint32_t findings;    /* of all packets */
    struct mqw_seen last; /* of the last packet */
};

struct draft { /* a packet, what it points to, and what goes beside it */
    struct mqw_packet packet;
    struct mqw_subscription subscriptions[ITEMS];
    struct mqw_bytes filters[ITEMS];
    uint8_t codes[ITEMS];
    uint32_t ids[1];
    struct mqw_pair pairs[1];
    uint32_t size;
    uint8_t unread; /* 1 + its type */
};

static inline bool same(struct mqw_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static unsigned long number_of(struct mqw_bytes text)
{
    return text.len ? strtoul((const char *)text.ptr, NULL, 0) : 0;
}

static struct mqw_bytes next_word(const char **at)
{
    const char *start;
    while (**at == ' ')
        ++*at;
    start = *at;
    while (**at && **at != ' ')
        ++*at;
    return mqw_view(start, (size_t)(*at - start));
}

static uint8_t type_of(struct mqw_bytes word)
{
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5)                           \
    if (same(word, #name))                                                                         \
        return number;
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    ck_abort_msg("no such packet: %.*s", (int)word.len, (const char *)word.ptr);
    return 0;
}

static struct mqw_properties *properties_of(struct mqw_packet *p)
{
    switch (p->type) {
    case MQW_CONNECT:
        return &p->connect.properties;
    case MQW_CONNACK:
        return &p->connack.properties;
    case MQW_PUBLISH:
        return &p->publish.properties;
    case MQW_SUBSCRIBE:
        return &p->subscribe.properties;
    case MQW_UNSUBSCRIBE:
        return &p->unsubscribe.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return &p->suback.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        return &p->disconnect.properties;
    default:
        return &p->ack.properties;
    }
}

static void set_id(struct mqw_packet *p, uint16_t id)
{
    if (p->type == MQW_PUBLISH)
        p->publish.packet_id = id;
    else if (p->type == MQW_SUBSCRIBE)
        p->subscribe.packet_id = id;
    else if (p->type == MQW_UNSUBSCRIBE)
        p->unsubscribe.packet_id = id;
    else if (p->type == MQW_SUBACK || p->type == MQW_UNSUBACK)
        p->suback.packet_id = id;
    else
        p->ack.packet_id = id;
}

static void set_code(struct mqw_packet *p, uint8_t code)
{
    if (p->type == MQW_CONNACK)
        p->connack.reason_code = code;
    else if (p->type == MQW_DISCONNECT || p->type == MQW_AUTH)
        p->disconnect.reason_code = code;
    else
        p->ack.reason_code = code;
}

static void set_filters(struct draft *d, struct mqw_bytes list)
{
    uint32_t count = 0, start = 0, i;
    for (i = 0; i <= list.len; i++)
        if (i == list.len || list.ptr[i] == ',') {
            ck_assert_uint_lt(count, ITEMS);
            d->filters[count] = mqw_view(list.ptr + start, i - start);
            d->subscriptions[count].topic_filter = d->filters[count];
            start = i + 1;
            count++;
        }
    if (d->packet.type == MQW_SUBSCRIBE)
        d->packet.subscribe.subscriptions = mqw_subscriptions(d->subscriptions, count);
    else
        d->packet.unsubscribe.topic_filters = mqw_filters(d->filters, count);
}

static bool set_property(struct draft *d, struct mqw_bytes key, struct mqw_bytes value)
{
    struct mqw_properties *p = properties_of(&d->packet);
    unsigned long n = number_of(value);
    if (same(key, "receive_maximum"))
        mqw_set_receive_maximum(p, (uint16_t)n);
    else if (same(key, "topic_alias_maximum"))
        mqw_set_topic_alias_maximum(p, (uint16_t)n);
    else if (same(key, "maximum_packet_size"))
        mqw_set_maximum_packet_size(p, (uint32_t)n);
    else if (same(key, "maximum_qos"))
        mqw_set_maximum_qos(p, (uint8_t)n);
    else if (same(key, "retain_available"))
        mqw_set_retain_available(p, (uint8_t)n);
    else if (same(key, "wildcards_available"))
        mqw_set_wildcard_subscription_available(p, (uint8_t)n);
    else if (same(key, "identifiers_available"))
        mqw_set_subscription_identifier_available(p, (uint8_t)n);
    else if (same(key, "shared_available"))
        mqw_set_shared_subscription_available(p, (uint8_t)n);
    else if (same(key, "server_keep_alive"))
        mqw_set_server_keep_alive(p, (uint16_t)n);
    else if (same(key, "session_expiry"))
        mqw_set_session_expiry_interval(p, (uint32_t)n);
    else if (same(key, "request_response"))
        mqw_set_request_response_information(p, (uint8_t)n);
    else if (same(key, "request_problem"))
        mqw_set_request_problem_information(p, (uint8_t)n);
    else if (same(key, "response_information"))
        mqw_set_response_information(p, value);
    else if (same(key, "assigned"))
        mqw_set_assigned_client_identifier(p, value);
    else if (same(key, "method"))
        mqw_set_authentication_method(p, value);
    else if (same(key, "reason_string"))
        mqw_set_reason_string(p, value);
    else if (same(key, "user_property"))
        mqw_set_user_properties(p, mqw_pairs(d->pairs, 1));
    else if (same(key, "alias"))
        mqw_set_topic_alias(p, (uint16_t)n);
    else if (same(key, "identifier")) {
        d->ids[0] = (uint32_t)n;
        mqw_set_subscription_identifiers(p, mqw_ids(d->ids, 1));
    } else
        return false;
    return true;
}

static void set(struct play *play, struct draft *d, struct mqw_bytes key, struct mqw_bytes value)
{
    struct mqw_packet *p = &d->packet;
    unsigned long n = number_of(value);
    if (same(key, "id"))
        set_id(p, (uint16_t)n);
    else if (same(key, "code"))
        set_code(p, (uint8_t)n);
    else if (same(key, "qos"))
        p->publish.qos = (uint8_t)n;
    else if (same(key, "dup"))
        p->publish.dup = n != 0;
    else if (same(key, "retain"))
        p->publish.retain = n != 0;
    else if (same(key, "topic"))
        p->publish.topic = value;
    else if (same(key, "clean"))
        p->connect.clean_start = n != 0;
    else if (same(key, "client_id"))
        p->connect.client_id = value;
    else if (same(key, "keep_alive"))
        p->connect.keep_alive = (uint16_t)n;
    else if (same(key, "version"))
        p->version = (uint8_t)n;
    else if (same(key, "present"))
        p->connack.session_present = n != 0;
    else if (same(key, "filters"))
        set_filters(d, value);
    else if (same(key, "codes"))
        p->suback.reason_codes = mqw_codes(d->codes, n);
    else if (same(key, "size"))
        d->size = (uint32_t)n;
    else if (same(key, "now"))
        play->now = n;
    else if (!set_property(d, key, value))
        ck_abort_msg("no such field: %.*s", (int)key.len, (const char *)key.ptr);
}

static void begin(struct play *play, struct draft *d, struct mqw_bytes word)
{
    memset(d, 0, sizeof *d);
    d->size = 10;
    d->packet.version = play->version;
    if (same(word, "gap")) {
        d->unread = 1;
        return;
    }
    if (word.len && word.ptr[0] == '!') { /* a packet that could not be decoded */
        d->unread = (uint8_t)(1 + type_of(mqw_view(word.ptr + 1, word.len - 1)));
        return;
    }
    d->packet.type = type_of(word);
    if (d->packet.type == MQW_CONNECT) {
        d->packet.connect.clean_start = true;
        d->packet.connect.client_id = mqw_text("c");
    } else if (d->packet.type == MQW_PUBLISH) {
        d->packet.publish.topic = mqw_text("t");
    } else if (d->packet.type == MQW_SUBSCRIBE || d->packet.type == MQW_UNSUBSCRIBE) {
        set_filters(d, mqw_text("f"));
    } else if (d->packet.type == MQW_SUBACK || d->packet.type == MQW_UNSUBACK) {
        d->packet.suback.reason_codes = mqw_codes(d->codes, 1);
    } else if (d->packet.type == MQW_AUTH) {
        d->packet.disconnect.reason_code = 0x18;
    }
}

static void pass(struct play *play, struct draft *d, enum mqw_sender sender)
{
    struct mqw_connection *c = &play->connection;
    uint8_t head[2] = {(uint8_t)((d->unread - 1u) << 4), (uint8_t)(d->size - 2)};
    play->tag++;
    if (play->only && sender != play->only)
        return;
    if (d->unread == 1)
        play->last = mqw_connection_unread(c, sender, NULL, 0, play->now);
    else if (d->unread)
        play->last = mqw_connection_unread(c, sender, head, sizeof head, play->now);
    else
        play->last = mqw_connection_packet(c, sender, &d->packet, d->size, play->now, play->tag);
    play->findings += play->last.count;
}

/* Leaves the last packet in *d. */
static void run_keeping(struct play *play, const char *script, struct draft *d)
{
    struct mqw_bytes word = next_word(&script);
    while (word.len) {
        enum mqw_sender sender = same(word, "<") ? MQW_SERVER : MQW_CLIENT;
        if (same(word, "hello")) {
            run_keeping(play, "> connect < connack", d);
            word = next_word(&script);
            continue;
        }
        ck_assert(same(word, "<") || same(word, ">"));
        begin(play, d, next_word(&script));
        for (word = next_word(&script); word.len && memchr(word.ptr, '=', word.len);
             word = next_word(&script)) {
            const uint8_t *is = memchr(word.ptr, '=', word.len);
            struct mqw_bytes key = mqw_view(word.ptr, (size_t)(is - word.ptr));
            set(play, d, key, mqw_view(is + 1, word.len - key.len - 1));
        }
        pass(play, d, sender);
    }
}

static void run(struct play *play, const char *script)
{
    struct draft d;
    run_keeping(play, script, &d);
}

static struct mqw_connection_config config_of(struct play *play)
{
    struct mqw_connection_config config;
    memset(&config, 0, sizeof config);
    config.client.exchanges = play->client_exchanges;
    config.client.exchange_count = EXCHANGES;
    config.client.aliases = play->client_aliases;
    config.client.alias_count = ALIASES;
    config.server.exchanges = play->server_exchanges;
    config.server.exchange_count = EXCHANGES;
    config.server.aliases = play->server_aliases;
    config.server.alias_count = ALIASES;
    return config;
}

static void start(struct play *play, uint8_t version)
{
    struct mqw_connection_config config;
    memset(play, 0, sizeof *play);
    config = config_of(play);
    play->version = version;
    mqw_connection_init(&play->connection, &config);
}

static bool found(const struct mqw_seen *seen, enum mqw_code rule)
{
    uint32_t i;
    for (i = 0; i < seen->count; i++)
        if (seen->findings[i].code == rule)
            return true;
    return false;
}

#endif
