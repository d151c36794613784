/* SPDX-License-Identifier: MIT */
/* Packets and texts that are kept: a packet as its bytes, which hold all that it points to. */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <mqttwire/mqttwire.h>

struct packet {
    uint8_t *bytes; /* NULL: none */
    uint32_t size;
    uint8_t version;
};

/* A text of one's own; all zero: none. */
struct packet_text {
    uint8_t *ptr;
    uint32_t len;
};

/* OK; SPACE: no memory; a rule that the packet breaks, of which problem says the field. */
enum mqw_code packet_keep(struct packet *kept, const struct mqw_packet *packet,
                          enum mqw_sender sender, uint8_t version, char *problem, size_t cap);
bool packet_copy(struct packet *kept, struct mqw_bytes bytes, uint8_t version);

/* Reads it again, for a connection of this version: properties are of 5.0 alone. */
bool packet_read(const struct packet *kept, uint8_t version, struct mqw_packet *packet);
void packet_drop(struct packet *kept);

/* Of PUBLISH, SUBSCRIBE or UNSUBSCRIBE. */
void packet_set_id(struct mqw_packet *packet, uint16_t packet_id);

bool packet_text_set(struct packet_text *text, struct mqw_bytes value);
struct mqw_bytes packet_text_view(const struct packet_text *text);
void packet_text_drop(struct packet_text *text);

/* A number that follows from the bytes. */
uint32_t packet_hash(struct mqw_bytes bytes);

#endif
