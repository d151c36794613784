/* SPDX-License-Identifier: MIT */
/* Packets and options as JSON has them, for client_driver.c. */
#ifndef TESTS_DRIVER_JSON_H
#define TESTS_DRIVER_JSON_H

#include "mqttwire_client.h"

#include <jansson.h>

/* A packet of one's own, whose views point into bytes. */
struct driver_packet {
    uint8_t *bytes;
    struct mqw_packet packet;
};

/* Ends the program, as the test is wrong. */
void driver_die(const char *what) __attribute__((noreturn));

/* Writes one line, and forgets the fields. */
void driver_write(json_t *fields);

/* What is not UTF-8 becomes null, which a test notices. */
json_t *driver_text(const char *text);

/* A packet's bytes in hex; null: none. */
json_t *driver_packet(const struct mqw_packet *packet, uint8_t version);
json_t *driver_hex(const uint8_t *bytes, size_t len);

/* The other way round.  A command without such a member is an all-zero packet. */
struct driver_packet driver_read_packet(const json_t *command, const char *member, uint8_t version);
uint8_t *driver_read_hex(const json_t *text, size_t *len);

/* Numbers, flags and texts; the texts last as the JSON. */
void driver_read_options(const json_t *json, struct mqw_client_options *options);

#endif
