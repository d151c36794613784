/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 of one connection, opened where its secrets are known. */
#ifndef CAPTURE_TLS_H
#define CAPTURE_TLS_H

#include "keys.h"

enum tls_kind {
    TLS_NOTHING, /* all that can be read now is */
    TLS_DATA,    /* bytes that were protected */
    TLS_MISSING, /* len of them are missing; 0: it is not known how many */
    TLS_END      /* see note; nothing follows of this end */
};

struct tls_event {
    enum tls_kind kind;
    enum capture_note note; /* why it ends */
    const uint8_t *data;    /* lasts until the next call */
    size_t len;
};

struct tls;

/* NULL: no memory.  client: the end that speaks first.  wait: secrets may come to be known late. */
struct tls *tls_new(struct memory *memory, struct keys *keys, int client, bool wait);

/* Gives it bytes of an end; false: no memory. */
bool tls_give(struct tls *tls, int end, const uint8_t *data, size_t len);

/* Bytes of an end are missing here. */
void tls_miss(struct tls *tls, int end, uint64_t len);

/* What one end says may let the other one be read: both are to be asked until there is nothing. */
struct tls_event tls_next(struct tls *tls, int end);

/* Is it of no use to give it more, as its secrets are not known yet?  It may be kept for later. */
bool tls_waits(struct tls *tls);
enum { TLS_HOLD = 1 << 18 /* bytes that are worth it */ };

/* 0x0303 (1.2), 0x0304 (1.3), or 0 while nothing was opened. */
uint16_t tls_version(const struct tls *tls);

/* What to say of it if nothing follows, and nothing was opened. */
enum capture_note tls_verdict(const struct tls *tls);

void tls_free(struct tls *tls);

#endif
