/* SPDX-License-Identifier: MIT */
/*
 * A stream of packets that is being changed: where packets and fields are, and changing them.
 * Where a field is, mqw_explain tells: no layout is written here.
 */
#ifndef MQW_KIT_STREAM_H
#define MQW_KIT_STREAM_H

#include "draw.h"
#include "mqttwire_fuzz.h"

#include <string.h>

enum { DEPTH = 4, NAME_ROOM = 96 }; /* lengths around a field: packet, block, text */

struct mutation {
    uint8_t *data;
    size_t size, max;
    struct draw draw;
    uint8_t version; /* where no CONNECT tells another one */
    uint8_t sender;
    bool repair; /* lengths are made to fit again */
};

/* A packet, or at the end of the stream what came of one. */
struct piece {
    size_t at;
    uint32_t size; /* bytes */
    uint8_t version;
    bool whole;
};

/* A length: where it stands, and what it says. */
struct length {
    uint32_t start, end, number;
    bool varint;
};

/* A field, or a unit: its bytes, and the lengths that count them, from the outermost on. */
struct field {
    enum mqw_kind kind;
    uint8_t bit, width;
    uint8_t property; /* identifier of the property that it belongs to, or 0 */
    bool varint;
    bool will;           /* it is the will's */
    uint32_t start, end; /* offsets in the packet */
    uint32_t number;
    unsigned depth;
    struct length lengths[DEPTH];
};

struct spot {
    struct piece piece;
    struct field field;
};

/* Is it one of those that are looked for? */
typedef bool wanted(const struct mqw_field *field, const void *arg);

/* Units: what can be dropped, repeated and moved as a whole. */
enum unit { UNIT_ANY, UNIT_PROPERTY };

/*
 * The next packet: piece is all zero but for the version at the start.  False at the end, and where
 * bytes are no packet.
 */
bool mqw__next_piece(const uint8_t *data, size_t size, struct piece *piece);

/* Any packet of the stream; false if there is none. */
bool mqw__pick_piece(struct mutation *m, struct piece *piece);

/* Any field of the packet, or of the stream, that is wanted. */
bool mqw__find_field(struct mutation *m, const struct piece *piece, wanted *want, const void *arg,
                     struct field *found);
bool mqw__pick_field(struct mutation *m, wanted *want, const void *arg, struct spot *spot);

/* The same for a unit; `next` is where the one behind it ends, or 0. */
bool mqw__pick_unit(struct mutation *m, enum unit kind, struct spot *spot, uint32_t *next);

/*
 * Puts n bytes, to be written by the caller, in the place of `removed` bytes at the offset `at` of the
 * packet, and lets the field's first `depth` lengths say so, if lengths are to be repaired.  NULL:
 * there is no room, and nothing was changed.
 */
uint8_t *mqw__splice(struct mutation *m, const struct piece *piece, const struct field *field,
                     unsigned depth, size_t at, size_t removed, size_t n);

/* The same anywhere in the stream, without lengths. */
uint8_t *mqw__splice_raw(struct mutation *m, size_t at, size_t removed, size_t n);

/* Two ranges that follow each other change places. */
void mqw__rotate(uint8_t *first, size_t left, size_t right);

/* The version in which more of the first packets are good. */
uint8_t mqw__guess_version(const uint8_t *data, size_t size);

/* Writes a variable byte integer in at least `least` bytes; answers how many it took. */
unsigned mqw__put_varint(uint8_t *out, uint32_t value, unsigned least);

/* ---- Paths --------------------------------------------------------------------------------- */

static inline bool path_is(const struct mqw_field *f, const char *path)
{
    return strcmp(f->path, path) == 0;
}

/* "qos" ends "will.qos" and "subscriptions[0].qos". */
static inline bool path_ends(const struct mqw_field *f, const char *name)
{
    size_t all = strlen(f->path), part = strlen(name);
    return all >= part && strcmp(f->path + all - part, name) == 0 &&
           (all == part || f->path[all - part - 1] == '.');
}

static inline bool path_begins(const struct mqw_field *f, const char *name)
{
    return strncmp(f->path, name, strlen(name)) == 0;
}

static inline bool has_path(const struct mqw_field *f, const void *path)
{
    return f->kind != MQW_KIND_LENGTH && path_is(f, (const char *)path);
}

static inline bool is_remaining_length(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return path_is(f, "remaining_length");
}

/* The length of a block of properties. */
static inline bool is_block(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_LENGTH && path_ends(f, "properties.length");
}

/* Topic names and filters, the response topic too. */
static inline bool is_topic(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_TEXT &&
           (path_ends(f, "topic") || path_ends(f, "topic_filter") ||
            path_begins(f, "topic_filters") || path_ends(f, "response_topic"));
}

/* Writes a number over its bytes, or as a variable byte integer in their place. */
bool mqw__set_number(struct mutation *m, const struct spot *spot, uint32_t value);

/* A field that is a length, as what it counts is seen: with itself as the innermost length. */
static inline struct field inside(const struct field *length)
{
    struct field f = *length;
    struct length *l = &f.lengths[f.depth < DEPTH ? f.depth++ : DEPTH - 1];
    l->start = f.start;
    l->end = f.end;
    l->number = f.number;
    l->varint = true;
    return f;
}

/* Some bits of a byte. */
static inline void set_bits(struct mutation *m, const struct spot *s, uint32_t value)
{
    uint8_t *byte = m->data + s->piece.at + s->field.start;
    unsigned mask = ((1u << s->field.width) - 1) << s->field.bit;
    *byte = (uint8_t)((*byte & ~mask) | (value << s->field.bit & mask));
}

#endif
