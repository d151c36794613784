/* SPDX-License-Identifier: MIT */
/*
 * Sessions: what is kept of a client identifier (4.1 of the specifications), and what goes out to
 * it.
 */
#ifndef BROKER_SESSION_H
#define BROKER_SESSION_H

#include "message.h"
#include "table.h"
#include "timers.h"

struct broker;
struct connection;
struct level;
struct settings;

/* What has a row in the store, and is written with the next commit: see store.h. */
struct stored {
    struct stored *next, *previous; /* of those that have changed */
    uint8_t kind;                   /* enum stored_kind */
    bool changed;
    bool in_file;
};

enum stored_kind { STORED_SESSION, STORED_SUBSCRIPTION, STORED_DELIVERY, STORED_RETAINED };

/* Where a delivery stands.  In the store. */
enum delivery_state {
    DELIVERY_WAITING = 0, /* it has no packet identifier yet */
    DELIVERY_SENT = 1,    /* PUBLISH was sent, if only on an earlier connection */
    DELIVERY_RELEASED = 2 /* PUBREC came; PUBREL is to be sent or was */
};

/* A message on its way to a client. */
struct delivery {
    struct stored stored;
    struct delivery *next, *previous;
    struct session *session;
    struct message *message; /* NULL once it is released */
    uint64_t number;         /* in the order of their coming */
    uint32_t bytes;          /* that it counts for in the session's queue */
    uint16_t packet_id;
    uint8_t qos, state;
    bool retain;
    bool asked; /* a retained message that a subscription asked for: it is no news */
    uint16_t identifier_count;
    uint32_t identifiers[]; /* of the subscriptions that matched */
};

/* In the order of their coming.  Those before `unsent` were sent on this connection. */
struct queue {
    struct delivery *first, *last, *unsent;
};

struct subscription {
    struct stored stored;
    struct table_entry entry; /* in the broker's table: by session, level and group */
    struct session *session;
    struct level *level;
    struct group *group;                  /* of a shared subscription; else NULL */
    struct subscription *next, *previous; /* of the same level, or group */
    struct subscription *next_of_session, *previous_of_session;
    struct subscription *next_asking, *previous_asking;
    uint32_t identifier; /* 0: none */
    uint8_t qos;         /* granted */
    bool no_local, retain_as_published;
    bool asks; /* for retained messages, which are still to be sent */
    uint8_t retain_handling;
};

/* Those who share a filter under one name: 4.8.2 of 5.0. */
struct group {
    struct table_entry entry;      /* in the broker's table: by level and name */
    struct group *next, *previous; /* of the same level */
    struct level *level;
    struct subscription *members;
    struct subscription *turn; /* who is asked next; NULL: the first */
    uint32_t len;
    char name[];
};

struct session {
    struct stored stored;
    struct table_entry entry; /* by client identifier */
    struct broker *broker;
    struct connection *connection; /* NULL: the client is away */
    char *username;                /* of its last connection; NULL: anonymous */
    uint64_t number;
    uint32_t expiry;      /* Session Expiry Interval, seconds; UINT32_MAX: it does not end */
    int64_t ends;         /* when, while the client is away; NEVER */
    struct timer timer;   /* of `ends` and `will_due` the earlier */
    struct message *will; /* NULL: none */
    uint32_t will_delay;  /* seconds */
    uint32_t will_expiry; /* seconds from its publication on; UINT32_MAX: none */
    int64_t will_due;     /* once the connection is lost; NEVER */

    struct queue messages;  /* QoS 1 and 2 */
    struct queue transient; /* QoS 0 that has to wait */
    uint64_t last_delivery;
    uint32_t waiting;       /* deliveries of both queues with DELIVERY_WAITING, but for `asked` */
    uint32_t asked;         /* those */
    uint64_t waiting_bytes; /* but for those, whose messages are kept in any case */
    int64_t next_expiry;    /* none of those expires before */
    uint64_t dropped;       /* for want of room */

    struct subscription *subscriptions;
    uint32_t subscription_count;
    struct subscription *asking, *last_asking; /* of those, the ones that ask */

    uint8_t *received; /* a bit for each packet identifier of QoS 2 that PUBREL has not released */
    uint32_t received_count;

    uint64_t route;  /* of the message that was routed last ... */
    size_t route_at; /* ... its place among the targets: route.c */
    uint16_t client_id_len;
    char client_id[];
};

/* session.c */
struct session *session_find(struct broker *broker, struct mqw_bytes client_id);
struct session *session_new(struct broker *broker,
                            struct mqw_bytes client_id); /* NULL: no memory */
struct mqw_bytes session_client_id(const struct session *session);
struct mqw_bytes session_username(const struct session *session); /* NULL ptr: anonymous */
/* Session Expiry Interval as far as the settings allow it. */
uint32_t session_expiry(const struct settings *settings, uint32_t wanted);
/* Is it kept while its client is away?  Then its state is stored. */
bool session_lasts(const struct session *session);
/* A client has connected. */
void session_join(struct session *session, struct connection *connection);
bool session_online(const struct session *session);
/* The connection is lost (or was, when the broker was killed): the times of will and session run
 * from `since` on. */
void session_leave(struct session *session, int64_t since);
void session_free(struct session *session); /* ends it: the will is published, the rest forgotten */
void session_drop_will(struct session *session);
void sessions_close(struct broker *broker); /* forgets them all, and tells nobody */
/* Packet identifiers of incoming QoS 2 messages. */
bool session_received(const struct session *session, uint16_t packet_id);
bool session_set_received(struct session *session, uint16_t packet_id,
                          bool set); /* false: no memory */

/* subscriptions.c.  shared: "$share/name/filter" has its meaning of 5.0; 3.1.1 has none for it. */
struct subscription *subscription_find(struct session *session, struct mqw_bytes filter,
                                       bool shared);
/* Makes one, or finds the one to be replaced, of which *existed tells.  NULL: no memory. */
struct subscription *subscription_add(struct session *session, struct mqw_bytes filter, bool shared,
                                      bool *existed);
void subscription_free(struct subscription *subscription);
/* The filter as it was asked for, with $share; answers its length.  out: of MQW_TEXT_MAX bytes. */
size_t subscription_filter(const struct subscription *subscription, char *out);

/* deliver.c */
enum delivered { DELIVERED, DELIVERY_REFUSED, DELIVERY_DROPPED };
/* May its client read it? */
bool deliver_may(const struct session *session, const struct message *message);
/* Sends a message or queues it.  qos: of this delivery.  identifiers: of the subscriptions. */
enum delivered deliver(struct session *session, struct message *message, uint8_t qos, bool retain,
                       const uint32_t *identifiers, uint16_t identifier_count);
/* Of a new subscription: as many as there are. */
void deliver_retained(struct session *session, struct message *message, uint8_t qos,
                      uint32_t identifier);
/* From the store; in the order of number. */
bool deliver_restore(struct session *session, struct message *message, uint64_t number,
                     enum delivery_state state, uint16_t packet_id, uint8_t qos, bool retain,
                     const uint32_t *identifiers, uint16_t identifier_count);
/* On a new connection, which may be another user's: what he may not read is forgotten.  False: no
 * memory. */
bool deliver_resume(struct session *session);
void deliver_pump(struct session *session); /* sends what may be sent */
void deliver_acknowledge(struct session *session, const struct mqw_packet *packet,
                         struct delivery *delivery); /* NULL: none has its identifier */
void deliver_forget(struct session *session);        /* all of it */

#endif
