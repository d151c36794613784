/* SPDX-License-Identifier: MIT */
/* As much of JSON as requests have.  A value is where it begins in a line, which is taken to be good. */
#ifndef ADAPTER_JSON_H
#define ADAPTER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *ptr;
    size_t len, cap;
};

void die(const char *why);
uint8_t *room(struct buffer *b, size_t more); /* behind what is there; may move it */
void add(struct buffer *b, const void *bytes, size_t len);
void add_text(struct buffer *b, const char *text);

/* Elements of an array, or names and values of an object: the first, the next; NULL behind the last. */
const char *json_first(const char *array);
const char *json_next(const char *element);
const char *json_value(const char *name); /* that belongs to a name */

const char *json_member(const char *object, const char *name); /* NULL: it has none */
bool json_is(const char *value, const char *text);             /* is it this string? */
void json_string(const char *value, struct buffer *out);       /* appends its UTF-8 */

/* Is it a string, a list with a recipe in it, or {"hex": ...}? */
bool json_is_content(const char *value);

/* One part of content after the other: its bytes are appended to out, and stand there so often. */
struct part {
    const char *next; /* NULL behind the last */
    bool hex, list;   /* strings are hex; there may be several */
    uint32_t times;
};
struct part json_parts(const char *content, bool hex);
bool json_part(struct part *part, struct buffer *out);

/* All of it, from the beginning of out on. */
void json_bytes(const char *content, bool hex, struct buffer *out);

#endif
