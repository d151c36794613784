/* SPDX-License-Identifier: MIT */
/* What the broker says of its doings, to where the settings want it. */
#ifndef BROKER_LOG_H
#define BROKER_LOG_H

#include "settings.h"

#include <mqttwire/mqttwire.h>

/* Opens the destinations, again after they were moved away (SIGHUP).  False: *problem, of 256 bytes,
 * says why. */
bool log_open(const struct settings *settings, char *problem);
void log_close(void);

/* Is this type wanted? */
bool log_wants(enum log_type type);

/* A line.  What cannot be printed becomes '?', whoever it comes from: no line holds two. */
void log_say(enum log_type type, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whom and what a line is about: its text is made of these, and in JSON each is a field of its own,
 * too.  Zero: not known.  What clients make up is cut to LOG_MOST bytes. */
enum { LOG_MOST = 256 };
struct log_subject {
    struct mqw_bytes client, user, topic;
    const char *address;
    unsigned code; /* MQTT 5.0's; MQW_REASON_NONE: none */
    const char *reason;
    uint32_t times; /* log_again */
    bool printed;   /* to standard output, at once, wherever logs go */
};

/* "client 'x' of user 'u' at 127.0.0.1:4711 DOES 'topic': reason" */
void log_about(enum log_type type, struct log_subject about, const char *does);

/* "x > PINGREQ": of the type LOG_TRACE; '>' came from the client. */
void log_packet(struct log_subject about, char direction, const char *packet);

/* What SIGHUP has come to, of one or more files.  problem: NULL, or why they stay as they were. */
void log_reload(const char *what, const char *problem);

/* What somebody can cause again and again is told every ten seconds at most.  How many times it was
 * since it was told; 0: it is not to be told now.  All zero: it never was. */
struct log_brake {
    int64_t next; /* ms */
    uint32_t count;
};
uint32_t log_again(struct log_brake *brake, int64_t now);

#endif
