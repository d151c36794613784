/* SPDX-License-Identifier: MIT */
/* samples/net/sasl.c: clients and servers of ours with each other, and with the examples of RFCs. */
#include "case.h"
#include "sasl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- SCRAM by the book: RFC 5802 section 3 -------------------------------------------------- */

struct scram {
    const char *mechanism;
    const EVP_MD *hash;
    int len;
    uint8_t stored[32], server[32], client[32];
};

static struct scram scram_of(const char *mechanism, const char *password, const char *salt,
                             int iterations)
{
    struct scram it = {.mechanism = mechanism};
    uint8_t salted[32], raw[48];
    int padding = (int)(strchr(salt, '=') ? strlen(strchr(salt, '=')) : 0);
    int len = EVP_DecodeBlock(raw, (const uint8_t *)salt, (int)strlen(salt)) - padding;

    it.hash = strcmp(mechanism, "SCRAM-SHA-1") ? EVP_sha256() : EVP_sha1();
    it.len = EVP_MD_get_size(it.hash);
    ck_assert(PKCS5_PBKDF2_HMAC(password, -1, raw, len, iterations, it.hash, it.len, salted));
    HMAC(it.hash, salted, it.len, (const uint8_t *)"Client Key", 10, it.client, NULL);
    HMAC(it.hash, salted, it.len, (const uint8_t *)"Server Key", 10, it.server, NULL);
    EVP_Digest(it.client, (size_t)it.len, it.stored, NULL, it.hash, NULL);
    return it;
}

static const char *base64(const uint8_t *bytes, int len)
{
    static char text[64];
    EVP_EncodeBlock((unsigned char *)text, bytes, len);
    return text;
}

/* ClientProof, or ServerSignature. */
static const char *proof(const struct scram *it, const char *auth_message, bool of_server)
{
    uint8_t signature[32];
    HMAC(it->hash, of_server ? it->server : it->stored, it->len, (const uint8_t *)auth_message,
         strlen(auth_message), signature, NULL);
    for (int i = 0; i < it->len && !of_server; i++)
        signature[i] ^= it->client[i];
    return base64(signature, it->len);
}

/* The examples: RFC 5802 section 5, and RFC 7677 section 3. */
static const struct example {
    const char *mechanism, *first, *answer, *final, *proof, *last, *salt;
} examples[] = {
    {"SCRAM-SHA-1", "n=user,r=fyko+d2lbbFgONRv9qkxdawL",
     "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
     "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
     "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=", "QSXCR+Q6sek8bf92"},
    {"SCRAM-SHA-256", "n=user,r=rOprNGfwEbeRWgbNEkqO",
     "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
     "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
     "W22ZaJ0SNY7soEsUEjb6gQ=="},
};

static void auth_message(char *text, size_t cap, const char *first, const char *answer,
                         const char *final)
{
    ck_assert_int_lt(snprintf(text, cap, "%s,%s,%s", first, answer, final), (int)cap);
}

/* The scripted peer of the tests below is right. */
START_TEST(by_the_book)
{
    const struct example *it = &examples[_i];
    struct scram scram = scram_of(it->mechanism, "pencil", it->salt, 4096);
    char text[512];
    auth_message(text, sizeof text, it->first, it->answer, it->final);
    ck_assert_str_eq(proof(&scram, text, false), it->proof);
    ck_assert_str_eq(proof(&scram, text, true), it->last);
}
END_TEST

/* ---- Users ---------------------------------------------------------------------------------- */

enum { ITERATIONS = 5000 };

static const char *const mechanisms[] = {"SCRAM-SHA-1", "SCRAM-SHA-256"};
static const char salt[] = "W22ZaJ0SNY7soEsUEjb6gQ==";

/* Of one user, "user" with "pencil"; a name with what SCRAM has to write otherwise, likewise. */
static bool look_up(void *arg, const char *mechanism, const char *username,
                    struct net_sasl_keys *keys)
{
    struct scram scram = scram_of(mechanism, "pencil", salt, ITERATIONS);
    unsigned *calls = arg;
    ++*calls;
    keys->iterations = ITERATIONS;
    if (strcmp(username, "user") && strcmp(username, "a=b,c"))
        return false;
    strcpy(keys->salt, salt);
    strcpy(keys->stored_key, base64(scram.stored, scram.len));
    strcpy(keys->server_key, base64(scram.server, scram.len));
    return true;
}

struct exchange {
    struct net_sasl *client, *server;
    const uint8_t *out;
    size_t len;
    unsigned calls;
    struct net_error error;
};

static void begin(struct exchange *it, const char *mechanism, const char *username,
                  const char *password)
{
    memset(it, 0, sizeof *it);
    it->client = net_sasl_client(mechanism, username, password, &it->error);
    it->server = net_sasl_server(mechanism, look_up, &it->calls, &it->error);
    ck_assert(it->client && it->server);
}

static void end(struct exchange *it)
{
    net_sasl_free(it->client);
    net_sasl_free(it->server);
}

/* One message from what was said last. */
static enum net_sasl_step step(struct exchange *it, struct net_sasl *who)
{
    return net_sasl_step(who, it->out, it->len, &it->out, &it->len);
}

static void good(const char *mechanism, const char *username)
{
    struct exchange it;
    begin(&it, mechanism, username, "pencil");
    ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
    ck_assert_int_eq(step(&it, it.server), NET_SASL_MORE);
    ck_assert_ptr_nonnull(strstr((const char *)it.out, ",i=5000"));
    ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
    ck_assert_int_eq(step(&it, it.server), NET_SASL_DONE);
    ck_assert_str_eq(net_sasl_username(it.server), username);
    ck_assert_uint_gt(it.len, 0);
    ck_assert_int_eq(step(&it, it.client), NET_SASL_DONE);
    ck_assert_uint_eq(it.len, 0);
    ck_assert_uint_eq(it.calls, 1);
    end(&it);
}

START_TEST(good_password)
{
    good(mechanisms[_i], "user");
    good(mechanisms[_i], "a=b,c");
}
END_TEST

/* What the server says to whoever has no right; `answer` gets its first message. */
static char *refused(const char *mechanism, const char *username, const char *password,
                     char answer[256])
{
    struct exchange it;
    char *problem;
    begin(&it, mechanism, username, password);
    ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
    ck_assert_int_eq(step(&it, it.server), NET_SASL_MORE);
    ck_assert_uint_lt(it.len, 256);
    memcpy(answer, it.out, it.len);
    answer[it.len] = 0;
    ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
    ck_assert_int_eq(step(&it, it.server), NET_SASL_FAILED);
    ck_assert_uint_eq(it.len, 0);
    problem = strdup(net_sasl_problem(it.server));
    end(&it);
    return problem;
}

static bool same_from(const char *a, const char *b, const char *from)
{
    return !strcmp(strstr(a, from), strstr(b, from));
}

/* A password that is wrong, and a name that is not there, look the same, each time. */
START_TEST(bad_password)
{
    char wrong[256], absent[256], again[256], other[256];
    char *problems[4] = {
        refused(mechanisms[_i], "user", "eraser", wrong),
        refused(mechanisms[_i], "nobody", "pencil", absent),
        refused(mechanisms[_i], "nobody", "eraser", again),
        refused(mechanisms[_i], "noone", "pencil", other),
    };
    ck_assert_str_ne(problems[0], "");
    for (int i = 1; i < 4; i++)
        ck_assert_str_eq(problems[i], problems[0]);
    ck_assert(same_from(absent, again, ",s="));
    ck_assert(!same_from(absent, other, ",s="));
    ck_assert(same_from(wrong, absent, ",i="));
    ck_assert_uint_eq(strlen(strstr(wrong, ",s=")), strlen(strstr(absent, ",s=")));
    for (int i = 0; i < 4; i++)
        free(problems[i]);
}
END_TEST

/* ---- Scripted peers ------------------------------------------------------------------------- */

static enum net_sasl_step say(struct exchange *it, struct net_sasl *who, const char *text)
{
    it->out = (const uint8_t *)text;
    it->len = strlen(text);
    return step(it, who);
}

/* GNU SASL makes its own nonces: the client's is read from its first message. */
static void read_first(const struct exchange *it, char first[128])
{
    ck_assert_uint_lt(it->len, 128);
    ck_assert(!memcmp(it->out, "n,,n=user,r=", 12));
    memcpy(first, it->out + 3, it->len - 3);
    first[it->len - 3] = 0;
}

/* A server by the book; how: its last message is right, is not, says that it failed, is garbage. */
static enum net_sasl_step serve(const char *mechanism, int how)
{
    struct scram scram = scram_of(mechanism, "pencil", salt, 4096);
    struct exchange it;
    char first[128], answer[256], final[256], text[768];
    enum net_sasl_step result;

    begin(&it, mechanism, "user", "pencil");
    ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
    read_first(&it, first);
    snprintf(answer, sizeof answer, "%sServer,s=%s,i=4096", strchr(first, ',') + 1, salt);
    ck_assert_int_eq(say(&it, it.client, answer), NET_SASL_MORE);
    ck_assert_uint_lt(it.len, sizeof final);
    memcpy(final, it.out, it.len);
    final[it.len] = 0;
    *strstr(final, ",p=") = 0;
    auth_message(text, sizeof text, first, answer, final);
    ck_assert_str_eq(strstr(final, "") + strlen(final) + 3, proof(&scram, text, false));
    snprintf(answer, sizeof answer, "v=%s", proof(&scram, text, true));
    if (how == 1)
        answer[5] = answer[5] == 'A' ? 'B' : 'A';
    result = say(&it, it.client, how == 2 ? "e=invalid-proof" : how == 3 ? "v=?" : answer);
    ck_assert(result == NET_SASL_DONE || net_sasl_problem(it.client)[0]);
    end(&it);
    return result;
}

START_TEST(tampered_server)
{
    ck_assert_int_eq(serve(mechanisms[_i], 0), NET_SASL_DONE);
    for (int how = 1; how < 4; how++)
        ck_assert_int_eq(serve(mechanisms[_i], how), NET_SASL_FAILED);
}
END_TEST

/* A first message that a client does not go along with. */
START_TEST(server_first)
{
    static const char *const tails[] = {
        ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999999", /* would take for ever */
        ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=5000001",
        ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        ",s=W22ZaJ0SNY7soEsUEjb6gQ==",
        ",s=,i=4096",
        "",
    };
    for (size_t i = 0; i <= sizeof tails / sizeof *tails; i++) {
        struct exchange it;
        char first[128], answer[256] = "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        begin(&it, mechanisms[_i], "user", "pencil");
        ck_assert_int_eq(step(&it, it.client), NET_SASL_MORE);
        read_first(&it, first);
        if (i < sizeof tails / sizeof *tails)
            snprintf(answer, sizeof answer, "%sServer%s", strchr(first, ',') + 1, tails[i]);
        ck_assert_msg(say(&it, it.client, answer) == NET_SASL_FAILED, "%s", answer);
        end(&it);
    }
}
END_TEST

/* A client by the book; authzid: for whom it wants to act. */
static enum net_sasl_step ask(const char *mechanism, const char *authzid)
{
    struct scram scram;
    struct exchange it;
    char header[64], first[] = "n=user,r=Client", answer[256], final[256], text[768], whole[512];
    enum net_sasl_step result;

    begin(&it, mechanism, "user", "pencil");
    scram = scram_of(mechanism, "pencil", salt, ITERATIONS);
    snprintf(header, sizeof header, *authzid ? "n,a=%s," : "n,%s,", authzid);
    snprintf(text, sizeof text, "%s%s", header, first);
    ck_assert_int_eq(say(&it, it.server, text), NET_SASL_MORE);
    ck_assert_uint_lt(it.len, sizeof answer);
    memcpy(answer, it.out, it.len);
    answer[it.len] = 0;
    ck_assert(!strncmp(answer, "r=Client", 8));
    snprintf(final, sizeof final, "c=%s,%.*s", base64((uint8_t *)header, (int)strlen(header)),
             (int)(strchr(answer, ',') - answer), answer);
    auth_message(text, sizeof text, first, answer, final);
    snprintf(whole, sizeof whole, "%s,p=%s", final, proof(&scram, text, false));
    result = say(&it, it.server, whole);
    if (result == NET_SASL_DONE) {
        ck_assert_uint_lt(it.len, sizeof final);
        ck_assert(!memcmp(it.out, "v=", 2));
        ck_assert(!memcmp(it.out + 2, proof(&scram, text, true), it.len - 2));
    }
    end(&it);
    return result;
}

START_TEST(acting_for)
{
    ck_assert_int_eq(ask(mechanisms[_i], ""), NET_SASL_DONE);
    ck_assert_int_eq(ask(mechanisms[_i], "user"), NET_SASL_DONE);
    ck_assert_int_eq(ask(mechanisms[_i], "admin"), NET_SASL_FAILED);
}
END_TEST

/* What a server is told first and makes no sense; p= would be channel binding. */
START_TEST(client_first)
{
    static const char *const texts[] = {"n,,n=user", "n,,r=Client", "x", "n,,n=,r=Client",
                                        "p=tls-unique,,n=user,r=Client"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct exchange it;
        begin(&it, mechanisms[_i], "user", "pencil");
        ck_assert_msg(say(&it, it.server, texts[i]) == NET_SASL_FAILED, "%s", texts[i]);
        ck_assert_uint_eq(it.calls, 0);
        end(&it);
    }
}
END_TEST

START_TEST(unknown_mechanism)
{
    struct net_error error;
    ck_assert(net_sasl_known("SCRAM-SHA-1") && net_sasl_known("SCRAM-SHA-256"));
    ck_assert(!net_sasl_known("PLAIN") && !net_sasl_known("SCRAM-SHA-256-PLUS"));
    ck_assert_ptr_null(net_sasl_client("PLAIN", "user", "pencil", &error));
    ck_assert_int_eq(error.failure, NET_CONFIG);
    ck_assert_ptr_null(net_sasl_server("", look_up, NULL, &error));
    net_sasl_free(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_sasl");
    tcase_add_loop_test(tcase, by_the_book, 0, 2);
    tcase_add_loop_test(tcase, good_password, 0, 2);
    tcase_add_loop_test(tcase, bad_password, 0, 2);
    tcase_add_loop_test(tcase, tampered_server, 0, 2);
    tcase_add_loop_test(tcase, server_first, 0, 2);
    tcase_add_loop_test(tcase, acting_for, 0, 2);
    tcase_add_loop_test(tcase, client_first, 0, 2);
    tcase_add_test(tcase, unknown_mechanism);
    return run_case("samples_sasl", tcase);
}
