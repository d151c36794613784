// SPDX-License-Identifier: MIT
// A small broker that falls where it is told to: falling_broker PORT [BUG ...].
//
// crash: at a PUBLISH of 3.1.1 whose topic has no bytes.  hang: at a SUBSCRIBE without filters.  memory: it
// makes room for what a PUBLISH says of its topic, 60 MiB for each 16,384 bytes.  overflow: it copies
// all of an AUTH into 8 bytes.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 64, ROOM = 1 << 18, FILTER = 100, FILTERS = 8 };

struct client {
    int socket;
    uint8_t version;
    uint32_t size, filters;
    uint8_t waiting[ROOM];
    char filter[FILTERS][FILTER];
};

static struct client clients[CLIENTS];
static struct pollfd polls[CLIENTS + 1];
static int names;
static char **bugs;

static bool has(const char *bug)
{
    for (int i = 2; i < names; i++)
        if (strcmp(bugs[i], bug) == 0)
            return true;
    return false;
}

static void answer(const struct client *c, uint8_t first, const uint8_t *body, uint8_t size)
{
    uint8_t made[130] = {first, size};
    memcpy(made + 2, body, size);
    (void)send(c->socket, made, size + 2u, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

// To whoever subscribed to this very topic.
static void publish(const uint8_t *topic, uint32_t length, const uint8_t *payload, uint32_t size)
{
    uint8_t made[128];
    if (length + size > 100)
        return;
    for (struct client *c = clients; c < clients + CLIENTS; c++) {
        bool wanted = false;
        for (uint32_t i = 0; i < c->filters; i++)
            wanted |= strlen(c->filter[i]) == length && !memcmp(c->filter[i], topic, length);
        if (!wanted || c->version == 5)
            continue;
        made[0] = 0;
        made[1] = (uint8_t)length;
        memcpy(made + 2, topic, length);
        memcpy(made + 2 + length, payload, size);
        answer(c, 0x30, made, (uint8_t)(2 + length + size));
    }
}

static bool take_publish(const struct client *c, uint8_t flags, const uint8_t *body, uint32_t size)
{
    uint32_t length = size < 2 ? 0 : number(body), at = 2 + length;
    if (has("memory"))
        for (uint32_t i = 16384; i < length; i += 16384)
            memset(malloc(60 << 20), 'x', 60 << 20);
    if (size >= 2 && length == 0 && c->version == 4 && has("crash"))
        raise(SIGSEGV);
    if (at + (flags & 6 ? 2 : 0) > size)
        return false;
    if (flags & 6) {
        answer(c, (flags & 6) == 2 ? 0x40 : 0x50, body + at, 2);
        at += 2;
    }
    publish(body + 2, length, body + at, size - at);
    return true;
}

static bool take_subscribe(struct client *c, const uint8_t *body, uint32_t size)
{
    uint32_t at = c->version == 5 ? 3 : 2; // with empty properties, or not at all
    uint8_t made[4] = {0};
    if (c->version == 5 && size > 2)
        at += body[2];
    if (at >= size)
        while (has("hang"))
            ;
    if (at + 2 > size || at + 2 + number(body + at) > size)
        return false;
    if (c->filters < FILTERS && number(body + at) < FILTER) {
        memcpy(c->filter[c->filters], body + at + 2, number(body + at));
        c->filter[c->filters++][number(body + at)] = 0;
    }
    memcpy(made, body, 2);
    answer(c, 0x90, made, c->version == 5 ? 4 : 3);
    return true;
}

static bool take(struct client *c, uint8_t first, const uint8_t *body, uint32_t size)
{
    uint8_t type = first >> 4;
    if (type == 1) {
        c->version = size > 6 ? body[6] : 4;
        answer(c, 0x20, (const uint8_t *)"\0\0", c->version == 5 ? 3 : 2);
    } else if (!c->version || type == 14) {
        return false;
    } else if (type == 3) {
        return take_publish(c, first & 15, body, size);
    } else if (type == 8) {
        return take_subscribe(c, body, size);
    } else if (type == 12) {
        answer(c, 0xd0, body, 0);
    } else if ((type == 5 || type == 6) && size > 1) {
        answer(c, type == 5 ? 0x62 : 0x70, body, 2);
    } else if (type == 15 && has("overflow")) {
        char *copy = malloc(8);
        memcpy(copy, body, size);
        c->filter[0][0] = *(volatile char *)copy;
        free(copy);
    }
    return true;
}

static bool readable(struct client *c)
{
    ssize_t got = recv(c->socket, c->waiting + c->size, ROOM - c->size, 0);
    if (got <= 0)
        return false;
    c->size += (uint32_t)got;
    for (;;) {
        uint32_t length = 0, at = 1;
        do {
            if (at == c->size || c->size == 0)
                return c->size < ROOM;
            if (at == 5)
                return false;
            length |= (c->waiting[at] & 0x7fu) << 7 * (at - 1);
        } while (c->waiting[at++] & 0x80);
        if (length > c->size - at)
            return c->size < ROOM;
        if (!take(c, c->waiting[0], c->waiting + at, length))
            return false;
        c->size -= at + length;
        memmove(c->waiting, c->waiting + at + length, c->size);
    }
}

static void arrive(int listener)
{
    int socket = accept(listener, NULL, NULL), on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (int i = 0; i < CLIENTS; i++) {
        if (polls[i].fd < 0) {
            clients[i].socket = polls[i].fd = socket;
            clients[i].size = clients[i].filters = clients[i].version = 0;
            return;
        }
    }
    close(socket);
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    names = argc;
    bugs = argv;
    here.sin_port = htons((uint16_t)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 128))
        return perror("falling_broker"), 1;
    for (int i = 0; i < CLIENTS; i++)
        polls[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    polls[CLIENTS] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (poll(polls, CLIENTS + 1, -1) > 0) {
        if (polls[CLIENTS].revents)
            arrive(listener);
        for (int i = 0; i < CLIENTS; i++) {
            if (polls[i].fd >= 0 && polls[i].revents && !readable(&clients[i])) {
                close(polls[i].fd);
                polls[i].fd = -1;
                clients[i].filters = 0;
            }
            polls[i].revents = 0;
        }
    }
    return 0;
}
