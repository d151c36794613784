/* SPDX-License-Identifier: MIT */
/*
 * Secrets of TLS connections, from a key log file or from the capture itself: lines of a label, the
 * client's random number, and the secret, in hex (draft-ietf-tls-keylogfile).
 */
#ifndef CAPTURE_KEYS_H
#define CAPTURE_KEYS_H

#include "capture.h"
#include "memory.h"

enum secret {
    SECRET_MASTER, /* of TLS 1.2; the others are of 1.3 */
    SECRET_EARLY,
    SECRET_CLIENT_HANDSHAKE,
    SECRET_SERVER_HANDSHAKE,
    SECRET_CLIENT,
    SECRET_SERVER,
    SECRETS
};

enum { RANDOM_SIZE = 32, SECRET_MAX = 48, RECORD_MAX = (1 << 14) + 2048 };

/* What is known of a connection; a secret of no length is not. */
struct session {
    uint8_t random[RANDOM_SIZE];
    uint8_t secrets[SECRETS][SECRET_MAX];
    uint8_t sizes[SECRETS];
    struct session *next; /* in its bucket */
};

struct keys {
    struct memory *memory;
    uint64_t key[2]; /* of the hash */
    struct session **buckets;
    size_t bucket_count, count;
    int file;      /* descriptor, or -1 */
    uint64_t read; /* secrets in it, kept or not, and as often as they were read */
    bool given;    /* somebody gave some, fitting or not */
    char line[512];
    size_t len; /* of a line that has not all come; as much as there is room for: it is none */
    uint8_t text[RECORD_MAX + 16]; /* of the record that was opened last, of any connection */
};

void keys_open(struct keys *keys, struct memory *memory);

/* Reads a key log file, which may grow.  False: error says why. */
bool keys_read(struct keys *keys, const char *path, struct capture_error *error);

/* Takes a key log as it stands in a capture. */
void keys_add(struct keys *keys, const uint8_t *text, size_t len);

/* NULL: there are none for this connection, in the file neither, as far as it has grown. */
const struct session *keys_find(struct keys *keys, const uint8_t random[RANDOM_SIZE]);

void keys_close(struct keys *keys);

#endif
