/* SPDX-License-Identifier: MIT */
/*
 * The putting cursor: measures a packet, names what is amiss, and stores the bytes where there is
 * somewhere to put them.  It judges what stored bytes could not show any more: lengths that do not
 * fit their prefix, values that do not fit their bits, fields that the version has not.
 *
 * It encodes, with the telling walk over what was stored to judge the content, whatever the quick
 * writer (write.h) does not find good; and all packets with MQW_SMALL.
 */
#ifndef MQW_PUT_H
#define MQW_PUT_H

#include "internal.h"

struct putter {
    const struct mqw_options *options;
    uint8_t *body;    /* where the bytes after the fixed header go; NULL: nowhere */
    uint64_t room;    /* at body, bytes */
    uint64_t size;    /* of what has been put, bytes */
    uint32_t payload; /* of a PUBLISH, bytes */
    uint8_t octet;
    uint8_t flags; /* of byte 1 */
    uint8_t version;

    enum mqw_code rule;             /* MQW_OK, or the first that is broken: */
    bool at_first;                  /* in byte 1, */
    uint64_t where;                 /* or after so many bytes of those behind the fixed header, */
    const char *group, *list;       /* in such a group, in such a list, */
    const char *name;               /* by this field, */
    uint8_t property;               /* or by this property, */
    uint32_t item;                  /* and by this element */
    const char *in_group, *in_list; /* where the cursor is now */
    uint8_t in_property;
    uint32_t in_item;
};

/* The version that a packet is written in, or 0 if that is not known. */
static inline uint8_t version_of(const struct mqw_packet *packet, const struct mqw_options *o)
{
    if (packet->type == MQW_CONNECT && packet->version)
        return packet->version;
    return o->version;
}

/* Puts a packet into room bytes at body, or measures it where that is NULL. */
HIDDEN void mqw__put(struct putter *c, const struct mqw_packet *packet, const struct mqw_options *o,
                     uint8_t *body, uint64_t room);

/*
 * mqw_encode, slowly: under all options, and with the reason where it refuses.  What the quick
 * writer does not find good comes here.
 */
HIDDEN struct mqw_result mqw__encode(const struct mqw_packet *packet, const struct mqw_options *o,
                                     uint8_t *buf, size_t cap);

#endif
