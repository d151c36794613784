/* SPDX-License-Identifier: MIT */
/* Sockets that listen. */
#include "sockets.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

/* Answers the socket, or -1 with errno. */
static int open_one(const struct sockaddr *address, socklen_t len)
{
    int one = 1, problem, fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* Connections of a broker that has ended do not keep a new one from its port. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    /* IPv4 has a socket of its own. */
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (!bind(fd, address, len) && !listen(fd, SOMAXCONN))
        return fd;
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

/* A socket whose broker was killed is in the way of the next; one that somebody listens at is left
 * alone. */
static void remove_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat file;

    if (fd < 0)
        return;
    if (!lstat(address->sun_path, &file) && S_ISSOCK(file.st_mode) &&
        connect(fd, (const struct sockaddr *)address, sizeof *address) && errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

static size_t open_unix(const char *path, int *fd, char *problem)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(problem, 256, "%.100s...: the path of a unix socket has at most %zu bytes", path,
                 sizeof address.sun_path - 1);
        return 0;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    remove_stale(&address);
    *fd = open_one((struct sockaddr *)&address, sizeof address);
    if (*fd < 0)
        snprintf(problem, 256, "%s: %s", path, strerror(errno));
    return *fd >= 0;
}

/* The system knows no IPv6, say: its other addresses will do. */
static bool may_be_missing(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/* One more socket, unless there are too many.  False: it cannot be. */
static bool add(const struct sockaddr *address, socklen_t len, int *sockets, size_t *count)
{
    int fd = *count < SOCKETS_MOST ? open_one(address, len) : (errno = ENOBUFS, -1);

    if (fd < 0)
        return may_be_missing(errno);
    sockets[(*count)++] = fd;
    return true;
}

/* All addresses of a name; without a name, any, or those of the loopback interface, whatever
 * /etc/hosts has. */
static bool add_host(const struct listener_settings *settings, int *sockets, size_t *count,
                     char *problem)
{
    const char *name = settings->host       ? settings->host
                       : settings->loopback ? "loopback"
                                            : "any address";
    struct addrinfo *addresses, hints = {.ai_family = settings->family,
                                         .ai_socktype = SOCK_STREAM,
                                         .ai_flags = AI_NUMERICSERV};
    char port[8];
    bool good = true;
    int status;

    if (!settings->loopback)
        hints.ai_flags |= AI_PASSIVE;
    snprintf(port, sizeof port, "%u", settings->port);
    status = getaddrinfo(settings->host, port, &hints, &addresses);
    if (status) {
        snprintf(problem, 256, "%.100s: %s", name, gai_strerror(status));
        return false;
    }
    for (const struct addrinfo *it = addresses; good && it; it = it->ai_next)
        good = add(it->ai_addr, it->ai_addrlen, sockets, count);
    if (!good || !*count)
        snprintf(problem, 256, "%.100s port %s: %s", name, port, strerror(errno));
    freeaddrinfo(addresses);
    return good && *count;
}

/* All addresses that an interface has. */
static bool add_interface(const struct listener_settings *settings, int *sockets, size_t *count,
                          char *problem)
{
    struct ifaddrs *all;
    bool good = true;

    if (getifaddrs(&all)) {
        snprintf(problem, 256, "interfaces: %s", strerror(errno));
        return false;
    }
    errno = 0;
    for (const struct ifaddrs *it = all; good && it; it = it->ifa_next) {
        int family = it->ifa_addr ? it->ifa_addr->sa_family : AF_UNSPEC;
        struct sockaddr_storage address = {0};
        socklen_t len =
            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        if ((family != AF_INET && family != AF_INET6) ||
            (settings->family != AF_UNSPEC && settings->family != family) ||
            strcmp(it->ifa_name, settings->bind_interface) != 0)
            continue;
        memcpy(&address, it->ifa_addr, len);
        /* The port is at the same place in both. */
        ((struct sockaddr_in *)&address)->sin_port = htons(settings->port);
        good = add((struct sockaddr *)&address, len, sockets, count);
    }
    if (!good || !*count)
        snprintf(problem, 256, "interface %.100s, port %u: %s", settings->bind_interface,
                 settings->port, errno ? strerror(errno) : "no address");
    freeifaddrs(all);
    return good && *count;
}

size_t sockets_open(const struct listener_settings *settings, int sockets[SOCKETS_MOST],
                    char *problem)
{
    size_t count = 0;
    bool good;

    if (settings->path)
        return open_unix(settings->path, sockets, problem);
    good = settings->bind_interface ? add_interface(settings, sockets, &count, problem)
                                    : add_host(settings, sockets, &count, problem);
    while (!good && count)
        close(sockets[--count]);
    return count;
}

void address_name(const struct sockaddr *address, char name[SOCKET_NAME_SIZE])
{
    char host[64];

    uv_ip_name(address, host, sizeof host);
    snprintf(name, SOCKET_NAME_SIZE, address->sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
             ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port));
}

void socket_name(int fd, char name[SOCKET_NAME_SIZE])
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    getsockname(fd, (struct sockaddr *)&address, &len);
    if (address.ss_family == AF_UNIX)
        snprintf(name, SOCKET_NAME_SIZE, "%s", ((struct sockaddr_un *)&address)->sun_path);
    else
        address_name((struct sockaddr *)&address, name);
}
