/* SPDX-License-Identifier: MIT */
/* What went wrong below MQTT, in a sentence for people. */
#ifndef NET_ERROR_H
#define NET_ERROR_H

enum net_failure {
    NET_OK = 0,
    NET_END,       /* the peer closed the connection in order */
    NET_ADDRESS,   /* the address cannot be read, or its name has no address */
    NET_CONNECT,   /* nobody answers there */
    NET_BROKEN,    /* the connection broke: reset, unreachable */
    NET_TLS,       /* the handshake, a certificate, a key */
    NET_WEBSOCKET, /* the upgrade was refused, or a frame breaks RFC 6455 */
    NET_CONFIG,    /* options: a file that is not there, say */
    NET_MEMORY
};

struct net_error {
    enum net_failure failure;
    char text[256]; /* "connection refused", "certificate has expired"; no newline */
};

#endif
