/* SPDX-License-Identifier: MIT */
/* The fields of packets: numbers, text, topics, properties. */
#include "fields.h"

#include "bugs.h"

#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------- */

bool toy_need(struct reader *r, uint32_t n)
{
    if (r->bad || r->left < n)
        r->bad = true;
    return !r->bad;
}

void toy_skip(struct reader *r, uint32_t n)
{
    r->at += n;
    r->left -= n;
}

uint8_t toy_read_1(struct reader *r)
{
    uint8_t value;
    if (!toy_need(r, 1))
        return 0;
    value = r->at[0];
    toy_skip(r, 1);
    return value;
}

uint16_t toy_read_2(struct reader *r)
{
    uint16_t value;
    if (!toy_need(r, 2))
        return 0;
    value = (uint16_t)(r->at[0] << 8 | r->at[1]);
    toy_skip(r, 2);
    return value;
}

uint32_t toy_read_4(struct reader *r)
{
    uint32_t high = toy_read_2(r);
    return high << 16 | toy_read_2(r);
}

static uint32_t read_varint(struct reader *r)
{
    uint32_t value = 0;
    unsigned shift;
    for (shift = 0; shift < 28; shift += 7) {
        uint8_t byte = toy_read_1(r);
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    r->bad = true;
    return 0;
}

struct toy_bytes toy_read_bytes(struct reader *r, uint32_t n)
{
    struct toy_bytes bytes = {NULL, 0};
    if (!toy_need(r, n))
        return bytes;
    bytes.at = r->at;
    bytes.len = n;
    toy_skip(r, n);
    return bytes;
}

struct toy_bytes toy_read_binary(struct reader *r)
{
    uint16_t n = toy_read_2(r);
    return toy_read_bytes(r, n);
}

static bool text_is_good(struct toy_bytes t)
{
    uint32_t i = 0;
    while (i < t.len) {
        uint8_t first = t.at[i++];
        uint32_t point, more, least;
        if (first < 0x80) {
            if (!first)
                return false;
            continue;
        }
        if (first >= 0xC2 && first < 0xE0) {
            point = first & 0x1F, more = 1, least = 0x80;
        } else if ((first & 0xF0) == 0xE0) {
            point = first & 0x0F, more = 2, least = 0x800;
        } else if (first >= 0xF0 && first < 0xF5) {
            point = first & 0x07, more = 3, least = 0x10000;
        } else {
            return false;
        }
        if (t.len - i < more)
            return false;
        for (; more; more--) {
            if ((t.at[i] & 0xC0) != 0x80)
                return false;
            point = point << 6 | (t.at[i++] & 0x3F);
        }
        if (point < least || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
            return false;
    }
    return true;
}

struct toy_bytes toy_read_text(struct reader *r)
{
    struct toy_bytes text = toy_read_binary(r);
    if (!r->bad && !text_is_good(text))
        r->bad = true;
    return text;
}

/* ---- Topics -------------------------------------------------------------------------------- */

/* Topics have at least one byte. */
uint32_t toy_count_levels(struct toy_bytes topic)
{
    uint32_t levels = 1;
    do {
        if (*topic.at++ == '/')
            levels++;
    } while (--topic.len);
    return levels;
}

struct toy_bytes toy_read_topic(struct reader *r)
{
    struct toy_bytes topic = toy_read_text(r);
    if (!r->bad && topic.len &&
        (memchr(topic.at, '+', topic.len) || memchr(topic.at, '#', topic.len)))
        r->bad = true;
    return topic;
}

struct toy_bytes toy_read_filter(struct reader *r)
{
    struct toy_bytes f = toy_read_text(r);
    uint32_t i;
    if (r->bad || f.len == 0) {
        r->bad = true;
        return f;
    }
    for (i = 0; i < f.len; i++) {
        bool begins = i == 0 || f.at[i - 1] == '/', ends = i + 1 == f.len;
        if (f.at[i] == '#' && !(begins && ends))
            r->bad = true;
        if (f.at[i] == '+' && !(begins && (ends || f.at[i + 1] == '/')))
            r->bad = true;
    }
    return f;
}

/* ---- Properties ---------------------------------------------------------------------------- */

enum { BYTE = 1, TWO, FOUR, VARINT, TEXT, BINARY, PAIR };

static const struct {
    uint8_t kind;
    uint32_t places;
} rows[0x2B] = {
    [0x01] = {BYTE, IN(PUBLISH) | IN_WILL},
    [0x02] = {FOUR, IN(PUBLISH) | IN_WILL},
    [0x03] = {TEXT, IN(PUBLISH) | IN_WILL},
    [0x08] = {TEXT, IN(PUBLISH) | IN_WILL},
    [0x09] = {BINARY, IN(PUBLISH) | IN_WILL},
    [0x0B] = {VARINT, IN(PUBLISH) | IN(SUBSCRIBE)},
    [0x11] = {FOUR, IN(CONNECT) | IN(CONNACK) | IN(DISCONNECT)},
    [0x12] = {TEXT, IN(CONNACK)},
    [0x13] = {TWO, IN(CONNACK)},
    [0x15] = {TEXT, IN(CONNECT) | IN(CONNACK) | IN(AUTH)},
    [0x16] = {BINARY, IN(CONNECT) | IN(CONNACK) | IN(AUTH)},
    [0x17] = {BYTE, IN(CONNECT)},
    [0x18] = {FOUR, IN_WILL},
    [0x19] = {BYTE, IN(CONNECT)},
    [0x1A] = {TEXT, IN(CONNACK)},
    [0x1C] = {TEXT, IN(CONNACK) | IN(DISCONNECT)},
    [0x1F] = {TEXT, IN(CONNACK) | IN_ACKS | IN(SUBACK) | IN(UNSUBACK) | IN(DISCONNECT) | IN(AUTH)},
    [0x21] = {TWO, IN(CONNECT) | IN(CONNACK)},
    [0x22] = {TWO, IN(CONNECT) | IN(CONNACK)},
    [0x23] = {TWO, IN(PUBLISH)},
    [0x24] = {BYTE, IN(CONNACK)},
    [0x25] = {BYTE, IN(CONNACK)},
    [0x26] = {PAIR, ~(IN(PINGREQ) | IN(PINGRESP))},
    [0x27] = {FOUR, IN(CONNECT) | IN(CONNACK)},
    [0x28] = {BYTE, IN(CONNACK)},
    [0x29] = {BYTE, IN(CONNACK)},
    [0x2A] = {BYTE, IN(CONNACK)},
};

/* How many bytes the value of a property takes; true: they are there. */
static bool measure(const struct reader *block, uint8_t kind, uint32_t *size)
{
    static const uint8_t fixed[] = {[BYTE] = 1, [TWO] = 2, [FOUR] = 4};
    unsigned texts;
    *size = 0;
    if (kind <= FOUR) {
        *size = fixed[kind];
    } else if (kind == VARINT) {
        do {
            if (block->left < ++*size && !toy_passes(TOY_PROPERTY_UNDERFLOW))
                return false;
        } while (block->at[*size - 1] & 0x80 && *size < 4);
    } else {
        for (texts = kind == PAIR ? 2 : 1; texts; texts--) {
            const uint8_t *at = block->at + *size;
            *size += 2;
            if (block->left < *size && !toy_passes(TOY_PROPERTY_UNDERFLOW))
                return false;
            *size += (uint32_t)(at[0] << 8 | at[1]);
        }
    }
    return block->left >= *size || toy_passes(TOY_PROPERTY_UNDERFLOW);
}

static void keep(struct toy_properties *out, uint8_t id, struct reader *value)
{
    switch (id) {
    case 0x03:
        out->content_type = toy_read_text(value);
        break;
    case 0x08:
        out->response_topic = toy_read_topic(value);
        break;
    case 0x11:
        out->session_expiry = toy_read_4(value);
        break;
    case 0x15:
        out->auth_method = toy_read_text(value);
        break;
    case 0x18:
        out->will_delay = toy_read_4(value);
        break;
    case 0x1F:
        out->reason_text = toy_read_text(value);
        break;
    case 0x21:
        out->receive_maximum = toy_read_2(value);
        break;
    case 0x22:
        out->topic_alias_maximum = toy_read_2(value);
        break;
    case 0x23:
        out->topic_alias = toy_read_2(value);
        break;
    case 0x27:
        out->maximum_packet = toy_read_4(value);
        break;
    case 0x26:
        out->users++;
        break;
    }
}

/* Has the name been used before?  Looked for from the first property on. */
static size_t compare(const uint8_t *from, const uint8_t *name, const uint8_t *end)
{
    struct reader all = {from, (uint32_t)(end - from), false};
    struct reader wanted = {name, (uint32_t)(end - name), false};
    struct toy_bytes want = toy_read_binary(&wanted);
    size_t steps = 0;
    while (all.at < name - 1) {
        uint8_t id = toy_read_1(&all);
        struct reader other = all;
        uint32_t size;
        if (!measure(&all, rows[id].kind, &size))
            break;
        steps++;
        if (id == 0x26) {
            struct toy_bytes have = toy_read_binary(&other);
            if (have.len == want.len && have.len && !memcmp(have.at, want.at, have.len))
                steps++;
        }
        toy_skip(&all, size);
    }
    return steps;
}

void toy_read_properties(struct reader *r, uint32_t place, struct toy_properties *out)
{
    uint32_t length = read_varint(r), size;
    struct reader block = {r->at, length, false}, value;
    const uint8_t *first = r->at;
    size_t steps = 0;

    if (!toy_need(r, length))
        return;
    while (block.left) {
        uint8_t id = toy_read_1(&block);
        bool again = id != 0x26 && id != 0x0B && out->seen >> (id & 63) & 1;
        if (id >= sizeof rows / sizeof *rows || !(rows[id].places & place) || again ||
            !measure(&block, rows[id].kind, &size)) {
            r->bad = true;
            return;
        }
        out->seen |= (uint64_t)1 << id;
        value.at = block.at;
        value.left = size;
        value.bad = false;
        keep(out, id, &value);
        if (value.bad) {
            r->bad = true;
            return;
        }
        if (id == 0x26 && toy_has(TOY_USER_PROPERTIES)) {
            steps += compare(first, block.at, first + length);
            toy_work(steps, length);
        }
        toy_skip(&block, size);
    }
    toy_skip(r, length);
}
