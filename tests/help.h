/* SPDX-License-Identifier: MIT */
/*
 * What the test programs share: bytes in a notation for people, packets as text, laws that hold for
 * every input.
 *
 * The notation: pairs of hex digits, blanks between them, and
 *     'abc'     the bytes of a text        61*300   a byte, that many times
 *     ( ... )   with a two-byte length     { ... }  with a variable byte integer as length
 *     %         the version's level byte   ~        an empty property block; 3.1.1: nothing
 *     [ ... ]   in 5.0 only                < ... >  in 3.1.1 only
 *     !         marks an offset: where a fault is told
 */
#ifndef TESTS_HELP_H
#define TESTS_HELP_H

#include "case.h"
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Check writes to a pipe at each assertion, also where it holds.  The laws are asserted millions of
 * times, so here only those that fail are told.
 */
#undef ck_assert_msg
#undef ck_assert_int_eq
#undef ck_assert_uint_eq
#undef ck_assert_uint_gt
#undef ck_assert_uint_lt
#undef ck_assert_str_eq
#undef ck_assert_ptr_nonnull
#undef ck_assert_ptr_null
#define ck_assert_msg(good, ...)                                                                   \
    do {                                                                                           \
        if (!(good))                                                                               \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)
#define HELP_COMPARE(type, format, a, op, b)                                                       \
    do {                                                                                           \
        type a_ = (type)(a), b_ = (type)(b);                                                       \
        if (!(a_ op b_))                                                                           \
            ck_abort_msg("%s is " format ", %s is " format, #a, a_, #b, b_);                       \
    } while (0)
#define ck_assert_int_eq(a, b)   HELP_COMPARE(long, "%ld", a, ==, b)
#define ck_assert_uint_eq(a, b)  HELP_COMPARE(unsigned long, "%lu", a, ==, b)
#define ck_assert_uint_gt(a, b)  HELP_COMPARE(unsigned long, "%lu", a, >, b)
#define ck_assert_uint_lt(a, b)  HELP_COMPARE(unsigned long, "%lu", a, <, b)
#define ck_assert_str_eq(a, b)   ck_assert_msg(strcmp(a, b) == 0, "\"%s\" is not \"%s\"", a, b)
#define ck_assert_ptr_nonnull(p) ck_assert_msg((p) != NULL, "%s is NULL", #p)
#define ck_assert_ptr_null(p)    ck_assert_msg((p) == NULL, "%s is not NULL", #p)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A heap block of exactly len bytes, so that a sanitizer sees the first byte read past its end. */
struct wire {
    uint8_t *ptr;
    size_t len;
    size_t mark; /* offset of the `!`, or 0 */
    bool marked;
};

struct wire wire_of(uint8_t version, const char *notation);
struct wire wire_copy(const void *bytes, size_t len);
void wire_free(struct wire *wire);

/* Appended to, never NULL after the first call. */
struct text {
    char *ptr;
    size_t len, cap;
};

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_free(struct text *text);

/* Every field of a packet, in the order of the struct; properties by identifier.  To be freed. */
char *packet_text(const struct mqw_packet *packet);

struct mqw_options options_of(uint8_t version, uint8_t sender);

/* The bits that switch a rule, from its row. */
uint32_t rule_allow(enum mqw_code rule);
uint32_t rule_refuse(enum mqw_code rule);
const char *code_name(enum mqw_code code);         /* OK, MORE, ..., or a rule's name */
const char *hex_of(const void *bytes, size_t len); /* static; cut after 120 bytes */

/* Fails unless the two are equal; what is told of the case in the message. */
void expect_result(struct mqw_result got, struct mqw_result wanted, const char *what);

/*
 * Fails unless all that holds for every input holds for this one:
 *   decode and explain have one verdict, the leaves of explain are the bytes of the packet;
 *   the field of a fault has a name, which is cut where there is little room, and so is the line;
 *   what decodes encodes, into exactly the room that was measured and not into less;
 *   and what was encoded decodes to an equal packet, and encodes to the same bytes.
 * Answers what decode answered.
 */
struct mqw_result expect_laws(const void *buf, size_t len, const struct mqw_options *options);

/* Encodes into a block of just the right size; fails if that does not work. */
struct wire encode_exactly(const struct mqw_packet *packet, const struct mqw_options *options);

/* The same for these tests; the answer is for main. */
int run(const char *name, const TTest *const *tests, size_t count);

#endif
