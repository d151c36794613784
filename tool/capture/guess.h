/* SPDX-License-Identifier: MIT */
/*
 * Is it MQTT, which version, and who is the client?  For bytes that do not begin with CONNECT.
 *
 * There are four hypotheses: two versions, and two ways round.  A packet that cannot be under one
 * of them rules it out; one that can speaks for it, in bits: how improbable it would be by chance.
 */
#ifndef CAPTURE_GUESS_H
#define CAPTURE_GUESS_H

#include "capture.h"

/* Hypotheses as bits. */
enum {
    GUESS_3_1_1 = 1 << 0, /* end 0 is the client */
    GUESS_5 = 1 << 1,
    GUESS_3_1_1_TURNED = 1 << 2, /* end 1 is the client */
    GUESS_5_TURNED = 1 << 3,
    GUESS_COUNT = 4,
    GUESS_ANY = 15,
    GUESS_CLIENT_0 = GUESS_3_1_1 | GUESS_5,
    GUESS_CLIENT_1 = GUESS_3_1_1_TURNED | GUESS_5_TURNED
};

/* What has been seen: hypotheses that stand, and the bits that speak for each. */
struct guess {
    uint8_t alive;
    unsigned score[GUESS_COUNT];
};

enum guess_answer {
    GUESS_NO,   /* no hypothesis that stands allows it; nothing is changed */
    GUESS_MORE, /* that cannot be said before more of it has come; nothing is changed */
    GUESS_YES
};

/* Judges a packet from one of the ends; of size bytes, len are there. */
enum guess_answer guess_packet(struct guess *guess, int end, const uint8_t *data, size_t len,
                               uint32_t size);

/* The index of the best hypothesis; among equals one of `preferred` (bits), then the lowest. */
int guess_best(const struct guess *guess, uint8_t preferred);

/* How sure a hypothesis that stands is, if others as good as it are not preferred. */
enum capture_guess guess_certainty(const struct guess *guess, int hypothesis, uint8_t preferred);

static inline uint8_t guess_version(int hypothesis)
{
    return hypothesis & 1 ? MQW_VERSION_5 : MQW_VERSION_3_1_1;
}

static inline int guess_client(int hypothesis)
{
    return hypothesis >> 1;
}

/* What the first bytes of a connection look like. */
enum look { LOOK_MORE, LOOK_CONNECT, LOOK_TLS, LOOK_OTHER };

/* lenient: on MQTT's own port any packet of CONNECT's type will do. */
enum look guess_look(const uint8_t *data, size_t len, bool lenient);

/* The protocol level of a CONNECT, whatever else is wrong with it, or 0. */
uint8_t guess_level(const uint8_t *data, size_t len);

#endif
