/* SPDX-License-Identifier: MIT */
/* The bytes of TCP, which are MQTT's, or HTTP's and then WebSocket's. */
#include "http.h"
#include "parts.h"

#include <string.h>

enum {
    WEBSOCKET_RSV1 = 0x40, /* the message is compressed */
    STATUS_MAX = 100,      /* bytes of a refusal that are told */
    MESSAGE_MAX = 1 << 20, /* bytes of a compressed message that is looked at */
    CROWD = 1 << 16        /* packets that one message may add to a full batch */
};

/* Could these be the first bytes of a WebSocket handshake? */
static bool head_plausible(const uint8_t *data, size_t len)
{
    static const char request[] = "GET /", response[] = "HTTP/1.1 ";
    size_t n = len < sizeof request - 1 ? len : sizeof request - 1;
    size_t m = len < sizeof response - 1 ? len : sizeof response - 1;
    return !memcmp(data, request, n) || !memcmp(data, response, m);
}

/* Frames begin. */
static void open_frames(struct talk *talk, int end, bool client, struct moment when)
{
    struct side *side = &talk->sides[end];
    side->transport = TRANSPORT_FRAMES;
    side->websocket = websocket_new(&talk->context->memory, client, talk->context->options.packet);
    if (side->websocket)
        websocket_agree(side->websocket, &talk->terms);
    else
        talk_refuse(talk, CAPTURE_FORGOTTEN, when);
}

/* Where a capture begins in the middle of MQTT, a part of a payload may look like HTTP. */
static bool mistaken(const struct talk *talk, const struct side *side)
{
    return talk->stage == TALK_MQTT && !talk->websocket && !side->start;
}

/* What was held back as the head of HTTP is none. */
static void plain(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    struct buffer bytes = side->head;
    memset(&side->head, 0, sizeof side->head);
    side->transport = TRANSPORT_PLAIN;
    framing_data(talk, end, bytes.data, bytes.len, when);
    buffer_free(&talk->context->memory, &bytes);
}

static void frames(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];
    const struct batch *batch = &talk->context->batch;
    struct websocket_event event;

    if (side->out_of_step) {
        if (!websocket_plausible(side->websocket, data, len))
            return;
        side->out_of_step = false;
    }
    websocket_give(side->websocket, data, len);
    do {
        event = websocket_next(side->websocket);
        if (event.note) {
            if (talk->stage == TALK_MQTT)
                talk_note(talk->context, talk->info, sender_of(talk, end), event.note, 0, when);
            else if (event.kind == WEBSOCKET_END)
                talk_refuse(talk, event.note, when);
        }
        if (event.kind == WEBSOCKET_DATA)
            framing_data(talk, end, event.data, event.len, when);
        if (event.inflated && batch->count > batch->wanted + CROWD)
            websocket_stop(side->websocket);
        else if (event.kind == WEBSOCKET_MISSING)
            framing_missing(talk, end, event.len ? (int64_t)event.len : LENGTH_UNKNOWN, when);
    } while (talk->stage != TALK_REFUSED && event.kind != WEBSOCKET_NOTHING &&
             event.kind != WEBSOCKET_END);
}

void transport_settle(struct talk *talk, int end, struct moment when)
{
    if (talk->sides[end].transport == TRANSPORT_HEAD && mistaken(talk, &talk->sides[end]))
        plain(talk, end, when);
}

/* The server has answered. */
static void agree(struct talk *talk, int end, const struct http_head *about)
{
    talk->terms.deflate = about->deflate ? DEFLATE_AGREED : DEFLATE_NO;
    talk->terms.anew[0] = about->client_anew;
    talk->terms.anew[1] = about->server_anew;
    if (talk->sides[!end].websocket)
        websocket_agree(talk->sides[!end].websocket, &talk->terms);
}

/* The server has answered with another status, which the note has as its bytes. */
static void refuse(struct talk *talk, const uint8_t *status, size_t len, struct moment when)
{
    struct batch *batch = &talk->context->batch;
    size_t before = batch->count;
    talk_refuse(talk, CAPTURE_WEBSOCKET_REFUSED, when);
    if (batch->count > before)
        batch->records[before].bytes =
            batch_bytes(batch, status, len < STATUS_MAX ? len : STATUS_MAX);
}

/* The handshake of one end, as far as it has come; before: bytes that were there already. */
static void head(struct talk *talk, int end, size_t before, struct moment when)
{
    struct side *side = &talk->sides[end];
    struct memory *memory = &talk->context->memory;
    struct buffer bytes;
    struct http_head about;

    if (!head_plausible(side->head.data, side->head.len)) {
        plain(talk, end, when);
        return;
    }
    switch (http_read(side->head.data, side->head.len, before, &about)) {
    case HTTP_MORE:
        return;
    case HTTP_OTHER:
        if (talk->websocket && !talk->sides[!end].other_protocol && about.status)
            refuse(talk, side->head.data + about.status, about.status_len, when);
        else
            talk_refuse(talk, CAPTURE_NOT_MQTT, when);
        return;
    case HTTP_WEBSOCKET:
        break;
    }
    talk->websocket = true;
    talk->info->about.transport = CAPTURE_WEBSOCKET;
    talk_is_client(talk, about.response ? !end : end);
    side->other_protocol = !about.mqtt;
    if (about.response)
        agree(talk, end, &about);
    side->start = true; /* of the messages */
    open_frames(talk, end, !about.response, when);
    bytes = side->head;
    memset(&side->head, 0, sizeof side->head);
    if (talk->stage != TALK_REFUSED && bytes.len > about.size)
        frames(talk, end, bytes.data + about.size, bytes.len - about.size, when);
    buffer_free(memory, &bytes);
}

/* Are these bytes packets, and nothing else? */
static bool are_packets(int end, const uint8_t *data, size_t len)
{
    struct guess guess;
    size_t at = 0;

    memset(&guess, 0, sizeof guess);
    guess.alive = GUESS_ANY;
    while (at < len) {
        struct mqw_result result = mqw_frame(data + at, len - at, NULL);
        if (result.code != MQW_OK ||
            guess_packet(&guess, end, data + at, result.size, result.size) != GUESS_YES)
            return false;
        at += result.size;
    }
    return at > 0;
}

/* Are they frames that hold packets?  What else they could be, SUBSCRIBE, was ruled out. */
static bool are_frames(struct memory *memory, int end, const uint8_t *data, size_t len)
{
    struct websocket *websocket = websocket_new(memory, data[1] >> 7, MESSAGE_MAX);
    struct buffer messages = {NULL, 0, 0};
    struct websocket_event event;
    bool good = websocket != NULL;

    if (good)
        websocket_give(websocket, data, len);
    while (good && (event = websocket_next(websocket)).kind != WEBSOCKET_NOTHING)
        good = event.kind == WEBSOCKET_DATA && !event.note &&
               buffer_add(memory, &messages, event.data, event.len);
    good = good && are_packets(end, messages.data, messages.len);
    buffer_free(memory, &messages);
    websocket_free(memory, websocket);
    return good;
}

/*
 * A WebSocket whose handshake was not captured shows itself by a frame that comes in one piece. Who
 * masks is the client.
 */
static void look_for_frames(struct talk *talk, int end, const uint8_t *data, size_t len,
                            struct moment when)
{
    bool masked = len > 1 && data[1] >> 7;
    int i;

    if (len < 4 || (data[0] & ~WEBSOCKET_RSV1) != 0x82 || are_packets(end, data, len) ||
        !are_frames(&talk->context->memory, end, data, len))
        return;
    talk->websocket = true;
    talk->info->about.transport = CAPTURE_WEBSOCKET;
    talk_is_client(talk, masked ? end : !end);
    for (i = 0; i < 2; i++)
        if (talk->sides[i].transport == TRANSPORT_PLAIN)
            talk->sides[i].transport = TRANSPORT_NEW;
    open_frames(talk, end, masked, when);
}

void transport_data(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];
    size_t before;

    if (talk->stage == TALK_UNDECIDED && !side->start && side->transport != TRANSPORT_FRAMES)
        look_for_frames(talk, end, data, len, when);
    transport_settle(talk, end, when);
    if (side->transport == TRANSPORT_NEW) {
        if (head_plausible(data, len) && !mistaken(talk, side)) {
            side->transport = TRANSPORT_HEAD;
        } else if (talk->websocket) { /* the handshake of this end was not captured */
            side->start = false;
            side->out_of_step = true;
            open_frames(talk, end, !(talk->possible & (end ? GUESS_CLIENT_0 : GUESS_CLIENT_1)),
                        when);
        } else {
            side->transport = TRANSPORT_PLAIN;
        }
    }
    switch (side->transport) {
    case TRANSPORT_PLAIN:
        framing_data(talk, end, data, len, when);
        break;
    case TRANSPORT_HEAD:
        before = side->head.len;
        if (!buffer_add(&talk->context->memory, &side->head, data, len))
            talk_refuse(talk, CAPTURE_FORGOTTEN, when);
        else
            head(talk, end, before, when);
        break;
    case TRANSPORT_FRAMES:
        if (side->websocket)
            frames(talk, end, data, len, when);
        break;
    default:
        break;
    }
}

void transport_missing(struct talk *talk, int end, uint64_t len, struct moment when)
{
    struct side *side = &talk->sides[end];
    transport_settle(talk, end, when);
    switch (side->transport) {
    case TRANSPORT_HEAD:
        talk_refuse(talk, CAPTURE_NOT_MQTT, when);
        break;
    case TRANSPORT_FRAMES:
        if (!side->websocket || side->out_of_step)
            break;
        if (len != TRANSPORT_UNKNOWN && websocket_miss(side->websocket, len)) {
            frames(talk, end, NULL, 0, when);
        } else {
            side->out_of_step = true;
            framing_missing(talk, end, LENGTH_UNKNOWN, when);
        }
        break;
    default:
        framing_missing(talk, end, len == TRANSPORT_UNKNOWN ? LENGTH_UNKNOWN : (int64_t)len, when);
        break;
    }
}
