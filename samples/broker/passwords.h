/* SPDX-License-Identifier: MIT */
/* Hashed passwords, in mosquitto's form, and the file of them. */
#ifndef BROKER_PASSWORDS_H
#define BROKER_PASSWORDS_H

#include "users.h"

enum {
    PASSWORD_HASH = 64,                  /* bytes: SHA-512 */
    PASSWORD_SALT_MOST = 64,             /* bytes */
    PASSWORD_ITERATIONS_MOST = 10000000, /* about five seconds */
    PASSWORD_TEXT = 256                  /* bytes of the written form, with NUL: room enough */
};

struct password {
    uint32_t iterations; /* of PBKDF2-HMAC-SHA512, $7$; 0: $6$, SHA-512 of password and salt */
    uint32_t salt_len;
    uint8_t salt[PASSWORD_SALT_MOST], hash[PASSWORD_HASH];
};

struct password_user {
    struct user user;
    struct password password;
};

/* False: *problem, of 256 bytes, says which line is wrong and why. */
bool passwords_read(struct users *users, const char *path, char *problem);

/* Reads "$7$101$salt$hash".  NULL, or why it is none. */
const char *password_parse(struct password *password, const char *text);
/* Writes it; out: PASSWORD_TEXT bytes. */
void password_write(const struct password *password, char *out);

/* A hash that has a new salt.  False: the machine has no randomness, or no memory. */
bool password_make(struct password *password, uint32_t iterations, struct mqw_bytes plain);
/* Takes as long as there are iterations, and the same time whatever the answer. */
bool password_is(const struct password *password, struct mqw_bytes plain);

#endif
