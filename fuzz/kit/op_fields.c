/* SPDX-License-Identifier: MIT */
/* Operators on numbers, bits, and fields, properties and elements as a whole. */
#include "operators.h"

/* ---- Numbers ------------------------------------------------------------------------------- */

uint32_t mqw__boundary(struct draw *d, uint32_t bytes)
{
    static const uint32_t near[] = {0,          1,          0x7F,       0x80,      0xFF,
                                    0x100,      0x3FFF,     0x4000,     0x7FFF,    0x8000,
                                    0xFFFF,     0x10000,    0x1FFFFF,   0x200000,  0xFFFFFFF,
                                    0x10000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    uint32_t number = near[draw_below(d, sizeof near / sizeof near[0])];
    return (number + (draw_chance(d, 70) ? 0 : draw_below(d, 3) - 1)) & largest(bytes);
}

static bool is_integer(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_INTEGER;
}

bool mqw__do_integer(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_integer, NULL, &s) &&
           mqw__set_number(
               m, &s, mqw__boundary(&m->draw, s.field.varint ? 4 : s.field.end - s.field.start));
}

static bool has_end(const struct mqw_field *f, const void *name)
{
    return path_ends(f, (const char *)name);
}

bool mqw__do_packet_id(struct mutation *m)
{
    struct spot s, other;
    uint32_t id;
    if (!mqw__pick_field(m, has_end, "packet_id", &s))
        return false;
    switch (draw_below(&m->draw, 5)) {
    case 0:
        id = 0;
        break;
    case 1:
        id = s.field.number + 1;
        break;
    case 2:
        id = draw_chance(&m->draw, 50) ? MQW_TEXT_MAX : draw_any(&m->draw);
        break;
    default:
        mqw__pick_field(m, has_end, "packet_id", &other);
        id = other.field.number;
    }
    return mqw__set_number(m, &s, id);
}

bool mqw__do_protocol_version(struct mutation *m)
{
    static const uint8_t levels[] = {0, 3, 4, 5, 6, 0x83, 0x84, 0x85, 0xFF};
    struct spot s;
    return mqw__pick_field(m, has_path, "protocol_version", &s) &&
           mqw__set_number(m, &s, levels[draw_below(&m->draw, sizeof levels)]);
}

static bool is_reason(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_REASON;
}

/* One that some packet has, or any. */
static uint8_t draw_reason(struct draw *d)
{
    static const uint8_t codes[] = {
#define MQW_ROW(code, NAME, name, client, server, text) code,
        MQW_REASONS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, place, text) code,
            MQW_RETURN_CODES(MQW_ROW)
#undef MQW_ROW
    };
    return draw_chance(d, 70) ? codes[draw_below(d, sizeof codes)] : (uint8_t)draw_any(d);
}

bool mqw__do_reason_code(struct mutation *m)
{
    struct spot s;
    return mqw__pick_field(m, is_reason, NULL, &s) && mqw__set_number(m, &s, draw_reason(&m->draw));
}

/* ---- Bits ---------------------------------------------------------------------------------- */

static bool is_bits(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_BITS && !path_is(f, "type");
}

bool mqw__do_bits(struct mutation *m)
{
    struct spot s;
    if (!mqw__pick_field(m, is_bits, NULL, &s))
        return false;
    set_bits(m, &s, s.field.number ^ draw_between(&m->draw, 1, (1u << s.field.width) - 1));
    return true;
}

bool mqw__do_qos(struct mutation *m)
{
    struct spot s;
    if (!mqw__pick_field(m, has_end, "qos", &s))
        return false;
    set_bits(m, &s, s.field.number + 1 + draw_below(&m->draw, 3));
    return true;
}

static bool is_octet(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_OCTET && f->start > 0;
}

bool mqw__do_reserved_bits(struct mutation *m)
{
    struct spot s;
    if (!mqw__pick_field(m, is_octet, NULL, &s))
        return false;
    m->data[s.piece.at + s.field.start] ^= (uint8_t)(1u << draw_below(&m->draw, 8));
    return true;
}

/* ---- Units --------------------------------------------------------------------------------- */

static bool drop(struct mutation *m, enum unit kind)
{
    struct spot s;
    uint32_t next;
    return mqw__pick_unit(m, kind, &s, &next) &&
           mqw__splice(m, &s.piece, &s.field, s.field.depth, s.field.start,
                       s.field.end - s.field.start, 0);
}

static bool duplicate(struct mutation *m, enum unit kind)
{
    struct spot s;
    uint32_t next;
    uint32_t n;
    uint8_t *at;
    if (!mqw__pick_unit(m, kind, &s, &next))
        return false;
    n = s.field.end - s.field.start;
    at = mqw__splice(m, &s.piece, &s.field, s.field.depth, s.field.end, 0, n);
    if (at)
        memcpy(at, at - n, n);
    return at;
}

bool mqw__do_unit_drop(struct mutation *m)
{
    return drop(m, UNIT_ANY);
}

bool mqw__do_property_drop(struct mutation *m)
{
    return drop(m, UNIT_PROPERTY);
}

bool mqw__do_unit_duplicate(struct mutation *m)
{
    return duplicate(m, UNIT_ANY);
}

bool mqw__do_property_repeat(struct mutation *m)
{
    return duplicate(m, UNIT_PROPERTY);
}

bool mqw__do_unit_swap(struct mutation *m)
{
    struct spot s;
    uint32_t next;
    if (!mqw__pick_unit(m, UNIT_ANY, &s, &next) || next <= s.field.end)
        return false;
    mqw__rotate(m->data + s.piece.at + s.field.start, s.field.end - s.field.start,
                next - s.field.end);
    return true;
}
