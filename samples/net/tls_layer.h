/* SPDX-License-Identifier: MIT */
/* TLS as a layer of a stream. */
#ifndef NET_TLS_LAYER_H
#define NET_TLS_LAYER_H

#include "layer.h"
#include "tls.h"

#include <openssl/ssl.h>

struct net_tls {
    SSL_CTX *context;
    unsigned users; /* its owner, and the layers */
    bool server;
    bool insecure;
    int keylog; /* -1: none */
    unsigned char *psk;
    long psk_len;
    char *psk_identity;
    char *alpn; /* as the wire has it: its length first */
};

/* host: whose certificate it has to be, for a client.  NULL: *error says why. */
struct net_layer *net_tls_layer(struct net_tls *tls, const char *host, struct net_error *error);

/* What the peer's verified certificate says, or NULL. */
const char *net_tls_layer_identity(const struct net_layer *layer);
const char *net_tls_layer_subject(const struct net_layer *layer);

/* "bad decrypt": why OpenSSL failed.  Empties its queue of errors. */
const char *net_tls_reason(void);

#endif
