/* SPDX-License-Identifier: MIT */
/* The client's parts, and what they ask of each other. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "../net/packet.h"
#include "../net/sasl.h"
#include "../net/stream.h"
#include "../net/wire.h"
#include "inbox.h"
#include "mqttwire_client.h"
#include "queue.h"
#include "store.h"

#include <uv.h>

enum { PROBLEM = 256 /* bytes of a text about what went wrong */ };

/* ---- handlers.c, subscriptions.c, requests.c ------------------------------------------------- */

struct handler {
    struct handler *same;            /* in the table of filters and identifiers */
    struct handler *next, *previous; /* among the patterns: filters with wildcards */
    struct handler *next_gone;       /* it is freed later */
    struct packet_text filter;       /* ptr NULL: by identifier */
    bool pattern;
    uint32_t identifier;
    uint64_t number;            /* in the order of their coming */
    uint64_t asked;             /* the round in which it was asked last */
    mqw_client_handler *handle; /* NULL: it was taken away */
    void *arg;
};

/* A filter that is to be subscribed to again where the server has lost it. */
struct subscription {
    struct subscription *same; /* in the table of filters */
    struct packet packet;      /* SUBSCRIBE with this filter alone */
    struct packet_text filter;
};

struct request {
    struct mqw_client *client;
    struct request *same; /* in the table of correlations */
    struct packet_text correlation, topic;
    uv_timer_t timer;
    uint64_t number; /* in the order of the calls */
    mqw_client_reply *reply;
    void *arg;
    bool waits;     /* for its reply; it is in the table */
    unsigned users; /* the table, and the publish */
};

/* ---- The client ------------------------------------------------------------------------------ */

enum stage {
    STAGE_IDLE,     /* there is no connection, and none is wanted */
    STAGE_OPENING,  /* the stream is being opened */
    STAGE_GREETING, /* CONNECT was sent */
    STAGE_ONLINE,   /* CONNACK accepted */
    STAGE_LEAVING,  /* the stream is closing */
    STAGE_PAUSED    /* until the next attempt */
};

enum { BUCKETS = 1024, ALIAS_TOPIC = 1024 /* bytes; longer ones get no alias */ };

struct mqw_client {
    struct mqw_client_options options; /* texts in it are the client's own, or NULL */
    void *arg;
    struct packet connect; /* CONNECT as the caller wants it */
    struct packet_text client_id;
    struct net_address address;
    struct net_tls *tls;
    uv_loop_t *loop, own_loop;
    bool owns_loop, stopped;
    bool working;      /* mqw_client_run and the like are running the loop */
    bool free_wanted;  /* by a callback: when the outermost call ends */
    bool freed;        /* all is told and forgotten, but for the handles */
    bool handles_gone; /* and these are closed */
    uv_timer_t timer;
    unsigned depth; /* of calls; what they wrote is flushed by the outermost */

    /* connection.c */
    enum stage stage;
    struct net_stream *stream;
    struct net_wire wire;
    bool was_online;       /* since the last mqw_client_connect */
    unsigned failures;     /* in a row */
    uint64_t pause;        /* milliseconds before the next attempt, without what chance adds */
    uint64_t spoke, heard; /* when a packet was sent, and one received */
    int64_t written;       /* bytes, of all connections */
    int64_t taken;         /* of those, what the system had taken when that was looked at */
    uint64_t deadline;     /* of CONNACK, PINGRESP or the pause; UINT64_MAX: none */
    bool pinged;
    bool connects_again;        /* when it has left */
    struct packet leave_packet; /* DISCONNECT that a handler asked for */
    struct mqw_client_end end;  /* why the connection ends */
    struct mqw_packet farewell; /* what end.packet points to */
    char end_text[PROBLEM];

    /* authentication.c */
    struct net_sasl *sasl;
    mqw_client_done *reauthenticated;
    void *reauthenticated_arg;
    bool reauthenticating;

    /* queue.c, calls.c, outgoing.c */
    struct queue messages; /* of QoS 1 and 2: the session */
    struct queue requests; /* SUBSCRIBE, UNSUBSCRIBE, and QoS 0 that has to wait */
    struct outgoing *by_id[BUCKETS];
    struct outgoing *next_outgoing; /* while a new connection takes up the session */
    uint64_t last_number;
    size_t waiting, waiting_bytes; /* publishes with STATE_WAITING */
    size_t pending;                /* entries of both queues */
    bool making_room;              /* callbacks are told DROPPED */
    unsigned pumping;              /* calls of outgoing_pump, which do not nest */
    char (*aliases)[ALIAS_TOPIC];  /* aliases.c: topic of alias 1, 2, ... */
    uint16_t alias_count;

    /* inbox.c, incoming.c */
    struct incoming_list incoming[3];        /* by their QoS; none of 0 */
    struct incoming *next_due;               /* of those that an earlier run left */
    struct incoming *first_owed, *last_owed; /* that PUBREC is owed for on this connection */
    struct incoming *incoming_by_id[BUCKETS], *incoming_by_token[BUCKETS];
    size_t incoming_count;
    size_t incoming_done; /* of those, with STATE_DONE */
    uint64_t last_token;

    struct handler *handlers[BUCKETS];
    struct handler *patterns, *last_pattern; /* of those, filters with wildcards */
    struct handler *gone;                    /* taken away while a message is handed over */
    uint64_t last_handler, rounds;
    unsigned handing_over; /* calls of handlers_call */
    struct subscription *subscriptions[BUCKETS];
    struct request *replies[BUCKETS]; /* that are waited for, by their correlation */
    uint64_t last_request;
    bool replies_wanted; /* the response topic was subscribed to */
    struct packet_text response_information, response_topic;

    struct store *store;
    char problem[PROBLEM];
};

/* client.c */
enum mqw_client_status client_problem(struct mqw_client *client, enum mqw_client_status status,
                                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void client_tell(struct mqw_client *client, mqw_client_done *done, void *arg,
                 const struct mqw_client_result *result);
/* Around every call and every event: the outermost client_leave commits and sends. */
void client_enter(struct mqw_client *client);
void client_leave(struct mqw_client *client);

/* Frees the client, where that waits for its stream, or for the end of mqw_client_run. */
void client_stream_gone(struct mqw_client *client);
void client_stopped_working(struct mqw_client *client);
/* Has the application a transaction open?  Then not OK, and the problem is told. */
enum mqw_client_status client_check_store(struct mqw_client *client);

/* loop.c.  A request that was not begun is not waited for. */
enum mqw_client_status loop_begun(struct mqw_client *client, enum mqw_client_status status,
                                  mqw_client_done *done, void *arg);

/* set_up.c.  False: the problem is told. */
bool set_up_client(struct mqw_client *client, const struct mqw_client_options *options);
void set_up_drop(struct mqw_client *client);

/* connection.c */
enum mqw_client_status connection_send(struct mqw_client *client, const struct mqw_packet *packet,
                                       uint64_t tag);
/* Ends the connection for a reason, saying DISCONNECT with this code where it can be said. */
void connection_fail(struct mqw_client *client, enum mqw_client_status status, unsigned reason,
                     const char *text);
void connection_no_memory(struct mqw_client *client);
/* After a call of the store, which may have failed. */
void connection_stored(struct mqw_client *client, bool good);
void connection_leave(struct mqw_client *client);
void connection_flush(struct mqw_client *client);
void connection_schedule(struct mqw_client *client); /* sets the timer */
void connection_timer(uv_timer_t *timer);
bool connection_can_send(const struct mqw_client *client); /* online, and not congested */
uint64_t client_now(const struct mqw_client *client);
uint8_t client_version(const struct mqw_client *client);

/* receive.c */
void receive_bytes(struct mqw_client *client, const uint8_t *data, size_t len);

/* calls.c */
enum mqw_client_status calls_add(struct mqw_client *client, const struct mqw_packet *packet,
                                 mqw_client_done *done, void *arg);
/* Before all that waits. */
enum mqw_client_status calls_renew(struct mqw_client *client, const struct mqw_packet *subscribe);

/* outgoing.c */
void outgoing_resume(struct mqw_client *client, bool session_present);
void outgoing_pump(struct mqw_client *client);
void outgoing_acknowledge(struct mqw_client *client, const struct mqw_packet *packet);
void outgoing_answer(struct mqw_client *client, const struct mqw_packet *packet);
enum mqw_client_status outgoing_send_ack(struct mqw_client *client, uint8_t type,
                                         uint16_t packet_id, uint8_t code);

/* aliases.c */
bool aliases_begin(struct mqw_client *client);
void aliases_apply(struct mqw_client *client, struct mqw_publish *publish);
/* The publish was not sent after all. */
void aliases_forget(struct mqw_client *client, const struct mqw_publish *publish);

/* incoming.c */
/* What an earlier run left, again. */
void incoming_hand_over(struct mqw_client *client);
void incoming_resume(struct mqw_client *client, bool session_present);
void incoming_publish(struct mqw_client *client, const struct mqw_packet *packet);
void incoming_release(struct mqw_client *client, const struct mqw_packet *packet);

/* handlers.c */
bool handlers_call(struct mqw_client *client, const struct mqw_client_message *message);
void handlers_remove(struct mqw_client *client, struct mqw_bytes filter);
void handlers_close(struct mqw_client *client);

/* subscriptions.c */
void subscriptions_note(struct mqw_client *client, const struct mqw_packet *request,
                        const struct mqw_packet *answer);
void subscriptions_renew(struct mqw_client *client);
void subscriptions_close(struct mqw_client *client);

/* requests.c */
bool requests_take(struct mqw_client *client, const struct mqw_publish *publish);
void requests_renew(struct mqw_client *client);
void requests_close(struct mqw_client *client);

/* authentication.c */
bool authentication_begin(struct mqw_client *client, struct mqw_properties *properties);
void authentication_packet(struct mqw_client *client, const struct mqw_packet *packet);
bool authentication_accepted(struct mqw_client *client, const struct mqw_connack *connack);
void authentication_end(struct mqw_client *client, enum mqw_client_status status);

#endif
