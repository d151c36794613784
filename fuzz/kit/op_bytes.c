/* SPDX-License-Identifier: MIT */
/* Operators on bytes, whatever they are: lengths are left as they are. */
#include "operators.h"

enum { FEW = 32 };

bool mqw__do_byte_flip(struct mutation *m)
{
    if (!m->size)
        return false;
    m->data[draw_below(&m->draw, m->size)] ^= (uint8_t)(1u << draw_below(&m->draw, 8));
    return true;
}

bool mqw__do_byte_set(struct mutation *m)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, '/', '#', '+', '$'};
    uint8_t *at;
    if (!m->size)
        return false;
    at = m->data + draw_below(&m->draw, m->size);
    *at = draw_chance(&m->draw, 50) ? telling[draw_below(&m->draw, sizeof telling)]
                                    : (uint8_t)draw_any(&m->draw);
    return true;
}

bool mqw__do_byte_insert(struct mutation *m)
{
    size_t room = m->max - m->size;
    uint32_t n = draw_between(&m->draw, 1, FEW);
    bool same = draw_chance(&m->draw, 30);
    uint8_t byte = (uint8_t)draw_any(&m->draw), *at;
    if (n > room)
        n = (uint32_t)room;
    at = mqw__splice_raw(m, draw_below(&m->draw, m->size + 1), 0, n);
    for (uint32_t i = 0; at && i < n; i++)
        at[i] = same ? byte : (uint8_t)draw_any(&m->draw);
    return n;
}

bool mqw__do_byte_erase(struct mutation *m)
{
    size_t at, most;
    if (m->size < 2)
        return false;
    at = draw_below(&m->draw, m->size);
    most = m->size - at < m->size - 1 ? m->size - at : m->size - 1;
    return mqw__splice_raw(m, at, 1 + draw_below(&m->draw, most < FEW ? most : FEW), 0);
}

bool mqw__do_byte_copy(struct mutation *m)
{
    uint8_t copy[FEW * 4], *at;
    size_t from, n, to;
    bool over;
    if (!m->size)
        return false;
    from = draw_below(&m->draw, m->size);
    n = 1 + draw_below(&m->draw, m->size - from < sizeof copy ? m->size - from : sizeof copy);
    memcpy(copy, m->data + from, n);
    to = draw_below(&m->draw, m->size);
    over = draw_chance(&m->draw, 50);
    if (over && n > m->size - to)
        n = m->size - to;
    at = over ? m->data + to : mqw__splice_raw(m, to, 0, n);
    if (at)
        memcpy(at, copy, n);
    return at;
}

bool mqw__do_byte_number(struct mutation *m)
{
    uint32_t bytes = draw_chance(&m->draw, 50) ? 2 : 4, number;
    uint8_t *at;
    if (m->size < bytes)
        return false;
    at = m->data + draw_below(&m->draw, m->size - bytes + 1);
    number = mqw__boundary(&m->draw, bytes);
    for (uint32_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
    return true;
}

bool mqw__do_byte_token(struct mutation *m)
{
    static const struct token tokens[] = {TOKEN("\0\4MQTT\4"),   TOKEN("\0\4MQTT\5"),
                                          TOKEN("\0\6MQIsdp\3"), TOKEN("$share/"),
                                          TOKEN("$SYS/"),        TOKEN("\0\0"),
                                          TOKEN("\xFF\xFF"),     TOKEN("\xFF\xFF\xFF\x7F"),
                                          TOKEN("/#"),           TOKEN("/+/"),
                                          TOKEN("\x80\0"),       TOKEN("\x80\x80\x80\x80\1")};
    const struct token *token;
    uint8_t *at;
    if (draw_chance(&m->draw, 50)) { /* an identifier of a property, or a first byte */
        static const uint8_t bytes[] = {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text) id,
            MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5) (number) << 4 | (flags),
                MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
        };
        at = mqw__splice_raw(m, draw_below(&m->draw, m->size + 1), 0, 1);
        if (at)
            *at = bytes[draw_below(&m->draw, sizeof bytes)];
        return at;
    }
    token = draw_token(&m->draw, TOKENS(tokens));
    at = mqw__splice_raw(m, draw_below(&m->draw, m->size + 1), 0, token->size);
    if (at)
        memcpy(at, token->bytes, token->size);
    return at;
}
