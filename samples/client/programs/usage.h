/* SPDX-License-Identifier: MIT */
/* What the programs say of themselves: --help, --manual, --completion, --options, --version. */
#ifndef PROGRAMS_USAGE_H
#define PROGRAMS_USAGE_H

#include "options.h"

/* What a program is; the usage has a line for each way to call it, without its name. */
struct about {
    enum program program;
    const char *summary, *description;
    const char *const *usage, *const *examples; /* ending with NULL */
};

const struct about *about(enum program program);

/* Is this an option that prints something in place of all else? */
bool usage_is_asked(const struct option *option);

/* Prints it.  False: the value is wrong, and that has been said. */
bool usage_print(const struct config *config, const struct option *option, const char *value);

void print_help(enum program program);
void print_manual(enum program program);
void print_options(void);

/* Calls for each escape of -F: "%t", "the topic". */
void format_each(void (*tell)(const char *escape, const char *text));

#endif
