/* SPDX-License-Identifier: MIT */
/* Reads the command line. */
#include "arguments.h"

#include "keys.h"
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct option command_options[] = {
    {'c', "config-file", "FILE",
     "Configuration, in mosquitto's form.  Without it: defaults, on the loopback interface.",
     ASKED_RUN},
    {'p', "port", "PORT",
     "Port, in place of 1883, where the configuration has no listener.  May be repeated.",
     ASKED_RUN},
    {'v', "verbose", NULL, "Log all there is to say, whatever the configuration wants.",
     ASKED_RUN},
    {0, "trace", "CLIENTID",
     "Print this client's packets on standard output, wherever logs go.  May be repeated.",
     ASKED_RUN},
    {0, "test-config", NULL,
     "Read the configuration and the files that it names, say what is wrong, and end.  Not tried: "
     "whether addresses are free and names of hosts known, and what is in the store.", ASKED_TEST},
    {'d', "daemon", NULL,
     "It stays in the foreground: systemd, a container or `setsid` keeps it running.", ASKED_WRONG},
    {'h', "help", NULL, "Print this.", ASKED_HELP},
    {0, "version", NULL, "Print the version.", ASKED_VERSION},
    {0, "options", NULL, "Print the keys of the configuration beside mosquitto's, as Markdown.",
     ASKED_OPTIONS},
    {0, "completion", PAGE_SHELLS, "Print what completes the command line in a shell.",
     ASKED_COMPLETION},
    {0, "manual", NULL, "Print the manual page, for man -l.", ASKED_MANUAL},
};
/* clang-format on */
const size_t command_option_count = sizeof command_options / sizeof *command_options;

static enum asked misused(const char *what, const char *why)
{
    fprintf(stderr, "mqttwire-broker: %s: %s\nTry mqttwire-broker --help.\n", what, why);
    return ASKED_WRONG;
}

/* The option that a word names; *value: what stands behind "-p" or "--port=". */
static const struct option *find(const char *word, const char **value)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < command_option_count; i++) {
        const struct option *option = &command_options[i];
        if (word[0] == '-' && word[1] && word[1] == option->letter && (!word[2] || option->takes)) {
            *value = word[2] ? word + 2 : NULL;
            return option;
        }
        if (strncmp(word, "--", 2) == 0 && strlen(option->name) == len - 2 &&
            strncmp(word + 2, option->name, len - 2) == 0) {
            *value = word[len] ? word + len + 1 : NULL;
            return option;
        }
    }
    return NULL;
}

/* Takes an option's value.  NULL, or what is wrong with it. */
static const char *take(struct arguments *arguments, const struct option *option, const char *value)
{
    uint64_t port;

    if (option->asked == ASKED_COMPLETION) {
        arguments->shell = value;
        return NULL;
    }
    switch (option->letter) {
    case 'c':
        arguments->path = value;
        return NULL;
    case 'p':
        if (arguments->port_count == PORTS_MOST || !number_read(value, 1, UINT16_MAX, &port))
            return "wants a port from 1 to 65535, and ten of them at most";
        arguments->ports[arguments->port_count++] = (uint16_t)port;
        return NULL;
    default:
        if (arguments->trace_count == TRACES_MOST)
            return "there are too many";
        arguments->traces[arguments->trace_count++] = value;
        return NULL;
    }
}

enum asked arguments_read(struct arguments *arguments, int argc, char **argv)
{
    enum asked asked = ASKED_RUN;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value, *problem = NULL;
        const struct option *option = find(word, &value);

        if (!option)
            return misused(word, "there is no such option");
        if (option->asked == ASKED_WRONG)
            return misused(word, option->help);
        if (value && !option->takes)
            return misused(word, "it takes no value");
        if (option->takes && !value && !(value = argv[++i]))
            return misused(word, "a value is missing");
        if (option->takes)
            problem = take(arguments, option, value);
        if (option->letter == 'v')
            arguments->verbose = true;
        if (option->asked != ASKED_RUN)
            asked = option->asked;
        if (problem)
            return misused(word, problem);
    }
    return asked;
}
