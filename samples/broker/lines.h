/* SPDX-License-Identifier: MIT */
/* The lines of a text file that people write: password files, SCRAM files, ACLs. */
#ifndef BROKER_LINES_H
#define BROKER_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lines {
    FILE *file;
    const char *path;
    char *text; /* of the line, without its end and blanks before that */
    size_t len;
    unsigned number; /* of the line, from 1 on */
    char *problem;   /* of 256 bytes */
    bool failed;
};

/* The first call opens the file, and the last one, which answers false, closes it. */
#define LINES(file_path, room)                                                                     \
    {                                                                                              \
        .path = (file_path), .problem = (room)                                                     \
    }
bool lines_next(struct lines *lines);

/* What is wrong with this line: no other follows. */
void lines_fail(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
