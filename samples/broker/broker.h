/* SPDX-License-Identifier: MIT */
/* The broker as a whole, and what its parts ask of each other. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "../net/stream.h"
#include "access.h"
#include "log.h"
#include "session.h"
#include "settings.h"
#include "store.h"
#include "table.h"
#include "timers.h"
#include "topics.h"

#include <uv.h>

struct listener;
struct connection;
struct hit;
struct sys;
struct http;

/* What is counted, since the start.  $SYS, metrics and the status page are made from these rows:
 * X(member, "name below $SYS/broker" or "", text). */
/* clang-format off: a table is read in columns */
#define BROKER_COUNTERS(X)                                                                         \
    X(packets_received, "messages/received", "MQTT packets received")                              \
    X(packets_sent, "messages/sent", "MQTT packets sent")                                          \
    X(publishes_received, "publish/messages/received", "PUBLISH packets received")                 \
    X(publishes_sent, "publish/messages/sent", "PUBLISH packets sent")                             \
    X(publishes_dropped, "publish/messages/dropped", "messages that found no room in a queue")     \
    X(publish_bytes_received, "publish/bytes/received", "bytes of payloads received")              \
    X(publish_bytes_sent, "publish/bytes/sent", "bytes of payloads sent")                          \
    X(bytes_received, "bytes/received", "bytes received")                                          \
    X(bytes_sent, "bytes/sent", "bytes sent")                                                      \
    X(connects_received, "", "CONNECT packets received")                                           \
    X(connections_accepted, "", "network connections accepted")                                    \
    X(connections_refused, "", "network connections or CONNECTs refused")                          \
    X(sessions_expired, "clients/expired", "sessions whose time was over")                         \
    X(messages_expired, "", "messages whose time was over before they were delivered")
/* clang-format on */

struct counters {
#define BROKER_ROW(member, name, text) uint64_t member;
    BROKER_COUNTERS(BROKER_ROW)
#undef BROKER_ROW
};

struct broker {
    const struct settings *settings;
    uv_loop_t *loop;
    uv_timer_t timer;         /* for the first of timers */
    uv_prepare_t before_poll; /* commits, and lets go out what was written */
    struct timers timers;
    struct access *access;
    struct store *store; /* NULL: memory only */

    struct listener *listeners; /* broker_free frees them */
    size_t listener_count;
    struct connection *connections;                /* all of them */
    struct connection *unflushed, *last_unflushed; /* those with something to send */
    uint32_t connection_count, online;             /* online: after CONNACK */
    uint32_t online_most;
    int64_t accept_second; /* listeners.c: connections of this second, */
    uint32_t accept_count;
    uint32_t descriptors; /* and how many the limit of open files allows */

    struct table sessions; /* by client identifier */
    uint64_t last_session;
    struct tree filters;
    struct table subscriptions, groups;
    uint32_t subscription_count, shared_count;
    struct tree retained; /* topics of retained messages */
    uint32_t retained_count;
    size_t looked;         /* levels of it, for new subscriptions, since timers ran */
    struct log_brake full; /* memory_limit */
    uint64_t message_count, message_bytes; /* of all struct message */
    uint64_t other_bytes;                  /* of deliveries, subscriptions, and groups */
    uint64_t last_route;
    struct hit *hits; /* route.c: subscriptions that match a message */
    size_t hit_count, hit_room;
    uint32_t *identifiers; /* of subscriptions, with as much room */

    struct counters counters;
    uint64_t heap_most; /* measures.c: bytes that it has seen */
    struct sys *sys;    /* sys.c; NULL: no $SYS */
    struct http *http;  /* http_server.c; NULL: none */

    bool urgent; /* one of those has a lot */
    bool stopping;
    bool failed; /* the store did: nothing goes out any more */
};

/* broker.c: false: *problem, of 256 bytes, says why.  In this order: passwords and rules are
 * read; the store is opened; listeners, $SYS and HTTP begin. */
bool broker_start(struct broker *broker, uv_loop_t *loop, const struct settings *settings,
                  char *problem);
bool broker_load(struct broker *broker, char *problem);   /* false: broker_stop is to follow */
bool broker_listen(struct broker *broker, char *problem); /* likewise */
/* Passwords, ACL, certificates again: SIGHUP. */
void broker_reload(struct broker *broker);
/* Ends in order: DISCONNECT 0x8B to all; when all connections are gone the loop has nothing left. */
void broker_stop(struct broker *broker);
/* After the loop has ended.  False: what was last could not be stored. */
bool broker_free(struct broker *broker);
/* A connection is gone. */
void broker_left(struct broker *broker);
int64_t broker_now(const struct broker *broker); /* milliseconds; never goes back */
/* Commits, and lets go out what was written. */
void broker_flush(struct broker *broker);
/* Does memory_limit let so many bytes more be kept? */
bool broker_has_room(const struct broker *broker, size_t more);
/* at: NEVER stops it. */
void broker_set_timer(struct broker *broker, struct timer *timer, int64_t at);

/* listeners.c */
bool listeners_open(struct broker *broker, char *problem); /* false: listeners_close is to follow */
void listeners_reload(struct broker *broker);              /* certificates */
void listeners_close(struct broker *broker);
/* A connection is gone, and its descriptor with it: accepting goes on where it was short of them. */
void listeners_room(struct broker *broker);

/* route.c: to all whose subscriptions match; retains it if it is to be.  origin: the publisher's
 * client identifier.  Answers a reason code for the publisher. */
uint8_t route_publish(struct broker *broker, struct mqw_bytes origin,
                      const struct mqw_publish *publish);
uint8_t route_message(struct broker *broker, struct message *message,
                      const struct mqw_publish *publish);
/* Is it $SYS, or below it?  Those topics are the broker's. */
bool route_is_ours(struct mqw_bytes topic);
/* May this client publish to the topic? */
bool route_may(const struct broker *broker, struct mqw_bytes username, struct mqw_bytes client_id,
               struct mqw_bytes topic);

/* retained.c */
struct retained {
    struct stored stored;
    struct broker *broker;
    struct level *level;
    struct message *message;
    struct timer timer; /* Message Expiry Interval */
};
/* Takes the place of what was there; an empty payload removes it.  False: a new topic would be more
 * than `most`, unless that is 0, or there is no memory. */
bool retained_set(struct broker *broker, struct message *message, const struct mqw_publish *publish,
                  uint32_t most);
/* A new subscription is to have those that it matches: at once, or when its client has taken what
 * other subscriptions asked for, and others had their turn. */
void retained_ask(struct subscription *subscription);
void retained_forget(struct subscription *subscription); /* it is not */
void retained_pump(struct session *session);             /* there may be room for more of them */
void retained_close(struct broker *broker);

/* sys.c: $SYS */
bool sys_start(struct broker *broker, char *problem);
void sys_stop(struct broker *broker);

/* http_server.c: metrics, health, and the status page */
bool http_start(struct broker *broker, char *problem);
void http_reload(struct broker *broker); /* its users */
/* Reads them, and opens nothing. */
bool http_check(const struct settings *settings, char *problem);
void http_stop(struct broker *broker);
void http_free(struct broker *broker); /* after the loop has ended */

#endif
