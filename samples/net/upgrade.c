/* SPDX-License-Identifier: MIT */
/* How a connection becomes a WebSocket. */
#include "upgrade.h"

#include "fail.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* [MQTT-6.0.0-3], [MQTT-6.0.0-4]; clients of 3.1 ask a server for a name of their own. */
#define PROTOCOL     "mqtt"
#define PROTOCOL_3_1 "mqttv3.1"

enum { ACCEPT = 29 /* bytes: 20 of SHA-1 in base64, with the zero */ };

static bool add(struct net_buffer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool add(struct net_buffer *out, const char *format, ...)
{
    va_list args;
    uint8_t *room;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    room = len < 0 ? NULL : net_buffer_room(out, (size_t)len + 1);
    if (!room)
        return false;
    va_start(args, format);
    vsnprintf((char *)room, (size_t)len + 1, format, args);
    va_end(args);
    out->len += (size_t)len;
    return true;
}

/* RFC 6455 4.2.2, 5, 4 */
static void accept_key(const char *key, char accept[ACCEPT])
{
    unsigned char digest[20];
    char text[64];
    snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
}

/* ---- The client ----------------------------------------------------------------------------- */

/* Visible characters alone, so that nothing can be smuggled in behind them. */
static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static const char *path_of(const struct net_peer *peer)
{
    if (peer->websocket_path)
        return peer->websocket_path;
    return peer->address->path[0] ? peer->address->path : "/mqtt";
}

static bool check_options(const struct net_peer *peer, struct net_error *error)
{
    const char *const *field = peer->websocket_headers;
    if (!is_visible(path_of(peer)))
        return net_fail(error, NET_CONFIG, "%s is no path of a WebSocket", path_of(peer));
    if (peer->websocket_origin && !is_visible(peer->websocket_origin))
        return net_fail(error, NET_CONFIG, "%s is no origin", peer->websocket_origin);
    for (; field && *field; field++)
        if (!net_http_field_valid(*field))
            return net_fail(error, NET_CONFIG, "%s: a header is written \"Name: value\"", *field);
    return true;
}

static bool add_host(struct net_buffer *out, const struct net_address *address)
{
    bool brackets = strchr(address->host, ':');
    if (address->local)
        return add(out, "Host: localhost\r\n");
    return add(out, "Host: %s%s%s", brackets ? "[" : "", address->host, brackets ? "]" : "") &&
           (address->port == (address->tls ? NET_PORT_WSS : NET_PORT_WS) ||
            add(out, ":%u", address->port)) &&
           add(out, "\r\n");
}

bool net_upgrade_request(struct net_buffer *out, const struct net_peer *peer,
                         char key[NET_UPGRADE_KEY], struct net_error *error)
{
    const char *const *field = peer->websocket_headers;
    const char *path = path_of(peer);
    unsigned char nonce[16];
    bool done;

    if (!check_options(peer, error))
        return false;
    if (uv_random(NULL, NULL, nonce, sizeof nonce, 0, NULL))
        return net_fail(error, NET_WEBSOCKET, "the system has no random bytes");
    EVP_EncodeBlock((unsigned char *)key, nonce, sizeof nonce);
    done = add(out, "GET %s%s HTTP/1.1\r\n", *path == '/' ? "" : "/", path) &&
           add_host(out, peer->address) &&
           add(out,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " PROTOCOL "\r\n",
               key) &&
           (!peer->websocket_origin || add(out, "Origin: %s\r\n", peer->websocket_origin));
    for (; done && field && *field; field++)
        done = add(out, "%s\r\n", *field);
    return (done && add(out, "\r\n")) || net_fail(error, NET_MEMORY, "out of memory");
}

bool net_upgrade_accepted(const struct net_http *answer, const char *key, struct net_error *error)
{
    char wanted[ACCEPT];
    const char *accept = net_http_field(answer, "Sec-WebSocket-Accept");
    const char *protocol = net_http_field(answer, "Sec-WebSocket-Protocol");

    if (strncmp(answer->line, "HTTP/1.1 ", 9))
        return net_fail(error, NET_WEBSOCKET, "the server does not speak HTTP/1.1");
    if (strncmp(answer->line + 9, "101 ", 4))
        return net_fail(error, NET_WEBSOCKET, "the server refused the upgrade: %s",
                        answer->line + 9);
    if (!net_http_lists(answer, "Upgrade", "websocket", false) ||
        !net_http_lists(answer, "Connection", "upgrade", false))
        return net_fail(error, NET_WEBSOCKET, "the server upgrades to something else");
    accept_key(key, wanted);
    if (!accept || strcmp(accept, wanted))
        return net_fail(error, NET_WEBSOCKET, "the server did not answer the WebSocket's key");
    if (!protocol || strcmp(protocol, PROTOCOL))
        return net_fail(error, NET_WEBSOCKET,
                        "the server does not speak " PROTOCOL " in a WebSocket");
    if (net_http_field(answer, "Sec-WebSocket-Extensions"))
        return net_fail(error, NET_WEBSOCKET, "the server uses an extension nobody asked for");
    return true;
}

/* ---- The server ----------------------------------------------------------------------------- */

/* 16 bytes in base64 */
static bool is_key(const char *key)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key && strspn(key, letters) == 22 && !strcmp(key + 22, "==");
}

/* The bytes of the host in "host", "host:port", "[::1]:port". */
static size_t host_len(const char *authority)
{
    return *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/");
}

static bool is_own(const char *host, const char *origin)
{
    const char *page = strstr(origin, "://");
    size_t len = host_len(host);
    char name[64], address[16];

    if (!page || !len || len >= sizeof name || host_len(page += 3) != len ||
        strncasecmp(page, host, len))
        return false;
    memcpy(name, host, len);
    name[len] = 0;
    if (!strcasecmp(name, "localhost") || inet_pton(AF_INET, name, address) == 1)
        return true;
    name[len - 1] = 0;
    return host[len - 1] == ']' && inet_pton(AF_INET6, name + 1, address) == 1;
}

static bool is_among(const char *const *origins, const char *origin, const char *host)
{
    for (; *origins; origins++)
        if (!strcmp(*origins, NET_ORIGIN_OWN) ? is_own(host, origin)
                                              : !strcasecmp(*origins, origin))
            return true;
    return false;
}

/* It is browsers that need to be held back, and these say whose page it is: RFC 6455 10.2.  NULL, or
 * an origin that is refused. */
static const char *foreign_origin(const struct net_http *request, const char *const *origins)
{
    for (size_t i = 0; origins && i < request->count; i++)
        if (!strcasecmp(request->fields[i].name, "Origin") &&
            !is_among(origins, request->fields[i].value, net_http_field(request, "Host")))
            return request->fields[i].value;
    return NULL;
}

static bool is_get(const char *line)
{
    const char *target = line + 4, *version = strrchr(line, ' ');
    return !strncmp(line, "GET ", 4) && version > target && !strcmp(version, " HTTP/1.1") &&
           strcspn(target, " \t") == (size_t)(version - target);
}

/* NULL: the client speaks something else. */
static const char *protocol_of(const struct net_http *request)
{
    static const char *const known[] = {PROTOCOL, PROTOCOL_3_1};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (net_http_lists(request, "Sec-WebSocket-Protocol", known[i], true))
            return known[i];
    return NULL;
}

/* Why not; NULL: it is all right. */
static const char *judge(const struct net_http *request)
{
    const char *version;
    if (!request || !is_get(request->line) || !net_http_field(request, "Host") ||
        net_http_field(request, "Content-Length") || net_http_field(request, "Transfer-Encoding"))
        return "400 Bad Request";
    version = net_http_field(request, "Sec-WebSocket-Version");
    if (!net_http_lists(request, "Upgrade", "websocket", false) ||
        !net_http_lists(request, "Connection", "upgrade", false) || !version ||
        strcmp(version, "13"))
        return "426 Upgrade Required";
    if (!is_key(net_http_field(request, "Sec-WebSocket-Key")) || !protocol_of(request))
        return "400 Bad Request";
    return NULL;
}

bool net_upgrade_answer(struct net_buffer *out, const struct net_http *request,
                        const char *const *origins, struct net_error *error)
{
    const char *wrong = judge(request), *foreign = wrong ? NULL : foreign_origin(request, origins);
    const char *refusal = foreign ? "403 Forbidden" : wrong;
    char accept[ACCEPT];
    bool done;

    if (refusal) {
        add(out,
            "HTTP/1.1 %s\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Connection: Upgrade, close\r\nContent-Length: 0\r\n\r\n",
            refusal);
        return net_fail(error, NET_WEBSOCKET, "the upgrade was refused: %s%s%.120s%s", refusal,
                        foreign ? ": websocket_origin has no '" : "", foreign ? foreign : "",
                        foreign ? "'" : "");
    }
    accept_key(net_http_field(request, "Sec-WebSocket-Key"), accept);
    done = add(out,
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
               accept, protocol_of(request));
    return done || net_fail(error, NET_MEMORY, "out of memory");
}
