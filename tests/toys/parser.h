/* SPDX-License-Identifier: MIT */
/*
 * A toy: a parser of MQTT 3.1.1 and 5.0 of the kind that people write for a broker or a client of
 * their own.  The harnesses of docs/harnesses/ are tried on it.
 */
#ifndef TOY_PARSER_H
#define TOY_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum toy_type {
    TOY_CONNECT = 1,
    TOY_CONNACK,
    TOY_PUBLISH,
    TOY_PUBACK,
    TOY_PUBREC,
    TOY_PUBREL,
    TOY_PUBCOMP,
    TOY_SUBSCRIBE,
    TOY_SUBACK,
    TOY_UNSUBSCRIBE,
    TOY_UNSUBACK,
    TOY_PINGREQ,
    TOY_PINGRESP,
    TOY_DISCONNECT,
    TOY_AUTH,
};

enum toy_result { TOY_OK, TOY_MORE, TOY_BAD };

struct toy_bytes {
    const uint8_t *at; /* into the packet */
    uint32_t len;
};

/* The first bytes of a packet. */
struct toy_header {
    uint8_t raw[5];
    uint8_t type, flags;
    uint32_t size;   /* of these bytes */
    uint32_t length; /* Remaining Length */
};

struct toy_properties {
    uint64_t seen; /* bit n: property n */
    uint32_t session_expiry, maximum_packet, will_delay;
    uint16_t receive_maximum, topic_alias, topic_alias_maximum;
    uint32_t users; /* how many user properties */
    struct toy_bytes content_type, response_topic, auth_method, reason_text;
};

struct toy_packet {
    uint8_t type, flags;
    uint16_t id;
    uint8_t reason;
    struct toy_properties properties;

    /* CONNECT, CONNACK */
    uint8_t level;
    bool clean, session_present;
    uint16_t keep_alive;
    struct toy_bytes client_id, user_name, password;
    bool has_will, will_retain;
    uint8_t will_qos;
    struct toy_properties will_properties;
    struct toy_bytes will_topic, will_payload;

    /* PUBLISH */
    bool dup, retain;
    uint8_t qos;
    struct toy_bytes topic, payload;
    uint32_t levels;

    /* SUBSCRIBE, UNSUBSCRIBE: toy_next_filter; SUBACK, UNSUBACK: a byte each */
    struct toy_bytes filters, codes;
    uint32_t count;
    bool refused; /* the first code is a failure */
};

/* Where does the packet that begins here end? */
enum toy_result toy_frame(const uint8_t *data, size_t size, struct toy_header *header);

/* A whole packet.  version: 4 or 5, which a CONNECT says itself. */
enum toy_result toy_parse(const uint8_t *data, size_t size, uint8_t version, struct toy_packet *p);

/* The next filter of a packet that was parsed; at: where it begins, 0 at first. */
bool toy_next_filter(const struct toy_packet *p, uint32_t *at, struct toy_bytes *filter,
                     uint8_t *options);

#endif
