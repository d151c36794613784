/* SPDX-License-Identifier: MIT */
/* The users of a file, found by their names however many there are. */
#ifndef BROKER_USERS_H
#define BROKER_USERS_H

#include "lines.h"
#include "table.h"

#include <mqttwire/mqttwire.h>

/* The first member of what is kept of one. */
struct user {
    struct table_entry entry;
    struct mqw_bytes name;
    unsigned line; /* where it stands in the file */
};

/* All zero is none. */
struct users {
    struct table table;
    struct user **all;
    size_t count, room;
};

/* Of the line "name:rest": the rest.  NULL: it is none, and lines_fail has been told. */
const char *users_split(struct lines *lines, struct mqw_bytes *name);
/* A new one, of `size` bytes that are zero but for struct user.  NULL: he is there already, or out
 * of memory, and lines_fail has been told. */
void *users_add(struct users *users, struct lines *lines, struct mqw_bytes name, size_t size);
void *users_find(const struct users *users, struct mqw_bytes name); /* NULL: not there */

/*
 * Whose hash is computed in place of that of a user who is not there: always the same one for the
 * same name, so that neither the time nor a number of iterations tells who is there.  NULL: there
 * are no users.
 */
void *users_stand_in(const struct users *users, struct mqw_bytes name);
void users_free(struct users *users);

#endif
