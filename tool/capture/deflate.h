/* SPDX-License-Identifier: MIT */
/* Compressed WebSocket messages of one direction: RFC 7692, section 7; inflated by zlib. */
#ifndef CAPTURE_DEFLATE_H
#define CAPTURE_DEFLATE_H

#include "memory.h"

enum deflate_answer {
    DEFLATE_MORE, /* all that was given is read */
    DEFLATE_DATA,
    DEFLATE_BAD, /* this is not compressed so, or not without what came before */
    DEFLATE_BOMB /* it is far more than was to be expected */
};

struct deflate;

/* limit: bytes that a message may have, however small it was.  NULL: no memory. */
struct deflate *deflate_new(struct memory *memory, size_t limit);

/* A message begins.  anew: without what came before. */
void deflate_begin(struct deflate *deflate, bool anew);

/* Gives it bytes, which must stay until deflate_next answers DEFLATE_MORE.  last: of the message. */
void deflate_give(struct deflate *deflate, const uint8_t *data, size_t len, bool last);

/* Some bytes of the message: they last until the next call. */
enum deflate_answer deflate_next(struct deflate *deflate, const uint8_t **data, size_t *len);

void deflate_free(struct memory *memory, struct deflate *deflate);

#endif
