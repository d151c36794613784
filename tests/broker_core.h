/* SPDX-License-Identifier: MIT */
/*
 * The broker without its network, for the tests of its store: sessions, messages, subscriptions and
 * retained messages are the broker's own, and the clocks are the test's.
 */
#ifndef BROKER_CORE_H
#define BROKER_CORE_H

#include "../samples/broker/connection.h"

struct core {
    struct broker broker;
    struct settings settings;
    struct connection connection; /* of all who are connected; it is never online */
    char problem[256];
};

/* Milliseconds of the broker's clock and of the wall's. */
extern int64_t core_now, core_wall;
void core_sleep(int64_t milliseconds);

/* A broker with what the file has; path NULL: without one.  False: problem says why. */
bool core_open(struct core *core, const char *path, bool full);
/* The process ends, in order or not. */
void core_close(struct core *core);
void core_kill(struct core *core);

struct session *core_session(struct core *core, const char *client_id, uint32_t expiry);
struct subscription *core_subscribe(struct session *session, const char *filter, uint8_t qos);
void core_publish(struct core *core, const char *topic, const char *payload, uint8_t qos,
                  bool retain, uint32_t expiry);
void core_will(struct session *session, const char *topic, uint32_t delay, uint32_t expiry);

/* As when PUBLISH goes out, and as when this acknowledgement comes. */
void core_send(struct delivery *delivery, uint16_t packet_id);
void core_acknowledge(struct delivery *delivery, uint8_t type);

/* All that is to survive, a line for each thing, sorted; to be freed.  What is connected is shown as
 * if it had left now. */
char *core_dump(struct core *core);

#endif
