/* SPDX-License-Identifier: MIT */
#include "waits.h"

#include <stdlib.h>

enum { LEAST = 8 };

/* Identifiers are mostly given out in turn: a multiplier spreads those that are chosen. */
static uint32_t home(const struct waits *waits, uint32_t key)
{
    return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (waits->room - 1);
}

/* The place of a key, or the free one where it would be. */
static struct wait *place(const struct waits *waits, uint32_t key)
{
    uint32_t at = home(waits, key);
    while (waits->places[at].number && waits->places[at].key != key)
        at = (at + 1) & (waits->room - 1);
    return &waits->places[at];
}

struct wait *waits_find(const struct waits *waits, uint32_t key)
{
    struct wait *found = waits->count ? place(waits, key) : NULL;
    return found && found->number ? found : NULL;
}

/* Twice the room; false where there is no memory. */
static bool grow(struct waits *waits, struct memory *memory)
{
    struct waits old = *waits;
    uint32_t i;
    waits->room = old.room ? 2 * old.room : LEAST;
    waits->places = memory_take(memory, waits->room * sizeof *waits->places);
    if (!waits->places) {
        *waits = old;
        return false;
    }
    for (i = 0; i < old.room; i++)
        if (old.places[i].number)
            *place(waits, old.places[i].key) = old.places[i];
    memory_drop(memory, old.places, old.room * sizeof *old.places);
    return true;
}

void waits_put(struct waits *waits, struct memory *memory, struct wait wait)
{
    struct wait *at = waits_find(waits, wait.key);
    if (!at) {
        if (waits->count >= waits->room / 2 && !grow(waits, memory))
            return;
        at = place(waits, wait.key);
        waits->count++;
    }
    *at = wait;
}

/* Those behind it move up, as far as that brings them nearer to their homes. */
void waits_remove(struct waits *waits, struct wait *wait)
{
    uint32_t mask = waits->room - 1, hole = (uint32_t)(wait - waits->places), at = hole;
    for (;;) {
        at = (at + 1) & mask;
        if (!waits->places[at].number)
            break;
        if (((at - home(waits, waits->places[at].key)) & mask) >= ((at - hole) & mask)) {
            waits->places[hole] = waits->places[at];
            hole = at;
        }
    }
    waits->places[hole].number = 0;
    waits->count--;
}

static int by_number(const void *a, const void *b)
{
    uint64_t one = ((const struct wait *)a)->number, other = ((const struct wait *)b)->number;
    return (one > other) - (one < other);
}

void waits_sort(struct waits *waits)
{
    uint32_t from, to = 0;
    for (from = 0; from < waits->room; from++)
        if (waits->places[from].number)
            waits->places[to++] = waits->places[from];
    if (to)
        qsort(waits->places, to, sizeof *waits->places, by_number);
}

void waits_free(struct waits *waits, struct memory *memory)
{
    memory_drop(memory, waits->places, waits->room * sizeof *waits->places);
    waits->places = NULL;
    waits->room = waits->count = 0;
}
