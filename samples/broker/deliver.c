/* SPDX-License-Identifier: MIT */
/*
 * Messages on their way to a client.  Those of QoS 1 and 2 are in one queue, which is the session's:
 * sent in the order of their coming, again in that order on a new connection, and never by a timer
 * ([MQTT-4.4.0-1], [MQTT-4.6.0-6]).  Those of QoS 0 go out at once, or wait in another queue while
 * the client does not take what was sent.
 */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

static struct queue *queue_of(const struct delivery *delivery)
{
    return delivery->qos ? &delivery->session->messages : &delivery->session->transient;
}

static void count(struct delivery *delivery, bool more)
{
    struct session *session = delivery->session;
    if (delivery->state != DELIVERY_WAITING)
        return;
    *(delivery->asked ? &session->asked : &session->waiting) += more ? 1 : UINT32_MAX;
    if (!delivery->asked)
        session->waiting_bytes += more ? delivery->bytes : (uint64_t)0 - delivery->bytes;
    if (more && delivery->message->expires < session->next_expiry)
        session->next_expiry = delivery->message->expires;
}

static void append(struct delivery *delivery)
{
    struct queue *queue = queue_of(delivery);
    delivery->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = delivery;
    queue->last = delivery;
    if (!queue->unsent)
        queue->unsent = delivery;
    count(delivery, true);
}

static void changed(struct delivery *delivery)
{
    if (delivery->qos && session_lasts(delivery->session))
        store_changed(delivery->session->broker->store, &delivery->stored);
}

static void set_state(struct delivery *delivery, enum delivery_state state)
{
    count(delivery, false);
    delivery->state = (uint8_t)state;
    count(delivery, true);
    changed(delivery);
}

static size_t size_of(uint16_t identifier_count)
{
    return sizeof(struct delivery) + identifier_count * sizeof(uint32_t);
}

static void drop(struct delivery *delivery)
{
    struct broker *broker = delivery->session->broker;
    broker->other_bytes -= size_of(delivery->identifier_count);
    message_drop(broker, delivery->message);
    free(delivery);
}

static void finish(struct delivery *delivery)
{
    struct broker *broker = delivery->session->broker;
    struct queue *queue = queue_of(delivery);
    count(delivery, false);
    *(delivery->previous ? &delivery->previous->next : &queue->first) = delivery->next;
    *(delivery->next ? &delivery->next->previous : &queue->last) = delivery->previous;
    if (queue->unsent == delivery)
        queue->unsent = delivery->next;
    store_gone(broker->store, &delivery->stored);
    drop(delivery);
}

static struct delivery *make(struct session *session, struct message *message, uint8_t qos,
                             bool retain, const uint32_t *identifiers, uint16_t identifier_count)
{
    size_t size = size_of(identifier_count);
    struct delivery *delivery = calloc(1, size);
    if (!delivery)
        return NULL;
    delivery->stored.kind = STORED_DELIVERY;
    delivery->session = session;
    delivery->message = message ? message_hold(message) : NULL;
    delivery->bytes =
        (message ? message->size : 0) + identifier_count * (uint32_t)sizeof *identifiers;
    delivery->qos = qos;
    delivery->retain = retain;
    delivery->identifier_count = identifier_count;
    if (identifier_count)
        memcpy(delivery->identifiers, identifiers, size - sizeof *delivery);
    session->broker->other_bytes += size;
    return delivery;
}

bool deliver_may(const struct session *session, const struct message *message)
{
    const struct access *access = session->broker->access;
    return !access_has_rules(access) ||
           access_may(access, session_username(session), session_client_id(session), ACCESS_READ,
                      message_topic(message));
}

/* ---- Sending ------------------------------------------------------------------------------------ */

/* Encodes the message of a delivery, which need not be in a queue. */
static enum mqw_code send_publish(struct connection *connection, struct delivery *delivery,
                                  const struct message *message, uint64_t tag)
{
    struct broker *broker = connection->broker;
    struct mqw_packet packet;
    struct mqw_publish *publish = &packet.publish;
    struct mqw_bytes topic;
    enum mqw_code code;

    packet.type = MQW_PUBLISH;
    message_read(message, broker_now(broker), publish);
    publish->qos = delivery->qos;
    publish->packet_id = delivery->packet_id;
    publish->retain = delivery->retain;
    publish->dup = delivery->state == DELIVERY_SENT;
    if (connection_version(connection) != MQW_VERSION_5)
        publish->properties.present = 0;
    else if (delivery->identifier_count)
        mqw_set_subscription_identifiers(
            &publish->properties, mqw_ids(delivery->identifiers, delivery->identifier_count));
    topic = publish->topic;
    aliases_apply(connection, publish);
    code = connection_send(connection, &packet, tag);
    /* An alias that is new makes the packet longer, which may be too long. */
    if (code != MQW_OK && aliases_undo(connection, publish, topic))
        code = connection_send(connection, &packet, tag);
    if (code == MQW_OK) {
        broker->counters.publishes_sent++;
        broker->counters.publish_bytes_sent += publish->payload.len;
    } else {
        broker->counters.publishes_dropped++;
        delivery->session->dropped++;
    }
    return code;
}

/* May one more message be under way? */
static bool has_quota(const struct connection *connection)
{
    const struct mqw_connection *rules = &connection->wire.rules;
    return mqw_connection_quota(rules, MQW_SERVER) &&
           rules->server.in_flight < connection->broker->settings->max_inflight_messages;
}

/* Sends what is in a queue, for the first time or again.  False: it has to wait, with all behind. */
static bool send_delivery(struct connection *connection, struct delivery *delivery)
{
    struct session *session = delivery->session;
    struct broker *broker = session->broker;
    bool again = delivery->state == DELIVERY_SENT;
    uint64_t tag = (uintptr_t)delivery;

    if (delivery->state == DELIVERY_RELEASED) {
        struct mqw_packet packet;
        memset(&packet, 0, sizeof packet);
        packet.type = MQW_PUBREL;
        packet.ack.packet_id = delivery->packet_id;
        queue_of(delivery)->unsent = delivery->next;
        connection_send(connection, &packet, tag);
        return true;
    }
    if (!again && delivery->message->expires <= broker_now(broker)) {
        broker->counters.messages_expired++;
        finish(delivery);
        return true;
    }
    if (delivery->qos) {
        if (!has_quota(connection))
            return false;
        if (!again)
            delivery->packet_id = net_wire_next_id(&connection->wire);
        if (!delivery->packet_id)
            return false;
    }
    queue_of(delivery)->unsent = delivery->next;
    if (send_publish(connection, delivery, delivery->message, tag) == MQW_OK) {
        if (!delivery->qos)
            finish(delivery);
        else if (!again)
            set_state(delivery, DELIVERY_SENT);
        return true;
    }
    /* [MQTT-3.1.2-25]: what the client does not take counts as delivered; but it may acknowledge what
     * it had on an earlier connection. */
    if (again)
        mqw_connection_hold(&connection->wire.rules, MQW_SERVER, delivery->packet_id, 0);
    finish(delivery);
    return true;
}

void deliver_pump(struct session *session)
{
    struct queue *queues[] = {&session->messages, &session->transient};
    struct connection *connection = session->connection;
    size_t i;
    for (i = 0; i < 2; i++)
        while (queues[i]->unsent && session_online(session) && !connection->owes &&
               !connection_congested(connection))
            if (!send_delivery(connection, queues[i]->unsent))
                break;
}

static bool resume(struct session *session, struct queue *queue)
{
    struct delivery *delivery, *next;
    for (delivery = queue->first; delivery; delivery = next) {
        next = delivery->next;
        if (delivery->message && !deliver_may(session, delivery->message))
            finish(delivery);
        else if (delivery->packet_id && !net_wire_hold(&session->connection->wire, MQW_SERVER,
                                                       delivery->packet_id, (uintptr_t)delivery))
            return false;
    }
    queue->unsent = queue->first;
    return true;
}

bool deliver_resume(struct session *session)
{
    return resume(session, &session->messages) && resume(session, &session->transient);
}

/* ---- New ones ------------------------------------------------------------------------------------- */

static bool has_room(const struct session *session, const struct delivery *delivery)
{
    const struct settings *settings = session->broker->settings;
    return delivery->asked ||
           ((!settings->max_queued_messages || session->waiting < settings->max_queued_messages) &&
            (!settings->max_queued_bytes ||
             session->waiting_bytes + delivery->bytes <= settings->max_queued_bytes));
}

/* [MQTT-3.3.2-5]: what waited too long leaves its place to others. */
static void drop_expired(struct session *session)
{
    struct delivery *lists[] = {session->messages.first, session->transient.first}, *delivery,
                    *next;
    int64_t now = broker_now(session->broker);
    size_t i;
    if (session->next_expiry > now)
        return;
    session->next_expiry = NEVER;
    for (i = 0; i < 2; i++)
        for (delivery = lists[i]; delivery; delivery = next) {
            next = delivery->next;
            if (delivery->state != DELIVERY_WAITING)
                continue;
            if (delivery->message->expires <= now) {
                session->broker->counters.messages_expired++;
                finish(delivery);
            } else if (delivery->message->expires < session->next_expiry) {
                session->next_expiry = delivery->message->expires;
            }
        }
}

/* It does not wait, and so no limit of what waits is for it. */
static bool goes_at_once(const struct session *session, struct delivery *delivery)
{
    return session_online(session) && !queue_of(delivery)->unsent &&
           !connection_congested(session->connection) &&
           (!delivery->qos || has_quota(session->connection));
}

/* Finds room for it; NULL: it is dropped. */
static struct delivery *admit(struct delivery *delivery)
{
    struct session *session = delivery->session;
    if (goes_at_once(session, delivery) || has_room(session, delivery))
        return delivery;
    drop_expired(session);
    if (has_room(session, delivery))
        return delivery;
    drop(delivery);
    return NULL;
}

static enum delivered put(struct session *session, struct message *message, uint8_t qos,
                          bool retain, bool asked, const uint32_t *identifiers,
                          uint16_t identifier_count)
{
    struct broker *broker = session->broker;
    struct delivery *delivery;

    if (!qos && !session_online(session) && !broker->settings->queue_qos0_messages)
        return DELIVERY_DROPPED;
    if (!deliver_may(session, message))
        return DELIVERY_REFUSED;
    delivery = make(session, message, qos, retain, identifiers, identifier_count);
    if (delivery) {
        delivery->asked = asked;
        delivery = admit(delivery);
    }
    if (!delivery) {
        broker->counters.publishes_dropped++;
        session->dropped++;
        return DELIVERY_DROPPED;
    }
    delivery->number = ++session->last_delivery;
    append(delivery);
    changed(delivery);
    deliver_pump(session);
    return DELIVERED;
}

enum delivered deliver(struct session *session, struct message *message, uint8_t qos, bool retain,
                       const uint32_t *identifiers, uint16_t identifier_count)
{
    return put(session, message, qos, retain, false, identifiers, identifier_count);
}

void deliver_retained(struct session *session, struct message *message, uint8_t qos,
                      uint32_t identifier)
{
    put(session, message, qos, true, true, &identifier, identifier != 0);
}

bool deliver_restore(struct session *session, struct message *message, uint64_t number,
                     enum delivery_state state, uint16_t packet_id, uint8_t qos, bool retain,
                     const uint32_t *identifiers, uint16_t identifier_count)
{
    struct delivery *delivery = make(session, message, qos, retain, identifiers, identifier_count);
    if (!delivery)
        return false;
    delivery->number = session->last_delivery = number;
    delivery->state = (uint8_t)state;
    delivery->packet_id = packet_id;
    delivery->stored.in_file = true;
    append(delivery);
    return true;
}

/* ---- Acknowledgements ------------------------------------------------------------------------------ */

/* PUBREC: the message is the client's from now on ([MQTT-4.3.3-4] to [MQTT-4.3.3-6]). */
static void release(struct session *session, struct delivery *delivery,
                    const struct mqw_packet *packet)
{
    struct mqw_packet answer;
    if (packet->ack.reason_code >= MQW_REASON_FAILURE) {
        if (delivery)
            finish(delivery);
        return;
    }
    if (delivery && delivery->state == DELIVERY_SENT) {
        message_drop(session->broker, delivery->message);
        delivery->message = NULL;
        set_state(delivery, DELIVERY_RELEASED);
        if (session->messages.unsent == delivery) /* it was sent on an earlier connection */
            session->messages.unsent = delivery->next;
    }
    memset(&answer, 0, sizeof answer);
    answer.type = MQW_PUBREL;
    answer.ack.packet_id = packet->ack.packet_id;
    if (!delivery && connection_version(session->connection) == MQW_VERSION_5)
        answer.ack.reason_code = MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND;
    connection_send(session->connection, &answer, (uintptr_t)delivery);
}

/* What came on an earlier connection is not known to the rules of this one. */
static bool fits(const struct delivery *delivery, uint8_t type)
{
    switch (type) {
    case MQW_PUBACK:
        return delivery->qos == 1;
    case MQW_PUBREC:
        return delivery->qos == 2;
    default:
        return delivery->state == DELIVERY_RELEASED;
    }
}

void deliver_acknowledge(struct session *session, const struct mqw_packet *packet,
                         struct delivery *delivery)
{
    if (delivery && !fits(delivery, packet->type)) {
        connection_end(session->connection, MQW_REASON_PROTOCOL_ERROR,
                       "this is no acknowledgement for its message");
        return;
    }
    if (packet->type == MQW_PUBREC)
        release(session, delivery, packet);
    else if (delivery)
        finish(delivery);
    deliver_pump(session);
    retained_pump(session); /* what waited may have expired, and nothing went out */
}

void deliver_forget(struct session *session)
{
    while (session->messages.first)
        finish(session->messages.first);
    while (session->transient.first)
        finish(session->transient.first);
}
