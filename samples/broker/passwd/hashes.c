/* SPDX-License-Identifier: MIT */
/* Hashes and keys of passwords. */
#include "hashes.h"

#include <gsasl.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <string.h>

enum { SALT = 16 }; /* bytes, of SCRAM's keys */

const char *const hash_names[] = {
#define HASH_ROW(NAME, name, scram) name,
    HASH_KINDS(HASH_ROW)
#undef HASH_ROW
};

const bool hash_is_scram[] = {
#define HASH_ROW(NAME, name, scram) scram,
    HASH_KINDS(HASH_ROW)
#undef HASH_ROW
};

char *hash_user(const char *name)
{
    char *prepared;
    return gsasl_saslprep(name, 0, &prepared, NULL) == GSASL_OK ? prepared : NULL;
}

static void encode(char *out, const char *bytes, size_t len)
{
    sodium_bin2base64(out, 64, (const uint8_t *)bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

/* RFC 5802 section 3. */
static const char *make_scram(int which, uint32_t iterations, const char *password, char *out)
{
    bool sha_1 = which == 0;
    size_t len = sha_1 ? GSASL_HASH_SHA1_SIZE : GSASL_HASH_SHA256_SIZE;
    char salt[SALT], salted[32], client[32], server[32], stored[32];
    struct net_sasl_keys keys = {.iterations = iterations};
    char *prepared;
    int status;

    if (gsasl_saslprep(password, 0, &prepared, NULL) != GSASL_OK)
        return "the password has characters that SCRAM does not take (RFC 4013)";
    randombytes_buf(salt, SALT);
    status =
        gsasl_scram_secrets_from_password(sha_1 ? GSASL_HASH_SHA1 : GSASL_HASH_SHA256, prepared,
                                          iterations, salt, SALT, salted, client, server, stored);
    OPENSSL_cleanse(prepared, strlen(prepared));
    gsasl_free(prepared);
    OPENSSL_cleanse(salted, sizeof salted);
    OPENSSL_cleanse(client, sizeof client);
    if (status != GSASL_OK)
        return "out of memory";
    encode(keys.salt, salt, SALT);
    encode(keys.stored_key, stored, len);
    encode(keys.server_key, server, len);
    scram_write(&keys, which, out);
    return NULL;
}

const char *hash_make(enum hash_kind kind, uint32_t iterations, const char *password, char *out)
{
    struct password made;

    for (int which = 0; which < SCRAM_MECHANISMS; which++)
        if (strcmp(hash_names[kind], scram_mechanism(which)) == 0)
            return make_scram(which, iterations, password, out);
    if (!password_make(&made, kind == HASH_SHA512 ? 0 : iterations, mqw_text(password)))
        return "out of memory";
    password_write(&made, out);
    return NULL;
}
