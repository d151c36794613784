/* SPDX-License-Identifier: MIT */
/* HTTP: metrics, health, and the status page. */
#ifndef BROKER_HTTP_H
#define BROKER_HTTP_H

#include "broker.h"
#include "sockets.h"

#include <microhttpd.h>

enum { HTTP_HOST_SIZE = 256 };

/* A file of the status page: status/embed.py makes them. */
struct http_file {
    const char *path, *type, *tag; /* tag: ETag */
    const unsigned char *bytes;
    size_t len;
};
extern const struct http_file http_files[]; /* ends with path NULL */

/* A socket that listens. */
struct door {
    uv_poll_t poll;
    int fd;
};

struct request {
    struct request *next, *previous; /* of http->requests */
    struct http *http;
    struct MHD_Connection *connection;
    char host[HTTP_HOST_SIZE]; /* what the client calls this machine, without a port */
    /* http_login.c */
    struct access_check *check;
    struct timer timer; /* when who is refused is told */
    enum access_verdict verdict;
    bool asked, known, suspended;
    char username[256];
};

struct http {
    struct broker *broker;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;     /* its epoll descriptor */
    struct timer timer; /* when it has something to do */
    struct door doors[SOCKETS_MOST];
    size_t door_count;
    struct timer rest; /* when the doors open again */
    unsigned visitors;
    struct request *requests;
    int64_t started;
    /* Users of the status page alone; NULL: those of MQTT. */
    struct access *access;
    struct settings access_settings;
};

/* http_server.c: libmicrohttpd has something to do now. */
void http_wake(struct http *http);

/* http.c, for libmicrohttpd.  A request that is under way is *kept. */
enum MHD_Result http_handle(void *http, struct MHD_Connection *connection, const char *path,
                            const char *method, const char *version, const char *body,
                            size_t *body_len, void **kept);
void http_completed(void *http, struct MHD_Connection *connection, void **kept,
                    enum MHD_RequestTerminationCode code);

/* http_login.c */
enum http_login {
    HTTP_LOGIN_WAITS, /* the request is suspended, and comes again */
    HTTP_LOGIN_WRONG, /* no, or wrong, name and password */
    HTTP_LOGIN_DENIED,
    HTTP_LOGIN_GRANTED
};
bool http_login_open(struct http *http, char *problem);
enum http_login http_login(struct request *request);
void http_login_end(struct request *request); /* nobody waits any more */

/* http_host.c: which hosts a client may think that it talks to, and where MQTT is for it. */
bool http_host(const struct http *http, const char *field, char host[HTTP_HOST_SIZE]);
/* "ws://host:port" of a listener; false: there is none. */
bool http_websocket(const struct broker *broker, const char *host, char *url, size_t cap);

/* metrics.c, status.c.  What they answer is to be freed; NULL: no memory. */
char *metrics_text(struct broker *broker);
char *status_text(const struct http *http, const char *host, const char *find);

#endif
