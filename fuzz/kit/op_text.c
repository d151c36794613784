/* SPDX-License-Identifier: MIT */
/* Operators on text and binary data. */
#include "operators.h"

static bool is_text(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_TEXT;
}

/* With a length of two bytes before it: not a payload. */
static bool is_counted(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return (f->kind == MQW_KIND_TEXT || f->kind == MQW_KIND_BINARY) && !path_is(f, "payload");
}

/* A field becomes n bytes, which are to be written; it keeps what it has of them. */
static uint8_t *resize(struct mutation *m, const struct spot *s, size_t n)
{
    size_t old = s->field.end - s->field.start;
    size_t kept = old < n ? old : n;
    uint8_t *at = mqw__splice(m, &s->piece, &s->field, s->field.depth, s->field.start + kept,
                              old - kept, n - kept);
    return at ? at - kept : NULL;
}

static bool replace(struct mutation *m, const struct spot *s, const struct token *token)
{
    uint8_t *at = mqw__splice(m, &s->piece, &s->field, s->field.depth, s->field.start,
                              s->field.end - s->field.start, token->size);
    if (at)
        memcpy(at, token->bytes, token->size);
    return at;
}

bool mqw__do_protocol_name(struct mutation *m)
{
    static const struct token names[] = {TOKEN("MQTT"),  TOKEN("MQIsdp"), TOKEN("mqtt"),
                                         TOKEN("MQTTT"), TOKEN("MQT"),    TOKEN(""),
                                         TOKEN("MQTX"),  TOKEN("MQTT\0")};
    struct spot s;
    return mqw__pick_field(m, has_path, "protocol_name", &s) &&
           replace(m, &s, draw_token(&m->draw, TOKENS(names)));
}

/* ---- Sizes --------------------------------------------------------------------------------- */

bool mqw__do_field_empty(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_counted, NULL, &s) && s.field.end > s.field.start &&
           resize(m, &s, 0);
}

/* A field becomes n bytes long, or as long as there is room for. */
static bool lengthen(struct mutation *m, const struct spot *s, size_t n, char with)
{
    size_t old = s->field.end - s->field.start;
    size_t room = m->max - m->size;
    size_t spare = 3 * DEPTH; /* for lengths */
    uint8_t *at;
    if (n > old && n - old + spare > room)
        n = room > spare ? old + room - spare : old;
    if (n <= old || !(at = resize(m, s, n)))
        return false;
    memset(at + old, with, n - old);
    return true;
}

bool mqw__do_field_long(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_counted, NULL, &s) && lengthen(m, &s, MQW_TEXT_MAX, 'a');
}

/* To where the field itself, its packet or its block comes to a boundary. */
bool mqw__do_field_grow(struct mutation *m)
{
    static const uint16_t sizes[] = {0x7F, 0x80, 0xFF, 0x100, 0x3FFF, 0x4000};
    struct spot s;
    size_t wanted_size, said, old;
    if (!mqw__pick_field(m, is_counted, NULL, &s) || !s.field.depth)
        return false;
    wanted_size = sizes[draw_below(&m->draw, sizeof sizes / sizeof sizes[0])];
    said = s.field.lengths[draw_below(&m->draw, s.field.depth)].number;
    old = s.field.end - s.field.start;
    return wanted_size > said && lengthen(m, &s, old + wanted_size - said, 'a');
}

bool mqw__do_field_copy(struct mutation *m)
{
    enum { ROOM = 1024 };
    uint8_t copy[ROOM], *at;
    struct spot from, to;
    size_t n;
    if (!mqw__pick_field(m, is_counted, NULL, &from) || !mqw__pick_field(m, is_counted, NULL, &to))
        return false;
    n = from.field.end - from.field.start;
    if (n > ROOM)
        n = ROOM;
    memcpy(copy, m->data + from.piece.at + from.field.start, n);
    at = resize(m, &to, n);
    if (at)
        memcpy(at, copy, n);
    return at;
}

/* ---- UTF-8 --------------------------------------------------------------------------------- */

/* Puts bytes into a field, not within a character of it. */
static bool insert(struct mutation *m, const struct spot *s, const struct token *token, bool at_end)
{
    const uint8_t *text = m->data + s->piece.at;
    uint32_t where = at_end || draw_chance(&m->draw, 30)
                         ? s->field.end
                         : draw_between(&m->draw, s->field.start, s->field.end);
    uint8_t *at;
    while (where > s->field.start && where < s->field.end && (text[where] & 0xC0) == 0x80)
        where--;
    at = mqw__splice(m, &s->piece, &s->field, s->field.depth, where, 0, token->size);
    if (at)
        memcpy(at, token->bytes, token->size);
    return at;
}

static bool spoil(struct mutation *m, const struct token *tokens, size_t n, bool at_end)
{
    struct spot s;
    return mqw__pick_field(m, is_text, NULL, &s) &&
           insert(m, &s, draw_token(&m->draw, tokens, n), at_end);
}

bool mqw__do_utf8_overlong(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\xC0\x80"),         TOKEN("\xC0\xAF"),
                                          TOKEN("\xC1\xBF"),         TOKEN("\xE0\x80\xAF"),
                                          TOKEN("\xE0\x9F\xBF"),     TOKEN("\xF0\x80\x80\xAF"),
                                          TOKEN("\xF0\x8F\xBF\xBF"), TOKEN("\xF8\x80\x80\x80\xAF")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_surrogate(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\xED\xA0\x80"), TOKEN("\xED\xAF\xBF"),
                                          TOKEN("\xED\xB0\x80"), TOKEN("\xED\xBF\xBF"),
                                          TOKEN("\xED\xA0\xBD\xED\xB8\x80")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_above(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\xF4\x90\x80\x80"),
                                          TOKEN("\xF5\x80\x80\x80"),
                                          TOKEN("\xF7\xBF\xBF\xBF"),
                                          TOKEN("\xF8\x88\x80\x80\x80"),
                                          TOKEN("\xFE"),
                                          TOKEN("\xFF")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_truncated(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\xC3"), TOKEN("\xE2"), TOKEN("\xE2\x82"),
                                          TOKEN("\xF0\x9F"), TOKEN("\xF0\x9F\x98")};
    return spoil(m, TOKENS(tokens), true);
}

bool mqw__do_utf8_continuation(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\x80"), TOKEN("\xBF"), TOKEN("\x80\x80\x80")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_nul(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\0")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_control(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\x01"),    TOKEN("\n"),   TOKEN("\x1B"),
                                          TOKEN("\x1F"),    TOKEN("\x7F"), TOKEN("\xC2\x80"),
                                          TOKEN("\xC2\x9F")};
    return spoil(m, TOKENS(tokens), false);
}

bool mqw__do_utf8_noncharacter(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\xEF\xBF\xBE"),     TOKEN("\xEF\xBF\xBF"),
                                          TOKEN("\xEF\xB7\x90"),     TOKEN("\xEF\xB7\xAF"),
                                          TOKEN("\xF0\x9F\xBF\xBE"), TOKEN("\xF4\x8F\xBF\xBF")};
    return spoil(m, TOKENS(tokens), false);
}

/* ---- Topics -------------------------------------------------------------------------------- */

bool mqw__do_topic_empty(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_topic, NULL, &s) && s.field.end > s.field.start &&
           resize(m, &s, 0);
}

bool mqw__do_topic_wildcard(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("#"),  TOKEN("+"),  TOKEN("/#"), TOKEN("#/"),
                                          TOKEN("/+"), TOKEN("+/"), TOKEN("##"), TOKEN("/+/#")};
    struct spot s;
    return mqw__pick_field(m, is_topic, NULL, &s) &&
           insert(m, &s, draw_token(&m->draw, TOKENS(tokens)), false);
}

bool mqw__do_topic_share(struct mutation *m)
{
    static const struct token tokens[] = {
        TOKEN("$share/g/a"), TOKEN("$share//a"),   TOKEN("$share/g"),   TOKEN("$share/g/"),
        TOKEN("$share/"),    TOKEN("$share"),      TOKEN("$share/+/a"), TOKEN("$share/#/a"),
        TOKEN("$share/g/#"), TOKEN("$SYS/broker"), TOKEN("$"),          TOKEN("$queue/a")};
    struct spot s;
    return mqw__pick_field(m, is_topic, NULL, &s) &&
           replace(m, &s, draw_token(&m->draw, TOKENS(tokens)));
}

bool mqw__do_topic_deep(struct mutation *m)
{
    struct spot s;
    uint32_t levels = draw_chance(&m->draw, 20) ? MQW_TEXT_MAX : draw_scaled(&m->draw, 2, 512);
    size_t old;
    if (!mqw__pick_field(m, is_topic, NULL, &s))
        return false;
    old = s.field.end - s.field.start;
    return lengthen(m, &s, old + levels > MQW_TEXT_MAX ? MQW_TEXT_MAX : old + levels, '/');
}
