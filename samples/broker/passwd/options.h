/* SPDX-License-Identifier: MIT */
/* mqttwire-passwd's command line. */
#ifndef PASSWD_OPTIONS_H
#define PASSWD_OPTIONS_H

#include "hashes.h"

/*
 * Of a new hash.  A login costs the broker about 10 ms with it, 200 times what mosquitto_passwd 2.0
 * has (101).  OWASP wants 210,000 for passwords that people choose; then 10,000 devices that come
 * back at once would keep a core for a quarter of an hour.
 */
#define ITERATIONS 20000

enum { SCRAM_ITERATIONS_LEAST = 4096 }; /* RFC 7677 section 4 */

struct options {
    bool batch, create, remove, upgrade, scram;
    enum hash_kind kind;
    uint32_t iterations;
    const char *password_file;
    const char *file, *name;
    char *password; /* of the command line; NULL */
};

enum options_read { OPTIONS_GOOD, OPTIONS_WRONG, OPTIONS_PRINTED };

/* Wrong: it has said why, on standard error. */
enum options_read options_read(struct options *options, int argc, char **argv);

/* On standard error; answers false. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
