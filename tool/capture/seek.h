/* SPDX-License-Identifier: MIT */
/*
 * Where does a packet begin?  For one direction whose place in the packets is not known: its
 * capture began in the middle, or bytes were lost.
 *
 * A packet is likely to begin where a segment does, but in a stream whose segments are full it
 * hardly ever does.  So each place is a candidate where a packet's first bytes may stand, and is
 * dropped for the next one when what follows cannot be packets.  One inside a segment has to bear
 * out far more, as payloads hold bytes of any kind, and whole packets, too.
 */
#ifndef CAPTURE_SEEK_H
#define CAPTURE_SEEK_H

#include "guess.h"
#include "memory.h"
#include "stream.h"

struct chunk {    /* bytes that came together */
    size_t start; /* in seek.bytes */
    struct moment when;
};

enum { SEEK_CHUNKS = 64 };

struct seek {
    struct buffer bytes;
    struct chunk chunks[SEEK_CHUNKS]; /* the first ones in bytes */
    uint32_t chunk_count;
    size_t at;          /* the candidate, in bytes */
    uint32_t candidate; /* index of the chunk that it is in */
    struct moment latest;
    size_t judged; /* up to here in bytes, packets were found */
    bool early;    /* the packet at judged was judged by its first bytes */
    struct guess guess;
    uint64_t passed; /* bytes before the candidate that are no packets, or parts of some */
    uint64_t received, effort; /* bytes that came, and that were judged, over and over */
    bool fixed;                /* the first byte begins a packet: there are no other candidates */
    bool failed;               /* and it does not */
    bool overtaken; /* what the other end said after the candidate has been told: see framing.c */
    bool ended;     /* nothing follows that could refute the candidate */
};

/* Begins anew, with the hypotheses that are possible. */
void seek_begin(struct seek *seek, struct memory *memory, uint8_t possible, bool fixed);

/* Gives it bytes from one of the two ends. */
void seek_add(struct seek *seek, struct memory *memory, int end, uint8_t possible,
              const uint8_t *data, size_t len, struct moment when);

/* Bytes are missing here: what comes next is the next candidate. */
void seek_break(struct seek *seek, struct memory *memory, uint8_t possible);

/* Nothing follows, or nothing that is known to: what has come has to be enough. */
void seek_end(struct seek *seek);

/* Does the candidate begin a packet, under this hypothesis? */
bool seek_found(const struct seek *seek, uint8_t hypothesis);

/* Bits that speak for its best hypothesis; 0 where the candidate is not to be trusted yet. */
unsigned seek_evidence(const struct seek *seek);

void seek_free(struct seek *seek, struct memory *memory);

#endif
