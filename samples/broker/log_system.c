/* SPDX-License-Identifier: MIT */
#include "log_system.h"

#include <syslog.h>

void log_system_open(const char *name, int local)
{
    openlog(name, LOG_PID, local < 0 ? LOG_DAEMON : LOG_LOCAL0 + local * (LOG_LOCAL1 - LOG_LOCAL0));
}

void log_system_say(int severity, const char *line)
{
    syslog(severity, "%s", line); /* its numbers are those of the RFC */
}

void log_system_close(void)
{
    closelog();
}
