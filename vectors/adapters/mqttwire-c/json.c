/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

uint8_t *room(struct buffer *b, size_t more)
{
    if (b->cap - b->len < more) {
        b->cap = (b->len + more) * 2;
        b->ptr = realloc(b->ptr, b->cap);
        if (!b->ptr)
            die("no memory");
    }
    return b->ptr + b->len;
}

void add(struct buffer *b, const void *bytes, size_t len)
{
    if (len)
        memcpy(room(b, len), bytes, len);
    b->len += len;
}

void add_text(struct buffer *b, const char *text)
{
    add(b, text, strlen(text));
}

static const char *blank(const char *at)
{
    return at + strspn(at, " ");
}

static const char *string_end(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return *at ? at + 1 : at;
}

static const char *value_end(const char *at)
{
    unsigned depth = 0;
    if (*at == '"')
        return string_end(at);
    if (*at != '{' && *at != '[')
        return at + strcspn(at, ",]} ");
    do {
        if (*at == '"') {
            at = string_end(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (*at && depth);
    return at;
}

const char *json_first(const char *array)
{
    const char *at = blank(array + 1);
    return *at == ']' || *at == '}' ? NULL : at;
}

const char *json_next(const char *element)
{
    const char *at = blank(value_end(element));
    if (*at == ':')
        at = blank(value_end(blank(at + 1)));
    return *at == ',' ? blank(at + 1) : NULL;
}

const char *json_value(const char *name)
{
    return blank(blank(string_end(name)) + 1);
}

bool json_is(const char *value, const char *text)
{
    size_t len = strlen(text);
    return value && *value == '"' && strncmp(value + 1, text, len) == 0 && value[1 + len] == '"';
}

const char *json_member(const char *object, const char *name)
{
    for (const char *at = json_first(object); at; at = json_next(at))
        if (json_is(at, name))
            return json_value(at);
    return NULL;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static uint32_t unit(const char *at) /* of \uXXXX */
{
    uint32_t value = 0;
    for (int i = 2; i < 6; i++) {
        if (digit(at[i]) < 0)
            die("no \\uXXXX");
        value = value << 4 | (uint32_t)digit(at[i]);
    }
    return value;
}

static void add_utf8(struct buffer *out, uint32_t c)
{
    static const uint8_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    unsigned len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    uint8_t *to = room(out, 4);
    for (unsigned i = len; i > 1; i--, c >>= 6)
        to[i - 1] = (uint8_t)(0x80 | (c & 0x3F));
    to[0] = (uint8_t)(first[len] | c);
    out->len += len;
}

void json_string(const char *at, struct buffer *out)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    for (at++; *at && *at != '"';) {
        size_t len = strcspn(at, "\"\\");
        add(out, at, len);
        at += len;
        if (*at != '\\')
            continue;
        if (at[1] == 'u') {
            uint32_t c = unit(at);
            at += 6;
            if (c >> 10 == 0x36 && at[0] == '\\' && at[1] == 'u' && unit(at) >> 10 == 0x37) {
                c = 0x10000 + ((c & 0x3FF) << 10 | (unit(at) & 0x3FF));
                at += 6;
            }
            add_utf8(out, c);
        } else {
            const char *which = at[1] ? strchr(plain, at[1]) : NULL;
            if (!which)
                die("no escape");
            add(out, &meant[which - plain], 1);
            at += 2;
        }
    }
}

static void add_hex(const char *at, struct buffer *out)
{
    for (at++; *at && *at != '"'; at++) {
        if (*at == ' ')
            continue;
        if (digit(at[0]) < 0 || digit(at[1]) < 0)
            die("no hex");
        *room(out, 1) = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
        out->len++;
        at++;
    }
}

static const char *recipe(const char *value)
{
    return *value == '{' ? json_member(value, "repeat") : NULL;
}

bool json_is_content(const char *value)
{
    if (*value == '"' || (*value == '{' && json_member(value, "hex")))
        return true;
    if (*value == '[')
        for (const char *at = json_first(value); at; at = json_next(at))
            if (recipe(at))
                return true;
    return false;
}

struct part json_parts(const char *content, bool hex)
{
    struct part part = {content, hex, *content == '[', 1};
    if (*content == '{') {
        part.next = json_member(content, "hex");
        part.hex = true;
    } else if (*content == '[') {
        part.next = json_first(content);
    }
    return part;
}

bool json_part(struct part *part, struct buffer *out)
{
    const char *at = part->next, *list;
    if (!at)
        return false;
    list = recipe(at);
    part->next = part->list ? json_next(at) : NULL;
    part->times = 1;
    if (list) {
        at = json_first(list);
        part->times = (uint32_t)strtoul(json_next(at), NULL, 10);
    }
    if (part->hex)
        add_hex(at, out);
    else
        json_string(at, out);
    return true;
}

void json_bytes(const char *content, bool hex, struct buffer *out)
{
    struct part part = json_parts(content, hex);
    size_t from = out->len = 0, len;
    while (json_part(&part, out)) {
        len = out->len - from;
        room(out, len * part.times);
        out->len = from;
        for (uint32_t i = 0; i < part.times; i++, out->len += len)
            if (i)
                memcpy(out->ptr + out->len, out->ptr + from, len);
        from = out->len;
    }
}
