/* SPDX-License-Identifier: MIT */
/*
 * Slow, obvious references for text and topics, written from the specification and sharing nothing
 * with codec/.  Each answers everything that is wrong, as a set of bits.
 */
#ifndef FUZZ_REFERENCE_H
#define FUZZ_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text: section 1.5.3 of 3.1.1, 1.5.4 of 5.0. */
enum {
    TEXT_ILL_FORMED = 1 << 0, /* no UTF-8; nothing more is told of what follows */
    TEXT_NUL = 1 << 1,
    TEXT_CONTROL = 1 << 2,      /* U+0001..U+001F, U+007F..U+009F: a receiver may refuse it */
    TEXT_NONCHARACTER = 1 << 3, /* U+FDD0..U+FDEF, U+xFFFE, U+xFFFF: likewise */
    TEXT_FAULTS = 4,
    TEXT_FORBIDDEN = TEXT_ILL_FORMED | TEXT_NUL
};
/* first: where each bit was found first, at the beginning of a code point; may be NULL. */
unsigned reference_text(const uint8_t *text, size_t len, size_t first[TEXT_FAULTS]);

/* Topics: section 4.7, and 4.8.2 of 5.0.  What reference_text finds is no matter of these. */
enum {
    TOPIC_EMPTY = 1 << 4,
    TOPIC_WILDCARD = 1 << 5,
    FILTER_HASH = 1 << 6, /* # not alone in the last level */
    FILTER_PLUS = 1 << 7, /* + not alone in its level */
    SHARE_NAME_EMPTY = 1 << 8,
    SHARE_NAME_WILDCARD = 1 << 9,
    SHARE_FILTER_MISSING = 1 << 10 /* no slash after the share name, or nothing behind it */
};
unsigned reference_topic_name(const uint8_t *text, size_t len);
unsigned reference_topic_filter(const uint8_t *text, size_t len, bool version_5);

/* Is this the filter of a shared subscription, "$share/..."?  Its parts, if it is well-formed. */
bool reference_shared(const uint8_t *text, size_t len);
bool reference_share(const uint8_t *text, size_t len, size_t *group_len, size_t *rest_at);

/* Does a subscription to this well-formed filter get messages to this well-formed name? */
bool reference_match(const uint8_t *filter, size_t filter_len, const uint8_t *name, size_t name_len,
                     bool version_5);

#endif
