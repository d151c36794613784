/* SPDX-License-Identifier: MIT */
/*
 * TCP reassembly of one direction.
 *
 * Segments go in with stream_add and come out of stream_next as pieces in the order of their
 * sequence numbers.  Of bytes that came twice the first copy counts.  Bytes that never come are
 * waited for until stream_patience has run out; then they are a hole.
 *
 * Both directions of a connection wait for each other, too: a segment that acknowledges bytes of
 * the other direction is told after them.  So an answer never comes before what it answers, even
 * where that is late or lacks bytes.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "link.h"
#include "memory.h"

/* When a frame was captured, and its number in the capture. */
struct moment {
    uint64_t time; /* nanoseconds since the epoch */
    uint64_t frame;
};

enum piece_kind {
    PIECE_NONE, /* nothing can be said yet */
    PIECE_DATA, /* the next len bytes */
    PIECE_HOLE, /* the next len bytes were not captured */
    PIECE_CUT,  /* likewise, because their frame was cut short */
    PIECE_END   /* FIN: no bytes follow */
};

struct piece {
    enum piece_kind kind;
    const uint8_t *data; /* lasts until the next call for this stream */
    uint64_t len;
    struct moment when;
};

/* A segment that cannot be read yet, or what is left of one. */
struct waiting {
    uint64_t start; /* position */
    uint8_t *data;
    uint32_t len;
    uint32_t missing; /* bytes after it that its frame was cut by */
    uint64_t need;    /* position that the other stream is to reach before */
    struct moment when;
};

/*
 * Positions are sequence numbers that do not wrap; the low 32 bits are what is on the wire.  All
 * zero is a stream of which nothing was seen.
 */
struct stream {
    bool known;    /* next is */
    bool start;    /* from the first byte on */
    bool syn;      /* SYN was seen */
    bool heard;    /* this direction is in the capture */
    bool fin, end; /* FIN was seen; it was told */
    uint32_t isn;
    uint64_t next;      /* of the byte to be told next */
    uint64_t finish;    /* where FIN is */
    uint64_t acked;     /* the other side says that it has all bytes before this one */
    struct moment last; /* of what was told last */

    struct waiting hand;  /* the segment just given, if it can be read; its data is the caller's */
    struct waiting *list; /* by position, disjoint */
    uint32_t first, count, cap;
    size_t held;          /* bytes in the list */
    struct waiting spent; /* told by the last call, to be freed */
    bool skip;            /* the next bytes are given up */
    uint32_t proof;       /* segments of the connection since it became clear what it waits for */
    struct moment stuck;  /* when the first byte was made to wait */
};

/* The position of a sequence number: the one nearest to the next byte. */
uint64_t stream_position(const struct stream *stream, uint32_t seq);

/* The stream begins after this sequence number, as its SYN or the other side's answer tells. */
void stream_begin(struct stream *stream, uint32_t isn, bool syn);

/* Is a segment so far off that it must belong to another connection? */
bool stream_far(const struct stream *stream, const struct segment *segment);

/*
 * Gives it the payload of a segment, and FIN.  The data must stay until stream_next was called once
 * or more.
 */
void stream_add(struct stream *stream, struct memory *memory, const struct segment *segment,
                const struct stream *other, struct moment when);

/* Has all of a segment's payload been told already?  Then it was sent, or captured, again. */
bool stream_repeats(const struct stream *stream, const struct segment *segment);

/* Takes note of a segment whose payload is of no interest. */
void stream_follow(struct stream *stream, const struct segment *segment);

/* Tells it what the other side acknowledges. */
void stream_acknowledged(struct stream *stream, uint32_t ack);

/* The next piece, given where the other direction is. */
struct piece stream_next(struct stream *stream, struct memory *memory, const struct stream *other);

/*
 * To be called after each segment of the connection, whatever its direction, and before
 * stream_next: gives up what is waited for if it will not come.
 */
void stream_patience(struct stream *stream, struct moment now);

/* Would stream_next do nothing? */
bool stream_idle(const struct stream *stream);

/* Does it hold data of the segment just given?  Then stream_next must be called. */
bool stream_holds(const struct stream *stream);

/* Gives up what is waited for next. */
void stream_give_up(struct stream *stream);

/* Does it hold something back, or know of bytes that are to come?  Does it lack them itself? */
bool stream_waits(const struct stream *stream);
bool stream_lacks(const struct stream *stream);

/* Frees what it holds.  It can still follow. */
void stream_drop(struct stream *stream, struct memory *memory);

#endif
