/* SPDX-License-Identifier: MIT */
/* All vectors of the table, one after the other. */
#include "machine.h"

#include "../vectors.h"

extern uint8_t heap_begin[], heap_end[];

static size_t used;

int main(void);

void *port_alloc(size_t size)
{
    uint8_t *made = heap_begin + used;
    used += (size + 7) & ~(size_t)7;
    if (used > (size_t)(heap_end - heap_begin)) {
        say("out of memory\n");
        leave(3);
    }
    return made;
}

/* It is always the last one. */
void port_free(void *block)
{
    used = (size_t)((uint8_t *)block - heap_begin);
}

static void say_failure(const vector *v)
{
    const char *const words[] = {"FAILED ",   v->id,       ": ",           failure.what, ": ",
                                 failure.got, ", wanted ", failure.wanted, "\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        say(words[i]);
}

static void say_count(uint32_t count, const char *what)
{
    char out[64] = "";
    put_number(out, sizeof out, count);
    put_text(out, sizeof out, what);
    say(out);
}

int main(void)
{
    uint32_t passed = 0, failed = 0, unsayable = 0;
    for (const vector *v = all_vectors; v < all_vectors + all_vectors_count; v++) {
        bool sayable;
        if (judge(v, &sayable)) {
            passed++;
        } else {
            failed++;
            say_failure(v);
        }
        unsayable += !sayable;
    }
    say_count(unsayable, " have values that no member can hold\n");
    say_count(passed, " passed ");
    say_count(failed, " failed\n");
    return failed ? 1 : 0;
}
