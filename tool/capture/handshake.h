/* SPDX-License-Identifier: MIT */
/* Messages of the TLS handshake, as far as keys depend on them: RFC 5246, 7.4; RFC 8446, 4. */
#ifndef CAPTURE_HANDSHAKE_H
#define CAPTURE_HANDSHAKE_H

#include "keys.h"

enum { VERSION_1_2 = 0x0303, VERSION_1_3 = 0x0304 };

enum message_type {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    END_OF_EARLY_DATA = 5,
    ENCRYPTED_EXTENSIONS = 8,
    FINISHED = 20,
    KEY_UPDATE = 24
};

/* A message; only those of hellos and extensions have their bytes. */
struct message {
    uint8_t type;
    const uint8_t *data; /* lasts until the next call */
    size_t len;
};

/* Puts the messages of an end together.  All zero: at the beginning of one. */
struct handshake {
    uint8_t head[4];
    uint32_t have, left; /* bytes of the head, and of what follows it */
    struct buffer body;
};

/* Takes bytes off the front until a message is complete; false: they are all taken. */
bool handshake_next(struct handshake *handshake, struct memory *memory, const uint8_t **data,
                    size_t *len, struct message *message);
void handshake_free(struct handshake *handshake, struct memory *memory);

/* One that asks for another hello is like the one that follows it, but for the random number. */
struct server_hello {
    uint8_t random[RANDOM_SIZE];
    uint16_t version, suite;
    bool mac_last; /* encrypt_then_mac was agreed on */
};

/* False: it is none. */
bool handshake_client_hello(const struct message *message, uint8_t random[RANDOM_SIZE]);
bool handshake_server_hello(const struct message *message, struct server_hello *hello);

/* Do the encrypted extensions of a server say that it takes early data? */
bool handshake_early_data(const struct message *message);

#endif
