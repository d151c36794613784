/* SPDX-License-Identifier: MIT */
/*
 * What is measured of the broker: counters since its start, and what is so now.  $SYS, the metrics
 * and the status page are made of these rows.
 */
#ifndef BROKER_MEASURES_H
#define BROKER_MEASURES_H

#include "broker.h"

/* X(name, "name below $SYS/broker" or "", text, expression of `broker`) */
/* clang-format off: a table is read in columns */
#define BROKER_GAUGES(X)                                                                           \
    X(sessions, "clients/total", "clients that are connected, or away and have a session",         \
      broker->sessions.count)                                                                      \
    X(clients, "clients/connected", "clients that are connected", broker->online)                  \
    X(clients_maximum, "clients/maximum", "most clients that were connected at a time",            \
      broker->online_most)                                                                         \
    X(clients_disconnected, "clients/disconnected", "clients that are away and have a session",    \
      broker->sessions.count - broker->online)                                                     \
    X(connections, "", "network connections", broker->connection_count)                            \
    X(messages, "store/messages/count", "messages that are kept", broker->message_count)           \
    X(messages_bytes, "store/messages/bytes", "bytes of messages that are kept",                   \
      broker->message_bytes)                                                                       \
    X(retained_messages, "retained messages/count", "retained messages", broker->retained_count)   \
    X(subscriptions, "subscriptions/count", "subscriptions that are not shared",                   \
      broker->subscription_count - broker->shared_count)                                           \
    X(shared_subscriptions, "shared_subscriptions/count", "shared subscriptions",                  \
      broker->shared_count)                                                                        \
    X(heap_bytes, "heap/current", "bytes of memory that are allocated", measure_heap(broker))      \
    X(heap_maximum_bytes, "heap/maximum", "most bytes of memory that were seen to be allocated",   \
      broker->heap_most)
/* clang-format on */

enum measure_name {
#define MEASURES_COUNTER(name, topic, text)      MEASURE_##name,
#define MEASURES_GAUGE(name, topic, text, value) MEASURE_##name,
    BROKER_COUNTERS(MEASURES_COUNTER) BROKER_GAUGES(MEASURES_GAUGE)
#undef MEASURES_COUNTER
#undef MEASURES_GAUGE
        MEASURES
};

struct measure {
    const char *name, *topic, *text;
    bool counts; /* up, since the start */
};

extern const struct measure measures[MEASURES];

/* Of now. */
void measure(struct broker *broker, uint64_t values[MEASURES]);

#endif
