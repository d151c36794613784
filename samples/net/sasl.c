/* SPDX-License-Identifier: MIT */
/* SCRAM of GNU SASL, without channel binding. */
#include "sasl.h"

#include "fail.h"

#include <gsasl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    ITERATIONS = 4096,         /* of a user who is not there, if the lookup says nothing else */
    ITERATIONS_MOST = 5000000, /* that a server may ask of a client, whose loop stands still */
    SECRET = 32                /* bytes */
};

struct net_sasl {
    Gsasl *library;
    Gsasl_session *session;
    char *out; /* of GNU SASL */
    const char *problem;
    bool server;
    bool found; /* of the server: there is such a user */
    net_sasl_lookup *lookup;
    void *arg;
};

bool net_sasl_known(const char *mechanism)
{
    return !strcmp(mechanism, "SCRAM-SHA-1") || !strcmp(mechanism, "SCRAM-SHA-256");
}

/* ---- The server's users --------------------------------------------------------------------- */

static uint8_t secret[SECRET];

static void make_secret(void)
{
    uv_random(NULL, NULL, secret, sizeof secret, 0, NULL);
}

static void encode(char *text, const uint8_t *bytes, int len)
{
    EVP_EncodeBlock((unsigned char *)text, bytes, len);
}

/*
 * Who is not there gets a salt, the same at each attempt, and keys that no password fits: RFC 5802
 * 9 wants that nobody finds out who is there.
 */
static void invent_keys(const char *mechanism, const char *username, struct net_sasl_keys *keys)
{
    static uv_once_t once = UV_ONCE_INIT;
    uint8_t digest[32], key[32] = {0};
    int len = strcmp(mechanism, "SCRAM-SHA-1") ? 32 : 20;

    uv_once(&once, make_secret);
    HMAC(EVP_sha256(), secret, SECRET, (const uint8_t *)username, strlen(username), digest, NULL);
    encode(keys->salt, digest, 16);
    uv_random(NULL, NULL, key, sizeof key, 0, NULL);
    encode(keys->stored_key, key, len);
    encode(keys->server_key, key, len);
}

static void find_user(struct net_sasl *sasl, Gsasl_session *session)
{
    const char *username = gsasl_property_fast(session, GSASL_AUTHID);
    const char *mechanism = gsasl_mechanism_name(session);
    struct net_sasl_keys keys = {.iterations = ITERATIONS};
    char iterations[16];

    sasl->found = username && sasl->lookup(sasl->arg, mechanism, username, &keys);
    if (!sasl->found)
        invent_keys(mechanism, username ? username : "", &keys);
    snprintf(iterations, sizeof iterations, "%u", keys.iterations);
    gsasl_property_set(session, GSASL_SCRAM_ITER, iterations);
    gsasl_property_set(session, GSASL_SCRAM_SALT, keys.salt);
    gsasl_property_set(session, GSASL_SCRAM_STOREDKEY, keys.stored_key);
    gsasl_property_set(session, GSASL_SCRAM_SERVERKEY, keys.server_key);
}

/* What GNU SASL does not know yet. */
static int tell(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
    struct net_sasl *sasl = gsasl_callback_hook_get(library);
    if (!sasl->server || property != GSASL_SCRAM_ITER)
        return GSASL_NO_CALLBACK;
    find_user(sasl, session);
    return GSASL_OK;
}

/* ---- Exchanges ------------------------------------------------------------------------------ */

static bool start(struct net_sasl *sasl, const char *mechanism)
{
    if (gsasl_init(&sasl->library))
        return false;
    gsasl_callback_hook_set(sasl->library, sasl);
    gsasl_callback_set(sasl->library, tell);
    return !(sasl->server ? gsasl_server_start : gsasl_client_start)(sasl->library, mechanism,
                                                                     &sasl->session);
}

static struct net_sasl *new_sasl(bool server, const char *mechanism, struct net_error *error)
{
    struct net_sasl *sasl;
    if (!net_sasl_known(mechanism)) {
        net_fail(error, NET_CONFIG, "%s is not known: SCRAM-SHA-1 and SCRAM-SHA-256 are",
                 mechanism);
        return NULL;
    }
    sasl = calloc(1, sizeof *sasl);
    if (sasl) {
        sasl->server = server;
        sasl->problem = "";
        if (start(sasl, mechanism))
            return sasl;
    }
    net_sasl_free(sasl);
    net_fail(error, NET_MEMORY, "out of memory");
    return NULL;
}

struct net_sasl *net_sasl_client(const char *mechanism, const char *username, const char *password,
                                 struct net_error *error)
{
    struct net_sasl *sasl = new_sasl(false, mechanism, error);
    if (sasl && (gsasl_property_set(sasl->session, GSASL_AUTHID, username) ||
                 gsasl_property_set(sasl->session, GSASL_PASSWORD, password))) {
        net_sasl_free(sasl);
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    return sasl;
}

struct net_sasl *net_sasl_server(const char *mechanism, net_sasl_lookup *lookup, void *arg,
                                 struct net_error *error)
{
    struct net_sasl *sasl = new_sasl(true, mechanism, error);
    if (sasl) {
        sasl->lookup = lookup;
        sasl->arg = arg;
    }
    return sasl;
}

static enum net_sasl_step fail(struct net_sasl *sasl, const char *problem)
{
    sasl->problem = problem;
    return NET_SASL_FAILED;
}

/* A server's first message is r=...,s=...,i=...: GNU SASL would count as long as it is told to. */
static bool asks_too_much(const uint8_t *message, size_t len)
{
    for (size_t at = 0; at + 3 <= len; at++) {
        uint64_t iterations = 0;
        if (memcmp(message + at, ",i=", 3))
            continue;
        for (at += 3; at < len && message[at] >= '0' && message[at] <= '9'; at++)
            if ((iterations = iterations * 10 + (uint64_t)(message[at] - '0')) > ITERATIONS_MOST)
                return true;
    }
    return false;
}

/* Nobody acts for another one here. */
static bool acts_for_another(const struct net_sasl *sasl)
{
    const char *other = gsasl_property_fast(sasl->session, GSASL_AUTHZID);
    return other && *other && strcmp(other, net_sasl_username(sasl));
}

enum net_sasl_step net_sasl_step(struct net_sasl *sasl, const uint8_t *in, size_t in_len,
                                 const uint8_t **out, size_t *out_len)
{
    int status;

    gsasl_free(sasl->out);
    sasl->out = NULL;
    *out = NULL;
    *out_len = 0;
    if (!sasl->server && in_len && asks_too_much(in, in_len))
        return fail(sasl, "the server asks for too many iterations");
    if (sasl->server && in_len && in[0] == 'p') /* RFC 5802 7: gs2-cbind-flag */
        return fail(sasl, "channel binding is not offered");
    status = gsasl_step(sasl->session, (const char *)in, in_len, &sasl->out, out_len);
    if (status != GSASL_OK && status != GSASL_NEEDS_MORE)
        return fail(sasl, gsasl_strerror(status));
    if (status == GSASL_OK && sasl->server && (!sasl->found || acts_for_another(sasl)))
        return fail(sasl, gsasl_strerror(GSASL_AUTHENTICATION_ERROR));
    *out = (const uint8_t *)sasl->out;
    return status == GSASL_OK ? NET_SASL_DONE : NET_SASL_MORE;
}

const char *net_sasl_username(const struct net_sasl *sasl)
{
    return gsasl_property_fast(sasl->session, GSASL_AUTHID);
}

const char *net_sasl_problem(const struct net_sasl *sasl)
{
    return sasl->problem;
}

void net_sasl_free(struct net_sasl *sasl)
{
    if (!sasl)
        return;
    gsasl_free(sasl->out);
    if (sasl->session)
        gsasl_finish(sasl->session);
    if (sasl->library)
        gsasl_done(sasl->library);
    free(sasl);
}
