/* SPDX-License-Identifier: MIT */
/* How a connection becomes a WebSocket: RFC 6455 section 4, and MQTT 5.0 section 6. */
#ifndef NET_UPGRADE_H
#define NET_UPGRADE_H

#include "buffer.h"
#include "http.h"
#include "stream.h"

enum { NET_UPGRADE_KEY = 25 /* bytes, with the zero */ };

/* Writes a client's request, whose key is answered in `key`.  False: *error says why. */
bool net_upgrade_request(struct net_buffer *out, const struct net_peer *peer,
                         char key[NET_UPGRADE_KEY], struct net_error *error);

/* Is it the answer to a request with that key? */
bool net_upgrade_accepted(const struct net_http *answer, const char *key, struct net_error *error);

/*
 * Writes a server's answer to a request; NULL: to one that cannot be read.  False: it refuses, and
 * *error says why.
 */
bool net_upgrade_answer(struct net_buffer *out, const struct net_http *request,
                        const char *const *origins, struct net_error *error);

#endif
