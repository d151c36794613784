/* SPDX-License-Identifier: MIT */
/*
 * A plain, slow judge of packets, written from the specification table by table and sharing nothing
 * with codec/: are more bytes wanted, is the packet good and what are its fields, or what is wrong?
 *
 * It is asked with the default options of the codec: what the text forbids is refused, what it
 * leaves free is accepted.  The text lets a receiver check in any order (5.0, 4.13.2), so that the
 * answer to a bad packet is each fault that reading on could find.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oracle_verdict { ORACLE_MORE, ORACLE_ACCEPT, ORACLE_REFUSE };

enum oracle_sender { ORACLE_EITHER, ORACLE_CLIENT, ORACLE_SERVER };

/* Reason codes that the text allows for a fault. */
enum {
    ORACLE_MALFORMED = 1 << 0,      /* 0x81 */
    ORACLE_PROTOCOL_ERROR = 1 << 1, /* 0x82 */
    ORACLE_UNSTATED = ORACLE_MALFORMED | ORACLE_PROTOCOL_ERROR,
    ORACLE_VERSION = 1 << 2,   /* 0x84 */
    ORACLE_CLIENT_ID = 1 << 3, /* 0x85 */
    ORACLE_ALIAS = 1 << 4      /* 0x94 */
};

struct oracle_fault {
    const char *rules; /* names as in docs/rules.md, by blanks; any of them says what is wrong */
    unsigned reasons;  /* ORACLE_MALFORMED ... */
    size_t from, to;   /* the offset is one of these */
};

/* Fields in the form "name=value " with texts in hex; what is repeated stands in its order. */
struct oracle_text {
    char *at; /* NUL-terminated */
    size_t len, cap;
};
void oracle_number(struct oracle_text *text, const char *group, const char *name,
                   unsigned long value);
void oracle_bytes(struct oracle_text *text, const char *group, const char *name,
                  const uint8_t *bytes, size_t len);
void oracle_clear(struct oracle_text *text);
void oracle_free(struct oracle_text *text);

enum { ORACLE_FAULTS = 64 };

struct oracle {
    enum oracle_verdict verdict;
    size_t size;        /* of the packet; MORE: bytes wanted; 0: unknown */
    size_t fault_count; /* REFUSE: at least one; those over ORACLE_FAULTS are dropped */
    struct oracle_fault faults[ORACLE_FAULTS];
    struct oracle_text fields; /* ACCEPT: properties by ascending identifier */
};

/* Where does the packet end?  `version` is 4, 5, or 0 where it is not known. */
void oracle_frame(struct oracle *o, const uint8_t *bytes, size_t len, unsigned version);

/* The first packet in bytes.  `version` is 4 or 5; of a CONNECT it may be 0: as CONNECT says. */
void oracle_judge(struct oracle *o, const uint8_t *bytes, size_t len, unsigned version,
                  enum oracle_sender sender);

/* The fault that this rule, reason code and offset name; NULL: none does. */
const struct oracle_fault *oracle_find(const struct oracle *o, const char *rule, unsigned reason,
                                       size_t offset);

#endif
