/* SPDX-License-Identifier: MIT */
/*
 * The telling walk: decodes a packet under all options, knows which rule is broken, where and by
 * which field, and can tell every field to somebody.  It is what decodes when the plain reader has
 * found something amiss, and alone with MQW_SMALL.
 */
#ifndef MQW_TELL_H
#define MQW_TELL_H

#include "text.h"

/* Where the walk is: will . properties . user_properties[2] . name */
enum { PATH_MAX_DEPTH = 4 };

struct path_part {
    const char *name; /* NULL: the property of that identifier */
    uint32_t index;   /* of an element; NO_INDEX: it is none */
    uint8_t property;
};

enum { NO_INDEX = -1 };

struct teller;

/* A field, as the walk tells it: kind and span are known, its texts are not. */
struct told {
    enum mqw_kind kind;
    const char *suffix; /* of the path: ".length" and such */
    uint8_t bit, width;
    uint32_t start, end, number;
};

/* Told each field; false ends the walk. */
typedef bool tell_listener(void *arg, const struct teller *c, const struct told *field);

struct teller {
    const uint8_t *base;
    uint32_t at;
    uint32_t end;    /* of the bytes that have come */
    uint32_t limit;  /* of the packet, or of the block of properties */
    uint32_t told;   /* end of the last leaf */
    uint32_t wanted; /* in all, at least, should what came not do */
    uint32_t octet_at, field_at;
    uint32_t allow, refuse;
    uint8_t version, sender, type;
    uint8_t octet;
    uint8_t short_rule; /* enum mqw_code: what a field breaks that goes past the limit */
    bool quiet;         /* nobody wants names: no path is kept, and no field told */
    bool stopped; /* after a fault, at the end of what came, or when the listener has enough */
    uint8_t depth;
    uint32_t item; /* index of the element that the walk is in, or 0 */
    struct header header;
    struct mqw_result result;
    tell_listener *listener; /* or NULL */
    void *arg;
    struct path_part path[PATH_MAX_DEPTH];
};

/*
 * Walks over the first packet in buf.  The result is mqw_decode's; after a fault *c has the path of
 * the field, unless it is quiet.  A listener is told all fields, of a packet that has not all come
 * too.  *packet is filled as far as the walk gets.
 */
HIDDEN struct mqw_result mqw__tell(struct teller *c, const uint8_t *buf, size_t len,
                                   const struct mqw_options *options, struct mqw_packet *packet,
                                   tell_listener *listener, void *arg);

/* The same without names: all that decoding needs. */
HIDDEN struct mqw_result mqw__judge(const uint8_t *buf, size_t len,
                                    const struct mqw_options *options, struct mqw_packet *packet);

#endif
