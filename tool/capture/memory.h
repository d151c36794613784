/* SPDX-License-Identifier: MIT */
/* Memory for what a capture makes us keep: counted, and refused beyond a limit. */
#ifndef CAPTURE_MEMORY_H
#define CAPTURE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
    size_t used, limit; /* bytes */
};

/* A block that is all zero, or NULL where the limit is reached. */
void *memory_take(struct memory *memory, size_t size);
void memory_drop(struct memory *memory, void *block, size_t size);

/* Bytes in a row, which grow at the end. */
struct buffer {
    uint8_t *data;
    size_t len, cap;
};

/* Appends; false, and nothing is changed, where the limit is reached. */
bool buffer_add(struct memory *memory, struct buffer *buffer, const void *data, size_t len);

/* Empties it; a large block is given back, a small one is kept for the next bytes. */
void buffer_clear(struct memory *memory, struct buffer *buffer);
void buffer_free(struct memory *memory, struct buffer *buffer);

#endif
