/* SPDX-License-Identifier: MIT */
/* A file of users that is written anew, all of it or not at all. */
#ifndef PASSWD_EDIT_H
#define PASSWD_EDIT_H

#include "../users.h"

#include <stdio.h>

/* How lines are changed. */
struct edit {
    /* Writes what is to stand in place of "name:rest", which may be nothing.  lines_fail gives up. */
    void (*line)(struct edit *edit, struct lines *lines, struct mqw_bytes name, const char *rest,
                 FILE *out);
    /* All lines have been seen: writes what is to come behind them.  False: *problem says why not. */
    bool (*end)(struct edit *edit, FILE *out, char *problem);
};

/*
 * Writes a new file beside the old one and puts it in its place.  It keeps its owner and mode, and
 * has mode 0600 if it is new.  What is no user's line stays.  anew: nothing stays, and there need be
 * no file.  False: the old file is as it was, and *problem, of 256 bytes, says why.
 */
bool edit_file(const char *path, bool anew, struct edit *edit, char *problem);

#endif
