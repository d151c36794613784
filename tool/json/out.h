/* SPDX-License-Identifier: MIT */
/* Text that grows as JSON is written to its end. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <mqttwire/mqttwire.h>
#include <string.h>

struct json_out {
    char *text;
    size_t len, cap;
    bool ascii;  /* what is not ASCII is escaped */
    bool failed; /* out of memory: the text is not to be used */
};

bool json_grow(struct json_out *out, size_t more);
void json_out_free(struct json_out *out);

/* Begins anew, in the same memory. */
static inline void json_out_clear(struct json_out *out)
{
    out->len = 0;
    out->failed = false;
}

/* Room for so many bytes more. */
static inline bool json_room(struct json_out *out, size_t more)
{
    return more <= out->cap - out->len || json_grow(out, more);
}

static inline void json_put(struct json_out *out, const char *text, size_t len)
{
    if (!len || !json_room(out, len))
        return;
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

/* A text of this program's, as it is. */
#define JSON_PUT(out, literal) json_put(out, "" literal "", sizeof(literal) - 1)

static inline void json_put_text(struct json_out *out, const char *text)
{
    json_put(out, text, strlen(text));
}

/* "name":  Names are the codec's, and need no escapes. */
static inline void json_put_key(struct json_out *out, const char *name, size_t len)
{
    if (!json_room(out, len + 4))
        return;
    out->text[out->len++] = '"';
    json_put(out, name, len);
    JSON_PUT(out, "\": ");
}

void json_put_number(struct json_out *out, uint64_t number);

/* Nanoseconds as seconds, exactly: 1.5 */
void json_put_seconds(struct json_out *out, uint64_t nanoseconds);

/* "00ff" */
void json_put_hex(struct json_out *out, struct mqw_bytes bytes);

/* As a string.  False: it is not UTF-8, and nothing was written. */
bool json_put_string(struct json_out *out, struct mqw_bytes text);

/* As a string, in which U+FFFD stands for what is not UTF-8. */
void json_put_replaced(struct json_out *out, struct mqw_bytes text);

/* As a string; what is not UTF-8 as {"hex": ...}. */
void json_put_either(struct json_out *out, struct mqw_bytes text);

#endif
