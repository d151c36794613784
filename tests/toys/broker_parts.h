/* SPDX-License-Identifier: MIT */
/* What the toy broker keeps, and what its files share. */
#ifndef TOY_BROKER_PARTS_H
#define TOY_BROKER_PARTS_H

#include "broker.h"
#include "bugs.h"
#include "parser.h"

#include <stdlib.h>
#include <string.h>

enum { ALIASES = 8, PACKET_LIMIT = 1 << 16, OUTPUT_LIMIT = 1 << 18, LIMIT = 200 };

struct message {
    struct message *next;
    uint16_t id;
    uint8_t qos;
    bool retain;
    char *topic;
    uint8_t *payload; /* NULL if there is none */
    uint32_t size;
};

struct subscription {
    struct subscription *next;
    char *filter;
    uint8_t qos;
};

struct session {
    struct session *next;
    char *client_id;
    struct connection *owner;
    struct subscription *subscriptions;
    struct message *received; /* QoS 2, until PUBREL */
    uint16_t last_id;
    bool kept;
};

struct connection {
    struct connection *next;
    struct broker *broker;
    struct session *session;
    struct message *will;
    char *aliases[ALIASES];
    uint8_t version;
    bool closing;
    uint8_t *in, *out;
    size_t in_size, out_size;
};

struct broker {
    struct connection *connections;
    struct session *sessions;
    struct message *retained;
    unsigned names;
};

void *broker_get(size_t size);
char *broker_text_of(struct toy_bytes t);
struct message *broker_message_of(struct toy_bytes topic, struct toy_bytes payload, uint8_t qos,
                                  bool retain);
void broker_free_message(struct message *m);
void broker_put(struct connection *c, const void *data, size_t size);
void broker_put_header(struct connection *c, uint8_t first, size_t length);
void broker_put_ack(struct connection *c, uint8_t first, uint16_t id, uint8_t reason);
void broker_put_message(struct connection *c, struct session *s, const struct message *m,
                        uint8_t qos, bool retain);
bool broker_matches(const char *filter, const char *topic);
void broker_publish(struct broker *b, const struct message *m);
void broker_publish_will(struct connection *c);
void broker_drop_session(struct broker *b, struct session *s);
void broker_detach(struct connection *c);
struct session *broker_session_of(struct connection *c, struct toy_bytes id, bool clean, bool *old);

#endif
