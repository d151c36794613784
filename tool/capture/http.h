/* SPDX-License-Identifier: MIT */
/* The HTTP heads that begin a WebSocket connection: RFC 6455, section 4. */
#ifndef CAPTURE_HTTP_H
#define CAPTURE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_HEAD_MAX = 16384 /* bytes; longer ones are not read */ };

enum http_answer {
    HTTP_MORE,  /* the head goes on */
    HTTP_OTHER, /* it is no WebSocket handshake */
    HTTP_WEBSOCKET
};

struct http_head {
    size_t size; /* bytes, with the empty line */
    bool response;
    size_t status,
        status_len; /* place of "401 Unauthorized" in an answer that refuses, and bytes */
    bool mqtt;      /* mqtt is among the subprotocols, or is the one */
    bool deflate;   /* permessage-deflate is among the extensions: RFC 7692, */
    bool client_anew, server_anew; /* with client_ or server_no_context_takeover */
};

/* Reads the head that begins with these bytes; before is how many of them the last call had. */
enum http_answer http_read(const uint8_t *data, size_t len, size_t before, struct http_head *head);

#endif
