/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP = 4096 /* bytes that an empty buffer may hold on to */ };

static bool memory_has(const struct memory *memory, size_t size)
{
    return memory->used <= memory->limit && size <= memory->limit - memory->used;
}

void *memory_take(struct memory *memory, size_t size)
{
    void *block;
    if (!memory_has(memory, size))
        return NULL;
    block = calloc(1, size);
    if (block)
        memory->used += size;
    return block;
}

void memory_drop(struct memory *memory, void *block, size_t size)
{
    if (!block)
        return;
    memory->used -= size;
    free(block);
}

bool buffer_add(struct memory *memory, struct buffer *buffer, const void *data, size_t len)
{
    if (!buffer->data || len > buffer->cap - buffer->len) {
        size_t cap = buffer->cap ? buffer->cap : 64;
        uint8_t *grown;
        if (len > memory->limit)
            return false;
        while (cap - buffer->len < len)
            cap *= 2;
        if (!memory_has(memory, cap - buffer->cap))
            return false;
        grown = realloc(buffer->data, cap);
        if (!grown)
            return false;
        memory->used += cap - buffer->cap;
        buffer->data = grown;
        buffer->cap = cap;
    }
    if (len)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return true;
}

void buffer_clear(struct memory *memory, struct buffer *buffer)
{
    buffer->len = 0;
    if (buffer->cap > KEEP)
        buffer_free(memory, buffer);
}

void buffer_free(struct memory *memory, struct buffer *buffer)
{
    memory->used -= buffer->cap;
    free(buffer->data);
    buffer->data = NULL;
    buffer->len = buffer->cap = 0;
}
