/* SPDX-License-Identifier: MIT */
/*
 * wslay finds the frames and takes the masks off.  Control frames are passed over.  Where bytes
 * inside a frame are missing, zeros take their place on the way through wslay, so that it stays in
 * step, and come out as missing.
 */
#include "websocket.h"

#include "deflate.h"

#include <string.h>
#include <wslay/wslay.h>

enum {
    MISSING_MAX = 1 << 20, /* bytes that can be missing inside frames, beside as many as came */
    CONTEXT = 4400         /* bytes that wslay takes, about */
};

struct websocket {
    wslay_frame_context_ptr context;
    struct memory *memory;
    size_t limit;
    struct websocket_terms terms;
    struct deflate *deflate; /* NULL: nothing was compressed yet */
    bool compressed;         /* the message is */
    bool inflating;          /* of what wslay gave, there is more */
    bool spoiled;            /* something that was compressed is missing */
    bool over;               /* the rest of a message that lacks bytes is passed over */
    const uint8_t *data;
    size_t len;
    uint64_t credit;  /* bytes that may still be missing */
    uint64_t missing; /* zeros that wslay still has to get */
    uint64_t left;    /* bytes of the frame's payload that are still to come */
    bool zeros;       /* what wslay got last is zeros */
    bool masked;
    bool told_text, told_mask, stopped, dead;
};

/* wslay asks again only when it has read what it got, so that zeros and bytes never mix. */
static ssize_t receive(uint8_t *buf, size_t len, int flags, void *arg)
{
    struct websocket *ws = arg;
    (void)flags;
    ws->zeros = ws->missing > 0;
    if (ws->missing) {
        if (len > ws->missing)
            len = (size_t)ws->missing;
        memset(buf, 0, len);
        ws->missing -= len;
        return (ssize_t)len;
    }
    if (len > ws->len)
        len = ws->len;
    if (!len)
        return -1;
    memcpy(buf, ws->data, len);
    ws->data += len;
    ws->len -= len;
    return (ssize_t)len;
}

static bool open_context(struct websocket *ws)
{
    struct wslay_frame_callbacks callbacks;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.recv_callback = receive;
    return !wslay_frame_context_init(&ws->context, &callbacks, ws);
}

struct websocket *websocket_new(struct memory *memory, bool masked, size_t limit)
{
    struct websocket *ws = memory_take(memory, sizeof *ws);
    if (!ws)
        return NULL;
    ws->masked = masked;
    ws->memory = memory;
    ws->limit = limit;
    if (!open_context(ws)) {
        memory_drop(memory, ws, sizeof *ws);
        return NULL;
    }
    memory->used += CONTEXT;
    ws->credit = MISSING_MAX;
    return ws;
}

void websocket_agree(struct websocket *ws, const struct websocket_terms *terms)
{
    ws->terms = *terms;
}

void websocket_give(struct websocket *ws, const uint8_t *data, size_t len)
{
    ws->data = data;
    ws->len = len;
    ws->credit += len;
}

bool websocket_miss(struct websocket *ws, uint64_t len)
{
    if (ws->dead)
        return true;
    if (len <= ws->left && len <= ws->credit) {
        ws->missing = len;
        ws->credit -= len;
        return true;
    }
    wslay_frame_context_free(ws->context);
    ws->context = NULL;
    ws->left = 0;
    ws->spoiled = ws->terms.deflate != DEFLATE_NO;
    ws->compressed = ws->over = false;
    ws->dead = !open_context(ws);
    return false;
}

bool websocket_plausible(const struct websocket *ws, const uint8_t *data, size_t len)
{
    uint8_t opcode = data[0] & 15;
    if (data[0] & (ws->terms.deflate == DEFLATE_NO ? 0x70 : 0x30) ||
        (opcode > WSLAY_BINARY_FRAME && opcode < WSLAY_CONNECTION_CLOSE) || opcode > WSLAY_PONG)
        return false;
    return len < 2 || (data[1] >> 7) == ws->masked;
}

static struct websocket_event last(struct websocket *ws, enum capture_note note)
{
    struct websocket_event event;
    memset(&event, 0, sizeof event);
    event.kind = WEBSOCKET_END;
    event.note = note;
    ws->dead = true;
    return event;
}

/* What is in a compressed message goes on. */
static struct websocket_event inflate_more(struct websocket *ws)
{
    struct websocket_event event;
    bool whole = ws->terms.deflate == DEFLATE_AGREED && !ws->spoiled;

    memset(&event, 0, sizeof event);
    switch (deflate_next(ws->deflate, &event.data, &event.len)) {
    case DEFLATE_DATA:
        event.kind = WEBSOCKET_DATA;
        event.inflated = true;
        return event;
    case DEFLATE_MORE:
        ws->inflating = false;
        return event;
    case DEFLATE_BOMB:
        return last(ws, CAPTURE_WEBSOCKET_BOMB);
    default:
        return last(ws, whole ? CAPTURE_WEBSOCKET_DEFLATE : CAPTURE_WEBSOCKET_COMPRESSED);
    }
}

/* A message that is compressed begins.  False: it cannot be read. */
static bool begin_compressed(struct websocket *ws)
{
    bool anew = ws->terms.anew[!ws->masked];
    if (!ws->deflate)
        ws->deflate = deflate_new(ws->memory, ws->limit);
    if (!ws->deflate || (ws->spoiled && !anew))
        return false;
    deflate_begin(ws->deflate, anew);
    ws->spoiled = false;
    return true;
}

/* Takes bytes of a compressed message. */
static struct websocket_event take_compressed(struct websocket *ws,
                                              const struct wslay_frame_iocb *frame)
{
    struct websocket_event event;
    bool end = frame->fin && !ws->left;

    memset(&event, 0, sizeof event);
    if (ws->over || (ws->zeros && frame->data_length)) {
        event.kind = ws->over ? WEBSOCKET_NOTHING : WEBSOCKET_MISSING;
        ws->over = !end;
        ws->spoiled = true;
        return event;
    }
    deflate_give(ws->deflate, frame->data, frame->data_length, end);
    ws->inflating = true;
    return event;
}

/* What is wrong with the bits of a frame; none of it ends the direction but FRAME and COMPRESSED. */
static enum capture_note judge(struct websocket *ws, const struct wslay_frame_iocb *frame)
{
    bool begins = frame->opcode != WSLAY_CONTINUATION_FRAME;
    if (frame->opcode > WSLAY_BINARY_FRAME)
        return CAPTURE_WEBSOCKET_FRAME;
    if (frame->rsv & WSLAY_RSV1_BIT && (ws->terms.deflate == DEFLATE_NO || !begins))
        return CAPTURE_WEBSOCKET_FRAME;
    if (frame->rsv & ~WSLAY_RSV1_BIT)
        return CAPTURE_WEBSOCKET_FRAME;
    if (!begins)
        return CAPTURE_PACKET;
    ws->compressed = frame->rsv & WSLAY_RSV1_BIT;
    if (ws->compressed && !begin_compressed(ws))
        return CAPTURE_WEBSOCKET_COMPRESSED;
    return CAPTURE_PACKET;
}

struct websocket_event websocket_next(struct websocket *ws)
{
    struct websocket_event event;

    memset(&event, 0, sizeof event);
    if (ws->stopped && !ws->dead)
        return last(ws, CAPTURE_WEBSOCKET_BOMB);
    while (!ws->dead) {
        struct wslay_frame_iocb frame;
        enum capture_note note;
        bool begins;
        ssize_t code;

        if (ws->inflating) {
            event = inflate_more(ws);
            if (event.kind != WEBSOCKET_NOTHING)
                return event;
            continue;
        }
        memset(&frame, 0, sizeof frame);
        code = wslay_frame_recv(ws->context, &frame);
        if (code == WSLAY_ERR_WANT_READ)
            break;
        if (code < 0)
            return last(ws, CAPTURE_WEBSOCKET_FRAME);
        begins = !ws->left;
        if (begins)
            ws->left = frame.payload_length;
        ws->left -= frame.data_length;
        if (frame.mask != ws->masked && !ws->told_mask) {
            ws->told_mask = true;
            event.note = CAPTURE_WEBSOCKET_MASK;
        }
        if (!wslay_is_ctrl_frame(frame.opcode)) {
            note = begins ? judge(ws, &frame) : CAPTURE_PACKET;
            if (note)
                return last(ws, note);
            if (frame.opcode == WSLAY_TEXT_FRAME && !ws->told_text && !event.note) {
                ws->told_text = true;
                event.note = CAPTURE_WEBSOCKET_NOT_BINARY;
            }
            if (ws->compressed) {
                note = event.note;
                event = take_compressed(ws, &frame);
                event.note = note;
                if (event.kind == WEBSOCKET_NOTHING && note)
                    event.kind = WEBSOCKET_DATA; /* of no bytes */
                if (event.kind != WEBSOCKET_NOTHING)
                    return event;
                continue;
            }
            event.data = frame.data;
            event.len = frame.data_length;
        }
        if (event.len || event.note) {
            event.kind = ws->zeros && event.len ? WEBSOCKET_MISSING : WEBSOCKET_DATA;
            return event;
        }
    }
    return event;
}

void websocket_stop(struct websocket *ws)
{
    ws->stopped = true;
}

void websocket_free(struct memory *memory, struct websocket *ws)
{
    if (!ws)
        return;
    if (ws->context)
        wslay_frame_context_free(ws->context);
    deflate_free(memory, ws->deflate);
    memory->used -= CONTEXT;
    memory_drop(memory, ws, sizeof *ws);
}
