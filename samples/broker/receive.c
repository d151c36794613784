/* SPDX-License-Identifier: MIT */
/* Packets of a client: what each of them sets going. */
#include "connection.h"

#include <string.h>

enum { HOARD = 64 * 1024 /* bytes that may come while a password is checked */ };

static void answer(struct connection *connection, uint8_t type)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    connection_send(connection, &packet, 0);
}

/* [MQTT-3.14.4-3]: no will after an ordinary goodbye; 3.1.1 has no other. */
static void disconnect(struct connection *connection, const struct mqw_disconnect *packet)
{
    struct session *session = connection->session;
    connection->normal = packet->reason_code == MQW_REASON_NORMAL_DISCONNECTION;
    if (mqw_has(&packet->properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL))
        session->expiry = session_expiry(connection->broker->settings,
                                         packet->properties.session_expiry_interval);
    if (connection->broker->settings->connection_messages && connection->normal)
        connection_say(connection, LOG_CONNECTION, "is disconnected", (struct log_subject){0});
    connection_end(connection, MQW_REASON_NONE,
                   mqw_reason_text(MQW_VERSION_5, MQW_DISCONNECT, packet->reason_code));
}

/* The tag of what was sent is the delivery, which is there until its exchange is settled.  Later
 * acknowledgements may answer it still: NULL. */
static struct delivery *acknowledged(const struct mqw_packet *packet, const struct mqw_seen *seen)
{
    bool goes_on = packet->type == MQW_PUBREC && packet->ack.reason_code < MQW_REASON_FAILURE;
    return seen->answers && (goes_on || seen->settles) ? (struct delivery *)(uintptr_t)seen->first
                                                       : NULL;
}

static void told(struct connection *connection, const struct mqw_packet *packet,
                 const struct mqw_seen *seen)
{
    switch (packet->type) {
    case MQW_CONNECT:
        connection->broker->counters.connects_received++;
        greeting_connect(connection, packet);
        break;
    case MQW_PUBLISH:
        publish_packet(connection, packet, seen);
        break;
    case MQW_PUBREL:
        publish_release(connection, packet);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBCOMP:
        deliver_acknowledge(connection->session, packet, acknowledged(packet, seen));
        break;
    case MQW_SUBSCRIBE:
        subscribe_packet(connection, packet);
        break;
    case MQW_UNSUBSCRIBE:
        unsubscribe_packet(connection, packet);
        break;
    case MQW_PINGREQ:
        answer(connection, MQW_PINGRESP);
        break;
    case MQW_DISCONNECT:
        disconnect(connection, &packet->disconnect);
        break;
    case MQW_AUTH:
        authentication_packet(connection, packet);
        break;
    default:
        break;
    }
}

/* What a CONNECT that was not read says of its version; 0: nothing.  Its header may be the fault, or
 * its length: so its beginning is read with another one. */
static uint8_t version_of(const struct net_buffer *in)
{
    enum { HEADER = 2, BEGINNING = 12 }; /* bytes; no CONNECT has less behind its header */
    uint8_t bytes[HEADER + BEGINNING] = {MQW_CONNECT << 4, BEGINNING};
    struct mqw_options options = {.allow = MQW_ALLOW_MQTT_3_1};
    struct mqw_packet packet;
    size_t at = 1;
    while (at < in->len && in->bytes[at] & 0x80)
        at++;
    if (in->len < ++at + BEGINNING)
        return 0;
    memcpy(bytes + HEADER, in->bytes + at, BEGINNING);
    mqw_decode(bytes, sizeof bytes, &options, &packet);
    return packet.version;
}

/* What a silent client says first that is no MQTT: HTTP, TLS at a listener without it. */
static const char *foreign(const struct net_buffer *in)
{
    enum { TLS_HANDSHAKE = 0x16, TLS_VERSION = 3 };
    if (!in->len)
        return NULL;
    if (in->len > 1 && in->bytes[0] == TLS_HANDSHAKE && in->bytes[1] == TLS_VERSION)
        return "it begins with TLS, not with a CONNECT";
    return in->bytes[0] >> 4 == MQW_CONNECT ? NULL : "it does not begin with a CONNECT";
}

/* 4.13 of 5.0: say what is wrong, and close.  [MQTT-3.1.4-1]: who does not begin with a CONNECT that
 * can be told what is wrong with it is told nothing.  version: as far as the packet was read. */
static void broken(struct connection *connection, enum mqw_code code, uint8_t version,
                   const char *problem)
{
    enum { BRIDGE = 0x80 }; /* mosquitto adds it, and tries again without it where it hears 0x01 */
    struct net_wire *wire = &connection->wire;
    struct mqw_packet packet;
    bool says;
    if (connection->stage == STAGE_SILENT && foreign(&wire->in))
        problem = foreign(&wire->in);
    if (connection->stage == STAGE_SILENT && wire->in.len &&
        wire->in.bytes[0] >> 4 == MQW_CONNECT && (version || (version = version_of(&wire->in)))) {
        mqw_connection_version(&wire->rules, (version & ~BRIDGE) < MQW_VERSION_5 ? MQW_VERSION_3_1_1
                                                                                 : MQW_VERSION_5);
        connection->stage = STAGE_AUTHENTICATING;
    }
    says = mqw_refusal(code, MQW_VERSION_5, MQW_SERVER,
                       connection->stage == STAGE_ONLINE ? MQW_DISCONNECT : MQW_CONNACK, &packet);
    connection_end(connection,
                   !says                               ? MQW_REASON_NONE
                   : connection->stage == STAGE_ONLINE ? packet.disconnect.reason_code
                                                       : packet.connack.reason_code,
                   problem);
}

/*
 * Rules that a client may break and stay: section 4.3 has answers to identifiers that are not open
 * here, and to messages that come again, with DUP or without ([MQTT-4.3.2-5], [MQTT-4.3.3-10],
 * [MQTT-4.3.3-12]); acknowledgements in another order than 4.6 has them harm nobody.
 */
static bool is_borne(enum mqw_code code, const struct mqw_packet *packet)
{
    switch (code) {
    case MQW_RULE_ACKNOWLEDGED_ID_UNKNOWN:
    case MQW_RULE_DUP_ON_FIRST:
    case MQW_RULE_RESENT:
    case MQW_RULE_PUBACK_ORDER:
    case MQW_RULE_PUBREC_ORDER:
    case MQW_RULE_PUBREL_ORDER:
        return true;
    case MQW_RULE_PACKET_ID_IN_USE:
        return packet->type == MQW_PUBLISH && packet->publish.qos == 2;
    default:
        return false;
    }
}

/* The first of the broken rules that a client may not break; OK: there is none. */
static enum mqw_code judge(const struct mqw_seen *seen, const struct mqw_packet *packet)
{
    uint32_t i;
    for (i = 0; i < seen->count; i++)
        if (!is_borne(seen->findings[i].code, packet))
            return seen->findings[i].code;
    return MQW_OK;
}

static bool listens(const struct connection *connection)
{
    switch (connection->stage) {
    case STAGE_SILENT:
        return true;
    case STAGE_AUTHENTICATING:
        return connection->sasl != NULL;
    case STAGE_ONLINE:
        return !connection->paused && !connection->swamped;
    default:
        return false;
    }
}

void receive_bytes(struct connection *connection, const uint8_t *data, size_t len)
{
    struct broker *broker = connection->broker;
    struct mqw_packet packet = {0};
    struct mqw_seen seen;
    char problem[256] = "";
    enum mqw_code code = net_buffer_add(&connection->wire.in, data, len) ? MQW_OK : MQW_SPACE;

    while (code == MQW_OK && listens(connection) && !broker->failed) {
        code = net_wire_next(&connection->wire, (uint64_t)broker_now(broker), &packet, &seen,
                             problem, sizeof problem);
        if (is_borne(code, &packet))
            code = judge(&seen, &packet);
        if (code != MQW_OK)
            break;
        broker->counters.packets_received++;
        told(connection, &packet, &seen);
        if (broker->urgent)
            broker_flush(broker);
    }
    /* A client that leaves meanwhile is noticed, as long as it has not said too much. */
    if (connection->check && connection->wire.in.len > HOARD)
        net_stream_pause(connection->stream, true);
    if (connection->swamped)
        net_stream_pause(connection->stream, true);
    if (code == MQW_SPACE)
        connection_no_memory(connection);
    else if (code != MQW_OK && code != MQW_MORE)
        broken(connection, code, packet.version, problem);
}
