/* SPDX-License-Identifier: MIT */
/*
 * The file of SCRAM's keys.  A line is a user and what RFC 5803 keeps of him, as PostgreSQL writes
 * it: "alice:SCRAM-SHA-256$4096:salt$StoredKey:ServerKey".  A user may have one for each mechanism.
 */
#ifndef BROKER_SCRAM_H
#define BROKER_SCRAM_H

#include "../net/sasl.h"
#include "users.h"

enum {
    SCRAM_MECHANISMS = 2,
    SCRAM_ITERATIONS_MOST = 5000000, /* clients of ours compute no more */
    SCRAM_TEXT = 256                 /* bytes of the written form, with NUL: room enough */
};

struct scram_user {
    struct user user;
    struct net_sasl_keys keys;
};

struct scram {
    struct users users[SCRAM_MECHANISMS];
};

/* False: *problem, of 256 bytes, says which line is wrong and why. */
bool scram_read(struct scram *scram, const char *path, char *problem);
/* As net_sasl_lookup wants it. */
bool scram_find(const struct scram *scram, const char *mechanism, const char *username,
                struct net_sasl_keys *keys);
void scram_free(struct scram *scram);

/* "SCRAM-SHA-1", "SCRAM-SHA-256" */
const char *scram_mechanism(int which);
/* Reads "SCRAM-SHA-256$...".  NULL, or why it is none. */
const char *scram_parse(struct net_sasl_keys *keys, int *which, const char *text);
/* Writes it; out: SCRAM_TEXT bytes. */
void scram_write(const struct net_sasl_keys *keys, int which, char *out);

#endif
