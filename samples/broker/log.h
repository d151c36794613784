/* SPDX-License-Identifier: MIT */
/* What the broker says of its doings, to where the settings want it. */
#ifndef BROKER_LOG_H
#define BROKER_LOG_H

#include "settings.h"

/* Opens the destinations, again after they were moved away (SIGHUP).  False: *problem, of 256 bytes,
 * says why. */
bool log_open(const struct settings *settings, char *problem);
void log_close(void);

/* A line.  What cannot be printed becomes '?', whoever it comes from: no line holds two. */
void log_say(enum log_type type, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
