/* SPDX-License-Identifier: MIT */
/* MQTT packets to and from a peer, as bytes. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXCHANGES = 4, /* for a start, once there is one */
    REACH = 16,    /* places that a search may have to look at, unless it is for want of memory: */
    SPARE = 16     /* places for each exchange that are worth it */
};

static struct mqw_storage *storage_of(struct net_wire *wire, enum mqw_sender sender)
{
    return sender == MQW_CLIENT ? &wire->rules.client.storage : &wire->rules.server.storage;
}

static struct mqw_bytes keep(void *arg, enum mqw_sender sender, uint16_t alias,
                             struct mqw_bytes old, struct mqw_bytes topic)
{
    union {
        const uint8_t *ptr;
        void *memory;
    } owned = {old.ptr};
    uint8_t *copy;
    (void)arg;
    (void)sender;
    (void)alias;
    free(owned.memory);
    copy = topic.len ? malloc(topic.len) : NULL;
    if (!copy)
        return mqw_view(NULL, 0);
    memcpy(copy, topic.ptr, topic.len);
    return mqw_view(copy, topic.len);
}

void net_wire_begin(struct net_wire *wire, enum mqw_sender own, uint8_t version, uint32_t limit,
                    uint16_t aliases, uint32_t allow)
{
    struct mqw_connection_config config = {0};
    struct mqw_options *options =
        own == MQW_CLIENT ? &config.server_options : &config.client_options;

    net_wire_end(wire);
    options->max_size = limit;
    options->allow = allow;
    config.keep = keep;
    wire->own = own;
    wire->aliases = aliases;
    wire->peer = own == MQW_CLIENT ? MQW_SERVER : MQW_CLIENT;
    mqw_connection_init(&wire->rules, &config);
    if (version)
        mqw_connection_version(&wire->rules, (enum mqw_version)version);
}

void net_wire_end(struct net_wire *wire)
{
    net_wire_watch *watch = wire->watch;
    void *arg = wire->watch_arg;
    if (wire->rules.keep)
        mqw_connection_end(&wire->rules);
    free(wire->rules.client.storage.exchanges);
    free(wire->rules.client.storage.aliases);
    free(wire->rules.server.storage.exchanges);
    free(wire->rules.server.storage.aliases);
    net_buffer_free(&wire->in);
    net_buffer_free(&wire->out);
    memset(wire, 0, sizeof *wire);
    wire->watch = watch;
    wire->watch_arg = arg;
}

/* Room for one more exchange of the sender, which is found soon, whichever identifiers it chooses:
 * in a larger table fewer of them share a place, and in the largest none. */
static bool make_room(struct net_wire *wire, enum mqw_sender sender)
{
    const struct mqw_side *side = sender == MQW_CLIENT ? &wire->rules.client : &wire->rules.server;
    struct mqw_storage storage = *storage_of(wire, sender);
    struct mqw_exchange *old = storage.exchanges;

    if (side->stored < storage.exchange_count &&
        (side->reach <= REACH || storage.exchange_count >= (uint64_t)side->stored * SPARE))
        return true;
    storage.exchange_count = storage.exchange_count ? storage.exchange_count * 2 : EXCHANGES;
    storage.exchanges = calloc(storage.exchange_count, sizeof *storage.exchanges);
    if (!storage.exchanges)
        return false;
    if (!mqw_connection_move(&wire->rules, sender, &storage)) {
        free(storage.exchanges);
        return false;
    }
    free(old);
    return true;
}

/* Room for the exchange that a packet begins, or takes up from an earlier connection.  An idle
 * connection has none. */
static bool make_room_for(struct net_wire *wire, enum mqw_sender sender,
                          const struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_PUBLISH:
        return !packet->publish.qos || make_room(wire, sender);
    case MQW_PUBREC:
        return make_room(wire, sender == wire->own ? wire->peer : wire->own);
    case MQW_PUBREL:
    case MQW_SUBSCRIBE:
    case MQW_UNSUBSCRIBE:
        return make_room(wire, sender);
    default:
        return true;
    }
}

/* The peer uses its first topic alias. */
static bool make_aliases(struct net_wire *wire, const struct mqw_packet *packet)
{
    struct mqw_storage storage = *storage_of(wire, wire->peer);
    if (storage.alias_count || !wire->aliases || packet->type != MQW_PUBLISH ||
        !mqw_has(&packet->publish.properties, MQW_PROPERTY_TOPIC_ALIAS))
        return true;
    storage.aliases = calloc(wire->aliases, sizeof *storage.aliases);
    storage.alias_count = wire->aliases;
    return storage.aliases != NULL && mqw_connection_move(&wire->rules, wire->peer, &storage);
}

uint16_t net_wire_next_id(struct net_wire *wire)
{
    return make_room(wire, wire->own) ? mqw_connection_next_id(&wire->rules, wire->own) : 0;
}

bool net_wire_hold(struct net_wire *wire, enum mqw_sender sender, uint16_t packet_id, uint64_t tag)
{
    return make_room(wire, sender) && mqw_connection_hold(&wire->rules, sender, packet_id, tag);
}

static void say(char *problem, size_t cap, enum mqw_code code, const char *field)
{
    if (cap)
        snprintf(problem, cap, "%s%s%s", field, *field ? ": " : "", mqw_rule_of(code)->text);
}

static enum mqw_code blame(const struct mqw_finding *finding, char *problem, size_t cap)
{
    char field[128];
    mqw_finding_field(finding, field, sizeof field);
    say(problem, cap, finding->code, field);
    return finding->code;
}

enum mqw_code net_wire_send(struct net_wire *wire, const struct mqw_packet *packet, uint64_t now,
                            uint64_t tag, char *problem, size_t cap)
{
    struct mqw_options options = mqw_connection_options(&wire->rules, wire->own);
    struct mqw_result result = mqw_encode(packet, &options, NULL, 0);
    struct mqw_seen seen;
    uint8_t *room;
    char field[128];

    room = result.code == MQW_OK ? net_buffer_room(&wire->out, result.size) : NULL;
    if (result.code == MQW_OK && !room)
        return MQW_SPACE;
    if (room)
        result = mqw_encode(packet, &options, room, result.size);
    if (result.code != MQW_OK) {
        mqw_encode_field(packet, &options, room, room ? result.size : 0, field, sizeof field);
        say(problem, cap, result.code, field);
        return result.code;
    }
    seen = mqw_connection_check(&wire->rules, wire->own, packet, result.size, now);
    if (seen.count)
        return blame(&seen.findings[0], problem, cap);
    if (!make_room_for(wire, wire->own, packet))
        return MQW_SPACE;
    mqw_connection_packet(&wire->rules, wire->own, packet, result.size, now, tag);
    wire->out.len += result.size;
    if (wire->watch) /* last: it may send packets of its own */
        wire->watch(wire->watch_arg, wire->own, room, result.size);
    return MQW_OK;
}

static enum mqw_code unread(struct net_wire *wire, struct mqw_result result,
                            const struct mqw_options *options, uint64_t now, char *problem,
                            size_t cap)
{
    char field[128];
    size_t len = result.size && result.size < wire->in.len ? result.size : wire->in.len;
    mqw_decode_field(wire->in.bytes, wire->in.len, options, field, sizeof field);
    say(problem, cap, result.code, field);
    if (wire->watch)
        wire->watch(wire->watch_arg, wire->peer, wire->in.bytes, len);
    mqw_connection_unread(&wire->rules, wire->peer, wire->in.bytes, len, now);
    return result.code;
}

enum mqw_code net_wire_next(struct net_wire *wire, uint64_t now, struct mqw_packet *packet,
                            struct mqw_seen *seen, char *problem, size_t cap)
{
    struct mqw_options options = mqw_connection_options(&wire->rules, wire->peer);
    struct mqw_result result;

    net_buffer_take(&wire->in, wire->current);
    wire->current = 0;
    if (!wire->in.len || wire->in.len < wire->wanted)
        return MQW_MORE;
    result = mqw_decode(wire->in.bytes, wire->in.len, &options, packet);
    wire->wanted = result.code == MQW_MORE ? result.size : 0;
    if (result.code == MQW_MORE)
        return MQW_MORE;
    if (result.code != MQW_OK)
        return unread(wire, result, &options, now, problem, cap);
    if (!make_room_for(wire, wire->peer, packet) || !make_aliases(wire, packet))
        return MQW_SPACE;
    wire->current = result.size;
    if (wire->watch)
        wire->watch(wire->watch_arg, wire->peer, wire->in.bytes, result.size);
    *seen = mqw_connection_packet(&wire->rules, wire->peer, packet, result.size, now, 0);
    return seen->count ? blame(&seen->findings[0], problem, cap) : MQW_OK;
}
