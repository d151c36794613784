/* SPDX-License-Identifier: MIT */
/* Contexts of OpenSSL, from options. */
#include "tls.h"

#include "fail.h"
#include "tls_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The first error of the queue is the nearest to the cause. */
const char *net_tls_reason(void)
{
    unsigned long code = ERR_get_error();
    const char *reason =
        ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason ? reason : "TLS failed";
}

/* About a file, or an option's value. */
static bool refuse(const char *what, struct net_error *error)
{
    return net_fail(error, NET_CONFIG, "%s: %s", what, net_tls_reason());
}

/* Where there is no password, nobody is asked for one at the terminal. */
static int give_password(char *buffer, int cap, int writing, void *arg)
{
    const struct net_tls_options *options = *(const struct net_tls_options **)arg;
    size_t len = options->key_password ? strlen(options->key_password) : 0;
    (void)writing;
    if (!len || len > (size_t)cap)
        return -1;
    memcpy(buffer, options->key_password, len);
    return (int)len;
}

static bool set_certificate(struct net_tls *tls, const struct net_tls_options *options,
                            struct net_error *error)
{
    const char *key = options->key_file ? options->key_file : options->cert_file;
    bool done;

    if (!options->cert_file && !options->key_file && !tls->server)
        return true;
    if (!options->cert_file)
        return net_fail(error, NET_CONFIG,
                        tls->server ? "a server needs a certificate"
                                    : "a key needs its certificate");
    if (SSL_CTX_use_certificate_chain_file(tls->context, options->cert_file) != 1)
        return refuse(options->cert_file, error);
    SSL_CTX_set_default_passwd_cb(tls->context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(tls->context, &options);
    done = SSL_CTX_use_PrivateKey_file(tls->context, key, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(tls->context, NULL);
    return done || refuse(key, error);
}

static bool set_trust(struct net_tls *tls, const struct net_tls_options *options,
                      struct net_error *error)
{
    if (options->ca_file && SSL_CTX_load_verify_file(tls->context, options->ca_file) != 1)
        return refuse(options->ca_file, error);
    /* OpenSSL looks into the folder later, and says nothing if there is none. */
    if (options->ca_path && access(options->ca_path, R_OK | X_OK))
        return net_fail(error, NET_CONFIG, "%s: %s", options->ca_path, strerror(errno));
    if (options->ca_path && SSL_CTX_load_verify_dir(tls->context, options->ca_path) != 1)
        return refuse(options->ca_path, error);
    if (options->ca_file || options->ca_path)
        return true;
    if (!tls->server && SSL_CTX_set_default_verify_paths(tls->context) != 1)
        return refuse("the system's certificates", error);
    return true;
}

static bool set_revoked(struct net_tls *tls, const char *path, struct net_error *error)
{
    X509_STORE *store = SSL_CTX_get_cert_store(tls->context);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

    if (!path)
        return true;
    if (!lookup || X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) < 1)
        return refuse(path, error);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    return true;
}

static bool set_demands(struct net_tls *tls, const struct net_tls_options *options,
                        struct net_error *error)
{
    STACK_OF(X509_NAME) * names;
    bool told = options->ca_file || options->ca_path; /* whom to trust */
    bool verified = tls->server ? options->require_certificate : !options->insecure || told;

    SSL_CTX_set_verify(
        tls->context,
        verified ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    if (!tls->server || !options->require_certificate)
        return true;
    if (!options->ca_file && !options->ca_path)
        return net_fail(error, NET_CONFIG,
                        "to require certificates, a server needs to know who signs them");
    /* The names are a hint for clients that have several certificates. */
    if (options->ca_file && (names = SSL_load_client_CA_file(options->ca_file)))
        SSL_CTX_set_client_CA_list(tls->context, names);
    ERR_clear_error();
    return true;
}

static bool set_ciphers(struct net_tls *tls, const struct net_tls_options *options,
                        struct net_error *error)
{
    int version = TLS1_2_VERSION;
    if (options->version && !strcasecmp(options->version, "tlsv1.3"))
        version = TLS1_3_VERSION;
    else if (options->version && strcasecmp(options->version, "tlsv1.2"))
        return net_fail(error, NET_CONFIG, "%s: the TLS version is tlsv1.2 or tlsv1.3",
                        options->version);
    SSL_CTX_set_min_proto_version(tls->context, version);
    if (options->ciphers && SSL_CTX_set_cipher_list(tls->context, options->ciphers) != 1)
        return refuse(options->ciphers, error);
    if (options->ciphers_1_3 && SSL_CTX_set_ciphersuites(tls->context, options->ciphers_1_3) != 1)
        return refuse(options->ciphers_1_3, error);
    return true;
}

/* ALPN, RFC 7301: a server that the client does not ask for the protocol goes on without. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    const struct net_tls *tls = arg;
    const unsigned char *own = (const unsigned char *)tls->alpn;
    (void)ssl;
    for (unsigned at = 0; at < in_len; at += 1U + in[at])
        if (in[at] == own[0] && !memcmp(in + at, own, 1U + own[0])) {
            *out = in + at + 1;
            *out_len = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

static bool set_protocol(struct net_tls *tls, const char *protocol, struct net_error *error)
{
    size_t len = protocol ? strlen(protocol) : 0;
    if (!protocol)
        return true;
    if (!len || len > UINT8_MAX)
        return net_fail(error, NET_CONFIG, "a protocol of ALPN has 1 to 255 bytes");
    tls->alpn = malloc(len + 1);
    if (!tls->alpn)
        return net_fail(error, NET_MEMORY, "out of memory");
    tls->alpn[0] = (char)len;
    memcpy(tls->alpn + 1, protocol, len);
    if (tls->server)
        SSL_CTX_set_alpn_select_cb(tls->context, choose_protocol, tls);
    else
        SSL_CTX_set_alpn_protos(tls->context, (unsigned char *)tls->alpn, (unsigned)len + 1);
    return true;
}

static unsigned give_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_cap,
                         unsigned char *psk, unsigned psk_cap)
{
    const struct net_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    (void)hint;
    if (strlen(tls->psk_identity) >= identity_cap || tls->psk_len > (long)psk_cap)
        return 0;
    memcpy(identity, tls->psk_identity, strlen(tls->psk_identity) + 1);
    memcpy(psk, tls->psk, (size_t)tls->psk_len);
    return (unsigned)tls->psk_len;
}

static bool set_psk(struct net_tls *tls, const struct net_tls_options *options,
                    struct net_error *error)
{
    if (!options->psk)
        return true;
    if (!options->psk_identity)
        return net_fail(error, NET_CONFIG, "a pre-shared key needs an identity");
    tls->psk = OPENSSL_hexstr2buf(options->psk, &tls->psk_len);
    ERR_clear_error();
    if (!tls->psk || !tls->psk_len)
        return net_fail(error, NET_CONFIG, "a pre-shared key is written in hex");
    tls->psk_identity = strdup(options->psk_identity);
    if (!tls->psk_identity)
        return net_fail(error, NET_MEMORY, "out of memory");
    /* In TLS 1.3 such a key goes with SHA-256 alone; a server that has a certificate, too, would
     * choose another suite, and the certificate. */
    if (!options->ciphers_1_3)
        SSL_CTX_set_ciphersuites(tls->context,
                                 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set_psk_client_callback(tls->context, give_psk);
    return true;
}

/* The form is that of NSS's SSLKEYLOGFILE; several processes may append to one file. */
static void log_key(const SSL *ssl, const char *line)
{
    const struct net_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    dprintf(tls->keylog, "%s\n", line);
}

static bool set_keylog(struct net_tls *tls, const char *path, struct net_error *error)
{
    if (!path)
        return true;
    tls->keylog = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (tls->keylog < 0)
        return net_fail(error, NET_CONFIG, "%s: %s", path, strerror(errno));
    SSL_CTX_set_keylog_callback(tls->context, log_key);
    return true;
}

static bool set_all(struct net_tls *tls, const struct net_tls_options *options,
                    struct net_error *error)
{
    SSL_CTX_set_app_data(tls->context, tls);
    SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS);
    /* Tickets are all that sessions need here; a server has to name what they are good for. */
    SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    if (tls->server)
        SSL_CTX_set_session_id_context(tls->context, (const unsigned char *)"mqttwire", 8);
    return set_ciphers(tls, options, error) && set_trust(tls, options, error) &&
           set_revoked(tls, options->crl_file, error) && set_certificate(tls, options, error) &&
           set_demands(tls, options, error) && set_protocol(tls, options->alpn, error) &&
           set_psk(tls, options, error) && set_keylog(tls, options->keylog_file, error);
}

static struct net_tls *new_tls(bool server, const struct net_tls_options *options,
                               struct net_error *error)
{
    struct net_tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    ERR_clear_error();
    tls->users = 1;
    tls->keylog = -1;
    tls->server = server;
    tls->insecure = options->insecure;
    tls->context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    if (!tls->context)
        net_fail(error, NET_TLS, "%s", net_tls_reason());
    else if (set_all(tls, options, error))
        return tls;
    net_tls_free(tls);
    return NULL;
}

struct net_tls *net_tls_client(const struct net_tls_options *options, struct net_error *error)
{
    return new_tls(false, options, error);
}

struct net_tls *net_tls_server(const struct net_tls_options *options, struct net_error *error)
{
    return new_tls(true, options, error);
}

void net_tls_free(struct net_tls *tls)
{
    if (!tls || --tls->users)
        return;
    SSL_CTX_free(tls->context);
    if (tls->keylog >= 0)
        close(tls->keylog);
    OPENSSL_clear_free(tls->psk, (size_t)tls->psk_len);
    free(tls->psk_identity);
    free(tls->alpn);
    free(tls);
}
