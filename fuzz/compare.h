/* SPDX-License-Identifier: MIT */
/* The codec's answers beside those of the oracle and the references. */
#ifndef FUZZ_COMPARE_H
#define FUZZ_COMPARE_H

#include "oracle.h"
#include <mqttwire/mqttwire.h>

/*
 * Each answers whether both say the same, and prints the bytes and both verdicts where not.
 * `scratch` is used again by each call; it begins as all zero.
 */
struct scratch {
    struct oracle oracle;
    struct oracle_text decoded;
    uint64_t accepted; /* packets, by both with the same fields */
};
bool agree_on_frame(struct scratch *scratch, const uint8_t *bytes, size_t len, unsigned version);
bool agree_on_packet(struct scratch *scratch, const uint8_t *bytes, size_t len, unsigned version,
                     enum mqw_sender sender);
void scratch_free(struct scratch *scratch);

/* Text as the codec judges it, with everything refused that may be; any bytes. */
bool agree_on_text(const uint8_t *text, size_t len);
/* Topic names and filters; any bytes.  Version 0 is that of 5.0. */
bool agree_on_topic_name(const uint8_t *text, size_t len);
bool agree_on_filter(const uint8_t *text, size_t len, unsigned version);
/* Of well-formed ones. */
bool agree_on_share(const uint8_t *filter, size_t len);
bool agree_on_match(const uint8_t *filter, size_t filter_len, const uint8_t *name, size_t name_len,
                    unsigned version);

/* How many disagreements were there?  The first ones are printed, up to a number: 1000. */
unsigned long disagreements(void);
void print_at_most(unsigned long count);

/* A decoded packet in the form of oracle_text: decoded.c. */
void decoded_text(struct oracle_text *text, const struct mqw_packet *packet);

#endif
