/* SPDX-License-Identifier: MIT */
/* Numbers drawn from a seed, the same on every machine. */
#ifndef MQW_KIT_DRAW_H
#define MQW_KIT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
    uint64_t state;
};

/* SplitMix64: small, quick, and any seed is as good as another. */
static inline uint32_t draw_any(struct draw *d)
{
    uint64_t z = d->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}

/* From 0 to n - 1; 0 where n is 0. */
static inline uint32_t draw_below(struct draw *d, size_t n)
{
    if (n > UINT32_MAX)
        n = UINT32_MAX;
    return (uint32_t)((uint64_t)draw_any(d) * n >> 32);
}

/* From low to high. */
static inline uint32_t draw_between(struct draw *d, uint32_t low, uint32_t high)
{
    return low + (uint32_t)((uint64_t)draw_any(d) * ((uint64_t)high - low + 1) >> 32);
}

/* The same where small is as likely as large: each power of two is. */
static inline uint32_t draw_scaled(struct draw *d, uint32_t low, uint32_t high)
{
    uint32_t most = low;
    unsigned doublings = 0;
    while (most <= high / 2 && ++doublings)
        most *= 2;
    most = low << draw_below(d, doublings + 1);
    return draw_between(d, most, most > high / 2 ? high : 2 * most - 1);
}

static inline bool draw_chance(struct draw *d, unsigned percent)
{
    return draw_below(d, 100) < percent;
}

#endif
