/* SPDX-License-Identifier: MIT */
/*
 * Where packets begin and end.
 *
 * A packet that came in one piece is passed on where it lies.  Of others the bytes are held until
 * the last one has come, within limits: of a packet too large only the beginning is kept, and the
 * rest is counted.  The same goes for a packet that lacks bytes in its middle, whose length is
 * known: the next one begins where it should.
 */
#include "parts.h"

#include <string.h>

enum { CONFIDENCE = 20 /* bits of evidence that packets begin again at a place */ };

/* Only a length of five bytes or more leaves it open where the packet ends. */
static struct mqw_result frame(const uint8_t *data, size_t len)
{
    struct mqw_options options;
    memset(&options, 0, sizeof options);
    options.allow = MQW_ALLOW_ALL;
    return mqw_frame(data, len, &options);
}

/* Is the length field all there? */
static bool has_length(const uint8_t *data, size_t len)
{
    size_t i;
    for (i = 1; i < len && i < 5; i++)
        if (data[i] < 0x80)
            return true;
    return false;
}

static void give_up(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    side->framing = FRAMING_OVER;
    side->got = 0;
    buffer_clear(&talk->context->memory, &side->held);
    talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_UNREADABLE, 0, when);
}

static void keep(struct talk *talk, struct side *side, const uint8_t *data, size_t len)
{
    size_t limit = talk->context->options.packet;
    size_t room = side->held.len < limit ? limit - side->held.len : 0;
    if (side->broken)
        return;
    if (len > room) {
        side->broken = true;
        len = room;
    }
    if (!buffer_add(&talk->context->memory, &side->held, data, len))
        side->broken = true;
}

/* The packet that was being read is told, with as much of it as there is.  last: nothing follows. */
static void tell(struct talk *talk, int end, bool last, struct moment when)
{
    struct side *side = &talk->sides[end];
    uint32_t size = side->sized ? side->wanted : 0;
    side->got = 0;
    packet_read(talk, end, side->held.data, side->held.len, size, last, when);
    buffer_clear(&talk->context->memory, &side->held);
}

/* Starts on a packet, or goes on with it: whether more is wanted is up to its first bytes. */
static bool advance(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    struct mqw_result result;
    if (side->sized) {
        tell(talk, end, false, when);
        return true;
    }
    result = frame(side->held.data, side->held.len);
    if (side->broken || (result.code != MQW_OK && result.code != MQW_MORE)) {
        packet_read(talk, end, side->held.data, side->held.len, 0, false, when);
        give_up(talk, end, when);
        return false;
    }
    side->wanted = result.size;
    side->sized = has_length(side->held.data, side->held.len);
    if (result.code == MQW_OK)
        tell(talk, end, false, when);
    return true;
}

static void read(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];

    while (len) {
        size_t part;
        if (!side->got) {
            struct mqw_result result = frame(data, len);
            if (result.code == MQW_OK) {
                packet_read(talk, end, data, result.size, result.size, false, when);
                data += result.size;
                len -= result.size;
                continue;
            }
            side->wanted = result.code == MQW_MORE ? result.size : (uint32_t)len;
            side->sized = result.code == MQW_MORE && has_length(data, len);
            side->broken = false;
        }
        part = side->wanted - side->got < len ? (size_t)(side->wanted - side->got) : len;
        keep(talk, side, data, part);
        side->got += part;
        data += part;
        len -= part;
        if (side->got == side->wanted && !advance(talk, end, when))
            return;
    }
}

/* The bytes that a side held back while it was seeking, and how far they have been read. */
struct backlog {
    struct seek *seek;
    uint32_t chunk;
};

static void feed(struct talk *talk, int end, struct backlog *backlog)
{
    struct seek *seek = backlog->seek;
    uint32_t i = backlog->chunk++;
    size_t from = seek->chunks[i].start > seek->at ? seek->chunks[i].start : seek->at;
    bool last = i + 1 == seek->chunk_count;
    size_t to = last ? seek->bytes.len : seek->chunks[i + 1].start;
    framing_data(talk, end, seek->bytes.data + from, to - from,
                 last ? seek->latest : seek->chunks[i].when);
}

/* Takes the backlog of a side, which goes on reading if its candidate holds, else seeking. */
static struct backlog take(struct talk *talk, int end, uint8_t hypothesis)
{
    struct side *side = &talk->sides[end];
    struct backlog backlog;
    bool found;

    backlog.seek = side->seek;
    backlog.chunk = 0;
    if (!backlog.seek)
        return backlog;
    side->seek = NULL;
    backlog.chunk = backlog.seek->candidate;
    found = seek_found(backlog.seek, hypothesis);
    side->framing = found ? FRAMING_READING : FRAMING_SEEKING;
    side->passed += backlog.seek->passed;
    if (!found && backlog.chunk < backlog.seek->chunk_count) { /* from the segment's first byte */
        side->passed -= backlog.seek->at - backlog.seek->chunks[backlog.chunk].start;
        backlog.seek->at = backlog.seek->chunks[backlog.chunk].start;
    }
    if (side->passed && found) {
        talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_SKIPPED, side->passed,
                  backlog.seek->chunks[backlog.chunk].when);
        side->passed = 0;
    }
    return backlog;
}

static void release(struct memory *memory, struct seek *seek)
{
    if (!seek)
        return;
    seek_free(seek, memory);
    memory_drop(memory, seek, sizeof *seek);
}

void framing_found(struct talk *talk, int one, uint8_t hypothesis)
{
    struct backlog backlogs[2];
    int end;

    memset(backlogs, 0, sizeof backlogs);
    for (end = 0; end < 2; end++)
        if (one == BOTH_ENDS || one == end)
            backlogs[end] = take(talk, end, hypothesis);
    for (;;) { /* in the order in which they came */
        const struct chunk *next[2] = {NULL, NULL};
        for (end = 0; end < 2; end++) {
            const struct seek *seek = backlogs[end].seek;
            if (seek && backlogs[end].chunk < seek->chunk_count)
                next[end] = &seek->chunks[backlogs[end].chunk];
        }
        if (!next[0] && !next[1])
            break;
        end = !next[0] || (next[1] && next[1]->when.frame < next[0]->when.frame);
        feed(talk, end, &backlogs[end]);
    }
    for (end = 0; end < 2; end++)
        release(&talk->context->memory, backlogs[end].seek);
}

static bool start_seeking(struct talk *talk, struct side *side, bool fixed, struct moment when)
{
    side->framing = FRAMING_SEEKING;
    side->seek = memory_take(&talk->context->memory, sizeof *side->seek);
    if (!side->seek) {
        talk_refuse(talk, CAPTURE_FORGOTTEN, when);
        return false;
    }
    seek_begin(side->seek, &talk->context->memory, talk_hypotheses(talk), fixed);
    return true;
}

static void seek(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];
    struct memory *memory = &talk->context->memory;
    uint8_t possible = talk_hypotheses(talk);

    if (!side->seek && !start_seeking(talk, side, false, when))
        return;
    if (!side->seek->bytes.len && guess_look(data, len, false) == LOOK_CONNECT)
        seek_begin(side->seek, memory, possible, true);
    seek_add(side->seek, memory, end, possible, data, len, when);
    if (talk->stage == TALK_UNDECIDED)
        talk_look(talk, end, data, len, when);
    else if (side->seek->fixed || seek_evidence(side->seek) >= CONFIDENCE)
        framing_found(talk, end, possible);
}

void framing_data(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];

    if (talk->stage == TALK_REFUSED || !len)
        return;
    if (side->framing == FRAMING_NEW) {
        if (talk->stage == TALK_MQTT && side->start)
            side->framing = FRAMING_READING;
        else if (!start_seeking(talk, side, side->start, when))
            return;
    }
    /* Bytes that are passed over are its sender speaking, too. */
    if (side->framing != FRAMING_READING && sender_of(talk, end) == MQW_CLIENT)
        packet_missing(talk, end, when);
    if (side->framing == FRAMING_READING)
        read(talk, end, data, len, when);
    else if (side->framing == FRAMING_SEEKING)
        seek(talk, end, data, len, when);
}

/* Bytes are missing, or nothing follows: is what was held back of packets up to here? */
static bool found_at_end(struct talk *talk, int end)
{
    struct side *side = &talk->sides[end];
    uint8_t hypothesis = talk_hypotheses(talk);
    if (!side->seek || talk->stage != TALK_MQTT)
        return false;
    seek_end(side->seek);
    if (!seek_evidence(side->seek) || !seek_found(side->seek, hypothesis))
        return false;
    framing_found(talk, end, hypothesis);
    return side->framing == FRAMING_READING;
}

void framing_missing(struct talk *talk, int end, int64_t len, struct moment when)
{
    struct side *side = &talk->sides[end];

    switch (side->framing) {
    case FRAMING_SEEKING:
        if (!found_at_end(talk, end)) {
            if (side->seek)
                seek_break(side->seek, &talk->context->memory, talk_hypotheses(talk));
            break;
        }
        framing_missing(talk, end, len, when); /* of the packet that has not all come */
        break;
    case FRAMING_READING:
        if (side->got && side->sized && len != LENGTH_UNKNOWN &&
            (uint64_t)len <= side->wanted - side->got) {
            side->broken = true;
            side->got += (uint64_t)len;
            if (side->got == side->wanted)
                tell(talk, end, false, when);
            return;
        }
        if (side->got)
            tell(talk, end, false, when);
        packet_missing(talk, end, when);
        side->framing = FRAMING_SEEKING;
        break;
    default:
        break;
    }
}

void framing_finish(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    if (side->framing == FRAMING_SEEKING)
        found_at_end(talk, end);
    if (side->framing == FRAMING_READING && side->got)
        tell(talk, end, true, when);
    if (side->framing == FRAMING_SEEKING && side->seek) {
        uint64_t passed = side->passed + side->seek->passed + side->seek->bytes.len;
        if (passed)
            talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_SKIPPED, passed,
                      when);
    }
}

void framing_free(struct talk *talk, struct side *side)
{
    release(&talk->context->memory, side->seek);
    buffer_free(&talk->context->memory, &side->held);
    side->seek = NULL;
}
