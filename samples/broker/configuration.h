/* SPDX-License-Identifier: MIT */
/* Reads the configuration's files into struct settings. */
#ifndef BROKER_CONFIGURATION_H
#define BROKER_CONFIGURATION_H

#include "settings.h"

enum { PORTS_MOST = 10, TRACES_MOST = 16, PROBLEM_SIZE = 512 };

/* What the command line says. */
struct arguments {
    const char *path;           /* of the file; NULL: defaults alone */
    uint16_t ports[PORTS_MOST]; /* of -p */
    size_t port_count;
    const char *traces[TRACES_MOST]; /* client identifiers */
    size_t trace_count;
    bool verbose;
    const char *shell; /* of --completion */
};

/* False: *problem says which file, which line, and what is wanted.  The arguments outlive it. */
bool configuration_read(struct settings *settings, const struct arguments *arguments,
                        char problem[PROBLEM_SIZE]);
/* Fills in a listener's problem, with where it is configured before it, and answers false. */
bool listener_wrong(const struct listener_settings *listener, char *problem, size_t size,
                    const char *what);
void configuration_free(struct settings *settings); /* also after a failure */

#endif
