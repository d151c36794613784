/* SPDX-License-Identifier: MIT */
/* SUBSCRIBE and UNSUBSCRIBE of clients. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

/* What a filter of a SUBSCRIBE came to. */
struct outcome {
    struct subscription *subscription; /* NULL: refused, as text says */
    const char *text;
    bool existed, wants_retained;
};

static bool is_shared(const struct connection *connection)
{
    return connection_version(connection) == MQW_VERSION_5;
}

/* A reason why the filter is refused, or 0. */
static uint8_t judge(const struct connection *connection, struct mqw_bytes filter,
                     const char **text)
{
    const struct broker *broker = connection->broker;
    const struct settings *settings = broker->settings;
    const struct session *session = connection->session;
    struct mqw_bytes name, rest = filter;
    if (is_shared(connection))
        mqw_topic_share(filter, &name, &rest);
    *text = "the filter has too many levels";
    if (settings->max_topic_levels && topic_levels(rest) > settings->max_topic_levels)
        return MQW_REASON_TOPIC_FILTER_INVALID;
    *text = "it may not subscribe to this filter";
    if (access_has_rules(broker->access) &&
        !access_may(broker->access, session_username(session), session_client_id(session),
                    ACCESS_FILTER, rest))
        return MQW_REASON_NOT_AUTHORIZED;
    *text = "the session has too many subscriptions";
    if (settings->max_subscriptions && session->subscription_count >= settings->max_subscriptions)
        return MQW_REASON_QUOTA_EXCEEDED;
    *text = "there is no room for more subscriptions";
    if (!broker_has_room(broker, filter.len))
        return MQW_REASON_QUOTA_EXCEEDED;
    *text = "out of memory";
    return 0;
}

/* 3.3.1.3: Retain Handling, and never for shared subscriptions (4.8.2). */
static bool wants_retained(const struct outcome *outcome)
{
    const struct subscription *subscription = outcome->subscription;
    return !subscription->group && (subscription->retain_handling == 0 ||
                                    (subscription->retain_handling == 1 && !outcome->existed));
}

static uint8_t subscribe(struct connection *connection, const struct mqw_subscription *wanted,
                         uint32_t identifier, struct outcome *outcome)
{
    struct session *session = connection->session;
    struct subscription *subscription;
    uint8_t code = judge(connection, wanted->topic_filter, &outcome->text);

    if (!code || code == MQW_REASON_QUOTA_EXCEEDED) {
        /* What is there already may be changed, however many there are. */
        subscription =
            code ? subscription_find(session, wanted->topic_filter, is_shared(connection)) : NULL;
        code = code && !subscription ? code : 0;
    }
    subscription = code ? NULL
                        : subscription_add(session, wanted->topic_filter, is_shared(connection),
                                           &outcome->existed);
    outcome->subscription = subscription;
    if (!subscription)
        return code ? code : MQW_REASON_QUOTA_EXCEEDED;
    subscription->qos = wanted->qos;
    if (subscription->qos > connection_max_qos(connection))
        subscription->qos = connection_max_qos(connection);
    subscription->no_local = wanted->no_local;
    subscription->retain_as_published = wanted->retain_as_published;
    subscription->retain_handling = wanted->retain_handling;
    subscription->identifier = identifier;
    outcome->wants_retained = wants_retained(outcome);
    if (session_lasts(session))
        store_changed(connection->broker->store, &subscription->stored);
    return subscription->qos;
}

static void answer(struct connection *connection, uint8_t type, uint16_t packet_id,
                   const uint8_t *codes, uint32_t count, const char *text)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    packet.suback.packet_id = packet_id;
    if (codes)
        packet.suback.reason_codes = mqw_codes(codes, count);
    if (connection_explain(connection, &packet, &packet.suback.properties, text) != MQW_OK)
        connection_end(connection, MQW_REASON_PACKET_TOO_LARGE,
                       "its limit leaves no room for an answer to this");
}

void subscribe_packet(struct connection *connection, const struct mqw_packet *packet)
{
    const struct mqw_subscribe *request = &packet->subscribe;
    const struct mqw_subscription_list *list = &request->subscriptions;
    struct outcome *outcomes = calloc(list->count, sizeof *outcomes);
    uint8_t *codes = malloc(list->count);
    struct mqw_subscription wanted;
    uint32_t pos = 0, count = 0, identifier = 0, i;
    const char *text = NULL; /* of the first that is refused */

    if (mqw_has(&request->properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER)) {
        uint32_t at = 0;
        mqw_next_id(&request->properties.subscription_identifiers, &at, &identifier);
    }
    while (outcomes && codes && mqw_next_subscription(list, &pos, &wanted)) {
        uint8_t code = subscribe(connection, &wanted, identifier, &outcomes[count]);
        connection_say(
            connection, LOG_SUBSCRIBE, "subscribes to",
            (struct log_subject){.topic = wanted.topic_filter,
                                 .code = code,
                                 .reason = mqw_reason_text(MQW_VERSION_5, MQW_SUBACK, code)});
        if (!outcomes[count].subscription && !text)
            text = outcomes[count].text;
        if (code >= MQW_REASON_FAILURE && connection_version(connection) != MQW_VERSION_5)
            code = MQW_RETURN_FAILURE;
        codes[count++] = code;
    }
    if (count) {
        answer(connection, MQW_SUBACK, request->packet_id, codes, count, text);
        for (i = 0; i < count; i++)
            if (outcomes[i].wants_retained)
                retained_ask(outcomes[i].subscription);
    } else {
        connection_end(connection, MQW_REASON_QUOTA_EXCEEDED, "out of memory");
    }
    free(outcomes);
    free(codes);
}

/* [MQTT-3.10.4-1]: the filter's characters are compared, whichever of the two meanings $share had in
 * the version in which it was subscribed to. */
static bool unsubscribe(struct session *session, struct mqw_bytes filter)
{
    bool found = false;
    for (int shared = 0; shared < 2; shared++) {
        struct subscription *subscription = subscription_find(session, filter, shared);
        found |= subscription != NULL;
        if (subscription)
            subscription_free(subscription);
    }
    return found;
}

void unsubscribe_packet(struct connection *connection, const struct mqw_packet *packet)
{
    const struct mqw_unsubscribe *request = &packet->unsubscribe;
    uint8_t *codes = malloc(request->topic_filters.count);
    struct mqw_bytes filter;
    uint32_t pos = 0, count = 0;

    while (codes && mqw_next_filter(&request->topic_filters, &pos, &filter)) {
        codes[count++] = unsubscribe(connection->session, filter)
                             ? MQW_REASON_SUCCESS
                             : MQW_REASON_NO_SUBSCRIPTION_EXISTED;
        connection_say(connection, LOG_UNSUBSCRIBE, "unsubscribes from",
                       (struct log_subject){.topic = filter});
    }
    answer(connection, MQW_UNSUBACK, request->packet_id,
           connection_version(connection) == MQW_VERSION_5 ? codes : NULL, count, NULL);
    free(codes);
}
