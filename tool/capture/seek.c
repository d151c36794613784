/* SPDX-License-Identifier: MIT */
#include "seek.h"

#include <string.h>

enum {
    HELD = 1 << 20,     /* bytes that a candidate may make us hold back */
    UNLIKELY = 1 << 18, /* bytes: packets other than PUBLISH are not as long */
    EFFORT = 16,        /* times that a byte may be judged, on the average */
    SEGMENT_END = 12    /* bits of evidence: a packet ends where its segment does */
};

void seek_begin(struct seek *seek, struct memory *memory, uint8_t possible, bool fixed)
{
    buffer_clear(memory, &seek->bytes);
    seek->chunk_count = seek->candidate = 0;
    seek->judged = 0;
    seek->early = false;
    memset(&seek->guess, 0, sizeof seek->guess);
    seek->guess.alive = possible;
    seek->fixed = fixed;
}

static size_t start_of(const struct seek *seek)
{
    return seek->candidate < seek->chunk_count ? seek->chunks[seek->candidate].start : 0;
}

void seek_break(struct seek *seek, struct memory *memory, uint8_t possible)
{
    seek->passed += seek->bytes.len - start_of(seek);
    seek_begin(seek, memory, possible, false);
}

/* Goes on to the next candidate; false: it has not come yet. */
static bool next_candidate(struct seek *seek, struct memory *memory, uint8_t possible)
{
    size_t old = start_of(seek);
    if (seek->fixed) {
        seek->failed = true;
        return false;
    }
    if (seek->candidate + 1 >= seek->chunk_count || seek->effort > EFFORT * seek->received + HELD) {
        seek_break(seek, memory, possible);
        return false;
    }
    seek->candidate++;
    seek->judged = start_of(seek);
    seek->early = false;
    memset(&seek->guess, 0, sizeof seek->guess);
    seek->guess.alive = possible;
    seek->passed += seek->judged - old;
    return true;
}

/* Does a chunk, or all that has come, end here? */
static bool ends_chunk(const struct seek *seek, size_t at)
{
    uint32_t i;
    if (at == seek->bytes.len)
        return true;
    for (i = seek->candidate; i < seek->chunk_count; i++)
        if (seek->chunks[i].start == at)
            return true;
    return false;
}

static void reward(struct guess *guess)
{
    int h;
    for (h = 0; h < GUESS_COUNT; h++)
        if (guess->alive >> h & 1)
            guess->score[h] += SEGMENT_END;
}

/* Are the first byte's flags those of its type, and may packets of this type be so long? */
static bool header_possible(uint8_t first, uint32_t size)
{
    switch (first >> 4) {
#define FLAGS(number, NAME, name, flags, rule, senders_311, senders_5)                             \
    case MQW_##NAME:                                                                               \
        if ((first & 15) != (flags) && (number) != MQW_PUBLISH)                                    \
            return false;                                                                          \
        break;
        MQW_PACKETS(FLAGS)
#undef FLAGS
    default:
        return false;
    }
    return size <= UNLIKELY || first >> 4 == MQW_PUBLISH;
}

/*
 * A packet that has not all come.  The topic and properties of a PUBLISH are judged before its
 * payload is there, so that a length that is none does not hold us up.  False: it is none.
 */
static bool likely(struct seek *seek, int end, const uint8_t *data, size_t len, uint32_t wanted)
{
    struct guess attempt = seek->guess;
    if (seek->bytes.len - start_of(seek) > HELD)
        return false;
    if (!header_possible(data[0], wanted))
        return false;
    if (len < 5 || seek->early || data[0] >> 4 != MQW_PUBLISH) /* there is no more to say yet */
        return true;
    switch (guess_packet(&attempt, end, data, len, wanted)) {
    case GUESS_YES:
        seek->guess.alive = attempt.alive;
        seek->early = true;
        return true;
    case GUESS_MORE: /* the topic or the properties go on */
        return len < UNLIKELY;
    default:
        return false;
    }
}

/* Judges the packets behind the candidate; false: it is none. */
static bool judge(struct seek *seek, int end)
{
    struct mqw_options options;
    memset(&options, 0, sizeof options);
    options.allow = MQW_ALLOW_ALL;
    while (seek->judged < seek->bytes.len) {
        const uint8_t *data = seek->bytes.data + seek->judged;
        size_t len = seek->bytes.len - seek->judged;
        struct mqw_result result = mqw_frame(data, len, &options);
        seek->effort += result.code == MQW_OK ? result.size : 0;
        if (result.code == MQW_MORE)
            return likely(seek, end, data, len, result.size);
        if (result.code != MQW_OK ||
            guess_packet(&seek->guess, end, data, result.size, result.size) != GUESS_YES)
            return false;
        seek->judged += result.size;
        seek->early = false;
        if (ends_chunk(seek, seek->judged))
            reward(&seek->guess);
    }
    return true;
}

/*
 * A candidate that waits for the end of its first packet may be none.  If what just came is packets
 * by itself, from its first byte to its last, that is the better one.
 */
static void prefer_newest(struct seek *seek, int end, uint8_t possible)
{
    uint32_t newest = seek->chunk_count - 1;
    size_t old = start_of(seek), at = seek->chunks[newest].start;
    struct seek attempt;

    if (seek->fixed || seek->early || seek->judged != old || newest == seek->candidate)
        return;
    attempt = *seek;
    attempt.candidate = newest;
    attempt.judged = at;
    memset(&attempt.guess, 0, sizeof attempt.guess);
    attempt.guess.alive = possible;
    if (!judge(&attempt, end) || attempt.judged != attempt.bytes.len)
        return;
    *seek = attempt;
    seek->passed += at - old;
}

void seek_add(struct seek *seek, struct memory *memory, int end, uint8_t possible,
              const uint8_t *data, size_t len, struct moment when)
{
    bool recorded = seek->chunk_count < SEEK_CHUNKS;
    if (recorded) {
        seek->chunks[seek->chunk_count].start = seek->bytes.len;
        seek->chunks[seek->chunk_count].when = when;
        seek->chunk_count++;
    }
    seek->latest = when;
    seek->received += len;
    if (!buffer_add(memory, &seek->bytes, data, len)) {
        seek_break(seek, memory, possible);
        seek->passed += len;
        return;
    }
    if (seek->failed)
        return; /* but what it is then may show in the next bytes */
    while (!judge(seek, end))
        if (!next_candidate(seek, memory, possible))
            return;
    if (recorded)
        prefer_newest(seek, end, possible);
}

bool seek_found(const struct seek *seek, uint8_t hypothesis)
{
    return seek->fixed || (seek->judged > start_of(seek) && seek->guess.alive & hypothesis);
}

unsigned seek_evidence(const struct seek *seek)
{
    int best = guess_best(&seek->guess, 0);
    return best < 0 ? 0 : seek->guess.score[best];
}

void seek_free(struct seek *seek, struct memory *memory)
{
    buffer_free(memory, &seek->bytes);
}
