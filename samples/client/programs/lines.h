/* SPDX-License-Identifier: MIT */
/* Standard input, a line at a time, in a libuv loop, whether it is a pipe, a terminal or a file. */
#ifndef PROGRAMS_LINES_H
#define PROGRAMS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct lines;

/* Calls got for each line, without its newline, and end in the end: error is NULL or says what
 * failed.  Begins paused. */
struct lines *lines_open(uv_loop_t *loop, void (*got)(void *arg, const char *line, size_t len),
                         void (*end)(void *arg, const char *error), void *arg);

/* NULL is allowed.  After the end, nothing. */
void lines_pause(struct lines *lines, bool paused);

/* Frees it while the loop runs. */
void lines_close(struct lines *lines);

#endif
