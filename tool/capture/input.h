/* SPDX-License-Identifier: MIT */
/* The bytes of a file or a pipe, which may be gzip's, and may become more while they are read. */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include "capture.h"

enum input_answer {
    INPUT_READY,
    INPUT_WAIT,    /* not now; more may come */
    INPUT_END,     /* so many bytes will never be there */
    INPUT_CUT,     /* likewise: what was compressed ends early, */
    INPUT_DAMAGED, /* or goes on with nonsense */
    INPUT_FAILED   /* error says why */
};

struct input;

/* "-" is standard input.  follow: its end is not the end.  NULL: error says why. */
struct input *input_open(const char *path, bool follow, struct capture_error *error);

/* Are there this many bytes at the place where reading stands?  wait: as long as more may come. */
enum input_answer input_want(struct input *input, size_t count, bool wait,
                             struct capture_error *error);

/* Those that are there: they last until the next call. */
const uint8_t *input_data(const struct input *input);
size_t input_size(const struct input *input);

/* Passes over bytes that are there. */
void input_skip(struct input *input, size_t count);

/* Bytes of the file that were read, compressed ones as they are. */
uint64_t input_read(const struct input *input);

/* Is it one that may wait? */
bool input_live(const struct input *input);

/* Is it a regular file? */
bool input_regular(const struct input *input);

/* What comes from now on is not waited for. */
void input_finish(struct input *input);

void input_close(struct input *input);

/* Writes an error: a number of errno.h and a text. */
void capture_fail(struct capture_error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
