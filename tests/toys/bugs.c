/* SPDX-License-Identifier: MIT */
/* Which bug is on, and its name in what a sanitizer reports. */
#include "bugs.h"

#include <stdio.h>
#include <stdlib.h>

static int chosen = -1;
static int passed;

bool toy_has(enum toy_bug bug)
{
    if (chosen < 0) {
        const char *text = getenv("TOY_BUG");
        chosen = text ? atoi(text) : 0;
    }
    return chosen == (int)bug;
}

bool toy_passes(enum toy_bug bug)
{
    if (!toy_has(bug))
        return false;
    passed = (int)bug;
    return true;
}

static void say(void)
{
    switch (passed) {
#define TOY_ROW(number, NAME, name, PART, text)                                                    \
    case number:                                                                                   \
        fputs("planted bug " #number ", " #name ": " text "\n", stderr);                           \
        break;
        TOY_BUGS(TOY_ROW)
#undef TOY_ROW
    default:
        fputs("no planted bug: this one is real\n", stderr);
    }
}

void toy_work(size_t steps, size_t bytes)
{
    enum { OF_A_BYTE = 32, OF_ANY = 4096 };
    if (steps <= OF_A_BYTE * bytes + OF_ANY)
        return;
    if (toy_has(TOY_USER_PROPERTIES))
        passed = TOY_USER_PROPERTIES;
    fprintf(stderr, "ERROR: %zu steps for %zu bytes\n", steps, bytes);
    say();
    abort();
}

/* Sanitizers call these when they report something. */
void __asan_on_error(void);
void __ubsan_on_report(void);

void __asan_on_error(void)
{
    say();
}

void __ubsan_on_report(void)
{
    say();
}
