/* SPDX-License-Identifier: MIT */
/* A toy client: toy_client PORT connects to this machine, subscribes, and reads until that ends. */
#include "parser.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 16 };

static int connect_to(const char *port)
{
    struct sockaddr_in address = {0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror("toy_client");
        exit(1);
    }
    return fd;
}

static bool put(int fd, const void *data, size_t size)
{
    return send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* What it answers to a packet; false: it is enough. */
static bool on_packet(int fd, const uint8_t *data, size_t size)
{
    static const uint8_t subscribe[] = "\x82\7\0\1\0\0\1a\2";
    uint8_t ack[] = {0, 2, 0, 0};
    struct toy_packet p;
    if (toy_parse(data, size, 5, &p) != TOY_OK)
        return false;
    ack[2] = (uint8_t)(p.id >> 8);
    ack[3] = (uint8_t)p.id;
    switch (p.type) {
    case TOY_CONNACK:
        return !p.reason && put(fd, subscribe, sizeof subscribe - 1);
    case TOY_PUBLISH:
        ack[0] = p.qos == 1 ? 0x40 : 0x50;
        return !p.qos || put(fd, ack, sizeof ack);
    case TOY_PUBREL:
        ack[0] = 0x70;
        return put(fd, ack, sizeof ack);
    case TOY_SUBACK:
        return !p.refused;
    case TOY_PINGRESP:
    case TOY_UNSUBACK:
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const uint8_t hello[] = "\x10\x10\0\4MQTT\5\2\0\0\0\0\3toy";
    static uint8_t in[ROOM];
    size_t size = 0;
    ssize_t got;
    int fd = connect_to(argc > 1 ? argv[1] : "1883");
    bool open = put(fd, hello, sizeof hello - 1);

    while (open && (got = recv(fd, in + size, ROOM - size, 0)) > 0) {
        struct toy_header h;
        enum toy_result framed;
        size += (size_t)got;
        while (open && (framed = toy_frame(in, size, &h)) == TOY_OK) {
            size_t whole = h.size + h.length;
            uint8_t *packet = malloc(whole);
            if (!packet)
                abort();
            memcpy(packet, in, whole);
            size -= whole;
            memmove(in, in + whole, size);
            open = on_packet(fd, packet, whole);
            free(packet);
        }
        open = open && framed == TOY_MORE && size < ROOM;
    }
    close(fd);
    return 0;
}
