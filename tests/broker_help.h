/* SPDX-License-Identifier: MIT */
/* What the tests of parts of samples/broker share. */
#ifndef BROKER_HELP_H
#define BROKER_HELP_H

#include "help.h"

/* As in help.h: asserted millions of times. */
#undef ck_assert
#define ck_assert(good) ck_assert_msg(good, "it is not so: %s", #good)

/* Random numbers from a fixed seed; MQW_SEED=n begins elsewhere. */
void draw_begin(void);
uint32_t draw(uint32_t below);

/* So many calls of calloc and realloc succeed, and none after them.  SIZE_MAX: all.  Not to be left
 * so while something is asserted: Check, which tells of what fails, needs memory too. */
extern size_t memory_left;

#endif
