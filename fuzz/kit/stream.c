/* SPDX-License-Identifier: MIT */
/* Finding packets and fields in a stream, and changing its bytes. */
#include "stream.h"

/* As much as possible is to be seen of packets that are broken already. */
static struct mqw_options lenient(uint8_t version)
{
    struct mqw_options o = {version, 0, false, 0, MQW_ALLOW_ALL, 0};
    return o;
}

/* ---- Packets ------------------------------------------------------------------------------- */

/* The version that a CONNECT names, or the one before it. */
static uint8_t version_of(const uint8_t *data, size_t size, uint8_t before)
{
    struct mqw_options o = lenient(0);
    struct mqw_packet packet;
    if (data[0] >> 4 != MQW_CONNECT)
        return before;
    mqw_decode(data, size, &o, &packet);
    return packet.version == MQW_VERSION_5                         ? (uint8_t)MQW_VERSION_5
           : packet.version && packet.version <= MQW_VERSION_3_1_1 ? (uint8_t)MQW_VERSION_3_1_1
                                                                   : before;
}

bool mqw__next_piece(const uint8_t *data, size_t size, struct piece *piece)
{
    struct mqw_options o = lenient(piece->version);
    size_t at = piece->at + piece->size;
    struct mqw_result r;
    if (at >= size)
        return false;
    r = mqw_frame(data + at, size - at, &o);
    if (r.code >= MQW_RULE_FIRST || size - at > UINT32_MAX)
        return false;
    piece->at = at;
    piece->whole = r.code == MQW_OK;
    piece->size = piece->whole ? r.size : (uint32_t)(size - at);
    piece->version = version_of(data + at, piece->size, piece->version);
    return true;
}

static struct piece first_piece(const struct mutation *m)
{
    struct piece p = {0, 0, 0, false};
    p.version = m->version;
    return p;
}

bool mqw__pick_piece(struct mutation *m, struct piece *piece)
{
    struct piece p = first_piece(m);
    uint32_t seen = 0;
    while (mqw__next_piece(m->data, m->size, &p))
        if (draw_below(&m->draw, ++seen) == 0)
            *piece = p;
    return seen;
}

uint8_t mqw__guess_version(const uint8_t *data, size_t size)
{
    static const uint8_t versions[] = {MQW_VERSION_5, MQW_VERSION_3_1_1};
    unsigned good[2] = {0, 0};
    for (unsigned i = 0; i < 2; i++) {
        struct piece p = {0, 0, versions[i], false};
        for (unsigned n = 0; n < 8 && mqw__next_piece(data, size, &p); n++) {
            struct mqw_options o = {p.version, 0, false, 0, 0, 0};
            struct mqw_packet packet;
            good[i] += mqw_decode(data + p.at, p.size, &o, &packet).code == MQW_OK;
        }
    }
    return versions[good[1] > good[0]];
}

/* ---- Fields -------------------------------------------------------------------------------- */

/* Follows a walk: which lengths count what comes now, and in which property it is. */
struct walk {
    unsigned depth;
    struct length open[DEPTH];
    uint8_t property;
};

static bool is_varint(const struct mqw_field *f, uint8_t property)
{
    static const uint64_t varints = 0
#define VARINTS_BIT(id) | (uint64_t)1 << (id)
#define BYTE_BIT(id)
#define TWO_BIT(id)
#define FOUR_BIT(id)
#define TEXT_BIT(id)
#define TOPIC_BIT(id)
#define BINARY_BIT(id)
#define PAIRS_BIT(id)
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text) TYPE##_BIT(id)
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#undef VARINTS_BIT
#undef BYTE_BIT
#undef TWO_BIT
#undef FOUR_BIT
#undef TEXT_BIT
#undef TOPIC_BIT
#undef BINARY_BIT
#undef PAIRS_BIT
        ;
    if (f->kind == MQW_KIND_INTEGER)
        return property < MQW_PROPERTY_END && (varints >> property & 1);
    return is_remaining_length(f, NULL) || is_block(f, NULL);
}

/* A length counts a text even if that is empty; else what begins where its bytes end is outside. */
static bool counts(const struct length *l, const struct mqw_field *f)
{
    uint32_t end = l->end + l->number;
    return f->start < end || (f->start == l->end && f->end == end);
}

static void follow(struct walk *w, const struct mqw_field *f, struct field *now)
{
    if (f->kind != MQW_KIND_BITS)
        while (w->depth && !counts(&w->open[w->depth - 1], f))
            w->depth--;
    if (f->kind == MQW_KIND_IDENTIFIER)
        w->property = (uint8_t)f->number;
    else if (!strstr(f->path, "properties.") || is_block(f, NULL))
        w->property = 0;
    now->kind = f->kind;
    now->bit = f->bit;
    now->width = f->width;
    now->property = w->property;
    now->varint = is_varint(f, w->property);
    now->will = path_begins(f, "will.");
    now->start = f->start;
    now->end = f->end;
    now->number = f->number;
    now->depth = w->depth;
    memcpy(now->lengths, w->open, sizeof w->open);
    if (f->kind == MQW_KIND_LENGTH && w->depth < DEPTH) {
        struct length *l = &w->open[w->depth++];
        l->start = f->start;
        l->end = f->end;
        l->number = f->number;
        l->varint = now->varint;
    }
}

struct search {
    struct walk walk;
    struct draw *draw;
    wanted *want;
    const void *arg;
    struct field *found;
    uint32_t seen;
};

static bool search_field(void *arg, const struct mqw_field *f)
{
    struct search *s = (struct search *)arg;
    struct field now;
    follow(&s->walk, f, &now);
    if (s->want(f, s->arg) && draw_below(s->draw, ++s->seen) == 0)
        *s->found = now;
    return true;
}

static void explain(const struct mutation *m, const struct piece *piece, mqw_visit *visit,
                    void *arg)
{
    struct mqw_options o = lenient(piece->version);
    mqw_explain(m->data + piece->at, piece->size, &o, visit, arg);
}

bool mqw__find_field(struct mutation *m, const struct piece *piece, wanted *want, const void *arg,
                     struct field *found)
{
    struct search s;
    memset(&s, 0, sizeof s);
    s.draw = &m->draw;
    s.want = want;
    s.arg = arg;
    s.found = found;
    explain(m, piece, search_field, &s);
    return s.seen;
}

/* A few packets by chance, which is quick; else each of them in turn. */
enum { GUESSES = 4 };

bool mqw__pick_field(struct mutation *m, wanted *want, const void *arg, struct spot *spot)
{
    struct piece p;
    uint32_t seen = 0;
    for (unsigned i = 0; i < GUESSES; i++)
        if (mqw__pick_piece(m, &spot->piece) &&
            mqw__find_field(m, &spot->piece, want, arg, &spot->field))
            return true;
    for (p = first_piece(m); mqw__next_piece(m->data, m->size, &p);) {
        struct field field;
        if (mqw__find_field(m, &p, want, arg, &field) && draw_below(&m->draw, ++seen) == 0) {
            spot->piece = p;
            spot->field = field;
        }
    }
    return seen;
}

/* ---- Units --------------------------------------------------------------------------------- */

struct units {
    struct walk walk;
    struct draw *draw;
    enum unit kind;
    char name[NAME_ROOM]; /* of the unit that the walk is in */
    size_t len;
    bool any, last_found; /* was there one; was it the last one */
    struct field now;
    struct field *found;
    uint32_t *next;
    uint32_t seen;
};

static void unit_ends(struct units *u)
{
    if (!u->any || (u->kind == UNIT_PROPERTY && u->now.kind != MQW_KIND_IDENTIFIER)) {
        u->last_found = false;
        return;
    }
    if (u->last_found)
        *u->next = u->now.end;
    u->last_found = draw_below(u->draw, ++u->seen) == 0;
    if (u->last_found) {
        *u->found = u->now;
        *u->next = 0;
    }
}

/* "subscriptions[0].qos" is of subscriptions[0], "properties.content_type.length" of the property. */
static size_t unit_name(const struct mqw_field *f)
{
    const char *bracket = strchr(f->path, ']');
    size_t len = strlen(f->path);
    if (bracket)
        return (size_t)(bracket + 1 - f->path);
    if (path_ends(f, "identifier"))
        return len - strlen(".identifier");
    return path_ends(f, "length") && len > strlen(".length") ? len - strlen(".length") : len;
}

static bool search_unit(void *arg, const struct mqw_field *f)
{
    struct units *u = (struct units *)arg;
    struct field now;
    bool same;
    follow(&u->walk, f, &now);
    if (f->kind == MQW_KIND_BITS || f->kind == MQW_KIND_UNREAD || is_block(f, NULL) ||
        is_remaining_length(f, NULL) || f->start == 0)
        return true;
    same = u->any && strncmp(f->path, u->name, u->len) == 0 &&
           (!f->path[u->len] || f->path[u->len] == '.') && f->start == u->now.end &&
           f->kind != MQW_KIND_IDENTIFIER;
    if (same) {
        u->now.end = f->end;
        return true;
    }
    unit_ends(u);
    u->any = true;
    u->now = now;
    u->len = unit_name(f);
    if (u->len >= NAME_ROOM)
        u->len = NAME_ROOM - 1;
    memcpy(u->name, f->path, u->len);
    return true;
}

bool mqw__pick_unit(struct mutation *m, enum unit kind, struct spot *spot, uint32_t *next)
{
    for (unsigned i = 0; i < GUESSES; i++) {
        struct units u;
        memset(&u, 0, sizeof u);
        u.draw = &m->draw;
        u.kind = kind;
        u.found = &spot->field;
        u.next = next;
        if (!mqw__pick_piece(m, &spot->piece))
            return false;
        explain(m, &spot->piece, search_unit, &u);
        unit_ends(&u);
        if (u.seen)
            return true;
    }
    return false;
}

/* ---- Changes ------------------------------------------------------------------------------- */

uint8_t *mqw__splice_raw(struct mutation *m, size_t at, size_t removed, size_t n)
{
    if (at > m->size || removed > m->size - at || n > m->max || m->size - removed > m->max - n)
        return NULL;
    memmove(m->data + at + n, m->data + at + removed, m->size - at - removed);
    m->size = m->size - removed + n;
    return m->data + at;
}

unsigned mqw__put_varint(uint8_t *out, uint32_t value, unsigned least)
{
    unsigned n = 0;
    do {
        out[n] = (uint8_t)(value & 0x7F);
        value >>= 7;
        if (value || n + 1 < least)
            out[n] |= 0x80;
        n++;
    } while (value || n < least);
    return n;
}

uint8_t *mqw__splice(struct mutation *m, const struct piece *piece, const struct field *field,
                     unsigned depth, size_t at, size_t removed, size_t n)
{
    int64_t more = (int64_t)n - (int64_t)removed;
    size_t spare = more > 0 && m->repair ? 3 * (size_t)depth : 0; /* lengths may take more bytes */
    size_t shift = 0;
    if (n > m->max || spare > m->max - n || m->size - removed > m->max - n - spare ||
        !mqw__splice_raw(m, piece->at + at, removed, n))
        return NULL;
    while (m->repair && depth--) {
        const struct length *l = &field->lengths[depth];
        int64_t said = (int64_t)l->number + more;
        uint32_t number = said < 0                ? 0
                          : said > MQW_LENGTH_MAX ? (uint32_t)MQW_LENGTH_MAX
                                                  : (uint32_t)said;
        size_t start = piece->at + l->start, was = l->end - l->start;
        uint8_t bytes[5];
        unsigned now;
        if (!l->varint) { /* over 65,535 it says something else */
            m->data[start] = (uint8_t)(number >> 8);
            m->data[start + 1] = (uint8_t)number;
            continue;
        }
        now = mqw__put_varint(bytes, number, 1);
        if (mqw__splice_raw(m, start, was, now)) {
            memcpy(m->data + start, bytes, now);
            more += (int64_t)now - (int64_t)was;
            shift += now - was; /* modulo the size of the type, where it shrinks */
        }
    }
    return m->data + (piece->at + at + shift);
}

bool mqw__set_number(struct mutation *m, const struct spot *s, uint32_t value)
{
    const struct field *f = &s->field;
    uint32_t width = f->end - f->start;
    uint8_t bytes[5], *at;
    unsigned n;
    if (!f->varint) {
        for (uint32_t i = 0; i < width; i++)
            m->data[s->piece.at + f->start + i] =
                (uint8_t)(width - 1 - i < 4 ? value >> 8 * (width - 1 - i) : 0);
        return true;
    }
    n = mqw__put_varint(bytes, value & MQW_LENGTH_MAX, 1);
    at = mqw__splice(m, &s->piece, f, f->depth, f->start, width, n);
    if (at)
        memcpy(at, bytes, n);
    return at;
}

static void reverse(uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t byte = at[i];
        at[i] = at[n - 1 - i];
        at[n - 1 - i] = byte;
    }
}

void mqw__rotate(uint8_t *first, size_t left, size_t right)
{
    reverse(first, left);
    reverse(first + left, right);
    reverse(first, left + right);
}
