/* SPDX-License-Identifier: MIT */
/*
 * A message while the broker has it: as the bytes of a PUBLISH in 5.0, whoever sent it, once for all
 * whom it goes to.
 */
#ifndef BROKER_MESSAGE_H
#define BROKER_MESSAGE_H

#include <mqttwire/mqttwire.h>

struct broker;

#define NEVER INT64_MAX /* as a time: milliseconds of the broker's clock, broker_now */

struct message {
    uint32_t users;  /* who hold it; the last one frees it */
    uint32_t size;   /* of the packet, bytes */
    uint64_t number; /* in the store's file; 0: not there */
    int64_t expires;
    uint16_t origin_len;
    uint8_t qos;     /* that it was published with */
    uint8_t bytes[]; /* the packet, at QoS 0 and without what is of one connection: alias, Message
                        Expiry Interval; then the publisher's client identifier */
};

/* Keeps a message, for one user.  origin: the publisher's client identifier.  NULL: out of memory. */
struct message *message_new(struct broker *broker, const struct mqw_publish *publish,
                            struct mqw_bytes origin);
/* One that was stored: the packet's bytes; NULL also where they are none. */
struct message *message_restore(struct broker *broker, struct mqw_bytes packet,
                                struct mqw_bytes origin, uint8_t qos, int64_t expires);
struct message *message_hold(struct message *message);
void message_drop(struct broker *broker, struct message *message); /* NULL: nothing */

/* Its fields, which last as it does.  Message Expiry Interval is what is left of it. */
void message_read(const struct message *message, int64_t now, struct mqw_publish *publish);
struct mqw_bytes message_topic(const struct message *message);
struct mqw_bytes message_origin(const struct message *message);

#endif
