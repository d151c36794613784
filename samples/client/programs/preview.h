/* SPDX-License-Identifier: MIT */
/* The beginning of a payload in a line, as `mqttwire inspect` has it. */
#ifndef PROGRAMS_PREVIEW_H
#define PROGRAMS_PREVIEW_H

#include <mqttwire/mqttwire.h>
#include <stdio.h>

/* Prints "text", or 0x00ff... (9 bytes) where it is none. */
void preview(FILE *out, struct mqw_bytes payload);

#endif
