/* SPDX-License-Identifier: MIT */
/*
 * The vectors of vectors/, judged through the C interface.  But for vectors.c, which is for Check,
 * these files need no C library beyond mem*: tests/cortex-m3 has them, too.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <mqttwire/mqttwire.h>

#define MQTTWIRE_VECTOR_TYPES
#include "vectors_table.h"

typedef struct mqttwire_vector vector;

/* vectors_data.c */
extern const vector *const all_vectors;
extern const uint32_t all_vectors_count;

/* What a machine has to give: memory, of which the last block is always given back first. */
void *port_alloc(size_t size);
void port_free(void *block);

/* ---- vectors_help.c ------------------------------------------------------------------------- */

/* A block that ends with its last byte, so that a sanitizer sees what is read behind it. */
uint8_t *block(size_t size);
struct mark {
    void *last;
};
struct mark blocks_mark(void);
void blocks_release(struct mark mark); /* all that came after the mark */

bool same_text(const char *a, const char *b);
bool starts(const char *text, const char *with);
bool same_bytes(const void *a, size_t a_len, const void *b, size_t b_len);

/* The bytes of segments, in a block of their size. */
struct mqw_bytes unfold(uint32_t count, const struct mqttwire_segment *segments);

/* Why a vector failed; each of these answers false. */
struct failure {
    const char *what;
    char got[128], wanted[128];
};
extern struct failure failure;
bool wrong(const char *what);
bool wrong_texts(const char *what, const char *got, const char *wanted);
bool wrong_numbers(const char *what, uint32_t got, uint32_t wanted);

#define WANT(good, what)                                                                           \
    do {                                                                                           \
        if (!(good))                                                                               \
            return wrong(what);                                                                    \
    } while (0)
#define WANT_TEXT(got, wanted, what)                                                               \
    do {                                                                                           \
        const char *got_ = (got), *wanted_ = (wanted);                                             \
        if (!same_text(got_, wanted_))                                                             \
            return wrong_texts(what, got_, wanted_);                                               \
    } while (0)
#define WANT_NUMBER(got, wanted, what)                                                             \
    do {                                                                                           \
        uint32_t got_ = (uint32_t)(got), wanted_ = (uint32_t)(wanted);                             \
        if (got_ != wanted_)                                                                       \
            return wrong_numbers(what, got_, wanted_);                                             \
    } while (0)
#define TRY(good)                                                                                  \
    do {                                                                                           \
        if (!(good))                                                                               \
            return false;                                                                          \
    } while (0)

void put_text(char *out, size_t cap, const char *text); /* appends, and cuts */
void put_number(char *out, size_t cap, uint32_t number);

/* ---- vectors_form.c -------------------------------------------------------------------------- */

/*
 * A packet from "path=value" lines; false where a line says nothing that a packet has.  *sayable is
 * false where a number is too wide for its member.
 */
bool packet_of(const char *lines, struct mqw_packet *packet, bool *sayable);

/* ---- vectors_same.c -------------------------------------------------------------------------- */

/* A member of packets that is no list. */
enum member_kind {
    MEMBER_TRUTH,
    MEMBER_BYTE,
    MEMBER_TWO,
    MEMBER_TEXT,
    MEMBER_HEX,
    MEMBER_PROPERTIES
};
enum { MEMBER_ALWAYS = 0, MEMBER_IN_5 = 1, MEMBERS = 32 };
struct member {
    const char *name; /* as in lines */
    uint32_t types;   /* bit n: packets of type n have it */
    enum member_kind kind;
    size_t at;   /* offset in struct mqw_packet */
    size_t when; /* MEMBER_...; else the offset of a bool that says whether it is there */
};
extern const struct member members[MEMBERS];

/* Are all fields equal that these packets have? */
bool expect_same(const struct mqw_packet *got, const struct mqw_packet *wanted);

/* ---- vectors_judge.c ------------------------------------------------------------------------- */

/* False where the vector fails: `failure` says why.  Passes also what cannot be said in C. */
bool judge(const vector *v, bool *sayable);

/* Is this rule, at this place, the error that the vector has? */
bool expect_rule(const vector *v, enum mqw_code code);
bool expect_error(const vector *v, struct mqw_result result, const char *field);

/* ---- vectors_traffic.c ----------------------------------------------------------------------- */

bool judge_stream(const vector *v);
bool judge_session(const vector *v);

#endif
