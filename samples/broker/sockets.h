/* SPDX-License-Identifier: MIT */
/* Sockets that listen. */
#ifndef BROKER_SOCKETS_H
#define BROKER_SOCKETS_H

#include "settings.h"

#include <sys/socket.h>

enum {
    SOCKETS_MOST = 16,     /* of one listener: an address each */
    SOCKET_NAME_SIZE = 128 /* "127.0.0.1:1883", "[::]:1883", "/run/broker" */
};

/* Opens those of a listener.  Answers how many; 0: *problem, of 256 bytes, says why. */
size_t sockets_open(const struct listener_settings *settings, int sockets[SOCKETS_MOST],
                    char *problem);

/* "127.0.0.1:1883" of an IP address. */
void address_name(const struct sockaddr *address, char name[SOCKET_NAME_SIZE]);
/* Where it listens. */
void socket_name(int fd, char name[SOCKET_NAME_SIZE]);

#endif
