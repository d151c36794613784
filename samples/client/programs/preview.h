/* SPDX-License-Identifier: MIT */
/* Texts and payloads in a line, as `mqttwire inspect` has them. */
#ifndef PROGRAMS_PREVIEW_H
#define PROGRAMS_PREVIEW_H

#include <mqttwire/mqttwire.h>
#include <stdio.h>

/* Prints the codec's words, which are UTF-8, with escapes for what is not seen. */
void print_safely(FILE *out, const char *text);

/* Prints "text", or 0x00ff... (9 bytes) where it is none. */
void preview(FILE *out, struct mqw_bytes payload);

#endif
