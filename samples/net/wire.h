/* SPDX-License-Identifier: MIT */
/*
 * MQTT packets to and from a peer, as bytes: what a client and a broker do with mqttwire alike.
 * Packets that are sent gather in `out`; bytes that came are put into `in`, and taken packet by
 * packet.  Both directions go through mqw_connection, which tells what breaks the rules.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "buffer.h"

#include <mqttwire/mqttwire.h>

/* Each whole packet, sent or received, decoded or not. */
typedef void net_wire_watch(void *arg, enum mqw_sender sender, const uint8_t *bytes, size_t len);

struct net_wire {
    struct mqw_connection rules;
    struct net_buffer in, out;
    enum mqw_sender own, peer;
    uint16_t aliases; /* that the peer may use */
    size_t wanted;    /* bytes that `in` must have before it is looked at again */
    size_t current;   /* bytes of the packet that was told last, which is still in `in` */
    net_wire_watch *watch;
    void *watch_arg;
};

/*
 * Begins a connection.  own: who this side is.  version: where it is known, as a client's; else 0.
 * limit: of the peer's packets, bytes; 0: the format's.  aliases: Topic Alias Maximum that this side
 * announces.  allow: MQW_ALLOW_* for the peer's packets.
 */
void net_wire_begin(struct net_wire *wire, enum mqw_sender own, uint8_t version, uint32_t limit,
                    uint16_t aliases, uint32_t allow);

/* Forgets the connection: its bytes, aliases, exchanges.  Of one that is all zero, nothing. */
void net_wire_end(struct net_wire *wire);

/*
 * Encodes a packet into `out`, unless it would break a rule, of its own or of the connection, which
 * is then the answer; problem, of cap bytes, says which field.  SPACE: no memory.
 */
enum mqw_code net_wire_send(struct net_wire *wire, const struct mqw_packet *packet, uint64_t now,
                            uint64_t tag, char *problem, size_t cap);

/*
 * The next packet of the peer, which lasts until the next call.  OK; MORE: bytes are missing; a
 * rule: it breaks that one; SPACE: no memory.
 */
enum mqw_code net_wire_next(struct net_wire *wire, uint64_t now, struct mqw_packet *packet,
                            struct mqw_seen *seen, char *problem, size_t cap);

/* mqw_connection_next_id for this side, with room for one more exchange. */
uint16_t net_wire_next_id(struct net_wire *wire);

/* Takes a message of an earlier connection into account: mqw_connection_hold, with room for it. */
bool net_wire_hold(struct net_wire *wire, enum mqw_sender sender, uint16_t packet_id, uint64_t tag);

#endif
