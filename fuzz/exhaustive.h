/* SPDX-License-Identifier: MIT */
/* What the parts of the exhaustive comparison share. */
#ifndef FUZZ_EXHAUSTIVE_H
#define FUZZ_EXHAUSTIVE_H

#include "compare.h"

/*
 * Which of the next `count` cases are in the slice that is asked for: at, at + step, ...  Few cases
 * are not worth a slice: the first one has all of them.
 */
struct slice {
    uint64_t at, step;
};
struct slice slice_of(uint64_t count);
void executed(uint64_t count);

/* A copy that ends where a block of memory ends, for sanitizers; the last one is gone. */
enum { AT_END_MAX = 96 };
const uint8_t *at_end(const uint8_t *bytes, size_t len);

void every_length(struct scratch *scratch);
void every_packet(struct scratch *scratch);
void every_long(struct scratch *scratch);
void every_text(struct scratch *scratch);
void every_topic(struct scratch *scratch);

#endif
