/* SPDX-License-Identifier: MIT */
/* The broker as a process: its user, its open files, its number. */
#ifndef BROKER_PROCESS_H
#define BROKER_PROCESS_H

#include "settings.h"

#include <sys/types.h>

/* Whom root becomes. */
struct process_user {
    bool root;        /* the process is root */
    const char *name; /* NULL: it stays what it is */
    uid_t uid;
    gid_t gid;
};

/* Problems have 256 bytes. */

/* Whom root would become. */
bool process_find_user(const char *name, struct process_user *user, char *problem);
/* Finds the user of the settings, makes the files that he will have to write in folders that are
 * root's, and takes his groups. */
bool process_prepare(const struct settings *settings, struct process_user *user, char *problem);
/* Whether root alone has a say in what is opened under this name: each folder on the way is his, and
 * so is where links lead.  Root is to open no other: he acts as the user then, as whom he can open
 * nothing that the user could not. */
bool process_is_roots(const char *path);
bool process_act(const struct process_user *user, bool as_user, char *problem);
/* Root becomes the user, for good. */
bool process_become(const struct process_user *user, char *problem);
/* As many open files as the system allows. */
void process_raise_limits(void);

bool process_write_pid(const struct settings *settings, char *problem);
void process_remove_pid(const struct settings *settings);

#endif
