/* SPDX-License-Identifier: MIT */
/* Random numbers, and memory that runs out: linked with --wrap=calloc and --wrap=realloc. */
#include "broker_help.h"

static uint64_t state;
size_t memory_left = SIZE_MAX;

void draw_begin(void)
{
    const char *seed = getenv("MQW_SEED");
    state = 0x9E3779B97F4A7C15U + (seed ? strtoul(seed, NULL, 0) : 0);
}

/* xorshift64*, the upper half. */
uint32_t draw(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DU) >> 32) % below;
}

static bool memory(void)
{
    if (memory_left == SIZE_MAX)
        return true;
    return memory_left && memory_left--;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return memory() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return memory() ? __real_realloc(old, size) : NULL;
}
