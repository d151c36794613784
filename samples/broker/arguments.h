/* SPDX-License-Identifier: MIT */
/* The command line: its options, of which help and the manual page are made. */
#ifndef BROKER_ARGUMENTS_H
#define BROKER_ARGUMENTS_H

#include "configuration.h"

enum asked {
    ASKED_WRONG,
    ASKED_RUN,
    ASKED_TEST,
    ASKED_HELP,
    ASKED_VERSION,
    ASKED_OPTIONS,
    ASKED_MANUAL,
    ASKED_COMPLETION
};

struct option {
    char letter; /* 0: none */
    const char *name;
    const char *takes; /* NULL: nothing */
    const char *help;
    enum asked asked; /* what it asks for; ASKED_WRONG: it is not there */
};

extern const struct option command_options[];
extern const size_t command_option_count;

/* Reads the command line; ASKED_WRONG: it has said on standard error what is. */
enum asked arguments_read(struct arguments *arguments, int argc, char **argv);

/* usage.c: --help, --manual, and --options, the tables for docs/broker-options.md. */
void print_help(void);
void print_manual(void);
bool print_completion(const char *shell); /* false: it is none of those */
void print_options(void);

#endif
