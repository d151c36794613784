/* SPDX-License-Identifier: MIT */
/*
 * $SYS/broker/...: what the broker says of itself, under the names that mosquitto has for it.  They
 * are retained messages; one is published again when its value is another.
 */
#include "measures.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Means of what comes in a minute, which fade with these times. */
static const struct {
    const char *name;
    double minutes;
} spans[] = {{"1min", 1}, {"5min", 5}, {"15min", 15}};

static const struct {
    const char *name;
    enum measure_name of;
} loads[] = {
    {"messages/received", MEASURE_packets_received},
    {"messages/sent", MEASURE_packets_sent},
    {"publish/dropped", MEASURE_publishes_dropped},
    {"publish/received", MEASURE_publishes_received},
    {"publish/sent", MEASURE_publishes_sent},
    {"bytes/received", MEASURE_bytes_received},
    {"bytes/sent", MEASURE_bytes_sent},
    {"sockets", MEASURE_connections_accepted},
    {"connections", MEASURE_connects_received},
};

/* Older names of mosquitto for the same. */
static const struct {
    const char *name;
    enum measure_name of;
} others[] = {
    {"clients/active", MEASURE_clients},
    {"clients/inactive", MEASURE_clients_disconnected},
    {"messages/stored", MEASURE_messages},
};

enum {
    SPANS = sizeof spans / sizeof *spans,
    LOADS = sizeof loads / sizeof *loads,
    OTHERS = sizeof others / sizeof *others,
    TOLD = 2 + MEASURES + OTHERS + LOADS * SPANS /* version and uptime */
};

struct sys {
    struct broker *broker;
    struct timer timer;
    int64_t started, last;
    uint64_t values[MEASURES];
    double means[LOADS][SPANS];
    char told[TOLD][48];
    size_t next; /* of told, in a round */
};

/* QoS 0: a client that is away is not to find a queue of old values. */
static void publish(struct broker *broker, const char *name, const char *text)
{
    char topic[128];
    struct mqw_publish message;

    snprintf(topic, sizeof topic, "$SYS/broker/%s", name);
    memset(&message, 0, sizeof message);
    message.topic = mqw_text(topic);
    message.payload = mqw_text(text);
    message.retain = true;
    route_publish(broker, mqw_view(NULL, 0), &message);
}

static void tell(struct sys *sys, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct sys *sys, const char *name, const char *format, ...)
{
    char *told = sys->told[sys->next++], text[sizeof *sys->told];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!strcmp(text, told))
        return;
    memcpy(told, text, sizeof text);
    publish(sys->broker, name, text);
}

static void tell_loads(struct sys *sys, const uint64_t now[MEASURES], double minutes)
{
    for (size_t i = 0; i < LOADS; i++) {
        uint64_t more = now[loads[i].of] - sys->values[loads[i].of];
        double rate = minutes > 0 ? (double)more / minutes : 0;
        for (size_t j = 0; j < SPANS; j++) {
            double *mean = &sys->means[i][j];
            char name[64];
            *mean = rate + (*mean - rate) * exp(-minutes / spans[j].minutes);
            snprintf(name, sizeof name, "load/%s/%s", loads[i].name, spans[j].name);
            tell(sys, name, "%.2f", *mean);
        }
    }
}

static void tell_all(struct sys *sys)
{
    struct broker *broker = sys->broker;
    int64_t time = broker_now(broker);
    uint64_t now[MEASURES];

    measure(broker, now);
    sys->next = 0;
    tell(sys, "version", "mqttwire-broker version %s", MQTTWIRE_VERSION);
    tell(sys, "uptime", "%lld seconds", (long long)(time - sys->started) / 1000);
    for (size_t i = 0; i < MEASURES; i++)
        if (*measures[i].topic)
            tell(sys, measures[i].topic, "%llu", (unsigned long long)now[i]);
    for (size_t i = 0; i < OTHERS; i++)
        tell(sys, others[i].name, "%llu", (unsigned long long)now[others[i].of]);
    tell_loads(sys, now, (double)(time - sys->last) / 60000);
    memcpy(sys->values, now, sizeof now);
    sys->last = time;
    broker_set_timer(broker, &sys->timer, time + (int64_t)broker->settings->sys_interval * 1000);
}

static void due(struct timer *timer)
{
    tell_all(TABLE_OF(timer, struct sys, timer));
}

bool sys_start(struct broker *broker, char *problem)
{
    struct sys *sys;

    if (!broker->settings->sys_interval)
        return true;
    sys = broker->sys = calloc(1, sizeof *sys);
    if (!sys) {
        snprintf(problem, 256, "out of memory");
        return false;
    }
    sys->broker = broker;
    sys->timer.due = due;
    sys->started = sys->last = broker_now(broker);
    tell_all(sys);
    return true;
}

void sys_stop(struct broker *broker)
{
    if (broker->sys)
        timers_stop(&broker->timers, &broker->sys->timer);
    free(broker->sys);
    broker->sys = NULL;
}
