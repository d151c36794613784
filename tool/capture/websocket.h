/* SPDX-License-Identifier: MIT */
/* WebSocket frames of one direction, after the handshake: RFC 6455, section 5, read by wslay. */
#ifndef CAPTURE_WEBSOCKET_H
#define CAPTURE_WEBSOCKET_H

#include "capture.h"
#include "memory.h"

enum websocket_kind {
    WEBSOCKET_NOTHING, /* all that was given is read */
    WEBSOCKET_DATA,    /* bytes of messages */
    WEBSOCKET_MISSING, /* len bytes of messages are missing */
    WEBSOCKET_END      /* see note; nothing follows */
};

struct websocket_event {
    enum websocket_kind kind;
    enum capture_note note; /* what is wrong, or 0 */
    const uint8_t *data;    /* lasts until the next call */
    size_t len;
};

struct websocket;

/* NULL: no memory.  masked: the sender is a client. */
struct websocket *websocket_new(struct memory *memory, bool masked);

/* Gives it bytes, which must stay until websocket_next answers WEBSOCKET_NOTHING. */
void websocket_give(struct websocket *ws, const uint8_t *data, size_t len);

/*
 * Tells it that len bytes are missing here, which websocket_next then gives as missing.  False:
 * with them the place of the next frame is lost, and what is given next has to begin one.
 */
bool websocket_miss(struct websocket *ws, uint64_t len);

/* Could a frame begin with these bytes? */
bool websocket_plausible(const struct websocket *ws, const uint8_t *data, size_t len);

struct websocket_event websocket_next(struct websocket *ws);

void websocket_free(struct memory *memory, struct websocket *ws);

#endif
