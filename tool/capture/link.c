/* SPDX-License-Identifier: MIT */
/*
 * Every reader here takes a view of what is left of the frame and says what is in it.  A view has
 * two lengths: what was captured and what was on the wire.  The second one is only ever a number
 * that the frame claims; it becomes the count of missing bytes and nothing else.
 */
#include "link.h"

#include <pcap/dlt.h>
#include <string.h>

struct view {
    const uint8_t *at;
    size_t have; /* captured */
    size_t full; /* on the wire, >= have */
};

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86DD };

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

/* Drops the first n bytes, or answers false where so many were not captured. */
static bool skip(struct view *v, size_t n)
{
    if (v->have < n)
        return false;
    v->at += n;
    v->have -= n;
    v->full -= n;
    return true;
}

/* What follows the first n bytes on the wire is padding. */
static void limit(struct view *v, size_t n)
{
    if (v->full > n)
        v->full = n;
    if (v->have > n)
        v->have = n;
}

static enum link_result tcp(struct view v, struct segment *out)
{
    const uint8_t *header = v.at;
    size_t size;

    /* The options may be cut off: what is needed ends with the flags. */
    if (v.have < 14)
        return LINK_SHORT;
    size = (size_t)(header[12] >> 4) * 4;
    if (size < 20 || size > v.full)
        return LINK_SHORT;
    out->from.port = u16(header);
    out->to.port = u16(header + 2);
    out->seq = u32(header + 4);
    out->ack = u32(header + 8);
    out->flags = header[13];
    out->data = NULL;
    out->len = 0;
    if (v.have > size) {
        out->data = header + size;
        out->len = (uint32_t)(v.have - size);
    }
    out->missing = (uint32_t)(v.full - size - out->len);
    return LINK_TCP;
}

/* What is found in a frame: one of the two. */
struct found {
    struct segment *segment;
    struct fragment *fragment;
};

static void addresses(struct segment *out, const uint8_t *from, const uint8_t *to, size_t size)
{
    memset(&out->from, 0, sizeof out->from);
    memset(&out->to, 0, sizeof out->to);
    memcpy(out->from.address, from, size);
    memcpy(out->to.address, to, size);
    out->from.family = out->to.family = size == 4 ? 4 : 6;
}

static enum link_result fragment_of(struct view v, struct found out, uint32_t id, uint8_t protocol,
                                    unsigned offset, bool more)
{
    struct fragment *fragment = out.fragment;
    fragment->from = out.segment->from;
    fragment->to = out.segment->to;
    fragment->id = id;
    fragment->protocol = protocol;
    fragment->offset = offset;
    fragment->more = more;
    fragment->data = v.at;
    fragment->len = (uint32_t)v.have;
    fragment->missing = (uint32_t)(v.full - v.have);
    return LINK_FRAGMENT;
}

static enum link_result ipv4(struct view v, struct found out)
{
    const uint8_t *header = v.at;
    size_t size, total;
    unsigned position;

    if (v.have < 20 || header[0] >> 4 != 4)
        return LINK_SHORT;
    size = (size_t)(header[0] & 15) * 4;
    total = u16(header + 2);
    if (total) { /* 0: segmentation is left to the network card */
        if (total < size)
            return LINK_SHORT;
        limit(&v, total);
    }
    if (size < 20 || !skip(&v, size))
        return LINK_SHORT;
    if (header[9] != 6)
        return LINK_OTHER;
    addresses(out.segment, header + 12, header + 16, 4);
    position = u16(header + 6);
    if (position & 0x3FFF) /* more fragments, or not the first one */
        return fragment_of(v, out, u16(header + 4), header[9], (position & 0x1FFF) * 8U,
                           position & 0x2000);
    return tcp(v, out.segment);
}

enum {
    HOP_BY_HOP = 0,
    TCP = 6,
    ROUTING = 43,
    FRAGMENT = 44,
    AUTHENTICATION = 51,
    DESTINATION = 60,
    MOBILITY = 135,
    HIP = 139,
    SHIM6 = 140
};

/* The headers between that of IPv6 and TCP. */
static enum link_result headers(struct view v, uint8_t next, struct found out)
{
    /* Each takes at least eight bytes, so that this ends. */
    while (next != TCP) {
        size_t size;
        if (v.have < 8)
            return LINK_SHORT;
        switch (next) {
        case HOP_BY_HOP:
        case ROUTING:
        case DESTINATION:
        case MOBILITY:
        case HIP:
        case SHIM6:
            size = ((size_t)v.at[1] + 1) * 8;
            break;
        case AUTHENTICATION:
            size = ((size_t)v.at[1] + 2) * 4;
            if (size < 8)
                return LINK_SHORT;
            break;
        case FRAGMENT: {
            const uint8_t *header = v.at;
            unsigned position = u16(header + 2);
            size = 8;
            if (!(position & 0xFFF9)) /* a fragment that is all of its packet has neither */
                break;
            if (!out.fragment)
                return LINK_SHORT;
            if (header[0] != TCP && header[0] != DESTINATION && header[0] != AUTHENTICATION)
                return LINK_OTHER;
            skip(&v, 8);
            return fragment_of(v, out, u32(header + 4), header[0], position & 0xFFF8U,
                               position & 1);
        }
        default:
            return LINK_OTHER;
        }
        next = v.at[0];
        if (!skip(&v, size))
            return LINK_SHORT;
    }
    return tcp(v, out.segment);
}

static enum link_result ipv6(struct view v, struct found out)
{
    const uint8_t *header = v.at;
    size_t payload;

    if (v.have < 40 || header[0] >> 4 != 6)
        return LINK_SHORT;
    payload = u16(header + 4);
    if (payload) /* 0: a jumbogram, or segmentation is left to the network card */
        limit(&v, 40 + payload);
    skip(&v, 40);
    addresses(out.segment, header + 8, header + 24, 16);
    return headers(v, header[6], out);
}

static enum link_result ip(struct view v, struct found out)
{
    if (!v.have)
        return LINK_SHORT;
    switch (v.at[0] >> 4) {
    case 4:
        return ipv4(v, out);
    case 6:
        return ipv6(v, out);
    default:
        return LINK_OTHER;
    }
}

/* What follows an EtherType; VLAN tags may stack. */
static enum link_result ethertype(struct view v, unsigned type, struct found out)
{
    while (type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200) {
        if (v.have < 4)
            return LINK_SHORT;
        type = u16(v.at + 2);
        skip(&v, 4);
    }
    if (type == 0x8864) { /* PPPoE session: six bytes, then the number of PPP's protocol */
        unsigned protocol;
        if (v.have < 8)
            return LINK_SHORT;
        protocol = u16(v.at + 6);
        skip(&v, 8);
        type = protocol == 0x0021 ? ETHER_IPV4 : protocol == 0x0057 ? ETHER_IPV6 : 0;
    }
    if (type == ETHER_IPV4)
        return ipv4(v, out);
    if (type == ETHER_IPV6)
        return ipv6(v, out);
    return LINK_OTHER;
}

/* A header of the given size whose EtherType is at the given place. */
static enum link_result typed(struct view v, size_t size, size_t place, struct found out)
{
    unsigned type;
    if (v.have < size)
        return LINK_SHORT;
    type = u16(v.at + place);
    skip(&v, size);
    return ethertype(v, type, out);
}

/*
 * BSD's loopback: an address family in four bytes, in the byte order of the machine that captured
 * or, for LOOP, of the network.  IPv6 has a number of its own on every system, so that it is the IP
 * header which tells the version; the family is only asked to be a small number.
 */
static enum link_result loopback(struct view v, struct found out)
{
    uint32_t family;
    if (v.have < 4)
        return LINK_SHORT;
    family = u32(v.at);
    if (family >= 0x10000)
        family = (family >> 24 | (family >> 8 & 0xFF00)); /* only two low bytes can be set */
    skip(&v, 4);
    return family == 2 || family == 10 || (family >= 23 && family <= 30) ? ip(v, out) : LINK_OTHER;
}

bool link_known(int type)
{
    switch (type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return true;
    default:
        return false;
    }
}

enum link_result link_read(int type, const uint8_t *frame, size_t caplen, size_t len,
                           struct segment *segment, struct fragment *fragment)
{
    struct found out = {segment, fragment};
    struct view v;
    v.at = frame;
    v.have = caplen;
    v.full = len > caplen ? len : caplen;
    if (v.full > 0x1000000) /* no frame is as long as that; lengths stay far below 32 bits */
        return LINK_SHORT;
    switch (type) {
    case DLT_EN10MB:
        return typed(v, 14, 12, out);
    case DLT_LINUX_SLL:
        return typed(v, 16, 14, out);
    case DLT_LINUX_SLL2:
        return typed(v, 20, 0, out);
    case DLT_NULL:
    case DLT_LOOP:
        return loopback(v, out);
    case DLT_IPV4:
        return ipv4(v, out);
    case DLT_IPV6:
        return ipv6(v, out);
    default:
        return ip(v, out);
    }
}

enum link_result link_whole(const struct fragment *whole, struct segment *out)
{
    struct found found = {out, NULL};
    struct view v;
    v.at = whole->data;
    v.have = whole->len;
    v.full = (size_t)whole->len + whole->missing;
    out->from = whole->from;
    out->to = whole->to;
    return headers(v, whole->protocol, found);
}
