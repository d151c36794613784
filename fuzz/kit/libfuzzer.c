/* SPDX-License-Identifier: MIT */
/*
 * mqttwire-fuzz in libFuzzer: an object file to link beside a LLVMFuzzerTestOneInput.  It is no member
 * of a library, as libFuzzer's own mention of these functions is weak and would take none from there.
 */
#include "mqttwire_fuzz.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size,
                                 unsigned int seed);

/* libFuzzer's mutations know what the target compared its input with.  Other engines lack them. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

enum { OTHERS = 5 }; /* one call in so many is libFuzzer's */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    if (LLVMFuzzerMutate && seed % OTHERS == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    return mqw_mutate(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size, unsigned int seed)
{
    return mqw_crossover(data1, size1, data2, size2, out, max_out_size, seed);
}
