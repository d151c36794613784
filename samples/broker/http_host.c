/* SPDX-License-Identifier: MIT */
/*
 * Which host a request is for.  Some other site's page, whose name is made to lead here (DNS
 * rebinding), has a name in its requests that is not ours; an address cannot be made to.
 */
#include "http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "[::1]", or "127.0.0.1" */
static bool is_address(const char *host)
{
    char plain[HTTP_HOST_SIZE];
    unsigned char bytes[16];
    size_t len = strlen(host);
    if (*host != '[' || host[len - 1] != ']')
        return inet_pton(AF_INET, host, bytes) == 1;
    snprintf(plain, sizeof plain, "%.*s", (int)len - 2, host + 1);
    return inet_pton(AF_INET6, plain, bytes) == 1;
}

bool http_host(const struct http *http, const char *field, char host[HTTP_HOST_SIZE])
{
    char name[HTTP_HOST_SIZE];
    size_t len = field ? *field == '[' ? strcspn(field, "]") + 1 : strcspn(field, ":") : 0;
    if (!len || len >= HTTP_HOST_SIZE || len > strlen(field) ||
        (field[len] &&
         (field[len] != ':' || strspn(field + len + 1, "0123456789") != strlen(field + len + 1))))
        return false;
    memcpy(name, field, len);
    name[len] = 0;
    if (!is_address(name) && strcasecmp(name, "localhost") != 0 &&
        strcasecmp(name, http->broker->settings->http_host) != 0)
        return false;
    memcpy(host, name, len + 1);
    return true;
}

/* Whoever came here as `host` reaches such a listener in the same way. */
static bool is_here(const char *host)
{
    return !host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ||
           strcmp(host, "::1") == 0 || strcasecmp(host, "localhost") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* One that a browser can use, and best without TLS, whose certificate it might not know. */
static const struct listener_settings *find_listener(const struct settings *settings)
{
    const struct listener_settings *found = NULL;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct listener_settings *listener = &settings->listeners[i];
        if (listener->websocket && !listener->path && !listener->proxy &&
            !listener->require_certificate && (!found || (found->certfile && !listener->certfile)))
            found = listener;
    }
    return found;
}

bool http_websocket(const struct broker *broker, const char *host, char *url, size_t cap)
{
    const struct listener_settings *listener = find_listener(broker->settings);
    bool brackets;
    if (!listener)
        return false;
    if (!is_here(listener->host))
        host = listener->host;
    brackets = *host != '[' && strchr(host, ':');
    snprintf(url, cap, "%s://%s%s%s:%u", listener->certfile ? "wss" : "ws", brackets ? "[" : "",
             host, brackets ? "]" : "", listener->port);
    return true;
}
