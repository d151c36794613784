/* SPDX-License-Identifier: MIT */
/*
 * IP fragments put together: RFC 791, 3.2; RFC 8200, 4.5.
 *
 * Of bytes that came twice the first copy counts, in blocks of eight bytes.  A few packets are
 * under way at once, each for half a minute at most.
 */
#ifndef CAPTURE_FRAGMENTS_H
#define CAPTURE_FRAGMENTS_H

#include "link.h"
#include "memory.h"
#include "stream.h"

enum { FRAGMENTS_UNDER_WAY = 64 };

struct fragments {
    struct puzzle *puzzles[FRAGMENTS_UNDER_WAY]; /* NULL: not used yet */
    uint64_t lost;                               /* packets of which parts never came */
};

/* True: the packet is complete; whole is all of it, and lasts until the next call. */
bool fragments_add(struct fragments *fragments, struct memory *memory,
                   const struct fragment *fragment, struct moment when, struct fragment *whole);

/* Nothing follows. */
void fragments_end(struct fragments *fragments);
void fragments_close(struct fragments *fragments, struct memory *memory);

#endif
