/* SPDX-License-Identifier: MIT */
/* Operators on lengths: those that lie do so whether lengths are repaired or not. */
#include "operators.h"

static bool is_length(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_LENGTH;
}

/* A length says something else; what encloses it still counts its bytes. */
static bool say(struct mutation *m, const struct spot *s, uint32_t number)
{
    return number != s->field.number && mqw__set_number(m, s, number);
}

bool mqw__do_length_one_off(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_length, NULL, &s) &&
           say(m, &s, s.field.number + (draw_chance(&m->draw, 50) || !s.field.number ? 1 : -1u));
}

bool mqw__do_length_zero(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_length, NULL, &s) && say(m, &s, 0);
}

bool mqw__do_length_huge(struct mutation *m)
{
    struct spot s;
    uint32_t most;
    if (!mqw__pick_field(m, is_length, NULL, &s))
        return false;
    most = s.field.varint ? (uint32_t)MQW_LENGTH_MAX : (uint32_t)MQW_TEXT_MAX;
    return say(m, &s, draw_chance(&m->draw, 60) ? most : most - draw_below(&m->draw, 16));
}

bool mqw__do_length_any(struct mutation *m)
{
    struct spot s;
    if (!mqw__pick_field(m, is_length, NULL, &s))
        return false;
    return say(m, &s,
               draw_chance(&m->draw, 50)
                   ? mqw__boundary(&m->draw, s.field.varint ? 4 : 2) & MQW_LENGTH_MAX
                   : draw_below(&m->draw, 2 * s.field.number + 16));
}

/* ---- Their form ---------------------------------------------------------------------------- */

/* Lengths, and the identifiers of subscriptions: whether it is one, only a spot tells. */
static bool is_number(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return is_remaining_length(f, NULL) || is_block(f, NULL) ||
           (f->kind == MQW_KIND_INTEGER && strstr(f->path, "subscription_identifiers["));
}

static bool rewrite(struct mutation *m, const struct spot *s, const uint8_t *bytes, unsigned n)
{
    uint8_t *at = mqw__splice(m, &s->piece, &s->field, s->field.depth, s->field.start,
                              s->field.end - s->field.start, n);
    if (at)
        memcpy(at, bytes, n);
    return at;
}

bool mqw__do_length_padded(struct mutation *m)
{
    struct spot s;
    uint8_t bytes[5];
    uint32_t n;
    if (!mqw__pick_field(m, is_number, NULL, &s))
        return false;
    n = mqw__put_varint(bytes, s.field.number, 1);
    if (n > 3)
        return false;
    n = mqw__put_varint(bytes, s.field.number, draw_between(&m->draw, n + 1, 4));
    return rewrite(m, &s, bytes, n);
}

bool mqw__do_length_five(struct mutation *m)
{
    struct spot s;
    uint8_t bytes[8];
    unsigned n = 5;
    if (!mqw__pick_field(m, is_number, NULL, &s))
        return false;
    if (draw_chance(&m->draw, 50)) {
        mqw__put_varint(bytes, s.field.number, 5); /* what was said, in five bytes */
    } else {
        n = draw_between(&m->draw, 5, sizeof bytes);
        memset(bytes, draw_chance(&m->draw, 50) ? 0xFF : 0x80, n);
        bytes[n - 1] = draw_chance(&m->draw, 50) ? 0x01 : 0x7F;
    }
    return rewrite(m, &s, bytes, n);
}
