/* SPDX-License-Identifier: MIT */
#include "cipher.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum mode { GCM, CHACHA, CCM, CBC };

enum { TAG = 16, EXPLICIT = 8, BLOCK = 16, EXTRA = 13 /* bytes before the text of a MAC */ };

struct suite {
    const uint16_t *numbers; /* until 0 */
    bool version_1_3;
    enum mode mode;
    uint8_t tag;
    const EVP_CIPHER *(*cipher)(void);
    uint8_t key;
    const EVP_MD *(*hash)(void); /* of the key schedule */
    const EVP_MD *(*mac)(void);
};

/* The registry's numbers, whatever the key exchange is: the key log has what comes of it. */
#define NUMBERS(name, ...) static const uint16_t name[] = {__VA_ARGS__, 0}
NUMBERS(aes_128_gcm_1_3, 0x1301);
NUMBERS(aes_256_gcm_1_3, 0x1302);
NUMBERS(chacha_1_3, 0x1303);
NUMBERS(aes_128_ccm_1_3, 0x1304);
NUMBERS(aes_128_ccm_8_1_3, 0x1305);
NUMBERS(aes_128_gcm, 0x009C, 0x009E, 0x00A2, 0x00A8, 0x00AA, 0x00AC, 0xC02B, 0xC02D, 0xC02F, 0xC031,
        0xD001);
NUMBERS(aes_256_gcm, 0x009D, 0x009F, 0x00A3, 0x00A9, 0x00AB, 0x00AD, 0xC02C, 0xC02E, 0xC030, 0xC032,
        0xD002);
NUMBERS(chacha, 0xCCA8, 0xCCA9, 0xCCAA, 0xCCAB, 0xCCAC, 0xCCAD, 0xCCAE);
NUMBERS(aes_128_ccm, 0xC09C, 0xC09E, 0xC0A4, 0xC0A6, 0xC0AC, 0xD005);
NUMBERS(aes_256_ccm, 0xC09D, 0xC09F, 0xC0A5, 0xC0A7, 0xC0AD);
NUMBERS(aes_128_ccm_8, 0xC0A0, 0xC0A2, 0xC0A8, 0xC0AA, 0xC0AE, 0xD003);
NUMBERS(aes_256_ccm_8, 0xC0A1, 0xC0A3, 0xC0A9, 0xC0AB, 0xC0AF);
NUMBERS(aes_128_cbc_sha, 0x002F, 0x0032, 0x0033, 0x008C, 0x0090, 0x0094, 0xC004, 0xC009, 0xC00E,
        0xC013, 0xC035);
NUMBERS(aes_256_cbc_sha, 0x0035, 0x0038, 0x0039, 0x008D, 0x0091, 0x0095, 0xC005, 0xC00A, 0xC00F,
        0xC014, 0xC036);
NUMBERS(aes_128_cbc_sha256, 0x003C, 0x0040, 0x0067, 0x00AE, 0x00B2, 0x00B6, 0xC023, 0xC025, 0xC027,
        0xC029, 0xC037);
NUMBERS(aes_256_cbc_sha256, 0x003D, 0x006A, 0x006B);
NUMBERS(aes_256_cbc_sha384, 0xC024, 0xC026, 0xC028, 0xC02A);
NUMBERS(aes_256_cbc_sha384_psk, 0x00AF, 0x00B3, 0x00B7, 0xC038);

static const struct suite suites[] = {
    {aes_128_gcm_1_3, true, GCM, TAG, EVP_aes_128_gcm, 16, EVP_sha256, NULL},
    {aes_256_gcm_1_3, true, GCM, TAG, EVP_aes_256_gcm, 32, EVP_sha384, NULL},
    {chacha_1_3, true, CHACHA, TAG, EVP_chacha20_poly1305, 32, EVP_sha256, NULL},
    {aes_128_ccm_1_3, true, CCM, TAG, EVP_aes_128_ccm, 16, EVP_sha256, NULL},
    {aes_128_ccm_8_1_3, true, CCM, 8, EVP_aes_128_ccm, 16, EVP_sha256, NULL},
    {aes_128_gcm, false, GCM, TAG, EVP_aes_128_gcm, 16, EVP_sha256, NULL},
    {aes_256_gcm, false, GCM, TAG, EVP_aes_256_gcm, 32, EVP_sha384, NULL},
    {chacha, false, CHACHA, TAG, EVP_chacha20_poly1305, 32, EVP_sha256, NULL},
    {aes_128_ccm, false, CCM, TAG, EVP_aes_128_ccm, 16, EVP_sha256, NULL},
    {aes_256_ccm, false, CCM, TAG, EVP_aes_256_ccm, 32, EVP_sha256, NULL},
    {aes_128_ccm_8, false, CCM, 8, EVP_aes_128_ccm, 16, EVP_sha256, NULL},
    {aes_256_ccm_8, false, CCM, 8, EVP_aes_256_ccm, 32, EVP_sha256, NULL},
    {aes_128_cbc_sha, false, CBC, 0, EVP_aes_128_cbc, 16, EVP_sha256, EVP_sha1},
    {aes_256_cbc_sha, false, CBC, 0, EVP_aes_256_cbc, 32, EVP_sha256, EVP_sha1},
    {aes_128_cbc_sha256, false, CBC, 0, EVP_aes_128_cbc, 16, EVP_sha256, EVP_sha256},
    {aes_256_cbc_sha256, false, CBC, 0, EVP_aes_256_cbc, 32, EVP_sha256, EVP_sha256},
    {aes_256_cbc_sha384, false, CBC, 0, EVP_aes_256_cbc, 32, EVP_sha384, EVP_sha384},
    {aes_256_cbc_sha384_psk, false, CBC, 0, EVP_aes_256_cbc, 32, EVP_sha384, EVP_sha384},
};

const struct suite *suite_find(uint16_t number, bool version_1_3)
{
    size_t i;
    const uint16_t *known;
    for (i = 0; i < sizeof suites / sizeof *suites; i++)
        for (known = suites[i].numbers; *known; known++)
            if (*known == number && suites[i].version_1_3 == version_1_3)
                return &suites[i];
    return NULL;
}

/* ---- Keys ---- */

static OSSL_PARAM text(const char *key, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}

static OSSL_PARAM octets(const char *key, const void *value, size_t size)
{
    return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)value, size);
}

static bool derive(const char *name, const OSSL_PARAM *params, uint8_t *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool good = context && EVP_KDF_derive(context, out, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

/* HKDF-Expand-Label of RFC 8446, 7.1. */
static bool expand(const struct suite *suite, const uint8_t *secret, const char *label,
                   uint8_t *out, size_t size)
{
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    size_t length = (size_t)EVP_MD_get_size(suite->hash());
    OSSL_PARAM params[] = {
        text(OSSL_KDF_PARAM_DIGEST, EVP_MD_get0_name(suite->hash())),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        octets(OSSL_KDF_PARAM_KEY, secret, length),
        octets(OSSL_KDF_PARAM_PREFIX, "tls13 ", 6),
        octets(OSSL_KDF_PARAM_LABEL, label, strlen(label)),
        OSSL_PARAM_END,
    };
    return derive("TLS13-KDF", params, out, size);
}

static bool begin(struct opener *opener, const struct suite *suite, const uint8_t *key)
{
    if (!opener->context)
        opener->context = EVP_CIPHER_CTX_new();
    opener->suite = suite;
    opener->sequence = 0;
    if (!opener->context || !EVP_CIPHER_CTX_reset(opener->context) ||
        !EVP_DecryptInit_ex(opener->context, suite->cipher(), NULL, NULL, NULL))
        return false;
    if (suite->mode == CCM &&
        (!EVP_CIPHER_CTX_ctrl(opener->context, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) ||
         !EVP_CIPHER_CTX_ctrl(opener->context, EVP_CTRL_AEAD_SET_TAG, suite->tag, NULL)))
        return false;
    return EVP_DecryptInit_ex(opener->context, NULL, NULL, key, NULL) == 1;
}

bool opener_secret(struct opener *opener, const struct suite *suite, const uint8_t *secret,
                   size_t size)
{
    uint8_t key[32];
    opener->version_1_3 = true;
    if (size != (size_t)EVP_MD_get_size(suite->hash()))
        return false;
    memmove(opener->secret, secret, size);
    return expand(suite, secret, "key", key, suite->key) &&
           expand(suite, secret, "iv", opener->iv, sizeof opener->iv) && begin(opener, suite, key);
}

bool opener_update(struct opener *opener)
{
    size_t size = (size_t)EVP_MD_get_size(opener->suite->hash());
    uint8_t next[SECRET_MAX];
    return expand(opener->suite, opener->secret, "traffic upd", next, size) &&
           opener_secret(opener, opener->suite, next, size);
}

/* RFC 5246, 6.3: two keys of the MAC, two of the cipher, two initial vectors. */
bool opener_master(struct opener *opener, const struct suite *suite, const uint8_t *master,
                   size_t size, const struct hellos *hellos, bool client)
{
    static const char label[] = "key expansion";
    size_t mac = suite->mac ? (size_t)EVP_MD_get_size(suite->mac()) : 0;
    size_t iv = suite->mode == CHACHA ? 12 : suite->mode == CBC ? 0 : 4;
    uint8_t seed[2 * RANDOM_SIZE], block[2 * (MAC_MAX + 32 + 12)];
    OSSL_PARAM params[] = {
        text(OSSL_KDF_PARAM_DIGEST, EVP_MD_get0_name(suite->hash())),
        octets(OSSL_KDF_PARAM_SECRET, master, size),
        octets(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
        octets(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
        OSSL_PARAM_END,
    };

    memcpy(seed, hellos->server, RANDOM_SIZE);
    memcpy(seed + RANDOM_SIZE, hellos->client, RANDOM_SIZE);
    opener->version_1_3 = false;
    opener->mac_last = hellos->mac_last;
    if (!derive("TLS1-PRF", params, block, 2 * (mac + suite->key + iv)))
        return false;
    memcpy(opener->mac_key, block + (client ? 0 : mac), mac);
    memcpy(opener->iv, block + 2 * (mac + suite->key) + (client ? 0 : iv), iv);
    return begin(opener, suite, block + 2 * mac + (client ? 0 : suite->key));
}

/* ---- Records ---- */

static void number(uint8_t *out, uint64_t value)
{
    int i;
    for (i = 8; i--; value >>= 8)
        out[i] = (uint8_t)value;
}

/* What a MAC is of, beside the text: RFC 5246, 6.2.3.1. */
static void extra(const struct opener *opener, const uint8_t header[5], size_t len, uint8_t *out)
{
    number(out, opener->sequence);
    memcpy(out + 8, header, 3);
    out[11] = (uint8_t)(len >> 8);
    out[12] = (uint8_t)len;
}

static int open_aead(struct opener *opener, const uint8_t header[5], const uint8_t *data,
                     size_t len, uint8_t *out)
{
    const struct suite *suite = opener->suite;
    bool explicit = !opener->version_1_3 && suite->mode != CHACHA;
    uint8_t nonce[12], aad[EXTRA], tag[TAG], sequence[8];
    size_t overhead = suite->tag + (explicit ? EXPLICIT : 0U), i;
    int size = 0, aad_size = 5, rest;

    if (len < overhead)
        return -1;
    memcpy(nonce, opener->iv, sizeof nonce);
    if (explicit) {
        memcpy(nonce + 4, data, EXPLICIT);
        data += EXPLICIT;
    } else {
        number(sequence, opener->sequence);
        for (i = 0; i < 8; i++)
            nonce[4 + i] ^= sequence[i];
    }
    len -= overhead;
    if (opener->version_1_3) {
        memcpy(aad, header, 5);
    } else {
        extra(opener, header, len, aad);
        aad_size = EXTRA;
    }
    memcpy(tag, data + len, suite->tag);
    if (!EVP_CIPHER_CTX_ctrl(opener->context, EVP_CTRL_AEAD_SET_TAG, suite->tag, tag) ||
        !EVP_DecryptInit_ex(opener->context, NULL, NULL, NULL, nonce) ||
        (suite->mode == CCM && !EVP_DecryptUpdate(opener->context, NULL, &size, NULL, (int)len)) ||
        !EVP_DecryptUpdate(opener->context, NULL, &size, aad, aad_size) ||
        EVP_DecryptUpdate(opener->context, out, &size, data, (int)len) <= 0)
        return -1;
    if (suite->mode != CCM && EVP_DecryptFinal_ex(opener->context, out + size, &rest) <= 0)
        return -1;
    return (int)len;
}

/* Is this the MAC of a text in a record? */
static bool check_mac(const struct opener *opener, const uint8_t header[5], const uint8_t *of,
                      size_t len, const uint8_t *mac)
{
    const EVP_MD *hash = opener->suite->mac();
    size_t size = (size_t)EVP_MD_get_size(hash);
    uint8_t before[EXTRA], found[MAC_MAX];
    EVP_MAC *kind = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = kind ? EVP_MAC_CTX_new(kind) : NULL;
    OSSL_PARAM params[] = {text(OSSL_MAC_PARAM_DIGEST, EVP_MD_get0_name(hash)), OSSL_PARAM_END};
    bool good;

    extra(opener, header, len, before);
    good = context && EVP_MAC_init(context, opener->mac_key, size, params) == 1 &&
           EVP_MAC_update(context, before, sizeof before) == 1 &&
           EVP_MAC_update(context, of, len) == 1 &&
           EVP_MAC_final(context, found, NULL, sizeof found) == 1 && !memcmp(found, mac, size);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(kind);
    return good;
}

/* RFC 5246, 6.2.3.2; the MAC is of the text, or of what became of it (RFC 7366). */
static int open_cbc(struct opener *opener, const uint8_t header[5], const uint8_t *data, size_t len,
                    uint8_t *out)
{
    size_t mac = (size_t)EVP_MD_get_size(opener->suite->mac()), padding, i;
    int size = 0;

    if (opener->mac_last) {
        if (len < mac || !check_mac(opener, header, data, len - mac, data + len - mac))
            return -1;
        len -= mac;
    }
    if (len < 2 * BLOCK || len % BLOCK ||
        !EVP_DecryptInit_ex(opener->context, NULL, NULL, NULL, data) ||
        !EVP_CIPHER_CTX_set_padding(opener->context, 0) ||
        !EVP_DecryptUpdate(opener->context, out, &size, data + BLOCK, (int)(len - BLOCK)))
        return -1;
    len -= BLOCK;
    padding = out[len - 1] + (size_t)1;
    if (padding > len)
        return -1;
    for (i = 1; i <= padding; i++)
        if (out[len - i] != padding - 1)
            return -1;
    len -= padding;
    if (opener->mac_last)
        return (int)len;
    if (len < mac || !check_mac(opener, header, out, len - mac, out + len - mac))
        return -1;
    return (int)(len - mac);
}

int opener_open(struct opener *opener, const uint8_t header[5], const uint8_t *data, size_t len,
                uint8_t *out, uint8_t *type)
{
    int size = opener->suite->mode == CBC ? open_cbc(opener, header, data, len, out)
                                          : open_aead(opener, header, data, len, out);
    if (size < 0)
        return size;
    opener->sequence++;
    *type = header[0];
    if (!opener->version_1_3)
        return size;
    while (size && !out[size - 1]) /* padding */
        size--;
    if (!size)
        return -1;
    *type = out[size - 1];
    return size - 1;
}

int opener_size(const struct opener *opener, size_t len)
{
    size_t overhead = opener->suite->tag + (opener->suite->mode == CHACHA ? 0U : EXPLICIT);
    if (opener->version_1_3 || opener->suite->mode == CBC || len < overhead)
        return -1;
    return (int)(len - overhead);
}

void opener_close(struct opener *opener)
{
    EVP_CIPHER_CTX_free(opener->context);
    memset(opener, 0, sizeof *opener);
}
