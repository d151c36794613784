/* SPDX-License-Identifier: MIT */
/* Operators on packets as a whole. */
#include "operators.h"
#include "packets.h"

enum { PACKET_ROOM = 4096, REPEATS = 64, RUN = 32, SURPLUS = 16 };

/* Where packets meet: before any packet, or at the end. */
static size_t pick_border(struct mutation *m)
{
    struct piece p = {0, 0, 0, false};
    if (draw_chance(&m->draw, 25) || !mqw__pick_piece(m, &p))
        return m->size;
    return p.at;
}

bool mqw__do_packet_insert(struct mutation *m)
{
    uint8_t packet[PACKET_ROOM], *at;
    struct piece p = {0, 0, 0, false};
    /* Without a CONNECT in front, nobody listens to what follows. */
    bool connect = m->size && m->data[0] >> 4 != MQW_CONNECT && m->sender != MQW_SERVER &&
                   draw_chance(&m->draw, 30);
    size_t border = connect ? 0 : pick_border(m), n;
    while (mqw__next_piece(m->data, border, &p)) /* which version is it there? */
        ;
    n = mqw__generate_of(packet, sizeof packet, p.version ? p.version : m->version,
                         connect ? (uint8_t)MQW_CLIENT : m->sender,
                         connect ? 1u << MQW_CONNECT : UINT32_MAX, draw_any(&m->draw));
    at = mqw__splice_raw(m, border, 0, n);
    if (at)
        memcpy(at, packet, n);
    return at && n;
}

bool mqw__do_packet_drop(struct mutation *m)
{
    struct piece p, last;
    size_t end;
    uint32_t more;
    if (!mqw__pick_piece(m, &p))
        return false;
    last = p;
    end = p.at + p.size;
    /* Some that follow go as well, or streams would only grow. */
    more = draw_chance(&m->draw, 50) ? draw_scaled(&m->draw, 1, RUN) : 0;
    while (more-- && mqw__next_piece(m->data, m->size, &last))
        end = last.at + last.size;
    return end - p.at < m->size && mqw__splice_raw(m, p.at, end - p.at, 0);
}

/* Copies bytes of the stream to another place in it. */
static bool copy_to(struct mutation *m, size_t from, size_t n, size_t to)
{
    uint8_t *at = to > from && to < from + n ? NULL : mqw__splice_raw(m, to, 0, n);
    if (at)
        memcpy(at, m->data + from + (from >= to ? n : 0), n);
    return at;
}

bool mqw__do_packet_duplicate(struct mutation *m)
{
    struct piece p;
    return mqw__pick_piece(m, &p) &&
           copy_to(m, p.at, p.size, draw_chance(&m->draw, 50) ? p.at : pick_border(m));
}

bool mqw__do_packet_repeat(struct mutation *m)
{
    struct piece p;
    uint32_t times = draw_scaled(&m->draw, 2, REPEATS), done = 0;
    if (!mqw__pick_piece(m, &p))
        return false;
    while (done < times && copy_to(m, p.at, p.size, p.at))
        done++;
    return done;
}

bool mqw__do_packet_swap(struct mutation *m)
{
    struct piece p, next;
    if (!mqw__pick_piece(m, &p))
        return false;
    next = p;
    if (!mqw__next_piece(m->data, m->size, &next))
        return false;
    mqw__rotate(m->data + p.at, p.size, next.size);
    return true;
}

/* A packet and its Remaining Length. */
static bool pick_packet(struct mutation *m, struct spot *s)
{
    return mqw__pick_piece(m, &s->piece) &&
           mqw__find_field(m, &s->piece, is_remaining_length, NULL, &s->field);
}

/* A field behind which the packet could end: not those within a block of properties. */
static bool is_border(const struct mqw_field *f, const void *size)
{
    return f->start > 0 && f->end < *(const uint32_t *)size &&
           (is_block(f, NULL) || !strstr(f->path, "properties.")) && !is_remaining_length(f, NULL);
}

/* The first filter or code of a packet. */
static bool is_first_element(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return (f->kind == MQW_KIND_TEXT || f->kind == MQW_KIND_REASON) && strstr(f->path, "[0]") &&
           !strstr(f->path, "properties.");
}

bool mqw__do_packet_cut(struct mutation *m)
{
    struct spot s;
    struct field f, last;
    uint32_t body, lost;
    if (!pick_packet(m, &s) || s.piece.size <= s.field.end)
        return false;
    f = inside(&s.field);
    body = s.piece.size - f.end;
    lost = draw_chance(&m->draw, 50) ? 1 : 1 + draw_below(&m->draw, body);
    switch (draw_below(&m->draw, 4)) {
    case 0: /* nothing is left of the list, nor of the length of its first text */
        if (mqw__find_field(m, &s.piece, is_first_element, NULL, &last))
            lost = s.piece.size - (last.depth > 1 ? last.lengths[1].start : last.start);
        break;
    case 1:
        if (mqw__find_field(m, &s.piece, is_border, &s.piece.size, &last))
            lost = s.piece.size - last.end;
        break;
    default:
        break;
    }
    return mqw__splice(m, &s.piece, &f, 1, s.piece.size - lost, lost, 0);
}

bool mqw__do_packet_empty(struct mutation *m)
{
    struct spot s;
    struct field f;
    if (!pick_packet(m, &s) || s.piece.size <= s.field.end)
        return false;
    f = inside(&s.field);
    return mqw__splice(m, &s.piece, &f, 1, f.end, s.piece.size - f.end, 0);
}

bool mqw__do_packet_surplus(struct mutation *m)
{
    struct spot s;
    struct field f;
    uint8_t *at;
    uint32_t n = draw_between(&m->draw, 1, draw_chance(&m->draw, 50) ? 1 : SURPLUS);
    if (!pick_packet(m, &s))
        return false;
    f = inside(&s.field);
    at = mqw__splice(m, &s.piece, &f, 1, s.piece.size, 0, n);
    for (uint32_t i = 0; at && i < n; i++)
        at[i] = draw_chance(&m->draw, 30) ? 0 : (uint8_t)draw_any(&m->draw);
    return at;
}

/* The flags that are fixed for a type. */
static uint8_t flags_of(unsigned type)
{
    static const uint8_t flags[MQW_TYPES] = {0
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5) , flags
                                             MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    };
    return flags[type];
}

bool mqw__do_packet_type(struct mutation *m)
{
    struct piece p;
    unsigned type;
    if (!mqw__pick_piece(m, &p))
        return false;
    type = ((m->data[p.at] >> 4) + 1 + draw_below(&m->draw, MQW_TYPES - 1)) % MQW_TYPES;
    m->data[p.at] =
        (uint8_t)(type << 4 | (draw_chance(&m->draw, 75) ? flags_of(type) : m->data[p.at] & 15u));
    return true;
}

bool mqw__do_packet_flags(struct mutation *m)
{
    struct piece p;
    if (!mqw__pick_piece(m, &p))
        return false;
    m->data[p.at] ^= (uint8_t)draw_between(&m->draw, 1, 15);
    return true;
}

bool mqw__do_stream_cut(struct mutation *m)
{
    struct piece p;
    if (!mqw__pick_piece(m, &p) || p.size < 2)
        return false;
    m->size = p.at + 1 + draw_below(&m->draw, p.size - 1);
    return true;
}
