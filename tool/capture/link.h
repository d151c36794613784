/* SPDX-License-Identifier: MIT */
/* From a captured frame to the TCP segment in it: link layers, IPv4, IPv6. */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/* One end of a connection; two ends that are equal have equal bytes. */
struct endpoint {
    uint8_t address[16]; /* IPv4: four bytes, and zeros */
    uint16_t port;
    uint16_t family; /* 4 or 6 */
};

struct segment {
    struct endpoint from, to;
    uint32_t seq, ack;
    uint8_t flags;
    const uint8_t *data; /* points into the frame */
    uint32_t len;        /* bytes of payload that were captured */
    uint32_t missing;    /* bytes of payload after them that were cut off */
};

/* A piece of an IP packet, or all of it. */
struct fragment {
    struct endpoint from, to; /* without ports */
    uint32_t id;
    uint8_t protocol;    /* of what it begins with */
    bool more;           /* it is not the last one */
    uint32_t offset;     /* in what the packet holds, bytes */
    const uint8_t *data; /* points into the frame */
    uint32_t len;        /* bytes of payload that were captured */
    uint32_t missing;    /* bytes of payload after them that were cut off */
};

enum link_result {
    LINK_TCP,
    LINK_OTHER,    /* no TCP in it */
    LINK_FRAGMENT, /* a piece of an IP packet that may hold TCP */
    LINK_SHORT     /* cut off inside the headers, or nonsense */
};

/* Is this one of the link types (pcap's DLT_ numbers) that can be read? */
bool link_known(int type);

/* Reads one frame, of which caplen of len bytes were captured: a segment, or a fragment. */
enum link_result link_read(int type, const uint8_t *frame, size_t caplen, size_t len,
                           struct segment *out, struct fragment *fragment);

/* Reads a packet whose fragments were put together. */
enum link_result link_whole(const struct fragment *whole, struct segment *out);

#endif
