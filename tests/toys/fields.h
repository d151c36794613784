/* SPDX-License-Identifier: MIT */
/* The fields of packets, as parser.c reads them one after the other. */
#ifndef TOY_FIELDS_H
#define TOY_FIELDS_H

#include "parser.h"

struct reader {
    const uint8_t *at;
    uint32_t left;
    bool bad;
};

/* Where a property may be. */
#define IN(type) (1u << TOY_##type)
#define IN_WILL  1u
#define IN_ACKS  (IN(PUBACK) | IN(PUBREC) | IN(PUBREL) | IN(PUBCOMP))

bool toy_need(struct reader *r, uint32_t n);
void toy_skip(struct reader *r, uint32_t n);
uint8_t toy_read_1(struct reader *r);
uint16_t toy_read_2(struct reader *r);
uint32_t toy_read_4(struct reader *r);
struct toy_bytes toy_read_bytes(struct reader *r, uint32_t n);
struct toy_bytes toy_read_binary(struct reader *r);
struct toy_bytes toy_read_text(struct reader *r);
uint32_t toy_count_levels(struct toy_bytes topic);
struct toy_bytes toy_read_topic(struct reader *r);
struct toy_bytes toy_read_filter(struct reader *r);
void toy_read_properties(struct reader *r, uint32_t place, struct toy_properties *out);

#endif
