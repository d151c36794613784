/* SPDX-License-Identifier: MIT */
/* PUBLISH and PUBREL of clients. */
#include "connection.h"

#include <string.h>

static void acknowledge(struct connection *connection, uint8_t type, uint16_t packet_id,
                        uint8_t code, const char *text)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    packet.ack.packet_id = packet_id;
    packet.ack.reason_code = connection_version(connection) == MQW_VERSION_5 ? code : 0;
    connection_explain(connection, &packet, &packet.ack.properties, text);
    if (connection->owes) {
        connection->owes = false;
        deliver_pump(connection->session);
    }
}

/* A reason why the message is not taken, or 0. */
static uint8_t judge(const struct connection *connection, const struct mqw_publish *publish,
                     const char **text)
{
    const struct broker *broker = connection->broker;
    uint32_t levels = broker->settings->max_topic_levels;
    *text = "the topic has too many levels";
    if (levels && topic_levels(publish->topic) > levels)
        return MQW_REASON_TOPIC_NAME_INVALID;
    *text = "it may not publish to this topic";
    if (!route_may(broker, session_username(connection->session),
                   session_client_id(connection->session), publish->topic))
        return MQW_REASON_NOT_AUTHORIZED;
    *text = "there is no room for more messages";
    if (!broker_has_room(broker, publish->payload.len))
        return MQW_REASON_QUOTA_EXCEEDED;
    *text = NULL;
    return 0;
}

/* Lets the client wait for the next second: TCP does so, too, and nothing is lost. */
static void slow_down(struct connection *connection)
{
    struct broker *broker = connection->broker;
    int64_t second = broker_now(broker) / 1000;
    if (!broker->settings->max_message_rate)
        return;
    if (connection->second != second)
        connection->counted = 0;
    connection->second = second;
    if (++connection->counted < broker->settings->max_message_rate)
        return;
    connection->paused = true;
    net_stream_pause(connection->stream, true);
    broker_set_timer(broker, &connection->timer, (second + 1) * 1000);
}

/* 3.1.1 has no maximum QoS and no word for a server without retained messages: it can only close. */
static bool fits(struct connection *connection, const struct mqw_publish *publish)
{
    if (publish->qos > connection_max_qos(connection)) {
        connection_end(connection, MQW_REASON_QOS_NOT_SUPPORTED, "its QoS is too high");
        return false;
    }
    if (publish->retain && !connection->broker->settings->retain_available) {
        connection_end(connection, MQW_REASON_RETAIN_NOT_SUPPORTED,
                       "retained messages are turned off");
        return false;
    }
    return true;
}

static void say_refused(struct connection *connection, struct mqw_bytes topic, uint8_t code)
{
    uint32_t times = log_again(&connection->refused, broker_now(connection->broker));
    if (times)
        connection_say(
            connection, LOG_NOTICE, "may not publish to",
            (struct log_subject){.topic = topic,
                                 .code = code,
                                 .reason = mqw_reason_text(MQW_VERSION_5, MQW_PUBACK, code),
                                 .times = times});
}

void publish_packet(struct connection *connection, const struct mqw_packet *packet,
                    const struct mqw_seen *seen)
{
    struct broker *broker = connection->broker;
    struct session *session = connection->session;
    struct mqw_publish publish = packet->publish;
    uint16_t packet_id = publish.packet_id;
    const char *text;
    uint8_t code;

    broker->counters.publishes_received++;
    broker->counters.publish_bytes_received += publish.payload.len;
    publish.topic = seen->topic;
    if (!fits(connection, &publish))
        return;
    slow_down(connection);
    if (publish.qos == 2 && session_received(session, packet_id)) { /* [MQTT-4.3.3-10] */
        acknowledge(connection, MQW_PUBREC, packet_id, MQW_REASON_SUCCESS, NULL);
        return;
    }
    code = judge(connection, &publish, &text);
    if (!code && publish.qos == 2 && !session_set_received(session, packet_id, true))
        code = MQW_REASON_QUOTA_EXCEEDED;
    connection->owes = publish.qos > 0; /* it may be the subscriber, too */
    if (!code)
        code = route_publish(broker, session_client_id(session), &publish);
    if (code >= MQW_REASON_FAILURE)
        say_refused(connection, publish.topic, code);
    if (!publish.qos)
        return;
    /* Acknowledged, it would be lost: [MQTT-4.8.0-2] of 3.1.1. */
    if (code == MQW_REASON_QUOTA_EXCEEDED && text &&
        connection_version(connection) != MQW_VERSION_5) {
        connection_end(connection, code, text);
        return;
    }
    /* PUBREC with a failure ends the exchange: [MQTT-4.3.3-8].  3.1.1 has no codes, and PUBREL comes. */
    if (code >= MQW_REASON_FAILURE && publish.qos == 2)
        session_set_received(session, packet_id, connection_version(connection) != MQW_VERSION_5);
    acknowledge(connection, publish.qos == 1 ? MQW_PUBACK : MQW_PUBREC, packet_id, code, text);
}

void publish_release(struct connection *connection, const struct mqw_packet *packet)
{
    struct session *session = connection->session;
    uint16_t packet_id = packet->ack.packet_id;
    bool known = session_received(session, packet_id);
    session_set_received(session, packet_id, false);
    acknowledge(connection, MQW_PUBCOMP, packet_id,
                known ? MQW_REASON_SUCCESS : MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND,
                known ? NULL : "no message has this packet identifier");
}
