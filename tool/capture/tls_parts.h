/* SPDX-License-Identifier: MIT */
/* What tls.c, which reads records, and tls_lost.c, for those that are missing, share. */
#ifndef CAPTURE_TLS_PARTS_H
#define CAPTURE_TLS_PARTS_H

#include "cipher.h"
#include "handshake.h"
#include "tls.h"

enum {
    CONTEXTS = 3000, /* bytes that OpenSSL takes, about */
    HEADER = 5,
    LEAST = 22,       /* bytes that a protected record has at least */
    TRIES = 1024,     /* numbers that a record may have after a hole */
    EFFORT = 16,      /* times that a byte may be tried, on the average */
    CREDIT = 1 << 20, /* bytes that may be tried beside */
    PASSED_MAX = 64   /* records of a handshake whose keys are not known */
};

enum { CHANGE_CIPHER_SPEC = 20, ALERT, HANDSHAKE, DATA };

/* What protects the records of an end. */
enum phase { PHASE_PLAIN, PHASE_EARLY, PHASE_HANDSHAKE, PHASE_DATA };

struct end {
    struct buffer raw; /* records, the first one perhaps in part */
    size_t at;         /* up to here in raw they were read */
    enum phase phase;
    struct opener opener;
    struct handshake handshake;
    bool told;       /* something that it said */
    unsigned passed; /* records that did not open before */
    bool dead;

    bool untold;    /* bytes are missing, which has not been said: */
    size_t missing; /* so many; 0: not known */
    size_t skip;    /* bytes of a record that lacks some */
    bool seeking;   /* the next record has to be looked for, */
    uint64_t lost;  /* after so many bytes */
    uint64_t received, effort;
};

struct tls {
    struct memory *memory;
    struct keys *keys;
    struct end ends[2];
    int client;
    bool wait;
    uint16_t version; /* as the hellos say; 0: they have not */
    const struct suite *suite;
    struct hellos hellos;
    bool opened;                                              /* a record was */
    bool waiting;                                             /* for secrets */
    enum { EARLY_UNKNOWN, EARLY_TAKEN, EARLY_REFUSED } early; /* data of the client */
    enum capture_note verdict;
};

/* Bytes of a record behind its header. */
static inline size_t tls_length(const uint8_t *record)
{
    return (size_t)(record[3] << 8 | record[4]);
}

/* Could this be the header of a record?  protected: of one that is, and is looked for. */
bool tls_plausible(const uint8_t *record, bool protected);

/* Opens a record with the keys of a later phase: what changed them may be missing. */
int tls_open_later(struct tls *tls, struct end *side, const uint8_t *record, size_t len,
                   uint8_t *type);

/* Looks for the next record after a hole.  False: it has not come yet, or not as a whole. */
bool tls_seek(struct tls *tls, struct end *side);

#endif
