/* SPDX-License-Identifier: MIT */
/* The records being gathered. */
#ifndef CAPTURE_BATCH_H
#define CAPTURE_BATCH_H

#include "capture.h"

struct batch {
    struct capture_record *records;
    uint8_t *arena;
    struct mqw_finding *findings;
    size_t count, size, finding_count; /* in use */
    size_t record_cap, arena_cap, finding_cap;
    size_t wanted;   /* records that make a batch */
    uint64_t serial; /* of the batch, from 1 on */
    bool failed;     /* out of memory */
};

/* Is it time to hand it over?  It takes more all the same. */
bool batch_full(const struct batch *batch);

/* A new record, all zero; NULL: out of memory. */
struct capture_record *batch_record(struct batch *batch);

/* Copies bytes to the arena. */
struct capture_span batch_bytes(struct batch *batch, const uint8_t *data, size_t len);

/* Adds findings to the record made last. */
void batch_findings(struct batch *batch, const struct mqw_finding *findings, uint32_t count);

struct capture_batch batch_view(const struct batch *batch);
void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

#endif
