/* SPDX-License-Identifier: MIT */
#include "out.h"

#include <stdlib.h>

enum {
    FIRST = 4096,     /* bytes of room at first */
    AT_ONCE = 4096,   /* bytes of a string for which room is made at once */
    LONGEST = 12,     /* bytes that one character becomes: two escapes */
    REPLACED = 0xFFFD /* REPLACEMENT CHARACTER */
};

bool json_grow(struct json_out *out, size_t more)
{
    size_t cap = out->cap ? out->cap : FIRST;
    char *text;
    while (cap - out->len < more && cap <= SIZE_MAX / 2)
        cap *= 2;
    text = cap - out->len < more || out->failed ? NULL : realloc(out->text, cap);
    if (!text) {
        out->failed = true;
        return false;
    }
    out->text = text;
    out->cap = cap;
    return true;
}

void json_out_free(struct json_out *out)
{
    free(out->text);
    memset(out, 0, sizeof *out);
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

void json_put_number(struct json_out *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    json_put(out, digits + at, sizeof digits - at);
}

void json_put_seconds(struct json_out *out, uint64_t nanoseconds)
{
    uint32_t rest = (uint32_t)(nanoseconds % 1000000000);
    char digits[10] = ".";
    size_t len = sizeof digits;
    size_t i;
    for (i = len; --i;) {
        digits[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    while (len > 2 && digits[len - 1] == '0')
        len--;
    json_put_number(out, nanoseconds / 1000000000);
    json_put(out, digits, len);
}

/* ---- Strings ---------------------------------------------------------------------------------- */

static const char hex_digits[] = "0123456789abcdef";

void json_put_hex(struct json_out *out, struct mqw_bytes bytes)
{
    char *to;
    uint32_t i;
    if (!json_room(out, 2 * (size_t)bytes.len + 2))
        return;
    to = out->text + out->len;
    *to++ = '"';
    for (i = 0; i < bytes.len; i++) {
        *to++ = hex_digits[bytes.ptr[i] >> 4];
        *to++ = hex_digits[bytes.ptr[i] & 15];
    }
    *to++ = '"';
    out->len = (size_t)(to - out->text);
}

/*
 * The character at the beginning of some bytes, of which the first is not ASCII.  False: there is
 * none; *size is then how many bytes are its beginning, one at least, and *value what stands for them.
 */
static bool character(const uint8_t *at, const uint8_t *end, uint32_t *value, uint32_t *size)
{
    uint8_t first = at[0];
    uint32_t wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    /* No longer forms than needed, no surrogates, and nothing above U+10FFFF. */
    uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    uint32_t made = first & (0xFFu >> (wanted + 1));
    *size = 1;
    *value = REPLACED;
    if (first < 0xC2 || first > 0xF4)
        return false;
    for (; *size < wanted; ++*size) {
        uint8_t next = at + *size < end ? at[*size] : 0;
        if (next < low || next > high)
            return false;
        made = made << 6 | (next & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *value = made;
    return true;
}

/* \u00e9 */
static char *escape_unit(char *to, uint32_t unit)
{
    int shift;
    *to++ = '\\';
    *to++ = 'u';
    for (shift = 12; shift >= 0; shift -= 4)
        *to++ = hex_digits[unit >> shift & 15];
    return to;
}

static char *escape_character(char *to, uint32_t value)
{
    if (value < 0x10000)
        return escape_unit(to, value);
    value -= 0x10000;
    return escape_unit(escape_unit(to, 0xD800 + (value >> 10)), 0xDC00 + (value & 0x3FF));
}

static char *escape_ascii(char *to, uint8_t c)
{
    static const char shorter[] = "\b\t\n\f\r\"\\";
    const char *found = memchr(shorter, c, sizeof shorter - 1);
    if (!found)
        return escape_unit(to, c);
    *to++ = '\\';
    *to++ = "btnfr\"\\"[found - shorter];
    return to;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

enum { EIGHT = sizeof(uint64_t) };

/* The same for eight bytes at once: whatever is not plain sets the highest bit of a byte. */
static bool are_plain(const uint8_t *at)
{
    const uint64_t ones = UINT64_MAX / 0xFF;
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return !((x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones)) &
             ones * 0x80);
}

static char *put_character(char *to, bool ascii, uint32_t value)
{
    if (ascii)
        return escape_character(to, value);
    if (value < 0x800) {
        *to++ = (char)(0xC0 | value >> 6);
    } else {
        if (value < 0x10000) {
            *to++ = (char)(0xE0 | value >> 12);
        } else {
            *to++ = (char)(0xF0 | value >> 18);
            *to++ = (char)(0x80 | (value >> 12 & 0x3F));
        }
        *to++ = (char)(0x80 | (value >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (value & 0x3F));
    return to;
}

static bool put_string(struct json_out *out, struct mqw_bytes text, bool replace)
{
    const uint8_t *at = text.ptr, *end = text.len ? at + text.len : at;
    size_t start = out->len;
    JSON_PUT(out, "\"");
    while (at < end) {
        const uint8_t *stop = end - at > AT_ONCE ? at + AT_ONCE : end;
        char *to;
        if (!json_room(out, (size_t)(stop - at) * LONGEST))
            return true;
        to = out->text + out->len;
        while (at < stop) {
            uint32_t value, size;
            if (stop - at >= EIGHT && are_plain(at)) {
                memcpy(to, at, EIGHT);
                to += EIGHT;
                at += EIGHT;
            } else if (is_plain(*at)) {
                *to++ = (char)*at++;
            } else if (*at < 0x80) {
                to = escape_ascii(to, *at++);
            } else if (character(at, end, &value, &size) || replace) {
                to = put_character(to, out->ascii, value);
                at += size;
            } else {
                out->len = start;
                return false;
            }
        }
        out->len = (size_t)(to - out->text);
    }
    JSON_PUT(out, "\"");
    return true;
}

bool json_put_string(struct json_out *out, struct mqw_bytes text)
{
    return put_string(out, text, false);
}

void json_put_replaced(struct json_out *out, struct mqw_bytes text)
{
    put_string(out, text, true);
}

void json_put_either(struct json_out *out, struct mqw_bytes text)
{
    if (put_string(out, text, false))
        return;
    JSON_PUT(out, "{\"hex\": ");
    json_put_hex(out, text);
    JSON_PUT(out, "}");
}
