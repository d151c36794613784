/* SPDX-License-Identifier: MIT */
/* Where frames come from: a file, a pipe, a network interface; all of it libpcap's. */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture.h"

struct frame {
    const uint8_t *data; /* lasts until the next one is read */
    size_t caplen, len;  /* bytes captured, and on the wire */
    uint64_t time;       /* nanoseconds since the epoch */
};

enum source_answer {
    SOURCE_FRAME,
    SOURCE_WAIT, /* nothing has come for a tenth of a second; more may */
    SOURCE_END,
    SOURCE_CUT, /* the end, in the middle of a frame or of what comes before the first one */
    SOURCE_ERROR
};

struct source;

/* NULL: error says why. */
struct source *source_open(const char *path, struct capture_error *error);
struct source *source_open_live(const char *interface, const char *filter,
                                struct capture_error *error);

/* Does it wait for frames that do not exist yet?  True for pipes and interfaces. */
bool source_live(const struct source *source);

/* The link type of the frames; there has to be one. */
int source_link(const struct source *source);
enum source_answer source_read(struct source *source, struct frame *frame,
                               struct capture_error *error);
uint64_t source_dropped(const struct source *source);
void source_close(struct source *source);

/* Writes an error: a number of errno.h and a text. */
void capture_fail(struct capture_error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
