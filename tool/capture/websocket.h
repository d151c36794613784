/* SPDX-License-Identifier: MIT */
/* WebSocket frames of one direction, after the handshake: RFC 6455, section 5, read by wslay. */
#ifndef CAPTURE_WEBSOCKET_H
#define CAPTURE_WEBSOCKET_H

#include "capture.h"
#include "memory.h"

enum websocket_kind {
    WEBSOCKET_NOTHING, /* all that was given is read */
    WEBSOCKET_DATA,    /* bytes of messages */
    WEBSOCKET_MISSING, /* len bytes of messages are missing; 0: it is not known how many */
    WEBSOCKET_END      /* see note; nothing follows */
};

struct websocket_event {
    enum websocket_kind kind;
    enum capture_note note; /* what is wrong, or 0 */
    const uint8_t *data;    /* lasts until the next call */
    size_t len;
    bool inflated; /* they were compressed */
};

/* What the handshake said about permessage-deflate. */
struct websocket_terms {
    enum { DEFLATE_UNKNOWN, DEFLATE_NO, DEFLATE_AGREED } deflate;
    bool anew[2]; /* each message of the client, and of the server, stands for itself */
};

struct websocket;

/* NULL: no memory.  masked: the sender is a client.  limit: see deflate_new. */
struct websocket *websocket_new(struct memory *memory, bool masked, size_t limit);

void websocket_agree(struct websocket *ws, const struct websocket_terms *terms);

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

/* Too much came out of a message: nothing more is read, which websocket_next tells. */
void websocket_stop(struct websocket *ws);
void websocket_free(struct memory *memory, struct websocket *ws);

#endif
