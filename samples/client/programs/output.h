/* SPDX-License-Identifier: MIT */
/* Messages on standard output, each flushed as it is printed. */
#ifndef PROGRAMS_OUTPUT_H
#define PROGRAMS_OUTPUT_H

#include "config.h"

enum output { OUTPUT_GOOD, OUTPUT_CLOSED, OUTPUT_FAILED };

/* Prints a message as the options say.  CLOSED: nobody reads it any more. */
enum output output_message(const struct config *config, const struct mqw_publish *publish);

#endif
