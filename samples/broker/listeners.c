/* SPDX-License-Identifier: MIT */
/*
 * Where connections come in.  A connection that is one too many is accepted and closed: what it
 * speaks is not known before it speaks.  One that comes too early waits with the system.  Some
 * descriptors are kept back for files; where there is none all the same, a listener rests for a
 * second.
 */
#include "listeners.h"

#include "configuration.h"
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    KEPT_DESCRIPTORS = 64, /* for the store, logs, the loop, and HTTP */
    REST = 1000            /* ms */
};

static void connection_came(uv_stream_t *server, int status);

/* ---- Listening ------------------------------------------------------------------------------ */

static void socket_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    if (listener->state == LISTENER_CLOSING)
        listener->state = LISTENER_RESTING;
}

static void rest(struct listener *listener, int status)
{
    log_say(LOG_WARNING, "%s: no connection can be accepted: %s", listener->name,
            uv_strerror(status));
    if (listener->state == LISTENER_OPEN) {
        /* There is no other way to keep libuv from asking for the connection again at once. */
        listener->state = LISTENER_CLOSING;
        listener->waiting = false;
        uv_close(&listener->socket.handle, socket_closed);
    }
    broker_set_timer(listener->broker, &listener->timer, broker_now(listener->broker) + REST);
}

static int start(struct listener *listener)
{
    uv_loop_t *loop = listener->broker->loop;
    int fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0), status;

    if (fd < 0)
        return uv_translate_sys_error(errno);
    if (listener->settings->path) {
        uv_pipe_init(loop, &listener->socket.pipe, 0);
        status = uv_pipe_open(&listener->socket.pipe, fd);
    } else {
        uv_tcp_init(loop, &listener->socket.tcp);
        status = uv_tcp_open(&listener->socket.tcp, fd);
    }
    listener->state = LISTENER_OPEN;
    listener->socket.handle.data = listener;
    if (status)
        close(fd);
    return status ? status : uv_listen(&listener->socket.stream, SOMAXCONN, connection_came);
}

/* ---- Accepting ------------------------------------------------------------------------------ */

/* Counts a connection of this second.  False: it is one too many. */
static bool in_time(struct broker *broker)
{
    int64_t second = broker_now(broker) / 1000;

    if (second != broker->accept_second)
        broker->accept_count = 0;
    broker->accept_second = second;
    if (broker->settings->max_connection_rate &&
        broker->accept_count >= broker->settings->max_connection_rate)
        return false;
    broker->accept_count++;
    return true;
}

static bool is_above(uint32_t count, rlim_t limit)
{
    return limit && count >= limit;
}

/* Why there is no room for one more; NULL: there is. */
static const char *full(const struct listener *listener)
{
    const struct broker *broker = listener->broker;
    uint32_t same = 0;

    for (size_t i = 0; i < broker->listener_count; i++)
        if (broker->listeners[i].settings == listener->settings)
            same += broker->listeners[i].connections;
    if (is_above(same, listener->settings->max_connections))
        return "the listener has max_connections";
    if (is_above(broker->connection_count, broker->settings->max_connections))
        return "the broker has max_connections";
    if (broker->connection_count >= broker->descriptors)
        return "the system grants no more open files (ulimit -n, LimitNOFILE)";
    return NULL;
}

static void forget(uv_handle_t *handle)
{
    free(handle);
}

/* Accepts and closes. */
static void refuse(struct listener *listener, const char *reason)
{
    struct broker *broker = listener->broker;
    bool is_unix = listener->settings->path;
    uv_handle_t *guest = malloc(is_unix ? sizeof(uv_pipe_t) : sizeof(uv_tcp_t));
    uint32_t count;

    broker->counters.connections_refused++;
    count = log_again(&listener->refused, broker_now(broker));
    if (count)
        log_say(LOG_NOTICE, "%s: connections are refused: %s (%u of them)", listener->name, reason,
                count);
    if (!guest) {
        listener->waiting = true;
        broker_set_timer(broker, &listener->timer, broker_now(broker) + REST);
        return;
    }
    if (is_unix)
        uv_pipe_init(broker->loop, (uv_pipe_t *)guest, 0);
    else
        uv_tcp_init(broker->loop, (uv_tcp_t *)guest);
    uv_accept(&listener->socket.stream, (uv_stream_t *)guest);
    uv_close(guest, forget);
}

static void admit(struct listener *listener)
{
    struct broker *broker = listener->broker;
    uint32_t before = listener->connections;
    const char *reason;

    listener->waiting = !in_time(broker);
    if (listener->waiting) {
        broker_set_timer(broker, &listener->timer, (broker->accept_second + 1) * 1000);
        return;
    }
    reason = full(listener);
    if (!reason)
        connection_accept(broker, listener, &listener->socket.stream);
    if (listener->connections == before)
        refuse(listener, reason ? reason : "out of memory");
}

static void connection_came(uv_stream_t *server, int status)
{
    if (status < 0)
        rest(server->data, status);
    else
        admit(server->data);
}

static void go_on(struct listener *listener)
{
    int status = listener->state == LISTENER_RESTING ? start(listener) : 0;

    if (status)
        rest(listener, status);
    else if (listener->state == LISTENER_OPEN && listener->waiting)
        admit(listener);
}

static void timer_rang(struct timer *timer)
{
    go_on(TABLE_OF(timer, struct listener, timer));
}

void listeners_room(struct broker *broker)
{
    for (size_t i = 0; i < broker->listener_count; i++)
        go_on(&broker->listeners[i]);
}

/* ---- Opening and closing -------------------------------------------------------------------- */

/* NULL: *problem says why. */
static struct net_tls *make_tls(const struct listener_settings *settings, char *problem)
{
    struct net_tls_options options = {
        .ca_file = settings->cafile,
        .ca_path = settings->capath,
        .cert_file = settings->certfile,
        .key_file = settings->keyfile,
        .crl_file = settings->crlfile,
        .ciphers = settings->ciphers,
        .ciphers_1_3 = settings->ciphers_tls13,
        .version = settings->tls_version,
        .alpn = settings->websocket ? "http/1.1" : "mqtt",
        .require_certificate = settings->require_certificate,
    };
    struct net_error error;
    struct net_tls *tls = net_tls_server(&options, &error);

    if (!tls)
        listener_wrong(settings, problem, 256, error.text);
    return tls;
}

/* NULL: any. */
static const char *const *origins_of(const struct listener_settings *settings)
{
    for (const char **origin = settings->origins; origin && *origin; origin++)
        if (strcmp(*origin, "any") == 0)
            return NULL;
    return (const char *const *)settings->origins;
}

/* Adds those of one listener of the settings. */
static bool add(struct broker *broker, const struct listener_settings *settings, char *problem)
{
    size_t all = broker->listener_count + SOCKETS_MOST, count;
    struct listener *listeners = realloc(broker->listeners, all * sizeof *listeners);
    int sockets[SOCKETS_MOST];

    if (!listeners) {
        snprintf(problem, 256, "out of memory");
        return false;
    }
    broker->listeners = listeners;
    count = sockets_open(settings, sockets, problem);
    for (size_t i = 0; i < count; i++) {
        struct listener *listener = &listeners[broker->listener_count++];
        *listener = (struct listener){
            .broker = broker,
            .settings = settings,
            .terms = {.proxy = settings->proxy,
                      .websocket = settings->websocket,
                      .origins = origins_of(settings)},
            .fd = sockets[i],
            .timer = {.due = timer_rang},
        };
        socket_name(sockets[i], listener->name);
    }
    return count;
}

static bool open_one(struct listener *listener, char *problem)
{
    const struct listener_settings *settings = listener->settings;
    int status;

    if (settings->certfile && !(listener->terms.tls = make_tls(settings, problem)))
        return false;
    status = start(listener);
    if (status)
        snprintf(problem, 256, "%s: %s", listener->name, uv_strerror(status));
    else
        log_say(LOG_INFORMATION, "listening at %s (%s%s)", listener->name,
                settings->websocket ? "WebSocket" : "MQTT", listener->terms.tls ? ", TLS" : "");
    return !status;
}

/* How many connections the limit of open files allows. */
static uint32_t count_descriptors(const struct broker *broker)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    rlim_t kept;

    getrlimit(RLIMIT_NOFILE, &limit);
    kept = limit.rlim_cur < 2 * KEPT_DESCRIPTORS ? limit.rlim_cur / 2 : KEPT_DESCRIPTORS;
    kept += 2 * broker->listener_count;
    if (limit.rlim_cur <= kept)
        return 1;
    return limit.rlim_cur - kept > UINT32_MAX ? UINT32_MAX : (uint32_t)(limit.rlim_cur - kept);
}

bool listeners_open(struct broker *broker, char *problem)
{
    /* Handles may not move: they begin when all have their place. */
    for (size_t i = 0; i < broker->settings->listener_count; i++)
        if (!add(broker, &broker->settings->listeners[i], problem))
            return false;
    for (size_t i = 0; i < broker->listener_count; i++)
        if (!open_one(&broker->listeners[i], problem))
            return false;
    broker->descriptors = count_descriptors(broker);
    if (broker->descriptors < broker->settings->max_connections)
        log_say(LOG_WARNING, "the limit of open files allows %u connections", broker->descriptors);
    return true;
}

bool listeners_check(const struct settings *settings, char *problem)
{
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct listener_settings *listener = &settings->listeners[i];
        struct net_tls *tls = listener->certfile ? make_tls(listener, problem) : NULL;
        if (listener->certfile && !tls)
            return false;
        net_tls_free(tls);
    }
    return true;
}

void listeners_reload(struct broker *broker)
{
    for (size_t i = 0; i < broker->listener_count; i++) {
        struct listener *listener = &broker->listeners[i];
        char problem[256], what[SOCKET_NAME_SIZE + 32];
        struct net_tls *tls = listener->terms.tls ? make_tls(listener->settings, problem) : NULL;
        if (!listener->terms.tls)
            continue;
        snprintf(what, sizeof what, "the certificate of %s", listener->name);
        log_reload(what, tls ? NULL : problem);
        if (tls) {
            net_tls_free(listener->terms.tls);
            listener->terms.tls = tls;
        }
    }
}

void listeners_close(struct broker *broker)
{
    for (size_t i = 0; i < broker->listener_count; i++) {
        struct listener *listener = &broker->listeners[i];
        timers_stop(&broker->timers, &listener->timer);
        if (listener->state == LISTENER_OPEN)
            uv_close(&listener->socket.handle, socket_closed);
        listener->state = LISTENER_SHUT;
        if (listener->fd >= 0)
            close(listener->fd);
        listener->fd = -1;
        if (listener->settings->path)
            unlink(listener->settings->path);
        net_tls_free(listener->terms.tls);
        listener->terms.tls = NULL;
    }
}
