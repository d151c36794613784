/* SPDX-License-Identifier: MIT */
#include "seek.h"

#include <string.h>

enum {
    HELD = 1 << 20,     /* bytes that a candidate may make us hold back */
    UNLIKELY = 1 << 18, /* bytes: packets other than PUBLISH are not as long */
    EFFORT = 16,        /* times that a byte may be judged, on the average */
    SEGMENT_END = 12,   /* bits of evidence: a packet ends where its segment does */
    /* Inside a segment: evidence, the bytes that have to be packets (a payload that holds packets
       is mostly shorter), and how long the first one may be. */
    INSIDE_BITS = 64,
    INSIDE_SPAN = 8 << 10,
    INSIDE_FIRST = 1 << 16,
    TOPIC_LOOK = 32 /* bytes of a topic to be looked at before it is decoded */
};

void seek_begin(struct seek *seek, struct memory *memory, uint8_t possible, bool fixed)
{
    buffer_clear(memory, &seek->bytes);
    seek->chunk_count = seek->candidate = 0;
    seek->at = seek->judged = 0;
    seek->early = seek->ended = seek->overtaken = false;
    memset(&seek->guess, 0, sizeof seek->guess);
    seek->guess.alive = possible;
    seek->fixed = fixed;
}

/* Is the candidate not where a segment begins? */
static bool inside(const struct seek *seek)
{
    return seek->candidate < seek->chunk_count && seek->at != seek->chunks[seek->candidate].start;
}

static bool trusted(const struct seek *seek)
{
    int best = guess_best(&seek->guess, 0);
    if (!inside(seek))
        return true;
    return best >= 0 && seek->guess.score[best] >= INSIDE_BITS &&
           (seek->ended || seek->judged - seek->at >= INSIDE_SPAN);
}

void seek_break(struct seek *seek, struct memory *memory, uint8_t possible)
{
    seek->passed += seek->bytes.len - seek->at;
    seek_begin(seek, memory, possible, false);
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
    if (first >> 4 == MQW_PINGREQ || first >> 4 == MQW_PINGRESP)
        return size <= 2;
    return size <= UNLIKELY || first >> 4 == MQW_PUBLISH;
}

/* May this be a topic's length and its first characters? */
static bool topic_possible(const uint8_t *data, size_t len, uint32_t room)
{
    size_t i, topic;
    if (len < 2)
        return true;
    topic = (size_t)(data[0] << 8 | data[1]);
    if (room < 2 || topic > room - 2)
        return false;
    for (i = 2; i < len && i < topic + 2 && i < TOPIC_LOOK; i++)
        if (data[i] < 0x20 || data[i] == 0x7F || data[i] >= 0xF5 || data[i] == '#' ||
            data[i] == '+')
            return false;
    return true;
}

/* Cheaply, as it is asked of every byte: may a packet begin here, inside a segment? */
static bool may_begin(const uint8_t *data, size_t len)
{
    uint32_t size = 0;
    size_t i;
    if (!header_possible(data[0], 2))
        return false;
    for (i = 1; i < len && i < 5; i++) {
        size |= (uint32_t)(data[i] & 0x7F) << 7 * (i - 1);
        if (data[i] < 0x80)
            break;
    }
    if (i == len || i == 5)
        return i < 5;
    if (size > INSIDE_FIRST || !header_possible(data[0], size + (uint32_t)i + 1))
        return false;
    i++;
    return data[0] >> 4 != MQW_PUBLISH || topic_possible(data + i, len - i, size);
}

/* Goes on to the next candidate; false: it has not come yet. */
static bool next_candidate(struct seek *seek, struct memory *memory, uint8_t possible)
{
    size_t old = seek->at;
    if (seek->fixed) {
        seek->failed = true;
        return false;
    }
    if (seek->overtaken || seek->effort > EFFORT * seek->received + HELD) {
        seek_break(seek, memory, possible);
        return false;
    }
    do {
        seek->at++;
        if (seek->candidate + 1 < seek->chunk_count &&
            seek->chunks[seek->candidate + 1].start == seek->at)
            seek->candidate++;
    } while (seek->at < seek->bytes.len && inside(seek) &&
             !may_begin(seek->bytes.data + seek->at, seek->bytes.len - seek->at));
    seek->passed += seek->at - old;
    if (seek->at == seek->bytes.len) {
        seek_begin(seek, memory, possible, false);
        return false;
    }
    seek->judged = seek->at;
    seek->early = false;
    memset(&seek->guess, 0, sizeof seek->guess);
    seek->guess.alive = possible;
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

/* At most as many bytes as this are read of a PUBLISH to judge its topic and properties. */
static size_t head_cost(const uint8_t *data, size_t len)
{
    uint32_t size = 0;
    size_t i = 1, at;
    while (i < len && i < 4 && data[i] >= 0x80)
        i++;
    if (len - i < 3)
        return len;
    at = i + 3 + (size_t)(data[i + 1] << 8 | data[i + 2]) + (data[0] & 6 ? 2 : 0);
    for (i = 0; i < 4 && at < len; i++) {
        size |= (uint32_t)(data[at] & 0x7F) << 7 * i;
        if (data[at++] < 0x80)
            break;
    }
    return at < len && size < len - at ? at + size : len;
}

/*
 * A packet that has not all come.  The topic and properties of a PUBLISH are judged before its
 * payload is there, so that a length that is none does not hold us up.  False: it is none.
 */
static bool likely(struct seek *seek, int end, const uint8_t *data, size_t len, uint32_t wanted)
{
    struct guess attempt = seek->guess;
    if (seek->bytes.len - seek->at > HELD)
        return false;
    if (!header_possible(data[0], wanted))
        return false;
    if (len < 5 || seek->early || data[0] >> 4 != MQW_PUBLISH) /* there is no more to say yet */
        return true;
    seek->effort += head_cost(data, len);
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
    size_t old = seek->at, at = seek->chunks[newest].start;
    struct seek attempt;

    if (seek->fixed || (seek->early && !inside(seek)) || seek->judged != old ||
        newest == seek->candidate)
        return;
    attempt = *seek;
    attempt.candidate = newest;
    attempt.at = attempt.judged = at;
    attempt.early = attempt.overtaken = false;
    memset(&attempt.guess, 0, sizeof attempt.guess);
    attempt.guess.alive = possible;
    if (!judge(&attempt, end) || attempt.judged != attempt.bytes.len)
        return;
    *seek = attempt;
    seek->passed += at - old;
}

/* Forgets the bytes and chunks before the candidate, where that is worth the work. */
static void forget(struct seek *seek)
{
    size_t before;
    uint32_t i;
    if (!seek->candidate || (seek->at < HELD && seek->chunk_count < SEEK_CHUNKS))
        return;
    seek->chunk_count -= seek->candidate;
    memmove(seek->chunks, seek->chunks + seek->candidate, seek->chunk_count * sizeof *seek->chunks);
    seek->candidate = 0;
    before = seek->chunks[0].start;
    if (before < HELD)
        return;
    memmove(seek->bytes.data, seek->bytes.data + before, seek->bytes.len - before);
    seek->bytes.len -= before;
    seek->at -= before;
    seek->judged -= before;
    for (i = 0; i < seek->chunk_count; i++)
        seek->chunks[i].start -= before;
}

void seek_add(struct seek *seek, struct memory *memory, int end, uint8_t possible,
              const uint8_t *data, size_t len, struct moment when)
{
    bool recorded;
    forget(seek);
    recorded = seek->chunk_count < SEEK_CHUNKS;
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
    return seek->fixed ||
           (seek->judged > seek->at && seek->guess.alive & hypothesis && trusted(seek));
}

void seek_end(struct seek *seek)
{
    seek->ended = true;
}

unsigned seek_evidence(const struct seek *seek)
{
    int best = guess_best(&seek->guess, 0);
    return best < 0 || !trusted(seek) ? 0 : seek->guess.score[best];
}

void seek_free(struct seek *seek, struct memory *memory)
{
    buffer_free(memory, &seek->bytes);
}
