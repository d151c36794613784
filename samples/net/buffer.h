/* SPDX-License-Identifier: MIT */
/* Bytes that are gathered at the end and taken from the front. */
#ifndef NET_BUFFER_H
#define NET_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. */
struct net_buffer {
    uint8_t *bytes; /* the first one that was not taken */
    size_t len;     /* of those */
    uint8_t *start; /* of the memory */
    size_t cap;     /* of the memory */
};

/* Room for more bytes behind those that are there; NULL: no memory. */
uint8_t *net_buffer_room(struct net_buffer *buffer, size_t more);

bool net_buffer_add(struct net_buffer *buffer, const void *data, size_t len);

/* Takes bytes from the front.  They stay where they are until the next room is asked for. */
void net_buffer_take(struct net_buffer *buffer, size_t len);

void net_buffer_free(struct net_buffer *buffer);

#endif
