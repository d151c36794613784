/* SPDX-License-Identifier: MIT */
/*
 * A packet as one line of text, made from what the telling walk tells:
 *   PUBLISH qos=1 topic="a/b" packet_id=10 "key"="value" payload=(5 bytes)
 * Fields that say nothing (zero bits, lengths, identifiers) are left out.
 */
#define MQW_COMPACT
#include "explain.h"

static void put_hex(struct text_out *t, uint8_t byte)
{
    put_char(t, "0123456789abcdef"[byte >> 4]);
    put_char(t, "0123456789abcdef"[byte & 15]);
}

/* Is it safe to put this text on a terminal: well-formed, and without control characters? */
static bool printable(const uint8_t *text, uint32_t len)
{
    uint32_t where;
    return mqw__text_scan(text, len, TEXT_BAD_UTF8 | TEXT_NUL | TEXT_CONTROL, &where) == TEXT_GOOD;
}

/* Quoted; bytes that are not printable text as \xNN, and then all that are not ASCII. */
static void put_quoted(struct text_out *t, const uint8_t *text, uint32_t len)
{
    bool plain = printable(text, len);
    uint32_t i;
    put_char(t, '"');
    for (i = 0; i < len; i++) {
        uint8_t c = text[i];
        if (c == '"' || c == '\\') {
            put_char(t, '\\');
            put_char(t, (char)c);
        } else if (plain || (c >= 0x20 && c < 0x7F)) {
            put_char(t, (char)c);
        } else {
            put_text(t, "\\x");
            put_hex(t, c);
        }
    }
    put_char(t, '"');
}

static void put_size(struct text_out *t, uint32_t size, bool more)
{
    put_char(t, '(');
    put_number(t, size);
    put_text(t, size == 1 ? " byte" : " bytes");
    put_text(t, more ? ", and more)" : ")");
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* " will.content_type=", without the groups that every packet has. */
static void put_name(struct text_out *t, const struct teller *c)
{
    char before = ' ';
    unsigned i;
    for (i = 0; i < c->depth; i++) {
        const struct path_part *part = &c->path[i];
        const char *name = part->name ? part->name : mqw_property_name(part->property);
        if (same(name, "properties") || same(name, "subscriptions"))
            continue;
        put_char(t, before);
        put_text(t, name);
        before = '.';
    }
    put_char(t, '=');
}

static void put_line_text(struct text_out *t, const struct teller *c, const struct told *told)
{
    const struct path_part *last = &c->path[c->depth - 1];
    const char *name = last->name ? last->name : "";
    bool of_pair = c->depth >= 2 && c->path[c->depth - 2].index != (uint32_t)NO_INDEX;
    if (same(name, "protocol_name"))
        return;
    if (same(name, "topic_filter") || c->path[0].index != (uint32_t)NO_INDEX)
        put_char(t, ' ');
    else if (of_pair && same(name, "value"))
        put_char(t, '=');
    else if (of_pair)
        put_char(t, ' ');
    else
        put_name(t, c);
    put_quoted(t, c->base + told->start, told->end - told->start);
}

static void put_reason(struct text_out *t, const struct teller *c, uint8_t code)
{
    const char *name = mqw_reason_name(c->version, c->type, code);
    put_char(t, ' ');
    if (*name) {
        put_text(t, name);
    } else {
        put_text(t, "0x");
        put_hex(t, code);
    }
}

static bool line_field(void *arg, const struct teller *c, const struct told *told)
{
    struct text_out *t = (struct text_out *)arg;
    switch (told->kind) {
    case MQW_KIND_BITS:
        if (told->start == 0 && told->bit == 4)
            put_text(t, *mqw_type_name(c->type) ? mqw_type_name(c->type) : "RESERVED");
        if (told->start == 0 && c->type != MQW_PUBLISH)
            break;
        if (!told->number || *told->suffix || (told->start == 0 && told->bit == 4))
            break;
        put_name(t, c);
        if (told->width == 1)
            t->len--; /* a bit that is set is told by its name */
        else
            put_number(t, told->number);
        break;
    case MQW_KIND_INTEGER:
        put_name(t, c);
        put_number(t, told->number);
        break;
    case MQW_KIND_REASON:
        put_reason(t, c, (uint8_t)told->number);
        break;
    case MQW_KIND_TEXT:
        put_line_text(t, c, told);
        break;
    case MQW_KIND_BINARY:
        put_name(t, c);
        put_size(t, told->end - told->start, c->end < c->limit && told->end == c->end);
        break;
    default:
        break;
    }
    return true;
}

size_t mqw_line(const void *buf, size_t len, const struct mqw_options *options, char *out,
                size_t cap)
{
    struct text_out t = {out, cap, 0};
    struct teller teller;
    struct mqw_packet packet;
    struct mqw_result r = mqw__tell(&teller, (const uint8_t *)buf, len,
                                    options ? options : &mqw__no_options, &packet, line_field, &t);
    if (r.code == MQW_MORE) {
        put_text(&t, t.len ? " (" : "(");
        put_number(&t, len);
        put_text(&t, " of ");
        put_number(&t, r.size);
        put_text(&t, " bytes)");
    } else if (r.code != MQW_OK) {
        put_text(&t, t.len ? " !" : "!");
        put_text(&t, mqw_rule_of(r.code)->name);
        if (r.code >= MQW_RULE_FIRST) {
            put_text(&t, " at ");
            put_number(&t, r.offset);
        }
    }
    return put_end(&t);
}
