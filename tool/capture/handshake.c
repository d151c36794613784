/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include <string.h>

enum {
    HEAD = 4,
    HELLO_MAX = 1 << 16,
    ENCRYPT_THEN_MAC = 22,
    EARLY_DATA = 42,
    SUPPORTED_VERSIONS = 43
};

static bool is_hello(const struct handshake *handshake)
{
    uint8_t type = handshake->head[0];
    return type == CLIENT_HELLO || type == SERVER_HELLO || type == ENCRYPTED_EXTENSIONS;
}

bool handshake_next(struct handshake *handshake, struct memory *memory, const uint8_t **data,
                    size_t *len, struct message *message)
{
    struct buffer *body = &handshake->body;

    if (handshake->have == HEAD && !handshake->left) { /* of the message that was told */
        handshake->have = 0;
        buffer_clear(memory, body);
    }
    while (*len && handshake->have < HEAD) {
        handshake->head[handshake->have++] = *(*data)++;
        --*len;
        if (handshake->have == HEAD)
            handshake->left = (uint32_t)handshake->head[1] << 16 |
                              (uint32_t)handshake->head[2] << 8 | handshake->head[3];
    }
    if (handshake->have < HEAD)
        return false;
    if (handshake->left) {
        size_t part = *len < handshake->left ? *len : handshake->left;
        if (is_hello(handshake) && body->len + part <= HELLO_MAX)
            (void)buffer_add(memory, body, *data, part);
        handshake->left -= (uint32_t)part;
        *data += part;
        *len -= part;
        if (handshake->left)
            return false;
    }
    message->type = handshake->head[0];
    message->data = body->data;
    message->len = body->len;
    return true;
}

void handshake_free(struct handshake *handshake, struct memory *memory)
{
    buffer_free(memory, &handshake->body);
}

/* ---- Hellos ---- */

/* What is left of a message; reading past its end empties it, and answers 0. */
struct rest {
    const uint8_t *at;
    size_t len;
    bool short_;
};

static const uint8_t *take(struct rest *rest, size_t count)
{
    const uint8_t *at = rest->at;
    if (count > rest->len) {
        rest->short_ = true;
        rest->len = 0;
        return NULL;
    }
    rest->at += count;
    rest->len -= count;
    return at;
}

static unsigned number(struct rest *rest, size_t size)
{
    const uint8_t *at = take(rest, size);
    unsigned value = 0;
    while (at && size--)
        value = value << 8 | *at++;
    return value;
}

bool handshake_client_hello(const struct message *message, uint8_t random[RANDOM_SIZE])
{
    if (message->len < 2 + RANDOM_SIZE)
        return false;
    memcpy(random, message->data + 2, RANDOM_SIZE);
    return true;
}

bool handshake_server_hello(const struct message *message, struct server_hello *hello)
{
    struct rest rest;
    const uint8_t *random;

    memset(hello, 0, sizeof *hello);
    rest.at = message->data;
    rest.len = message->len;
    rest.short_ = false;
    hello->version = (uint16_t)number(&rest, 2);
    random = take(&rest, RANDOM_SIZE);
    (void)take(&rest, number(&rest, 1)); /* the session's identifier */
    hello->suite = (uint16_t)number(&rest, 2);
    (void)number(&rest, 1);
    if (rest.short_ || !random)
        return false;
    memcpy(hello->random, random, RANDOM_SIZE);
    (void)number(&rest, 2);
    while (rest.len) {
        unsigned type = number(&rest, 2);
        size_t size = number(&rest, 2);
        const uint8_t *value = take(&rest, size);
        if (value && type == SUPPORTED_VERSIONS && size == 2)
            hello->version = (uint16_t)(value[0] << 8 | value[1]);
        hello->mac_last |= type == ENCRYPT_THEN_MAC;
    }
    return true;
}

bool handshake_early_data(const struct message *message)
{
    struct rest rest = {message->data, message->len, false};
    bool early = false;

    (void)number(&rest, 2);
    while (rest.len) {
        early |= number(&rest, 2) == EARLY_DATA;
        (void)take(&rest, number(&rest, 2));
    }
    return early;
}
