/* SPDX-License-Identifier: MIT */
/* What the files of the oracle share: its tables, and reading. */
#ifndef FUZZ_ORACLE_PARTS_H
#define FUZZ_ORACLE_PARTS_H

#include "oracle.h"

/* ---- Tables: oracle_tables.c --------------------------------------------------------------- */

enum packet {
    CONNECT = 1,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH
};

struct packet_row {
    const char *name;
    int flags; /* the only legal ones; -1: those of PUBLISH */
    const char *flag_rule;
    char sender_4, sender_5; /* C client, S server, B both, - neither: the type is reserved */
};
extern const struct packet_row packet_rows[16];

/* Columns of the property table. */
enum place {
    IN_CONNECT,
    IN_WILL,
    IN_CONNACK,
    IN_PUBLISH,
    IN_PUBACK,
    IN_PUBREC,
    IN_PUBREL,
    IN_PUBCOMP,
    IN_SUBSCRIBE,
    IN_SUBACK,
    IN_UNSUBSCRIBE,
    IN_UNSUBACK,
    IN_DISCONNECT,
    IN_AUTH,
    PLACES
};

enum value_type { BYTE = 1, TWO_BYTES = 2, FOUR_BYTES = 4, INTEGER, TEXT, BINARY, PAIR };

struct property_row {
    unsigned id;
    const char *name;
    enum value_type type;
    const char *places;      /* a column each: x allowed, c by clients, s by servers only, . not */
    unsigned long low, high; /* of numbers */
    const char *value_rule;  /* what a value outside them breaks; NULL: there is none */
    unsigned value_reasons;
    const char *utf8_rule; /* of texts */
};
extern const struct property_row property_rows[];
extern const size_t property_count;
const struct property_row *property_of(unsigned long id); /* or NULL */

/* Has this packet of 5.0 such a reason code, from this sender? */
bool reason_known(unsigned code, enum packet type, enum oracle_sender sender);

/* ---- Reading: oracle_read.c ---------------------------------------------------------------- */

struct view {
    const uint8_t *ptr;
    size_t len;
};

/*
 * A place in a packet.  Functions that read answer false where reading cannot go on; what went
 * wrong is noted then.  `cut` names the rules that are broken where bytes are missing.
 */
struct reader {
    struct oracle *o;
    const uint8_t *bytes;
    size_t at, end;
    unsigned version;
    enum oracle_sender sender;
    const char *cut;
};

void fault(struct reader *r, const char *rules, unsigned reasons, size_t from, size_t to);
bool read_number(struct reader *r, size_t bytes, unsigned long *value);
bool read_integer(struct reader *r, unsigned long *value); /* a variable byte integer */
bool read_view(struct reader *r, struct view *view);       /* text or binary data */

/* Judge a text that was just read: it ends at r->at. */
void text_fault(struct reader *r, struct view text, const char *rules, unsigned reasons);
void judge_text(struct reader *r, struct view text, const char *utf8_rule, const char *nul_rule);
void judge_topic_name(struct reader *r, struct view topic, const char *utf8_rule);
void judge_filter(struct reader *r, struct view filter, const char *utf8_rule);

/* ---- Properties: oracle_properties.c ------------------------------------------------------- */

/*
 * Reads the length and the properties of this place; they are shown as fields of `group`.
 * Bit n of *present: the property with identifier n is there.
 */
bool read_properties(struct reader *r, enum place place, const char *group, uint64_t *present);

#endif
