/* SPDX-License-Identifier: MIT */
/* A packet drawn field by field encodes or names a rule, and what encodes decodes to an equal one. */
#include "same.h"
#include "target.h"

enum { ITEMS = 24, TEXT = 600 };

/* Arrays that the lists of a packet are views of. */
struct room {
    struct mqw_pair pairs[2][ITEMS];
    uint32_t ids[ITEMS];
    struct mqw_subscription subscriptions[ITEMS];
    struct mqw_bytes filters[ITEMS];
    uint8_t codes[ITEMS];
    uint8_t blocks; /* of pairs that are used */
};

/* Texts of fixtures, or bytes of the input: few drawn bytes are UTF-8. */
static struct mqw_bytes draw_text(struct input *input)
{
    static const char *const texts[] = {
        "", "a", "a/b", "+", "#", "a/+/#", "$share/g/a", "\xC3\xA9", "\xF0\xAA\x9B\x94", "x\x01"};
    uint32_t kind = take(input, 1);
    if (kind < 160)
        return mqw_text(texts[kind % (sizeof texts / sizeof texts[0])]);
    return take_bytes(input, kind == 255 ? TEXT : kind & 15);
}

static struct mqw_pair_list draw_PAIRS(struct input *input, struct room *room)
{
    struct mqw_pair *pairs = room->pairs[room->blocks++ & 1];
    uint32_t count = take(input, 1) % ITEMS, i;
    for (i = 0; i < count; i++) {
        pairs[i].name = draw_text(input);
        pairs[i].value = draw_text(input);
    }
    return mqw_pairs(pairs, count);
}

static struct mqw_id_list draw_VARINTS(struct input *input, struct room *room)
{
    uint32_t count = take(input, 1) % ITEMS, i;
    for (i = 0; i < count; i++)
        room->ids[i] = take(input, 1 + (take(input, 1) & 3));
    return mqw_ids(room->ids, count);
}

#define draw_BYTE(input, room)   (uint8_t) take(input, 1)
#define draw_TWO(input, room)    (uint16_t) take(input, 2)
#define draw_FOUR(input, room)   take(input, 4)
#define draw_TEXT(input, room)   draw_text(input)
#define draw_TOPIC(input, room)  draw_text(input)
#define draw_BINARY(input, room) draw_text(input)

static void draw_properties(struct input *input, struct room *room, struct mqw_properties *out)
{
    uint64_t wanted = take(input, 1) & 1 ? take(input, 4) | (uint64_t)take(input, 2) << 32 : 0;
    out->present = 0;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (wanted >> (id)&1)                                                                          \
        mqw_set_##member(out, draw_##TYPE(input, room));
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
}

static void draw_connect(struct input *input, struct room *room, struct mqw_connect *out)
{
    uint32_t flags = take(input, 1);
    out->clean_start = flags & 1;
    out->has_will = flags >> 1 & 1;
    out->has_username = flags >> 2 & 1;
    out->has_password = flags >> 3 & 1;
    out->will.qos = flags >> 4 & 3;
    out->will.retain = flags >> 6 & 1;
    out->keep_alive = (uint16_t)take(input, 2);
    out->client_id = draw_text(input);
    out->username = draw_text(input);
    out->password = draw_text(input);
    out->will.topic = draw_text(input);
    out->will.payload = draw_text(input);
    draw_properties(input, room, &out->properties);
    draw_properties(input, room, &out->will.properties);
}

static void draw_subscriptions(struct input *input, struct room *room, struct mqw_subscribe *out)
{
    uint32_t count = take(input, 1) % ITEMS, i;
    for (i = 0; i < count; i++) {
        struct mqw_subscription *made = &room->subscriptions[i];
        uint32_t options = take(input, 1);
        made->topic_filter = draw_text(input);
        made->qos = options & 3;
        made->no_local = options >> 2 & 1;
        made->retain_as_published = options >> 3 & 1;
        made->retain_handling = options >> 4 & 3;
    }
    out->subscriptions = mqw_subscriptions(room->subscriptions, count);
}

static void draw_filters(struct input *input, struct room *room, struct mqw_unsubscribe *out)
{
    uint32_t count = take(input, 1) % ITEMS, i;
    for (i = 0; i < count; i++)
        room->filters[i] = draw_text(input);
    out->topic_filters = mqw_filters(room->filters, count);
}

static void draw_codes(struct input *input, struct room *room, struct mqw_suback *out)
{
    uint32_t count = take(input, 1) % ITEMS, i;
    for (i = 0; i < count; i++)
        room->codes[i] = (uint8_t)take(input, 1);
    out->reason_codes = mqw_codes(room->codes, count);
}

static void draw_publish(struct input *input, struct room *room, struct mqw_publish *out)
{
    uint32_t flags = take(input, 1);
    out->retain = flags & 1;
    out->qos = flags >> 1 & 3;
    out->dup = flags >> 3 & 1;
    out->packet_id = (uint16_t)take(input, 2);
    out->topic = draw_text(input);
    draw_properties(input, room, &out->properties);
    out->payload = take_bytes(input, TEXT);
}

static void draw_packet(struct input *input, struct room *room, struct mqw_packet *out)
{
    out->type = (uint8_t)take(input, 1) % 17; /* 0 and 16 are none */
    switch (out->type) {
    case MQW_CONNECT:
        draw_connect(input, room, &out->connect);
        break;
    case MQW_CONNACK:
        out->connack.session_present = take(input, 1) & 1;
        out->connack.reason_code = (uint8_t)take(input, 1);
        draw_properties(input, room, &out->connack.properties);
        break;
    case MQW_PUBLISH:
        draw_publish(input, room, &out->publish);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        out->ack.packet_id = (uint16_t)take(input, 2);
        out->ack.reason_code = (uint8_t)take(input, 1);
        draw_properties(input, room, &out->ack.properties);
        break;
    case MQW_SUBSCRIBE:
        out->subscribe.packet_id = (uint16_t)take(input, 2);
        draw_properties(input, room, &out->subscribe.properties);
        draw_subscriptions(input, room, &out->subscribe);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        out->suback.packet_id = (uint16_t)take(input, 2);
        draw_properties(input, room, &out->suback.properties);
        draw_codes(input, room, &out->suback);
        break;
    case MQW_UNSUBSCRIBE:
        out->unsubscribe.packet_id = (uint16_t)take(input, 2);
        draw_properties(input, room, &out->unsubscribe.properties);
        draw_filters(input, room, &out->unsubscribe);
        break;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        out->disconnect.reason_code = (uint8_t)take(input, 1);
        draw_properties(input, room, &out->disconnect.properties);
        break;
    default:
        break;
    }
}

/* Of a packet that names a rule there is a field, too. */
static void expect_named(const struct mqw_packet *packet, const struct mqw_options *options,
                         struct mqw_result refused, const void *bytes, size_t size)
{
    char name[256];
    MUST(refused.code >= MQW_RULE_FIRST || refused.code == MQW_MISUSE);
    MUST(mqw_encode_field(packet, options, bytes, size, name, sizeof name) < sizeof name);
}

static void expect_equal(const struct mqw_packet *packet, const struct mqw_options *options,
                         const uint8_t *bytes, uint32_t size)
{
    struct mqw_packet again;
    struct mqw_result decoded = mqw_decode(bytes, size, options, &again);
    MUST(decoded.code == MQW_OK && decoded.size == size);
    MUST(same_packet(packet, &again, again.version));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct room room;
    static struct mqw_packet packet;
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    struct mqw_result measured, written;
    uint8_t *bytes;

    memset(&packet, 0, sizeof packet);
    room.blocks = 0;
    options.partial = false;
    options.allow = 0; /* what is let through need not be written as it was given */
    draw_packet(&input, &room, &packet);
    measured = mqw_encode(&packet, &options, NULL, 0);
    if (measured.code != MQW_OK) {
        expect_named(&packet, &options, measured, NULL, 0);
        return 0;
    }
    bytes = malloc(measured.size);
    MUST(bytes);
    written = mqw_encode(&packet, &options, bytes, measured.size);
    if (written.code != MQW_OK)
        expect_named(&packet, &options, written, bytes, measured.size);
    else
        expect_equal(&packet, &options, bytes, written.size);
    MUST(written.code != MQW_OK || written.size == measured.size);
    MUST(written.code != MQW_SPACE);
    free(bytes);
    return 0;
}
