/* SPDX-License-Identifier: MIT */
/* Each kind of connection there is: for tests of samples/net. */
#include "samples_net.h"

#include <stdio.h>
#include <string.h>

const struct way ways[WAYS] = {
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

const unsigned relayed[RELAYED] = {0, 4, 6, 7, 9, 10};

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

void talk_begin_way(struct talk *talk, const struct way *way)
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
void talk_end_way(struct talk *talk)
{
    net_tls_free(talk->peer.tls);
    net_tls_free(talk->terms.tls);
    talk_end(talk);
}
