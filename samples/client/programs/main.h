/* SPDX-License-Identifier: MIT */
/* What a program has of its own. */
#ifndef PROGRAMS_MAIN_H
#define PROGRAMS_MAIN_H

#include "config.h"

extern const enum program this_program;

/* Does what the options say; answers the exit code. */
int program_run(struct config *config);

#endif
