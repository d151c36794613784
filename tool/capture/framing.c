/* SPDX-License-Identifier: MIT */
/*
 * Where packets begin and end.
 *
 * A packet that came in one piece is passed on where it lies.  Of others the bytes are held until
 * the last one has come, within limits: of a packet too large only the beginning is kept, and the
 * rest is counted.  The same goes for a packet that lacks bytes in its middle, whose length is
 * known: the next one begins where it should.
 *
 * Both ends are read in the order in which they spoke.  So while one holds back bytes that may be
 * packets, the other waits for what becomes of them, as it may have answered; but not for long.
 */
#include "parts.h"

#include <string.h>

enum {
    CONFIDENCE = 20,       /* bits of evidence that packets begin again at a place */
    WAIT_BYTES = 256 << 10 /* of an end that may wait for the other one */
};

static const uint64_t WAIT_TIME = 4000000000; /* nanoseconds; likewise */

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

/* What follows does not continue the packet that was being read. */
static void lose_place(struct talk *talk, int end, struct moment when)
{
    if (talk->sides[end].got)
        tell(talk, end, false, when);
    packet_missing(talk, end, when);
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
            side->begun = when.time;
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

/* To be called before a packet is read: what the other end said and was not read may have answered
 * what waits, and freed identifiers. */
static void heed(struct talk *talk, int other, struct moment when)
{
    if (talk->sides[other].unread)
        packet_missing(talk, other, when);
    talk->sides[other].unread = false;
}

/* The bytes that a side held back while it was seeking, and how far they have been read. */
struct backlog {
    struct seek *seek;
    uint32_t chunk;
    uint64_t passed; /* bytes before them that were passed over */
};

static void feed(struct talk *talk, int end, struct backlog *backlog)
{
    struct seek *seek = backlog->seek;
    uint32_t i = backlog->chunk++;
    size_t from = seek->chunks[i].start > seek->at ? seek->chunks[i].start : seek->at;
    bool last = i + 1 == seek->chunk_count;
    size_t to = last ? seek->bytes.len : seek->chunks[i + 1].start;
    if (backlog->passed) {
        talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_SKIPPED, backlog->passed,
                  seek->chunks[i].when);
        packet_missing(talk, end, seek->chunks[i].when);
        backlog->passed = 0;
    }
    framing_data(talk, end, seek->bytes.data + from, to - from,
                 last ? seek->latest : seek->chunks[i].when);
}

/* Takes the backlog of a side, which goes on reading if its candidate holds, else seeking. */
static struct backlog take(struct talk *talk, int end, uint8_t hypothesis)
{
    struct side *side = &talk->sides[end];
    struct backlog backlog;
    bool found;

    memset(&backlog, 0, sizeof backlog);
    backlog.seek = side->seek;
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
    if (found) {
        backlog.passed = side->passed;
        side->passed = 0;
        side->unread = false;
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
        if (!backlogs[!end].seek && talk->sides[!end].seek) /* where its bytes were is not known */
            talk->sides[!end].unread = true;
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

/* Has an end found its place? */
static bool ready(const struct side *side)
{
    const struct seek *seek = side->seek;
    return seek && (seek->fixed || seek_evidence(seek) >= (seek->ended ? 1 : CONFIDENCE));
}

/* Does it hold back bytes that may be packets, for which the other one is to wait? */
static bool undecided(const struct side *side)
{
    const struct seek *seek = side->seek;
    return seek && !ready(side) && !seek->overtaken && seek->at < seek->bytes.len;
}

static bool waited_enough(const struct seek *seek, struct moment when)
{
    return seek->chunk_count == SEEK_CHUNKS || seek->bytes.len > WAIT_BYTES ||
           when.time > seek->chunks[seek->candidate].when.time + WAIT_TIME;
}

/* The other end waits for this one no more.  Packets that would be told behind what came after them
 * are given up; one that has not all come cannot have been answered. */
static void overtake(struct talk *talk, struct side *side)
{
    if (!undecided(side))
        return;
    if (side->seek->judged > side->seek->at)
        seek_break(side->seek, &talk->context->memory, talk_hypotheses(talk));
    else
        side->seek->overtaken = true;
}

/* Reads on at each end that has found its place, and that has no reason to wait. */
static void settle(struct talk *talk, struct moment when)
{
    struct side *sides = talk->sides;
    uint8_t hypothesis = talk_hypotheses(talk);
    int end;

    if (ready(&sides[0]) && ready(&sides[1])) {
        framing_found(talk, BOTH_ENDS, hypothesis);
        return;
    }
    for (end = 0; end < 2; end++) {
        if (!ready(&sides[end]))
            continue;
        if (sides[end].seek->ended || waited_enough(sides[end].seek, when))
            overtake(talk, &sides[!end]);
        if (!undecided(&sides[!end]))
            framing_found(talk, end, hypothesis);
    }
}

static void seek(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct side *side = &talk->sides[end];
    struct memory *memory = &talk->context->memory;
    uint8_t possible = talk_hypotheses(talk);
    bool waits;

    if (!side->seek && !start_seeking(talk, side, false, when))
        return;
    if (!side->seek->bytes.len && guess_look(data, len, false) == LOOK_CONNECT)
        seek_begin(side->seek, memory, possible, true);
    waits = talk->stage == TALK_MQTT && side->seek->fixed;
    seek_add(side->seek, memory, end, possible, data, len, when);
    if (waits && !side->seek->fixed) /* there was no memory */
        lose_place(talk, end, when);
    if (talk->stage == TALK_UNDECIDED)
        talk_look(talk, end, data, len, when);
    else
        settle(talk, when);
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
    if (side->framing == FRAMING_READING && undecided(&talk->sides[!end]) &&
        !start_seeking(talk, side, true, when))
        return;
    switch (side->framing) {
    case FRAMING_READING:
        heed(talk, !end, when);
        read(talk, end, data, len, when);
        break;
    case FRAMING_SEEKING:
        side->unread = true;
        seek(talk, end, data, len, when);
        break;
    default:
        side->unread = true;
        if (sender_of(talk, end) == MQW_CLIENT) /* it was not silent */
            heed(talk, end, when);
        break;
    }
}

/* Bytes are missing: is what was held back of packets up to here? */
static bool found_at_end(struct talk *talk, int end, struct moment when)
{
    struct side *side = &talk->sides[end];
    if (!side->seek || talk->stage != TALK_MQTT)
        return false;
    seek_end(side->seek);
    settle(talk, when);
    return side->framing == FRAMING_READING;
}

void framing_missing(struct talk *talk, int end, int64_t len, struct moment when)
{
    struct side *side = &talk->sides[end];

    switch (side->framing) {
    case FRAMING_SEEKING:
        if (!found_at_end(talk, end, when)) {
            if (side->seek)
                seek_break(side->seek, &talk->context->memory, talk_hypotheses(talk));
            if (talk->stage == TALK_MQTT)
                settle(talk, when); /* the other end need not wait */
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
        lose_place(talk, end, when);
        side->framing = FRAMING_SEEKING;
        break;
    default:
        break;
    }
}

void framing_finish(struct talk *talk, struct moment when)
{
    int end;
    for (end = 0; end < 2; end++)
        if (talk->sides[end].seek)
            seek_end(talk->sides[end].seek);
    settle(talk, when);
    for (end = 0; end < 2; end++) {
        struct side *side = &talk->sides[end];
        if (side->framing == FRAMING_READING && side->got)
            tell(talk, end, true, when);
        if (side->framing == FRAMING_SEEKING && side->seek) {
            uint64_t passed = side->passed + side->seek->passed + side->seek->bytes.len;
            side->torn = true;
            if (passed)
                talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_SKIPPED, passed,
                          when);
        }
    }
}

void framing_free(struct talk *talk, struct side *side)
{
    release(&talk->context->memory, side->seek);
    buffer_free(&talk->context->memory, &side->held);
    side->seek = NULL;
}
