/* SPDX-License-Identifier: MIT */
/* Packets with one long part, for each length around those where a length takes a byte more. */
#include "exhaustive.h"
#include <stdlib.h>
#include <string.h>

/* ---- Packets from their parts -------------------------------------------------------------- */

struct bytes {
    uint8_t *at;
    size_t len;
};

static void add(struct bytes *out, const void *bytes, size_t len)
{
    memcpy(out->at + out->len, bytes, len);
    out->len += len;
}

/* A variable byte integer with so many needless bytes. */
static void add_integer(struct bytes *out, size_t value, size_t padding)
{
    while (value >= 128 || padding > 0) {
        out->at[out->len++] = (uint8_t)(value % 128 + 128);
        padding -= value < 128;
        value /= 128;
    }
    out->at[out->len++] = (uint8_t)value;
}

/* What long texts are made of: one and two bytes a character, and a fault at the end. */
enum fill { LETTERS, TWO_BYTES, CUT_CHARACTER, WILDCARD, FILLS };

static void add_filled(struct bytes *out, size_t len, enum fill fill)
{
    for (size_t i = 0; i < len; i++)
        out->at[out->len++] = (uint8_t)(fill != TWO_BYTES ? 'a' : i % 2 == 0 ? 0xC3 : 0xA9);
    if (len > 0 && fill == CUT_CHARACTER)
        out->at[out->len - 1] = 0xC3;
    if (len > 0 && fill == WILDCARD)
        out->at[out->len - 1] = '#';
}

static void add_text(struct bytes *out, size_t len, enum fill fill)
{
    uint8_t length[2] = {(uint8_t)(len >> 8), (uint8_t)len};
    add(out, length, 2);
    add_filled(out, len, fill);
}

/* One property and its text, or many short ones. */
enum block { EMPTY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION_DATA, REASON_STRING, PAIR, PAIRS };

static void add_block(struct bytes *out, enum block block, size_t n, enum fill fill, size_t padding)
{
    static const uint8_t ids[] = {0, 0x03, 0x08, 0x09, 0x1F, 0x26, 0x26};
    struct bytes inner = {malloc(n + 16), 0};
    if (!inner.at)
        abort();
    for (size_t i = 0; block == PAIRS && i < n / 5; i++)
        add(&inner, "\x26\0\0\0", 5);
    if (block != EMPTY && block != PAIRS) {
        add(&inner, &ids[block], 1);
        add_text(&inner, n, fill);
        if (block == PAIR)
            add_text(&inner, 1, LETTERS);
    }
    add_integer(out, inner.len, padding);
    add(out, inner.at, inner.len);
    free(inner.at);
}

/* ---- Which part of which packet is long ---------------------------------------------------- */

static const struct row {
    uint8_t first;
    const char *before; /* in hex */
    enum { TEXT, TEXTS, BYTES, CODES, BLOCK } kind;
    enum block block;   /* BLOCK */
    const char *behind; /* in hex */
    unsigned version;
} rows[] = {
    {0x30, "", TEXT, EMPTY, "", 4},
    {0x30, "", TEXT, EMPTY, "00", 5},
    {0x30, "000161", BYTES, EMPTY, "", 4},
    {0x30, "00016100", BYTES, EMPTY, "", 5},
    {0x30, "000161", BLOCK, CONTENT_TYPE, "", 5},
    {0x30, "000161", BLOCK, RESPONSE_TOPIC, "", 5},
    {0x30, "000161", BLOCK, CORRELATION_DATA, "70", 5},
    {0x30, "000161", BLOCK, PAIR, "70", 5},
    {0x30, "000161", BLOCK, PAIRS, "", 5},
    {0x40, "000A00", BLOCK, REASON_STRING, "", 5},
    {0x20, "0000", BLOCK, REASON_STRING, "", 5},
    {0xE0, "00", BLOCK, REASON_STRING, "", 5},
    {0x82, "000A", TEXT, EMPTY, "01", 4},
    {0x82, "000A00", TEXT, EMPTY, "01", 5},
    {0x82, "000A", BLOCK, PAIR, "00016100", 5},
    {0x82, "000A", TEXTS, EMPTY, "01", 4},
    {0x82, "000A00", TEXTS, EMPTY, "01", 5},
    {0xA2, "000A", TEXTS, EMPTY, "", 4},
    {0xA2, "000A00", TEXTS, EMPTY, "", 5},
    {0x90, "000A", CODES, EMPTY, "", 4},
    {0x90, "000A00", CODES, EMPTY, "", 5},
    {0x10, "00044D5154540402000A", TEXT, EMPTY, "", 4},
    {0x10, "00044D5154540502000A00", TEXT, EMPTY, "", 5},
    {0x10, "00044D5154540406000A0000000161", TEXT, EMPTY, "", 4},
    {0x10, "00044D51545404C2000A0000", TEXT, EMPTY, "000170", 4},
    {0x10, "00044D51545405C2000A000000000175", TEXT, EMPTY, "", 5},
    {0x10, "00044D5154540502000A", BLOCK, PAIR, "000163", 5},
    {0x10, "00044D5154540506000A000000", BLOCK, CONTENT_TYPE, "0001610000", 5},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void add_hex(struct bytes *out, const char *hex)
{
    for (; *hex; hex += 2) {
        char digits[3] = {hex[0], hex[1], 0};
        out->at[out->len++] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void add_long(struct bytes *out, const struct row *row, size_t n, enum fill fill,
                     size_t padding)
{
    switch (row->kind) {
    case TEXT:
        add_text(out, n, fill);
        break;
    case TEXTS:
        for (size_t i = 0; i < n; i += 4) {
            add_text(out, 2, fill);
            add_hex(out, row->behind);
        }
        break;
    case BYTES:
        add_filled(out, n, fill);
        break;
    case CODES:
        for (size_t i = 0; i < n; i++)
            add_hex(out, i + 1 < n || fill == LETTERS ? "01" : fill == WILDCARD ? "80" : "03");
        break;
    case BLOCK:
        add_block(out, row->block, n, fill, padding);
        break;
    }
    if (row->kind != TEXTS)
        add_hex(out, row->behind);
}

/* 0 to 300, and those around the next steps of two- and three-byte lengths. */
enum { LENGTHS = 301 + 30 + 6 };
static size_t length_of(size_t number)
{
    return number <= 300   ? number
           : number <= 330 ? 16384 - 25 + (number - 301)
                           : 65535 - (number - 331);
}

/* Whole, and without its last byte, which is then missing or not counted. */
enum ending { WHOLE, MISSING, SHORT, ENDINGS };

static void judge(struct scratch *scratch, const struct row *row, size_t n, enum fill fill,
                  size_t padding, enum ending ending)
{
    enum { ROOM = 1 << 18 };
    static uint8_t body_room[ROOM], packet_room[ROOM];
    struct bytes body = {body_room, 0}, packet = {packet_room, 0};
    uint8_t *exact;
    add_hex(&body, row->before);
    add_long(&body, row, n, fill, padding);
    body.len -= ending == SHORT;
    add(&packet, &row->first, 1);
    add_integer(&packet, body.len, 0);
    add(&packet, body.at, body.len);
    packet.len -= ending == MISSING;
    if (!(exact = malloc(packet.len)))
        abort();
    memcpy(exact, packet.at, packet.len);
    agree_on_packet(scratch, exact, packet.len, row->version, MQW_NEITHER);
    executed(1);
    free(exact);
}

void every_long(struct scratch *scratch)
{
    uint64_t all = (uint64_t)ROWS * LENGTHS * FILLS * ENDINGS * 2;
    for (struct slice i = slice_of(all); i.at < all; i.at += i.step) {
        uint64_t rest = i.at;
        const struct row *row = &rows[rest % ROWS];
        size_t n = length_of((rest /= ROWS) % LENGTHS);
        enum fill fill = (rest /= LENGTHS) % FILLS;
        enum ending ending = (rest /= FILLS) % ENDINGS;
        judge(scratch, row, n, fill, rest / ENDINGS, ending);
    }
}
