/* SPDX-License-Identifier: MIT */
#include "vectors.h"

#include <string.h>

/* ---- Blocks ----------------------------------------------------------------------------------- */

struct head {
    struct head *before;
    uint64_t align;
};

static struct head *last;

uint8_t *block(size_t size)
{
    struct head *head = port_alloc(sizeof *head + size);
    head->before = last;
    last = head;
    return (uint8_t *)(head + 1);
}

struct mark blocks_mark(void)
{
    struct mark mark;
    mark.last = last;
    return mark;
}

void blocks_release(struct mark mark)
{
    while (last && last != mark.last) {
        struct head *before = last->before;
        port_free(last);
        last = before;
    }
}

/* ---- Text and bytes --------------------------------------------------------------------------- */

bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool starts(const char *text, const char *with)
{
    while (*with && *text == *with) {
        text++;
        with++;
    }
    return !*with;
}

bool same_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && (!a_len || memcmp(a, b, a_len) == 0);
}

struct mqw_bytes unfold(uint32_t count, const struct mqttwire_segment *segments)
{
    size_t len = 0;
    uint8_t *bytes, *to;
    for (uint32_t i = 0; i < count; i++)
        len += (size_t)segments[i].size * segments[i].times;
    to = bytes = block(len);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t n = 0; n < segments[i].times; n++) {
            memcpy(to, segments[i].bytes, segments[i].size);
            to += segments[i].size;
        }
    return mqw_view(bytes, len);
}

void put_text(char *out, size_t cap, const char *text)
{
    size_t at = 0;
    while (out[at])
        at++;
    while (*text && at + 1 < cap)
        out[at++] = *text++;
    out[at] = '\0';
}

void put_number(char *out, size_t cap, uint32_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put_text(out, cap, digits + at);
}

/* ---- Failures --------------------------------------------------------------------------------- */

struct failure failure;

bool wrong(const char *what)
{
    return wrong_texts(what, "", "");
}

bool wrong_texts(const char *what, const char *got, const char *wanted)
{
    failure.what = what;
    failure.got[0] = failure.wanted[0] = '\0';
    put_text(failure.got, sizeof failure.got, got);
    put_text(failure.wanted, sizeof failure.wanted, wanted);
    return false;
}

bool wrong_numbers(const char *what, uint32_t got, uint32_t wanted)
{
    wrong_texts(what, "", "");
    put_number(failure.got, sizeof failure.got, got);
    put_number(failure.wanted, sizeof failure.wanted, wanted);
    return false;
}
