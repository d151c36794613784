/* SPDX-License-Identifier: MIT */
/*
 * Is this text as the specification wants it?  Sections 1.5.3 (3.1.1), 1.5.4 (5.0) and 4.7.
 *
 * The common case, ASCII, is judged a block at a time here; anything else goes to the scanner in
 * text.c, which reads one character after the other and knows what is wrong, and where.
 */
#ifndef MQW_TEXT_H
#define MQW_TEXT_H

#include "internal.h"

/* What a text may be searched for. */
enum text_fault {
    TEXT_GOOD = 0,
    TEXT_BAD_UTF8 = 1,
    TEXT_NUL = 2,
    TEXT_WILDCARD = 4, /* + or # */
    TEXT_CONTROL = 8,
    TEXT_NONCHARACTER = 16
};

/* The first fault of those looked for, and where it is. */
HIDDEN enum text_fault mqw__text_scan(const uint8_t *text, uint32_t len, unsigned look_for,
                                      uint32_t *where);

/* The rule that the wildcards of a filter break, or MQW_OK, and where. */
HIDDEN enum mqw_code mqw__filter_scan(const uint8_t *text, uint32_t len, uint8_t version,
                                      uint32_t *where);

#ifndef MQW_SMALL
/* ---- A block of bytes: SSE2, NEON, or eight bytes in a word -------------------------------- */

#if defined(MQW_PORTABLE)
#define BLOCK_WORD
#elif defined(__SSE2__)
#include <emmintrin.h>
#define BLOCK_SSE2
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define BLOCK_NEON
#else
#define BLOCK_WORD
#endif

FAST uint64_t load8(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

FAST uint32_t load4(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

/*
 * The n bytes at p, fewer than eight, in some order and some of them twice: enough to judge them.
 * NUL stands for nothing, so what is not filled is filled with a copy.
 */
FAST uint64_t load_below8(const uint8_t *p, size_t n)
{
    uint32_t few;
    if (n >= 4)
        return (uint64_t)load4(p) << 32 | load4(p + n - 4);
    if (n == 0)
        return 0x2020202020202020;
    few = (uint32_t)p[0] << 16 | (uint32_t)p[n / 2] << 8 | p[n - 1];
    return (uint64_t)(few | 0x20000000) << 32 | few | 0x20000000;
}

#if defined(BLOCK_SSE2)
enum { BLOCK = 16 };
typedef __m128i block;

FAST block block_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

FAST void block_store(uint8_t *p, block b)
{
    _mm_storeu_si128((__m128i *)(void *)p, b);
}

FAST block block_pair(uint64_t a, uint64_t b)
{
    return _mm_set_epi64x((long long)a, (long long)b);
}

FAST block block_or(block a, block b)
{
    return _mm_or_si128(a, b);
}

FAST block block_none(void)
{
    return _mm_setzero_si128();
}

/* High bits where a byte is NUL or not ASCII. */
FAST block block_odd(block b)
{
    return _mm_or_si128(b, _mm_cmpeq_epi8(b, _mm_setzero_si128()));
}

/* High bits where a byte is + (0x2B) or # (0x23), which bit 3 tells apart; others in low bits. */
FAST block block_wild(block b)
{
    return _mm_cmpeq_epi8(_mm_or_si128(b, _mm_set1_epi8(8)), _mm_set1_epi8('+'));
}

FAST unsigned block_mask(block b)
{
    return (unsigned)_mm_movemask_epi8(b);
}

#elif defined(BLOCK_NEON)
enum { BLOCK = 16 };
typedef uint8x16_t block;

FAST block block_load(const uint8_t *p)
{
    return vld1q_u8(p);
}

FAST void block_store(uint8_t *p, block b)
{
    vst1q_u8(p, b);
}

FAST block block_pair(uint64_t a, uint64_t b)
{
    return vcombine_u8(vcreate_u8(b), vcreate_u8(a));
}

FAST block block_or(block a, block b)
{
    return vorrq_u8(a, b);
}

FAST block block_none(void)
{
    return vdupq_n_u8(0);
}

FAST block block_odd(block b)
{
    return vorrq_u8(b, vceqzq_u8(b));
}

FAST block block_wild(block b)
{
    return vceqq_u8(vorrq_u8(b, vdupq_n_u8(8)), vdupq_n_u8('+'));
}

/* Not the bytes' places, as in SSE2, but whether there is any. */
FAST unsigned block_mask(block b)
{
    return vmaxvq_u8(b) >> 7;
}

#else
enum { BLOCK = 8 };
typedef uint64_t block;

FAST block block_load(const uint8_t *p)
{
    return load8(p);
}

FAST void block_store(uint8_t *p, block b)
{
    memcpy(p, &b, 8);
}

FAST block block_or(block a, block b)
{
    return a | b;
}

FAST block block_none(void)
{
    return 0;
}

/* High bits where a byte is zero; also where it follows one that is, which changes no answer. */
FAST block block_zero(block b)
{
    return (b - 0x0101010101010101) & ~b & 0x8080808080808080;
}

FAST block block_odd(block b)
{
    return b | block_zero(b);
}

FAST block block_wild(block b)
{
    return block_zero((b | 0x0808080808080808) ^ 0x2B2B2B2B2B2B2B2B);
}

FAST unsigned block_mask(block b)
{
    return (b & 0x8080808080808080) != 0;
}
#endif

/* n bytes at p, fewer than a block. */
FAST block block_short(const uint8_t *p, size_t n)
{
#if defined(BLOCK_WORD)
    return load_below8(p, n);
#else
    if (n >= 8)
        return block_pair(load8(p), load8(p + n - 8));
    {
        uint64_t few = load_below8(p, n);
        return block_pair(few, few);
    }
#endif
}

FAST block block_faults(block b, bool topic)
{
    return topic ? block_or(block_odd(b), block_wild(b)) : block_odd(b);
}

/* ---- Judging ------------------------------------------------------------------------------- */

/* A text with something odd in it: is it good all the same, because it is not only ASCII? */
HIDDEN bool mqw__text_good(const uint8_t *text, uint32_t len, bool topic);

/*
 * Is this text well-formed UTF-8 without NUL and, for a topic name, without wildcards?
 * Bytes up to limit may be read, as they are the caller's too.
 */
FAST bool text_good(const uint8_t *text, uint32_t len, const uint8_t *limit, bool topic)
{
    unsigned faults;
    (void)limit;
    if (len < BLOCK) {
#if defined(BLOCK_SSE2)
        if (LIKELY(limit - text >= BLOCK)) {
            unsigned marks = block_mask(block_faults(block_load(text), topic));
            faults = (unsigned)__builtin_ctz(marks | 1u << BLOCK) < len; /* and not behind it */
        } else
#endif
            faults = block_mask(block_faults(block_short(text, len), topic));
    } else {
        block found = block_faults(block_load(text + len - BLOCK), topic);
        const uint8_t *last = text + len - BLOCK;
        const uint8_t *at;
        for (at = text; at < last; at += BLOCK)
            found = block_or(found, block_faults(block_load(at), topic));
        faults = block_mask(found);
    }
    return LIKELY(!faults) || mqw__text_good(text, len, topic);
}

#else /* MQW_SMALL: the scanner alone */

HIDDEN bool mqw__text_good(const uint8_t *text, uint32_t len, bool topic);

FAST bool text_good(const uint8_t *text, uint32_t len, const uint8_t *limit, bool topic)
{
    (void)limit;
    return mqw__text_good(text, len, topic);
}
#endif

/* Is this a well-formed topic filter?  Bytes up to limit may be read. */
HIDDEN bool mqw__filter_good(const uint8_t *text, uint32_t len, const uint8_t *limit,
                             uint8_t version);

/* Does this payload claim to be UTF-8 (Payload Format Indicator 1), and is not? */
static inline bool falsely_announced(const struct mqw_properties *properties,
                                     const struct mqw_bytes *payload)
{
    uint32_t where;
    return mqw_has(properties, MQW_PROPERTY_PAYLOAD_FORMAT_INDICATOR) &&
           properties->payload_format_indicator == 1 &&
           mqw__text_scan(payload->ptr, payload->len, TEXT_BAD_UTF8, &where) != TEXT_GOOD;
}

#endif
