/* SPDX-License-Identifier: MIT */
/* Operators on properties, and on the topic aliases among them. */
#include "operators.h"

enum { PROPERTY_ROOM = 80, MANY = 1000 };

/* ---- What there is, from the rows ---------------------------------------------------------- */

enum type { BYTE, TWO, FOUR, VARINTS, TEXT, TOPIC, BINARY, PAIRS };

struct row {
    uint8_t id;
    uint8_t type;
    uint32_t places, low, high;
};

static const struct row rows[] = {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    {id, TYPE, (uint32_t)(places), low, high},
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct row *row_of(uint8_t id)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].id == id)
            return &rows[i];
    return NULL;
}

/* The place of a block: by its packet, or the will's. */
static uint32_t place_of(const struct mutation *m, const struct spot *s)
{
    enum { MQW_WILL = MQW_TYPES }; /* is no type of packet */
    switch (m->data[s->piece.at] >> 4) {
#define MQW_ROW(bit, NAME, name)                                                                   \
    case MQW_##NAME:                                                                               \
        return s->field.will ? MQW_IN_WILL : MQW_IN_##NAME;
        MQW_PLACES(MQW_ROW)
#undef MQW_ROW
    default:
        return 0;
    }
}

/* ---- Their bytes --------------------------------------------------------------------------- */

static uint8_t *put_number(uint8_t *at, uint32_t value, unsigned bytes)
{
    while (bytes--)
        *at++ = (uint8_t)(value >> 8 * bytes);
    return at;
}

static uint8_t *put_text(struct draw *d, uint8_t *at)
{
    uint32_t n = draw_below(d, 13);
    at = put_number(at, n, 2);
    while (n--)
        *at++ = (uint8_t)draw_between(d, 'a', 'z');
    return at;
}

/* A property with its identifier, of a number that is given or a text that is drawn. */
static uint32_t put_property(struct draw *d, const struct row *row, uint32_t number, uint8_t *out)
{
    uint8_t *at = put_number(out, row->id, 1);
    switch (row->type) {
    case BYTE:
        at = put_number(at, number, 1);
        break;
    case TWO:
        at = put_number(at, number, 2);
        break;
    case FOUR:
        at = put_number(at, number, 4);
        break;
    case VARINTS:
        at += mqw__put_varint(at, number & MQW_LENGTH_MAX, 1);
        break;
    case PAIRS:
        at = put_text(d, at);
        at = put_text(d, at);
        break;
    default:
        at = put_text(d, at);
    }
    return (uint32_t)(at - out);
}

/* In the range of its row, and often at one of its ends. */
static uint32_t number_in(struct draw *d, const struct row *row)
{
    return draw_chance(d, 20)   ? row->low
           : draw_chance(d, 20) ? row->high
                                : draw_between(d, row->low, row->high);
}

/* ---- Adding -------------------------------------------------------------------------------- */

/* Puts bytes at the beginning or the end of a block, which reaches no further than its packet. */
static bool add_to(struct mutation *m, const struct spot *s, const uint8_t *bytes, uint32_t n)
{
    struct field f = inside(&s->field);
    uint32_t end = f.number > s->piece.size - f.end ? s->piece.size : f.end + f.number;
    uint8_t *at =
        mqw__splice(m, &s->piece, &f, f.depth, draw_chance(&m->draw, 50) ? f.end : end, 0, n);
    if (at)
        memcpy(at, bytes, n);
    return at;
}

/* One that may be in this place, or one that may not. */
static const struct row *draw_row(struct draw *d, uint32_t place, bool allowed)
{
    const struct row *found = NULL;
    uint32_t seen = 0;
    for (unsigned i = 0; i < ROWS; i++)
        if (!(rows[i].places & place) == !allowed && draw_below(d, ++seen) == 0)
            found = &rows[i];
    return found;
}

static bool add(struct mutation *m, bool allowed)
{
    uint8_t bytes[PROPERTY_ROOM];
    const struct row *row;
    struct spot s;
    if (!mqw__pick_field(m, is_block, NULL, &s))
        return false;
    row = draw_row(&m->draw, place_of(m, &s), allowed);
    return row &&
           add_to(m, &s, bytes, put_property(&m->draw, row, number_in(&m->draw, row), bytes));
}

bool mqw__do_property_add(struct mutation *m)
{
    return add(m, true);
}

bool mqw__do_property_misplace(struct mutation *m)
{
    return add(m, false);
}

bool mqw__do_property_unknown(struct mutation *m)
{
    uint8_t bytes[4];
    struct spot s;
    uint32_t n = draw_between(&m->draw, 1, sizeof bytes);
    if (!mqw__pick_field(m, is_block, NULL, &s))
        return false;
    do
        bytes[0] = (uint8_t)draw_any(&m->draw);
    while (row_of(bytes[0]));
    for (uint32_t i = 1; i < n; i++)
        bytes[i] = (uint8_t)draw_below(&m->draw, 4);
    return add_to(m, &s, bytes, n);
}

bool mqw__do_property_many(struct mutation *m)
{
    enum { EACH = 7 }; /* bytes */
    struct spot s;
    struct field f;
    uint32_t n = draw_between(&m->draw, 2, MANY);
    size_t room = m->max - m->size;
    uint8_t *at;
    if (!mqw__pick_field(m, is_block, NULL, &s))
        return false;
    f = inside(&s.field);
    if (n > room / EACH)
        n = (uint32_t)(room / EACH);
    at = mqw__splice(m, &s.piece, &f, f.depth, f.end, 0, n * EACH);
    for (uint32_t i = 0; at && i < n; i++) {
        at = put_number(at, MQW_PROPERTY_USER_PROPERTY, 1);
        at = put_number(at, 1, 2);
        at = put_number(at, draw_between(&m->draw, 'a', 'z'), 1);
        at = put_number(at, 1, 2);
        at = put_number(at, draw_between(&m->draw, 'a', 'z'), 1);
    }
    return at && n;
}

/* ---- Values -------------------------------------------------------------------------------- */

static bool limited(const struct row *row)
{
    return row && (row->type <= FOUR || row->type == VARINTS) &&
           (row->low > 0 || (row->type == BYTE && row->high < 0xFF));
}

/* Whether its property has a range, its identifier tells. */
static bool is_limited(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_IDENTIFIER && limited(row_of((uint8_t)f->number));
}

static uint32_t number_outside(struct draw *d, const struct row *row)
{
    return row->low ? row->low - 1
                    : draw_between(d, row->high + 1, row->type == BYTE ? 0xFF : row->high + 1);
}

bool mqw__do_property_range(struct mutation *m)
{
    struct spot s;
    const struct row *row;
    uint8_t bytes[PROPERTY_ROOM];
    if (mqw__pick_field(m, is_limited, NULL, &s)) {
        row = row_of((uint8_t)s.field.number);
        s.field.start =
            s.field.end; /* its value, of which the identifier is the first byte before */
        s.field.end += row->type == FOUR ? 4 : row->type == TWO ? 2 : 1;
        s.field.varint = false;
        if (s.field.end > s.piece.size || row->type == VARINTS)
            return false;
        return mqw__set_number(m, &s, number_outside(&m->draw, row));
    }
    if (!mqw__pick_field(m, is_block, NULL, &s))
        return false;
    for (unsigned i = 0; i < 8; i++) {
        row = draw_row(&m->draw, place_of(m, &s), true);
        if (limited(row))
            return add_to(m, &s, bytes,
                          put_property(&m->draw, row, number_outside(&m->draw, row), bytes));
    }
    return false;
}

/* ---- Topic aliases ------------------------------------------------------------------------- */

static bool is_alias(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return path_is(f, "properties.topic_alias");
}

bool mqw__do_alias_value(struct mutation *m)
{
    struct spot s, other;
    if (!mqw__pick_field(m, is_alias, NULL, &s) || !mqw__pick_field(m, is_alias, NULL, &other))
        return false;
    switch (draw_below(&m->draw, 5)) {
    case 0:
        return mqw__set_number(m, &s, 0);
    case 1:
        return mqw__set_number(m, &s, MQW_TEXT_MAX);
    case 2:
        return mqw__set_number(m, &s, draw_any(&m->draw));
    case 3:
        return mqw__set_number(m, &s, s.field.number + 1);
    default:
        return mqw__set_number(m, &s, other.field.number);
    }
}

static bool is_publish_topic(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return path_is(f, "topic") && f->kind == MQW_KIND_TEXT;
}

/* An alias is added where there is none; only then is the topic, which stands before it, emptied. */
bool mqw__do_alias_alone(struct mutation *m)
{
    struct spot topic, s;
    uint8_t bytes[PROPERTY_ROOM];
    uint32_t alias = draw_chance(&m->draw, 60) ? draw_between(&m->draw, 1, 3)
                                               : draw_between(&m->draw, 1, MQW_TEXT_MAX);
    if (!mqw__pick_field(m, is_publish_topic, NULL, &topic) || topic.piece.version != MQW_VERSION_5)
        return false;
    s.piece = topic.piece;
    if (!mqw__find_field(m, &s.piece, is_alias, NULL, &s.field)) {
        uint8_t *at;
        uint32_t n = put_property(&m->draw, row_of(MQW_PROPERTY_TOPIC_ALIAS), alias, bytes);
        struct field f;
        if (!mqw__find_field(m, &s.piece, is_block, NULL, &s.field))
            return false;
        f = inside(&s.field);
        at = mqw__splice(m, &s.piece, &f, f.depth, f.end, 0, n);
        if (!at)
            return false;
        memcpy(at, bytes, n);
        s.piece.size =
            (uint32_t)(m->size - s.piece.at); /* its end has moved: as far as explain goes */
        if (!mqw__find_field(m, &s.piece, is_publish_topic, NULL, &topic.field))
            return true;
    }
    return mqw__splice(m, &s.piece, &topic.field, topic.field.depth, topic.field.start,
                       topic.field.end - topic.field.start, 0);
}
