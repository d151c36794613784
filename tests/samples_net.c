/* SPDX-License-Identifier: MIT */
/* samples/net: bytes between two ends of ours, whatever is below them. */
#include "samples_net.h"
#include "case.h"

#include <stdio.h>
#include <string.h>

static struct net_tls *client_tls(const struct net_tls_options *options)
{
    struct net_error error;
    struct net_tls *made = net_tls_client(options, &error);
    ck_assert_msg(made != NULL, "%s", error.text);
    return made;
}

static struct net_tls *server_tls(const struct net_tls_options *options)
{
    struct net_error error;
    struct net_tls *made = net_tls_server(options, &error);
    ck_assert_msg(made != NULL, "%s", error.text);
    return made;
}

/* ---- Bytes arrive as they were sent --------------------------------------------------------- */

static const struct way {
    const char *url; /* of unix sockets, the name of a file in the folder */
    bool mutual;
    const char *version;
} ways[] = {
    {"mqtt://127.0.0.1", false, NULL},
    {"mqtt://[::1]", false, NULL},
    {"mqtt://localhost", false, NULL},
    {"unix://", false, NULL},
    {"mqtts://127.0.0.1", false, NULL},
    {"mqtts://[::1]", false, "tlsv1.3"},
    {"mqtts://localhost", true, NULL},
    {"ws://127.0.0.1", false, NULL},
    {"ws://[::1]/other?token=a%20b", false, NULL},
    {"wss://localhost/", true, NULL},
    {"wss://127.0.0.1", false, "tlsv1.2"},
};

/* The folder's name is known only when it was made. */
static const char *url_of(const struct way *way)
{
    static char url[160];
    snprintf(url, sizeof url, "%s%s", way->url,
             strcmp(way->url, "unix://") ? "" : in_folder("socket"));
    return url;
}

static void check_identity(struct end *server)
{
    ck_assert_str_eq(net_stream_identity(server->stream), "J\xc3\xbcrgen");
    ck_assert_str_eq(net_stream_subject(server->stream), "CN=J\\C3\\BCrgen,O=Tests");
    talk_push(server);
}

static void begin_way(struct talk *talk, const struct way *way)
{
    struct net_tls_options client = {.ca_file = in_folder("ca.pem"), .version = way->version};
    struct net_tls_options server = {.cert_file = in_folder("server.pem")};

    talk_begin(talk, url_of(way));
    if (!talk->address.tls)
        return;
    if (way->mutual) {
        client.cert_file = client.key_file = in_folder("client.pem");
        server.require_certificate = true;
        server.ca_file = client.ca_file;
        talk->server.on_opened = check_identity;
    }
    talk->peer.tls = client_tls(&client);
    talk->terms.tls = server_tls(&server);
}

/* What streams keep of TLS outlives its owner. */
static void end_way(struct talk *talk)
{
    net_tls_free(talk->peer.tls);
    net_tls_free(talk->terms.tls);
    talk_end(talk);
}

START_TEST(transfer)
{
    struct talk talk;
    begin_way(&talk, &ways[_i]);
    talk.client.to_send = 1500000;
    talk.server.to_send = 1000000;
    talk_run(&talk);
    ck_assert_str_eq(talk.client.error.text, "closed");
    ck_assert_int_eq(talk.client.error.failure, NET_OK);
    ck_assert_uint_eq(talk.client.got, 1000000);
    ck_assert_str_eq(talk.server.error.text, "the peer closed the connection");
    ck_assert_int_eq(talk.server.error.failure, NET_END);
    ck_assert_uint_eq(talk.server.got, talk.client.sent);
    ck_assert_uint_ge(talk.client.drained, 1);
    end_way(&talk);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_net");
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, certificates_make, certificates_remove);
    tcase_add_loop_test(tcase, transfer, 0, sizeof ways / sizeof *ways);
    return run_case("samples_net", tcase);
}
