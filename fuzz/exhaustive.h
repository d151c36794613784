/* SPDX-License-Identifier: MIT */
/* What the parts of the exhaustive comparison share. */
#ifndef FUZZ_EXHAUSTIVE_H
#define FUZZ_EXHAUSTIVE_H

#include "compare.h"

/*
 * All cases have a running number, and those of a slice are every stride-th from `first` on: how
 * many of the next `count` come before the first one of the slice.  It steps over all of them.
 */
uint64_t slice_first(uint64_t count);
uint64_t slice_stride(void);
void executed(uint64_t count);

/* A copy that ends where a block of memory ends, for sanitizers; the last one is gone. */
enum { AT_END_MAX = 96 };
const uint8_t *at_end(const uint8_t *bytes, size_t len);

void every_length(struct scratch *scratch);
void every_packet(struct scratch *scratch);
void every_text(struct scratch *scratch);
void every_topic(struct scratch *scratch);

#endif
