/* SPDX-License-Identifier: MIT */
/* OpenSSL between two memory BIOs: `in` has what the peer sent, `out` what it shall get. */
#include "tls_layer.h"

#include "fail.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 16384 /* bytes: a record of TLS */ };

struct tls_layer {
    struct net_layer layer;
    struct net_tls *tls;
    SSL *ssl;
    BIO *in, *out; /* of ssl */
    bool open;     /* the handshake is done */
    bool over;     /* nothing more can be read or written */
    char *host, *identity, *subject;
};

static struct tls_layer *of(struct net_layer *layer)
{
    return (struct tls_layer *)layer;
}

static bool flush(struct tls_layer *tls)
{
    char *data;
    long len = BIO_get_mem_data(tls->out, &data);
    bool done = len <= 0 || tls->layer.below->calls->write(tls->layer.below, (const uint8_t *)data,
                                                           (size_t)len);
    (void)BIO_reset(tls->out);
    return done;
}

/* What is above may wait for the peer's last words: they would not get through any more. */
static void finish_below(struct tls_layer *tls)
{
    tls->layer.below->calls->finish(tls->layer.below);
}

static void fail_certificate(struct tls_layer *tls)
{
    long result = SSL_get_verify_result(tls->ssl);
    struct net_layer *layer = &tls->layer;

    ERR_clear_error();
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        net_layer_fail(layer, NET_TLS, "the certificate has expired");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        net_layer_fail(layer, NET_TLS, "the certificate is not valid yet");
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        net_layer_fail(layer, NET_TLS, "the certificate is not for %s", tls->host);
        break;
    default:
        net_layer_fail(layer, NET_TLS, "the certificate is not trusted: %s",
                       X509_verify_cert_error_string(result));
    }
}

/* OpenSSL has put an alert into `out`, where one is due. */
static void fail(struct tls_layer *tls)
{
    tls->over = true;
    flush(tls);
    switch (ERR_GET_REASON(ERR_peek_error())) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        fail_certificate(tls);
        break;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG: /* as CONNACK has it, whose first bytes look right */
        ERR_clear_error();
        net_layer_fail(&tls->layer, NET_TLS, "the peer does not speak TLS");
        break;
    default:
        net_layer_fail(&tls->layer, NET_TLS, "TLS: %s", net_tls_reason());
    }
    finish_below(tls);
}

/* After a call of OpenSSL that did not do what it should: is it more than that bytes are missing? */
static bool waits(struct tls_layer *tls, int result)
{
    return SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ;
}

/* RFC 2253, as mosquitto's use_subject_as_username has it. */
static char *print_subject(X509_NAME *subject)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *data, *copy = NULL;
    if (text && X509_NAME_print_ex(text, subject, 0, XN_FLAG_RFC2253) >= 0) {
        long len = BIO_get_mem_data(text, &data);
        if (len > 0) /* one without parts is no name */
            copy = strndup(data, (size_t)len);
    }
    BIO_free(text);
    return copy;
}

/* A name with a zero byte in it could be taken for a shorter one: it is none, nor is an empty one. */
static char *common_name(X509_NAME *subject)
{
    int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *text;
    char *copy = NULL;
    int len;
    if (index < 0)
        return NULL;
    len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (len < 0)
        return NULL;
    if (len && !memchr(text, 0, (size_t)len))
        copy = strndup((const char *)text, (size_t)len);
    OPENSSL_free(text);
    return copy;
}

static void remember_peer(struct tls_layer *tls)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    if (!certificate || SSL_get_verify_mode(tls->ssl) == SSL_VERIFY_NONE ||
        SSL_get_verify_result(tls->ssl) != X509_V_OK)
        return;
    tls->identity = common_name(X509_get_subject_name(certificate));
    tls->subject = print_subject(X509_get_subject_name(certificate));
}

static void shake_hands(struct tls_layer *tls)
{
    int result;
    ERR_clear_error();
    result = SSL_do_handshake(tls->ssl);
    if (result != 1 && !waits(tls, result)) {
        fail(tls);
        return;
    }
    flush(tls);
    if (result != 1 || net_layer_gone(&tls->layer))
        return;
    tls->open = true;
    remember_peer(tls);
    tls->layer.above->calls->start(tls->layer.above);
}

static void read_all(struct tls_layer *tls)
{
    struct net_layer *above = tls->layer.above;
    uint8_t data[PIECE];

    while (!tls->over && !net_layer_gone(&tls->layer)) {
        size_t len;
        int result;
        ERR_clear_error();
        result = SSL_read_ex(tls->ssl, data, sizeof data, &len);
        if (result == 1) {
            above->calls->feed(above, data, len);
        } else if (waits(tls, result)) {
            break;
        } else if (SSL_get_error(tls->ssl, result) == SSL_ERROR_ZERO_RETURN) {
            tls->over = true;
            above->calls->ended(above);
        } else {
            fail(tls);
        }
    }
    flush(tls); /* an answer to a key update, say */
}

static void tls_start(struct net_layer *layer)
{
    shake_hands(of(layer));
}

static void tls_feed(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct tls_layer *tls = of(layer);
    /* Pieces, as the BIO keeps the memory that it once had. */
    while (len && !tls->over && !net_layer_gone(layer)) {
        size_t piece = len < PIECE ? len : PIECE;
        if (BIO_write(tls->in, data, (int)piece) != (int)piece) {
            tls->over = true;
            net_layer_fail(layer, NET_MEMORY, "out of memory");
            finish_below(tls);
            return;
        }
        if (!tls->open)
            shake_hands(tls);
        if (tls->open)
            read_all(tls);
        data += piece;
        len -= piece;
    }
}

static void tls_ended(struct net_layer *layer)
{
    struct tls_layer *tls = of(layer);
    tls->over = true;
    if (tls->open)
        net_layer_fail(layer, NET_BROKEN, "the connection ended without a word of TLS");
    else
        net_layer_fail(layer, NET_TLS, "the peer closed the connection in the TLS handshake");
    finish_below(tls);
}

static bool tls_write(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct tls_layer *tls = of(layer);
    while (len && tls->open && !net_layer_gone(layer)) {
        size_t piece = len < PIECE ? len : PIECE, done;
        ERR_clear_error();
        if (SSL_write_ex(tls->ssl, data, piece, &done) != 1) {
            fail(tls);
            return true;
        }
        if (!flush(tls))
            return false;
        data += done;
        len -= done;
    }
    return true;
}

static void tls_finish(struct net_layer *layer)
{
    struct tls_layer *tls = of(layer);
    if (tls->open) {
        ERR_clear_error();
        SSL_shutdown(tls->ssl); /* which does nothing after a failure */
        flush(tls);
        ERR_clear_error();
        tls->open = false;
    }
    tls->over = true;
    finish_below(tls);
}

static void tls_free(struct net_layer *layer)
{
    struct tls_layer *tls = of(layer);
    SSL_free(tls->ssl);
    net_tls_free(tls->tls);
    free(tls->host);
    free(tls->identity);
    free(tls->subject);
    free(tls);
}

static const struct net_layer_calls tls_calls = {
    tls_start, tls_feed, tls_ended, tls_write, tls_finish, tls_free,
};

/* Whom a client wants to talk to.  An address is no name: it is not sent, RFC 6066 3. */
static bool set_host(struct tls_layer *tls, const char *host)
{
    unsigned char address[16];
    bool numeric =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;

    tls->host = strdup(host);
    if (!tls->host || (!numeric && SSL_set_tlsext_host_name(tls->ssl, tls->host) != 1))
        return false;
    if (tls->tls->insecure)
        return true;
    if (numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host) == 1;
    SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(tls->ssl, host) == 1;
}

static bool set_ssl(struct tls_layer *tls, const char *host)
{
    tls->ssl = SSL_new(tls->tls->context);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (!tls->ssl || !tls->in || !tls->out) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        return false;
    }
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    if (!host) {
        SSL_set_accept_state(tls->ssl);
        return true;
    }
    SSL_set_connect_state(tls->ssl);
    return set_host(tls, host);
}

struct net_layer *net_tls_layer(struct net_tls *tls, const char *host, struct net_error *error)
{
    struct tls_layer *made = calloc(1, sizeof *made);
    if (!made) {
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    made->layer.calls = &tls_calls;
    made->tls = tls;
    tls->users++;
    ERR_clear_error();
    if (set_ssl(made, host))
        return &made->layer;
    net_fail(error, NET_TLS, "%s", net_tls_reason());
    tls_free(&made->layer);
    return NULL;
}

const char *net_tls_layer_identity(const struct net_layer *layer)
{
    return ((const struct tls_layer *)layer)->identity;
}

const char *net_tls_layer_subject(const struct net_layer *layer)
{
    return ((const struct tls_layer *)layer)->subject;
}
