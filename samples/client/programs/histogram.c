/* SPDX-License-Identifier: MIT */
/*
 * Values below 2^BITS have a cell each; above, each doubling has 2^BITS cells, so that a cell is
 * never wider than a thousandth of its values.
 */
#include "histogram.h"

/* How far a value is shifted to the right to have BITS + 1 bits. */
static unsigned shift_of(uint64_t value)
{
    unsigned shift = 0;

    while (value >> shift >= 2 * HISTOGRAM_HALF)
        shift++;
    return shift;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    unsigned shift = shift_of(value);

    histogram->cells[shift * HISTOGRAM_HALF + (value >> shift)]++;
    histogram->count++;
    if (value > histogram->most)
        histogram->most = value;
}

uint64_t histogram_at(const struct histogram *histogram, double percent)
{
    double wanted = (double)histogram->count * percent / 100;
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_CELLS && histogram->count; i++) {
        unsigned shift = i < 2 * HISTOGRAM_HALF ? 0 : i / HISTOGRAM_HALF - 1;
        uint64_t last = ((uint64_t)(i - shift * HISTOGRAM_HALF) << shift) +
                        (((uint64_t)1 << shift) - 1); /* of the cell */
        seen += histogram->cells[i];
        if (seen && (double)seen >= wanted)
            return last < histogram->most ? last : histogram->most;
    }
    return histogram->most;
}
