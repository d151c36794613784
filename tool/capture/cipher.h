/* SPDX-License-Identifier: MIT */
/* Opening TLS records, of 1.2 (RFC 5246) and 1.3 (RFC 8446).  All cryptography is OpenSSL's. */
#ifndef CAPTURE_CIPHER_H
#define CAPTURE_CIPHER_H

#include "keys.h"

#include <openssl/evp.h>

struct suite;

/* NULL: it is not one that can be undone, or not one of this version. */
const struct suite *suite_find(uint16_t number, bool version_1_3);

enum { MAC_MAX = 48 };

/* Opens the records of one direction, one after the other. */
struct opener {
    EVP_CIPHER_CTX *context; /* NULL: none */
    const struct suite *suite;
    uint64_t sequence;
    uint8_t iv[12];
    uint8_t mac_key[MAC_MAX];
    uint8_t secret[SECRET_MAX]; /* 1.3 */
    bool version_1_3;
    bool mac_last; /* RFC 7366 */
};

/* What the two hellos say that keys of 1.2 are made of. */
struct hellos {
    uint8_t client[RANDOM_SIZE], server[RANDOM_SIZE];
    bool mac_last;
};

/* Start anew.  False: OpenSSL refuses. */
bool opener_master(struct opener *opener, const struct suite *suite, const uint8_t *master,
                   size_t size, const struct hellos *hellos, bool client);
bool opener_secret(struct opener *opener, const struct suite *suite, const uint8_t *secret,
                   size_t size);

/* 1.3: the keys after these. */
bool opener_update(struct opener *opener);

/*
 * Opens a record, of which the header is five bytes, into out, which has room for len bytes and 16
 * more.  The number of bytes in it, or -1: it is not of these keys, or not the next one.
 */
int opener_open(struct opener *opener, const uint8_t header[5], const uint8_t *data, size_t len,
                uint8_t *out, uint8_t *type);

/* The bytes that are in a record of this length, or -1 where that cannot be told. */
int opener_size(const struct opener *opener, size_t len);

void opener_close(struct opener *opener);

#endif
