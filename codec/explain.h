/* SPDX-License-Identifier: MIT */
/* Writing text into a caller's buffer, as snprintf would: cut at its end, counted whole. */
#ifndef MQW_EXPLAIN_H
#define MQW_EXPLAIN_H

#include "tell.h"

struct text_out {
    char *out;
    size_t cap, len; /* len: of the whole text, which may be more than cap */
};

static inline void put_char(struct text_out *t, char c)
{
    if (t->len + 1 < t->cap)
        t->out[t->len] = c;
    t->len++;
}

static inline void put_text(struct text_out *t, const char *text)
{
    while (*text)
        put_char(t, *text++);
}

static inline void put_number(struct text_out *t, uint64_t number)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n)
        put_char(t, digits[--n]);
}

/* Ends the text with a NUL, not within a character; answers its whole length. */
static inline size_t put_end(struct text_out *t)
{
    if (t->len < t->cap) {
        t->out[t->len] = '\0';
    } else if (t->cap) {
        size_t end = t->cap - 1, lead = end;
        while (lead && end - lead < 3 && ((uint8_t)t->out[lead - 1] & 0xC0) == 0x80)
            lead--;
        if (lead && (uint8_t)t->out[lead - 1] >= 0xC0) {
            uint8_t first = (uint8_t)t->out[lead - 1];
            if (end - lead + 1 < (first >= 0xF0 ? 4u : first >= 0xE0 ? 3u : 2u))
                end = lead - 1;
        }
        t->out[end] = '\0';
    }
    return t->len;
}

#endif
