/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA = 8 << 20 /* bytes that make a batch, too */ };

bool batch_full(const struct batch *batch)
{
    return batch->count >= batch->wanted || batch->size >= ARENA || batch->failed;
}

/* Room for `more` items after `used`; an array never shrinks. */
static bool grow(struct batch *batch, void **items, size_t *cap, size_t used, size_t more,
                 size_t size)
{
    size_t wanted = *cap ? *cap : 64;
    void *grown;
    if (more <= *cap - used)
        return true;
    while (wanted - used < more) {
        if (wanted > SIZE_MAX / 2 / size) {
            batch->failed = true;
            return false;
        }
        wanted *= 2;
    }
    grown = realloc(*items, wanted * size);
    if (!grown) {
        batch->failed = true;
        return false;
    }
    *items = grown;
    *cap = wanted;
    return true;
}

struct capture_record *batch_record(struct batch *batch)
{
    void *items = batch->records;
    struct capture_record *record;
    bool room = grow(batch, &items, &batch->record_cap, batch->count, 1, sizeof *record);
    batch->records = items;
    if (!room)
        return NULL;
    record = batch->records + batch->count++;
    memset(record, 0, sizeof *record);
    record->latency = CAPTURE_UNKNOWN;
    return record;
}

struct capture_span batch_bytes(struct batch *batch, const uint8_t *data, size_t len)
{
    void *items = batch->arena;
    struct capture_span span;
    bool room = grow(batch, &items, &batch->arena_cap, batch->size, len, 1);
    batch->arena = items;
    span.offset = batch->size;
    span.len = 0;
    if (room && len) {
        memcpy(batch->arena + batch->size, data, len);
        batch->size += len;
        span.len = (uint32_t)len;
    }
    return span;
}

void batch_findings(struct batch *batch, const struct mqw_finding *findings, uint32_t count)
{
    void *items = batch->findings;
    struct capture_record *record;
    bool room =
        grow(batch, &items, &batch->finding_cap, batch->finding_count, count, sizeof *findings);
    batch->findings = items;
    if (!room || !batch->count)
        return;
    record = batch->records + batch->count - 1;
    record->finding = batch->finding_count;
    record->findings = count;
    memcpy(batch->findings + batch->finding_count, findings, count * sizeof *findings);
    batch->finding_count += count;
}

struct capture_batch batch_view(const struct batch *batch)
{
    struct capture_batch view;
    view.records = batch->records;
    view.count = batch->count;
    view.arena = batch->arena;
    view.size = batch->size;
    view.findings = batch->findings;
    view.finding_count = batch->finding_count;
    return view;
}

void batch_clear(struct batch *batch)
{
    batch->count = batch->size = batch->finding_count = 0;
    batch->serial++;
}

void batch_free(struct batch *batch)
{
    free(batch->records);
    free(batch->arena);
    free(batch->findings);
    memset(batch, 0, sizeof *batch);
}
