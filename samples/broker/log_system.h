/* SPDX-License-Identifier: MIT */
/* The system's log; apart from log.c, as syslog.h has the same names for other numbers. */
#ifndef BROKER_LOG_SYSTEM_H
#define BROKER_LOG_SYSTEM_H

/* local: 0 to 7, of local0 to local7; -1: daemon. */
void log_system_open(const char *name, int local);
void log_system_say(int severity, const char *line); /* severity: of RFC 5424 */
void log_system_close(void);

#endif
