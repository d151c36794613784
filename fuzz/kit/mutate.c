/* SPDX-License-Identifier: MIT */
/* Drawing operators, and crossing streams. */
#include "operators.h"

static const struct mqw_operator_row rows[] = {
#define MQW_ROW(NAME, name, level, weight, text) {#name, text, MQW_LEVEL_##level, weight},
    MQW_OPERATORS(MQW_ROW)
#undef MQW_ROW
};

static mqw__operation *const operations[] = {
#define MQW_ROW(NAME, name, level, weight, text) mqw__do_##name,
    MQW_OPERATORS(MQW_ROW)
#undef MQW_ROW
};

const struct mqw_operator_row *mqw_operator_at(size_t index)
{
    return index < MQW_OPERATOR_COUNT ? &rows[index] : NULL;
}

void mqw_mutator_init(struct mqw_mutator *mutator)
{
    memset(mutator, 0, sizeof *mutator);
    mutator->repair = 80;
    mutator->rounds = 4;
}

/* ---- Mutation ------------------------------------------------------------------------------ */

static unsigned weight_of(const struct mqw_mutator *o, unsigned i)
{
    return o->weights ? o->weights[i] : rows[i].weight;
}

/* An operator by its weight, of one level or (0) of all; MQW_OPERATOR_COUNT where none has any. */
static unsigned draw_operator(const struct mqw_mutator *o, struct draw *d, unsigned level)
{
    uint32_t total = 0, left;
    unsigned i;
    for (i = 0; i < MQW_OPERATOR_COUNT; i++)
        if (!level || rows[i].level == level)
            total += weight_of(o, i);
    left = draw_below(d, total);
    for (i = 0; i < MQW_OPERATOR_COUNT && total; i++) {
        if (level && rows[i].level != level)
            continue;
        if (left < weight_of(o, i))
            return i;
        left -= weight_of(o, i);
    }
    return MQW_OPERATOR_COUNT;
}

static bool apply(const struct mqw_mutator *o, struct mutation *m, unsigned i)
{
    bool done;
    if (i >= MQW_OPERATOR_COUNT)
        return false;
    m->repair = draw_chance(&m->draw, o->repair);
    done = operations[i](m);
    if (o->uses) {
        o->uses[i].drawn++;
        o->uses[i].applied += done;
    }
    return done;
}

/* Some that fit, or where none did, one of bytes. */
static void mutate_once(const struct mqw_mutator *o, struct mutation *m)
{
    enum { TRIES = 12 };
    for (unsigned i = 0; i < TRIES; i++)
        if (apply(o, m, draw_operator(o, &m->draw, 0)))
            return;
    apply(o, m, draw_operator(o, &m->draw, MQW_LEVEL_BYTE));
}

size_t mqw_mutate_with(const struct mqw_mutator *mutator, uint8_t *data, size_t size,
                       size_t max_size, uint32_t seed)
{
    struct mqw_mutator o;
    struct mutation m;
    uint32_t rounds;
    if (mutator)
        o = *mutator;
    else
        mqw_mutator_init(&o);
    if (!max_size)
        return 0;
    m.data = data;
    m.max = max_size;
    m.size = size < max_size ? size : max_size;
    m.draw.state = seed;
    m.sender = o.sender;
    m.version = o.version ? o.version : mqw__guess_version(data, m.size);
    m.repair = true;
    if (!m.size) {
        m.size = mqw_generate(data, max_size, o.version, o.sender, seed);
        if (m.size)
            return m.size;
        data[m.size++] = (uint8_t)draw_any(&m.draw); /* there is no room for a packet */
    }
    /* One change is the likeliest, and the most is the rarest. */
    rounds = 1 + draw_below(&m.draw, 1 + draw_below(&m.draw, o.rounds ? o.rounds : 1));
    while (rounds--)
        mutate_once(&o, &m);
    return m.size;
}

size_t mqw_mutate(uint8_t *data, size_t size, size_t max_size, uint32_t seed)
{
    return mqw_mutate_with(NULL, data, size, max_size, seed);
}

/* ---- Crossing ------------------------------------------------------------------------------ */

/* One of the two that are crossed, and what is taken of it next. */
struct side {
    const uint8_t *data;
    size_t size;
    struct piece piece;
};

static struct side side_of(const uint8_t *data, size_t size)
{
    struct side s = {data, size, {0, 0, 0, false}};
    s.piece.version = mqw__guess_version(data, size);
    return s;
}

/* The next packet; or all that is left, where that is none. */
static bool next_of(struct side *s)
{
    size_t at = s->piece.at + s->piece.size;
    if (at >= s->size)
        return false;
    if (!mqw__next_piece(s->data, s->size, &s->piece)) {
        s->piece.at = at;
        s->piece.size = s->size - at > UINT32_MAX ? UINT32_MAX : (uint32_t)(s->size - at);
    }
    return true;
}

static size_t take(uint8_t *out, size_t n, size_t max, const uint8_t *from, size_t size)
{
    if (size > max - n)
        size = max - n;
    if (size)
        memcpy(out + n, from, size);
    return n + size;
}

/* Packets of both in turns; how often which is drawn, too. */
static size_t in_turns(struct draw *d, struct side *a, struct side *b, uint8_t *out, size_t max)
{
    unsigned percent = draw_between(d, 10, 90);
    size_t n = 0;
    bool more_a = next_of(a), more_b = next_of(b);
    while ((more_a || more_b) && n < max) {
        struct side *s = !more_b || (more_a && draw_chance(d, percent)) ? a : b;
        if (draw_chance(d, 85))
            n = take(out, n, max, s->data + s->piece.at, s->piece.size);
        *(s == a ? &more_a : &more_b) = next_of(s);
    }
    return n;
}

/* A place between packets of a stream. */
static size_t border(struct draw *d, struct side *s)
{
    size_t at = 0;
    uint32_t seen = 0;
    while (next_of(s))
        if (draw_below(d, ++seen) == 0)
            at = s->piece.at;
    return draw_chance(d, 20) ? s->size : at;
}

size_t mqw_crossover(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                     uint8_t *out, size_t max_out, uint32_t seed)
{
    struct draw d = {seed};
    struct side a = side_of(data1, size1), b = side_of(data2, size2);
    size_t n, from;
    if (!size1 || !size2)
        return take(out, 0, max_out, size1 ? data1 : data2, size1 ? size1 : size2);
    if (draw_chance(&d, 50)) {
        n = in_turns(&d, &a, &b, out, max_out);
        if (n)
            return n;
    } else if (draw_chance(&d, 75)) {
        n = take(out, 0, max_out, data1, border(&d, &a));
        from = border(&d, &b);
        if (n || from < size2)
            return take(out, n, max_out, data2 + from, size2 - from);
    }
    n = take(out, 0, max_out, data1, 1 + draw_below(&d, size1));
    from = draw_below(&d, size2);
    return take(out, n, max_out, data2 + from, size2 - from);
}
