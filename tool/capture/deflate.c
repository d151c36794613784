/* SPDX-License-Identifier: MIT */
#include "deflate.h"

#include <string.h>
#include <zlib.h>

enum {
    ZLIB = 48 << 10, /* bytes that zlib takes, about */
    ROOM = 16 << 10, /* bytes that are told at once */
    WINDOW = 32 << 10,
    RATIO = 100 /* beyond the limit: no more than this of each byte */
};

struct deflate {
    z_stream zip;
    size_t limit;
    uint64_t taken, made; /* bytes of the message, compressed and not */
    bool last, ended;     /* the message's last bytes were given; and what a sender leaves out */
    uint8_t room[ROOM];
};

struct deflate *deflate_new(struct memory *memory, size_t limit)
{
    struct deflate *deflate = memory_take(memory, sizeof *deflate);
    if (!deflate)
        return NULL;
    deflate->limit = limit;
    /* No stream is read that needs less: the window that was agreed on need not be known. */
    if (memory->used + ZLIB > memory->limit || inflateInit2(&deflate->zip, -MAX_WBITS) != Z_OK) {
        memory_drop(memory, deflate, sizeof *deflate);
        return NULL;
    }
    memory->used += ZLIB;
    return deflate;
}

void deflate_begin(struct deflate *deflate, bool anew)
{
    deflate->taken = deflate->made = 0;
    if (anew)
        inflateReset(&deflate->zip);
}

void deflate_give(struct deflate *deflate, const uint8_t *data, size_t len, bool last)
{
    deflate->zip.next_in = (uint8_t *)(uintptr_t)data; /* not written */
    deflate->zip.avail_in = (uInt)len;
    deflate->taken += len;
    deflate->last = last;
    deflate->ended = false;
}

/* A stream has ended inside a message; another one follows, which may refer to it. */
static bool go_on(z_stream *zip)
{
    uint8_t window[WINDOW];
    uInt size = 0;
    return inflateGetDictionary(zip, window, &size) == Z_OK && inflateReset(zip) == Z_OK &&
           inflateSetDictionary(zip, window, size) == Z_OK;
}

enum deflate_answer deflate_next(struct deflate *deflate, const uint8_t **data, size_t *len)
{
    static const uint8_t end[4] = {0, 0, 0xFF, 0xFF}; /* 7.2.2, step 2 */
    z_stream *zip = &deflate->zip;

    for (;;) {
        int code;
        zip->next_out = deflate->room;
        zip->avail_out = ROOM;
        code = inflate(zip, Z_SYNC_FLUSH);
        *data = deflate->room;
        *len = ROOM - zip->avail_out;
        deflate->made += *len;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return DEFLATE_BAD;
        if (code == Z_STREAM_END && !go_on(zip))
            return DEFLATE_BAD;
        if (deflate->made > deflate->limit && deflate->made / RATIO > deflate->taken)
            return DEFLATE_BOMB;
        if (*len)
            return DEFLATE_DATA;
        if (zip->avail_in && code == Z_STREAM_END)
            continue;
        if (!deflate->last || deflate->ended || !deflate->taken)
            return DEFLATE_MORE;
        deflate->ended = true;
        zip->next_in = (uint8_t *)(uintptr_t)end;
        zip->avail_in = sizeof end;
    }
}

void deflate_free(struct memory *memory, struct deflate *deflate)
{
    if (!deflate)
        return;
    inflateEnd(&deflate->zip);
    memory->used -= ZLIB;
    memory_drop(memory, deflate, sizeof *deflate);
}
