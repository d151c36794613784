/* SPDX-License-Identifier: MIT */
/*
 * mqttwire-fuzz in AFL++: a custom mutator, as its docs/custom_mutators.md has them.
 * AFL_CUSTOM_MUTATOR_LIBRARY names the module; with AFL_CUSTOM_MUTATOR_ONLY=1 there is no other one.
 */
#include "draw.h"
#include "mqttwire_fuzz.h"

#include <stdlib.h>
#include <string.h>

struct state {
    struct draw draw;
    uint8_t *out; /* AFL++ reads it until the next call */
    size_t room;
};

#define EXPORTED __attribute__((visibility("default")))
EXPORTED void *afl_custom_init(void *afl, unsigned int seed);
EXPORTED size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
                                uint8_t *add_buf, size_t add_buf_size, size_t max_size);
EXPORTED size_t afl_custom_havoc_mutation(void *data, uint8_t *buf, size_t buf_size,
                                          uint8_t **out_buf, size_t max_size);
EXPORTED uint8_t afl_custom_havoc_mutation_probability(void *data);
EXPORTED const char *afl_custom_describe(void *data, size_t max_description_len);
EXPORTED void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
    struct state *s = (struct state *)calloc(1, sizeof *s);
    (void)afl;
    if (s)
        s->draw.state = seed;
    return s;
}

/* AFL++ asks for the same size again and again: memory is taken once. */
static bool make_room(struct state *s, size_t size)
{
    uint8_t *more;
    if (size <= s->room)
        return true;
    more = (uint8_t *)realloc(s->out, size);
    if (!more)
        return false;
    s->out = more;
    s->room = size;
    return true;
}

static size_t mutated(struct state *s, const uint8_t *buf, size_t size, uint8_t **out, size_t max)
{
    if (!max || !make_room(s, max)) {
        *out = NULL;
        return 0;
    }
    *out = s->out;
    if (size > max)
        size = max;
    if (size)
        memcpy(s->out, buf, size);
    return mqw_mutate(s->out, size, max, draw_any(&s->draw));
}

/* In one case of four, of two inputs. */
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
                       uint8_t *add_buf, size_t add_buf_size, size_t max_size)
{
    struct state *s = (struct state *)data;
    if (add_buf && add_buf_size && max_size && draw_chance(&s->draw, 25) &&
        make_room(s, max_size)) {
        *out_buf = s->out;
        return mqw_crossover(buf, buf_size, add_buf, add_buf_size, s->out, max_size,
                             draw_any(&s->draw));
    }
    return mutated(s, buf, buf_size, out_buf, max_size);
}

/* One step among those of AFL++. */
size_t afl_custom_havoc_mutation(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
                                 size_t max_size)
{
    return mutated((struct state *)data, buf, buf_size, out_buf, max_size);
}

uint8_t afl_custom_havoc_mutation_probability(void *data)
{
    (void)data;
    return 20; /* per cent */
}

/* What the names of what it finds are to say. */
const char *afl_custom_describe(void *data, size_t max_description_len)
{
    (void)data;
    return max_description_len > 8 ? "mqttwire" : "";
}

void afl_custom_deinit(void *data)
{
    struct state *s = (struct state *)data;
    free(s->out);
    free(s);
}
