/* SPDX-License-Identifier: MIT */
/* The operators of mqttwire_fuzz.h, one function each: false where there is nothing to do. */
#ifndef MQW_KIT_OPERATORS_H
#define MQW_KIT_OPERATORS_H

#include "stream.h"

typedef bool mqw__operation(struct mutation *m);

#define MQW_ROW(NAME, name, level, weight, text) mqw__operation mqw__do_##name;
MQW_OPERATORS(MQW_ROW)
#undef MQW_ROW

/* What text faults and tokens are made of. */
struct token {
    uint8_t size;
    uint8_t bytes[23];
};
#define TOKEN(text)                                                                                \
    {                                                                                              \
        sizeof(text) - 1, text                                                                     \
    }
#define TOKENS(array) array, sizeof(array) / sizeof((array)[0])

static inline const struct token *draw_token(struct draw *d, const struct token *tokens, size_t n)
{
    return &tokens[draw_below(d, n)];
}

/* The largest number of so many bytes. */
static inline uint32_t largest(uint32_t bytes)
{
    return bytes >= 4 ? UINT32_MAX : (1u << 8 * bytes) - 1;
}

/* A number that is at a boundary of something, in so many bytes. */
uint32_t mqw__boundary(struct draw *d, uint32_t bytes);

#endif
