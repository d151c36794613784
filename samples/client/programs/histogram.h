/* SPDX-License-Identifier: MIT */
/*
 * How often values came, to a thousandth of the value, in little room: the idea of HdrHistogram,
 * whose C library Debian 12 does not have.
 */
#ifndef PROGRAMS_HISTOGRAM_H
#define PROGRAMS_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 10, /* of a value that are told apart */
    HISTOGRAM_HALF = 1 << HISTOGRAM_BITS,
    HISTOGRAM_CELLS = (64 - HISTOGRAM_BITS + 1) * HISTOGRAM_HALF
};

struct histogram {
    uint64_t count, most;
    uint64_t cells[HISTOGRAM_CELLS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The least value that so much of all values, in percent, do not exceed; 0 where there is none. */
uint64_t histogram_at(const struct histogram *histogram, double percent);

#endif
