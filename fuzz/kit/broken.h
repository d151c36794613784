/* SPDX-License-Identifier: MIT */
/*
 * Packets that break one rule.  Each rule has a recipe: which packets can break it, and how a good one
 * is spoilt, as a structure before it is encoded without that rule, or as bytes after that.
 */
#ifndef MQW_KIT_BROKEN_H
#define MQW_KIT_BROKEN_H

#include "packets.h"
#include "stream.h"

struct job {
    struct drawn d;
    struct mutation m; /* of the bytes */
    enum mqw_code rule;
    /* As which it is judged: for rules about them, d has another sender, or another version. */
    uint8_t version, sender;
};

/* False: this packet cannot be spoilt so. */
typedef bool spoil(struct job *j);

struct recipe {
    enum mqw_code rule;
    uint32_t types; /* 0: those whose rows have it as the rule for other flags */
    spoil *spoil;
};

struct recipes {
    const struct recipe *items;
    size_t count;
};

extern const struct recipes mqw__field_recipes; /* spoil the structure */
extern const struct recipes mqw__byte_recipes;  /* spoil bytes: numbers, bits, ends */
extern const struct recipes mqw__text_recipes;  /* and text */

#define BIT(NAME)    ((uint32_t)1 << MQW_##NAME)
#define ALL_TYPES    UINT32_MAX
#define WITH_TOPIC   (BIT(CONNECT) | BIT(PUBLISH))
#define WITH_FILTER  (BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Bytes: these change the packet that was encoded ---------------------------------------- */

static inline bool find(struct job *j, wanted *want, const void *arg, struct spot *s)
{
    memset(&s->piece, 0, sizeof s->piece);
    s->piece.version = j->d.version;
    return mqw__next_piece(j->m.data, j->m.size, &s->piece) &&
           mqw__find_field(&j->m, &s->piece, want, arg, &s->field);
}

static inline bool put(struct job *j, const struct spot *s, const struct field *f, uint32_t at,
                       uint32_t removed, const void *bytes, size_t n)
{
    uint8_t *to = mqw__splice(&j->m, &s->piece, f, f->depth, at, removed, n);
    if (to && n)
        memcpy(to, bytes, n);
    return to;
}

static inline bool put_instead(struct job *j, const struct spot *s, const char *text, size_t n)
{
    return put(j, s, &s->field, s->field.start, s->field.end - s->field.start, text, n);
}

#endif
