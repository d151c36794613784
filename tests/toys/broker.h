/* SPDX-License-Identifier: MIT */
/*
 * A toy: a broker on the toy parser, for MQTT 3.1.1 and 5.0.  It has no sockets of its own:
 * broker_main.c and harnesses bring bytes and take them.
 */
#ifndef TOY_BROKER_H
#define TOY_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct broker;
struct connection;

struct broker *broker_new(void);
void broker_free(struct broker *b);

struct connection *broker_open(struct broker *b);

/* Bytes from the client; false: the connection is to be closed. */
bool broker_input(struct connection *c, const uint8_t *data, size_t size);

/* Bytes for the client; taken: so many of them are gone. */
const uint8_t *broker_output(const struct connection *c, size_t *size);
void broker_taken(struct connection *c, size_t size);

/* It is closed: the will is published, unless the client said goodbye. */
void broker_close(struct connection *c);

#endif
