/* SPDX-License-Identifier: MIT */
/* A network connection, from the moment that it is accepted. */
#ifndef BROKER_CONNECTION_H
#define BROKER_CONNECTION_H

#include "../net/packet.h"
#include "../net/sasl.h"
#include "../net/wire.h"
#include "broker.h"

enum stage {
    STAGE_SILENT,         /* CONNECT has not come */
    STAGE_AUTHENTICATING, /* it has, and CONNACK has not gone */
    STAGE_ONLINE,
    STAGE_LEAVING /* it ends: what is written still goes out */
};

struct aliases; /* aliases.c: what aliases to the client stand for */

struct connection {
    struct connection *next, *previous; /* of the broker's */
    struct connection *next_unflushed, *previous_unflushed;
    struct broker *broker;
    struct listener *listener;
    struct net_stream *stream;
    struct net_wire wire;
    struct session *session;
    struct timer timer;    /* for CONNECT, then the keep alive */
    struct packet connect; /* while it is being authenticated */
    struct access_check *check;
    struct net_sasl *sasl;
    char *username; /* NULL: anonymous */
    char
        *client_id; /* that was assigned, or is made of the certificate or the user name; or NULL */
    struct aliases *aliases;
    enum stage stage;
    bool unflushed;
    bool normal;        /* the client said goodbye: no will */
    bool paused;        /* max_message_rate: until its second is over */
    bool owes;          /* the answer to a PUBLISH, before which no message goes out */
    bool swamped;       /* with answers that the client does not take: it is not read */
    uint32_t answered;  /* bytes of those */
    const char *traced; /* its client identifier in settings->traces or ->printed; NULL: in none */
    bool printed;       /* in settings->printed */
    uint32_t counted;   /* PUBLISHes of this second */
    int64_t second;
    struct log_brake refused; /* PUBLISHes */
};

/* connection.c */
void connection_accept(struct broker *broker, struct listener *listener, uv_stream_t *server);
/* One that is connected already.  False: it is not taken. */
bool connection_open(struct broker *broker, struct listener *listener, int fd);
/* Encodes a packet; it goes out when the broker has committed.  OK, or why it cannot be sent, of
 * which problem, if there is one, tells more. */
enum mqw_code connection_send(struct connection *connection, const struct mqw_packet *packet,
                              uint64_t tag);
/* Likewise, with a Reason String, where the client takes one: it may want none ([MQTT-3.1.2-29]), or
 * have no room for it ([MQTT-3.4.2-2] and its likes).  properties: the packet's.  text: NULL: none; it
 * tells why something was refused, but not where that would be of use: wrong passwords. */
enum mqw_code connection_explain(struct connection *connection, struct mqw_packet *packet,
                                 struct mqw_properties *properties, const char *text);
/* Ends the connection, saying CONNACK or DISCONNECT with this code where the version has it;
 * MQW_REASON_NONE: in silence.  text: a sentence for the log, and for Reason String. */
void connection_end(struct connection *connection, unsigned code, const char *text);
void connection_no_memory(struct connection *connection); /* ends it for want of memory */
/* Copies a text into a place of the connection's.  False: no memory. */
bool connection_set_text(char **place, struct mqw_bytes text);
void connection_flush(struct connection *connection);
/* What waits for its turn goes on then, if not before. */
void connection_wake(struct connection *connection, int64_t at);
/* The session goes on without it. */
void connection_detach(struct connection *connection);
/* Too much is waiting to be taken by the client. */
bool connection_congested(const struct connection *connection);
uint8_t connection_version(const struct connection *connection);
uint8_t connection_max_qos(const struct connection *connection);
/* A line about its client; `about` need not say who that is. */
void connection_say(const struct connection *connection, enum log_type type, const char *does,
                    struct log_subject about);

/* greeting.c: CONNECT, CONNACK */
void greeting_connect(struct connection *connection, const struct mqw_packet *packet);
/* The client is who it says it is.  last_word: what its authentication still has to be told. */
void greeting_let_in(struct connection *connection, struct mqw_bytes last_word);

/* authentication.c: who it is, and AUTH */
void authentication_begin(struct connection *connection, const struct mqw_connect *connect);
void authentication_packet(struct connection *connection, const struct mqw_packet *packet);
void authentication_end(struct connection *connection); /* stops what is under way */

/* receive.c */
void receive_bytes(struct connection *connection, const uint8_t *data, size_t len);

/* subscribe.c: SUBSCRIBE, UNSUBSCRIBE */
void subscribe_packet(struct connection *connection, const struct mqw_packet *packet);
void unsubscribe_packet(struct connection *connection, const struct mqw_packet *packet);

/* publish.c: PUBLISH, PUBREL */
void publish_packet(struct connection *connection, const struct mqw_packet *packet,
                    const struct mqw_seen *seen);
void publish_release(struct connection *connection, const struct mqw_packet *packet);

/* trace.c: CONNECT has come */
void trace_connect(struct connection *connection, const struct mqw_connect *connect);

/* aliases.c */
void aliases_apply(struct connection *connection, struct mqw_publish *publish);
/* It was not sent: puts the topic back.  False: it has no alias. */
bool aliases_undo(struct connection *connection, struct mqw_publish *publish,
                  struct mqw_bytes topic);
void aliases_free(struct connection *connection);

#endif
