/* SPDX-License-Identifier: MIT */
/* samples/net/tls.c: whom an end trusts, and what it says when it does not. */
#include "case.h"
#include "samples_net.h"
#include "tls_layer.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Handshakes ----------------------------------------------------------------------------- */

/* Files are of the folder. */
static const struct row {
    const char *url;
    const char *trusted, *own; /* of the client */
    const char *shown, *asks;  /* of the server: its certificate; who signs those of clients */
    const char *version, *suites, *server_suites;
    bool insecure;
    enum net_failure client, server;
    const char *client_text, *server_text;
} rows[] = {
    {.url = "mqtts://localhost", .trusted = "ca.pem", .shown = "server.pem", .server = NET_END},
    {.url = "mqtts://localhost",
     .trusted = "other.pem",
     .shown = "server.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not trusted: unable to get local issuer certificate",
     .server_text = "TLS: tlsv1 alert unknown ca"},
    {.url = "mqtts://localhost", /* the system's authorities do not know it */
     .shown = "server.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not trusted: unable to get local issuer certificate"},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .shown = "expired.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate has expired",
     .server_text = "TLS: sslv3 alert certificate expired"},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .shown = "early.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not valid yet"},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .shown = "wrong.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not for localhost"},
    {.url = "mqtts://127.0.0.1",
     .trusted = "ca.pem",
     .shown = "wrong.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not for 127.0.0.1"},
    {.url = "wss://[::1]",
     .trusted = "ca.pem",
     .shown = "wrong.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "the certificate is not for ::1"},
    {.url = "mqtts://localhost", .shown = "wrong.pem", .insecure = true, .server = NET_END},
    {.url = "mqtts://127.0.0.1", .shown = "expired.pem", .insecure = true, .server = NET_END},
    {.url =
         "mqtts://localhost", /* who has no certificate finds out when it is through, in TLS 1.3 */
     .trusted = "ca.pem",
     .shown = "server.pem",
     .asks = "ca.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "TLS: tlsv13 alert certificate required",
     .server_text = "TLS: peer did not return a certificate"},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .own = "client.pem",
     .shown = "server.pem",
     .asks = "other.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "TLS: tlsv1 alert unknown ca",
     .server_text = "the certificate is not trusted: self-signed certificate in certificate chain"},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .own = "expired.pem",
     .shown = "server.pem",
     .asks = "ca.pem",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "TLS: sslv3 alert certificate expired",
     .server_text = "the certificate has expired"},
    {.url = "wss://localhost",
     .trusted = "ca.pem",
     .own = "client.pem",
     .shown = "server.pem",
     .asks = "ca.pem",
     .server = NET_END},
    {.url = "mqtts://localhost",
     .trusted = "ca.pem",
     .shown = "server.pem",
     .version = "TLSv1.3",
     .suites = "TLS_AES_128_GCM_SHA256",
     .server_suites = "TLS_CHACHA20_POLY1305_SHA256",
     .client = NET_TLS,
     .server = NET_TLS,
     .client_text = "TLS: sslv3 alert handshake failure",
     .server_text = "TLS: no shared cipher"},
};

static void leave(struct end *end)
{
    net_stream_close(end->stream, 5000);
}

/* At the latest when the handshake is through for both. */
static void wait_for_other(struct end *end)
{
    (void)end;
}

static void set_tls(struct talk *talk, const struct net_tls_options *client,
                    const struct net_tls_options *server)
{
    struct net_error error;
    talk->peer.tls = net_tls_client(client, &error);
    ck_assert_msg(talk->peer.tls != NULL, "%s", error.text);
    talk->terms.tls = net_tls_server(server, &error);
    ck_assert_msg(talk->terms.tls != NULL, "%s", error.text);
}

static void end_tls(struct talk *talk)
{
    net_tls_free(talk->peer.tls);
    net_tls_free(talk->terms.tls);
    talk_end(talk);
}

static const char *file(const char *name)
{
    return name ? in_folder(name) : NULL;
}

START_TEST(trust)
{
    const struct row *it = &rows[_i];
    struct net_tls_options client = {.ca_file = file(it->trusted), .cert_file = file(it->own)};
    struct net_tls_options server = {.cert_file = file(it->shown), .ca_file = file(it->asks)};
    struct talk talk;

    talk_begin(&talk, it->url);
    client.insecure = it->insecure;
    client.version = it->version;
    client.ciphers_1_3 = it->suites;
    server.ciphers_1_3 = it->server_suites;
    server.require_certificate = it->asks;
    set_tls(&talk, &client, &server);
    talk.client.on_opened = it->client ? wait_for_other : leave;
    talk_run(&talk);
    ck_assert_msg(talk.client.error.failure == it->client, "%s", talk.client.error.text);
    ck_assert_msg(talk.server.error.failure == it->server, "%s", talk.server.error.text);
    if (it->client_text)
        ck_assert_str_eq(talk.client.error.text, it->client_text);
    if (it->server_text)
        ck_assert_str_eq(talk.server.error.text, it->server_text);
    ck_assert_uint_eq(talk.server.opened, it->server == NET_END);
    end_tls(&talk);
}
END_TEST

static struct net_tls_options trusting(void)
{
    return (struct net_tls_options){.ca_file = in_folder("ca.pem")};
}

static struct net_tls_options serving(void)
{
    return (struct net_tls_options){.cert_file = in_folder("server.pem")};
}

/* ---- TLS here, and none there --------------------------------------------------------------- */

static void say_connect(struct end *end)
{
    ck_assert(net_stream_write(end->stream, "\x10\x0c\0\4MQTT\4\2\0\0\0\0", 14));
}

START_TEST(plain_client)
{
    struct net_tls_options client = trusting(), server = serving();
    struct talk talk;
    talk_begin(&talk, "mqtts://127.0.0.1");
    set_tls(&talk, &client, &server);
    talk.address.tls = false;
    talk.client.on_opened = say_connect;
    talk_run(&talk);
    ck_assert_str_eq(talk.server.error.text, "the peer does not speak TLS");
    ck_assert_int_eq(talk.client.error.failure, NET_END);
    end_tls(&talk);
}
END_TEST

static char hello[2048];
static size_t hello_len;

static void keep_hello(struct end *end, const uint8_t *data, size_t len)
{
    ck_assert_uint_lt(len, sizeof hello);
    memcpy(hello, data, hello_len = len);
    if (end->talk->seed == 7)
        ck_assert(net_stream_write(end->stream, "\x20\3\0\x87\0", 5));
    net_stream_close(end->stream, 1000);
}

static bool hello_has(const char *bytes, size_t len)
{
    for (size_t at = 0; at + len <= hello_len; at++)
        if (!memcmp(hello + at, bytes, len))
            return true;
    return false;
}

/* What the client says of itself can be seen then: its name for the host, and ALPN. */
static void hear_hello(const char *url, bool answers, const char *wanted)
{
    struct net_tls_options client = trusting(), server = serving();
    struct talk talk;
    talk_begin(&talk, url);
    client.alpn = "mqtt";
    set_tls(&talk, &client, &server);
    net_tls_free(talk.terms.tls);
    talk.terms.tls = NULL;
    talk.seed = answers ? 7 : 1;
    talk.server.on_received = keep_hello;
    talk.server.on_opened = wait_for_other;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_TLS);
    ck_assert_str_eq(talk.client.error.text, wanted);
    ck_assert(hello_has("\0\x10\0\7\0\5\4mqtt", 11));
    end_tls(&talk);
}

START_TEST(plain_server)
{
    hear_hello("mqtts://localhost", true, "the peer does not speak TLS");
    ck_assert(hello_has("localhost", 9));
    hear_hello("mqtts://127.0.0.1", false, "the peer closed the connection in the TLS handshake");
    ck_assert(!hello_has("127.0.0.1", 9));
}
END_TEST

/* ---- A connection that is cut --------------------------------------------------------------- */

START_TEST(cut)
{
    struct net_tls_options client = trusting(), server = serving();
    struct talk talk;
    talk_begin(&talk, "mqtts://localhost");
    set_tls(&talk, &client, &server);
    talk.server.abort_opened = true;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_BROKEN);
    ck_assert_int_eq(talk.server.error.failure, NET_OK);
    end_tls(&talk);
}
END_TEST

/* ---- ALPN, pre-shared keys, the key log ----------------------------------------------------- */

static char granted[16];

static void note_protocol(const SSL *ssl, int where, int result)
{
    const unsigned char *protocol;
    unsigned len;
    (void)result;
    if (!(where & SSL_CB_HANDSHAKE_DONE))
        return;
    SSL_get0_alpn_selected(ssl, &protocol, &len);
    ck_assert_uint_lt(len, sizeof granted);
    if (len)
        memcpy(granted, protocol, len);
    granted[len] = 0;
}

static void ask_protocol(const char *asked, const char *offered, const char *wanted)
{
    struct net_tls_options client = trusting(), server = serving();
    struct talk talk;
    strcpy(granted, "?");
    client.alpn = asked;
    server.alpn = offered;
    talk_begin(&talk, "mqtts://localhost");
    set_tls(&talk, &client, &server);
    SSL_CTX_set_info_callback(talk.terms.tls->context, note_protocol);
    talk.client.on_opened = leave;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_OK);
    ck_assert_str_eq(granted, wanted);
    end_tls(&talk);
}

START_TEST(protocols)
{
    ask_protocol("mqtt", "mqtt", "mqtt");
    ask_protocol("mqtt", "mqtt5", "");
    ask_protocol("mqtt", NULL, "");
    ask_protocol(NULL, "mqtt", "");
}
END_TEST

static unsigned find_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned cap)
{
    (void)ssl;
    ck_assert_uint_ge(cap, 4);
    if (strcmp(identity, "sensor"))
        return 0;
    memcpy(psk, "\xca\xfe\0\1", 4);
    return 4;
}

static struct net_error try_psk(const char *identity, const char *key)
{
    struct net_tls_options client = {.psk = key, .psk_identity = identity}, server = serving();
    struct talk talk;
    struct net_error error;
    talk_begin(&talk, "mqtts://localhost");
    set_tls(&talk, &client, &server);
    SSL_CTX_set_psk_server_callback(talk.terms.tls->context, find_psk);
    talk.client.on_opened = leave;
    talk_run(&talk);
    error = talk.client.error;
    end_tls(&talk);
    return error;
}

START_TEST(shared_keys)
{
    ck_assert_str_eq(try_psk("sensor", "CAfe0001").text, "closed");
    ck_assert_int_eq(try_psk("sensor", "CAfe0002").failure, NET_TLS);
    /* The server falls back to its certificate, which the client does not trust. */
    ck_assert_int_eq(try_psk("nobody", "CAfe0001").failure, NET_TLS);
}
END_TEST

static unsigned lines_of(const char *path, const char *word)
{
    char line[512];
    unsigned count = 0;
    FILE *log = fopen(path, "r");
    ck_assert_ptr_nonnull(log);
    while (fgets(line, sizeof line, log))
        count += !strncmp(line, word, strlen(word));
    fclose(log);
    return count;
}

START_TEST(key_log)
{
    const char *path = in_folder("keys.log");
    struct stat info;
    for (unsigned i = 1; i <= 2; i++) {
        struct net_tls_options client = trusting(), server = serving();
        struct talk talk;
        talk_begin(&talk, "mqtts://localhost");
        client.keylog_file = path;
        set_tls(&talk, &client, &server);
        talk.client.on_opened = leave;
        talk_run(&talk);
        end_tls(&talk);
        ck_assert_uint_eq(lines_of(path, "CLIENT_TRAFFIC_SECRET_0 "), i);
        path = in_folder("keys.log");
    }
    ck_assert(!stat(path, &info));
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
}
END_TEST

/* ---- Options that cannot be ----------------------------------------------------------------- */

static const struct wrong {
    bool server;
    struct net_tls_options options; /* names of files are of the folder, but for those with a / */
    const char *text;
} wrongs[] = {
    {false, {.ca_file = "/nowhere"}, "/nowhere: No such file or directory"},
    {false, {.ca_file = "keys.log"}, NULL},
    {false, {.ca_path = "/nowhere"}, "/nowhere: No such file or directory"},
    {false, {.cert_file = "/nowhere"}, "/nowhere: No such file or directory"},
    {false, {.key_file = "client.pem"}, "a key needs its certificate"},
    {false, {.cert_file = "client.pem", .key_file = "/nowhere"}, "/nowhere: No such file"},
    {false, {.cert_file = "client.pem", .key_file = "server.pem"}, NULL},
    {false, {.cert_file = "secret.pem"}, NULL}, /* nobody is asked at the terminal */
    {false, {.cert_file = "secret.pem", .key_password = "lion"}, NULL},
    {false, {.ciphers = "NONE-SUCH"}, "NONE-SUCH: no cipher match"},
    {false, {.ciphers_1_3 = "NONE-SUCH"}, NULL},
    {false, {.version = "tlsv1.1"}, "tlsv1.1: the TLS version is tlsv1.2 or tlsv1.3"},
    {false, {.alpn = ""}, "a protocol of ALPN has 1 to 255 bytes"},
    {false, {.psk = "cafe"}, "a pre-shared key needs an identity"},
    {false, {.psk = "cafe0", .psk_identity = "x"}, "a pre-shared key is written in hex"},
    {false, {.psk = "", .psk_identity = "x"}, "a pre-shared key is written in hex"},
    {false, {.psk = "xy", .psk_identity = "x"}, "a pre-shared key is written in hex"},
    {false, {.keylog_file = "/nowhere/keys"}, "/nowhere/keys: No such file or directory"},
    {true, {.ca_file = "ca.pem"}, "a server needs a certificate"},
    {true, {.cert_file = "server.pem", .require_certificate = true}, NULL},
};

static const char *place(const char *name)
{
    return name && *name != '/' ? in_folder(name) : name;
}

START_TEST(options_that_cannot)
{
    const struct wrong *it = &wrongs[_i];
    struct net_tls_options options = it->options;
    struct net_error error;
    options.ca_file = place(options.ca_file);
    options.cert_file = place(options.cert_file);
    options.key_file = place(options.key_file);
    ck_assert_ptr_null((it->server ? net_tls_server : net_tls_client)(&options, &error));
    ck_assert_int_eq(error.failure, NET_CONFIG);
    ck_assert_msg(strlen(error.text) > 8, "%s", error.text);
    if (it->text)
        ck_assert_msg(!strncmp(error.text, it->text, strlen(it->text)), "%s", error.text);
}
END_TEST

START_TEST(options_that_can)
{
    struct net_tls_options options = {.cert_file = in_folder("secret.pem"),
                                      .key_password = "tiger",
                                      .ca_path = "/",
                                      .ciphers = "HIGH",
                                      .version = "TLSV1.2"};
    struct net_error error;
    struct net_tls *tls = net_tls_client(&options, &error);
    ck_assert_msg(tls != NULL, "%s", error.text);
    net_tls_free(tls);
    net_tls_free(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_tls");
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, certificates_make, certificates_remove);
    tcase_add_loop_test(tcase, trust, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, plain_client);
    tcase_add_test(tcase, plain_server);
    tcase_add_test(tcase, cut);
    tcase_add_test(tcase, protocols);
    tcase_add_test(tcase, shared_keys);
    tcase_add_test(tcase, key_log);
    tcase_add_loop_test(tcase, options_that_cannot, 0, sizeof wrongs / sizeof *wrongs);
    tcase_add_test(tcase, options_that_can);
    return run_case("samples_tls", tcase);
}
