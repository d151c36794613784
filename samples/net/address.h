/* SPDX-License-Identifier: MIT */
/*
 * Where a server is: mqtt://host:1883, mqtts://host:8883, ws://host:80/mqtt, wss://host:443/mqtt,
 * unix:///path/of/socket; tcp:, ssl: and tls: are read, too.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* What a WebSocket's Host does not have to name. */
enum { NET_PORT_WS = 80, NET_PORT_WSS = 443 };

struct net_address {
    bool local; /* a unix socket, whose path is the host */
    bool tls;
    bool websocket;
    uint16_t port; /* of the URL, or the scheme's own */
    char *host;    /* a name, or an address without brackets */
    char *path;    /* what follows the host, from its slash on, as it was written; "" if nothing */
    char *username, *password; /* percent-decoded; NULL: not there */
};

/* Reads a URL.  False: *error says why, and there is nothing to free. */
bool net_address_parse(struct net_address *address, const char *url, struct net_error *error);

/* Frees the texts of a parsed address; of one that is all zero, nothing. */
void net_address_free(struct net_address *address);

#endif
