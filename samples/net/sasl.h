/* SPDX-License-Identifier: MIT */
/* SCRAM-SHA-1 and SCRAM-SHA-256 of GNU SASL, a message at a time: RFC 5802 and 7677. */
#ifndef NET_SASL_H
#define NET_SASL_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_sasl_step {
    NET_SASL_MORE,  /* send the answer, and wait for the other's */
    NET_SASL_DONE,  /* the other side is who it says; there may be a last answer to send */
    NET_SASL_FAILED /* it is not, or what it says makes no sense */
};

struct net_sasl;

/* What a server keeps of a user: base64 as in RFC 5803, but for the iterations. */
struct net_sasl_keys {
    unsigned iterations;
    char salt[64], stored_key[64], server_key[64];
};

/*
 * Finds a user's keys for a mechanism.  False: there is no such user, who is then answered with a
 * salt of 16 bytes and keys->iterations, 4,096 unless the lookup sets it: as much as others have,
 * so that nobody finds out.
 */
typedef bool net_sasl_lookup(void *arg, const char *mechanism, const char *username,
                             struct net_sasl_keys *keys);

/* Is there such a mechanism? */
bool net_sasl_known(const char *mechanism);

/* NULL: *error says why. */
struct net_sasl *net_sasl_client(const char *mechanism, const char *username, const char *password,
                                 struct net_error *error);
struct net_sasl *net_sasl_server(const char *mechanism, net_sasl_lookup *lookup, void *arg,
                                 struct net_error *error);

/*
 * Takes what the other side said, NULL and 0 where a client begins, and answers what to say, which
 * lasts until the next call.
 */
enum net_sasl_step net_sasl_step(struct net_sasl *sasl, const uint8_t *in, size_t in_len,
                                 const uint8_t **out, size_t *out_len);

/* Server, after NET_SASL_DONE: who it is. */
const char *net_sasl_username(const struct net_sasl *sasl);

/* Why the last step failed. */
const char *net_sasl_problem(const struct net_sasl *sasl);

void net_sasl_free(struct net_sasl *sasl);

#endif
