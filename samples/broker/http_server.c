/* SPDX-License-Identifier: MIT */
/*
 * A small web server, for those who look after the broker: libmicrohttpd, without threads, in the
 * broker's loop.  Each connection has one request, and little time for it.
 */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MOST = 16,
    MEMORY = 16 * 1024, /* bytes of a connection */
    IDLE = 10,          /* seconds */
    WHOLE = 30000,      /* ms in which a connection has to be done */
    REST = 1000         /* ms without descriptors */
};

/* ---- Connections -------------------------------------------------------------------------------- */

struct visitor {
    struct timer timer;
    int fd;
};

static void came(uv_poll_t *poll, int status, int events);

static void open_doors(struct http *http, bool open)
{
    for (size_t i = 0; i < http->door_count; i++)
        if (open)
            uv_poll_start(&http->doors[i].poll, UV_READABLE, came);
        else
            uv_poll_stop(&http->doors[i].poll);
}

static void rested(struct timer *timer)
{
    struct http *http = TABLE_OF(timer, struct http, rest);
    open_doors(http, http->visitors < CONNECTIONS_MOST);
}

static void late(struct timer *timer)
{
    shutdown(TABLE_OF(timer, struct visitor, timer)->fd, SHUT_RDWR);
}

static void notify(void *arg, struct MHD_Connection *connection, void **kept,
                   enum MHD_ConnectionNotificationCode code)
{
    struct http *http = arg;
    struct broker *broker = http->broker;
    struct visitor *visitor = *kept;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        if (++http->visitors == CONNECTIONS_MOST)
            open_doors(http, false);
        visitor = *kept = calloc(1, sizeof *visitor);
        if (!visitor)
            return;
        visitor->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        visitor->timer.due = late;
        broker_set_timer(broker, &visitor->timer, broker_now(broker) + WHOLE);
        return;
    }
    if (http->visitors-- == CONNECTIONS_MOST && !http->rest.place)
        open_doors(http, true);
    if (visitor)
        timers_stop(&broker->timers, &visitor->timer);
    free(visitor);
}

/* ---- The loop ----------------------------------------------------------------------------------- */

void http_wake(struct http *http)
{
    broker_set_timer(http->broker, &http->timer, broker_now(http->broker));
}

static void run(struct http *http)
{
    int64_t next = NEVER;
    MHD_UNSIGNED_LONG_LONG wait;
    MHD_run(http->daemon);
    if (MHD_get_timeout(http->daemon, &wait) == MHD_YES)
        next = broker_now(http->broker) + (int64_t)wait;
    broker_set_timer(http->broker, &http->timer, next);
}

static void due(struct timer *timer)
{
    run(TABLE_OF(timer, struct http, timer));
}

static void polled(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* Not left to libmicrohttpd, which asks again and again when there are no descriptors. */
static void came(uv_poll_t *poll, int status, int events)
{
    struct door *door = TABLE_OF(poll, struct door, poll);
    struct http *http = poll->data;
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    int fd = accept(door->fd, (struct sockaddr *)&address, &len);
    (void)status;
    (void)events;
    if (fd >= 0) {
        MHD_add_connection(http->daemon, fd, (struct sockaddr *)&address, len);
        http_wake(http);
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
        open_doors(http, false);
        broker_set_timer(http->broker, &http->rest, broker_now(http->broker) + REST);
    }
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

static bool start_daemon(struct http *http, char *problem)
{
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        http_handle, http, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        http_completed, http, MHD_OPTION_NOTIFY_CONNECTION, notify, http, MHD_OPTION_END);
    if (!http->daemon) {
        snprintf(problem, 256, "HTTP cannot begin: %s", strerror(errno));
        return false;
    }
    uv_poll_init(http->broker->loop, &http->poll,
                 MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    http->poll.data = http;
    uv_poll_start(&http->poll, UV_READABLE, polled);
    return true;
}

static bool make_doors(struct http *http, char *problem)
{
    const struct settings *settings = http->broker->settings;
    struct listener_settings place = {.host = settings->http_host, .port = settings->http_port};
    int sockets[SOCKETS_MOST];
    size_t count = sockets_open(&place, sockets, problem);
    for (; http->door_count < count; http->door_count++) {
        struct door *door = &http->doors[http->door_count];
        char name[SOCKET_NAME_SIZE];
        door->fd = sockets[http->door_count];
        uv_poll_init(http->broker->loop, &door->poll, door->fd);
        door->poll.data = http;
        socket_name(door->fd, name);
        log_say(LOG_INFORMATION, "listening at %s (HTTP)", name);
    }
    open_doors(http, true);
    return count > 0;
}

bool http_start(struct broker *broker, char *problem)
{
    struct http *http;
    if (!broker->settings->http_host)
        return true;
    http = broker->http = calloc(1, sizeof *http);
    if (!http) {
        snprintf(problem, 256, "out of memory");
        return false;
    }
    http->broker = broker;
    http->timer.due = due;
    http->rest.due = rested;
    http->started = broker_now(broker);
    return http_login_open(http, problem) && start_daemon(http, problem) &&
           make_doors(http, problem);
}

void http_reload(struct broker *broker)
{
    char problem[256];
    if (broker->http && broker->http->access)
        log_reload("http_user_file", access_reload(broker->http->access, problem) ? NULL : problem);
}

void http_stop(struct broker *broker)
{
    struct http *http = broker->http;
    if (!http)
        return;
    for (struct request *request = http->requests; request; request = request->next)
        http_login_end(request);
    while (http->door_count) {
        struct door *door = &http->doors[--http->door_count];
        uv_close((uv_handle_t *)&door->poll, NULL);
        close(door->fd);
    }
    if (http->daemon) {
        uv_close((uv_handle_t *)&http->poll, NULL);
        MHD_stop_daemon(http->daemon);
    }
    http->daemon = NULL;
    timers_stop(&broker->timers, &http->rest);
    timers_stop(&broker->timers, &http->timer);
}

void http_free(struct broker *broker)
{
    if (broker->http)
        access_close(broker->http->access);
    free(broker->http);
    broker->http = NULL;
}
