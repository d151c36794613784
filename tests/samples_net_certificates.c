/* SPDX-License-Identifier: MIT */
/* Certificates for tests of samples/net, made when they run. */
#include "samples_net.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

enum { DAY = 24 * 60 * 60 };

const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static void save(const char *name, X509 *certificate, EVP_PKEY *key, const char *password)
{
    FILE *file = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert(PEM_write_X509(file, certificate));
    ck_assert(PEM_write_PrivateKey(file, key, password ? EVP_aes_128_cbc() : NULL,
                                   (const unsigned char *)password,
                                   password ? (int)strlen(password) : 0, NULL, NULL));
    ck_assert(!fclose(file));
}

struct authority {
    X509 *certificate;
    EVP_PKEY *key;
};

/* from and until: days from now.  names: subjectAltName; NULL: it is an authority. */
static X509 *sign(const struct authority *by, EVP_PKEY *key, const char *common, const char *names,
                  int from, int until)
{
    static long serial;
    X509 *made = X509_new();
    X509_NAME *subject = X509_get_subject_name(made);

    ck_assert(X509_set_version(made, 2));
    ck_assert(ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial));
    X509_gmtime_adj(X509_getm_notBefore(made), (long)from * DAY);
    X509_gmtime_adj(X509_getm_notAfter(made), (long)until * DAY);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Tests", -1, -1,
                               0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1,
                               0);
    ck_assert(X509_set_issuer_name(made, by ? X509_get_subject_name(by->certificate) : subject));
    ck_assert(X509_set_pubkey(made, key));
    if (names)
        extend(made, NID_subject_alt_name, names);
    else
        extend(made, NID_basic_constraints, "critical,CA:TRUE");
    ck_assert(X509_sign(made, by ? by->key : key, EVP_sha256()));
    return made;
}

static struct authority make_authority(const char *file, const char *common)
{
    struct authority made;
    made.key = EVP_EC_gen("P-256");
    made.certificate = sign(NULL, made.key, common, NULL, -1, 10);
    save(file, made.certificate, made.key, NULL);
    return made;
}

static void make(const struct authority *by, const char *file, const char *common,
                 const char *names, int from, int until, const char *password)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = sign(by, key, common, names, from, until);
    save(file, certificate, key, password);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void certificates_make(void)
{
    const char *here = "DNS:localhost,IP:127.0.0.1,IP:::1";
    const char *tmp = getenv("TMPDIR");
    struct authority ca;

    snprintf(folder, sizeof folder, "%s/samples-net-XXXXXX",
             tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ca = make_authority("other.pem", "Other");
    X509_free(ca.certificate);
    EVP_PKEY_free(ca.key);
    ca = make_authority("ca.pem", "Authority");
    make(&ca, "server.pem", "localhost", here, -1, 10, NULL);
    make(&ca, "client.pem", "Jürgen", "DNS:client", -1, 10, NULL);
    make(&ca, "secret.pem", "secret", "DNS:client", -1, 10, "tiger");
    make(&ca, "expired.pem", "localhost", here, -10, -1, NULL);
    make(&ca, "early.pem", "localhost", here, 1, 10, NULL);
    make(&ca, "wrong.pem", "elsewhere", "DNS:elsewhere.example,IP:192.0.2.1", -1, 10, NULL);
    X509_free(ca.certificate);
    EVP_PKEY_free(ca.key);
}

void certificates_remove(void)
{
    static const char *const names[] = {"ca.pem",      "other.pem", "server.pem", "client.pem",
                                        "secret.pem",  "early.pem", "wrong.pem",  "keys.log",
                                        "expired.pem", "socket"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    ck_assert(!rmdir(folder));
}
