/* SPDX-License-Identifier: MIT */
/* Valid packets of every kind, in the notation of help.h. */
#ifndef TESTS_PACKETS_H
#define TESTS_PACKETS_H

#include "help.h"

struct sample {
    const char *name;
    const char *versions; /* "4", "5" or "45" */
    uint8_t sender;
    bool canonical; /* what encoding gives */
    const char *bytes;
};

extern const struct sample samples[];
extern const size_t sample_count;

/* Calls for each sample in each of its versions. */
void each_sample(void (*call)(const struct sample *sample, uint8_t version, struct wire wire));

#endif
