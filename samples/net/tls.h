/* SPDX-License-Identifier: MIT */
/* TLS of a client or of a listener: OpenSSL with the settings that both share. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "error.h"

#include <stdbool.h>

/* Texts are files' paths or OpenSSL's own words; NULL leaves the default. */
struct net_tls_options {
    const char *ca_file, *ca_path; /* both NULL: a client trusts the system's */
    const char *cert_file, *key_file;
    const char *key_password;
    const char *crl_file;           /* revoked certificates */
    const char *ciphers;            /* of TLS 1.2 */
    const char *ciphers_1_3;        /* cipher suites of TLS 1.3 */
    const char *version;            /* least: "tlsv1.2" (the default) or "tlsv1.3" */
    const char *alpn;               /* a protocol, such as "mqtt", that is asked for, or granted */
    const char *psk, *psk_identity; /* client: hex, and its name: in place of certificates */
    const char *keylog_file;  /* session secrets are appended in the form that Wireshark reads */
    bool insecure;            /* client: a certificate of any host will do; where neither ca_file
                                 nor ca_path says whom to trust, any certificate */
    bool require_certificate; /* server: clients have to show one */
};

struct net_tls;

/* NULL: *error says why. */
struct net_tls *net_tls_client(const struct net_tls_options *options, struct net_error *error);
struct net_tls *net_tls_server(const struct net_tls_options *options, struct net_error *error);

/* Streams that use it keep what they need. */
void net_tls_free(struct net_tls *tls);

#endif
