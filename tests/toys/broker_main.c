/* SPDX-License-Identifier: MIT */
/* The toy broker on TCP: toy_broker PORT, on the loopback alone. */
#include "broker.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 };

static struct connection *connections[MOST];
static struct pollfd polled[MOST + 1];
static nfds_t count;

static int listen_on(const char *port)
{
    struct sockaddr_in address = {0};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 32)) {
        perror("toy_broker");
        exit(1);
    }
    return fd;
}

static void accept_one(struct broker *b)
{
    int fd = accept(polled[0].fd, NULL, NULL);
    if (fd < 0)
        return;
    if (count == MOST) {
        close(fd);
        return;
    }
    connections[count++] = broker_open(b);
    polled[count].fd = fd;
    polled[count].revents = 0;
}

/* What there is to send; false: the client is gone. */
static bool flush(nfds_t i)
{
    size_t size;
    const uint8_t *out = broker_output(connections[i], &size);
    ssize_t sent;
    if (!size)
        return true;
    sent = send(polled[i + 1].fd, out, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        broker_taken(connections[i], (size_t)sent);
    return sent >= 0 || (polled[i + 1].revents & (POLLERR | POLLHUP)) == 0;
}

static bool serve(nfds_t i)
{
    uint8_t data[4096];
    ssize_t got;
    if (!(polled[i + 1].revents & (POLLIN | POLLERR | POLLHUP)))
        return flush(i) && broker_input(connections[i], NULL, 0); /* it may be taken over */
    got = recv(polled[i + 1].fd, data, sizeof data, MSG_DONTWAIT);
    if (got <= 0)
        return false;
    if (broker_input(connections[i], data, (size_t)got))
        return flush(i);
    flush(i);
    return false;
}

int main(int argc, char **argv)
{
    struct broker *b = broker_new();
    signal(SIGPIPE, SIG_IGN);
    polled[0].fd = listen_on(argc > 1 ? argv[1] : "1883");
    for (;;) {
        for (nfds_t i = 0; i <= count; i++) {
            size_t size = 0;
            if (i)
                broker_output(connections[i - 1], &size);
            polled[i].events = (short)(POLLIN | (size ? POLLOUT : 0));
        }
        if (poll(polled, count + 1, 500) < 0)
            continue;
        for (nfds_t i = count; i-- > 0;) {
            if (serve(i))
                continue;
            close(polled[i + 1].fd);
            broker_close(connections[i]);
            connections[i] = connections[--count];
            polled[i + 1] = polled[count + 1];
        }
        if (polled[0].revents & POLLIN)
            accept_one(b);
    }
}
