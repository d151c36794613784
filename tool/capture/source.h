/* SPDX-License-Identifier: MIT */
/* Where frames come from: a file, a pipe, a network interface. */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture.h"

struct keys;

struct frame {
    int link;            /* type: a DLT_ number of libpcap's */
    const uint8_t *data; /* lasts until the next one is read */
    size_t caplen, len;  /* bytes captured, and on the wire */
    uint64_t time;       /* nanoseconds since the epoch */
};

enum source_answer {
    SOURCE_FRAME,
    SOURCE_WAIT, /* nothing has come for a tenth of a second; more may */
    SOURCE_END,
    SOURCE_CUT, /* the end, in the middle of a frame or of what comes before the first one */
    SOURCE_COMPRESSION_CUT,     /* the end, in the middle of what was compressed */
    SOURCE_COMPRESSION_DAMAGED, /* the end of what can be decompressed */
    SOURCE_ERROR
};

struct source;

/* follow: a file goes on where it ends now.  Secrets in it go to keys.  NULL: error says why. */
struct source *source_open(const char *path, bool follow, struct keys *keys,
                           struct capture_error *error);
struct source *source_open_live(const char *interface, const char *filter,
                                struct capture_error *error);

/* Does it wait for frames that do not exist yet?  True for pipes, interfaces, and if it follows. */
bool source_live(const struct source *source);

enum source_answer source_read(struct source *source, struct frame *frame,
                               struct capture_error *error);

/* What has not come yet is not waited for. */
void source_finish(struct source *source);
/* Bytes of a file that were read, compressed ones as they are. */
uint64_t source_size_read(const struct source *source);
uint64_t source_dropped(const struct source *source);
void source_close(struct source *source);

#endif
