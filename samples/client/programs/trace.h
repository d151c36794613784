/* SPDX-License-Identifier: MIT */
/* --trace: each packet on standard error, in the lines of `mqttwire inspect`. */
#ifndef PROGRAMS_TRACE_H
#define PROGRAMS_TRACE_H

#include "config.h"

struct trace;

struct trace *trace_open(const struct config *config);

/* NULL is allowed here and below, and does nothing. */
void trace_packet(struct trace *trace, enum mqw_sender sender, const uint8_t *bytes, size_t len);

/* The connection is closed, by the client if text is NULL; the next packet is of another one. */
void trace_closed(struct trace *trace, const char *text);

void trace_close(struct trace *trace);

#endif
