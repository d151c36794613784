/* SPDX-License-Identifier: MIT */
/* Hashed passwords: $6$ and $7$ of mosquitto. */
#include "passwords.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Of a new hash, in bytes: mosquitto 2.0 takes no other. */
enum { SALT = 12 };

static bool compute(const struct password *password, struct mqw_bytes plain, uint8_t *hash)
{
    EVP_MD_CTX *context;
    bool done;

    if (password->iterations)
        return PKCS5_PBKDF2_HMAC((const char *)plain.ptr, (int)plain.len, password->salt,
                                 (int)password->salt_len, (int)password->iterations, EVP_sha512(),
                                 PASSWORD_HASH, hash) == 1;
    context = EVP_MD_CTX_new();
    done = context && EVP_DigestInit_ex(context, EVP_sha512(), NULL) &&
           EVP_DigestUpdate(context, plain.ptr, plain.len) &&
           EVP_DigestUpdate(context, password->salt, password->salt_len) &&
           EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    return done;
}

bool password_is(const struct password *password, struct mqw_bytes plain)
{
    uint8_t hash[PASSWORD_HASH];
    bool same =
        compute(password, plain, hash) && CRYPTO_memcmp(hash, password->hash, PASSWORD_HASH) == 0;

    OPENSSL_cleanse(hash, sizeof hash);
    return same;
}

bool password_make(struct password *password, uint32_t iterations, struct mqw_bytes plain)
{
    if (sodium_init() < 0)
        return false;
    password->iterations = iterations;
    password->salt_len = SALT;
    randombytes_buf(password->salt, SALT);
    return compute(password, plain, password->hash);
}

/* ---- As text -------------------------------------------------------------------------------- */

static bool decode(const char *text, size_t text_len, uint8_t *out, size_t room, size_t *len)
{
    return sodium_base642bin(out, room, text, text_len, NULL, len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0;
}

/* "salt$hash" */
static const char *parse_hash(struct password *password, const char *salt)
{
    const char *hash = strchr(salt, '$');
    size_t len = 0;

    if (!hash)
        return "the hash is missing";
    if (!decode(salt, (size_t)(hash - salt), password->salt, PASSWORD_SALT_MOST, &len) || !len)
        return "the salt is not base64 of 1 to 64 bytes";
    password->salt_len = (uint32_t)len;
    if (!decode(hash + 1, strlen(hash + 1), password->hash, PASSWORD_HASH, &len) ||
        len != PASSWORD_HASH)
        return "the hash is not base64 of 64 bytes";
    return NULL;
}

const char *password_parse(struct password *password, const char *text)
{
    unsigned long iterations;
    char *end;

    memset(password, 0, sizeof *password);
    if (strncmp(text, "$6$", 3) == 0)
        return parse_hash(password, text + 3);
    if (strncmp(text, "$argon2id$", 10) == 0)
        return "$argon2id$ is not supported: give the password anew with mqttwire-passwd";
    if (strncmp(text, "$7$", 3))
        return "the password is not hashed: mqttwire-passwd -U does it for the whole file";
    iterations = strtoul(text + 3, &end, 10);
    if (text[3] < '1' || text[3] > '9' || *end != '$')
        return "after $7$ come the iterations, salt and hash";
    if (iterations > PASSWORD_ITERATIONS_MOST)
        return "there are more than 10,000,000 iterations";
    password->iterations = (uint32_t)iterations;
    return parse_hash(password, end + 1);
}

void password_write(const struct password *password, char *out)
{
    int at =
        password->iterations ? sprintf(out, "$7$%u$", password->iterations) : sprintf(out, "$6$");

    sodium_bin2base64(out + at, PASSWORD_TEXT - (size_t)at, password->salt, password->salt_len,
                      sodium_base64_VARIANT_ORIGINAL);
    at += (int)strlen(out + at);
    out[at++] = '$';
    sodium_bin2base64(out + at, PASSWORD_TEXT - (size_t)at, password->hash, PASSWORD_HASH,
                      sodium_base64_VARIANT_ORIGINAL);
}

/* ---- The file ------------------------------------------------------------------------------- */

static void read_user(struct users *users, struct lines *lines)
{
    struct mqw_bytes name;
    const char *text = users_split(lines, &name), *why;
    struct password password;
    struct password_user *user;

    if (!text)
        return;
    if ((why = password_parse(&password, text)))
        lines_fail(lines, "%s", why);
    else if ((user = users_add(users, lines, name, sizeof *user)))
        user->password = password;
}

bool passwords_read(struct users *users, const char *path, char *problem)
{
    struct lines lines = LINES(path, problem);

    while (lines_next(&lines))
        if (lines.len && lines.text[0] != '#')
            read_user(users, &lines);
    return !lines.failed;
}
