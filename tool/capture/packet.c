/* SPDX-License-Identifier: MIT */
/* Packets, the rules of their connection, and the records that tell of them. */
#include "parts.h"

#include <string.h>

/* How many packet identifiers and topic aliases of one end are followed. */
struct room {
    uint32_t exchanges, aliases;
};

/* Less for each connection where there are many. */
static struct room room_for(const struct memory *memory)
{
    static const struct room plenty = {512, 1024}, some = {64, 64}, little = {16, 16};
    return memory->used < memory->limit / 8   ? plenty
           : memory->used < memory->limit / 2 ? some
                                              : little;
}

static void open_storage(struct memory *memory, struct mqw_storage *storage)
{
    uint32_t count = room_for(memory).exchanges;
    memset(storage, 0, sizeof *storage);
    storage->exchanges = memory_take(memory, count * sizeof *storage->exchanges);
    if (storage->exchanges)
        storage->exchange_count = count;
}

/* Aliases of both ends: of 5.0 alone, which may be known only when all of CONNECT has come. */
static void add_aliases(struct talk *talk)
{
    struct memory *memory = &talk->context->memory;
    uint32_t count = room_for(memory).aliases;
    int i;

    for (i = 0; i < 2; i++) {
        struct mqw_storage *storage = &talk->storage[i];
        if (storage->aliases)
            continue;
        storage->aliases = memory_take(memory, count * sizeof *storage->aliases);
        if (storage->aliases)
            storage->alias_count = count;
        (void)mqw_connection_move(&talk->connection, i ? MQW_SERVER : MQW_CLIENT, storage);
    }
}

static void close_storage(struct memory *memory, struct mqw_storage *storage)
{
    memory_drop(memory, storage->exchanges, storage->exchange_count * sizeof *storage->exchanges);
    memory_drop(memory, storage->aliases, storage->alias_count * sizeof *storage->aliases);
    memset(storage, 0, sizeof *storage);
}

/* What an alias stands for, and where it is in the batch if it was told in this one. */
struct kept {
    uint64_t batch;
    size_t offset;
    uint8_t topic[];
};

/* The library gives back the views that keep_topic made. */
static struct kept *kept_of(struct mqw_bytes topic)
{
    return (struct kept *)(void *)((uintptr_t)topic.ptr - offsetof(struct kept, topic));
}

static struct mqw_bytes keep_topic(void *arg, enum mqw_sender sender, uint16_t alias,
                                   struct mqw_bytes old, struct mqw_bytes topic)
{
    struct memory *memory = arg;
    struct mqw_bytes view = {NULL, 0};
    struct kept *kept;

    (void)sender;
    (void)alias;
    if (old.len)
        memory_drop(memory, kept_of(old), sizeof *kept + old.len);
    if (!topic.len)
        return view;
    kept = memory_take(memory, sizeof *kept + topic.len);
    if (!kept)
        return view;
    memcpy(kept->topic, topic.ptr, topic.len);
    view.ptr = kept->topic;
    view.len = topic.len;
    return view;
}

void packet_begin(struct talk *talk, bool midway)
{
    struct memory *memory = &talk->context->memory;
    struct mqw_connection_config config;

    packet_end(talk);
    open_storage(memory, &talk->storage[0]);
    open_storage(memory, &talk->storage[1]);
    memset(&config, 0, sizeof config);
    config.client_options.allow = talk->context->options.allow | MQW_ALLOW_MQTT_3_1;
    config.client_options.refuse = talk->context->options.refuse;
    config.server_options = config.client_options;
    config.midway = midway;
    config.client = talk->storage[0];
    config.server = talk->storage[1];
    config.keep = keep_topic;
    config.arg = memory;
    mqw_connection_init(&talk->connection, &config);
    if (talk->info->about.version == MQW_VERSION_5)
        add_aliases(talk);
    talk->begun = true;
}

void packet_end(struct talk *talk)
{
    if (!talk->begun)
        return;
    mqw_connection_end(&talk->connection);
    waits_free(&talk->waits, &talk->context->memory);
    close_storage(&talk->context->memory, &talk->storage[0]);
    close_storage(&talk->context->memory, &talk->storage[1]);
    talk->begun = false;
}

/* The clock of a connection does not go back, whatever that of the capture does. */
static uint64_t now(struct talk *talk, struct moment when)
{
    uint64_t time = when.time / 1000000;
    if (time > talk->clock)
        talk->clock = time;
    return talk->clock;
}

void packet_missing(struct talk *talk, int end, struct moment when)
{
    (void)mqw_connection_unread(&talk->connection, sender_of(talk, end), NULL, 0, now(talk, when));
}

/* Looks whether a guess still is the best one: a packet may speak for another, or refute it. */
static void revise(struct talk *talk, int end, const uint8_t *data, size_t len, uint32_t size,
                   struct moment when)
{
    uint8_t current = talk_hypotheses(talk);
    int best;

    if (!(talk->guess.alive & (talk->guess.alive - 1)))
        return; /* there is no other */
    if (guess_packet(&talk->guess, end, data, len, size) != GUESS_YES)
        return;
    best = guess_best(&talk->guess, current);
    talk->info->about.guessed =
        (uint8_t)guess_certainty(&talk->guess, best, talk_likely_client(talk));
    if (1 << best == current)
        return;
    talk->client = talk->info->client = guess_client(best);
    talk->version = talk->info->about.version = guess_version(best);
    packet_begin(talk, true);
    talk_note(talk->context, talk->info, MQW_NEITHER, CAPTURE_REVISED, 0, when);
}

enum { AUTHENTICATION = 3 << 17 };

/* Packets that belong to one exchange have the same key. */
static uint32_t key_of(const struct mqw_packet *packet, uint8_t sender)
{
    bool client = sender == MQW_CLIENT;
    switch (packet->type) {
    case MQW_CONNECT:
    case MQW_CONNACK:
        return 1 << 17;
    case MQW_PINGREQ:
    case MQW_PINGRESP:
        return 2 << 17;
    case MQW_AUTH:
        return AUTHENTICATION;
    case MQW_PUBLISH:
    case MQW_PUBREL:
    case MQW_SUBSCRIBE:
    case MQW_UNSUBSCRIBE:
        break;
    default:
        client = !client; /* it answers what the other side began */
    }
    return (uint32_t)client << 16 | mqw_packet_id(packet);
}

/* Has its receiver to answer? */
static bool asks(const struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_PUBLISH:
        return packet->publish.qos != 0;
    case MQW_PUBREC:
        return packet->ack.reason_code < 0x80;
    case MQW_AUTH:
        return packet->disconnect.reason_code != MQW_REASON_SUCCESS;
    case MQW_CONNECT:
    case MQW_PUBREL:
    case MQW_SUBSCRIBE:
    case MQW_UNSUBSCRIBE:
    case MQW_PINGREQ:
        return true;
    default:
        return false;
    }
}

/* AUTH is answered by AUTH, CONNACK or DISCONNECT: it has no identifier, and the library does not link it. */
static void take_authentication(struct talk *talk, uint8_t sender)
{
    struct wait *wait = waits_find(&talk->waits, AUTHENTICATION);
    if (wait && wait->sender != sender)
        waits_remove(&talk->waits, wait);
}

/* Is it the last answer to a packet with an identifier, whose type is the one before its own? */
static bool is_acknowledgement(uint8_t type)
{
    return type == MQW_PUBACK || type == MQW_PUBCOMP || type == MQW_SUBACK || type == MQW_UNSUBACK;
}

/* How long the packet that this one answers has waited; and this one may wait itself. */
static void tell_latency(struct talk *talk, struct capture_record *record,
                         const struct mqw_packet *packet, const struct mqw_seen *seen,
                         const uint8_t *data)
{
    bool waiting = asks(packet) && !seen->repeats && !seen->untracked;
    bool acknowledges = is_acknowledgement(packet->type);
    uint32_t key;
    struct wait *wait;

    if (packet->type == MQW_AUTH || packet->type == MQW_CONNACK || packet->type == MQW_DISCONNECT)
        take_authentication(talk, record->sender);
    if (!waiting && !seen->answers && !acknowledges)
        return;
    key = key_of(packet, record->sender);
    wait = waits_find(&talk->waits, key);
    if (wait && seen->answers && wait->number == seen->tag) {
        record->latency = record->time > wait->time ? record->time - wait->time : 0;
        waits_remove(&talk->waits, wait);
    } else if (wait && !seen->answers && acknowledges && wait->sender != record->sender &&
               wait->first >> 4 == packet->type - 1) {
        waits_remove(&talk->waits, wait); /* after lost bytes: it may be its answer */
    }
    if (waiting) {
        struct wait made = {record->number, record->time, key, record->sender, data[0]};
        waits_put(&talk->waits, &talk->context->memory, made);
    }
}

/* A client that was silent up to the end has no packet to which a finding could belong. */
static void tell_silence(struct talk *talk, struct moment when)
{
    const struct side *client = &talk->sides[talk->client];
    if (!client->torn && !client->unheard &&
        now(talk, when) > mqw_connection_deadline(&talk->connection))
        talk_note(talk->context, talk->info, MQW_CLIENT, CAPTURE_SILENT, 0, when);
}

void packet_finish(struct talk *talk, struct moment when)
{
    struct batch *batch = &talk->context->batch;
    struct waits *waits = &talk->waits;
    uint32_t i;

    waits_sort(waits);
    for (i = 0; i < waits->count; i++) {
        const struct wait *wait = &waits->places[i];
        struct capture_record *record;
        if (talk->sides[wait->sender == MQW_CLIENT ? !talk->client : talk->client].unheard)
            continue; /* who knows */
        talk_note(talk->context, talk->info, wait->sender, CAPTURE_UNANSWERED, 0, when);
        if (batch->failed)
            break;
        record = &batch->records[batch->count - 1];
        record->begins = wait->number;
        record->packet_id = (uint16_t)wait->key;
        record->latency = when.time > wait->time ? when.time - wait->time : 0;
        record->bytes = batch_bytes(batch, &wait->first, 1);
    }
    waits->count = 0;
    tell_silence(talk, when);
}

/* What CONNECT and CONNACK say about the connection. */
static void learn(struct talk *talk, const struct mqw_packet *packet)
{
    struct memory *memory = &talk->context->memory;
    struct info *info = talk->info;
    struct mqw_bytes id = {NULL, 0};

    if (packet->type == MQW_CONNECT) {
        id = packet->connect.client_id;
        info->about.version = packet->version;
        if (packet->version == MQW_VERSION_5)
            add_aliases(talk);
        info->about.guessed = CAPTURE_TOLD;
        buffer_free(memory, &info->client_id);
        buffer_add(memory, &info->client_id, id.ptr, id.len); /* even an empty one is known then */
    } else if (packet->type == MQW_CONNACK && packet->version == MQW_VERSION_5 &&
               mqw_has(&packet->connack.properties, MQW_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER)) {
        id = packet->connack.properties.assigned_client_identifier;
        buffer_clear(memory, &info->client_id);
        buffer_add(memory, &info->client_id, id.ptr, id.len);
    }
}

/* A part of the packet's bytes, in the arena. */
static struct capture_span part_of(const struct capture_record *record, const uint8_t *data,
                                   struct mqw_bytes part)
{
    struct capture_span span = {record->bytes.offset, 0};
    size_t offset = part.ptr ? (size_t)(part.ptr - data) : 0;
    if (offset + part.len <= record->bytes.len) {
        span.offset += offset;
        span.len = part.len;
    }
    return span;
}

/*
 * Topic and payload of a PUBLISH.  The topic is a part of its own bytes, or a copy of what its alias
 * stands for, which a batch holds once, as a few bytes may stand for many.
 */
static void tell_message(struct batch *batch, struct capture_record *record,
                         const struct mqw_packet *packet, const struct mqw_seen *seen,
                         const uint8_t *data)
{
    const struct mqw_bytes *own = &packet->publish.topic;
    if (packet->type != MQW_PUBLISH)
        return;
    record->payload = part_of(record, data, packet->publish.payload);
    if (own->len) {
        record->topic = part_of(record, data, *own);
    } else if (seen->aliased) {
        struct kept *kept = kept_of(seen->topic);
        if (kept->batch != batch->serial) {
            kept->offset = batch_bytes(batch, seen->topic.ptr, seen->topic.len).offset;
            kept->batch = batch->serial;
        }
        record->topic.offset = kept->offset;
        record->topic.len = batch->failed ? 0 : seen->topic.len;
        record->aliased = true;
    }
}

/* What the other end said before this is not known. */
static void tell_unheard(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    if (!side->told_unheard)
        talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_ONE_SIDED, 0, when);
    side->told_unheard = true;
    packet_missing(talk, end, when);
}

/* 3.1.2.10: the client is silent from a packet's last byte to the first one of the next, however
 * long that takes.  deadline: as it was before the packet. */
static void excuse(struct mqw_seen *seen, const struct side *side, uint64_t deadline)
{
    uint32_t i, kept = 0;
    if (side->begun / 1000000 > deadline)
        return;
    for (i = 0; i < seen->count; i++)
        if (seen->findings[i].code != MQW_RULE_KEEP_ALIVE_EXCEEDED)
            seen->findings[kept++] = seen->findings[i];
    seen->count = kept;
}

/* A server that has not the version of CONNECT says so in the form of one that it has: 3.1.1's
 * 3.1.2.2 demands it, and 5.0's 3.1.2.2 lets it. */
static bool refuses_version(const uint8_t *data, size_t len, struct mqw_options options,
                            struct mqw_packet *packet)
{
    bool five = options.version == MQW_VERSION_5;
    if (!len || data[0] >> 4 != MQW_CONNACK)
        return false;
    options.version = five ? MQW_VERSION_3_1_1 : MQW_VERSION_5;
    return mqw_decode(data, len, &options, packet).code == MQW_OK &&
           packet->connack.reason_code == (five ? MQW_RETURN_UNACCEPTABLE_PROTOCOL_VERSION
                                                : MQW_REASON_UNSUPPORTED_PROTOCOL_VERSION);
}

void packet_read(struct talk *talk, int end, const uint8_t *data, size_t len, uint32_t size,
                 bool last, struct moment when)
{
    struct context *context = talk->context;
    struct capture_record *record;
    struct mqw_packet packet;
    struct mqw_options options;
    struct mqw_seen seen;
    uint64_t deadline;
    uint8_t sender, other = 0;

    if (talk->sides[!end].unheard)
        tell_unheard(talk, !end, when);
    if (talk->info->about.guessed)
        revise(talk, end, data, len, size, when);
    record = batch_record(&context->batch);
    if (!record)
        return;
    sender = sender_of(talk, end);
    record->number = ++context->packets;
    record->time = when.time;
    record->begun = talk->sides[end].begun;
    record->frame = when.frame;
    record->connection = talk->info->about.number;
    record->sender = sender;
    record->size = size ? size : len;
    record->bytes = batch_bytes(&context->batch, data, len);
    talk->info->about.packets++;
    talk->info->about.bytes += record->size;

    if (!len || data[0] >> 4 != MQW_CONNECT) /* which was not seen, or not understood */
        mqw_connection_version(&talk->connection, talk->version);
    options = mqw_connection_options(&talk->connection, sender);
    options.partial = len < size;
    deadline = mqw_connection_deadline(&talk->connection);
    record->result = mqw_decode(data, len, &options, &packet);
    if (record->result.code >= MQW_RULE_FIRST && refuses_version(data, len, options, &packet)) {
        record->result.code = MQW_OK;
        other = packet.version;
    }
    if (record->result.code == MQW_OK) {
        seen = mqw_connection_packet(&talk->connection, sender, &packet, size, now(talk, when),
                                     record->number);
        learn(talk, &packet);
        record->packet_id = mqw_packet_id(&packet);
        tell_latency(talk, record, &packet, &seen, data);
        tell_message(&context->batch, record, &packet, &seen, data);
    } else {
        seen = mqw_connection_unread(&talk->connection, sender, data, len, now(talk, when));
    }
    excuse(&seen, &talk->sides[end], deadline);
    record->holed = !last && (len < record->size || record->result.code == MQW_MORE);
    record->version = other ? other : talk->info->about.version;
    record->guessed = talk->info->about.guessed;
    record->acknowledges = seen.answers ? seen.tag : 0;
    record->begins = seen.answers ? seen.first : 0;
    record->repeats = seen.repeats;
    record->settles = seen.settles;
    record->ignored = seen.ignored;
    if (seen.count)
        batch_findings(&context->batch, seen.findings, seen.count);
}
