/* SPDX-License-Identifier: MIT */
/* Bytes that are gathered at the end and taken from the front. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 256 /* bytes: most packets are small, and most connections idle */ };

/* What was taken is filled again before the memory grows, if it is as much as what is left: so each
 * byte is moved once or twice at most. */
static bool make_room(struct net_buffer *buffer, size_t more)
{
    size_t taken = buffer->bytes ? (size_t)(buffer->bytes - buffer->start) : 0;
    size_t cap = buffer->cap < LEAST ? LEAST : buffer->cap;
    uint8_t *start;

    if (more > SIZE_MAX / 2 - buffer->len)
        return false;
    if (taken >= buffer->len && buffer->cap - buffer->len >= more) {
        if (buffer->len)
            memmove(buffer->start, buffer->bytes, buffer->len);
        buffer->bytes = buffer->start;
        return true;
    }
    while (cap < buffer->len + more)
        cap *= 2;
    start = malloc(cap);
    if (!start)
        return false;
    if (buffer->len)
        memcpy(start, buffer->bytes, buffer->len);
    free(buffer->start);
    buffer->start = buffer->bytes = start;
    buffer->cap = cap;
    return true;
}

uint8_t *net_buffer_room(struct net_buffer *buffer, size_t more)
{
    size_t used = buffer->bytes ? (size_t)(buffer->bytes - buffer->start) + buffer->len : 0;
    if ((!buffer->bytes || buffer->cap - used < more) && !make_room(buffer, more))
        return NULL;
    return buffer->bytes + buffer->len;
}

bool net_buffer_add(struct net_buffer *buffer, const void *data, size_t len)
{
    uint8_t *room;
    if (!len)
        return true; /* there may be no memory yet */
    room = net_buffer_room(buffer, len);
    if (!room)
        return false;
    memcpy(room, data, len);
    buffer->len += len;
    return true;
}

void net_buffer_take(struct net_buffer *buffer, size_t len)
{
    if (!len)
        return; /* there may be no memory yet */
    buffer->bytes += len;
    buffer->len -= len;
}

void net_buffer_free(struct net_buffer *buffer)
{
    free(buffer->start);
    memset(buffer, 0, sizeof *buffer);
}
