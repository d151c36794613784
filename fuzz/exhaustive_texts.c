/* SPDX-License-Identifier: MIT */
/* Texts, topics and matches: all short ones, and what lies at boundaries. */
#include "exhaustive.h"
#include "reference.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- UTF-8 --------------------------------------------------------------------------------- */

/* Letters before and behind move a text over the places where code that takes many bytes at once
 * takes the next ones. */
struct padding {
    size_t before, behind;
};
static const struct padding few[] = {{0, 0}, {14, 0}, {15, 15}};
static const struct padding many[] = {
    {0, 0},  {0, 1},  {0, 16}, {1, 0},  {1, 16},  {5, 2},  {6, 0},   {7, 9},
    {12, 0}, {13, 0}, {14, 1}, {15, 0}, {15, 16}, {16, 0}, {16, 16}, {17, 3},
};

static const uint8_t *padded(const uint8_t *text, size_t len, struct padding padding, size_t *whole)
{
    uint8_t out[AT_END_MAX];
    *whole = padding.before + len + padding.behind;
    memset(out, 'a', *whole);
    memcpy(out + padding.before, text, len);
    return at_end(out, *whole);
}

static void text(const uint8_t *bytes, size_t len, const struct padding *paddings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t whole;
        const uint8_t *made = padded(bytes, len, paddings[i], &whole);
        agree_on_text(made, whole);
    }
    executed(2 * count);
}

/* The same text as topic, as content type and as response topic of a PUBLISH. */
static void text_in_packet(struct scratch *scratch, const uint8_t *bytes, size_t len)
{
    static const uint8_t heads[3][8] = {
        {0x30, 0, 0, 0}, {0x30, 0, 0, 1, 'a', 0, 0x03, 0}, {0x30, 0, 0, 1, 'a', 0, 0x08, 0}};
    for (size_t i = 0; i < 3; i++)
        for (size_t before = 0; before <= 16; before += 8) {
            uint8_t packet[AT_END_MAX];
            size_t text_len = before + len, at;
            memcpy(packet, heads[i], 8);
            at = i == 0 ? 4 : 9;
            memset(packet + at, 'a', before);
            memcpy(packet + at + before, bytes, len);
            packet[at - 1] = (uint8_t)text_len;
            if (i > 0)
                packet[5] = (uint8_t)(3 + text_len);
            at += text_len;
            if (i == 0)
                packet[at++] = 0;
            packet[1] = (uint8_t)(at - 2);
            agree_on_packet(scratch, at_end(packet, at), at, MQW_VERSION_5, MQW_NEITHER);
            executed(1);
        }
}

/* The text of this number among those of len bytes from these values. */
static void make_text(uint8_t *out, size_t len, uint64_t number, const uint8_t *values,
                      size_t count)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = values[number % count];
        number /= count;
    }
}

static uint64_t power(uint64_t base, size_t exponent)
{
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

static void all_short(void)
{
    uint8_t values[256], bytes[3];
    for (size_t i = 0; i < 256; i++)
        values[i] = (uint8_t)i;
    for (size_t len = 0; len <= 3; len++)
        for (struct slice i = slice_of(power(256, len)); i.at < power(256, len); i.at += i.step) {
            make_text(bytes, len, i.at, values, 256);
            text(bytes, len, few, sizeof few / sizeof *few);
        }
}

static void boundaries(struct scratch *scratch)
{
    /* First bytes of every row of RFC 3629's syntax, and both ends of what may follow each. */
    static const uint8_t four[] = {0x00, 0x01, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F,
                                   0xA0, 0xB7, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
                                   0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
    static const uint8_t five[] = {0x00, 'a',  0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                   0xBF, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4};
    uint8_t bytes[5];
    for (struct slice i = slice_of(power(sizeof four, 4)); i.at < power(sizeof four, 4);
         i.at += i.step) {
        make_text(bytes, 4, i.at, four, sizeof four);
        text(bytes, 4, many, sizeof many / sizeof *many);
        text_in_packet(scratch, bytes, 4);
    }
    for (struct slice i = slice_of(power(sizeof five, 5)); i.at < power(sizeof five, 5);
         i.at += i.step) {
        make_text(bytes, 5, i.at, five, sizeof five);
        text(bytes, 5, many, sizeof many / sizeof *many);
    }
}

/* As UTF-8 would write it, surrogates and what is too large included. */
static void all_code_points(struct scratch *scratch)
{
    static const uint64_t end = 0x200000;
    for (struct slice c = slice_of(end); c.at < end; c.at += c.step) {
        uint64_t point = c.at;
        uint8_t bytes[4];
        size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        static const uint8_t marks[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
        for (size_t i = len; i-- > 0;)
            bytes[i] = (uint8_t)(0x80 | (point >> (len - 1 - i) * 6 & 0x3F));
        bytes[0] = (uint8_t)(marks[len] | (point >> (len - 1) * 6));
        text(bytes, len, few, sizeof few / sizeof *few);
        text_in_packet(scratch, bytes, len);
    }
}

void every_text(struct scratch *scratch)
{
    all_short();
    boundaries(scratch);
    all_code_points(scratch);
}

/* ---- Topics -------------------------------------------------------------------------------- */

struct topic {
    size_t len;
    uint8_t bytes[24];
};
struct topics {
    size_t count;
    struct topic *items;
};

/* All texts of up to `most` of these characters, behind a beginning; well-formed ones are kept. */
enum wanted { NAMES, FILTERS };
static void add(struct topics *topics, const char *beginning, const char *characters, size_t most,
                enum wanted wanted)
{
    const uint8_t *values = (const uint8_t *)characters;
    size_t count = strlen(characters);
    for (size_t len = 0; len <= most; len++)
        for (uint64_t i = 0; i < power(count, len); i++) {
            struct topic one = {.len = strlen(beginning) + len};
            memcpy(one.bytes, beginning, strlen(beginning));
            make_text(one.bytes + strlen(beginning), len, i, values, count);
            if (wanted == NAMES ? reference_topic_name(one.bytes, one.len)
                                : reference_topic_filter(one.bytes, one.len, true))
                continue;
            topics->items = realloc(topics->items, (topics->count + 1) * sizeof one);
            if (!topics->items)
                abort();
            topics->items[topics->count++] = one;
        }
}

static void checks(const char *beginning, size_t most)
{
    static const uint8_t values[] = {'a', '/', '+', '#', '$', 0};
    uint8_t out[24];
    size_t before = strlen(beginning);
    memcpy(out, beginning, before);
    for (size_t len = 0; len <= most; len++) {
        uint64_t all = power(sizeof values, len);
        for (struct slice i = slice_of(all); i.at < all; i.at += i.step) {
            const uint8_t *made;
            make_text(out + before, len, i.at, values, sizeof values);
            made = at_end(out, before + len);
            agree_on_topic_name(made, before + len);
            agree_on_filter(made, before + len, 0);
            agree_on_filter(made, before + len, MQW_VERSION_3_1_1);
            agree_on_filter(made, before + len, MQW_VERSION_5);
            executed(4);
            if (reference_topic_filter(made, before + len, true) == 0) {
                agree_on_share(made, before + len);
                executed(1);
            }
        }
    }
}

static void matches(const struct topics *filters, const struct topics *names)
{
    uint64_t all = (uint64_t)filters->count * names->count;
    for (struct slice i = slice_of(all); i.at < all; i.at += i.step) {
        const struct topic *filter = &filters->items[i.at / names->count];
        const struct topic *name = &names->items[i.at % names->count];
        const uint8_t *bytes = at_end(name->bytes, name->len);
        agree_on_match(filter->bytes, filter->len, bytes, name->len, 0);
        agree_on_match(filter->bytes, filter->len, bytes, name->len, MQW_VERSION_3_1_1);
        agree_on_match(filter->bytes, filter->len, bytes, name->len, MQW_VERSION_5);
        executed(3);
    }
}

void every_topic(struct scratch *scratch)
{
    struct topics filters = {0}, names = {0};
    (void)scratch;
    checks("", 6);
    checks("$share", 6);
    checks("$share/a/", 6);
    checks("$shar", 3);
    add(&filters, "", "a/+#$", 6, FILTERS);
    add(&filters, "", "ab/+#", 5, FILTERS);
    add(&filters, "$share/a/", "a/+#$", 4, FILTERS);
    add(&filters, "$share/a/$share/", "a/+#", 3, FILTERS);
    add(&names, "", "a/$", 6, NAMES);
    add(&names, "", "ab/", 5, NAMES);
    add(&names, "$share", "a/$", 4, NAMES);
    matches(&filters, &names);
    free(filters.items);
    free(names.items);
}
