/* SPDX-License-Identifier: MIT */
/* What a password becomes in a file. */
#ifndef PASSWD_HASHES_H
#define PASSWD_HASHES_H

#include "../passwords.h"
#include "../scram.h"

/* Of either written form, with NUL. */
enum { HASH_TEXT = (int)PASSWORD_TEXT + (int)SCRAM_TEXT };

/* X(NAME, name, it is of the SCRAM file) */
#define HASH_KINDS(X)                                                                              \
    X(PBKDF2, "sha512-pbkdf2", false)                                                              \
    X(SHA512, "sha512", false)                                                                     \
    X(SCRAM_SHA_256, "SCRAM-SHA-256", true)                                                        \
    X(SCRAM_SHA_1, "SCRAM-SHA-1", true)

enum hash_kind {
#define HASH_ROW(NAME, name, scram) HASH_##NAME,
    HASH_KINDS(HASH_ROW)
#undef HASH_ROW
        HASH_KIND_COUNT
};

extern const char *const hash_names[];
extern const bool hash_is_scram[];

/* NULL; or why not, and nothing is written.  out: HASH_TEXT bytes. */
const char *hash_make(enum hash_kind kind, uint32_t iterations, const char *password, char *out);

/* A name as SCRAM's clients send it: RFC 5802 5.1, SASLprep.  NULL: it is none.  To be freed. */
char *hash_user(const char *name);

#endif
