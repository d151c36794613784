/* SPDX-License-Identifier: MIT */
/* Messages while the broker has them. */
#include "message.h"
#include "broker.h"

#include <stdlib.h>
#include <string.h>

static const struct mqw_options options = {.version = MQW_VERSION_5};

static struct message *make(struct broker *broker, uint32_t size, struct mqw_bytes origin)
{
    struct message *message = malloc(sizeof *message + size + origin.len);
    if (!message)
        return NULL;
    memset(message, 0, sizeof *message);
    message->users = 1;
    message->size = size;
    message->origin_len = (uint16_t)origin.len;
    if (origin.len)
        memcpy(message->bytes + size, origin.ptr, origin.len);
    broker->message_count++;
    broker->message_bytes += sizeof *message + size + origin.len;
    return message;
}

struct message *message_new(struct broker *broker, const struct mqw_publish *publish,
                            struct mqw_bytes origin)
{
    struct mqw_packet packet;
    struct mqw_properties *properties = &packet.publish.properties;
    struct mqw_result result;
    struct message *message;

    packet.type = MQW_PUBLISH;
    packet.publish = *publish;
    packet.publish.qos = 0;
    packet.publish.dup = false;
    packet.publish.packet_id = 0;
    mqw_drop(properties, MQW_PROPERTY_TOPIC_ALIAS);
    mqw_drop(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER);
    mqw_drop(properties, MQW_PROPERTY_MESSAGE_EXPIRY_INTERVAL);
    result = mqw_encode(&packet, &options, NULL, 0);
    message = result.code == MQW_OK ? make(broker, result.size, origin) : NULL;
    if (!message)
        return NULL;
    if (mqw_encode(&packet, &options, message->bytes, message->size).code != MQW_OK) {
        message_drop(broker, message);
        return NULL;
    }
    message->qos = publish->qos;
    message->expires = NEVER;
    if (mqw_has(&publish->properties, MQW_PROPERTY_MESSAGE_EXPIRY_INTERVAL))
        message->expires =
            broker_now(broker) + (int64_t)publish->properties.message_expiry_interval * 1000;
    return message;
}

struct message *message_restore(struct broker *broker, struct mqw_bytes bytes,
                                struct mqw_bytes origin, uint8_t qos, int64_t expires)
{
    struct mqw_packet packet;
    struct mqw_result result = mqw_decode(bytes.ptr, bytes.len, &options, &packet);
    struct message *message;
    if (result.code != MQW_OK || result.size != bytes.len || packet.type != MQW_PUBLISH ||
        packet.publish.qos)
        return NULL;
    message = make(broker, bytes.len, origin);
    if (!message)
        return NULL;
    memcpy(message->bytes, bytes.ptr, bytes.len);
    message->qos = qos;
    message->expires = expires;
    return message;
}

struct message *message_hold(struct message *message)
{
    message->users++;
    return message;
}

void message_drop(struct broker *broker, struct message *message)
{
    if (!message || --message->users)
        return;
    store_message_gone(broker->store, message->number);
    broker->message_count--;
    broker->message_bytes -= sizeof *message + message->size + message->origin_len;
    free(message);
}

/* 3.3.2.3.3: the interval that is told is what came less the time that the message waited. */
void message_read(const struct message *message, int64_t now, struct mqw_publish *publish)
{
    struct mqw_packet packet;
    mqw_decode(message->bytes, message->size, &options, &packet); /* which was checked */
    *publish = packet.publish;
    publish->qos = message->qos;
    if (message->expires != NEVER) {
        int64_t left = (message->expires - now + 999) / 1000;
        mqw_set_message_expiry_interval(&publish->properties, left > 0 ? (uint32_t)left : 0);
    }
}

struct mqw_bytes message_topic(const struct message *message)
{
    struct mqw_publish publish;
    message_read(message, 0, &publish);
    return publish.topic;
}

struct mqw_bytes message_origin(const struct message *message)
{
    return mqw_view(message->bytes + message->size, message->origin_len);
}
